import type * as pulumi from "@pulumi/pulumi";
import type {
  Binding,
  ClusterBinding,
  PipelineApprovalArgs,
  PipelineBinding,
  PipelineDatasetArgs,
  PipelineDeliveryArgs,
  PipelineStageArgs,
  PipelineTriggersArgs,
  Regulation,
  SharedFileSystemBinding,
  TrackingBinding,
} from "aistack-core";
import type { TeamBinding } from "aistack-runtime";
import type { PrometheusAlertsArgs } from "../workload/prometheus";
import type { AirflowArgs } from "./airflow/args";

/** Arguments of MlopsPipeline. */
export interface MlopsPipelineArgs {
  /** Cluster to run on. Required unless a pipeline is adopted. */
  cluster?: pulumi.Input<ClusterBinding>;
  /** Name that the registry knows the model by. Defaults to the component's name. */
  model?: string;
  /** Experiment that runs are recorded in. Defaults to the name of the model. */
  experiment?: pulumi.Input<string>;
  /** Where runs and models are recorded: the binding of a TrackingServer, or another MLflow. Required unless a pipeline is adopted. */
  tracking?: pulumi.Input<TrackingBinding>;
  /** Table that stages without a program of their own learn from. Defaults to a sample, to see the pipeline run. */
  dataset?: PipelineDatasetArgs;
  /** Stages from data to production. Defaults to ingest, validate, train, evaluate, approve, register and, with `delivery`, deploy. */
  stages?: PipelineStageArgs[];
  /** Image of stages that have a `source` or no program. Defaults to MLflow's, which has scikit-learn, at a pinned version. */
  image?: pulumi.Input<string>;
  /** What starts a run beside a person. Defaults to nothing. */
  triggers?: PipelineTriggersArgs;
  /** What lets a model into production. Defaults to a person. */
  approval?: PipelineApprovalArgs;
  /** Service that a model is brought to. When omitted, the registry says which version is meant for production. */
  delivery?: PipelineDeliveryArgs;
  /**
   * Team of the GpuCluster, in whose namespace and queue the stages run; none of them starts before its quota has room for
   * all its nodes. Required by stages with an accelerator.
   */
  team?: pulumi.Input<TeamBinding>;
  /** Namespace that exists, without a queue, in place of `team`. When both are omitted, one with the component's name is created. */
  namespace?: pulumi.Input<string>;
  /** Files that training stages keep checkpoints in, so that they go on where they were: in the namespace of the stages. */
  checkpoints?: pulumi.Input<SharedFileSystemBinding>;
  /** Bindings that all stages use, such as that of a data lake. */
  uses?: pulumi.Input<Binding>[];
  /** Days that a finished run can be looked at in the orchestrator, 1 to 365; the record of MLflow stays. Defaults to 14. */
  historyDays?: number;
  /** Alerts, metrics and a dashboard, for clusters that have the Prometheus operator. Defaults to none. */
  alerts?: PrometheusAlertsArgs;
  /** Runs the stages by Apache Airflow in place of Argo Workflows. Without the triggers `push` and `drift`. */
  airflow?: AirflowArgs;
  /** What the cluster has already. */
  install?: PipelineInstallArgs;
  /**
   * Namespaces whose pods may send events and look at runs, if they carry the label in the binding. Defaults to all. Those of
   * Argo Workflows are said where it is installed.
   */
  clientNamespaces?: pulumi.Input<pulumi.Input<string>[]>;
  /** Regulations that the model falls under. The EU AI Act and HIPAA ask for `approval.auditEvents`. */
  compliance?: Regulation[];
  /** Pipeline that exists: nothing is created, and `binding` is this one. */
  existing?: pulumi.Input<PipelineBinding>;
}

/** What is installed for pipelines, once for a cluster. */
export interface PipelineInstallArgs {
  /** Argo Workflows. Defaults to true, without `airflow`; false where the cluster has it, or another pipeline brings it. */
  argoWorkflows?: boolean;
  /** Kubeflow Trainer. Defaults to true if a stage needs it. */
  trainer?: boolean;
  /** KubeRay. Defaults to true if a stage needs it. */
  ray?: boolean;
  /**
   * Authority of the certificate of an Argo Workflows server that the cluster has, in PEM form, for those that speak to it.
   * Required then by `triggers.drift`.
   */
  argoAuthority?: pulumi.Input<string>;
  /** How people sign in to Argo Workflows. When omitted, by tokens of service accounts. */
  signOn?: SignOnArgs;
}

/** An OpenID Connect provider that people sign in by. */
export interface SignOnArgs {
  /** URL of the provider. */
  issuer: pulumi.Input<string>;
  /** Id that the provider knows Argo Workflows by. */
  clientId: pulumi.Input<string>;
  /** Secret of that client. */
  clientSecret: pulumi.Input<string>;
  /** URL that browsers are sent back to, which ends with "/oauth2/callback". */
  redirectUrl: pulumi.Input<string>;
}

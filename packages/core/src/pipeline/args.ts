/** What MlopsPipeline has on every platform. What a platform cannot do, it refuses by name. */
import type * as pulumi from "@pulumi/pulumi";
import type { AuditEventsBinding, Binding, InferenceBinding, ObjectStoreBinding, WorkloadIdentity } from "../bindings";
import type { Framework } from "../frameworks";
import type { Accelerator } from "../machines/accelerator";
import type { Platform } from "../platform";

/** What a stage is for, which decides what it does when it has no program of its own. */
export enum StageKind {
  /** Brings data in. */
  Ingest = "ingest",
  /** Refuses data that is not as it should be. */
  Validate = "validate",
  /** Makes a model. */
  Train = "train",
  /** Measures it. */
  Evaluate = "evaluate",
  /** Lets it through by thresholds, by a person, or by both; runs no program of its own. */
  Approve = "approve",
  /** Makes it a version of the registered model. */
  Register = "register",
  /** Brings it into production, to a part of the requests first. */
  Deploy = "deploy",
  /** Anything else. */
  Task = "task",
}

/** How the processes of a training stage are started and found. */
export enum TrainingEngine {
  /** One job of Kubernetes, for one node. */
  Job = "job",
  /** Kubeflow Trainer: a process for each accelerator of each node, which find one another by torch.distributed or JAX. */
  Trainer = "trainer",
  /** A Ray cluster that lives as long as the stage. */
  Ray = "ray",
}

/** A step from data to a model in production. */
export interface PipelineStageArgs {
  /** Name, unique in the pipeline: 1 to 40 lower-case letters, digits and hyphens. */
  name: string;
  /** What the stage is for. Defaults to the kind of the same name, else to a task. */
  kind?: StageKind;
  /** Stages that have to end well before it. Defaults to the one before it in the list; an empty list for none. */
  after?: string[];
  /** Container image. Defaults to one of `framework`; without that, to the pipeline's for a `source`. */
  image?: pulumi.Input<string>;
  /** Framework that the program needs, in place of `image`: the newest image that runs on the accelerator. */
  framework?: Framework;
  /** Version of the framework or the start of one, such as "2.13". Defaults to the newest that fits. */
  frameworkVersion?: string;
  /** Command of the container. When it and `source` are omitted, the stage does what its kind does on tables, by scikit-learn. */
  command?: pulumi.Input<pulumi.Input<string>[]>;
  /** Python source that the container runs, in place of `command`. It may import `pipeline_run`. */
  source?: pulumi.Input<string>;
  /** Further environment variables. No secrets: use `uses`. */
  environment?: pulumi.Input<{ [name: string]: pulumi.Input<string> }>;
  /** CPU, as a Kubernetes quantity. Defaults to "1". */
  cpu?: pulumi.Input<string>;
  /** Memory, as a Kubernetes quantity. Defaults to "4Gi". */
  memory?: pulumi.Input<string>;
  /** Accelerator of each node. When omitted, the stage runs on CPUs. */
  accelerator?: Accelerator;
  /** Accelerators on each node, 1 to 16. Defaults to 1 with `accelerator`. */
  acceleratorsPerNode?: number;
  /** Nodes that train one model together, 1 to 1024; all of them start or none. Defaults to 1. */
  nodes?: number;
  /** How the processes of a training stage are started. Defaults to a job for one node, to Kubeflow Trainer for more. */
  engine?: TrainingEngine;
  /** Times that it is started again after a failure or the loss of a node, 0 to 100. Defaults to 2. */
  retries?: number;
  /** Minutes that all attempts together may take, 1 to 43200. Defaults to 60, for training to 1440. */
  timeoutMinutes?: number;
  /** Metrics that it logs, which thresholds may be set on. Defaults to none; to those of its kind without a program of its own. */
  metrics?: string[];
  /** Runs it many times with other values of parameters, and goes on with the best. */
  search?: HyperparameterSearchArgs;
  /** Bindings that it uses beside those of the pipeline. */
  uses?: pulumi.Input<Binding>[];
}

/** A search for the best values of parameters, at random between bounds. */
export interface HyperparameterSearchArgs {
  /** What is varied. Each trial finds its value in the variable `PARAMETER_<NAME>`. */
  parameters: SearchParameterArgs[];
  /** Metric, of those that the stage logs, which decides. */
  metric: string;
  /** Whether less is better, as with a loss. Defaults to false. */
  minimize?: boolean;
  /** Trials in all, 2 to 1000. Defaults to 10. */
  trials?: number;
  /** Trials at the same time, 1 to 100. Defaults to 2. */
  parallel?: number;
}

/** What a search varies: between two bounds, or one of a list. */
export interface SearchParameterArgs {
  /** Name: letters, digits and underscores. */
  name: string;
  /** Least value. Together with `maximum`. */
  minimum?: number;
  /** Greatest value. */
  maximum?: number;
  /** Whether orders of magnitude are as likely as one another, as for learning rates. Defaults to false. */
  logarithmic?: boolean;
  /** Whether only whole numbers are tried. Defaults to false. */
  whole?: boolean;
  /** Values to choose from, in place of bounds. */
  values?: string[];
}

/** What starts a run. A pipeline without triggers is started by hand. */
export interface PipelineTriggersArgs {
  /** Cron schedule, in UTC. */
  schedule?: pulumi.Input<string>;
  /** A push to a Git repository. */
  push?: PushTriggerArgs;
  /** New objects in a bucket. */
  data?: DataTriggerArgs;
  /** An alert that data or predictions have drifted. */
  drift?: DriftTriggerArgs;
}

/** Where the repository is. */
export enum GitProvider {
  /** GitHub, which signs what it sends. */
  GitHub = "github",
  /** GitLab, which sends a token. */
  GitLab = "gitlab",
}

/** A push that starts a run. */
export interface PushTriggerArgs {
  /** Where the repository is. */
  provider: GitProvider;
  /** Repository: "owner/name", or on GitLab the path of the project. */
  repository: pulumi.Input<string>;
  /** Branch. Defaults to "main". */
  branch?: pulumi.Input<string>;
  /** What the provider signs its requests with, or sends along: 32 characters or more. A secret. When omitted, one is made. */
  secret?: pulumi.Input<string>;
}

/** New objects that start a run. */
export interface DataTriggerArgs {
  /** Bucket to look at, such as that of a zone of a data lake. */
  store: pulumi.Input<ObjectStoreBinding>;
  /** Beginning of the names of the objects that count. Defaults to all. */
  prefix?: pulumi.Input<string>;
  /** Minutes between two looks, where the platform has to look, 1 to 1440. Defaults to 15. */
  everyMinutes?: number;
}

/** Alerts that start a run. */
export interface DriftTriggerArgs {
  /** Names of the alerts, as in the field `alertname`. */
  alerts: pulumi.Input<string>[];
}

/** What lets a model into production. Both thresholds and a person where both are asked for. */
export interface PipelineApprovalArgs {
  /** What its metrics must be. Defaults to none. */
  thresholds?: MetricThresholdArgs[];
  /** Whether a person has to agree, who has to know who they are. Defaults to false, and to true without thresholds. */
  person?: boolean;
  /** Hours that a person may take, 1 to 8760; then the model is not let through. Defaults to 72. */
  timeoutHours?: number;
  /** Where it is recorded who or what let which model through, when, and by what metrics. Required by regulations with records. */
  auditEvents?: pulumi.Input<AuditEventsBinding>;
}

/** What a metric must be. */
export interface MetricThresholdArgs {
  /** Metric, of those that the stages before log. */
  metric: string;
  /** Least value. */
  minimum?: pulumi.Input<number>;
  /** Greatest value. */
  maximum?: pulumi.Input<number>;
  /** By how much it may be worse than that of the model in production; 0 for not at all. When omitted, that is not asked. */
  mayRegressBy?: pulumi.Input<number>;
  /** Whether less is better, for `mayRegressBy`. Defaults to false. */
  minimize?: boolean;
}

/** How a model comes into production. */
export interface PipelineDeliveryArgs {
  /** Service that takes it: one with `delivery`. */
  service: pulumi.Input<InferenceBinding>;
  /** Minutes that the new model answers a part of the requests before it gets all, 1 to 1440. Defaults to 10. */
  canaryMinutes?: number;
  /** Percent of the canary's requests that may fail, 0 to 100. Defaults to 1. */
  maximumErrorPercent?: number;
}

/** Where runs and models are recorded, on any platform: MLflow, or a service that speaks its protocol. */
export interface TrackingBinding extends Binding {
  /** Platform that holds it. */
  platform: Platform;
  /** What clients of MLflow take as their tracking URI: a URL, or on AWS the ARN of the server. */
  uri: string;
}

/** A pipeline that makes models, on any platform. */
export interface PipelineBinding extends Binding {
  /** Platform that runs it. */
  platform: Platform;
  /** Name that the registry knows the model by. */
  model: string;
  /** Experiment that its runs are recorded in. */
  experiment: string;
  /** What clients of MLflow take as their tracking URI, where it records there. */
  trackingUri?: string;
  /** URL that events are sent to which start a run, where the platform has one. */
  eventsUrl?: string;
  /** Service account that its stages run as, where they run on a cluster. */
  identity?: WorkloadIdentity;
}

/** Table that the stages without a program of their own learn from. */
export interface PipelineDatasetArgs {
  /** Where it is, as CSV or Parquet: a URL that pandas reads, such as "s3://bucket/table.parquet"; `uses` opens the way. */
  url: pulumi.Input<string>;
  /** Column to predict. Its values are classes, unless they are numbers with fractions. */
  target: pulumi.Input<string>;
}

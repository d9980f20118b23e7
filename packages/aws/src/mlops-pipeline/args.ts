import type * as pulumi from "@pulumi/pulumi";
import type {
  AccessRule,
  Binding,
  DataClass,
  NetworkBinding,
  ObjectStoreBinding,
  PipelineApprovalArgs,
  PipelineBinding,
  PipelineDatasetArgs,
  PipelineDeliveryArgs,
  PipelineStageArgs,
  PipelineTriggersArgs,
  Regulation,
  TrackingBinding,
} from "aistack-core";

/** Arguments of MlopsPipeline. */
export interface MlopsPipelineArgs {
  /** Pipeline to adopt. Nothing is created then, and no other argument may be given but `compliance`. */
  existing?: pulumi.Input<PipelineBinding>;
  /** Name that the registry knows the model by, in the region. Defaults to the component's name. */
  model?: string;
  /** Experiment that runs are recorded in. Defaults to the name of the model. */
  experiment?: pulumi.Input<string>;
  /** Where runs and models are recorded: an MLflow behind HTTPS or an MLflow app of SageMaker. When omitted, an app is created. */
  tracking?: pulumi.Input<TrackingBinding>;
  /** Table that stages without a program of their own learn from. Defaults to a sample, to see the pipeline run. */
  dataset?: PipelineDatasetArgs;
  /** Stages from data to a registered model. Defaults to ingest, validate, train, evaluate, approve and register. */
  stages?: PipelineStageArgs[];
  /**
   * Image in Amazon ECR of stages that have a `source` or no program; with Python and MLflow. Defaults to the SageMaker
   * Distribution, at a pinned version, in the regions that have it.
   */
  image?: pulumi.Input<string>;
  /** What starts a run beside a person: a schedule, new objects or an alarm of CloudWatch. Defaults to nothing. */
  triggers?: PipelineTriggersArgs;
  /** What lets a model into production. Defaults to a person, who decides in SageMaker's registry. */
  approval?: PipelineApprovalArgs;
  /** Refused: a pipeline on SageMaker ends with a registered model. */
  delivery?: PipelineDeliveryArgs;
  /** Bucket for programs, models and what stages hand on; `kmsKeyArn` is then that of the bucket. When omitted, one is created. */
  artifacts?: pulumi.Input<ObjectStoreBinding>;
  /** Bindings that all stages use; what they may do there is said by `access`. */
  uses?: pulumi.Input<Binding>[];
  /** What the stages may do beside what the pipeline needs, such as `access.read` of a data lake's zone. Defaults to nothing. */
  access?: pulumi.Input<pulumi.Input<AccessRule>[]>;
  /** Network whose private subnets the stages run in. When omitted, they run in SageMaker's. */
  network?: pulumi.Input<NetworkBinding>;
  /** Whether training on accelerators takes spare machines, and goes on from its last checkpoint. Defaults to false. */
  spot?: boolean;
  /** ARNs of SNS topics that are told of runs that failed. Defaults to none. */
  alerts?: pulumi.Input<string>[];
  /** Regulations that the model falls under. The EU AI Act and HIPAA ask for `approval.auditEvents`. */
  compliance?: Regulation[];
  /** How sensitive the data is, for the tags. Defaults to confidential. */
  dataClass?: DataClass;
  /** ARN of the KMS key to encrypt with. When omitted, a key with yearly rotation is created. */
  kmsKeyArn?: pulumi.Input<string>;
  /** Tags for every resource and every job, beside the standard ones. */
  tags?: pulumi.Input<{ [key: string]: string }>;
}

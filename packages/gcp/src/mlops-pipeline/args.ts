import * as pulumi from "@pulumi/pulumi";
import {
  type AccessRule,
  type ApprovalPlan,
  type AuditAlertsArgs,
  type AuditEventsBinding,
  type Binding,
  bindingField,
  Checks,
  checkedApproval,
  checkedRegulations,
  checkedStages,
  checkedTriggers,
  DataClass,
  matching,
  modelName,
  type NetworkBinding,
  type ObjectStoreBinding,
  oneOf,
  type PipelineApprovalArgs,
  type PipelineBinding,
  type PipelineDatasetArgs,
  type PipelineDeliveryArgs,
  type PipelineStageArgs,
  type PipelineTriggersArgs,
  Platform,
  type Regulation,
  type Rule,
  type StagePlan,
  type TrackingBinding,
  type TriggersPlan,
} from "aistack-core";
import { type Grant, grantsOf } from "../access-grant/grants";
import { type AlertsPlan, checkAlerts } from "../shared/alerts";
import { tags } from "../shared/labels";
import { kmsKeyName, nameUpTo } from "../shared/rules";
import { checkOfPlatform } from "./checks";

/** Arguments of MlopsPipeline. */
export interface MlopsPipelineArgs {
  /** Pipeline to adopt. Nothing is created then, and no other argument may be given but `compliance`. */
  existing?: pulumi.Input<PipelineBinding>;
  /** Steps from data to a registered model. Defaults to ingest, validate, train, evaluate, approve and register. */
  stages?: PipelineStageArgs[];
  /** Table that the stages without a program of their own learn from. Defaults to a sample, to see all of it work. */
  dataset?: PipelineDatasetArgs;
  /** What starts a run. A pipeline without triggers is started by hand. */
  triggers?: PipelineTriggersArgs;
  /** What lets a model through. Defaults to a person who has to agree. */
  approval?: PipelineApprovalArgs;
  /** Refused: on Google Cloud, models are not brought into a service on a cluster. */
  delivery?: PipelineDeliveryArgs;
  /** Name that the registry knows the model by. Defaults to the component's name. */
  model?: pulumi.Input<string>;
  /** Experiment that runs are recorded in, in MLflow. Defaults to the component's name. */
  experiment?: pulumi.Input<string>;
  /**
   * MLflow that takes runs and models, at an address that the jobs reach. When omitted, runs are kept in the bucket and models
   * in the Vertex AI Model Registry.
   */
  tracking?: pulumi.Input<TrackingBinding>;
  /** Bucket of Google Cloud that takes what runs write. When omitted, one is created, with versions and a key of yours. */
  artifacts?: pulumi.Input<ObjectStoreBinding>;
  /**
   * Image of the stages that have no command of their own: Python 3.10 with scikit-learn and pandas, and MLflow where
   * `tracking` is given. Defaults, without `tracking`, to Google's with scikit-learn 1.6.
   */
  image?: pulumi.Input<string>;
  /** Network with one subnet in the provider's region that the jobs are put into. When omitted, they reach Google and the internet. */
  network?: pulumi.Input<NetworkBinding>;
  /** Bindings that all stages use. */
  uses?: pulumi.Input<Binding>[];
  /** What the stages may do beside, such as `access.read` of a data lake's binding; each rule that is still to come holds one role. */
  access?: pulumi.Input<pulumi.Input<AccessRule>[]>;
  /** Who is told when a run fails, and when a person has to agree. When omitted, nobody is. */
  alerts?: AuditAlertsArgs;
  /** Regulations that the model falls under. */
  compliance?: Regulation[];
  /** How sensitive the content is, for the labels. Defaults to confidential. */
  dataClass?: DataClass;
  /**
   * Name of the Cloud KMS key to encrypt with, in the provider's region, which the services must be able to use. When omitted,
   * one with rotation is created.
   */
  kmsKey?: pulumi.Input<string>;
  /** Labels for every resource, beside the standard ones. */
  tags?: pulumi.Input<{ [key: string]: string }>;
}

/** Arguments with defaults, gated where they are still to come. */
export interface PipelinePlan {
  stages: StagePlan[];
  dataset?: PipelineDatasetArgs;
  triggers: TriggersPlan;
  approval: ApprovalPlan;
  /** The binding that records decisions, once it is known that the jobs reach it. */
  auditEvents?: pulumi.Output<AuditEventsBinding>;
  model: pulumi.Input<string>;
  experiment: pulumi.Input<string>;
  tracking?: pulumi.Output<TrackingBinding>;
  artifacts?: pulumi.Output<ObjectStoreBinding>;
  /** Bucket whose new objects start a run, once it is known to be one of Google Cloud. */
  dataStore?: pulumi.Output<ObjectStoreBinding>;
  image?: pulumi.Input<string>;
  network?: pulumi.Input<NetworkBinding>;
  uses: pulumi.Output<Binding>[];
  access: pulumi.Input<Grant>[];
  alerts?: AlertsPlan;
  dataClass: DataClass;
  kmsKey?: pulumi.Input<string>;
  tags?: pulumi.Input<{ [key: string]: string }>;
}

/** Service accounts are named after it, and their names end at 30 characters. */
const longestName = 20;

const experimentName = matching(/^[^\s/'"`][^'"`]{0,199}$/, "1 to 200 characters without quotes");

/** A URL that pandas or the mount of Cloud Storage reads. */
const datasetUrl = matching(/^(gs|https):\/\/[^\s'"]+$/, 'a URL such as "gs://bucket/table.parquet"');

const columnName = matching(/^[^\p{Cc}]{1,300}$/u, "the name of a column");

/** Judges all arguments and throws every fault at once. */
export function checkPipeline(type: string, name: string, args: MlopsPipelineArgs): PipelinePlan {
  const check = new Checks(type, name);
  check.value("name", name, nameUpTo(longestName));
  const regulations = checkedRegulations(check, args.compliance);
  check.existingAlone(args, "compliance");
  if (args.delivery !== undefined)
    check.fault(
      "delivery",
      "cannot be done on Google Cloud, which changes no service on a cluster; leave it out, and take the model by its alias, or use MlopsPipeline on Kubernetes",
    );
  // A stage that deploys has been refused with `delivery`, by its name.
  const stages = checkedStages(check, args.stages, args.delivery !== undefined);
  const approval = checkedApproval(check, stages, args.approval, args.existing === undefined ? regulations : []);
  const triggers = checkedTriggers(check, args.triggers);
  checkOfPlatform(check, args, stages, approval);
  const plan: PipelinePlan = {
    stages,
    triggers,
    approval,
    auditEvents: approval.auditEvents && reached(check, "approval.auditEvents", "endpoint", approval.auditEvents),
    dataset: args.dataset && {
      url: check.value("dataset.url", args.dataset.url, datasetUrl),
      target: check.value("dataset.target", args.dataset.target, columnName),
    },
    model: check.value("model", args.model ?? name, modelName),
    experiment: check.value("experiment", args.experiment ?? name, experimentName),
    tracking: args.tracking && reached(check, "tracking", "uri", args.tracking),
    artifacts: args.artifacts && onGoogleCloud(check, "artifacts", args.artifacts),
    dataStore: triggers.data && onGoogleCloud(check, "triggers.data.store", triggers.data.store),
    image: args.image,
    network: args.network,
    uses: checkedUses(check, "uses", args.uses),
    access: args.access === undefined ? [] : grantsOf(check, args.access),
    alerts: args.alerts && checkAlerts(check, args.alerts),
    dataClass: check.value(
      "dataClass",
      args.dataClass ?? DataClass.Confidential,
      oneOf(Object.values(DataClass)),
    ) as DataClass,
    kmsKey: check.value("kmsKey", args.kmsKey, kmsKeyName),
    tags: check.value("tags", args.tags, tags),
  };
  for (const [index, stage] of stages.entries()) {
    const path = `stages[${args.stages?.findIndex(({ name: own }) => own === stage.name)}].uses`;
    plan.stages[index] = { ...stage, uses: checkedUses(check, path, stage.uses) };
  }
  check.done();
  return plan;
}

/** A binding of Google Cloud, once its platform is known. */
function onGoogleCloud(
  check: Checks,
  path: string,
  binding: pulumi.Input<ObjectStoreBinding>,
): pulumi.Output<ObjectStoreBinding> {
  const gate = check.value(`${path}.platform`, bindingField(binding, "platform"), oneOf<Platform>([Platform.Gcp]));
  return pulumi.all([binding, gate]).apply(([own]) => own as ObjectStoreBinding);
}

/** A binding whose address jobs of Vertex AI reach, which names of a cluster's own are not. */
function reached<T extends object, K extends keyof T & string>(
  check: Checks,
  path: string,
  field: K,
  binding: pulumi.Input<T>,
): pulumi.Output<T> {
  const given = pulumi.Output.isInstance(binding) || binding instanceof Promise ? undefined : (binding as T);
  const address = (given ? given[field] : bindingField(binding, field)) as pulumi.Input<string>;
  const gate = check.value(`${path}.${field}`, address, outsideAddress);
  return pulumi.all([binding, gate]).apply(([own]) => own as T);
}

const outsideAddress: Rule<string> = (url) => {
  const host = /^https?:\/\/([^/:]+)/.exec(url ?? "")?.[1];
  if (host === undefined) return 'must be a URL such as "https://mlflow.example.com"';
  return /\.svc(\.cluster\.local)?$/.test(host)
    ? "is a name that only pods of a cluster know; give it an address in the network or on the internet"
    : undefined;
};

/** Bindings that do not call for what only pods have. */
function checkedUses(check: Checks, path: string, uses: pulumi.Input<Binding>[] | undefined): pulumi.Output<Binding>[] {
  return (uses ?? []).map((binding, index) => {
    const given = pulumi.Output.isInstance(binding) || binding instanceof Promise ? undefined : (binding as Binding);
    const parts = (["volumes", "tokens"] as const).map((field) =>
      check.value(`${path}[${index}].${field}`, given ? given[field] : bindingField(binding, field), podsAlone[field]),
    );
    return pulumi.all([binding, ...parts]).apply(([own]) => own as Binding);
  });
}

const podsAlone = {
  volumes: (volumes: object[] | undefined) =>
    volumes?.length ? "is for pods of a cluster, which mount claims; jobs of Vertex AI mount none" : undefined,
  tokens: (tokens: object[] | undefined) =>
    tokens?.length ? "is for pods of a cluster, whose tokens jobs of Vertex AI do not have" : undefined,
};

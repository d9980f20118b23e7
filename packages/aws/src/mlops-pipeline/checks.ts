import * as pulumi from "@pulumi/pulumi";
import {
  type AccessRule,
  type ApprovalPlan,
  bindingField,
  Checks,
  checkedApproval,
  checkedRegulations,
  checkedStages,
  checkedTriggers,
  checkUses,
  DataClass,
  matching,
  modelName,
  oneOf,
  type Rule,
  StageKind,
  type StagePlan,
  type TriggersPlan,
} from "aistack-core";
import { accessRule } from "../access-grant/rules";
import { kmsKeyArn } from "../shared/rules";
import type { MlopsPipelineArgs } from "./args";
import { scheduleExpression } from "./schedule";
import { checkStagesFit, ecrImage } from "./stage-checks";
import { hasGate, isDecidedByPerson } from "./step-names";

/** Arguments with defaults, gated where they are still to come. */
export interface PipelinePlan {
  model: string;
  experiment: pulumi.Input<string>;
  stages: StagePlan[];
  approval: ApprovalPlan;
  triggers: TriggersPlan;
  image?: pulumi.Input<string>;
  /** URI of the tracking that exists. */
  trackingUri?: pulumi.Input<string>;
  /** Where the collector of audit events listens. */
  eventsEndpoint?: pulumi.Input<string>;
  access: pulumi.Input<AccessRule[]>;
  alerts: pulumi.Input<string>[];
  dataClass: DataClass;
  kmsKeyArn?: pulumi.Input<string>;
}

/** Suffixes of buckets and roles take their share of the names that AWS allows; on Kubernetes it is as long. */
const pipelineName = matching(
  /^(?=.{1,24}$)[A-Za-z](-?[A-Za-z0-9])*$/,
  "1 to 24 letters, digits and single hyphens between them, starting with a letter, because AWS limits the names made from it",
);

const experimentName = matching(/^\S(.{0,254}\S)?$/, "1 to 256 characters, without spaces around them");

/** Nothing in a cluster can be reached from a job of SageMaker by the name that the cluster knows it by. */
const trackingUri: Rule<string> = (uri) =>
  /^(https:\/\/\S+|arn:aws[a-z-]*:sagemaker:[a-z0-9-]+:\d{12}:mlflow-[a-z-]+\/\S+)$/.test(uri) && !isInCluster(uri)
    ? undefined
    : "must be an HTTPS URL that can be reached from outside a cluster, or the ARN of an MLflow of SageMaker";

const reachable: Rule<string> = (endpoint) =>
  /^https:\/\/\S+$/.test(endpoint) && !isInCluster(endpoint)
    ? undefined
    : "must be an HTTPS URL that can be reached from outside a cluster; put a load balancer before the collector";

const isInCluster = (url: string) => /^[a-z]+:\/\/[^/:]+\.svc([.:/]|$)/.test(url);

const topicArn = matching(/^arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}$/, "the ARN of an SNS topic");

/** Judges all arguments and throws every fault at once. */
export function checkPipeline(type: string, name: string, args: MlopsPipelineArgs): PipelinePlan {
  const check = new Checks(type, name);
  check.value("name", name, pipelineName);
  check.existingAlone(args, "compliance");
  const compliance = checkedRegulations(check, args.compliance);
  // With `delivery` refused as a whole, its stage need not be refused too.
  const stages = checkedStages(check, args.stages, args.delivery !== undefined);
  const triggers = checkedTriggers(check, args.triggers);
  const approval = checkedApproval(check, stages, args.approval, args.existing === undefined ? compliance : []);
  refuseByName(check, args);
  checkPerson(check, stages, approval);
  checkKey(check, args);
  const model = args.model ?? name;
  const plan = {
    model: check.value("model", model, modelName) as string,
    experiment: check.value("experiment", args.experiment ?? model, experimentName),
    stages: checkStagesFit(check, stages, { given: args.stages, image: args.image, hasGate: hasGate(approval) }),
    approval,
    eventsEndpoint:
      args.approval?.auditEvents &&
      checkedField(check, "approval.auditEvents", args.approval.auditEvents, "endpoint", reachable),
    triggers: { ...triggers, schedule: checkedSchedule(check, triggers) },
    image: check.value("image", args.image, ecrImage),
    trackingUri: args.tracking && checkedField(check, "tracking", args.tracking, "uri", trackingUri),
    access: check.value("access", (args.access ?? []) as pulumi.Input<AccessRule[]>, (rules) =>
      Array.isArray(rules) ? rules.map(accessRule).find(Boolean) : "must be a list",
    ),
    alerts: (args.alerts ?? []).map((arn, index) => check.value(`alerts[${index}]`, arn, topicArn)),
    dataClass: check.value(
      "dataClass",
      args.dataClass ?? DataClass.Confidential,
      oneOf(Object.values(DataClass)),
    ) as DataClass,
    kmsKeyArn: check.value("kmsKeyArn", args.kmsKeyArn, kmsKeyArn),
  };
  checkUses(check, [...(args.uses ?? []), ...(args.tracking === undefined ? [] : [args.tracking])]);
  check.done();
  return plan;
}

/** What other platforms do and SageMaker cannot. */
function refuseByName(check: Checks, args: MlopsPipelineArgs): void {
  if (args.delivery !== undefined)
    check.fault(
      "delivery",
      "is something that pipelines of SageMaker cannot do; leave it out, and let the service follow the registry",
    );
  if (args.triggers?.push !== undefined)
    check.fault(
      "triggers.push",
      "is something that SageMaker cannot take; leave it out, and let the repository's own pipeline call StartPipelineExecution with a role that has the output `access`",
    );
  if (args.triggers?.data?.everyMinutes !== undefined)
    check.fault("triggers.data.everyMinutes", "has no effect, as S3 tells of new objects at once; leave it out");
  if (args.approval?.timeoutHours !== undefined)
    check.fault(
      "approval.timeoutHours",
      "is something that SageMaker's registry cannot do, where a version waits until somebody decides; leave it out",
    );
}

/** A bucket refuses every key but its own, which its binding does not name. */
function checkKey(check: Checks, { artifacts, kmsKeyArn: key }: MlopsPipelineArgs): void {
  if (artifacts !== undefined && key === undefined)
    check.fault("kmsKeyArn", "is missing; give the key that the bucket of `artifacts` is encrypted with");
}

/** A person decides about a version in the registry, so there has to be one. */
function checkPerson(check: Checks, stages: StagePlan[], approval: ApprovalPlan): void {
  if (isDecidedByPerson({ stages, approval }) && !stages.some(({ kind }) => kind === StageKind.Register))
    check.fault(
      "approval.person",
      "is asked for, but people decide about versions in the registry; add a stage of the kind register, or give thresholds",
    );
}

function checkedSchedule(check: Checks, { schedule }: TriggersPlan): pulumi.Input<string> | undefined {
  return check.value<string>("triggers.schedule", schedule, (cron) =>
    typeof cron === "string" && scheduleExpression(cron) === undefined
      ? "must not name both days of the month and days of the week, which EventBridge Scheduler cannot join"
      : undefined,
  );
}

/** A field of a binding, judged at once where it is known. */
function checkedField<K extends string, T extends { [key in K]: string }>(
  check: Checks,
  path: string,
  binding: pulumi.Input<T>,
  field: K & keyof T & string,
  rule: Rule<string>,
): pulumi.Input<string> {
  const isKnown = !pulumi.Output.isInstance(binding) && !(binding instanceof Promise);
  const value = isKnown ? (binding as unknown as T)[field] : (bindingField(binding, field) as pulumi.Output<string>);
  return check.value(`${path}.${field}`, value as pulumi.Input<string>, rule);
}

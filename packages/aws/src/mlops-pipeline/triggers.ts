/** What starts runs: a schedule, new objects, alarms; and, of the second pipeline, what a person decided. */
import { EventRule, EventTarget } from "@pulumi/aws/cloudwatch";
import { Schedule } from "@pulumi/aws/scheduler";
import * as pulumi from "@pulumi/pulumi";
import { bindingField, type TriggersPlan } from "aistack-core";
import type { Place } from "../shared/place";
import { onBehalfOf, trustService } from "../shared/policy";
import { versionParameter } from "./definition";
import { roleWith } from "./roles";
import { scheduleExpression } from "./schedule";

/** What triggers are made from. */
export interface TriggersArgs {
  triggers: TriggersPlan;
  pipelineArn: pulumi.Output<string>;
  /** The second pipeline and the group whose versions it is about. */
  decision?: { pipelineArn: pulumi.Output<string>; group: pulumi.Input<string> };
  place: Place;
  tags: pulumi.Output<{ [key: string]: string }>;
}

interface Pattern {
  suffix: string;
  description: string;
  pattern: object;
  pipelineArn: pulumi.Output<string>;
  parameters?: { name: string; value: string }[];
}

/** Makes whatever was asked for. */
export class PipelineTriggers extends pulumi.ComponentResource {
  constructor(name: string, args: TriggersArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-aws:mlops-pipeline:Triggers", name, {}, opts);
    const child = { parent: this };
    if (args.triggers.schedule !== undefined) schedule(name, args.triggers.schedule, args, child);
    const patterns = patternsOf(args);
    if (patterns.length > 0) onEvents(name, patterns, args, child);
    this.registerOutputs({});
  }
}

function onEvents(
  name: string,
  patterns: Pattern[],
  { place, tags }: TriggersArgs,
  opts: pulumi.CustomResourceOptions,
): void {
  const rules = pulumi.interpolate`arn:${place.partition}:events:${place.region}:${place.accountId}:rule/${name}-*`;
  const roleArn = roleWith(
    `${name}-events`,
    {
      description: "EventBridge starts a pipeline",
      trust: trustService("events.amazonaws.com", onBehalfOf(place, rules)),
      statements: [startStatement(...new Set(patterns.map(({ pipelineArn }) => pipelineArn)))],
      tags,
    },
    opts,
  );
  for (const { suffix, description, pattern, pipelineArn, parameters } of patterns) {
    const eventPattern = pulumi.jsonStringify(pattern);
    const rule = new EventRule(`${name}-${suffix}`, { description, eventPattern, tags }, opts);
    new EventTarget(
      `${name}-${suffix}-target`,
      {
        rule: rule.name,
        arn: pipelineArn,
        roleArn,
        ...(parameters && { sagemakerPipelineTarget: { pipelineParameterLists: parameters } }),
      },
      opts,
    );
  }
}

function startStatement(...pipelineArns: pulumi.Output<string>[]) {
  return {
    Sid: "StartPipeline",
    Effect: "Allow" as const,
    Action: "sagemaker:StartPipelineExecution",
    Resource: pipelineArns,
  };
}

function schedule(
  name: string,
  cron: pulumi.Input<string>,
  { pipelineArn, place, tags }: TriggersArgs,
  opts: pulumi.CustomResourceOptions,
): void {
  // The group, as AWS asks for: https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
  const group = pulumi.interpolate`arn:${place.partition}:scheduler:${place.region}:${place.accountId}:schedule-group/default`;
  const roleArn = roleWith(
    `${name}-clock`,
    {
      description: "EventBridge Scheduler starts a pipeline",
      trust: trustService("scheduler.amazonaws.com", onBehalfOf(place, group)),
      statements: [startStatement(pipelineArn)],
      tags,
    },
    opts,
  );
  new Schedule(
    `${name}-schedule`,
    {
      description: "Starts a pipeline",
      scheduleExpression: pulumi.output(cron).apply((text) => scheduleExpression(text) as string),
      scheduleExpressionTimezone: "UTC",
      flexibleTimeWindow: { mode: "OFF" },
      target: {
        arn: pipelineArn,
        roleArn,
        // One that starts hours late is worse than none.
        retryPolicy: { maximumEventAgeInSeconds: 3600, maximumRetryAttempts: 10 },
      },
    },
    opts,
  );
}

function patternsOf({ triggers, pipelineArn, decision }: TriggersArgs): Pattern[] {
  const { data, drift } = triggers;
  const patterns: Pattern[] = [];
  if (data)
    patterns.push({
      suffix: "data",
      description: "New objects start a pipeline",
      pattern: {
        source: ["aws.s3"],
        "detail-type": ["Object Created"],
        detail: {
          bucket: { name: [bindingField(data.store, "bucket")] },
          ...(data.prefix !== undefined && { object: { key: [{ prefix: data.prefix }] } }),
        },
      },
      pipelineArn,
    });
  if (drift)
    patterns.push({
      suffix: "drift",
      description: "Alarms start a pipeline",
      pattern: {
        source: ["aws.cloudwatch"],
        "detail-type": ["CloudWatch Alarm State Change"],
        detail: { alarmName: drift.alerts, state: { value: ["ALARM"] } },
      },
      pipelineArn,
    });
  if (decision)
    patterns.push({
      suffix: "decided",
      description: "What was decided about a version of a model is recorded and followed",
      pattern: {
        source: ["aws.sagemaker"],
        "detail-type": ["SageMaker Model Package State Change"],
        detail: { ModelPackageGroupName: [decision.group], ModelApprovalStatus: ["Approved", "Rejected"] },
      },
      pipelineArn: decision.pipelineArn,
      parameters: [{ name: versionParameter, value: "$.detail.ModelPackageArn" }],
    });
  return patterns;
}

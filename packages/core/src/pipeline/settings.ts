import * as pulumi from "@pulumi/pulumi";
import type { AuditEventsBinding } from "../bindings";
import { type Checks, cronSchedule, matching, oneOf, wholeNumber } from "../checks";
import { Regulation } from "../compliance/regulation";
import {
  type DataTriggerArgs,
  type DriftTriggerArgs,
  GitProvider,
  type MetricThresholdArgs,
  type PipelineApprovalArgs,
  type PipelineTriggersArgs,
  type PushTriggerArgs,
  StageKind,
} from "./args";
import { metricName, oneOfMetrics, type StagePlan, stagesBefore } from "./stages";

/** What lets a model through, with defaults. */
export interface ApprovalPlan {
  thresholds: ThresholdPlan[];
  person: boolean;
  timeoutHours: number;
  auditEvents?: pulumi.Input<AuditEventsBinding>;
}

/** A threshold with its defaults. */
export interface ThresholdPlan extends MetricThresholdArgs {
  minimize: boolean;
}

/** What starts runs, with defaults. */
export interface TriggersPlan {
  schedule?: pulumi.Input<string>;
  push?: PushTriggerArgs & { branch: pulumi.Input<string> };
  data?: DataTriggerArgs & { everyMinutes: number };
  drift?: DriftTriggerArgs;
}

/** Regulations that want a record of who let a model into production, with where they do. */
const wantRecords: Readonly<Partial<Record<Regulation, string>>> = {
  [Regulation.EuAiAct]: "eu-ai-act (Art. 12 and 14)",
  [Regulation.Hipaa]: "hipaa (45 CFR 164.312(b))",
};

/** Judges `approval` against the stages that log metrics. */
export function checkedApproval(
  check: Checks,
  stages: readonly StagePlan[],
  args: PipelineApprovalArgs | undefined,
  compliance: readonly Regulation[],
): ApprovalPlan {
  const gates = stages.filter(({ kind }) => kind === StageKind.Approve);
  if (gates.length > 1)
    check.fault("stages", `approve more than once: ${gates.map(({ name }) => name).join(", ")}; leave one of them`);
  if (args !== undefined && gates.length === 0)
    check.fault("approval", "has no effect, as no stage approves; add a stage of the kind approve");
  const thresholds = args?.thresholds ?? [];
  const known = gates.flatMap(({ name }) => stagesBefore(stages, name)).flatMap(({ metrics }) => metrics);
  thresholds.forEach((threshold, index) => {
    checkThreshold(check, `approval.thresholds[${index}]`, threshold, gates.length > 0 ? known : undefined);
  });
  const asks = compliance.filter((regulation) => wantRecords[regulation] !== undefined);
  if (gates.length > 0 && args?.auditEvents === undefined && asks.length > 0)
    check.fault(
      "approval.auditEvents",
      `is missing, but ${asks.map((regulation) => wantRecords[regulation]).join(" and ")} ask for a record of who or what let a model through; give the binding of an AuditEventCollector`,
    );
  return {
    thresholds: thresholds.map((threshold) => ({ ...threshold, minimize: threshold.minimize ?? false })),
    person: args?.person ?? thresholds.length === 0,
    timeoutHours: check.value("approval.timeoutHours", args?.timeoutHours ?? 72, wholeNumber(1, 8760)) as number,
    auditEvents: args?.auditEvents,
  };
}

function checkThreshold(
  check: Checks,
  path: string,
  threshold: MetricThresholdArgs,
  known: string[] | undefined,
): void {
  const { metric, minimum, maximum, mayRegressBy } = threshold;
  check.value(`${path}.metric`, metric, metricName);
  if (known !== undefined && metricName(metric) === undefined && !known.includes(metric))
    check.fault(`${path}.metric`, `is "${metric}", which no stage before the approval logs; ${oneOfMetrics(known)}`);
  if (minimum === undefined && maximum === undefined && mayRegressBy === undefined)
    check.fault(path, "asks for nothing; give `minimum`, `maximum` or `mayRegressBy`");
  for (const [field, value] of Object.entries({ minimum, maximum }))
    check.value(`${path}.${field}`, value, (number) => (Number.isFinite(number) ? undefined : "must be a number"));
  check.value(`${path}.mayRegressBy`, mayRegressBy, (number) =>
    typeof number === "number" && number >= 0 ? undefined : "must be a number of 0 or more",
  );
  if (typeof minimum === "number" && typeof maximum === "number" && minimum > maximum)
    check.fault(path, `asks for ${minimum} or more and ${maximum} or less, which nothing is`);
}

/** Judges `triggers`. */
export function checkedTriggers(check: Checks, args: PipelineTriggersArgs | undefined): TriggersPlan {
  const { schedule, push, data, drift } = args ?? {};
  if (push) check.value("triggers.push.provider", push.provider, oneOf(Object.values(GitProvider)));
  if (drift && drift.alerts.length === 0)
    check.fault("triggers.drift.alerts", "names no alert; name one, or leave `drift` out");
  return {
    schedule: check.value("triggers.schedule", schedule, cronSchedule),
    push: push && {
      ...push,
      repository: check.value("triggers.push.repository", push.repository, repositoryPath),
      branch: check.value("triggers.push.branch", push.branch ?? "main", branchName),
      secret: checkedSecret(check, push.secret),
    },
    data: data && {
      ...data,
      prefix: check.value("triggers.data.prefix", data.prefix, objectPrefix),
      everyMinutes: check.value("triggers.data.everyMinutes", data.everyMinutes ?? 15, wholeNumber(1, 1440)) as number,
    },
    drift: drift && {
      alerts: drift.alerts.map((alert, index) => check.value(`triggers.drift.alerts[${index}]`, alert, alertName)),
    },
  };
}

const repositoryPath = matching(/^[\w.-]+(\/[\w.-]+)+$/, 'the path of a repository such as "owner/name"');
const branchName = matching(/^[\w.][\w./-]{0,199}$/, "the name of a branch, without wildcards");
const objectPrefix = matching(/^[\w!.*'()/=-]{1,500}$/, "1 to 500 letters, digits and the signs ! - _ . * ' ( ) / =");
const alertName = matching(/^[A-Za-z_][A-Za-z0-9_]*$/, "the name of an alert: letters, digits and underscores");

/** A secret that nobody guesses; it stands in no message. */
function checkedSecret(check: Checks, secret: pulumi.Input<string> | undefined): pulumi.Input<string> | undefined {
  if (secret === undefined) return undefined;
  if (typeof secret !== "string") return check.value("triggers.push.secret", pulumi.secret(secret), longSecret);
  if (longSecret(secret) !== undefined)
    check.fault(
      "triggers.push.secret",
      "is too easy to guess; give 32 characters or more, or leave it out to have one made",
    );
  return pulumi.secret(secret);
}

const longSecret = matching(/^.{32,}$/, "a secret of 32 characters or more");

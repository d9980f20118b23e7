/** What applications record: events that a collector takes, holds to a schema and clears of personal data. */
import { AuditEventClass, auditPurpose } from "aistack-core/compliance";
import { parse } from "yaml";
import { type Check, judged, planLacks } from "../finding";
import { entryOf, listAt, type PlanView, type Resource, textOf, unknown, type Value, valueAt } from "../view";
import { hasPurpose, keptLongEnough } from "./records";

/** A collector of application events, and its configuration. */
export interface Collector {
  readonly resource: Resource;
  readonly configuration: Value | undefined;
}

export const configurationPath = 'data["collector.yaml"]';

export function collectorsOf(plan: PlanView): Collector[] {
  return plan
    .ofType("kubernetes:core/v1:ConfigMap")
    .filter((map) => hasPurpose(map, auditPurpose.events))
    .map((resource) => {
      const text = entryOf(resource.props.data, "collector.yaml");
      return { resource, configuration: typeof text === "string" ? (parse(text) as Value) : text };
    });
}

/** Collectors that take events of applications; others bring the logs of clusters. */
function eventCollectorsOf(plan: PlanView): Collector[] {
  return collectorsOf(plan).filter(
    ({ configuration }) => configuration === unknown || valueAt(configuration, "receivers.otlp") !== undefined,
  );
}

/** The classes that a collector lets through stand in its filters, as alternatives of a pattern. */
function takesClass(configuration: Value | undefined, wanted: AuditEventClass): boolean {
  const processors = valueAt(configuration, "processors");
  const filters = Object.entries(typeof processors === "object" && processors !== null ? processors : {}).filter(
    ([name]) => name.startsWith("filter/"),
  );
  const alternatives = new RegExp(`[("|]${wanted.replace(".", "\\.")}[)"|]`);
  return filters.some(([, filter]) => alternatives.test(textOf(filter as Value).replaceAll("\\", "")));
}

/** Whether events of a class get into the records. */
function recordsClass(wanted: AuditEventClass): Check {
  return (plan) => {
    const collectors = eventCollectorsOf(plan);
    if (collectors.length === 0)
      return [planLacks(plan, "no events of applications are recorded; add an AuditEventCollector")];
    return collectors.map(({ resource, configuration }) =>
      judged(
        { resource, path: configurationPath, value: configuration === unknown ? unknown : wanted },
        () => takesClass(configuration, wanted),
        `does not take events of the class ${wanted}; name it in \`classes\``,
      ),
    );
  };
}

export const decisionsRecorded: Check = (plan, options) => [
  ...recordsClass(AuditEventClass.InferenceRequest)(plan, options),
  ...(eventCollectorsOf(plan).length > 0 ? recordsClass(AuditEventClass.InferenceDecision)(plan, options) : []),
];

export const approvalsRecorded: Check = recordsClass(AuditEventClass.ModelApproval);

export const requestsRecorded: Check = (plan, options) => [
  ...recordsClass(AuditEventClass.SubjectRequest)(plan, options),
  ...keptLongEnough(plan, options),
];

/** Processors that take personal data out of events. */
const redactors = /^(redaction|transform)\/.*(personal|redact)|^redaction(\/|$)/;

export const redacted: Check = (plan) =>
  eventCollectorsOf(plan).map(({ resource, configuration }) => {
    const pipelines = valueAt(configuration, "service.pipelines");
    const all = typeof pipelines === "object" && pipelines !== null ? Object.values(pipelines) : [];
    const bare = all.filter(
      (pipeline) =>
        listAt(pipeline, "exporters").length > 0 &&
        isFirst(pipeline) &&
        !listAt(pipeline, "processors").some((name) => redactors.test(String(name))),
    );
    return judged(
      { resource, path: configurationPath, value: configuration === unknown ? unknown : `${all.length} pipelines` },
      () => all.length > 0 && bare.length === 0,
      "records events without taking personal data out; put the redaction processor into each pipeline",
    );
  });

/** Whether a pipeline gets events from outside, and not from another pipeline that has redacted them. */
function isFirst(pipeline: Value): boolean {
  return listAt(pipeline, "receivers").some((name) => /^otlp(\/|$)/.test(String(name)));
}

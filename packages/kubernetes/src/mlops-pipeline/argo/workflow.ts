import * as pulumi from "@pulumi/pulumi";
import { StageKind, type StagePlan, stagesBefore } from "aistack-core";
import { restrictedPod } from "../../workload/security";
import { metrics, templateName } from "../metrics";
import type { PipelineSettings } from "../settings";
import type { StagePods } from "../stages";
import { approvalTemplates, podTemplate, searchTemplates, type Template, taskOf } from "./templates";

/** What Argo Workflows replaces by the name of the run. */
export const runName = "{{workflow.name}}";

/** Template that the graph of all stages is in. */
const entrypoint = "pipeline";

/** What a WorkflowTemplate holds. https://argo-workflows.readthedocs.io/en/stable/fields/#workflowspec */
export function workflowSpec(
  name: string,
  settings: PipelineSettings,
  stages: pulumi.Input<StagePods[]>,
  serviceAccount: pulumi.Input<string>,
): pulumi.Output<object> {
  return pulumi.all([stages, serviceAccount]).apply(([pods, serviceAccountName]) => {
    const plans = pods.map(({ stage }) => stage as StagePlan);
    const gateBefore = (stage: StagePlan) =>
      stagesBefore(plans, stage.name).find(({ kind }) => kind === StageKind.Approve);
    return {
      entrypoint,
      serviceAccountName,
      securityContext: restrictedPod,
      arguments: { parameters: runParameters },
      // One run after the other, so that two do not bring their models to production at once.
      synchronization: { mutexes: [{ name }] },
      ttlStrategy: { secondsAfterCompletion: settings.historyDays * 86_400 },
      podGC: { strategy: "OnPodSuccess", deleteDelayDuration: "600s" },
      workflowMetadata: { labels: { "aistack.dev/pipeline": name } },
      metrics: { prometheus: runMetrics(name) },
      templates: [
        { name: entrypoint, dag: { tasks: plans.map((stage) => taskOf(stage, gateBefore(stage))) } },
        ...pods.flatMap((stage) => templatesOf(name, stage as StagePods, settings)),
      ],
    };
  });
}

/** What a run is told by whoever starts it. */
const runParameters = [
  { name: "trigger", value: "person", description: "What started the run: person, schedule, push, data or drift." },
  { name: "revision", value: "", description: "Commit that the run is about." },
  { name: "committed-at", value: "", description: "When it was committed, as RFC 3339 says it." },
];

function templatesOf(name: string, pods: StagePods, settings: PipelineSettings): Template[] {
  const { stage, pod, speaksToApi, serviceAccount, search } = pods;
  const account = { serviceAccountName: serviceAccount, speaksToApi };
  if (stage.kind === StageKind.Approve) return approvalTemplates(stage, pod, account, settings.approval);
  if (stage.kind === StageKind.Deploy)
    return [
      podTemplate(stage.name, stage, pod, account, {
        metrics: [failures(name, stage), leadTime(name)],
        env: runVariables,
        outputs: { outcome: "rolled-back", "lead-time-seconds": "" },
      }),
    ];
  const template = podTemplate(search ? `${stage.name}-trial` : stage.name, stage, pod, account, {
    metrics: [failures(name, stage), ...(speaksToApi ? [waitingTime(name, stage)] : [])],
    env: [...runVariables, ...(speaksToApi ? [{ name: "JOB_OWNER", value: owner }] : [])],
    outputs: speaksToApi ? { "queued-seconds": "0" } : {},
  });
  return stage.search && search ? searchTemplates(stage, stage.search, template, search, account) : [template];
}

/** The run, which what it makes goes with. */
const owner = JSON.stringify({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Workflow",
  name: "{{workflow.name}}",
  uid: "{{workflow.uid}}",
});

const runVariables = [
  { name: "PIPELINE_TRIGGER", value: "{{workflow.parameters.trigger}}" },
  { name: "PIPELINE_REVISION", value: "{{workflow.parameters.revision}}" },
  { name: "PIPELINE_COMMITTED_AT", value: "{{workflow.parameters.committed-at}}" },
];

function runMetrics(name: string): object[] {
  const labels = [
    { key: "pipeline", value: name },
    { key: "status", value: "{{workflow.status}}" },
  ];
  return [
    { name: templateName(metrics.runs), help: "Runs that ended, by how they did", labels, counter: { value: "1" } },
    {
      name: templateName(metrics.runSeconds),
      help: "Seconds from the start of the last run to its end",
      labels: labels.slice(0, 1),
      gauge: { value: "{{workflow.duration}}", realtime: false },
    },
  ];
}

const stageLabels = (name: string, stage: StagePlan) => [
  { key: "pipeline", value: name },
  { key: "stage", value: stage.name },
];

function failures(name: string, stage: StagePlan): object {
  return {
    name: templateName(metrics.failures),
    help: "Stages that failed for good",
    labels: stageLabels(name, stage),
    when: "{{status}} == Failed",
    counter: { value: "1" },
  };
}

function waitingTime(name: string, stage: StagePlan): object {
  return {
    name: templateName(metrics.queueSeconds),
    help: "Seconds that the stage of the last run waited in the queue",
    labels: stageLabels(name, stage),
    when: "{{status}} == Succeeded",
    gauge: { value: "{{outputs.parameters.queued-seconds}}", realtime: false },
  };
}

function leadTime(name: string): object {
  return {
    name: templateName(metrics.leadSeconds),
    help: "Seconds from the commit to production, of the last model that got there",
    labels: [{ key: "pipeline", value: name }],
    // Of a run that no commit started nothing is known.
    when: "{{outputs.parameters.lead-time-seconds}} != ''",
    gauge: { value: "{{outputs.parameters.lead-time-seconds}}", realtime: false },
  };
}

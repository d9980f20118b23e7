import type { ApprovalPlan, SearchPlan, StagePlan } from "aistack-core";
import { restrictedContainer } from "../../workload/security";
import { apiAccess, apiAccessMount } from "../api-access";
import { backoff, programPath, resultFolder } from "../defaults";
import type { StagePod } from "../stage-pod";

/** A template of Argo Workflows. https://argo-workflows.readthedocs.io/en/stable/fields/#template */
export type Template = Record<string, unknown> & { name: string };

/** What stages after an approval wait for. */
export const approved = "approved";

/** Account of a pod, and whether its main container may speak to the API server, as that of a launcher. */
export interface TemplateAccount {
  serviceAccountName: string;
  speaksToApi: boolean;
}

/** What a template adds to its pod. */
interface TemplateExtras {
  inputs?: string[];
  /** Parameters that it puts out, by the name of their file; the value is taken when there is no file. */
  outputs?: { [file: string]: string };
  env?: { name: string; value: string }[];
  metrics?: object[];
}

/** Runs a pod. It is tried again after failures, and at once when its node was lost. */
export function podTemplate(
  name: string,
  stage: StagePlan,
  pod: StagePod,
  account: TemplateAccount,
  { inputs = [], outputs = {}, env = [], metrics = [] }: TemplateExtras = {},
): Template {
  return {
    name,
    metadata: { labels: pod.labels },
    serviceAccountName: account.serviceAccountName,
    ...(Object.keys(pod.nodeSelector).length > 0 && { nodeSelector: pod.nodeSelector }),
    ...(pod.tolerations.length > 0 && { tolerations: pod.tolerations }),
    ...attempts(stage, account.speaksToApi),
    ...(inputs.length > 0 && { inputs: { parameters: inputs.map((input) => ({ name: input })) } }),
    container: { ...pod.container, env: [...pod.container.env, ...env] },
    volumes: [...pod.volumes, apiAccess],
    podSpecPatch: JSON.stringify(podPatch(account.speaksToApi)),
    ...(Object.keys(outputs).length > 0 && {
      outputs: {
        parameters: Object.entries(outputs).map(([file, value]) => ({
          name: file,
          valueFrom: { path: `${resultFolder}/${file}`, default: value },
        })),
      },
    }),
    ...(metrics.length > 0 && { metrics: { prometheus: metrics } }),
  };
}

/**
 * How often and how long. The object that a launcher makes has attempts and an end of its own, and may wait long for room
 * before it starts: the launcher is only started again where its node was lost.
 */
function attempts({ retries, timeoutMinutes }: StagePlan, isLauncher: boolean): object {
  if (isLauncher) return { retryStrategy: { limit: 10, retryPolicy: "OnError", backoff } };
  return {
    activeDeadlineSeconds: timeoutMinutes * 60,
    retryStrategy: {
      limit: retries,
      retryPolicy: "Always",
      backoff: { ...backoff, maxDuration: `${timeoutMinutes}m` },
    },
  };
}

/**
 * What no field of a template says: Argo's own containers get the token with which they report, and the program of the
 * stage does not, unless it needs it.
 */
function podPatch(speaksToApi: boolean): object {
  const volumeMounts = [apiAccessMount];
  const resources = { requests: { cpu: "10m", memory: "64Mi" }, limits: { memory: "256Mi" } };
  const own = { volumeMounts, securityContext: restrictedContainer, resources };
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    initContainers: [{ name: "init", ...own }],
    containers: [{ name: "wait", ...own }, ...(speaksToApi ? [{ name: "main", volumeMounts }] : [])],
  };
}

/** The templates of an approval: thresholds, then a person, then the record of who it was. */
export function approvalTemplates(
  stage: StagePlan,
  pod: StagePod,
  account: TemplateAccount,
  approval: ApprovalPlan,
): Template[] {
  const { name } = stage;
  const decision = { decision: "rejected" };
  const check = podTemplate(`${name}-by-thresholds`, stage, pod, account, { outputs: decision });
  if (!approval.person)
    return [
      {
        name,
        steps: [[{ name: "thresholds", template: check.name }]],
        outputs: { parameters: [parameterOf("decision", "{{steps.thresholds.outputs.parameters.decision}}")] },
      },
      check,
    ];
  const answered = { ...pod, container: { ...pod.container, command: ["python", "-u", `${programPath}/person.py`] } };
  const record = podTemplate(`${name}-record`, stage, answered, account, {
    inputs: ["answer"],
    outputs: decision,
    env: [
      { name: "PIPELINE_ANSWER", value: "{{inputs.parameters.answer}}" },
      // Who spoke last to Argo's server about this run, which was the answer: workflow/common/common.go of Argo Workflows.
      { name: "PIPELINE_LABELS", value: "{{workflow.labels.json}}" },
    ],
  });
  return [
    {
      name,
      steps: [
        [{ name: "thresholds", template: check.name }],
        [{ name: "decided", template: `${name}-decided`, when: isApproved("steps.thresholds") }],
      ],
      outputs: {
        parameters: [
          {
            name: "decision",
            valueFrom: {
              expression: `steps.thresholds.outputs.parameters.decision == '${approved}' ? steps.decided.outputs.parameters.decision : 'rejected'`,
            },
          },
        ],
      },
    },
    check,
    {
      name: `${name}-decided`,
      steps: [
        [{ name: "person", template: `${name}-by-person` }],
        [
          {
            name: "record",
            template: record.name,
            arguments: { parameters: [{ name: "answer", value: "{{steps.person.outputs.parameters.answer}}" }] },
          },
        ],
      ],
      outputs: { parameters: [parameterOf("decision", "{{steps.record.outputs.parameters.decision}}")] },
    },
    {
      name: `${name}-by-person`,
      inputs: {
        parameters: [
          {
            name: "answer",
            default: "reject",
            enum: ["reject", "approve"],
            description: "Whether the model goes to production. Its metrics are in MLflow, in the run of this name.",
          },
        ],
      },
      // Whoever says nothing in time has rejected it.
      suspend: { duration: `${approval.timeoutHours}h` },
      outputs: { parameters: [{ name: "answer", valueFrom: { supplied: {}, default: "reject" } }] },
    },
    record,
  ];
}

const parameterOf = (name: string, parameter: string) => ({ name, valueFrom: { parameter } });

/** Whether a step or task has let the model through. */
export function isApproved(reference: string): string {
  return `{{${reference}.outputs.parameters.decision}} == ${approved}`;
}

/** The templates of a search: what to try, the trials, which was best. */
export function searchTemplates(
  stage: StagePlan,
  search: SearchPlan,
  trial: Template,
  pods: { draw: StagePod; choose: StagePod },
  account: TemplateAccount,
): Template[] {
  const light = { ...stage, retries: 2, timeoutMinutes: 60 };
  const own = { ...account, speaksToApi: false };
  const draw = podTemplate(`${stage.name}-draw`, light, pods.draw, own, { outputs: { trials: "[]" } });
  const choose = podTemplate(`${stage.name}-choose`, light, pods.choose, own);
  const inputs = ["trial", ...search.parameters.map(({ name }) => name)];
  const container = trial.container as { env: object[] };
  const variables = [
    { name: "PIPELINE_TRIAL", value: "{{inputs.parameters.trial}}" },
    { name: "TRIAL_SUFFIX", value: "-{{inputs.parameters.trial}}" },
    ...search.parameters.map(({ name }) => ({
      name: `PARAMETER_${name.toUpperCase()}`,
      value: `{{inputs.parameters.${name}}}`,
    })),
  ];
  return [
    {
      name: stage.name,
      parallelism: search.parallel,
      steps: [
        [{ name: "draw", template: draw.name }],
        [
          {
            name: "trial",
            template: trial.name,
            withParam: "{{steps.draw.outputs.parameters.trials}}",
            arguments: { parameters: inputs.map((name) => ({ name, value: `{{item.${name}}}` })) },
          },
        ],
        [{ name: "choose", template: choose.name }],
      ],
    },
    draw,
    choose,
    {
      ...trial,
      inputs: { parameters: inputs.map((name) => ({ name })) },
      container: { ...container, env: [...container.env, ...variables] },
    },
  ];
}

/** The task of a stage in the graph; what comes after an approval waits for what it said. */
export function taskOf(stage: StagePlan, gate: StagePlan | undefined): object {
  return {
    name: stage.name,
    template: stage.name,
    ...(stage.after.length > 0 && { dependencies: stage.after }),
    ...(gate && { when: isApproved(`tasks.${gate.name}`) }),
  };
}

import { StageKind, type StagePlan } from "aistack-core";
import { isGated } from "./checks";
import * as defaults from "./defaults";
import {
  containerOf,
  input,
  jobOf,
  outputFile,
  type PipelineFacts,
  type Placeholders,
  type StageFacts,
} from "./executors";
import { decision, gateTask, parameters, searchTasks } from "./names";

/** What a search needs beside its trials. */
export interface SearchFacts {
  draw: StageFacts;
  choose: StageFacts;
}

/** Everything that a specification is made from. */
export interface SpecFacts extends PipelineFacts {
  stages: (StageFacts & { search?: SearchFacts })[];
}

interface Spec {
  components: { [name: string]: object };
  executors: { [label: string]: object };
}

type Tasks = { [name: string]: object };

/** All stages, or those before or from an approval on, where a person is asked in between. */
export enum Part {
  All = "all",
  Before = "before",
  After = "after",
}

/** The run of a pipeline, as Vertex AI takes it, without its id and the values of its parameters. */
export function pipelineJob(facts: SpecFacts, part: Part): object {
  return {
    displayName: part === Part.All ? facts.name : `${facts.name}-${part}`,
    labels: facts.labels,
    pipelineSpec: pipelineSpec(facts, part),
    runtimeConfig: { gcsOutputDirectory: facts.root, failurePolicy: "PIPELINE_FAILURE_POLICY_FAIL_FAST" },
    serviceAccount: facts.serviceAccount,
    encryptionSpec: { kmsKeyName: facts.keyName },
    ...(facts.attachment !== undefined && { pscInterfaceConfig: { networkAttachment: facts.attachment } }),
  };
}

/** A `PipelineSpec` of schema 2.1.0. https://github.com/kubeflow/pipelines/blob/master/api/v2alpha1/pipeline_spec.proto */
export function pipelineSpec(facts: SpecFacts, part: Part): object {
  const plans = facts.stages.map(({ plan }) => plan);
  const gate = plans.find(({ kind }) => kind === StageKind.Approve);
  const isBehind = (plan: StagePlan) => plan === gate || isGated(plans, plan);
  const chosen = facts.stages.filter(({ plan }) => part === Part.All || isBehind(plan) === (part === Part.After));
  const spec: Spec = { components: {}, executors: {} };
  const tasks: Tasks = {};
  const released: Tasks = {};
  for (const stage of chosen) addStage(spec, isGated(plans, stage.plan) ? released : tasks, facts, stage, chosen);
  if (gate !== undefined && Object.keys(released).length > 0)
    tasks[gateTask] = gated(spec, gate.name, released, waitedFor(chosen, plans));
  const hasGate = chosen.some(({ plan }) => plan === gate);
  return {
    schemaVersion: "2.1.0",
    sdkVersion: "kfp-2.17.3",
    pipelineInfo: { name: facts.name },
    root: {
      inputDefinitions: {
        parameters: {
          [parameters.run]: { parameterType: "STRING" },
          ...(hasGate && {
            [parameters.answer]: { parameterType: "STRING", defaultValue: decision.approved, isOptional: true },
            [parameters.approver]: { parameterType: "STRING", defaultValue: "", isOptional: true },
          }),
        },
      },
      dag: { tasks },
    },
    components: spec.components,
    deploymentSpec: { executors: spec.executors },
  };
}

/** Steps outside the gate that stages behind it wait for. */
function waitedFor(chosen: SpecFacts["stages"], plans: StagePlan[]): string[] {
  const gatedPlans = chosen.map(({ plan }) => plan).filter((plan) => isGated(plans, plan));
  const names = gatedPlans.flatMap(({ after }) => after).filter((name) => !gatedPlans.some((own) => own.name === name));
  return chosen.filter(({ plan }) => names.includes(plan.name)).map(({ plan }) => lastTask(plan));
}

/** The step that a stage is over with. */
function lastTask({ name, search }: StagePlan): string {
  return search === undefined ? name : `${name}${searchTasks.choose}`;
}

function addStage(
  spec: Spec,
  tasks: Tasks,
  facts: SpecFacts,
  stage: SpecFacts["stages"][number],
  chosen: SpecFacts["stages"],
): void {
  const { plan, search } = stage;
  // What is not in this part is over, and what is before the gate has been waited for outside.
  const after = chosen.filter((other) => plan.after.includes(other.plan.name)).map((other) => lastTask(other.plan));
  const before = after.filter((name) => tasks[name] !== undefined);
  if (search !== undefined) addSearch(spec, tasks, facts, stage, search, before);
  else if (plan.kind === StageKind.Approve)
    add(spec, tasks, plan, plan.name, before, {
      executor: containerOf(facts, stage, {
        ...runId,
        PIPELINE_ANSWER: input(parameters.answer),
        PIPELINE_APPROVER: input(parameters.approver),
        PIPELINE_DECISION_FILE: outputFile(decision.output),
      }),
      inputs: Object.values(parameters),
      output: [decision.output, "STRING"],
    });
  else add(spec, tasks, plan, plan.name, before, { executor: jobOf(facts, stage, runId), ...job });
}

const runId: Placeholders = { PIPELINE_RUN_ID: input(parameters.run) };

/** What each job takes, and the output that a launcher notes the job in, to find it again when it is started again. */
const job: Pick<Step, "inputs" | "output"> = { inputs: [parameters.run], output: ["gcp_resources", "STRING"] };

interface Step {
  executor: object;
  /** Parameters of the pipeline that it takes. */
  inputs: string[];
  /** Name and type. */
  output?: [name: string, type: string];
  /** Parameters that it takes from elsewhere. */
  others?: { [name: string]: object };
}

function add(spec: Spec, tasks: Tasks, plan: StagePlan, name: string, before: string[], step: Step): void {
  const names = [...step.inputs, ...Object.keys(step.others ?? {})];
  spec.executors[`exec-${name}`] = step.executor;
  spec.components[`comp-${name}`] = {
    executorLabel: `exec-${name}`,
    inputDefinitions: parametersOf(names.map((own) => [own, "STRING"])),
    ...(step.output && { outputDefinitions: parametersOf([step.output]) }),
  };
  tasks[name] = task(name, before, {
    ...Object.fromEntries(step.inputs.map((own) => [own, { componentInputParameter: own }])),
    ...step.others,
  });
  if (plan.retries > 0)
    Object.assign(tasks[name] as object, {
      retryPolicy: {
        maxRetryCount: plan.retries,
        backoffDuration: defaults.backoff.first,
        backoffFactor: defaults.backoff.factor,
        backoffMaxDuration: defaults.backoff.longest,
      },
    });
}

function task(name: string, before: string[], inputs: { [name: string]: object }): object {
  return {
    taskInfo: { name },
    componentRef: { name: `comp-${name}` },
    // What a stage reads and writes is in the bucket or in MLflow, which a cache does not look at.
    cachingOptions: {},
    ...(before.length > 0 && { dependentTasks: before }),
    inputs: { parameters: inputs },
  };
}

const parametersOf = (all: [name: string, type: string][]) => ({
  parameters: Object.fromEntries(all.map(([name, parameterType]) => [name, { parameterType }])),
});

/** Draws values, runs a trial with each, some at the same time, and goes on with the best. */
function addSearch(
  spec: Spec,
  tasks: Tasks,
  facts: SpecFacts,
  stage: StageFacts,
  { draw, choose }: SearchFacts,
  before: string[],
): void {
  const { plan } = stage;
  const names = { draw: `${plan.name}${searchTasks.draw}`, trials: `${plan.name}${searchTasks.trials}` };
  const item = `pipelinechannel--${names.draw}-trials-loop-item`;
  const list = `pipelinechannel--${names.draw}-trials`;
  add(spec, tasks, plan, names.draw, before, {
    executor: containerOf(facts, draw, { ...runId, PIPELINE_TRIALS_FILE: outputFile("trials") }),
    inputs: [parameters.run],
    output: ["trials", "LIST"],
  });

  const values = plan.search?.parameters.map(({ name }) => name) ?? [];
  const trial: Tasks = {};
  const field = (name: string) => ({
    componentInputParameter: item,
    parameterExpressionSelector: `parseJson(string_value)[${JSON.stringify(name)}]`,
  });
  const variables = Object.fromEntries(values.map((name) => [`PARAMETER_${name.toUpperCase()}`, input(`of_${name}`)]));
  add(spec, trial, plan, plan.name, [], {
    executor: jobOf(facts, stage, { ...runId, PIPELINE_TRIAL: input("of_trial"), ...variables }),
    ...job,
    others: Object.fromEntries(["trial", ...values].map((name) => [`of_${name}`, field(name)])),
  });
  spec.components[`comp-${names.trials}`] = {
    inputDefinitions: parametersOf([
      [parameters.run, "STRING"],
      [list, "LIST"],
      [item, "STRING"],
    ]),
    dag: { tasks: trial },
  };
  tasks[names.trials] = {
    ...task(names.trials, [names.draw], {
      [parameters.run]: { componentInputParameter: parameters.run },
      [list]: { taskOutputParameter: { producerTask: names.draw, outputParameterKey: "trials" } },
    }),
    parameterIterator: { itemInput: item, items: { inputParameter: list } },
    iteratorPolicy: { parallelismLimit: plan.search?.parallel },
  };
  add(spec, tasks, plan, lastTask(plan), [names.trials], {
    executor: containerOf(facts, choose, runId),
    inputs: [parameters.run],
  });
}

/** The stages behind an approval, which run where it says so. */
function gated(spec: Spec, gate: string, released: Tasks, others: string[]): object {
  const channel = `pipelinechannel--${gate}-${decision.output}`;
  spec.components[`comp-${gateTask}`] = {
    inputDefinitions: parametersOf([
      [parameters.run, "STRING"],
      [channel, "STRING"],
    ]),
    dag: { tasks: released },
  };
  return {
    ...task(gateTask, [...new Set([gate, ...others])], {
      [parameters.run]: { componentInputParameter: parameters.run },
      [channel]: { taskOutputParameter: { producerTask: gate, outputParameterKey: decision.output } },
    }),
    triggerPolicy: { condition: `inputs.parameter_values['${channel}'] == '${decision.approved}'` },
  };
}

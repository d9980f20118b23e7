import * as pulumi from "@pulumi/pulumi";
import { type Checks, matching, oneOf, quantity, type Rule, wholeNumber } from "../checks";
import { Framework, frameworkFault } from "../frameworks";
import { Accelerator } from "../machines/accelerator";
import {
  type HyperparameterSearchArgs,
  type PipelineStageArgs,
  type SearchParameterArgs,
  StageKind,
  TrainingEngine,
} from "./args";

/** A stage with its defaults. */
export interface StagePlan extends PipelineStageArgs {
  kind: StageKind;
  after: string[];
  cpu: pulumi.Input<string>;
  memory: pulumi.Input<string>;
  acceleratorsPerNode: number;
  nodes: number;
  engine: TrainingEngine;
  retries: number;
  timeoutMinutes: number;
  metrics: string[];
  search?: SearchPlan;
  /** Whether it runs what its kind does, having no program of its own. */
  isBuiltIn: boolean;
}

/** A search with its defaults. */
export interface SearchPlan extends HyperparameterSearchArgs {
  minimize: boolean;
  trials: number;
  parallel: number;
}

/** The stages of a pipeline that names none, without the last one where nothing takes the model. */
export const defaultStages: readonly StageKind[] = [
  StageKind.Ingest,
  StageKind.Validate,
  StageKind.Train,
  StageKind.Evaluate,
  StageKind.Approve,
  StageKind.Register,
  StageKind.Deploy,
];

/** How good a model is; the last two in place of those before where the target is a number. */
const measures = ["accuracy", "f1", "log_loss", "r2", "rmse"];

/** What the stages without a program of their own log. Those of the training are for a search. */
export const builtInMetrics: Readonly<Partial<Record<StageKind, string[]>>> = {
  [StageKind.Ingest]: ["rows"],
  [StageKind.Validate]: ["missing_fraction"],
  [StageKind.Train]: measures.map((measure) => `validation_${measure}`),
  [StageKind.Evaluate]: measures,
};

/** Kinds that run nothing that could be given. */
const withoutProgram: readonly StageKind[] = [StageKind.Approve, StageKind.Deploy];

/** Names of objects are made of the pipeline's and the stage's, and jobs add to them. */
export const stageName = matching(
  /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/,
  "1 to 40 lower-case letters, digits and hyphens, starting with a letter and ending with a letter or digit",
);

/** Names that MLflow takes for a metric and that can stand in an expression of any orchestrator. */
export const metricName = matching(
  /^[A-Za-z][A-Za-z0-9_]{0,99}$/,
  "1 to 100 letters, digits and underscores, starting with a letter",
);

const variableName = matching(/^[A-Za-z_][A-Za-z0-9_]*$/, "the name of a variable: letters, digits and underscores");

/** Judges `stages`; returns them with defaults, each after those that it waits for. */
export function checkedStages(
  check: Checks,
  given: PipelineStageArgs[] | undefined,
  isDelivered: boolean,
): StagePlan[] {
  const stages =
    given ??
    defaultStages
      .filter((kind) => kind !== StageKind.Deploy || isDelivered)
      .map((kind): PipelineStageArgs => ({ name: kind }));
  if (stages.length === 0) check.fault("stages", "names no stage; name one, or leave it out for the usual ones");
  if (stages.length > mostStages)
    check.fault("stages", `has ${stages.length} items, but may have ${mostStages}; make a second pipeline for more`);
  const plans = stages.map((stage, index) => checkedStage(check, stages, stage, index, isDelivered));
  return inOrder(check, plans);
}

/** SageMaker's limit for a pipeline, the lowest of all: https://docs.aws.amazon.com/general/latest/gr/sagemaker.html */
const mostStages = 50;

function checkedStage(
  check: Checks,
  stages: PipelineStageArgs[],
  stage: PipelineStageArgs,
  index: number,
  isDelivered: boolean,
): StagePlan {
  const path = `stages[${index}]`;
  check.value(`${path}.name`, stage.name, stageName);
  const first = stages.findIndex(({ name }) => name === stage.name);
  if (first !== index)
    check.fault(`${path}.name`, `is "${stage.name}", as is stages[${first}].name; give each stage a name of its own`);
  const kind = stage.kind ?? Object.values(StageKind).find((known) => known === stage.name) ?? StageKind.Task;
  check.value(`${path}.kind`, stage.kind, oneOf(Object.values(StageKind)));
  if (kind === StageKind.Deploy && !isDelivered)
    check.fault(path, "brings a model into production, but nothing says where; name a service in `delivery`");
  const isBuiltIn = stage.command === undefined && stage.source === undefined;
  checkProgram(check, path, stage, kind, isBuiltIn);
  stage.after?.forEach((name, position) => {
    if (!stages.some((other) => other.name === name))
      check.fault(
        `${path}.after[${position}]`,
        `is "${name}", which is no stage; name one of ${stages.map((other) => other.name).join(", ")}`,
      );
  });
  stage.metrics?.forEach((metric, position) => {
    check.value(`${path}.metrics[${position}]`, metric, metricName);
  });
  const metrics = stage.metrics ?? (isBuiltIn ? (builtInMetrics[kind] ?? []) : []);
  const previous = stages[index - 1];
  const count = (
    field: "acceleratorsPerNode" | "nodes" | "retries" | "timeoutMinutes",
    value: number,
    least: number,
    most: number,
  ) => check.value(`${path}.${field}`, stage[field] ?? value, wholeNumber(least, most)) as number;
  check.value(`${path}.accelerator`, stage.accelerator, oneOf(Object.values(Accelerator)));
  checkFramework(check, path, stage);
  if (stage.acceleratorsPerNode !== undefined && stage.accelerator === undefined)
    check.fault(`${path}.acceleratorsPerNode`, "is of no use without `accelerator`; name it or leave this out");
  const nodes = count("nodes", 1, 1, 1024);
  return {
    ...stage,
    kind,
    isBuiltIn,
    after: stage.after ?? (previous === undefined ? [] : [previous.name]),
    cpu: check.value(`${path}.cpu`, stage.cpu ?? "1", quantity),
    memory: check.value(`${path}.memory`, stage.memory ?? "4Gi", quantity),
    acceleratorsPerNode: count("acceleratorsPerNode", 1, 1, 16),
    nodes,
    engine: checkedEngine(check, path, stage, nodes),
    retries: count("retries", 2, 0, 100),
    timeoutMinutes: count("timeoutMinutes", kind === StageKind.Train ? 1440 : 60, 1, 43_200),
    metrics,
    search: checkedSearch(check, `${path}.search`, stage.search, metrics),
  };
}

function checkProgram(
  check: Checks,
  path: string,
  stage: PipelineStageArgs,
  kind: StageKind,
  isBuiltIn: boolean,
): void {
  if (stage.command !== undefined && stage.source !== undefined)
    check.fault(`${path}.source`, "is given together with `command`; leave one of the two out");
  if (withoutProgram.includes(kind)) {
    for (const field of [
      "image",
      "framework",
      "command",
      "source",
      "accelerator",
      "nodes",
      "engine",
      "search",
      "metrics",
    ] as const)
      if (stage[field] !== undefined)
        check.fault(
          `${path}.${field}`,
          `has no effect on a stage that is there to ${kind}; leave it out, or give another \`kind\``,
        );
    return;
  }
  if (isBuiltIn && kind === StageKind.Task)
    check.fault(path, "does nothing; give a `command` with an `image`, or a Python `source`");
  if (stage.command !== undefined && stage.image === undefined && stage.framework === undefined)
    check.fault(`${path}.image`, "is missing; name the image that `command` runs in, or a `framework`");
  for (const field of ["image", "framework"] as const)
    if (isBuiltIn && stage[field] !== undefined)
      check.fault(`${path}.${field}`, "is given without a program; give a `command` or `source`, or leave it out");
  if (isBuiltIn && stage.accelerator !== undefined)
    check.fault(
      `${path}.accelerator`,
      "is of no use to scikit-learn, which the stage runs without a program of its own; give one",
    );
  if (isBuiltIn && (stage.nodes ?? 1) > 1)
    check.fault(
      `${path}.nodes`,
      "is of no use to scikit-learn, which the stage runs without a program of its own; give one",
    );
  for (const name of Object.keys(plainKeys(stage.environment))) check.value(`${path}.environment`, name, variableName);
}

/** Refuses a framework that does not run on the accelerator, and says which do. */
function checkFramework(check: Checks, path: string, stage: PipelineStageArgs): void {
  const { framework, frameworkVersion: version, accelerator, image } = stage;
  if (framework === undefined) {
    if (version !== undefined)
      check.fault(`${path}.frameworkVersion`, "is of no use without `framework`; name it or leave this out");
    return;
  }
  if (image !== undefined) check.fault(`${path}.framework`, "is given together with `image`; leave one of the two out");
  check.value(`${path}.framework`, framework, oneOf(Object.values(Framework)));
  const fault = Object.values(Framework).includes(framework) && frameworkFault({ framework, version, accelerator });
  if (fault) check.fault(`${path}.framework`, `is ${framework}, but ${fault}`);
}

/** Names that are known already. */
function plainKeys(map: pulumi.Input<{ [name: string]: pulumi.Input<string> }> | undefined): object {
  return map === undefined || pulumi.Output.isInstance(map) || map instanceof Promise ? {} : map;
}

function checkedEngine(check: Checks, path: string, stage: PipelineStageArgs, nodes: number): TrainingEngine {
  const engine = stage.engine ?? (nodes > 1 ? TrainingEngine.Trainer : TrainingEngine.Job);
  check.value(`${path}.engine`, engine, oneOf(Object.values(TrainingEngine)));
  if (engine === TrainingEngine.Job && nodes > 1)
    check.fault(
      `${path}.engine`,
      `is ${engine}, which runs on one node, but \`nodes\` is ${nodes}; choose trainer or ray`,
    );
  return engine;
}

function checkedSearch(
  check: Checks,
  path: string,
  search: HyperparameterSearchArgs | undefined,
  metrics: string[],
): SearchPlan | undefined {
  if (search === undefined) return undefined;
  if (search.parameters.length === 0) check.fault(`${path}.parameters`, "is empty; name what to vary");
  search.parameters.forEach((parameter, index) => {
    checkParameter(check, `${path}.parameters[${index}]`, parameter);
    const first = search.parameters.findIndex(({ name }) => name === parameter.name);
    if (first !== index) check.fault(`${path}.parameters[${index}].name`, `is "${parameter.name}" for a second time`);
  });
  if (!metrics.includes(search.metric))
    check.fault(`${path}.metric`, `is "${search.metric}", which the stage does not log; ${oneOfMetrics(metrics)}`);
  const trials = check.value(`${path}.trials`, search.trials ?? 10, wholeNumber(2, 1000)) as number;
  const parallel = check.value(
    `${path}.parallel`,
    search.parallel ?? Math.min(2, trials),
    wholeNumber(1, 100),
  ) as number;
  if (parallel > trials) check.fault(`${path}.parallel`, `is ${parallel}, but there are ${trials} trials; lower it`);
  return { ...search, minimize: search.minimize ?? false, trials, parallel };
}

function checkParameter(check: Checks, path: string, parameter: SearchParameterArgs): void {
  check.value(`${path}.name`, parameter.name, variableName);
  const { minimum, maximum, values, logarithmic } = parameter;
  if (values !== undefined) {
    if (values.length === 0) check.fault(`${path}.values`, "is empty; name two or more");
    for (const field of ["minimum", "maximum", "logarithmic", "whole"] as const)
      if (parameter[field] !== undefined) check.fault(`${path}.${field}`, "is for bounds; leave it or `values` out");
    return;
  }
  if (minimum === undefined || maximum === undefined || !(minimum < maximum))
    check.fault(path, `goes from ${minimum} to ${maximum}; give a \`minimum\` below a \`maximum\`, or \`values\``);
  else if (logarithmic && minimum <= 0)
    check.fault(`${path}.minimum`, `is ${minimum}, but must be above 0 where \`logarithmic\` is set`);
}

/** What to choose from instead of a metric that nobody logs. */
export function oneOfMetrics(metrics: string[]): string {
  return metrics.length > 0
    ? `choose one of ${metrics.join(", ")}, or name it in \`metrics\` of the stage that logs it`
    : "name it in `metrics` of the stage that logs it";
}

/** The stages, each after those that it waits for; a fault where they wait for one another. */
function inOrder(check: Checks, stages: StagePlan[]): StagePlan[] {
  const ordered: StagePlan[] = [];
  let waiting = stages;
  while (waiting.length > 0) {
    const ready = waiting.filter(({ after }) =>
      after.every((name) => ordered.some((done) => done.name === name) || !stages.some((other) => other.name === name)),
    );
    if (ready.length === 0) {
      const cycle = cycleIn(waiting);
      check.fault("stages", `wait for one another: ${cycle.join(" after ")}; take one of these out of an \`after\``);
      return stages;
    }
    ordered.push(...ready);
    waiting = waiting.filter((stage) => !ready.includes(stage));
  }
  return ordered;
}

/** One cycle among stages of which each waits for another of them. */
function cycleIn(stages: StagePlan[]): string[] {
  const path: string[] = [];
  let current = stages[0] as StagePlan;
  while (!path.includes(current.name)) {
    path.push(current.name);
    const next = stages.find(({ name }) => current.after.includes(name));
    current = next ?? current;
  }
  return [...path.slice(path.indexOf(current.name)), current.name];
}

/** Names of stages that end before one starts, near or far. */
export function stagesBefore(stages: readonly StagePlan[], name: string): StagePlan[] {
  const found = new Set<string>();
  const visit = (current: string) => {
    for (const before of stages.find((stage) => stage.name === current)?.after ?? [])
      if (!found.has(before)) {
        found.add(before);
        visit(before);
      }
  };
  visit(name);
  return stages.filter((stage) => found.has(stage.name));
}

/** Rule for the name that the registry knows a model by, on all platforms. */
export const modelName: Rule<string> = matching(
  /^[A-Za-z0-9](-?[A-Za-z0-9]){0,62}$/,
  "1 to 63 letters, digits and single hyphens between them",
);

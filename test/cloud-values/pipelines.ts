/** Judges the steps of a pipeline of SageMaker: the arguments of a step are the request of the call that it makes. */

import type { AwsModels } from "./models/aws";
import { memberNamed, type Shape } from "./models/shape";
import { type Part, unknown } from "./request";
import { type Fault, faultsOf } from "./validate";

interface Step {
  readonly Name: string;
  readonly Type: string;
  readonly DependsOn?: string[];
  readonly Arguments: { readonly [member: string]: Json };
}

type Json = string | number | boolean | null | Json[] | { readonly [member: string]: Json };

const named = "the pipeline makes it up for each run";

/** By type of step: the call, and what SageMaker adds. Others are no calls. */
const calls: Readonly<Record<string, { call: string; given: Record<string, string> }>> = {
  Processing: { call: "sagemaker.CreateProcessingJob", given: { ProcessingJobName: named } },
  Training: { call: "sagemaker.CreateTrainingJob", given: { TrainingJobName: named } },
  Tuning: { call: "sagemaker.CreateHyperParameterTuningJob", given: { HyperParameterTuningJobName: named } },
  RegisterModel: { call: "sagemaker.CreateModelPackage", given: {} },
};

/** StepName in the schema of definitions: https://aws-sagemaker-mlops.github.io/sagemaker-model-building-pipeline-definition-JSON-schema/ */
const stepName = /^[A-Za-z0-9\-_]{1,64}$/;

/** The faults of a definition. */
export function pipelineFaults(definition: string, models: AwsModels): Fault[] {
  const { Version, Steps } = JSON.parse(definition) as { Version: string; Steps: Step[] };
  const faults: Fault[] = [];
  const add = (path: string, reason: string) => faults.push({ path: `pipelineDefinition ${path}`, reason });
  if (Version !== "2020-12-01") add("Version", `is ${Version}, but must be 2020-12-01`);
  const steps = allSteps(Steps);
  const names = steps.map(({ Name }) => Name);
  if (steps.length > 50) add("Steps", `has ${steps.length}, but may have 50`);
  steps.forEach(({ Name, Type, DependsOn = [], Arguments }, index) => {
    if (!stepName.test(Name)) add(Name, "is no name of a step");
    if (names.indexOf(Name) !== index) add(Name, "is the name of two steps");
    for (const other of DependsOn)
      if (!names.includes(other)) add(`${Name} DependsOn`, `names ${other}, which is no step`);
    const known = calls[Type];
    if (known === undefined) {
      if (!["Condition", "Fail"].includes(Type)) add(`${Name} Type`, `is ${Type}, of which nothing is known`);
      return;
    }
    const shape = models.shape(known.call);
    const body = resolved(Arguments) as { [member: string]: Part };
    const strange = strangers(shape, body);
    for (const path of strange) add(`${Name} ${path}`, `is no member of ${known.call}`);
    if (strange.length > 0) return;
    const request = { call: known.call, shape, body, origins: new Map<string, string>() };
    for (const { reason } of faultsOf(request, known, models, new Set())) add(Name, reason);
  });
  return faults;
}

/** Steps inside conditions among them. */
function allSteps(steps: readonly Step[]): Step[] {
  return steps.flatMap((step) => {
    const { IfSteps = [], ElseSteps = [] } = step.Arguments as unknown as { IfSteps?: Step[]; ElseSteps?: Step[] };
    return [step, ...allSteps(IfSteps), ...allSteps(ElseSteps)];
  });
}

/** What is only known in a run stands for any value. */
function resolved(value: Json): Part {
  if (value === null) return unknown;
  if (Array.isArray(value)) return value.map(resolved);
  if (typeof value !== "object") return value;
  if (Object.keys(value).some((key) => key === "Get" || key.startsWith("Std:"))) return unknown;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolved(item)]));
}

/** Paths of members that the call does not have. */
function strangers(shape: Shape, value: Part, path = ""): string[] {
  if (Array.isArray(value))
    return shape.item ? value.flatMap((item) => strangers(shape.item?.() as Shape, item, path)) : [];
  if (typeof value !== "object" || shape.kind !== "structure") return [];
  return Object.entries(value).flatMap(([member, item]) => {
    const at = path === "" ? member : `${path}.${member}`;
    if (memberNamed(shape, member) !== member) return [at];
    return strangers(shape.members?.get(member)?.() as Shape, item, at);
  });
}

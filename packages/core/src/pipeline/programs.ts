import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { bindingField } from "../bindings";
import { environmentPrefix } from "../naming";
import { type PipelineDatasetArgs, StageKind, type TrackingBinding } from "./args";
import type { ApprovalPlan } from "./settings";
import type { StagePlan } from "./stages";

/** Programs that a pipeline runs: those of the stages without one of their own, and of a search. */
export enum PipelineProgram {
  Ingest = "ingest",
  Validate = "validate",
  Train = "train",
  Evaluate = "evaluate",
  Approve = "approve",
  /** Also gives a delivered model the alias "production": run again, it makes no second version. */
  Register = "register",
  /** Before a search: the values that its trials try. */
  Draw = "draw",
  /** After a search: goes on with the best trial. */
  Choose = "choose",
}

/** Three folders up both from `src/pipeline` and from `dist/pipeline`. */
const folder = join(__dirname, "../../programs/pipeline");
const read = (file: string) => readFileSync(join(folder, file), "utf8");
/** What programs import, those of a platform too. */
export const programLibrary = { "pipeline_run.py": read("pipeline_run.py") };
const tabular = { "tabular.py": read("tabular.py") };
const programs = new Map(Object.values(PipelineProgram).map((program) => [program, read(`${program}.py`)]));

/** Programs that work on tables. */
const onTables: readonly PipelineProgram[] = [
  PipelineProgram.Ingest,
  PipelineProgram.Validate,
  PipelineProgram.Train,
  PipelineProgram.Evaluate,
];

/** File that a stage's own source is put into: a name that hides no module of Python, whatever the stage's name. */
const ownSource = "stage.py";

/** The files of a program, by name; to be put into one folder. */
export function programFiles(program: PipelineProgram): { [file: string]: string } {
  return {
    ...programLibrary,
    ...(onTables.includes(program) && tabular),
    [`${program}.py`]: programs.get(program) as string,
  };
}

/** What runs a program whose files are in `folder`. Unbuffered, so that the log shows what a stage said before it was killed. */
export function programCommand(program: PipelineProgram, folder: string): string[] {
  return ["python", "-u", `${folder}/${program}.py`];
}

/** The files that a stage runs; none where it has a `command`, nor where the platform does what it is for. */
export function stageFiles(stage: StagePlan): { [file: string]: pulumi.Input<string> } {
  if (stage.source !== undefined) return { ...programLibrary, [ownSource]: stage.source };
  const program = builtInProgram(stage);
  return program ? programFiles(program) : {};
}

/** What a stage runs, with its files in `folder`; undefined where the platform does what it is for. */
export function stageCommand(stage: StagePlan, folder: string): pulumi.Input<pulumi.Input<string>[]> | undefined {
  if (stage.source !== undefined) return ["python", "-u", `${folder}/${ownSource}`];
  const program = builtInProgram(stage);
  return program ? programCommand(program, folder) : stage.command;
}

function builtInProgram({ isBuiltIn, kind }: StagePlan): PipelineProgram | undefined {
  return isBuiltIn ? Object.values(PipelineProgram).find((program) => program === (kind as string)) : undefined;
}

/** Variable in which the binding `name` gives the authority that the certificate of a service is signed by, as PEM text. */
const certificateVariable = (name: string) => `${environmentPrefix(name)}_CA_CERTIFICATE`;

/** What the registry calls versions of a model: that which answers requests, and that which is about to. */
export const modelAlias = { candidate: "candidate", production: "production" };

/** What the programs of one pipeline have to know, the same on every platform. */
export interface PipelineSettings {
  name: string;
  model: pulumi.Input<string>;
  experiment: pulumi.Input<string>;
  dataset?: PipelineDatasetArgs;
  approval: ApprovalPlan;
  /** Whether the model is delivered after it was registered, and in production only then. */
  isDelivered: boolean;
  /** Where runs are recorded, if not in a directory. */
  tracking?: pulumi.Input<TrackingBinding>;
}

/**
 * Environment of a stage, without what only the orchestrator knows: PIPELINE_RUN_ID, PIPELINE_TRIAL, PARAMETER_<NAME>,
 * PIPELINE_APPROVER, PIPELINE_ANSWER, the files that programs write; and without the stage's own `environment` and what
 * `uses` gives.
 */
export function stageEnvironment(
  { name, model, experiment, dataset, approval, isDelivered, tracking }: PipelineSettings,
  stage: StagePlan,
): { [variable: string]: pulumi.Input<string> } {
  const { kind, search } = stage;
  return {
    PIPELINE_NAME: name,
    PIPELINE_STAGE: stage.name,
    PIPELINE_MODEL: model,
    PIPELINE_EXPERIMENT: experiment,
    ...(dataset && { DATASET_URL: dataset.url, DATASET_TARGET: dataset.target }),
    ...(tracking && { PIPELINE_CA_VARIABLE: bindingField(tracking, "name").apply(certificateVariable) }),
    ...(search && { PIPELINE_SEARCH: JSON.stringify(search) }),
    ...(kind === StageKind.Approve && { PIPELINE_THRESHOLDS: pulumi.jsonStringify(approval.thresholds) }),
    ...(kind === StageKind.Register && { PIPELINE_ALIAS: isDelivered ? modelAlias.candidate : modelAlias.production }),
  };
}

/** What each job is told and runs, and the secrets among it. */
import * as pulumi from "@pulumi/pulumi";
import {
  type Binding,
  bindingField,
  modelAlias,
  PipelineProgram,
  programCommand,
  programFiles,
  StageKind,
  type StagePlan,
  stageCommand,
  stageEnvironment,
  stageFiles,
  TrainingEngine,
} from "aistack-core";
import type { MlopsPipelineArgs } from "./args";
import type { PipelinePlan } from "./checks";
import { programFolder } from "./defaults";
import { decisionStep, hasGate, isDecidedByPerson, isTraining, productionStep, searchStep } from "./step-names";

type Variables = { [name: string]: pulumi.Input<string> };

/** What one job is told and runs, as `pipeline_start.py` reads it. */
export interface JobSettings {
  kind: string;
  environment: pulumi.Input<Variables>;
  files: { [file: string]: pulumi.Input<string> };
  command: pulumi.Input<pulumi.Input<string>[]>;
  /** Processes on each machine, which find one another by torchrun. */
  processes?: number;
  /** Whether it is one trial of a search. */
  trial?: boolean;
}

/** What all jobs are told, and each by the name that it has. */
export interface Settings {
  environment: pulumi.Input<Variables>;
  stages: { [job: string]: JobSettings };
}

/** What is known of the surroundings. */
export interface SettingsParts {
  name: string;
  region: pulumi.Output<string>;
  trackingUri: pulumi.Input<string>;
}

/** Settings of all jobs, without secrets. */
export function settingsOf(parts: SettingsParts, plan: PipelinePlan, args: MlopsPipelineArgs): Settings {
  const own = {
    // The user of the container may have no home folder that it can write to.
    HOME: "/tmp",
    PYTHONDONTWRITEBYTECODE: "1",
    AWS_DEFAULT_REGION: parts.region,
    MLFLOW_TRACKING_URI: parts.trackingUri,
  };
  const used = environmentOf(sharedUses(args));
  const environment = pulumi
    .all([used, pulumi.output(own)])
    .apply(([theirs, ours]): { [name: string]: string } => ({ ...theirs, ...ours }));
  const jobs = new Jobs(parts.name, plan, args);
  return { environment, stages: Object.fromEntries(plan.stages.flatMap((stage) => jobs.of(stage))) };
}

/** The jobs of each stage, by name. */
class Jobs {
  readonly #name: string;
  readonly #plan: PipelinePlan;
  readonly #args: MlopsPipelineArgs;
  readonly #waits: boolean;

  constructor(name: string, plan: PipelinePlan, args: MlopsPipelineArgs) {
    this.#name = name;
    this.#plan = plan;
    this.#args = args;
    this.#waits = isDecidedByPerson(plan);
  }

  of(stage: StagePlan): [string, JobSettings][] {
    const job = this.#job(stage);
    if (stage.kind === StageKind.Approve) return this.#approving(stage);
    if (stage.kind === StageKind.Register && this.#waits)
      return [
        [stage.name, job],
        [productionStep(stage.name), this.#job(stage, { PIPELINE_ALIAS: modelAlias.production })],
      ];
    if (stage.search === undefined) return [[stage.name, job]];
    return [
      [searchStep(stage.name), { ...job, trial: true }],
      [stage.name, { kind: stage.kind, environment: job.environment, ...program(PipelineProgram.Choose) }],
    ];
  }

  #job(stage: StagePlan, further: Variables = {}): JobSettings {
    const { dataset, tracking } = this.#args;
    const { model, experiment, approval } = this.#plan;
    const known = { name: this.#name, model, experiment, dataset, approval, tracking, isDelivered: this.#waits };
    const isSpread = isTraining(stage) && stage.engine === TrainingEngine.Trainer;
    const command = stageCommand(stage, programFolder) as JobSettings["command"];
    return {
      kind: stage.kind,
      environment: pulumi
        .all([environmentOf(stage.uses ?? []), stage.environment, { ...stageEnvironment(known, stage), ...further }])
        .apply(([used, given, ours]) => ({ ...used, ...given, ...ours })),
      files: stageFiles(stage),
      command: isSpread && stage.source !== undefined ? throughTorchrun(command) : command,
      ...(isSpread && { processes: stage.acceleratorsPerNode }),
    };
  }

  /** Thresholds are judged in the run; what a person said is recorded when they have decided, and judges nothing again. */
  #approving(gate: StagePlan): [string, JobSettings][] {
    const { approval, eventsEndpoint } = this.#plan;
    const events: Variables =
      eventsEndpoint === undefined
        ? {}
        : { OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: pulumi.interpolate`${eventsEndpoint}/v1/logs` };
    const jobs: [string, JobSettings][] = [];
    if (hasGate(approval)) jobs.push([gate.name, this.#job(gate, events)]);
    if (approval.person)
      jobs.push([decisionStep(gate.name), this.#job(gate, { ...events, PIPELINE_THRESHOLDS: "[]" })]);
    return jobs;
  }
}

function program(which: PipelineProgram): Pick<JobSettings, "files" | "command"> {
  return { files: programFiles(which), command: programCommand(which, programFolder) };
}

/** The last word of the command is the program. */
function throughTorchrun(command: JobSettings["command"]): pulumi.Output<string[]> {
  return pulumi.output(command).apply((words) => ["torchrun", words.at(-1) as string]);
}

/** Bindings that all stages use. */
function sharedUses({ uses, tracking }: MlopsPipelineArgs): pulumi.Input<Binding>[] {
  return [...(uses ?? []), ...(tracking === undefined ? [] : [tracking])];
}

const merged = (maps: ({ [name: string]: string } | undefined)[]): { [name: string]: string } =>
  Object.assign({}, ...maps);

function environmentOf(bindings: pulumi.Input<Binding>[]): pulumi.Output<{ [name: string]: string }> {
  return pulumi.all(bindings.map((binding) => bindingField(binding, "environment"))).apply(merged);
}

function credentialsOf(bindings: pulumi.Input<Binding>[]): pulumi.Output<{ [name: string]: string }> {
  // Unlike `bindingField`, this keeps them secret.
  const lifted = bindings.map((binding) => (pulumi.output(binding) as pulumi.Output<Required<Binding>>).credentials);
  return pulumi.secret(pulumi.all(lifted).apply(merged));
}

/** Credentials of all bindings as jobs read them, as JSON; undefined where nothing is used that could have some. */
export function credentials(plan: PipelinePlan, args: MlopsPipelineArgs): pulumi.Output<string> | undefined {
  const { auditEvents } = plan.approval;
  const shared = [...sharedUses(args), ...(auditEvents === undefined ? [] : [auditEvents])];
  const own = plan.stages.flatMap(({ name, uses = [] }) => (uses.length === 0 ? [] : [[name, uses] as const]));
  if (shared.length === 0 && own.length === 0) return undefined;
  const stages = own.flatMap(([name, uses]) =>
    [name, searchStep(name), productionStep(name)].map((job) => [job, credentialsOf(uses)] as const),
  );
  return pulumi.secret(
    pulumi.jsonStringify({ environment: credentialsOf(shared), stages: Object.fromEntries(stages) }),
  );
}

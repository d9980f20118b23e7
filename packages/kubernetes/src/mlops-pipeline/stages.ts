import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  after,
  type Binding,
  bindingField,
  type ClusterBinding,
  type DataTriggerArgs,
  environmentPrefix,
  onCluster,
  PipelineProgram,
  programCommand,
  programFiles,
  programLibrary,
  StageKind,
  type StagePlan,
  stageCommand,
  stageEnvironment,
  stageFiles,
  type TrackingBinding,
  TrainingEngine,
} from "aistack-core";
import { programText } from "../programs";
import { standardLabels } from "../workload/labels";
import { type Uses, usesOf } from "../workload/uses";
import { type StageAccounts, stageAccounts } from "./accounts";
import type { MlopsPipelineArgs } from "./args";
import { programPath, resultFolder, stageLabel } from "./defaults";
import { openForStages, podComponents } from "./network";
import type { DeliveryPlan, PipelineSettings } from "./settings";
import { type StagePod, type StagePodParts, stageImage, stageNodes, stagePod } from "./stage-pod";
import { trainerApi, trainingJob, trainingRuntime } from "./training";

/** What an orchestrator wants of the pods that it starts. */
export interface Orchestrator {
  /** What is replaced by the name of the run, by it or by Kubernetes. */
  runId: string;
  /** Whether containers of its own in each pod report to the API server. */
  reports: boolean;
  /** Programs by which it learns whether to go on, in pods that say so. */
  gatePrograms: string[];
  /** Programs by which it learns what a person said. */
  personPrograms: string[];
}

export interface PipelineStagesArgs {
  args: MlopsPipelineArgs;
  cluster: pulumi.Input<ClusterBinding>;
  tracking: pulumi.Input<TrackingBinding>;
  settings: PipelineSettings;
  namespace: pulumi.Input<string>;
  orchestrator: Orchestrator;
  /** What understands TrainingRuntimes. */
  operators: pulumi.Resource[];
}

/** A stage and its pods. */
export interface StagePods {
  stage: StagePlan;
  /** Pod of the stage: what it does itself, or what makes the object that trains and waits for it. */
  pod: StagePod;
  /** Whether it speaks to the API server: it is the latter, or brings a model into production. */
  speaksToApi: boolean;
  serviceAccount: string;
  /** Pods that draw the trials of a search and choose the best one. */
  search?: { draw: StagePod; choose: StagePod };
}

/** What the stages run as and from: accounts, programs, credentials, network policies; and the pods of each stage. */
export class PipelineStages extends pulumi.ComponentResource {
  /** Service account of the programs, for grants. */
  public readonly serviceAccount: pulumi.Output<string>;
  /** Service account that brings models into production. */
  public readonly deliverer: pulumi.Output<string>;
  /** The stages in their order; known once all that they need is there. */
  public readonly pods: pulumi.Output<StagePods[]>;
  /** Pod that looks whether there is new data; undefined where nothing asks. */
  public readonly watcher?: pulumi.Output<StagePods>;

  constructor(name: string, args: PipelineStagesArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-kubernetes:mlops-pipeline:PipelineStages", name, {}, opts);
    const child = onCluster(this, name, args.cluster, opts);
    const { stages, triggers } = args.settings;
    const accounts = stageAccounts(
      name,
      {
        namespace: args.namespace,
        launches: stages.some(isLaunched),
        delivers: stages.some(({ kind }) => kind === StageKind.Deploy),
        reports: args.orchestrator.reports,
      },
      child,
    );
    const maker = new StageMaker(name, args, accounts, child);
    const pods = stages.map((stage) => maker.stage(stage));
    const watcher = triggers.data && maker.watcher(triggers.data);
    const { shared, ofStage, files, runtimes } = maker;
    const programs = new kubernetes.core.v1.ConfigMap(
      `${name}-programs`,
      { metadata: maker.metadata("programs"), data: Object.fromEntries(files) },
      child,
    );
    const policies = openForStages(
      name,
      {
        namespace: args.namespace,
        stages,
        uses: shared.uses,
        ofStage,
        speakers: args.orchestrator.reports ? undefined : stages.filter(speaksToApi).map((stage) => stage.name),
      },
      child,
    );
    const needs = [programs, ...policies, ...runtimes];
    this.serviceAccount = accounts.programs;
    this.deliverer = accounts.deliverer;
    this.pods = after(pulumi.all(pods), ...needs);
    this.watcher = watcher && after(watcher, ...needs);
    this.registerOutputs();
  }
}

/** Whether a stage makes an object that trains, in place of being a pod itself. */
function isLaunched(stage: StagePlan): boolean {
  return stage.kind === StageKind.Train || stage.accelerator !== undefined || stage.engine !== TrainingEngine.Job;
}

/** Whether the program of its pod speaks to the API server: to make that object, or to bring a model into production. */
function speaksToApi(stage: StagePlan): boolean {
  return isLaunched(stage) || stage.kind === StageKind.Deploy;
}

/** What pods use, and the Secret with its credentials. */
interface UsesParts {
  uses: Uses;
  credentials: pulumi.Output<string>;
}

/** Texts of programs that only this platform has, by file. */
const ownPrograms = (...files: string[]) => Object.fromEntries(files.map((file) => [file, programText(file)]));

/** What a program asks for that only waits, counts or looks. */
const light = { cpu: "100m", memory: "512Mi" };

/** Makes the pods of stages, and collects what they need. */
class StageMaker {
  /** What all stages use. */
  readonly shared: UsesParts;
  /** What stages use beside that, by their name. */
  readonly ofStage = new Map<string, Uses>();
  /** Files of the programs, by their key in the ConfigMap. */
  readonly files = new Map<string, pulumi.Input<string>>();
  readonly runtimes: pulumi.Resource[] = [];

  constructor(
    private readonly name: string,
    private readonly args: PipelineStagesArgs,
    private readonly accounts: StageAccounts,
    private readonly child: pulumi.CustomResourceOptions,
  ) {
    this.shared = this.#using([], "credentials");
  }

  metadata(suffix: string) {
    return {
      name: `${this.name}-${suffix}`,
      namespace: this.args.namespace,
      labels: standardLabels(this.name, "mlops-pipeline", "stage"),
    };
  }

  stage(stage: StagePlan): pulumi.Output<StagePods> {
    const pod = this.#podOf(stage);
    const search =
      stage.search &&
      pulumi.all([this.#searcher(stage, PipelineProgram.Draw), this.#searcher(stage, PipelineProgram.Choose)]);
    return pulumi.all([pod, search, this.#accountOf(stage)]).apply(
      ([made, found, serviceAccount]): StagePods => ({
        stage,
        pod: made,
        speaksToApi: speaksToApi(stage),
        serviceAccount,
        ...(found && { search: { draw: found[0] as StagePod, choose: found[1] as StagePod } }),
      }),
    );
  }

  /** Pod that looks whether there are objects in a bucket that there were not when it looked before. */
  watcher({ store, prefix }: DataTriggerArgs): pulumi.Output<StagePods> {
    const stage = { name: "watch", retries: 2, timeoutMinutes: 15 } as StagePlan;
    const pod = this.#pod(stage, {
      ...this.#files({
        ...programLibrary,
        ...ownPrograms("watch.py", ...this.args.orchestrator.gatePrograms),
      }),
      command: ["python", "-u", `${programPath}/watch.py`],
      ...this.#usingOf(stage, [store]),
      image: this.args.settings.image,
      environment: {
        ...this.#environment(stage),
        WATCH_URL: bindingField(store, "url"),
        WATCH_PREFIX: prefix ?? "",
        WATCH_ENDPOINT: bindingField(store, "endpoint").apply((endpoint) => endpoint ?? ""),
        WATCH_CA_VARIABLE: bindingField(store, "name").apply((name) => `${environmentPrefix(name)}_CA_CERTIFICATE`),
      },
      size: light,
    });
    return pulumi
      .all([pod, this.accounts.programs])
      .apply(([made, serviceAccount]) => ({ stage, pod: made, speaksToApi: false, serviceAccount }));
  }

  #podOf(stage: StagePlan): pulumi.Output<StagePod> {
    if (stage.kind === StageKind.Deploy) return this.#deliverer(stage);
    return isLaunched(stage) ? this.#launcher(stage, this.#program(stage)) : this.#program(stage);
  }

  #accountOf(stage: StagePlan): pulumi.Output<string> {
    if (stage.kind === StageKind.Deploy) return this.accounts.deliverer;
    return isLaunched(stage) ? this.accounts.launcher : this.accounts.programs;
  }

  /** The pod that does what the stage is for. */
  #program(stage: StagePlan): pulumi.Output<StagePod> {
    const { args, settings } = this.args;
    const component = isLaunched(stage) ? podComponents.training : podComponents.stage;
    const bindings: pulumi.Input<Binding>[] = [...(stage.uses ?? [])];
    if (stage.kind === StageKind.Train && args.checkpoints) bindings.push(args.checkpoints);
    if (stage.kind === StageKind.Approve && settings.approval.auditEvents) bindings.push(settings.approval.auditEvents);
    // Of what is launched, the launcher puts in the name of the run.
    const { runId: ofOrchestrator, gatePrograms, personPrograms } = this.args.orchestrator;
    const runId = isLaunched(stage) ? "$(PIPELINE_RUN_ID)" : ofOrchestrator;
    const approves = stage.kind === StageKind.Approve;
    const deciding = [
      ...(approves ? gatePrograms : []),
      ...(approves && settings.approval.person ? personPrograms : []),
    ];
    return this.#pod(
      stage,
      {
        ...this.#files({ ...stageFiles(stage), ...ownPrograms(...deciding) }, stage),
        command: stageCommand(stage, programPath) as pulumi.Input<pulumi.Input<string>[]>,
        ...this.#usingOf(stage, bindings),
        image: stageImage(stage, this.args.cluster, settings.image),
        environment: { ...this.#environment(stage, runId), ...this.#checkpoints(stage, runId) },
        size: {
          cpu: stage.cpu,
          memory: stage.memory,
          accelerator: stage.accelerator,
          accelerators: stage.acceleratorsPerNode,
        },
        nodeSelector: stageNodes(stage, this.args.cluster),
      },
      component,
    );
  }

  /** The pod that makes the object which trains. */
  #launcher(stage: StagePlan, own: pulumi.Output<StagePod>): pulumi.Output<StagePod> {
    const runtime = `${this.name}-${stage.name}`;
    const serviceAccount = this.accounts.programs;
    const job = pulumi
      .all([own, serviceAccount])
      .apply(([pod, account]) =>
        JSON.stringify(trainingJob(stage, pod, { serviceAccount: account, runtime }), undefined, 2),
      );
    if (stage.engine === TrainingEngine.Trainer)
      this.runtimes.push(
        new kubernetes.apiextensions.CustomResource(
          `${this.name}-${stage.name}-runtime`,
          {
            apiVersion: trainerApi,
            kind: "TrainingRuntime",
            metadata: this.metadata(stage.name),
            spec: pulumi.all([own, serviceAccount]).apply(([pod, account]) => trainingRuntime(stage, pod, account)),
          },
          { ...this.child, dependsOn: this.args.operators },
        ),
      );
    const file = `${stage.name}.json`;
    return this.#pod(stage, {
      ...this.#files({ ...ownPrograms("launch.py", "kubernetes_api.py"), [file]: job }),
      command: ["python", "-u", `${programPath}/launch.py`],
      ...this.shared,
      image: this.args.settings.image,
      environment: { ...this.#environment(stage), JOB_FILE: `${programPath}/${file}` },
      size: light,
    });
  }

  /** The pod that brings a model into production. */
  #deliverer(stage: StagePlan): pulumi.Output<StagePod> {
    const { service, canaryMinutes, maximumErrorPercent } = this.args.settings.delivery as DeliveryPlan;
    const delivery = bindingField(service, "delivery");
    return this.#pod(stage, {
      ...this.#files(ownPrograms("deploy.py", "canary.py", "registry.py", "kubernetes_api.py")),
      command: ["python", "-u", `${programPath}/deploy.py`],
      ...this.#usingOf(stage, [service, ...(stage.uses ?? [])]),
      image: this.args.settings.image,
      environment: {
        ...this.#environment(stage),
        DELIVERY: pulumi.jsonStringify(delivery),
        CANARY_MINUTES: `${canaryMinutes}`,
        MAXIMUM_ERROR_PERCENT: `${maximumErrorPercent}`,
      },
      size: light,
    });
  }

  #searcher(stage: StagePlan, program: PipelineProgram): pulumi.Output<StagePod> {
    return this.#pod(stage, {
      ...this.#files(programFiles(program)),
      command: programCommand(program, programPath),
      ...this.shared,
      image: this.args.settings.image,
      environment: { ...this.#environment(stage), PIPELINE_TRIALS_FILE: `${resultFolder}/trials` },
      size: light,
    });
  }

  #pod(stage: StagePlan, parts: Omit<StagePodParts, "labels" | "programs">, component = podComponents.stage) {
    const labels = { ...standardLabels(this.name, "mlops-pipeline", component), [stageLabel]: stage.name };
    const queue = this.args.args.team && bindingField(this.args.args.team, "labels");
    return stagePod({
      ...parts,
      programs: `${this.name}-programs`,
      labels: pulumi.output(queue).apply((ofQueue) => ({ ...labels, ...ofQueue })),
    });
  }

  /** Keeps files for the ConfigMap: those that are the same for all stages once, those of a stage with its name. */
  #files(contents: { [file: string]: pulumi.Input<string> }, stage?: StagePlan): Pick<StagePodParts, "files"> {
    const isOwn = stage?.source !== undefined;
    const files = Object.entries(contents).map(([file, content]) => {
      const key = isOwn && file === "stage.py" ? `${stage?.name}.py` : file;
      this.files.set(key, content);
      return [file, key];
    });
    return { files: Object.fromEntries(files) };
  }

  #environment(stage: StagePlan, runId = this.args.orchestrator.runId): { [name: string]: pulumi.Input<string> } {
    const { settings, tracking } = this.args;
    return {
      // The user of the container has no home folder.
      HOME: "/tmp",
      PYTHONDONTWRITEBYTECODE: "1",
      ...stageEnvironment(
        { ...settings, name: this.name, tracking, isDelivered: this.args.args.delivery !== undefined },
        stage,
      ),
      PIPELINE_RUN_ID: runId,
      RESULT_FOLDER: resultFolder,
      ...(stage.kind === StageKind.Approve && { PIPELINE_DECISION_FILE: `${resultFolder}/decision` }),
    };
  }

  /** Where a training stage keeps its checkpoints: a folder for each run, so that a run goes on where it was. */
  #checkpoints(stage: StagePlan, runId: string): { [name: string]: pulumi.Input<string> } {
    const { checkpoints } = this.args.args;
    if (stage.kind !== StageKind.Train || checkpoints === undefined) return {};
    const folder = bindingField(checkpoints, "volumes").apply((volumes) => volumes?.[0]?.mountPath ?? "");
    return { CHECKPOINT_DIRECTORY: pulumi.interpolate`${folder}/${this.name}/${runId}/${stage.name}` };
  }

  #usingOf(stage: StagePlan, bindings: pulumi.Input<Binding>[]): UsesParts {
    if (bindings.length === 0) return this.shared;
    const parts = this.#using(bindings, `${stage.name}-credentials`);
    this.ofStage.set(stage.name, parts.uses);
    return parts;
  }

  #using(bindings: pulumi.Input<Binding>[], suffix: string): UsesParts {
    const { args, tracking, namespace } = this.args;
    const uses = usesOf([tracking, ...(args.uses ?? []), ...bindings], namespace);
    const secret = new kubernetes.core.v1.Secret(
      `${this.name}-${suffix}`,
      { metadata: this.metadata(suffix), stringData: uses.credentials },
      this.child,
    );
    return { uses, credentials: secret.metadata.name };
  }
}

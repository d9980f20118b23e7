import * as pulumi from "@pulumi/pulumi";
import { Accelerator, cronSchedule, machinesWith, matching, oneOf, Platform, resourceNameOf } from "aistack-core";
import type { EdgeMachineArgs } from "aistack-edge";
import {
  type AssistantSettings,
  type ClusterSettings,
  type RecordsSettings,
  SettingsReader,
} from "aistack-stack-assistant";

/** Configuration of the stack, `pulumi config set <key> <value>`; the README has the same table. */
export interface Settings {
  cloud: CloudSettings;
  edge: EdgeSettings;
  models: ModelSettings;
  assistant: Omit<AssistantSettings, "gpuNodes">;
}

/** Where models are trained. Its `kubeconfig` is that of a cluster that exists: then nothing is created in AWS. */
export interface CloudSettings extends ClusterSettings, RecordsSettings {
  trainingAccelerator: Accelerator;
  trainingGpusPerNode: number;
  trainingMaxNodes: number;
}

/** Where models answer. */
export interface EdgeSettings {
  servers: EdgeMachineArgs[];
  agents: EdgeMachineArgs[];
  apiAddress?: string;
  privateKey?: pulumi.Output<string>;
  deletionProtection: boolean;
  /** Kubeconfig of a cluster that exists. */
  kubeconfig?: pulumi.Output<string>;
  /** Public key with which that cluster signs tokens of service accounts. */
  signingPublicKey?: string;
}

/** What is carried from the one to the other. */
export interface ModelSettings {
  /** Hugging Face ids of the models that are published first. */
  model: string;
  embeddingModel: string;
  sizeGiB: number;
  storageClass?: string;
  schedule: string;
  maxMiBPerSecond?: number;
  /** Bucket that exists, where nothing is created in AWS. */
  bucket: string;
  endpoint?: string;
  accessKeyId?: pulumi.Output<string>;
  secretAccessKey?: pulumi.Output<string>;
}

/** The pool that machines with GPUs name. */
export const gpuPool = "gpu";

/** Folder of a model below the folder that is carried: the last part of its id. */
export const folderOf = (id: string) => id.split("/").at(-1) as string;

/** Reads the configuration; refuses what is wrong or missing, all at once. */
export function readSettings(): Settings {
  const reader = new SettingsReader();
  const config = new pulumi.Config();
  const cloud = cloudSettings(reader);
  const settings = {
    cloud,
    edge: edgeSettings(reader, config, cloud),
    models: modelSettings(reader, config),
    assistant: assistantSettings(reader),
  };
  reader.done(settings.cloud);
  warnOfExamples(settings.edge);
  return settings;
}

function cloudSettings(reader: SettingsReader): CloudSettings {
  const { check } = reader;
  const accelerator = reader.text("trainingAccelerator", "nvidia-l4") as Accelerator;
  const offered = Object.values(Accelerator).filter((name) => machinesWith(Platform.Aws, name).length > 0);
  return {
    ...reader.cluster("m7i.large", 2, "cloudKubeconfig"),
    trainingAccelerator: check.value("trainingAccelerator", accelerator, oneOf([...new Set(offered)])) as Accelerator,
    trainingGpusPerNode: reader.whole("trainingGpusPerNode", 1, 1, 16),
    trainingMaxNodes: reader.whole("trainingMaxNodes", 1, 1, 100),
    ...reader.records(),
  };
}

function edgeSettings(reader: SettingsReader, config: pulumi.Config, cloud: CloudSettings): EdgeSettings {
  const settings: EdgeSettings = {
    servers: machines(reader, config, "servers"),
    agents: machines(reader, config, "agents"),
    apiAddress: config.get("apiAddress"),
    privateKey: config.getSecret("privateKey"),
    deletionProtection: config.getBoolean("deletionProtection") ?? true,
    kubeconfig: config.getSecret("edgeKubeconfig"),
    signingPublicKey: config.get("edgeSigningPublicKey"),
  };
  const { check } = reader;
  if (settings.kubeconfig === undefined) {
    if (settings.servers.length === 0)
      check.fault("servers", "is missing; list at least one machine with `name`, `address` and `hostKey`");
    else if (![...settings.servers, ...settings.agents].some((machine) => machine.pool === gpuPool))
      check.fault("servers", `and \`agents\` hold no machine with GPUs; write \`pool: ${gpuPool}\` at those with them`);
    // On agents with GPUs only what asks for one has a place, and the embeddings ask for none.
    else if (config.get("modelsStorageClass") === undefined && settings.agents.some(({ pool }) => pool === gpuPool))
      check.fault(
        "modelsStorageClass",
        "is missing; agents with GPUs share the models with pods on other machines, so name a class whose volumes nodes " +
          "share, or make those machines servers",
      );
    if (settings.signingPublicKey !== undefined)
      check.fault("edgeSigningPublicKey", "is for `edgeKubeconfig`; a cluster that is created gets a key of its own");
  } else if (settings.signingPublicKey === undefined && cloud.kubeconfig === undefined)
    check.fault(
      "edgeSigningPublicKey",
      "is missing; give the public key with which the cluster of `edgeKubeconfig` signs tokens of service accounts",
    );
  return settings;
}

function machines(reader: SettingsReader, config: pulumi.Config, key: string): EdgeMachineArgs[] {
  const list = config.getObject<EdgeMachineArgs[]>(key) ?? [];
  if (Array.isArray(list) && list.every((item) => typeof item === "object" && item !== null)) return list;
  reader.check.fault(key, "must be a list of machines, each with `name`, `address` and `hostKey`; see Pulumi.dev.yaml");
  return [];
}

const huggingFaceId = matching(/^[\w.-]+\/[\w.-]+$/, 'the Hugging Face id of a model such as "Qwen/Qwen3-4B"');

function modelSettings(reader: SettingsReader, config: pulumi.Config): ModelSettings {
  const { check } = reader;
  const model = (key: string, otherwise: string) =>
    check.value(key, reader.text(key, otherwise), huggingFaceId) as string;
  const settings: ModelSettings = {
    model: model("model", "Qwen/Qwen3-4B"),
    embeddingModel: model("embeddingModel", "BAAI/bge-small-en-v1.5"),
    sizeGiB: reader.whole("modelsSizeGiB", 100, 1, 65536),
    storageClass: config.get("modelsStorageClass"),
    schedule: check.value("modelsSchedule", reader.text("modelsSchedule", "*/15 * * * *"), cronSchedule) as string,
    maxMiBPerSecond:
      config.get("maxMiBPerSecond") === undefined ? undefined : reader.whole("maxMiBPerSecond", 0, 1, 10000),
    bucket: check.value(
      "modelsBucket",
      reader.text("modelsBucket", "models"),
      matching(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "the name of a bucket"),
    ) as string,
    endpoint: check.value(
      "modelsEndpoint",
      config.get("modelsEndpoint"),
      matching(/^https:\/\/[a-z0-9.-]+(:\d{1,5})?$/, "a URL such as https://s3.example.org"),
    ) as string | undefined,
    accessKeyId: config.getSecret("modelsAccessKeyId"),
    secretAccessKey: config.getSecret("modelsSecretAccessKey"),
  };
  if ((settings.accessKeyId === undefined) !== (settings.secretAccessKey === undefined))
    check.fault("modelsAccessKeyId", "goes with `modelsSecretAccessKey`; give both or none");
  return settings;
}

function assistantSettings(reader: SettingsReader): Omit<AssistantSettings, "gpuNodes"> {
  const offered = Object.values(Accelerator).filter((name) => resourceNameOf(name) === "nvidia.com/gpu");
  const accelerator = reader.text("accelerator", "nvidia-l4") as Accelerator;
  const path = (key: string, otherwise: string) => `/models/current/${folderOf(reader.text(key, otherwise))}`;
  return {
    accelerator: reader.check.value("accelerator", accelerator, oneOf([...new Set(offered)])) as Accelerator,
    gpusPerNode: reader.whole("gpusPerNode", 1, 1, 16),
    model: path("model", "Qwen/Qwen3-4B"),
    modelReplicas: reader.whole("modelReplicas", 1, 1, 100),
    modelCpu: reader.text("modelCpu", "2"),
    modelMemory: reader.text("modelMemory", "12Gi"),
    embeddingModel: path("embeddingModel", "BAAI/bge-small-en-v1.5"),
    embeddingDimensions: reader.whole("embeddingDimensions", 384, 1, 65536),
    vectorReplicas: reader.whole("vectorReplicas", 1, 1, 99),
    vectorMemory: reader.text("vectorMemory", "2Gi"),
    vectorDiskSizeGiB: reader.whole("vectorDiskSizeGiB", 20, 1, 16384),
  };
}

/** What stands for documentation is planned, but says that it cannot be created. */
function warnOfExamples({ kubeconfig, servers, agents }: EdgeSettings): void {
  if (kubeconfig !== undefined) return;
  const examples = [...servers, ...agents].filter(({ address }) => `${address}`.startsWith("192.0.2."));
  if (examples.length > 0)
    pulumi.log.warn(
      `${examples.map(({ name }) => name).join(", ")}: 192.0.2.0/24 is for documentation. Before \`pulumi up\`, write the ` +
        "addresses and host keys of your machines into the stack's file",
    );
}

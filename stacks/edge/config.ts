import * as pulumi from "@pulumi/pulumi";
import { Accelerator, matching, oneOf, resourceNameOf } from "aistack-core";
import type { EdgeMachineArgs } from "aistack-edge";
import { type AssistantSettings, SettingsReader } from "aistack-stack-assistant";

/** Configuration of the stack, `pulumi config set <key> <value>`; the README has the same table. */
export interface Settings extends Omit<AssistantSettings, "gpuNodes"> {
  servers: EdgeMachineArgs[];
  agents: EdgeMachineArgs[];
  apiAddress?: string;
  privateKey?: pulumi.Output<string>;
  bundlePath?: string;
  mirrorImages?: string;
  mirrorCharts?: string;
  modelsPath: string;
  modelsSizeGiB: number;
  /** Keeps the servers, and with them the cluster's state, from being removed. */
  deletionProtection: boolean;
  /** Kubeconfig of a cluster that exists: only the Kubernetes part of the stack is created, on it. */
  kubeconfig?: pulumi.Output<string>;
}

/** The pool that machines with GPUs name. */
export const gpuPool = "gpu";

const modelPath = matching(/^\/models\/[\w.-]+$/, "a directory of the models, such as /models/Qwen3-4B");

/** Reads the configuration; refuses what is wrong or missing, all at once. */
export function readSettings(): Settings {
  const reader = new SettingsReader();
  const config = new pulumi.Config();
  const { check } = reader;
  const offered = Object.values(Accelerator).filter((name) => resourceNameOf(name) === "nvidia.com/gpu");
  const model = (key: string, otherwise: string) => check.value(key, reader.text(key, otherwise), modelPath) as string;
  const settings: Settings = {
    servers: machines(reader, config, "servers"),
    agents: machines(reader, config, "agents"),
    apiAddress: config.get("apiAddress"),
    privateKey: config.getSecret("privateKey"),
    bundlePath: config.get("bundlePath"),
    mirrorImages: config.get("mirrorImages"),
    mirrorCharts: config.get("mirrorCharts"),
    modelsPath: check.value(
      "modelsPath",
      reader.text("modelsPath", "/var/lib/aistack/models"),
      matching(/^(\/[\w.-]+)+$/, "an absolute path on the machines"),
    ) as string,
    modelsSizeGiB: reader.whole("modelsSizeGiB", 100, 1, 65536),
    accelerator: check.value(
      "accelerator",
      reader.text("accelerator", "nvidia-l4") as Accelerator,
      oneOf([...new Set(offered)]),
    ) as Accelerator,
    gpusPerNode: reader.whole("gpusPerNode", 1, 1, 16),
    model: model("model", "/models/Qwen3-4B"),
    modelReplicas: reader.whole("modelReplicas", 1, 1, 100),
    modelCpu: reader.text("modelCpu", "2"),
    modelMemory: reader.text("modelMemory", "12Gi"),
    embeddingModel: model("embeddingModel", "/models/bge-small-en-v1.5"),
    embeddingDimensions: reader.whole("embeddingDimensions", 384, 1, 65536),
    vectorReplicas: reader.whole("vectorReplicas", 1, 1, 99),
    vectorMemory: reader.text("vectorMemory", "2Gi"),
    vectorDiskSizeGiB: reader.whole("vectorDiskSizeGiB", 20, 1, 16384),
    deletionProtection: config.getBoolean("deletionProtection") ?? true,
    kubeconfig: config.getSecret("kubeconfig"),
  };
  if (settings.kubeconfig === undefined) checkMachines(reader, settings);
  check.done();
  if (settings.kubeconfig === undefined) warnOfExamples(settings);
  return settings;
}

function machines(reader: SettingsReader, config: pulumi.Config, key: string): EdgeMachineArgs[] {
  const list = config.getObject<EdgeMachineArgs[]>(key) ?? [];
  if (Array.isArray(list) && list.every((item) => typeof item === "object" && item !== null)) return list;
  reader.check.fault(key, "must be a list of machines, each with `name`, `address` and `hostKey`; see Pulumi.dev.yaml");
  return [];
}

function checkMachines({ check }: SettingsReader, settings: Settings): void {
  if (settings.servers.length === 0)
    check.fault("servers", "is missing; list at least one machine with `name`, `address` and `hostKey`");
  else if (![...settings.servers, ...settings.agents].some((machine) => machine.pool === gpuPool))
    check.fault(
      "servers",
      `and \`agents\` hold no machine with GPUs; write \`pool: ${gpuPool}\` at those that carry them`,
    );
  // What works unplugged must never depend on a download, not even the first time.
  if (settings.bundlePath === undefined)
    check.fault("bundlePath", "is missing; name the directory with the files of the k3s release");
  for (const key of ["mirrorImages", "mirrorCharts"] as const)
    if (settings[key] === undefined)
      check.fault(key, "is missing; name the registry on the site, from which everything comes");
}

/** What stands for documentation is planned, but says that it cannot be created. */
function warnOfExamples({ servers, agents, mirrorImages }: Settings): void {
  const examples = [...servers, ...agents].filter(({ address }) => `${address}`.startsWith("192.0.2."));
  if (examples.length > 0)
    pulumi.log.warn(
      `${examples.map(({ name }) => name).join(", ")}: 192.0.2.0/24 is for documentation. Before \`pulumi up\`, write the ` +
        "addresses and host keys of your machines into the stack's file",
    );
  if (mirrorImages?.includes(".example"))
    pulumi.log.warn(
      `mirrorImages is ${mirrorImages}, a name for documentation. Before \`pulumi up\`, name your registry`,
    );
}

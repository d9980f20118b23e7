import * as pulumi from "@pulumi/pulumi";
import {
  Accelerator,
  Checks,
  cidr,
  listOf,
  machinesWith,
  oneOf,
  Platform,
  Regulation,
  wholeNumber,
} from "aistack-core";

/** Configuration of the stack, `pulumi config set <key> <value>`; the README has the same table. */
export interface Settings {
  apiAccessCidrs: string[];
  administrators: string[];
  accelerator: Accelerator;
  gpuNodes: number;
  gpusPerNode: number;
  model: string;
  modelReplicas: number;
  modelCpu: string;
  modelMemory: string;
  embeddingModel: string;
  embeddingDimensions: number;
  vectorReplicas: number;
  vectorMemory: string;
  vectorDiskSizeGiB: number;
  systemMachineType: string;
  systemNodes: number;
  compliance: Regulation[];
  /** Keeps the cluster and its logs from being deleted. */
  deletionProtection: boolean;
  /** Kubeconfig of a cluster that exists: only the Kubernetes part of the stack is created, on it. */
  kubeconfig?: pulumi.Output<string>;
}

/** Reads the configuration; refuses what is wrong or missing, all at once. */
export function readSettings(): Settings {
  const config = new pulumi.Config();
  const check = new Checks("configuration", pulumi.getStack());
  const text = (key: string, otherwise: string) => config.get(key) ?? otherwise;
  /** A list from the stack's file, or `a,b` from the command line. */
  const list = (key: string): string[] => {
    const values = config.get(key)?.trim() ?? "";
    if (!values.startsWith("[")) return values === "" ? [] : values.split(",").map((item) => item.trim());
    return config.requireObject<string[]>(key);
  };
  const whole = (key: string, otherwise: number, minimum: number, maximum: number): number => {
    const value = config.get(key);
    return check.value(key, value === undefined ? otherwise : Number(value), wholeNumber(minimum, maximum)) as number;
  };

  const kubeconfig = config.getSecret("kubeconfig");
  const onAws = [...new Set(Object.values(Accelerator))].filter((name) => machinesWith(Platform.Aws, name).length > 0);
  const settings: Settings = {
    apiAccessCidrs: check.value("apiAccessCidrs", list("apiAccessCidrs"), listOf(cidr)) as string[],
    administrators: list("administrators"),
    accelerator: check.value(
      "accelerator",
      text("accelerator", "nvidia-l4") as Accelerator,
      oneOf(onAws),
    ) as Accelerator,
    gpuNodes: whole("gpuNodes", 1, 1, 100),
    gpusPerNode: whole("gpusPerNode", 1, 1, 16),
    model: text("model", "Qwen/Qwen3-4B"),
    modelReplicas: whole("modelReplicas", 1, 1, 100),
    modelCpu: text("modelCpu", "2"),
    modelMemory: text("modelMemory", "12Gi"),
    embeddingModel: text("embeddingModel", "BAAI/bge-small-en-v1.5"),
    embeddingDimensions: whole("embeddingDimensions", 384, 1, 65536),
    vectorReplicas: whole("vectorReplicas", 1, 1, 99),
    vectorMemory: text("vectorMemory", "2Gi"),
    vectorDiskSizeGiB: whole("vectorDiskSizeGiB", 20, 1, 16384),
    systemMachineType: text("systemMachineType", "m7i.large"),
    systemNodes: whole("systemNodes", 2, 2, 20),
    compliance: check.value(
      "compliance",
      list("compliance") as Regulation[],
      listOf(oneOf(Object.values(Regulation))),
    ) as Regulation[],
    deletionProtection: config.getBoolean("deletionProtection") ?? true,
    kubeconfig,
  };
  if (settings.apiAccessCidrs.length === 0 && kubeconfig === undefined)
    check.fault(
      "apiAccessCidrs",
      "is missing; name the address ranges that may reach the cluster's API, the one this runs from among them: " +
        "pulumi config set apiAccessCidrs 203.0.113.7/32",
    );
  check.done();
  for (const range of settings.apiAccessCidrs.filter(isDocumentation))
    pulumi.log.warn(
      `apiAccessCidrs holds ${range}, a range for documentation. Before \`pulumi up\`, replace it with the one that this ` +
        "runs from, else the cluster's API cannot be reached: pulumi config set apiAccessCidrs <your address>/32",
    );
  return settings;
}

/** Whether a range is one of those that RFC 5737 sets aside for examples. */
function isDocumentation(range: string): boolean {
  return ["192.0.2.", "198.51.100.", "203.0.113."].some((prefix) => range.startsWith(prefix));
}

import * as pulumi from "@pulumi/pulumi";
import {
  Accelerator,
  Checks,
  cidr,
  listOf,
  machinesWith,
  oneOf,
  type Platform,
  Regulation,
  resolutionFault,
  resourceNameOf,
  wholeNumber,
} from "aistack-core";

/** What the assistant is configured with, in every cloud. */
export interface AssistantSettings {
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
}

/** What the cluster is configured with, in every cloud. */
export interface ClusterSettings {
  apiAccessCidrs: string[];
  administrators: string[];
  systemMachineType: string;
  systemNodes: number;
  /** Keeps the cluster and its logs from being deleted. */
  deletionProtection: boolean;
  /** Kubeconfig of a cluster that exists: only the Kubernetes part of the stack is created, on it. */
  kubeconfig?: pulumi.Output<string>;
}

/** What audit records are for, in every cloud. */
export interface RecordsSettings {
  compliance: Regulation[];
  /** What was decided where regulations contradict each other. */
  resolutions: { [contradiction: string]: string };
}

/** Reads the configuration of a stack, `pulumi config set <key> <value>`; {@link done} refuses what is wrong, all at once. */
export class SettingsReader {
  readonly check = new Checks("configuration", pulumi.getStack());
  readonly #config = new pulumi.Config();

  text(key: string, otherwise: string): string {
    return this.#config.get(key) ?? otherwise;
  }

  /** A list from the stack's file, or `a,b` from the command line. */
  list(key: string): string[] {
    const values = this.#config.get(key)?.trim() ?? "";
    if (!values.startsWith("[")) return values === "" ? [] : values.split(",").map((item) => item.trim());
    return this.#config.requireObject<string[]>(key);
  }

  whole(key: string, otherwise: number, minimum: number, maximum: number): number {
    const value = this.#config.get(key);
    const given = value === undefined ? otherwise : Number(value);
    return this.check.value(key, given, wholeNumber(minimum, maximum)) as number;
  }

  records(): RecordsSettings {
    const compliance = this.list("compliance") as Regulation[];
    const resolutions = this.#config.getObject<{ [contradiction: string]: string }>("resolutions") ?? {};
    this.check.value("compliance", compliance, listOf(oneOf(Object.values(Regulation))));
    this.check.value("resolutions", resolutions, resolutionFault);
    return { compliance, resolutions };
  }

  assistant(platform: Platform): AssistantSettings {
    // Those that vLLM's default image runs on and that the cloud has.
    const offered = Object.values(Accelerator).filter(
      (name) => resourceNameOf(name) === "nvidia.com/gpu" && machinesWith(platform, name).length > 0,
    );
    const accelerator = this.text("accelerator", "nvidia-l4") as Accelerator;
    return {
      accelerator: this.check.value("accelerator", accelerator, oneOf([...new Set(offered)])) as Accelerator,
      gpuNodes: this.whole("gpuNodes", 1, 1, 100),
      gpusPerNode: this.whole("gpusPerNode", 1, 1, 16),
      model: this.text("model", "Qwen/Qwen3-4B"),
      modelReplicas: this.whole("modelReplicas", 1, 1, 100),
      modelCpu: this.text("modelCpu", "2"),
      modelMemory: this.text("modelMemory", "12Gi"),
      embeddingModel: this.text("embeddingModel", "BAAI/bge-small-en-v1.5"),
      embeddingDimensions: this.whole("embeddingDimensions", 384, 1, 65536),
      vectorReplicas: this.whole("vectorReplicas", 1, 1, 99),
      vectorMemory: this.text("vectorMemory", "2Gi"),
      vectorDiskSizeGiB: this.whole("vectorDiskSizeGiB", 20, 1, 16384),
    };
  }

  /**
   * @param systemMachineType That of a stack that names none.
   * @param kubeconfigKey Key of the kubeconfig, for a stack with more than one cluster.
   */
  cluster(systemMachineType: string, systemNodes: number, kubeconfigKey = "kubeconfig"): ClusterSettings {
    const kubeconfig = this.#config.getSecret(kubeconfigKey);
    const settings: ClusterSettings = {
      apiAccessCidrs: this.check.value("apiAccessCidrs", this.list("apiAccessCidrs"), listOf(cidr)) as string[],
      administrators: this.list("administrators"),
      systemMachineType: this.text("systemMachineType", systemMachineType),
      systemNodes: this.whole("systemNodes", systemNodes, 2, 20),
      deletionProtection: this.#config.getBoolean("deletionProtection") ?? true,
      kubeconfig,
    };
    if (settings.apiAccessCidrs.length === 0 && kubeconfig === undefined)
      this.check.fault(
        "apiAccessCidrs",
        "is missing; name the address ranges that may reach the cluster's API, the one this runs from among them: " +
          "pulumi config set apiAccessCidrs 203.0.113.7/32",
      );
    return settings;
  }

  /** Refuses what is wrong or missing, and warns of what is only an example. */
  done({ apiAccessCidrs }: ClusterSettings): void {
    this.check.done();
    for (const range of apiAccessCidrs.filter(isDocumentation))
      pulumi.log.warn(
        `apiAccessCidrs holds ${range}, a range for documentation. Before \`pulumi up\`, replace it with the one that this ` +
          "runs from, else the cluster's API cannot be reached: pulumi config set apiAccessCidrs <your address>/32",
      );
  }
}

/** Whether a range is one of those that RFC 5737 sets aside for examples. */
function isDocumentation(range: string): boolean {
  return ["192.0.2.", "198.51.100.", "203.0.113."].some((prefix) => range.startsWith(prefix));
}

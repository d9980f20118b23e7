import data from "../data/accelerators.json";
import type { Platform } from "../platform";
import { Accelerator } from "./accelerator";

/** A machine type that carries accelerators, from `data/accelerators.json`, where each row names its sources. */
export interface Machine {
  cloud: Platform.Aws | Platform.Gcp;
  /** The cloud's name for it, such as `p5.48xlarge`. */
  type: string;
  family: string;
  arch: "amd64" | "arm64";
  vcpu: number;
  memoryGiB: number;
  accelerator: Accelerator;
  /** Accelerators on one machine. */
  count: number;
  /** Extended resource that pods ask for: `nvidia.com/gpu`, `google.com/tpu` or `aws.amazon.com/neuron`. */
  resourceName: string;
  /** List price of one hour on demand, in USD; undefined where no source gives one. */
  onDemandUsdPerHour?: number;
  /** List price of one hour of spare capacity, in USD; undefined where no source gives one. */
  spotUsdPerHour?: number;
  /** Watts of one accelerator at full load; undefined where not published. */
  wattsPerAccelerator?: number;
  /** EFA network interfaces (AWS). */
  efaInterfaces: number;
  /** Whether blocks of the machine can be bought for days or weeks ahead (AWS capacity blocks). */
  capacityBlocks: boolean;
  /** Local NVMe, in GB; 0 for none. */
  localNvmeGb: number;
  /** EKS node images that fit, preferred first (AWS). */
  eksAmiTypes: string[];
  /** Value of the `cloud.google.com/gke-accelerator` label (Google Cloud). */
  gkeAccelerator?: string;
  /** Slice shapes (TPU). */
  tpuTopologies: string[];
  /** Fields that no source confirmed. */
  unverified: string[];
}

/** All machine types of the catalogue, in the order of the data. */
export const machines: readonly Machine[] = data.machines.map((row) => ({
  cloud: row.cloud as Machine["cloud"],
  type: row.type,
  family: row.family,
  arch: row.arch as Machine["arch"],
  vcpu: row.vcpu,
  memoryGiB: row.memoryGiB,
  accelerator: row.accelerator.name as Accelerator,
  count: row.accelerator.count,
  resourceName: row.k8sResource,
  onDemandUsdPerHour: row.onDemandUsdPerHour ?? undefined,
  spotUsdPerHour: row.spotUsdPerHour ?? undefined,
  wattsPerAccelerator: row.tdpWattsPerAccelerator ?? undefined,
  efaInterfaces: row.interconnect?.efaInterfaces ?? 0,
  capacityBlocks: row.capacityBlocks ?? false,
  localNvmeGb: row.localNvmeGB ?? 0,
  eksAmiTypes: row.amiType?.eks ?? [],
  gkeAccelerator: row.accelerator.gkeAccelerator,
  tpuTopologies: row.tpu?.topologies ?? [],
  unverified: row.unverified,
}));

/** Every accelerator, as the values that configuration takes. */
export const acceleratorNames: readonly string[] = Object.values(Accelerator);

/** Extended resource that a pod asks for to be given the accelerator. */
export function resourceNameOf(accelerator: Accelerator): string {
  const machine = machines.find((row) => row.accelerator === accelerator);
  if (!machine) throw new Error(`accelerator "${accelerator}" is on no machine of the catalogue`);
  return machine.resourceName;
}

/** Compute capability of an NVIDIA GPU, such as `9.0`; undefined for other accelerators. */
export function computeCapabilityOf(accelerator: Accelerator): string | undefined {
  const rows: { [name: string]: { tdpWatts: unknown; computeCapability?: string } } = data.accelerators;
  return rows[accelerator]?.computeCapability;
}

/** Machines of a cloud that carry an accelerator, cheapest first and those without a known price last. */
export function machinesWith(cloud: Platform, accelerator: Accelerator): Machine[] {
  const price = (row: Machine) => row.onDemandUsdPerHour ?? Number.POSITIVE_INFINITY;
  return machines
    .filter((row) => row.cloud === cloud && row.accelerator === accelerator)
    .sort((a, b) => price(a) - price(b) || a.count - b.count || a.vcpu - b.vcpu);
}

/** The cheapest machine of a cloud with exactly `count` of an accelerator; undefined where there is none. */
export function machineFor(cloud: Platform, accelerator: Accelerator, count: number): Machine | undefined {
  return machinesWith(cloud, accelerator).find((row) => row.count === count);
}

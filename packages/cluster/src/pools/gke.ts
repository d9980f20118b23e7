import { machines } from "aistack-core";
import type { PlannedResource } from "aistack-engine";
import type { NodeGroup } from "../nodes";
import { elasticNodes } from "./elastic";
import { taintEffect } from "./taints";

/** The inputs of a node pool that are read here. */
interface NodePool {
  nodeLocations?: string[];
  nodeCount?: number;
  initialNodeCount?: number;
  autoscaling?: { totalMaxNodeCount?: number; maxNodeCount?: number };
  placementPolicy?: { tpuTopology?: string };
  nodeConfig: {
    machineType: string;
    guestAccelerators?: { count: number; type: string }[];
    labels?: Record<string, string>;
    taints?: { key: string; value?: string; effect: string }[];
  };
}

/** A node pool of GKE, with as many nodes as its autoscaler may start: nobody runs here who would. */
export function gkeNodePool({ name, inputs }: PlannedResource): NodeGroup {
  const pool = inputs as unknown as NodePool;
  const { machineType, labels, taints = [] } = pool.nodeConfig;
  const zones = pool.nodeLocations?.length ?? 1;
  const { totalMaxNodeCount, maxNodeCount } = pool.autoscaling ?? {};
  const elastic = totalMaxNodeCount ?? (maxNodeCount === undefined ? undefined : maxNodeCount * zones);
  const fixed = (pool.nodeCount ?? pool.initialNodeCount ?? 1) * zones;
  return {
    name,
    count: Math.max(fixed, Math.min(elastic ?? 0, elasticNodes)),
    ...gkeMachine(pool.nodeConfig),
    labels: { ...ownLabels(name, machineType, pool), ...labels },
    taints: taints.map(({ key, value, effect }) => ({ key, value, effect: taintEffect(effect) })),
  };
}

/** Labels that GKE sets. https://cloud.google.com/kubernetes-engine/docs/concepts/tpus */
function ownLabels(name: string, machineType: string, { placementPolicy }: NodePool): Record<string, string> {
  const machine = machines.find(({ type }) => type === machineType);
  const isTpu = machine?.resourceName === "google.com/tpu";
  const kind = machine?.gkeAccelerator;
  const topology = placementPolicy?.tpuTopology;
  return {
    "cloud.google.com/gke-nodepool": name,
    ...(kind && { [`cloud.google.com/gke-${isTpu ? "tpu-" : ""}accelerator`]: kind }),
    ...(topology && { "cloud.google.com/gke-tpu-topology": topology }),
  };
}

function gkeMachine({ machineType, guestAccelerators }: NodePool["nodeConfig"]): Omit<NodeGroup, "name" | "count"> {
  const machine = machines.find(({ type }) => type === machineType);
  if (machine === undefined) return { machineType, ...gceSize(machineType) };
  const { vcpu, memoryGiB, arch, resourceName, count } = machine;
  return { machineType, vcpu, memoryGiB, arch, devices: { [resourceName]: guestAccelerators?.[0]?.count ?? count } };
}

/**
 * CPUs and memory of a Compute Engine machine type without accelerators, from its name: the number is that of vCPUs, the
 * word says how many GiB each has. https://cloud.google.com/compute/docs/general-purpose-machines
 */
export function gceSize(machineType: string): { vcpu: number; memoryGiB: number; arch: "amd64" | "arm64" } {
  const [, family = "", word = "", count] =
    /^([a-z]+\d+[a-z]?)-(standard|highmem|highcpu)-(\d+)$/.exec(machineType) ?? [];
  if (count === undefined) throw new Error(`The size of machine type ${machineType} is not known.`);
  // From the third generation on, high-CPU machines have twice the memory of earlier ones.
  const perVcpu = { standard: 4, highmem: 8, highcpu: /^[a-z]+[12]/.test(family) ? 1 : 2 }[word] ?? 4;
  const isArm = ["t2a", "c4a", "n4a"].includes(family);
  return { vcpu: Number(count), memoryGiB: Number(count) * perVcpu, arch: isArm ? "arm64" : "amd64" };
}

import { type Machine, machines } from "aistack-core";
import type { Client } from "./client";
import type { NodeObject, Taint } from "./kubernetes";

/** Label that the cluster components put on accelerator nodes, with the catalogue's name of the accelerator. */
export const acceleratorLabel = "aistack.dev/accelerator";

/** A kind of node, and how many of it. */
export interface NodeGroup {
  readonly name: string;
  readonly count: number;
  readonly machineType: string;
  readonly vcpu: number;
  readonly memoryGiB: number;
  readonly arch?: "amd64" | "arm64";
  /** Extended resources, such as `nvidia.com/gpu`. */
  readonly devices?: Readonly<Record<string, number>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly taints?: readonly Taint[];
}

/** Zones that the nodes of a group are spread over. */
const zones = ["zone-a", "zone-b", "zone-c"];

/** Pods on one node: Kubernetes' own default limit. */
const podsPerNode = 110;

/** Nodes with the accelerators of a machine type, labelled and tainted as the cluster components do it. */
export function acceleratorNodes(
  machine: Machine,
  count: number,
  labels: Readonly<Record<string, string>> = {},
): NodeGroup {
  return {
    name: machine.type.toLowerCase().replace(/[^a-z0-9-]+/g, "-"),
    count,
    machineType: machine.type,
    vcpu: machine.vcpu,
    memoryGiB: machine.memoryGiB,
    arch: machine.arch,
    devices: { [machine.resourceName]: machine.count },
    labels: { [acceleratorLabel]: machine.accelerator, ...labels },
    taints: [{ key: machine.resourceName, value: "present", effect: "NoSchedule" }],
  };
}

/** Every extended resource of the machine catalogue. */
export const acceleratorResources: ReadonlySet<string> = new Set(machines.map(({ resourceName }) => resourceName));

/** True for a node that carries accelerators. */
export function hasAccelerator({ status }: NodeObject): boolean {
  return Object.keys(status?.allocatable ?? {}).some((name) => acceleratorResources.has(name));
}

/** The nodes of a group as objects. KWOK makes them ready and keeps them so. */
export function nodesOf(group: NodeGroup): NodeObject[] {
  return Array.from({ length: group.count }, (_, index) => {
    const name = `${group.name}-${index + 1}`;
    return {
      apiVersion: "v1",
      kind: "Node",
      metadata: {
        name,
        labels: {
          "kubernetes.io/hostname": name,
          "kubernetes.io/os": "linux",
          "kubernetes.io/arch": group.arch ?? "amd64",
          "node.kubernetes.io/instance-type": group.machineType,
          "topology.kubernetes.io/region": "region-1",
          "topology.kubernetes.io/zone": zones[index % zones.length] as string,
          ...group.labels,
        },
      },
      spec: { taints: [...(group.taints ?? [])] },
      status: { capacity: resources(group.vcpu, group.memoryGiB, group), allocatable: allocatable(group) },
    };
  });
}

function resources(cpu: number, memoryGiB: number, { devices = {} }: NodeGroup): { [resource: string]: string } {
  const memory = `${Math.floor(memoryGiB * 1024)}Mi`;
  const counts = Object.entries(devices).map(([name, count]) => [name, `${count}`]);
  const milli = Math.floor(cpu * 1000);
  return {
    cpu: `${milli}m`,
    memory,
    "ephemeral-storage": "200Gi",
    pods: `${podsPerNode}`,
    ...Object.fromEntries(counts),
  };
}

/**
 * What is left for pods: less what machines hold back from their nominal memory (5 %), what the kubelet and the system
 * take (0.1 CPU and 0.75 GiB) and what a node's own add-ons request (0.25 CPU and 0.25 GiB: network, proxy, storage
 * driver, monitoring). A plan that fits here with little to spare may still not fit on a real node.
 */
function allocatable(group: NodeGroup): { [resource: string]: string } {
  return resources(group.vcpu - 0.35, group.memoryGiB * 0.95 - 1, group);
}

/** Adds the nodes to a cluster. */
export async function addNodes(client: Client, groups: readonly NodeGroup[]): Promise<void> {
  await Promise.all(groups.flatMap(nodesOf).map((node) => client.create(node)));
}

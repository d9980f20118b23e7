import { machines } from "aistack-core";
import type { Graph, PlannedResource } from "aistack-engine";
import { type KubernetesObject, podTemplateOf, type Taint } from "./kubernetes";
import { acceleratorLabel, acceleratorNodes, acceleratorResources, type NodeGroup } from "./nodes";
import type { PlannedObject } from "./objects";

/** Nodes of a cluster that a plan does not describe: enough for anything but a data centre. */
const plainNodes: NodeGroup = { name: "cpu", count: 3, machineType: "cpu", vcpu: 32, memoryGiB: 128 };

/**
 * The nodes that the objects of one cluster meet: those of the node pools that the plan makes for it, as many as `up`
 * starts; for a cluster that exists already, some without accelerators, and whatever its pods' selectors and requests
 * ask for.
 */
export function nodesFor(graph: Graph, objects: readonly PlannedObject[]): NodeGroup[] {
  const pools = [...poolsOf(graph, objects[0]?.provider), ...objects.flatMap(({ object }) => karpenterNodes(object))];
  return pools.length > 0 ? pools : [plainNodes, ...acceleratorNodesFor(objects)];
}

/** The node pools of a cluster: those under the component that made its Kubernetes provider. */
function poolsOf(graph: Graph, provider: string | undefined): NodeGroup[] {
  const byUrn = new Map(graph.resources.map((resource) => [resource.urn, resource]));
  const cluster = byUrn.get(byUrn.get(provider ?? "")?.parent ?? "");
  const isUnder = (resource: PlannedResource): boolean => {
    const parent = byUrn.get(resource.parent ?? "");
    return parent !== undefined && (parent === cluster || isUnder(parent));
  };
  if (cluster?.parent === undefined) return [];
  return graph.resources.filter(isUnder).flatMap((resource) => readers.get(resource.type)?.(resource) ?? []);
}

/** Node pools by resource type. Another cloud is another line. */
const readers: ReadonlyMap<string, (resource: PlannedResource) => NodeGroup> = new Map([
  ["aws:eks/nodeGroup:NodeGroup", eksNodeGroup],
]);

function eksNodeGroup({ name, inputs }: PlannedResource): NodeGroup {
  const [machineType] = inputs.instanceTypes as [string];
  const scaling = inputs.scalingConfig as { desiredSize: number };
  const labels = (inputs.labels ?? {}) as Record<string, string>;
  const taints = (inputs.taints ?? []) as readonly { key: string; value?: string; effect: string }[];
  return {
    name,
    count: scaling.desiredSize,
    ...ec2Machine(machineType),
    labels: { "eks.amazonaws.com/nodegroup": name, ...labels },
    taints: taints.map(({ key, value, effect }) => ({ key, value, effect: effects[effect] ?? effect })),
  };
}

interface NodePool extends KubernetesObject {
  spec: {
    limits?: { nodes?: string };
    template: {
      metadata?: { labels?: Record<string, string> };
      spec: { requirements: { key: string; operator: string; values?: string[] }[]; taints?: Taint[] };
    };
  };
}

/** Nodes of one Karpenter pool at most here, whose own limit is for a real cluster. */
const elasticNodes = 8;

/** The nodes that Karpenter would start for pods that wait, all of them beforehand: nobody runs here who would. */
function karpenterNodes(object: KubernetesObject): NodeGroup[] {
  if (object.kind !== "NodePool" || !object.apiVersion.startsWith("karpenter.sh/")) return [];
  const { metadata, spec } = object as NodePool;
  const { requirements, taints } = spec.template.spec;
  const types = requirements.find(({ key }) => key === "node.kubernetes.io/instance-type")?.values ?? [];
  const [machineType] = types;
  if (machineType === undefined) return [];
  const count = Math.min(Number(spec.limits?.nodes ?? elasticNodes), elasticNodes);
  const labels = { "karpenter.sh/nodepool": metadata.name ?? "", ...spec.template.metadata?.labels };
  return [{ name: `karpenter-${metadata.name}`, count, ...ec2Machine(machineType), labels, taints }];
}

/** An EC2 machine type, with the accelerators that the catalogue says it has. */
function ec2Machine(machineType: string): Omit<NodeGroup, "name" | "count"> {
  const machine = machines.find(({ type }) => type === machineType);
  if (machine === undefined) return { machineType, ...ec2Size(machineType) };
  const { vcpu, memoryGiB, arch, resourceName, count } = machine;
  return { machineType, vcpu, memoryGiB, arch, devices: { [resourceName]: count } };
}

/** EKS's words for what a taint does, in Kubernetes'. */
const effects: Readonly<Record<string, string>> = {
  NO_SCHEDULE: "NoSchedule",
  NO_EXECUTE: "NoExecute",
  PREFER_NO_SCHEDULE: "PreferNoSchedule",
};

/**
 * CPUs and memory of an EC2 machine type without accelerators, from its name: GiB for each vCPU by the family's first
 * letter, vCPUs by the size. https://docs.aws.amazon.com/ec2/latest/instancetypes/gp.html, co.html, mo.html
 */
export function ec2Size(machineType: string): { vcpu: number; memoryGiB: number; arch: "amd64" | "arm64" } {
  const [, family, generation, count, size] = /^([cmr])(\d+[a-z-]*)\.(\d*)(x?large|medium)$/.exec(machineType) ?? [];
  const perVcpu = family === undefined ? undefined : { c: 2, m: 4, r: 8 }[family];
  if (perVcpu === undefined) throw new Error(`The size of machine type ${machineType} is not known.`);
  const vcpu = size === "xlarge" ? 4 * Number(count || 1) : size === "large" ? 2 : 1;
  return { vcpu, memoryGiB: vcpu * perVcpu, arch: generation?.includes("g") ? "arm64" : "amd64" };
}

/** For each set of accelerators that pods ask for, nodes of the smallest machine that has them. */
function acceleratorNodesFor(objects: readonly PlannedObject[]): NodeGroup[] {
  const groups = new Map<string, NodeGroup>();
  for (const { object } of objects) {
    const spec = podTemplateOf(object)?.spec;
    const [resource, wanted] = acceleratorRequest(spec?.containers ?? []) ?? [];
    if (spec === undefined || resource === undefined || wanted === undefined) continue;
    const { [acceleratorLabel]: name, ...labels } = spec.nodeSelector ?? {};
    const fitting = machines
      .filter(({ resourceName, count }) => resourceName === resource && count >= wanted)
      .filter(({ accelerator }) => name === undefined || accelerator === name)
      .sort((a, b) => a.count - b.count || b.vcpu - a.vcpu);
    const [machine] = fitting;
    if (machine === undefined) throw new Error(`No machine of the catalogue has ${wanted} ${name ?? resource}.`);
    const group = acceleratorNodes(machine, replicasOf(object), labels);
    const known = groups.get(group.name);
    groups.set(group.name, { ...group, count: (known?.count ?? 0) + group.count });
  }
  return [...groups.values()];
}

/** The accelerators that a pod asks for: resource and number. */
export function acceleratorRequest(
  containers: readonly { resources?: { limits?: Readonly<Record<string, string>> } }[],
): [string, number] | undefined {
  const counts = new Map<string, number>();
  for (const { resources } of containers) {
    for (const [name, count] of Object.entries(resources?.limits ?? {})) {
      if (acceleratorResources.has(name)) counts.set(name, (counts.get(name) ?? 0) + Number(count));
    }
  }
  return [...counts][0];
}

function replicasOf(object: object): number {
  const { spec } = object as { spec?: { replicas?: number } };
  return spec?.replicas ?? 1;
}

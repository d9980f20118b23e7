import type { Graph, PlannedResource } from "aistack-engine";
import type { NodeGroup } from "../nodes";
import type { PlannedObject } from "../objects";
import { acceleratorNodesFor } from "./demand";
import { eksNodeGroup } from "./eks";
import { gkeNodePool } from "./gke";
import { karpenterNodes } from "./karpenter";

export { acceleratorRequest } from "./demand";
export { ec2Size } from "./ec2";
export { gceSize } from "./gke";

/**
 * Nodes of a cluster that a plan does not describe: enough for anything but a data centre. They run the control plane
 * besides, as the servers of k3s do.
 */
const plainNodes: NodeGroup = {
  name: "cpu",
  count: 3,
  machineType: "cpu",
  vcpu: 32,
  memoryGiB: 128,
  labels: { "node-role.kubernetes.io/control-plane": "true" },
};

/**
 * The nodes that the objects of one cluster meet: those of the node pools that the plan makes for it; for a cluster that exists already, some without accelerators, and whatever its pods' selectors and requests
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
  ["gcp:container/nodePool:NodePool", gkeNodePool],
]);

import type { KubernetesObject, Taint } from "../kubernetes";
import type { NodeGroup } from "../nodes";
import { ec2Machine } from "./ec2";
import { elasticNodes } from "./elastic";

interface NodePool extends KubernetesObject {
  spec: {
    limits?: { nodes?: string };
    template: {
      metadata?: { labels?: Record<string, string> };
      spec: { requirements: { key: string; operator: string; values?: string[] }[]; taints?: Taint[] };
    };
  };
}

/** The nodes that Karpenter would start for pods that wait, all of them beforehand: nobody runs here who would. */
export function karpenterNodes(object: KubernetesObject): NodeGroup[] {
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

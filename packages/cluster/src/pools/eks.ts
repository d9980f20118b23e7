import type { PlannedResource } from "aistack-engine";
import type { NodeGroup } from "../nodes";
import { ec2Machine } from "./ec2";
import { taintEffect } from "./taints";

/** A managed node group of EKS, with as many nodes as it starts with: nothing adds more. */
export function eksNodeGroup({ name, inputs }: PlannedResource): NodeGroup {
  const [machineType] = inputs.instanceTypes as [string];
  const scaling = inputs.scalingConfig as { desiredSize: number };
  const labels = (inputs.labels ?? {}) as Record<string, string>;
  const taints = (inputs.taints ?? []) as readonly { key: string; value?: string; effect: string }[];
  return {
    name,
    count: scaling.desiredSize,
    ...ec2Machine(machineType),
    labels: { "eks.amazonaws.com/nodegroup": name, ...labels },
    taints: taints.map(({ key, value, effect }) => ({ key, value, effect: taintEffect(effect) })),
  };
}

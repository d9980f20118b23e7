import * as pulumi from "@pulumi/pulumi";
import { type Accelerator, bindingField, type ClusterBinding, type NodeAccelerator } from "aistack-core";

/** Labels of the nodes with an accelerator; refuses a cluster that has none, or too few on a node. */
export function nodesWith(
  subject: string,
  cluster: pulumi.Input<ClusterBinding>,
  accelerator: Accelerator,
  count: number,
): pulumi.Output<{ [label: string]: string }> {
  const refuse = (propertyPath: string, reason: string) => {
    throw new pulumi.InputPropertyError({
      propertyPath,
      reason: `${subject}: ${propertyPath} ${reason}`,
    });
  };
  return bindingField(cluster, "accelerators").apply((carried: NodeAccelerator[] | undefined) => {
    // A cluster that does not say what it carries is taken at the user's word.
    if (!carried) return {};
    const fitting = carried.filter((nodes) => nodes.accelerator === accelerator);
    const available = carried.map((nodes) => `${nodes.perNode} x ${nodes.accelerator}`).join(", ") || "none";
    if (fitting.length === 0)
      return refuse(
        "accelerator",
        `is ${accelerator}, but the cluster's nodes carry: ${available}; add a pool or choose one of these`,
      );
    const nodes = fitting.find((candidate) => candidate.perNode >= count);
    if (!nodes)
      return refuse(
        "acceleratorsPerReplica",
        `is ${count}, but the cluster's nodes carry: ${available}; a replica cannot span nodes`,
      );
    return nodes.nodeLabels;
  });
}

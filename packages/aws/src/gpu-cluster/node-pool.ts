import { NodeGroup } from "@pulumi/aws/eks";
import * as pulumi from "@pulumi/pulumi";
import { Capacity, limitedName, type TaintArgs, TaintEffect } from "aistack-core";
import type { Place } from "../shared/place";
import { trustService } from "../shared/policy";
import { type ManagedRole, managedRole } from "../shared/role";
import type { ControlPlane } from "./control-plane";
import type { PoolInterconnect } from "./interconnect";
import { launchTemplate } from "./launch-template";
import type { PoolPlan } from "./pools";

/** What a managed group of nodes is made from. */
export interface NodePoolArgs {
  plan: PoolPlan & { group: { minNodes: number; maxNodes: number } };
  controlPlane: ControlPlane;
  kubernetesVersion: string;
  roleArn: pulumi.Input<string>;
  subnetIds: pulumi.Input<string[]>;
  /** With EFA only. */
  interconnect?: PoolInterconnect;
  tags: pulumi.Output<{ [key: string]: string }>;
  /** What nodes need to become ready. */
  nodeAddons: pulumi.Resource;
}

/** Nodes of one kind that always run: a launch template that hardens them, and the managed group that runs them. */
export class NodePool extends pulumi.ComponentResource {
  constructor(name: string, args: NodePoolArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-aws:index:NodePool", name, {}, opts);
    const { plan } = args;
    const template = launchTemplate(name, args, { parent: this });
    const isBlock = plan.capacity === Capacity.CapacityBlock;
    const isFixed = plan.group.minNodes === plan.group.maxNodes;
    new NodeGroup(
      // EKS takes 63 characters, of which Pulumi's random part has eight.
      limitedName(`${name}-nodes`, 55),
      {
        clusterName: args.controlPlane.cluster.name,
        version: args.kubernetesVersion,
        nodeRoleArn: args.roleArn,
        subnetIds: args.subnetIds,
        amiType: plan.image,
        // For a capacity block the type stands in the launch template, and must not stand here too.
        instanceTypes: isBlock ? undefined : plan.machineTypes,
        capacityType: capacityTypes[plan.capacity],
        launchTemplate: { id: template.id, version: pulumi.interpolate`${template.latestVersion}` },
        scalingConfig: {
          minSize: plan.group.minNodes,
          desiredSize: plan.group.minNodes,
          maxSize: plan.group.maxNodes,
        },
        labels: plan.labels,
        taints: plan.taints.length > 0 ? plan.taints.map(groupTaint) : undefined,
        nodeRepairConfig: { enabled: true },
        updateConfig: {
          maxUnavailable: 1,
          // Accelerators are scarce: an update must not wait for a further node before it gives one back.
          updateStrategy: plan.machine ? "MINIMAL" : "DEFAULT",
        },
        tags: args.tags,
      },
      {
        parent: this,
        // Without addresses for pods a node never becomes ready, and EKS gives the group up.
        dependsOn: [args.nodeAddons],
        // An autoscaler, or a person in an incident, sets the number of nodes; a later `up` leaves it. A fixed number
        // has nobody else to set it, and would be out of bounds when both bounds move.
        ignoreChanges: isFixed ? undefined : ["scalingConfig.desiredSize"],
      },
    );
    this.registerOutputs({});
  }
}

/** EKS's names. The provider's documentation knows the first two only; the service's API has all three. */
const capacityTypes: { [capacity: string]: string } = {
  [Capacity.OnDemand]: "ON_DEMAND",
  [Capacity.Spot]: "SPOT",
  [Capacity.Reserved]: "ON_DEMAND",
  [Capacity.CapacityBlock]: "CAPACITY_BLOCK",
};

const effects: { [effect: string]: string } = {
  [TaintEffect.NoSchedule]: "NO_SCHEDULE",
  [TaintEffect.PreferNoSchedule]: "PREFER_NO_SCHEDULE",
  [TaintEffect.NoExecute]: "NO_EXECUTE",
};

function groupTaint({ key, value = "true", effect = TaintEffect.NoSchedule }: TaintArgs) {
  return { key, value, effect: effects[effect] as string };
}

/**
 * The role of nodes: what a kubelet needs and nothing for pods. Networking has a role of its own through Pod Identity.
 */
export function nodeRole(
  name: string,
  description: string,
  place: Place,
  tags: pulumi.Output<{ [key: string]: string }>,
  opts: pulumi.CustomResourceOptions,
): ManagedRole {
  return managedRole(
    name,
    {
      description,
      trust: trustService("ec2.amazonaws.com"),
      managedPolicies: ["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"],
      place,
      tags,
    },
    opts,
  );
}

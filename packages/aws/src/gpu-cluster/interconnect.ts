import { PlacementGroup, SecurityGroup } from "@pulumi/aws/ec2";
import { SecurityGroupEgressRule, SecurityGroupIngressRule } from "@pulumi/aws/vpc";
import * as pulumi from "@pulumi/pulumi";
import { after, bindingField, Capacity, limitedName, type NetworkBinding } from "aistack-core";
import * as defaults from "./defaults";
import type { PoolPlan } from "./pools";

/** What the network of a pool with EFA is made from. */
export interface InterconnectArgs {
  plan: PoolPlan;
  clusterName: string;
  network: pulumi.Input<NetworkBinding>;
  tags: pulumi.Output<{ [key: string]: string }>;
}

/** What nodes with EFA need around them: a group that lets them talk past the operating system, and a place close together. */
export class PoolInterconnect extends pulumi.ComponentResource {
  readonly securityGroupId: pulumi.Output<string>;
  /** Absent where the reservation decides where nodes are. */
  readonly placementGroup?: pulumi.Output<string>;

  constructor(name: string, args: InterconnectArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-aws:index:PoolInterconnect", name, {}, opts);
    const child = { parent: this };
    const tagged = (resource: string) =>
      args.tags.apply((own): { [key: string]: string } => ({ ...own, Name: resource }));
    const group = new SecurityGroup(
      name,
      {
        vpcId: bindingField(args.network, "networkId"),
        description: `EFA traffic among the nodes of pool ${args.plan.name}`,
        tags: tagged(name),
      },
      child,
    );
    // EFA asks for rules that name the group itself, both ways: a rule that lets everything out to any address does not
    // count. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-start.html
    const itself = { securityGroupId: group.id, referencedSecurityGroupId: group.id, ipProtocol: "-1" };
    const rules = [
      new SecurityGroupIngressRule(`${name}-in`, { ...itself, tags: tagged(`${name}-in`) }, child),
      new SecurityGroupEgressRule(`${name}-out`, { ...itself, tags: tagged(`${name}-out`) }, child),
    ];
    this.securityGroupId = after(group.id, ...rules);
    // Machines of a reservation or a capacity block are where AWS put them; a placement group that they were not
    // reserved in would find none.
    if (args.plan.capacity === Capacity.OnDemand || args.plan.capacity === Capacity.Spot)
      this.placementGroup = new PlacementGroup(
        `${name}-placement`,
        {
          name: limitedName(`${args.clusterName}-${args.plan.name}`, 255),
          strategy: "cluster",
          tags: tagged(`${name}-placement`),
        },
        { ...child, deleteBeforeReplace: true },
      ).name;
    this.registerOutputs({});
  }
}

/** A network interface of a node, in the terms of EC2 and Karpenter alike. */
export interface NodeInterface {
  networkCardIndex: number;
  deviceIndex: number;
  interfaceType: "interface" | "efa-only";
}

/**
 * The interfaces of a node with EFA: one for IP, and on each card one that carries nothing but EFA traffic, so that a
 * p5.48xlarge takes one address from the subnet and not 32. Karpenter allows no other kind of first interface.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-acc-inst-types.html
 */
export function nodeInterfaces({ efaInterfaces, machineType }: PoolPlan): NodeInterface[] {
  const first = defaults.firstCardWithoutEfa.includes(machineType) ? 1 : 0;
  return [
    { networkCardIndex: 0, deviceIndex: 0, interfaceType: "interface" },
    ...Array.from({ length: efaInterfaces }, (_, index): NodeInterface => {
      const networkCardIndex = first + index;
      return { networkCardIndex, deviceIndex: networkCardIndex === 0 ? 1 : 0, interfaceType: "efa-only" };
    }),
  ];
}

import { SecurityGroup } from "@pulumi/aws/ec2";
import { SecurityGroupEgressRule, SecurityGroupIngressRule } from "@pulumi/aws/vpc";
import * as pulumi from "@pulumi/pulumi";
import { after, bindingField, type NetworkBinding } from "aistack-core";
import * as defaults from "./defaults";

/** What the group of a file system is made from. */
export interface LustreNetworkArgs {
  network: pulumi.Input<NetworkBinding>;
  /** Groups of the EFA interfaces of clients. */
  efaClientGroupIds: pulumi.Input<string>[];
  tags: pulumi.Output<{ [key: string]: string }>;
}

/** Who reaches the servers: the network on the ports of Lustre, and nodes with EFA on what EFA carries. */
export class LustreNetwork extends pulumi.ComponentResource {
  /** Id of the group, once its rules are in force: FSx refuses a group that is closed to Lustre. */
  readonly securityGroupId: pulumi.Output<string>;

  constructor(name: string, args: LustreNetworkArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-aws:index:LustreNetwork", name, {}, opts);
    const child = { parent: this };
    const tagged = (resource: string) =>
      args.tags.apply((own): { [key: string]: string } => ({ ...own, Name: resource }));
    const group = new SecurityGroup(
      name,
      {
        vpcId: bindingField(args.network, "networkId"),
        description: `Lustre file system ${name}`,
        tags: tagged(name),
      },
      child,
    );
    const rules: pulumi.Resource[] = [];
    const bothWays = (role: string, rule: RuleArgs) => {
      const both = [
        [SecurityGroupIngressRule, "in"],
        [SecurityGroupEgressRule, "out"],
      ] as const;
      for (const [Rule, way] of both)
        rules.push(new Rule(`${name}-${role}-${way}`, { ...rule, tags: tagged(`${name}-${role}-${way}`) }, child));
    };

    const cidrIpv4 = bindingField(args.network, "cidr");
    for (const { from, to } of defaults.ports) {
      const port = { securityGroupId: group.id, ipProtocol: "tcp", fromPort: from, toPort: to };
      bothWays(`servers-${from}`, { ...port, referencedSecurityGroupId: group.id });
      bothWays(`clients-${from}`, { ...port, cidrIpv4 });
    }
    // EFA asks for rules that name the group itself and those of its clients, both ways and at both ends.
    // https://docs.aws.amazon.com/fsx/latest/LustreGuide/limit-access-security-groups.html#efa-security-groups
    if (args.efaClientGroupIds.length > 0)
      bothWays("efa", { securityGroupId: group.id, referencedSecurityGroupId: group.id, ipProtocol: "-1" });
    args.efaClientGroupIds.forEach((client, index) => {
      const ends = {
        [`efa-${index + 1}`]: [group.id, client],
        [`efa-${index + 1}-client`]: [client, group.id],
      } as const;
      for (const [role, [securityGroupId, referencedSecurityGroupId]] of Object.entries(ends))
        bothWays(role, { securityGroupId, referencedSecurityGroupId, ipProtocol: "-1" });
    });

    this.securityGroupId = after(group.id, ...rules);
    this.registerOutputs({});
  }
}

interface RuleArgs {
  securityGroupId: pulumi.Input<string>;
  referencedSecurityGroupId?: pulumi.Input<string>;
  cidrIpv4?: pulumi.Input<string>;
  ipProtocol: string;
  fromPort?: number;
  toPort?: number;
}

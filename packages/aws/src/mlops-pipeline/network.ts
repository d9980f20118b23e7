import { SecurityGroup } from "@pulumi/aws/ec2";
import { SecurityGroupEgressRule, SecurityGroupIngressRule } from "@pulumi/aws/vpc";
import * as pulumi from "@pulumi/pulumi";
import { after, bindingField, type NetworkBinding } from "aistack-core";

/** What the group of jobs is made from. */
export interface JobNetworkArgs {
  network: pulumi.Input<NetworkBinding>;
  /** Whether jobs have several machines, which talk to one another. */
  isDistributed: boolean;
  tags: pulumi.Output<{ [key: string]: string }>;
}

/** Jobs reach what is in the network, and what speaks HTTPS outside; nobody reaches them but machines of the same job. */
export class JobNetwork extends pulumi.ComponentResource {
  public readonly subnetIds: pulumi.Output<string[]>;
  /** Group of the jobs, once its rules are in force. */
  public readonly securityGroupId: pulumi.Output<string>;

  constructor(name: string, args: JobNetworkArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-aws:mlops-pipeline:JobNetwork", name, {}, opts);
    const child = { parent: this };
    const tagged = (resource: string) =>
      args.tags.apply((own): { [key: string]: string } => ({ ...own, Name: resource }));
    const group = new SecurityGroup(
      `${name}-group`,
      {
        vpcId: bindingField(args.network, "networkId"),
        description: `Jobs of SageMaker ${name}`,
        tags: tagged(`${name}-group`),
      },
      child,
    );
    const egress = (suffix: string, rule: { cidrIpv4: pulumi.Input<string>; fromPort: number; toPort: number }) =>
      new SecurityGroupEgressRule(
        `${name}-${suffix}`,
        { securityGroupId: group.id, ipProtocol: "tcp", ...rule, tags: tagged(`${name}-${suffix}`) },
        child,
      );
    const rules: pulumi.Resource[] = [
      egress("https", { cidrIpv4: "0.0.0.0/0", fromPort: 443, toPort: 443 }),
      egress("network", { cidrIpv4: bindingField(args.network, "cidr"), fromPort: 1, toPort: 65_535 }),
    ];
    if (args.isDistributed) {
      const itself = { securityGroupId: group.id, referencedSecurityGroupId: group.id, ipProtocol: "-1" };
      // EFA asks for both ways: https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-efa.html
      rules.push(
        new SecurityGroupIngressRule(`${name}-peers-in`, { ...itself, tags: tagged(`${name}-peers-in`) }, child),
        new SecurityGroupEgressRule(`${name}-peers-out`, { ...itself, tags: tagged(`${name}-peers-out`) }, child),
      );
    }
    this.subnetIds = bindingField(args.network, "privateSubnetIds");
    this.securityGroupId = after(group.id, ...rules);
    this.registerOutputs({});
  }
}

import { Role, RolePolicy, RolePolicyAttachment } from "@pulumi/aws/iam";
import * as pulumi from "@pulumi/pulumi";
import { after } from "aistack-core";
import { sessionSeconds } from "./defaults";

/** What a role of pipelines is made from. */
export interface DeploymentRoleArgs {
  roleName: string;
  description: string;
  /** Trust policy, as JSON. */
  trust: pulumi.Input<string>;
  boundaryArn: pulumi.Input<string>;
  policyArns: pulumi.Input<string>[];
  /** Policies of its own, as JSON, by what they are about. */
  policies: { [about: string]: pulumi.Input<string> };
  tags: pulumi.Input<{ [key: string]: string }>;
}

/** A role that pipelines act in, for an hour at most and never beyond the boundary. */
export class DeploymentRole extends pulumi.ComponentResource {
  /** ARN of the role, once it may do all that it should. */
  readonly arn: pulumi.Output<string>;

  constructor(name: string, args: DeploymentRoleArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-aws:index:DeploymentRole", name, {}, opts);
    const child = { parent: this };
    const role = new Role(
      `${name}-role`,
      {
        // By name, as the boundary has to name it before it is there.
        name: args.roleName,
        description: args.description,
        assumeRolePolicy: args.trust,
        maxSessionDuration: sessionSeconds,
        permissionsBoundary: args.boundaryArn,
        tags: args.tags,
      },
      child,
    );
    const managed = args.policyArns.map(
      (policyArn, index) =>
        new RolePolicyAttachment(`${name}-managed-${index + 1}`, { role: role.name, policyArn }, child),
    );
    const own = Object.entries(args.policies).map(
      ([about, policy]) => new RolePolicy(`${name}-${about}`, { role: role.name, policy }, child),
    );
    this.arn = after(role.arn, ...managed, ...own);
    this.registerOutputs({});
  }
}

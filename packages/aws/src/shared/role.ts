import { Role, RolePolicyAttachment } from "@pulumi/aws/iam";
import * as pulumi from "@pulumi/pulumi";
import { after } from "aistack-core";
import type { Place } from "./place";

/** What a role is for. */
export interface RoleArgs {
  description: string;
  /** Trust policy, as JSON. */
  trust: pulumi.Input<string>;
  /** Names of policies that AWS manages, with their path, such as `service-role/AmazonEBSCSIDriverPolicy`. */
  managedPolicies: string[];
  place: Place;
  tags: pulumi.Input<{ [key: string]: string }>;
}

/** A role with AWS-managed policies, as the children `name` and `name-<policy>`. */
export function managedRole(name: string, args: RoleArgs, opts: pulumi.CustomResourceOptions): ManagedRole {
  const role = new Role(name, { description: args.description, assumeRolePolicy: args.trust, tags: args.tags }, opts);
  const attachments = args.managedPolicies.map(
    (policy) =>
      new RolePolicyAttachment(
        `${name}-${policy.split("/").at(-1)}`,
        { role: role.name, policyArn: pulumi.interpolate`arn:${args.place.partition}:iam::aws:policy/${policy}` },
        opts,
      ),
  );
  // A service that gets the role before its policies are attached fails; on destroy the policies must go last.
  return { role, arn: after(role.arn, ...attachments) };
}

/** A role, and its ARN once its policies are attached. */
export interface ManagedRole {
  role: Role;
  arn: pulumi.Output<string>;
}

/** What pipelines may do, as statements. */
import * as pulumi from "@pulumi/pulumi";
import type { ObjectStoreBinding } from "aistack-core";
import type { Place } from "../shared/place";
import type { Statement } from "../shared/policy";

/** What the rights of pipelines are made from. */
export interface Reach {
  place: Place;
  services: string[];
  regions: pulumi.Input<string[]>;
  rolePath: string;
  /** ARN of the boundary that every role has to carry. */
  boundaryArn: pulumi.Input<string>;
}

/** All that pipelines may do: use services in regions, and make roles under the boundary. */
export function reachOf(reach: Reach): Statement[] {
  return [...useOfServices(reach), ...boundRoles(reach)];
}

function useOfServices({ place, services, regions }: Reach): Statement[] {
  const regional = services.filter((service) => service !== "cloudfront");
  const statements: Statement[] = [
    {
      Sid: "UseServices",
      Effect: "Allow",
      Action: regional.map((service) => `${service}:*`),
      Resource: "*",
      Condition: { StringEquals: { "aws:RequestedRegion": regions as pulumi.Input<string>[] } },
    },
  ];
  // What CloudFront does happens in no region that a program names.
  if (regional.length < services.length)
    statements.push({
      Sid: "UseCloudFront",
      Effect: "Allow",
      Action: "cloudfront:*",
      Resource: pulumi.interpolate`arn:${place.partition}:cloudfront::${place.accountId}:*`,
    });
  return regional.length > 0 ? statements : statements.slice(1);
}

/**
 * Roles and policies under one path, which carry the boundary, so that nothing that is made may do more than its maker.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html#access_policies_boundaries-delegate
 */
function boundRoles({ place, rolePath, boundaryArn }: Reach): Statement[] {
  const iam = (rest: string) => pulumi.interpolate`arn:${place.partition}:iam::${place.accountId}:${rest}`;
  const allow = (Sid: string, Action: string[], ...Resource: pulumi.Input<string>[]): Statement => ({
    Sid,
    Effect: "Allow",
    Action: Action.map((action) => `iam:${action}`),
    Resource,
  });
  const managed = pulumi.interpolate`arn:${place.partition}:iam::aws:policy/*`;
  return [
    allow(
      "ReadIdentities",
      [
        ...["GetRole", "GetRolePolicy", "ListRolePolicies", "ListAttachedRolePolicies", "ListInstanceProfilesForRole"],
        ...["GetPolicy", "GetPolicyVersion", "ListPolicyVersions", "GetInstanceProfile", "GetOpenIDConnectProvider"],
      ],
      iam("role/*"),
      iam("policy/*"),
      iam("instance-profile/*"),
      iam("oidc-provider/*"),
      managed,
    ),
    {
      ...allow(
        "MakeBoundRoles",
        [
          ...["CreateRole", "PutRolePermissionsBoundary", "PutRolePolicy", "DeleteRolePolicy"],
          ...["AttachRolePolicy", "DetachRolePolicy"],
        ],
        iam(`role${rolePath}*`),
      ),
      Condition: { StringEquals: { "iam:PermissionsBoundary": boundaryArn } },
    },
    allow(
      "UseRoles",
      ["DeleteRole", "UpdateRole", "UpdateAssumeRolePolicy", "TagRole", "UntagRole", "PassRole"],
      iam(`role${rolePath}*`),
    ),
    allow(
      "MakePolicies",
      ["CreatePolicy", "CreatePolicyVersion", "DeletePolicy", "DeletePolicyVersion", "TagPolicy", "UntagPolicy"],
      iam(`policy${rolePath}*`),
    ),
    allow(
      "MakeInstanceProfiles",
      [
        ...["CreateInstanceProfile", "DeleteInstanceProfile", "AddRoleToInstanceProfile"],
        ...["RemoveRoleFromInstanceProfile", "TagInstanceProfile", "UntagInstanceProfile"],
      ],
      iam("instance-profile/*"),
    ),
    allow(
      "MakeIssuers",
      [
        ...["CreateOpenIDConnectProvider", "DeleteOpenIDConnectProvider", "AddClientIDToOpenIDConnectProvider"],
        ...["RemoveClientIDFromOpenIDConnectProvider", "TagOpenIDConnectProvider", "UntagOpenIDConnectProvider"],
      ],
      iam("oidc-provider/*"),
    ),
    allow("MakeServiceRoles", ["CreateServiceLinkedRole"], iam("role/aws-service-role/*")),
  ];
}

/** Whatever other policies say: pipelines change neither their own roles nor what bounds them nor who is trusted. */
export function denyOwnChange(own: pulumi.Input<string>[]): Statement {
  return {
    Sid: "DenyOwnChange",
    Effect: "Deny",
    Action: [
      "Add",
      "Attach",
      "Create",
      "Delete",
      "Detach",
      "Pass",
      "Put",
      "Remove",
      "Set",
      "Tag",
      "Untag",
      "Update",
    ].map((verb) => `iam:${verb}*`),
    Resource: own,
  };
}

/** What a stack's state and secrets take: of the one who plans to read them, of the one who deploys to write them. */
export function stateStatements(
  { partition }: Place,
  state: pulumi.Input<ObjectStoreBinding> | undefined,
  secretsKey: pulumi.Input<string> | undefined,
  writes: boolean,
): pulumi.Output<Statement[]> {
  return pulumi.all([state, secretsKey, partition]).apply(([bucket, key, arn]) => {
    const { read = [], write = [] } = bucket?.access ?? {};
    const rules = writes ? [...read, ...write] : read;
    const statements = rules.map(
      ({ actions, resources }, index): Statement => ({
        Sid: `State${index + 1}`,
        Effect: "Allow",
        Action: actions,
        Resource: resources,
      }),
    );
    // `pulumi up` takes a lock and gives it back; the state itself is only ever overwritten.
    if (bucket && writes)
      statements.push({
        Sid: "UnlockState",
        Effect: "Allow",
        Action: "s3:DeleteObject",
        Resource: `arn:${arn}:s3:::${bucket.bucket}/.pulumi/locks/*`,
      });
    if (key !== undefined)
      statements.push({
        Sid: "UseSecretsKey",
        Effect: "Allow",
        Action: writes ? ["kms:Decrypt", "kms:Encrypt"] : "kms:Decrypt",
        Resource: key,
      });
    return statements;
  });
}

import { PodIdentityAssociation } from "@pulumi/aws/eks";
import { Role, RolePolicy } from "@pulumi/aws/iam";
import * as pulumi from "@pulumi/pulumi";
import {
  after,
  type Binding,
  bindingField,
  DataClass,
  standardTags,
  tokenFolder,
  type WorkloadIdentity,
} from "aistack-core";
import { clusterArn, placeOf } from "../shared/place";
import { podIdentityAgent } from "../shared/pod-identity";
import { policyDocument, trustServiceAccount, trustWebIdentity } from "../shared/policy";
import { type AccessGrantArgs, checkGrant, type GrantPlan } from "./args";
import { statementsOf } from "./rules";

const type = "aistack-aws:index:AccessGrant";

/**
 * Lets one workload do what access rules allow, without any stored key: on EKS through Pod Identity, elsewhere with the
 * tokens that the workload's own cluster signs.
 */
export class AccessGrant extends pulumi.ComponentResource {
  /** ARN of the role that the workload acts in. */
  public readonly roleArn: pulumi.Output<string>;
  /**
   * What the workload needs to act in the role, for its `uses`. On EKS nothing but the way to the agent on its node, and the
   * service account may act in the role without it.
   */
  public readonly binding: pulumi.Output<Binding>;

  constructor(name: string, args: AccessGrantArgs, opts: pulumi.ComponentResourceOptions = {}) {
    const plan = checkGrant(type, name, args);
    super(type, name, args, opts);

    const child = { parent: this };
    const place = placeOf(this);
    const tags = standardTags(type, DataClass.Internal, args.tags);
    const identity = pulumi.output(plan.identity);
    // Through `platform`, so that nothing is made for a cluster that the grant does not work in.
    const clusterName = pulumi.all([bindingField(args.cluster, "name"), plan.platform]).apply(([cluster]) => cluster);
    const region = pulumi
      .all([bindingField(args.cluster, "region"), place.region])
      .apply(([ofCluster, current]) => ofCluster ?? current);

    const role = new Role(
      `${name}-role`,
      {
        description: pulumi.interpolate`Service account ${identity.namespace}/${identity.serviceAccount} of ${plan.issuer ? "" : "EKS "}cluster ${clusterName}`,
        assumeRolePolicy: trustOf(plan, identity, clusterArn(place, clusterName, region)),
        tags,
      },
      child,
    );
    const policy = new RolePolicy(
      `${name}-policy`,
      { role: role.name, policy: pulumi.output(plan.rules).apply((list) => policyDocument(statementsOf(list))) },
      child,
    );
    const granted: pulumi.Resource = plan.issuer
      ? policy
      : new PodIdentityAssociation(
          `${name}-identity`,
          {
            clusterName,
            namespace: identity.namespace,
            serviceAccount: identity.serviceAccount,
            roleArn: after(role.arn, policy),
            tags,
          },
          child,
        );
    this.roleArn = after(role.arn, granted);
    // Of the arguments, not of the plan, which knows no part of the issuer before it knows all; the role is judged anyway.
    this.binding = args.issuer
      ? webIdentity(name, this.roleArn, bindingField(args.issuer, "audience"), place.region)
      : podIdentity(name, after(region, granted));
    this.registerOutputs({ roleArn: this.roleArn, binding: this.binding });
  }
}

function trustOf(
  { issuer }: GrantPlan,
  { namespace, serviceAccount }: pulumi.Output<WorkloadIdentity>,
  cluster: pulumi.Output<string>,
): pulumi.Output<string> {
  return issuer
    ? trustWebIdentity(issuer, namespace, serviceAccount)
    : trustServiceAccount(cluster, namespace, serviceAccount);
}

/** The variables that AWS's SDKs read, and the token that they show. */
function webIdentity(
  name: string,
  roleArn: pulumi.Output<string>,
  audience: pulumi.Output<string>,
  region: pulumi.Output<string>,
): pulumi.Output<Binding> {
  const path = `${name}/token`;
  return pulumi.output({
    kind: "identity",
    name,
    environment: {
      AWS_ROLE_ARN: roleArn,
      AWS_WEB_IDENTITY_TOKEN_FILE: `${tokenFolder}/${path}`,
      AWS_REGION: region,
    },
    tokens: [{ audience, path, expirationSeconds: 3600 }],
    // AWS's security token service, whose addresses change.
    egress: [{ port: 443 }],
  });
}

/** The agent tells the workload all the rest. */
function podIdentity(name: string, region: pulumi.Output<string>): pulumi.Output<Binding> {
  return pulumi.output({
    kind: "identity",
    name,
    environment: { AWS_REGION: region },
    egress: [podIdentityAgent],
  });
}

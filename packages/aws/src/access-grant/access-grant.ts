import { PodIdentityAssociation } from "@pulumi/aws/eks";
import { Role, RolePolicy } from "@pulumi/aws/iam";
import * as pulumi from "@pulumi/pulumi";
import {
  type AccessRule,
  bindingField,
  Checks,
  type ClusterBinding,
  DataClass,
  oneOf,
  Platform,
  standardTags,
  type WorkloadIdentity,
} from "aistack-core";
import { after } from "../shared/dependencies";
import { clusterArn, placeOf } from "../shared/place";
import { policyDocument, trustServiceAccount } from "../shared/policy";
import { componentName } from "../shared/rules";
import { accessRule, statementsOf } from "./rules";

const type = "aistack-aws:index:AccessGrant";

/** Arguments of AccessGrant. */
export interface AccessGrantArgs {
  /** EKS cluster that the workload runs in. */
  cluster: pulumi.Input<ClusterBinding>;
  /** Workload that is granted the access: its namespace and service account. */
  identity: pulumi.Input<WorkloadIdentity>;
  /** What is granted, such as `access.read` of a bucket's binding. */
  access: pulumi.Input<pulumi.Input<AccessRule>[]>;
  /** Tags for every resource, beside the standard ones. */
  tags?: pulumi.Input<{ [key: string]: string }>;
}

/** Lets one workload of an EKS cluster do what access rules allow, through EKS Pod Identity and without any stored key. */
export class AccessGrant extends pulumi.ComponentResource {
  /** ARN of the role that the workload acts in. */
  public readonly roleArn: pulumi.Output<string>;

  constructor(name: string, args: AccessGrantArgs, opts: pulumi.ComponentResourceOptions = {}) {
    const check = new Checks(type, name);
    check.value("name", name, componentName);
    const platform = check.value("cluster.platform", bindingField(args.cluster, "platform"), oneOf([Platform.Aws]));
    const rules = check.value("access", args.access as pulumi.Input<AccessRule[]>, (list) =>
      list.length === 0 ? "must have 1 rule or more" : list.map(accessRule).find(Boolean),
    );
    check.done();
    super(type, name, args, opts);

    const child = { parent: this };
    const place = placeOf(this);
    const tags = standardTags(type, DataClass.Internal, args.tags);
    const identity = pulumi.output(args.identity);
    // Through `platform`, so that nothing is made for a cluster that is not EKS.
    const clusterName = pulumi.all([bindingField(args.cluster, "name"), platform]).apply(([cluster]) => cluster);
    const region = pulumi
      .all([bindingField(args.cluster, "region"), place.region])
      .apply(([ofCluster, current]) => ofCluster ?? current);

    const role = new Role(
      `${name}-role`,
      {
        description: pulumi.interpolate`Service account ${identity.namespace}/${identity.serviceAccount} of EKS cluster ${clusterName}`,
        assumeRolePolicy: trustServiceAccount(
          clusterArn(place, clusterName, region),
          identity.namespace,
          identity.serviceAccount,
        ),
        tags,
      },
      child,
    );
    const policy = new RolePolicy(
      `${name}-policy`,
      { role: role.name, policy: pulumi.output(rules).apply((list) => policyDocument(statementsOf(list))) },
      child,
    );
    const association = new PodIdentityAssociation(
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
    this.roleArn = after(role.arn, association);
    this.registerOutputs({ roleArn: this.roleArn });
  }
}

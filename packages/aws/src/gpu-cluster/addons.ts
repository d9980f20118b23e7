import { Addon } from "@pulumi/aws/eks";
import { RolePolicy } from "@pulumi/aws/iam";
import * as pulumi from "@pulumi/pulumi";
import { after } from "aistack-core";
import { clusterArn, type Place } from "../shared/place";
import { trustServiceAccount } from "../shared/policy";
import { managedRole } from "../shared/role";
import type { ControlPlane } from "./control-plane";
import { lookAtFileSystems, volumeEncryption } from "./policy";

/** What add-ons are made from. */
export interface AddonsArgs {
  controlPlane: ControlPlane;
  place: Place;
  tags: pulumi.Output<{ [key: string]: string }>;
  /** What the add-ons need to start: for those that run on nodes, the nodes. */
  needs?: pulumi.Resource[];
  /** Whether nodes mount Lustre file systems. */
  lustre?: boolean;
}

interface AddonSpec {
  name: string;
  /** Values in the terms of the add-on's own schema. */
  configuration?: pulumi.Input<object>;
  role?: AddonRole;
}

interface AddonRole {
  /** Part of the role's name, short: IAM takes 64 characters for the cluster's name, this and a random part. */
  name: string;
  serviceAccount: string;
  managedPolicy?: string;
  policy?: RoleStatements;
}

interface RoleStatements {
  /** Part of the policy's resource name. */
  name: string;
  document: pulumi.Input<string>;
}

/** What a node needs to become ready: addresses for pods, service routing, and credentials for the two. */
export class NodeAddons extends pulumi.ComponentResource {
  constructor(name: string, args: AddonsArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-aws:index:NodeAddons", name, {}, opts);
    const agent = addon(this, name, args, { name: "eks-pod-identity-agent" });
    addon(
      this,
      name,
      args,
      {
        name: "vpc-cni",
        // Without this EKS accepts network policies and enforces none.
        configuration: { enableNetworkPolicy: "true" },
        role: { name: "vpc-cni", serviceAccount: "aws-node", managedPolicy: "AmazonEKS_CNI_Policy" },
      },
      [agent],
    );
    addon(this, name, args, { name: "kube-proxy" });
    this.registerOutputs({});
  }
}

/** What runs on nodes: names, volumes, metrics and the watch over node health. */
export class ClusterAddons extends pulumi.ComponentResource {
  constructor(name: string, args: AddonsArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-aws:index:ClusterAddons", name, {}, opts);
    addon(this, name, args, { name: "coredns" });
    addon(this, name, args, {
      name: "aws-ebs-csi-driver",
      configuration: { controller: { extraVolumeTags: args.tags } },
      role: {
        name: "ebs-csi",
        serviceAccount: "ebs-csi-controller-sa",
        managedPolicy: "service-role/AmazonEBSCSIDriverPolicy",
        policy: { name: "key", document: volumeEncryption(args.controlPlane.keyArn) },
      },
    });
    if (args.lustre)
      addon(this, name, args, {
        name: "aws-fsx-csi-driver",
        role: {
          name: "fsx-csi",
          serviceAccount: "fsx-csi-controller-sa",
          // Not AmazonFSxFullAccess: file systems are made by programs, never by a claim.
          policy: { name: "look", document: lookAtFileSystems(args.place) },
        },
      });
    addon(this, name, args, { name: "metrics-server" });
    // Sees failing GPUs and tells EKS's node repair, which by itself only notices nodes that are gone.
    addon(this, name, args, { name: "eks-node-monitoring-agent" });
    this.registerOutputs({});
  }
}

function addon(
  parent: pulumi.ComponentResource,
  prefix: string,
  args: AddonsArgs,
  spec: AddonSpec,
  dependsOn: pulumi.Resource[] = [],
): Addon {
  const { controlPlane, tags } = args;
  const name = `${prefix}-${spec.name}`;
  return new Addon(
    name,
    {
      clusterName: controlPlane.cluster.name,
      addonName: spec.name,
      // No version: EKS takes the one it made the default for the cluster's version and region, which no table here
      // could keep up with.
      // This program is where the configuration lives: it wins over what it finds, at first and later.
      resolveConflictsOnCreate: "OVERWRITE",
      resolveConflictsOnUpdate: "OVERWRITE",
      configurationValues: spec.configuration && pulumi.jsonStringify(spec.configuration),
      podIdentityAssociations: spec.role && [
        { roleArn: addonRole(parent, prefix, args, spec.role), serviceAccount: spec.role.serviceAccount },
      ],
      tags,
    },
    { parent, dependsOn: [...(args.needs ?? []), ...dependsOn] },
  );
}

function addonRole(
  parent: pulumi.ComponentResource,
  prefix: string,
  { controlPlane, place, tags }: AddonsArgs,
  spec: AddonRole,
): pulumi.Output<string> {
  const cluster = clusterArn(place, controlPlane.clusterName);
  const { role, arn } = managedRole(
    `${prefix}-${spec.name}-role`,
    {
      description: `Service account kube-system/${spec.serviceAccount} of EKS cluster ${controlPlane.clusterName}`,
      trust: trustServiceAccount(cluster, "kube-system", spec.serviceAccount),
      managedPolicies: spec.managedPolicy === undefined ? [] : [spec.managedPolicy],
      place,
      tags,
    },
    { parent },
  );
  if (!spec.policy) return arn;
  const policy = new RolePolicy(
    `${prefix}-${spec.name}-role-${spec.policy.name}`,
    { role: role.name, policy: spec.policy.document },
    { parent },
  );
  return after(arn, policy);
}

import { LogGroup } from "@pulumi/aws/cloudwatch";
import { AccessEntry, AccessPolicyAssociation, Cluster } from "@pulumi/aws/eks";
import { RolePolicy } from "@pulumi/aws/iam";
import { Key } from "@pulumi/aws/kms";
import * as pulumi from "@pulumi/pulumi";
import { after, limitedName, type NetworkBinding } from "aistack-core";
import type { Place } from "../shared/place";
import { trustService } from "../shared/policy";
import { managedRole } from "../shared/role";
import type { ClusterPlan } from "./checks";
import * as defaults from "./defaults";
import { clusterKeyPolicy, secretsEncryption } from "./policy";

/** What a control plane is made from. */
export interface ControlPlaneArgs {
  plan: ClusterPlan;
  network: pulumi.Input<NetworkBinding>;
  place: Place;
  tags: pulumi.Output<{ [key: string]: string }>;
}

/** The managed part of the cluster: key, log group, role, API server and who may administer it. */
export class ControlPlane extends pulumi.ComponentResource {
  /** Known before the cluster exists, so that policies, log group and tags can name it. */
  readonly clusterName: string;
  readonly cluster: Cluster;
  readonly keyArn: pulumi.Output<string>;
  /** Security group that EKS makes, for the control plane and all nodes. */
  readonly securityGroupId: pulumi.Output<string>;
  /** What gives administrators their rights: must outlive whatever they made in the cluster. */
  readonly access: pulumi.Resource[];

  constructor(name: string, args: ControlPlaneArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-aws:index:ControlPlane", name, {}, opts);
    const { plan, place, tags } = args;
    const child = { parent: this };
    this.clusterName = limitedName(`${name}-${pulumi.getStack()}`, 100);
    const logGroupName = `/aws/eks/${this.clusterName}/cluster`;

    this.keyArn = pulumi.output(plan.kmsKeyArn ?? this.#key(name, logGroupName, args).arn);
    // Made before the cluster: EKS would make it itself, without key, retention or tags.
    const logs = new LogGroup(
      `${name}-logs`,
      {
        name: logGroupName,
        retentionInDays: plan.logRetentionDays,
        kmsKeyId: this.keyArn,
        deletionProtectionEnabled: plan.deletionProtection,
        tags,
      },
      child,
    );
    const { role, arn } = managedRole(
      `${name}-role`,
      {
        description: `Control plane of EKS cluster ${this.clusterName}`,
        trust: trustService("eks.amazonaws.com"),
        managedPolicies: ["AmazonEKSClusterPolicy"],
        place,
        tags,
      },
      child,
    );
    const encryption = new RolePolicy(
      `${name}-role-secrets`,
      { role: role.name, policy: secretsEncryption(this.keyArn) },
      child,
    );
    this.cluster = this.#cluster(name, after(arn, encryption), logs, args);
    this.securityGroupId = this.cluster.vpcConfig.clusterSecurityGroupId;
    this.access = plan.administrators.flatMap(({ key, arn }) => this.#administrator(`${name}-admin-${key}`, arn, args));
    this.registerOutputs({});
  }

  #key(name: string, logGroupName: string, { plan, place, tags }: ControlPlaneArgs): Key {
    return new Key(
      `${name}-key`,
      {
        description: `Secrets, logs and volumes of EKS cluster ${this.clusterName}`,
        enableKeyRotation: true,
        deletionWindowInDays: defaults.keyDeletionDays,
        policy: clusterKeyPolicy(place, logGroupName),
        tags,
      },
      // Without the key, volumes and snapshots that outlive the cluster could not be read.
      { parent: this, retainOnDelete: plan.deletionProtection },
    );
  }

  #cluster(name: string, roleArn: pulumi.Input<string>, logs: LogGroup, args: ControlPlaneArgs): Cluster {
    const { plan, tags } = args;
    const network = pulumi.output(args.network);
    const isPublic = plan.apiAccessCidrs.length > 0;
    return new Cluster(
      `${name}-cluster`,
      {
        name: this.clusterName,
        version: plan.kubernetesVersion,
        roleArn,
        accessConfig: {
          authenticationMode: "API",
          // With administrators named, only they get in: an entry of the creator would be one that nobody reviews, and
          // would collide with his own in the list.
          bootstrapClusterCreatorAdminPermissions: plan.administrators.length === 0,
        },
        // The add-ons are installed as EKS add-ons, in an order in which nodes find what they need.
        bootstrapSelfManagedAddons: false,
        deletionProtection: plan.deletionProtection,
        enabledClusterLogTypes: defaults.logTypes,
        encryptionConfig: { provider: { keyArn: this.keyArn }, resources: ["secrets"] },
        upgradePolicy: { supportType: plan.support.toUpperCase() },
        vpcConfig: {
          subnetIds: network.privateSubnetIds,
          endpointPrivateAccess: true,
          endpointPublicAccess: isPublic,
          publicAccessCidrs: isPublic ? plan.apiAccessCidrs : undefined,
        },
        tags,
      },
      {
        parent: this,
        dependsOn: [logs],
        // Only read by AWS when the cluster is made; a change would replace the cluster.
        ignoreChanges: ["accessConfig.bootstrapClusterCreatorAdminPermissions"],
        // The name is fixed, so two cannot exist at a time.
        deleteBeforeReplace: true,
      },
    );
  }

  #administrator(name: string, arn: pulumi.Input<string>, { place, tags }: ControlPlaneArgs): pulumi.Resource[] {
    const child = { parent: this };
    const clusterName = this.cluster.name;
    const entry = new AccessEntry(name, { clusterName, principalArn: arn, type: "STANDARD", tags }, child);
    const rights = new AccessPolicyAssociation(
      `${name}-rights`,
      {
        clusterName,
        principalArn: entry.principalArn,
        policyArn: pulumi.interpolate`arn:${place.partition}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy`,
        accessScope: { type: "cluster" },
      },
      child,
    );
    return [entry, rights];
  }
}

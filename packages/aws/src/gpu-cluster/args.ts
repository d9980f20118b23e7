import type * as pulumi from "@pulumi/pulumi";
import type { Accelerator, ClusterBinding, Mirror, NetworkBinding, ObjectStoreBinding } from "aistack-core";
import type { NatGateways } from "../network/args";
import type { SupportType } from "./versions";

/** Nodes of one kind that carry accelerators. */
export interface GpuPoolArgs {
  /** Name of the pool, unique in the cluster; part of node labels and resource names. Defaults to the accelerator's name. */
  name?: string;
  /** Accelerator that the nodes carry. */
  accelerator: Accelerator;
  /** Accelerators on one node. Defaults to what the cheapest machine with the accelerator carries. */
  perNode?: number;
  /** Nodes at least. Also the number at the start: nothing adds or removes nodes by load yet. Defaults to 1. */
  minNodes?: number;
  /** Nodes at most. Defaults to `minNodes`, or 1 if that is 0. */
  maxNodes?: number;
  /** EC2 instance type. Defaults to the cheapest of the catalogue with the accelerator and the count. */
  machineType?: string;
  /** Size of a node's root volume, in GiB, 20 to 16384. Defaults to 200. */
  diskSizeGiB?: number;
  /** Further node labels. */
  labels?: { [key: string]: string };
}

/** Nodes for everything that needs no accelerator. */
export interface SystemNodesArgs {
  /** EC2 instance type, without an accelerator. Defaults to m7i.large. */
  machineType?: string;
  /** Nodes at least, and at the start. Defaults to 2. */
  minNodes?: number;
  /** Nodes at most. Defaults to 3, or `minNodes` if that is more. */
  maxNodes?: number;
}

/** Arguments of GpuCluster. */
export interface GpuClusterArgs {
  /** Cluster to adopt. Nothing is created then, and no other argument may be given. */
  existing?: pulumi.Input<ClusterBinding>;
  /** Pools of nodes with accelerators. Their order means nothing. Defaults to none. */
  pools?: GpuPoolArgs[];
  /** Nodes for everything that needs no accelerator. */
  systemNodes?: SystemNodesArgs;

  /** Network to put the cluster into, with private subnets that can reach the AWS services. When omitted, one is created. */
  network?: pulumi.Input<NetworkBinding>;
  /** Address range of the network that is created, /16 to /22. Defaults to 10.0.0.0/16. */
  vpcCidr?: string;
  /** Names of two or three availability zones for the network that is created. When omitted, the first `zoneCount`. */
  zones?: string[];
  /** Number of availability zones of the network that is created if `zones` does not name them, 2 or 3. Defaults to 3. */
  zoneCount?: number;
  /** How the private subnets of the network that is created reach the internet. Defaults to one NAT gateway. */
  natGateways?: NatGateways;
  /** Bucket that takes a record of all traffic in the network that is created. When omitted, none is kept. */
  flowLogs?: pulumi.Input<ObjectStoreBinding>;

  /** IPv4 ranges from which the Kubernetes API can be reached over the internet. When empty, only from the network. */
  apiAccessCidrs?: pulumi.Input<string>[];
  /**
   * ARNs of the IAM roles and users that administer the cluster; the identity that runs `up` must be one of them. When
   * omitted, the identity that creates the cluster is the administrator.
   */
  administrators?: pulumi.Input<string>[];
  /** Kubernetes version, such as "1.35". Defaults to 1.35. */
  kubernetesVersion?: string;
  /** What happens at the end of the version's standard support. Defaults to standard: AWS upgrades the cluster. */
  support?: SupportType;
  /**
   * ARN of the KMS key for secrets, logs and volumes; its policy must allow what the README of this concept lists. When
   * omitted, a key with yearly rotation is created.
   */
  kmsKeyArn?: pulumi.Input<string>;
  /** Days that control-plane logs are kept; one of the periods that CloudWatch offers. Defaults to 365. */
  logRetentionDays?: number;
  /**
   * Keeps the cluster, its logs and its key from being deleted. To destroy, set false, run `up`, then `destroy`.
   * Defaults to true.
   */
  deletionProtection?: boolean;
  /** Registries to take images, charts and packages from, where the cluster cannot reach the public ones. */
  mirror?: Mirror;
  /** Tags for every resource, beside the standard ones. */
  tags?: pulumi.Input<{ [key: string]: string }>;
}

import type * as pulumi from "@pulumi/pulumi";
import type {
  ClusterBinding,
  GpuPoolArgs,
  InstallArgs,
  Mirror,
  NetworkBinding,
  ObjectStoreBinding,
  TeamArgs,
} from "aistack-core";
import type { NatGateways } from "../network/args";
import type { SupportType } from "./versions";

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
  /** Pools of nodes, with accelerators or without. Their order means nothing. Defaults to none. */
  pools?: GpuPoolArgs[];
  /** Nodes for everything that needs no accelerator. */
  systemNodes?: SystemNodesArgs;
  /** Who shares the pools, each with a namespace, a queue and a quota. Defaults to nobody: no queues. */
  teams?: TeamArgs[];
  /** Parts of the runtime that are installed, where not all of them should be. */
  install?: InstallArgs;
  /** Whether nodes can mount Lustre file systems, such as those of SharedFileSystem. Defaults to false. */
  lustre?: boolean;

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
  /**
   * Release of the node images for nodes that come and go, such as "v20261110". When omitted, the newest: AWS's
   * security fixes arrive by themselves, one node of a pool at a time.
   */
  nodeImageRelease?: string;
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

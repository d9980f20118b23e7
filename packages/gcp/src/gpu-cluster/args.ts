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
import type { ReleaseChannel } from "./versions";

/** Nodes for everything that needs no accelerator. */
export interface SystemNodesArgs {
  /** Machine type, without an accelerator. Defaults to c3-standard-4. */
  machineType?: string;
  /** Nodes at least, and at the start. Defaults to 3. */
  minNodes?: number;
  /** Nodes at most. Defaults to 6, or `minNodes` if that is more. */
  maxNodes?: number;
}

/** Arguments of GpuCluster. */
export interface GpuClusterArgs {
  /** Cluster to adopt. Nothing is created then, and no other argument may be given. */
  existing?: pulumi.Input<ClusterBinding>;
  /** Pools of nodes, most with accelerators. Their order means nothing. Defaults to none. */
  pools?: GpuPoolArgs[];
  /** Nodes for everything that needs no accelerator. */
  systemNodes?: SystemNodesArgs;
  /** Zones that nodes are in, of the provider's region. When omitted, the region's first three. */
  zones?: string[];

  /** Network to put the cluster into, with one subnet in the provider's region. When omitted, one is created. */
  network?: pulumi.Input<NetworkBinding>;
  /** Address range of the network that is created, /12 to /20. Defaults to 10.0.0.0/16, for 128 nodes. */
  vpcCidr?: string;
  /** How the nodes of the network that is created reach the internet. Defaults to Cloud NAT. */
  natGateways?: NatGateways;
  /** Bucket that takes the flow logs of the network that is created, beside Cloud Logging. When omitted, none does. */
  flowLogs?: pulumi.Input<ObjectStoreBinding>;

  /** IPv4 ranges from which the Kubernetes API can be reached over the internet. When empty, only from the network. */
  apiAccessCidrs?: pulumi.Input<string>[];
  /**
   * Who administers the cluster, as IAM names them: `user:`, `serviceAccount:` or `group:` and an e-mail address. When
   * omitted, those whom the project's IAM policy makes administrators of clusters.
   */
  administrators?: pulumi.Input<string>[];
  /**
   * Google group `gke-security-groups@<domain>`, whose member groups can be named in `administrators` and `teams`. When
   * omitted, no group can be.
   */
  securityGroup?: string;
  /** Oldest Kubernetes version that will do, such as "1.35"; GKE raises it. When omitted, what the channel has. */
  kubernetesVersion?: string;
  /** How fast GKE brings new versions. Defaults to regular. */
  releaseChannel?: ReleaseChannel;
  /**
   * Name of the Cloud KMS key for secrets, node disks and volumes, in the provider's region; the service agents must
   * be able to use it, as the README of this concept says. When omitted, a key is created that rotates each 90 days.
   */
  kmsKey?: pulumi.Input<string>;
  /**
   * Keeps the cluster and its key from being deleted. To destroy, set false, run `up`, then `destroy`. Defaults to true.
   */
  deletionProtection?: boolean;

  /**
   * Whether nodes with GPUs can mount Managed Lustre; all nodes can mount Filestore. Nodes without GPUs cannot, because they
   * start only what Google signed. Defaults to false.
   */
  lustre?: boolean;
  /** People and programs who share the nodes: each team gets a namespace, a queue and its quota. Defaults to none. */
  teams?: TeamArgs[];
  /** Parts of the runtime not to install. */
  install?: InstallArgs;
  /** Registries to take images, charts and packages from, where the cluster cannot reach the public ones. */
  mirror?: Mirror;
  /** Labels for every resource that takes them, beside the standard ones; lower-case. */
  tags?: pulumi.Input<{ [key: string]: string }>;
}

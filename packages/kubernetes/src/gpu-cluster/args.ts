import type * as pulumi from "@pulumi/pulumi";
import type { ClusterBinding, GpuPoolArgs, InstallArgs, Mirror, TeamArgs } from "aistack-core";

/** Arguments of GpuCluster. */
export interface GpuClusterArgs {
  /** Cluster that exists. */
  cluster: pulumi.Input<ClusterBinding>;
  /**
   * Nodes of the cluster, by what they carry; `labels` name the labels by which they are known. Their order means nothing.
   * When omitted, what `cluster` says of its accelerators stands.
   */
  pools?: GpuPoolArgs[];
  /** Who shares the nodes: each gets a namespace, a quota and a queue. Their order means nothing. Defaults to nobody. */
  teams?: TeamArgs[];
  /** What the cluster has already. Defaults to installing all that the pools and teams need. */
  install?: InstallArgs;
  /** Registries to take images, charts and packages from. Defaults to those of `cluster`. */
  mirror?: Mirror;
}

import type * as pulumi from "@pulumi/pulumi";
import type { Capacity, GpuSharingArgs, Machine, TaintArgs, TeamArgs } from "aistack-core";
import * as defaults from "./defaults";
import type { ReleaseChannel } from "./versions";

/** What the checks found out: arguments with defaults, gated where they are still to come. */
export interface ClusterPlan {
  pools: PoolPlan[];
  systemNodes: PoolPlan;
  zones?: string[];
  kubernetesVersion?: string;
  releaseChannel: ReleaseChannel;
  deletionProtection: boolean;
  lustre: boolean;
  apiAccessCidrs: pulumi.Input<string>[];
  administrators: Administrator[];
  securityGroup?: string;
  teams: TeamArgs[];
  kmsKey?: pulumi.Input<string>;
  tags?: pulumi.Input<{ [key: string]: string }>;
}

/** A user, service account or group with all rights in the cluster. */
export interface Administrator {
  /** Part of resource names: from the address, or the place in the list if the address is still to come. */
  key: string;
  member: pulumi.Input<string>;
}

/** A pool with every default filled in. */
export interface PoolPlan {
  name: string;
  machineType: string;
  /** Machine of the catalogue; undefined for nodes without accelerators. */
  machine?: Machine;
  minNodes: number;
  maxNodes: number;
  /** Zones that the pool names itself. */
  zones?: string[];
  capacity: Capacity;
  reservationId?: string;
  sharing?: GpuSharingArgs;
  /** Nodes are placed close together. */
  isCompact: boolean;
  /** Shape of a slice of several nodes; undefined where each node is one. */
  topology?: string;
  /** Nodes of a slice, each of which is a node pool of GKE; 1 where nodes come one by one. */
  nodesPerSlice: number;
  diskSizeGiB: number;
  labels: { [key: string]: string };
  taints: TaintArgs[];
  maxRunHours?: number;
}

/** Name of the pool of nodes without accelerators. */
export const systemPool = "system";

/** True for a pool whose GPUs reach those of other nodes by RDMA. */
export function isRdma({ machineType, isCompact }: Pick<PoolPlan, "machineType" | "isCompact">): boolean {
  return isCompact && defaults.rdmaMachines.includes(machineType);
}

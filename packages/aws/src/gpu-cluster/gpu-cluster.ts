import * as pulumi from "@pulumi/pulumi";
import {
  type ClusterBinding,
  DataClass,
  kubernetesProvider,
  type NetworkBinding,
  Platform,
  shareKubernetesProvider,
  standardTags,
} from "aistack-core";
import { Network } from "../network/network";
import { after } from "../shared/dependencies";
import { type Place, placeOf } from "../shared/place";
import { ClusterAddons, NodeAddons } from "./addons";
import type { GpuClusterArgs } from "./args";
import { type ClusterPlan, checkCluster } from "./checks";
import { ControlPlane } from "./control-plane";
import * as defaults from "./defaults";
import { kubeconfigOf } from "./kubeconfig";
import { NodePool, nodeRole } from "./node-pool";
import type { PoolPlan } from "./pools";
import { Runtime, storageClassName } from "./runtime";

const type = "aistack-aws:index:GpuCluster";

/** Kubernetes cluster on Amazon EKS whose nodes carry accelerators that pods can ask for. */
export class GpuCluster extends pulumi.ComponentResource {
  /** Plain-data handle for workloads. Whoever takes it waits until nodes, add-ons, volumes and GPUs can be used. */
  public readonly binding: pulumi.Output<ClusterBinding>;
  /** Network that the cluster is in. Absent for an adopted cluster. */
  public readonly network?: pulumi.Output<NetworkBinding>;

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
    const nodes = createNodes(this, name, { plan, controlPlane, nodeAddons, network: this.network, place, tags });
    const addons = new ClusterAddons(`${name}-addons`, { controlPlane, place, tags, needs: [nodes.system] }, child);

    // Everything in the cluster goes through a provider that is made from the kubeconfig. So the kubeconfig waits for
    // what it all needs, and on destroy nodes, add-ons and access rights outlive the workloads.
    const ready = [nodes.system, ...nodes.pools, nodeAddons, addons, ...controlPlane.access];
    const fields = {
      name: controlPlane.clusterName,
      platform: Platform.Aws,
      region: place.region,
      kubeconfig: after(kubeconfigOf(controlPlane.cluster, controlPlane.clusterName, place.region), ...ready),
      accelerators: plan.pools.flatMap(nodeAccelerator),
      mirror: args.mirror,
    };
    const reachable: pulumi.Output<ClusterBinding> = pulumi.output(fields);
    const provider = kubernetesProvider(reachable, `${name}-kubernetes`, child);
    const runtime = new Runtime(
      `${name}-runtime`,
      { provider, keyArn: controlPlane.keyArn, pools: plan.pools, mirror: args.mirror },
      child,
    );
    // The binding that others get waits for the runtime too. The provider cannot be made from that one: the runtime
    // uses it, and each would wait for the other.
    this.binding = pulumi.output({ ...fields, storageClass: after(storageClassName, runtime) });
    shareKubernetesProvider(reachable, this.binding);
    this.registerOutputs({ binding: this.binding, network: this.network });
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
  plan: ClusterPlan;
  controlPlane: ControlPlane;
  nodeAddons: NodeAddons;
  network: pulumi.Output<NetworkBinding>;
  place: Place;
  tags: pulumi.Output<{ [key: string]: string }>;
}

/** The nodes of the cluster, by pool. */
function createNodes(parent: GpuCluster, name: string, args: NodesArgs): { system: NodePool; pools: NodePool[] } {
  const { plan, controlPlane, tags } = args;
  const role = nodeRole(`${name}-node-role`, controlPlane.clusterName, args.place, tags, { parent });
  const pool = (own: PoolPlan) =>
    new NodePool(
      `${name}-${own.name}`,
      {
        plan: own,
        controlPlane,
        kubernetesVersion: plan.kubernetesVersion,
        roleArn: role.arn,
        subnetIds: args.network.privateSubnetIds,
        tags,
        nodeAddons: args.nodeAddons,
      },
      { parent },
    );
  return { system: pool(plan.systemNodes), pools: plan.pools.map(pool) };
}

function nodeAccelerator({ name, machine, maxNodes }: PoolPlan) {
  if (!machine) return [];
  const nodeLabels = { [defaults.labels.accelerator]: machine.accelerator as string, [defaults.labels.pool]: name };
  return [{ accelerator: machine.accelerator, perNode: machine.count, maxNodes, nodeLabels }];
}

import { getZonesOutput } from "@pulumi/gcp/compute/getZones";
import * as pulumi from "@pulumi/pulumi";
import {
  after,
  type ClusterBinding,
  DataClass,
  kubernetesProvider,
  type NetworkBinding,
  Platform,
  shareKubernetesProvider,
} from "aistack-core";
import { ClusterRuntime, type TeamBinding } from "aistack-runtime";
import { Network } from "../network/network";
import { labelsOf } from "../shared/labels";
import { inRegion, type Place, placeOf } from "../shared/place";
import { drivers } from "../shared-file-system/defaults";
import { Administrators } from "./administrators";
import type { GpuClusterArgs } from "./args";
import { checkCluster } from "./checks";
import { ControlPlane } from "./control-plane";
import * as defaults from "./defaults";
import { kubeconfigOf } from "./kubeconfig";
import { NodePool } from "./node-pool";
import type { ClusterPlan, PoolPlan } from "./plan";
import { runtimePools } from "./runtime-pools";
import { Storage, storageClassOf } from "./storage";

const type = "aistack-gcp:index:GpuCluster";

/** Kubernetes cluster on Google Kubernetes Engine whose nodes carry accelerators that pods can ask for. */
export class GpuCluster extends pulumi.ComponentResource {
  /** Plain-data handle for workloads. Whoever takes it waits until nodes, volumes, accelerators and queues can be used. */
  public readonly binding: pulumi.Output<ClusterBinding>;
  /** Network that the cluster is in. Absent for an adopted cluster. */
  public readonly network?: pulumi.Output<NetworkBinding>;
  /** Teams that share the cluster, with namespace and queue of each. Absent for an adopted cluster. */
  public readonly teams?: pulumi.Output<TeamBinding[]>;

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
    const labels = labelsOf(type, DataClass.Confidential, plan.tags);
    const zones = zonesOf(this, plan, place);

    this.network = args.network ? pulumi.output(args.network) : createdNetwork(name, args, child);
    const controlPlane = new ControlPlane(
      name,
      { plan, network: this.network, isOwnNetwork: !args.network, zones, place, labels, mirror: args.mirror },
      child,
    );
    const zoneCount = plan.zones?.length ?? defaults.zoneCount;
    const pool = (own: PoolPlan) =>
      new NodePool(`${name}-${own.name}`, { plan: own, controlPlane, place, zones, zoneCount, labels }, child);
    const nodes = [plan.systemNodes, ...plan.pools].map(pool);

    // Everything in the cluster goes through a provider that is made from the kubeconfig. So the kubeconfig waits for
    // the nodes that it all needs, and on destroy they outlive the workloads.
    const fields = {
      name: controlPlane.clusterName,
      platform: Platform.Gcp,
      region: place.region,
      kubeconfig: after(kubeconfigOf(controlPlane.cluster, controlPlane.clusterName), ...nodes),
      accelerators: plan.pools.flatMap(nodeAccelerator),
      volumeDrivers: [drivers.filestore, ...(plan.lustre ? [drivers.lustre] : [])],
      mirror: args.mirror,
    };
    const reachable: pulumi.Output<ClusterBinding> = pulumi.output(fields);
    const provider = kubernetesProvider(reachable, `${name}-kubernetes`, child);
    const { keyName } = controlPlane;
    const runtime = createdRuntime(name, args, plan, { ...child, provider });
    const { administrators } = plan;
    const inCluster: pulumi.Resource[] = [
      runtime,
      new Storage(`${name}-storage`, { provider, keyName, pools: plan.pools }, child),
    ];
    if (administrators.length > 0)
      inCluster.push(new Administrators(`${name}-admin`, { provider, place, administrators }, child));
    // The binding that others get waits for what is in the cluster too. The provider cannot be made from that one: it
    // makes what the binding waits for.
    const storageClass = `${storageClassOf(plan.pools)}-encrypted`;
    this.binding = pulumi.output({ ...fields, storageClass: after(storageClass, ...inCluster) });
    this.teams = after(runtime.teams, runtime);
    shareKubernetesProvider(reachable, this.binding);
    this.registerOutputs({ binding: this.binding, network: this.network, teams: this.teams });
  }
}

function adopted(existing: pulumi.Input<ClusterBinding>): pulumi.Output<ClusterBinding> {
  // The same object where possible: consumers share a Kubernetes provider by it.
  return pulumi.Output.isInstance(existing) ? (existing as pulumi.Output<ClusterBinding>) : pulumi.output(existing);
}

function createdNetwork(
  name: string,
  { vpcCidr, natGateways, flowLogs }: GpuClusterArgs,
  opts: pulumi.ComponentResourceOptions,
): pulumi.Output<NetworkBinding> {
  return new Network(`${name}-network`, { vpcCidr, natGateways, flowLogs }, opts).binding;
}

/** The driver and the device plugin are GKE's own, and it shares the GPUs; the rest is as on every platform. */
function createdRuntime(
  name: string,
  { install, mirror }: GpuClusterArgs,
  plan: ClusterPlan,
  { provider, ...child }: pulumi.CustomResourceOptions & { provider: ReturnType<typeof kubernetesProvider> },
): ClusterRuntime {
  const gpu = {
    driverInstalled: true,
    devicePluginInstalled: true,
    driverDirectory: defaults.driverDirectory,
    toolkitDirectory: defaults.driverDirectory,
  };
  return new ClusterRuntime(
    `${name}-runtime`,
    { provider, pools: runtimePools(plan), teams: plan.teams, install, mirror, gpu },
    child,
  );
}

/** The zones that are named, else the region's first; those for accelerators alone have names of another form. */
function zonesOf(parent: GpuCluster, plan: ClusterPlan, { region }: Place): pulumi.Output<string[]> {
  if (plan.zones) return inRegion("zones", plan.zones, region);
  return getZonesOutput({ region }, { parent }).names.apply((all) =>
    all.filter((zone) => /-[a-z]$/.test(zone)).slice(0, defaults.zoneCount),
  );
}

function nodeAccelerator({ machine, maxNodes, labels }: PoolPlan) {
  if (!machine) return [];
  const nodeLabels = Object.fromEntries(Object.entries(labels).filter(([key]) => key.startsWith("aistack.dev/")));
  return [{ accelerator: machine.accelerator, perNode: machine.count, maxNodes, nodeLabels }];
}

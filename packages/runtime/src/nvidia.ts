import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type Mirror, mirroredImage, SharingStrategy } from "aistack-core";
import * as defaults from "./defaults";
import type { GpuRuntimeSettings } from "./gpu-settings";
import { standardLabels } from "./labels";
import { hostNamespace } from "./namespaces";
import type { RuntimePool } from "./pools";
import { release } from "./release";
import { sharingName } from "./sharing";

/** What the runtime of NVIDIA GPUs is made from. */
export interface NvidiaRuntimeArgs {
  pools: RuntimePool[];
  gpu: GpuRuntimeSettings;
  mirror?: pulumi.Input<Mirror | undefined>;
}

/** The settings of the device plugin for nodes that carry no label of a way of sharing. */
const exclusive = "exclusive";

/** The operator's pods run on every GPU node whatever its taints: without them the node has no GPUs to offer. */
const everyNode = [{ operator: "Exists" }];

/** NVIDIA's GPU operator: drivers where they are missing, GPUs that pods can ask for, partitions, metrics. */
export class NvidiaRuntime extends pulumi.ComponentResource {
  constructor(name: string, args: NvidiaRuntimeArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-runtime:index:NvidiaRuntime", name, {}, opts);
    const child = { parent: this };
    // Drivers, device plugins and partitioning work on the host's devices and directories, which even `baseline`
    // forbids. They have a namespace of their own, so that nothing else gets this level.
    const namespace = hostNamespace(name, "gpu-operator", child);
    const critical = new kubernetes.core.v1.ResourceQuota(
      `${name}-critical-pods`,
      {
        metadata: {
          name: "critical-pods",
          namespace: namespace.metadata.name,
          labels: standardLabels("gpu-operator", "gpu-operator", "quota"),
        },
        spec: {
          hard: { pods: "100000" },
          // GKE lets pods with these priorities into a namespace only where a quota names them.
          scopeSelector: {
            matchExpressions: [
              {
                scopeName: "PriorityClass",
                operator: "In",
                values: ["system-node-critical", "system-cluster-critical"],
              },
            ],
          },
        },
      },
      child,
    );
    release(
      `${name}-operator`,
      {
        chart: "gpu-operator",
        release: "gpu-operator",
        namespace: namespace.metadata.name,
        mirror: args.mirror,
        values: (mirror) => operatorValues(args, mirror),
      },
      { ...child, dependsOn: [critical] },
    );
    this.registerOutputs({});
  }
}

function operatorValues({ pools, gpu }: NvidiaRuntimeArgs, mirror: Mirror | undefined): object {
  const image = imagesFrom(mirror);
  return {
    daemonsets: { tolerations: everyNode },
    // Helm itself never updates definitions; a job of the chart does, before each upgrade.
    operator: { ...image("nvcr.io/nvidia"), upgradeCRD: true },
    validator: image("nvcr.io/nvidia"),
    cdi: { enabled: true },
    // Where it is on, the operator still leaves nodes alone on which it finds a driver.
    driver: {
      ...image("nvcr.io/nvidia"),
      enabled: !gpu.driverInstalled,
      manager: image("nvcr.io/nvidia/cloud-native"),
    },
    toolkit: {
      ...image("nvcr.io/nvidia/k8s"),
      enabled: !gpu.toolkitInstalled,
      ...(gpu.toolkitDirectory && { installDir: gpu.toolkitDirectory }),
      ...environment(gpu.toolkitEnvironment),
    },
    ...(gpu.driverDirectory && { hostPaths: { driverInstallDir: gpu.driverDirectory } }),
    devicePlugin: {
      ...image("nvcr.io/nvidia"),
      enabled: !gpu.devicePluginInstalled,
      resources: defaults.devicePluginResources,
      ...environment(gpu.devicePluginEnvironment),
      config: { create: true, name: "device-plugin", default: exclusive, data: devicePluginSettings(pools) },
    },
    gfd: { ...image("nvcr.io/nvidia"), resources: defaults.devicePluginResources },
    // Every GPU of a node in partitions of one size, so that pods ask for nvidia.com/gpu as everywhere.
    mig: { strategy: "single" },
    // Off unless a pool asks for partitions: it would undo those that someone else made.
    migManager: {
      ...image("nvcr.io/nvidia/cloud-native"),
      enabled: pools.some((pool) => pool.sharing?.strategy === SharingStrategy.Mig),
    },
    // The operator makes the ServiceMonitor once the cluster knows what that is, and does without until then.
    dcgmExporter: {
      ...image("nvcr.io/nvidia/k8s"),
      enabled: true,
      resources: defaults.exporterResources,
      serviceMonitor: { enabled: true },
    },
    nfd: { enabled: true },
    "node-feature-discovery": {
      ...(mirror?.images && {
        image: { repository: mirroredImage("registry.k8s.io/nfd/node-feature-discovery", mirror) },
      }),
      worker: { tolerations: everyNode },
    },
  };
}

/** The `repository` of an image, where a mirror stands in for it. */
function imagesFrom(mirror: Mirror | undefined): (repository: string) => { repository?: string } {
  return (repository) => (mirror?.images ? { repository: mirroredImage(repository, mirror) } : {});
}

function environment(variables: { [name: string]: string } | undefined): object {
  if (!variables) return {};
  return {
    env: Object.entries(variables)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => ({ name, value })),
  };
}

/** One entry for each way of sharing; the label `nvidia.com/device-plugin.config` of a node chooses. */
function devicePluginSettings(pools: RuntimePool[]): { [name: string]: string } {
  const shared = pools.flatMap(({ sharing }) => {
    if (!sharing || sharing.strategy === SharingStrategy.Mig) return [];
    const resources = [{ name: defaults.nvidiaGpu, replicas: sharing.replicas }];
    const settings =
      sharing.strategy === SharingStrategy.Mps
        ? { mps: { resources } }
        : // Two slices are no more computing power than one: who asks for two has misunderstood.
          { timeSlicing: { failRequestsGreaterThanOne: true, resources } };
    return [[sharingName(sharing), JSON.stringify({ version: "v1", sharing: settings })] as const];
  });
  const sorted = shared.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return { [exclusive]: JSON.stringify({ version: "v1" }), ...Object.fromEntries(sorted) };
}

import * as pulumi from "@pulumi/pulumi";
import { bindingField, type ClusterBinding, type Mirror, onCluster, shareKubernetesProvider } from "aistack-core";
import { ClusterRuntime, type RuntimePool, type TeamBinding } from "aistack-runtime";
import type { GpuClusterArgs } from "./args";
import { checkCluster } from "./checks";

const type = "aistack-kubernetes:index:GpuCluster";

/** A Kubernetes cluster that exists, whose nodes carry accelerators: made ready for pods to ask for them and teams to share them. */
export class GpuCluster extends pulumi.ComponentResource {
  /** Plain-data handle for workloads. Whoever takes it waits until accelerators and queues can be used. */
  public readonly binding: pulumi.Output<ClusterBinding>;
  /** The teams, in the order of their names: where their workloads run, and the labels that they carry. */
  public readonly teams: pulumi.Output<TeamBinding[]>;

  constructor(name: string, args: GpuClusterArgs, opts: pulumi.ComponentResourceOptions = {}) {
    const { pools, teams } = checkCluster(type, name, args);
    super(type, name, args, opts);
    const child = onCluster(this, name, args.cluster, opts);
    const mirror = args.mirror ?? bindingField(args.cluster, "mirror");

    const runtime = new ClusterRuntime(
      `${name}-runtime`,
      // Of Neuron devices and TPUs the platform that has them also has the plugin.
      { pools, teams, install: args.install, neuronPlugin: false, mirror },
      { parent: this, provider: child.provider },
    );

    this.teams = runtime.teams;
    this.binding = bindingOf(args, pools, mirror, runtime.ready);
    shareKubernetesProvider(args.cluster, this.binding);
    this.registerOutputs({ binding: this.binding, teams: this.teams });
  }
}

function bindingOf(
  { cluster, pools }: GpuClusterArgs,
  planned: RuntimePool[],
  mirror: pulumi.Input<Mirror | undefined>,
  ready: pulumi.Output<boolean>,
): pulumi.Output<ClusterBinding> {
  // Lifted, so that the kubeconfig is a secret if it was one, and nothing else is.
  const { kubeconfig } = pulumi.output(cluster) as unknown as { kubeconfig: pulumi.Output<string | undefined> };
  const accelerators = planned.flatMap(({ accelerator, perNode, maxNodes, nodeLabels }) =>
    accelerator ? [{ accelerator, perNode, maxNodes, nodeLabels }] : [],
  );
  // Whatever a workload reads of these, it waits for what is installed.
  const whenReady = <T>(value: pulumi.Input<T>): pulumi.Output<T> =>
    pulumi.all([value as pulumi.Input<unknown>, ready]).apply(([known]) => known as T) as pulumi.Output<T>;
  return pulumi.output({
    name: bindingField(cluster, "name"),
    platform: bindingField(cluster, "platform"),
    region: bindingField(cluster, "region"),
    storageClass: whenReady(bindingField(cluster, "storageClass")),
    kubeconfig: whenReady(kubeconfig),
    accelerators: whenReady(pools ? accelerators : bindingField(cluster, "accelerators")),
    mirror,
  }) as pulumi.Output<ClusterBinding>;
}

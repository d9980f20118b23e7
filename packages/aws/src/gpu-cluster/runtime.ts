import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { chartPin, type Mirror, mirroredImage } from "aistack-core";
import * as defaults from "./defaults";
import type { PoolPlan } from "./pools";

/** Name of the storage class for block volumes. */
export const storageClassName = "gp3";

/** What the runtime is made from. */
export interface RuntimeArgs {
  provider: kubernetes.Provider;
  keyArn: pulumi.Input<string>;
  pools: PoolPlan[];
  mirror?: Mirror;
}

/** What workloads find in the cluster: encrypted volumes, and GPUs that pods can ask for. */
export class Runtime extends pulumi.ComponentResource {
  constructor(name: string, args: RuntimeArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-aws:index:Runtime", name, {}, opts);
    const child = { parent: this, provider: args.provider };
    // EKS brings a class `gp2` of its own, neither encrypted with this key nor the default.
    new kubernetes.storage.v1.StorageClass(
      `${name}-${storageClassName}`,
      {
        metadata: {
          name: storageClassName,
          annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
          labels: { "app.kubernetes.io/part-of": "aistack" },
        },
        provisioner: "ebs.csi.aws.com",
        parameters: { type: "gp3", encrypted: "true", kmsKeyId: args.keyArn },
        // A volume belongs to one zone: it is made where the pod goes, not before.
        volumeBindingMode: "WaitForFirstConsumer",
        reclaimPolicy: "Delete",
        allowVolumeExpansion: true,
      },
      child,
    );
    if (args.pools.some((pool) => pool.machine?.resourceName === defaults.nvidiaGpu))
      this.#nvidiaDevicePlugin(name, args.mirror, child);
    this.registerOutputs({});
  }

  #nvidiaDevicePlugin(name: string, mirror: Mirror | undefined, child: pulumi.CustomResourceOptions): void {
    const plugin = "nvidia-device-plugin";
    const namespace = new kubernetes.core.v1.Namespace(
      `${name}-${plugin}-namespace`,
      {
        metadata: {
          name: plugin,
          labels: {
            "app.kubernetes.io/part-of": "aistack",
            // The plugin mounts the kubelet's plugin directory from the host, which `baseline` forbids. It has a
            // namespace of its own, so that nothing else gets this level.
            "pod-security.kubernetes.io/enforce": "privileged",
          },
        },
      },
      child,
    );
    const { chart, version, repository } = chartPin(plugin, mirror);
    new kubernetes.helm.v3.Release(
      `${name}-${plugin}`,
      {
        name: plugin,
        namespace: namespace.metadata.name,
        chart,
        version,
        repositoryOpts: repository === undefined ? undefined : { repo: repository },
        atomic: true,
        values: {
          image: { repository: mirroredImage(defaults.devicePluginImage, mirror) },
          resources: defaults.devicePluginResources,
          tolerations: [
            { key: "CriticalAddonsOnly", operator: "Exists" },
            { key: defaults.nvidiaGpu, operator: "Exists", effect: "NoSchedule" },
          ],
        },
      },
      child,
    );
  }
}

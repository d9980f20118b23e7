import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { chartPin, type InstallArgs, type Mirror, mirroredImage, type TeamArgs } from "aistack-core";
import { ClusterRuntime, type TeamBinding } from "aistack-runtime";
import * as defaults from "./defaults";
import { type PoolPlan, runtimePool } from "./pools";

/** Name of the storage class for block volumes. */
export const storageClassName = "gp3";

/** What the runtime is made from. */
export interface RuntimeArgs {
  provider: kubernetes.Provider;
  keyArn: pulumi.Input<string>;
  pools: PoolPlan[];
  teams?: TeamArgs[];
  install?: InstallArgs;
  mirror?: Mirror;
}

/** What workloads find in the cluster: encrypted volumes, accelerators that pods can ask for, queues and teams. */
export class Runtime extends pulumi.ComponentResource {
  readonly teams: pulumi.Output<TeamBinding[]>;

  constructor(name: string, args: RuntimeArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-aws:index:Runtime", name, {}, opts);
    const { provider, mirror } = args;
    const child = { parent: this, provider };
    storageClass(`${name}-${storageClassName}`, args.keyArn, child);
    const runtime = new ClusterRuntime(
      name,
      {
        provider,
        pools: args.pools.map(runtimePool),
        teams: args.teams,
        install: args.install,
        mirror,
        // Amazon Linux 2023 with NVIDIA's driver brings the container toolkit too, and no device plugin.
        // https://docs.aws.amazon.com/eks/latest/userguide/ml-eks-optimized-ami.html
        gpu: { driverInstalled: true, toolkitInstalled: true },
      },
      { parent: this },
    );
    if (args.pools.some((pool) => pool.efaInterfaces > 0)) efaPlugin(name, mirror, child);
    this.teams = runtime.teams;
    this.registerOutputs({});
  }
}

function storageClass(name: string, keyArn: pulumi.Input<string>, child: pulumi.CustomResourceOptions): void {
  // EKS brings a class `gp2` of its own, neither encrypted with this key nor the default.
  new kubernetes.storage.v1.StorageClass(
    name,
    {
      metadata: {
        name: storageClassName,
        annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
        labels: { "app.kubernetes.io/part-of": "aistack" },
      },
      provisioner: "ebs.csi.aws.com",
      parameters: { type: "gp3", encrypted: "true", kmsKeyId: keyArn },
      // A volume belongs to one zone: it is made where the pod goes, not before.
      volumeBindingMode: "WaitForFirstConsumer",
      reclaimPolicy: "Delete",
      allowVolumeExpansion: true,
    },
    child,
  );
}

/**
 * Lets pods ask for EFA interfaces, as `vpc.amazonaws.com/efa`. The plugin and not the newer resource driver, which
 * does not work with Karpenter: https://docs.aws.amazon.com/eks/latest/userguide/device-management-efa.html
 */
function efaPlugin(name: string, mirror: Mirror | undefined, child: pulumi.CustomResourceOptions): void {
  const plugin = "aws-efa-k8s-device-plugin";
  const namespace = new kubernetes.core.v1.Namespace(
    `${name}-efa-namespace`,
    {
      metadata: {
        name: plugin,
        labels: {
          "app.kubernetes.io/part-of": "aistack",
          // The plugin runs privileged, on the host's network and with directories of the host. It has a namespace of
          // its own, so that nothing else gets this level.
          "pod-security.kubernetes.io/enforce": "privileged",
        },
      },
    },
    child,
  );
  const { chart, version, repository } = chartPin(plugin, mirror);
  new kubernetes.helm.v3.Release(
    `${name}-efa`,
    {
      name: plugin,
      namespace: namespace.metadata.name,
      chart,
      version,
      repositoryOpts: repository === undefined ? undefined : { repo: repository },
      atomic: true,
      values: {
        image: { repository: mirroredImage(defaults.efaPluginImage, mirror) },
        resources: defaults.efaPluginResources,
        nodeSelector: defaults.interconnectLabel,
        tolerations: [{ operator: "Exists" }],
      },
    },
    child,
  );
}

import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as defaults from "./defaults";
import type { PoolPlan } from "./plan";

/** Kinds of disks that volumes are made of: balanced ones, of the older and of the newer technology. */
const kinds = ["pd-balanced", "hyperdisk-balanced"] as const;

/**
 * The class for block volumes that the nodes of all pools attach. Where that is none, the one that most machines of
 * Google Cloud attach: nodes for accelerators of the newest series then need the other class.
 */
export function storageClassOf(pools: PoolPlan[]): (typeof kinds)[number] {
  const newest = pools.filter((pool) => defaults.hyperdiskOnly.test(pool.machineType));
  return pools.length > 0 && newest.length === pools.length ? "hyperdisk-balanced" : "pd-balanced";
}

/** What storage classes are made from. */
export interface StorageArgs {
  provider: kubernetes.Provider;
  keyName: pulumi.Input<string>;
  pools: PoolPlan[];
}

/** Block volumes, encrypted with the cluster's key. */
export class Storage extends pulumi.ComponentResource {
  constructor(name: string, { provider, keyName, pools }: StorageArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-gcp:index:Storage", name, {}, opts);
    const first = storageClassOf(pools);
    for (const kind of kinds)
      new kubernetes.storage.v1.StorageClass(
        `${name}-${kind}`,
        {
          metadata: {
            name: `${kind}-encrypted`,
            // GKE brings a default class of its own, not encrypted with this key; of two, Kubernetes takes the newer.
            annotations: { "storageclass.kubernetes.io/is-default-class": String(kind === first) },
            labels: { "app.kubernetes.io/part-of": "aistack" },
          },
          provisioner: "pd.csi.storage.gke.io",
          parameters: { type: kind, "disk-encryption-kms-key": keyName },
          // A volume belongs to one zone: it is made where the pod goes, not before.
          volumeBindingMode: "WaitForFirstConsumer",
          reclaimPolicy: "Delete",
          allowVolumeExpansion: true,
        },
        { parent: this, provider },
      );
    this.registerOutputs({});
  }
}

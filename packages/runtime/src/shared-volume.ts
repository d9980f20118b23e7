import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { after, bindingField, type CsiVolume } from "aistack-core";
import { standardLabels } from "./labels";
import { closedNamespace } from "./namespaces";

/** What a claim of a volume that exists is made from. */
export interface VolumeClaimArgs {
  /** Namespace of the claim. */
  namespace: pulumi.Input<string>;
  /** How nodes mount the volume. */
  volume: pulumi.Input<CsiVolume>;
  /** Storage class that volume and claim name, so that no other class takes the claim. */
  storageClass: pulumi.Input<string>;
  /** Size that volume and claim show. The drivers of shared file systems do not enforce it. */
  capacityGiB: pulumi.Input<number>;
}

/**
 * A claim of a volume that exists, as the children `name-volume` and `name-claim`. The claim is named as the component. Returns
 * its name, known once it is bound.
 */
export function volumeClaim(
  name: string,
  { namespace, volume, storageClass, capacityGiB }: VolumeClaimArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const labels = standardLabels(name, "shared-file-system", "volume");
  const size = { storage: pulumi.interpolate`${capacityGiB}Gi` };
  const made = new kubernetes.core.v1.PersistentVolume(
    `${name}-volume`,
    {
      metadata: { labels },
      spec: {
        // Many nodes at a time is what the driver is told, the first. The second has the kubelet open the root folder to
        // the group of the pods, once: drivers that leave this to it do so for volumes of one node only.
        // https://kubernetes.io/docs/concepts/storage/volumes/#csi and pkg/volume/csi/csi_mounter.go, supportsFSGroup
        accessModes: ["ReadWriteMany", "ReadWriteOnce"],
        capacity: size,
        // Nobody else's claim.
        claimRef: { apiVersion: "v1", kind: "PersistentVolumeClaim", name, namespace },
        csi: {
          driver: bindingField(volume, "driver"),
          volumeHandle: bindingField(volume, "handle"),
          volumeAttributes: bindingField(volume, "attributes"),
          fsType: bindingField(volume, "fsType"),
        },
        mountOptions: bindingField(volume, "mountOptions").apply((options) => options ?? []),
        persistentVolumeReclaimPolicy: "Retain",
        storageClassName: storageClass,
      },
    },
    opts,
  );
  const claim = new kubernetes.core.v1.PersistentVolumeClaim(
    `${name}-claim`,
    {
      metadata: { name, namespace, labels },
      spec: {
        accessModes: ["ReadWriteMany"],
        resources: { requests: size },
        storageClassName: storageClass,
        volumeName: made.metadata.name,
      },
    },
    opts,
  );
  return after(claim.metadata.name, claim);
}

/** What the volume of a file system is made from. */
export interface SharedVolumeArgs {
  /** How nodes mount it. */
  volume: pulumi.Input<CsiVolume>;
  /** Size that is shown. */
  capacityGiB: pulumi.Input<number>;
  /** Namespace that exists and gets the claim. When omitted, one with the component's name is created. */
  namespace?: pulumi.Input<string>;
}

/** A file system that exists, in a cluster: a storage class for its volumes, a namespace, and a claim there. */
export class SharedVolume extends pulumi.ComponentResource {
  readonly storageClass: pulumi.Output<string>;
  /** Name of the claim, once it is bound. */
  readonly claim: pulumi.Output<string>;
  readonly namespace: pulumi.Output<string>;

  constructor(name: string, args: SharedVolumeArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-runtime:index:SharedVolume", `${name}-volumes`, {}, opts);
    const child = { parent: this };
    const labels = standardLabels(name, "shared-file-system", "volume");
    this.storageClass = new kubernetes.storage.v1.StorageClass(
      `${name}-class`,
      {
        metadata: { name, labels },
        // Volumes of the class are made here, one for each claim, and never by a driver.
        provisioner: "kubernetes.io/no-provisioner",
        volumeBindingMode: "Immediate",
        reclaimPolicy: "Retain",
      },
      child,
    ).metadata.name;
    this.namespace = pulumi.output(args.namespace ?? closedNamespace(name, { namespace: name, labels }, child));
    const { volume, capacityGiB } = args;
    this.claim = volumeClaim(
      name,
      { namespace: this.namespace, volume, capacityGiB, storageClass: this.storageClass },
      child,
    );
    this.registerOutputs({});
  }
}

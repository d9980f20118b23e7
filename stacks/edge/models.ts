import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type ClusterBinding, derivedContent, onCluster } from "aistack-core";

/** What {@link LocalModels} is made from. */
export interface LocalModelsArgs {
  /** Cluster whose machines hold the models. */
  cluster: pulumi.Input<ClusterBinding>;
  /** Directory on the machines that holds them. */
  path: string;
  /** Size of all of them, in GiB. */
  sizeGiB: number;
}

/** Models that lie on the disks of the machines: a namespace, and in it a claim that gives the directory to pods, to read. */
export class LocalModels extends pulumi.ComponentResource {
  /** Namespace of what reads the models. */
  public readonly namespace: pulumi.Output<string>;
  /** Claim in the namespace. */
  public readonly claim: pulumi.Output<string>;

  constructor(name: string, args: LocalModelsArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("edge:index:LocalModels", name, {}, opts);
    const child = onCluster(this, name, args.cluster, opts);
    const labels = { "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "aistack" };
    const size = { storage: `${args.sizeGiB}Gi` };

    const namespace = new kubernetes.core.v1.Namespace(
      `${name}-namespace`,
      {
        metadata: {
          name,
          labels: {
            ...labels,
            "pod-security.kubernetes.io/enforce": "restricted",
            "pod-security.kubernetes.io/enforce-version": "latest",
            "pod-security.kubernetes.io/warn": "restricted",
          },
        },
      },
      child,
    );
    const denied = new kubernetes.networking.v1.NetworkPolicy(
      `${name}-default-deny`,
      {
        metadata: { name: "default-deny", namespace: namespace.metadata.name, labels },
        spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
      },
      child,
    );
    const volume = new kubernetes.core.v1.PersistentVolume(
      `${name}-volume`,
      {
        metadata: { name: `aistack-${name}`, labels },
        spec: {
          capacity: size,
          accessModes: ["ReadOnlyMany"],
          // No class provides it, and no other claim can have it.
          storageClassName: `aistack-${name}`,
          claimRef: { namespace: name, name },
          persistentVolumeReclaimPolicy: "Retain",
          local: { path: args.path },
          // The directory is the same on every machine: wherever a pod starts, its models are there.
          nodeAffinity: {
            required: {
              nodeSelectorTerms: [
                { matchExpressions: [{ key: "kubernetes.io/os", operator: "In", values: ["linux"] }] },
              ],
            },
          },
        },
      },
      child,
    );
    const claim = new kubernetes.core.v1.PersistentVolumeClaim(
      `${name}-claim`,
      {
        metadata: { name, namespace: namespace.metadata.name, labels: { ...labels, ...derivedContent.label } },
        spec: {
          accessModes: ["ReadOnlyMany"],
          storageClassName: `aistack-${name}`,
          volumeName: volume.metadata.name,
          resources: { requests: size },
        },
      },
      child,
    );
    // Whoever starts in the namespace finds its walls up.
    this.namespace = denied.metadata.namespace;
    this.claim = claim.metadata.name;
    this.registerOutputs({ namespace: this.namespace, claim: this.claim });
  }
}

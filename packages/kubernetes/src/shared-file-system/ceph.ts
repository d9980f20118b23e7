import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { after, bindingField, type ClusterBinding, type Mirror, mirroredImage } from "aistack-core";
import { hostNamespace, release } from "aistack-runtime";
import { standardLabels } from "../workload/labels";
import * as defaults from "./defaults";
import type { CephSettings } from "./settings";

/** What a Ceph cluster is made from. */
export interface CephArgs extends CephSettings {
  cluster: pulumi.Input<ClusterBinding>;
  /** Whether the Prometheus operator is there to have it watched. */
  monitored: boolean;
  retain: boolean;
}

/** Rook, and a Ceph cluster with one file system: disks of the nodes as one store, with a class for volumes in it. */
export class Ceph extends pulumi.ComponentResource {
  /** Name of the storage class, once there is a cluster for it. */
  readonly storageClass: pulumi.Output<string>;

  constructor(name: string, args: CephArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-kubernetes:shared-file-system:Ceph", `${name}-ceph`, {}, opts);
    const kept = { parent: this, retainOnDelete: args.retain };
    const mirror = bindingField(args.cluster, "mirror");
    // Ceph writes to disks of the host, and the drivers mount there, which even `baseline` forbids. They have a namespace of
    // their own, so that nothing else gets this level.
    const namespace = hostNamespace(`${name}-rook`, defaults.rookNamespace, kept).metadata.name;
    const operator = release(
      `${name}-operator`,
      {
        chart: "rook-ceph",
        release: "rook-ceph",
        namespace,
        mirror,
        values: (from) => ({ ...operatorImages(from), monitoring: { enabled: args.monitored } }),
      },
      kept,
    );
    const cluster = release(
      `${name}-cluster-of-disks`,
      {
        chart: "rook-ceph-cluster",
        release: "rook-ceph-cluster",
        namespace,
        mirror,
        values: (from) => clusterValues(name, args, from),
      },
      { ...kept, dependsOn: [operator] },
    );
    const made = storageClass(name, args, { ...kept, dependsOn: [cluster] });
    this.storageClass = after(made.metadata.name, made);
    this.registerOutputs({});
  }
}

/** Repositories of the images, where a mirror stands in for them. */
function operatorImages(mirror: Mirror | undefined): object {
  if (!mirror?.images) return {};
  const image = (repository: string) => ({ repository: mirroredImage(repository, mirror) });
  const sidecar = (name: string) => image(`registry.k8s.io/sig-storage/${name}`);
  return {
    image: image("docker.io/rook/ceph"),
    csi: {
      cephcsi: image("quay.io/cephcsi/cephcsi"),
      registrar: sidecar("csi-node-driver-registrar"),
      provisioner: sidecar("csi-provisioner"),
      snapshotter: sidecar("csi-snapshotter"),
      attacher: sidecar("csi-attacher"),
      resizer: sidecar("csi-resizer"),
      csiAddons: image("quay.io/csiaddons/k8s-sidecar"),
    },
  };
}

/** https://rook.io/docs/rook/v1.20/CRDs/Cluster/ceph-cluster-crd/ and .../CRDs/Shared-Filesystem/ceph-filesystem-crd/ */
function clusterValues(
  name: string,
  { disks, storageNodes, replicas, encryptInTransit, monitored }: CephArgs,
  mirror?: Mirror,
): object {
  const replicated = { size: replicas, requireSafeReplicaSize: true };
  return {
    operatorNamespace: defaults.rookNamespace,
    ...(mirror?.images && { cephImage: { repository: mirroredImage("quay.io/ceph/ceph", mirror) } }),
    // Ours are made where the files are.
    monitoring: { enabled: monitored, createPrometheusRules: false },
    cephClusterSpec: {
      mon: { count: 3, allowMultiplePerNode: false },
      mgr: { count: 2, allowMultiplePerNode: false },
      // One more thing to guard, which the command line does as well.
      dashboard: { enabled: false },
      network: { connections: { encryption: { enabled: encryptInTransit }, requireMsgr2: true } },
      ...(storageNodes && { placement: { all: { nodeAffinity: nodesWith(storageNodes) } } }),
      storage: {
        useAllNodes: true,
        useAllDevices: false,
        deviceFilter: disks,
        // A disk that is taken out of its machine tells nothing.
        config: { encryptedDevice: "true" },
      },
    },
    cephBlockPools: [],
    cephObjectStores: [],
    cephFileSystems: [
      {
        name,
        spec: {
          metadataPool: { failureDomain: "host", replicated },
          dataPools: [{ name: defaults.dataPool, failureDomain: "host", replicated }],
          preserveFilesystemOnDelete: true,
          metadataServer: {
            activeCount: 1,
            activeStandby: true,
            resources: { requests: { cpu: "1", memory: "4Gi" }, limits: { memory: "4Gi" } },
            priorityClassName: "system-cluster-critical",
          },
        },
        storageClass: { enabled: false },
      },
    ],
  };
}

function nodesWith(labels: { [label: string]: string }): object {
  const matchExpressions = Object.entries(labels).map(([key, value]) => ({ key, operator: "In", values: [value] }));
  return { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } };
}

/** https://rook.io/docs/rook/v1.20/Storage-Configuration/Shared-Filesystem-CephFS/filesystem-storage/ */
function storageClass(
  name: string,
  { encryptInTransit }: CephArgs,
  opts: pulumi.CustomResourceOptions,
): kubernetes.storage.v1.StorageClass {
  const secrets = ["provisioner", "controller-expand", "controller-publish", "node-stage"].flatMap((use) => [
    [`csi.storage.k8s.io/${use}-secret-name`, `rook-csi-cephfs-${use === "node-stage" ? "node" : "provisioner"}`],
    [`csi.storage.k8s.io/${use}-secret-namespace`, defaults.rookNamespace],
  ]);
  return new kubernetes.storage.v1.StorageClass(
    `${name}-class`,
    {
      metadata: { name, labels: standardLabels(name, "ceph", "storage-class") },
      provisioner: defaults.driver,
      parameters: {
        clusterID: defaults.rookNamespace,
        fsName: name,
        pool: `${name}-${defaults.dataPool}`,
        ...Object.fromEntries(secrets),
      },
      // The kernel's client has to be told, too.
      mountOptions: encryptInTransit ? ["ms_mode=secure"] : [],
      volumeBindingMode: "Immediate",
      allowVolumeExpansion: true,
      reclaimPolicy: "Retain",
    },
    opts,
  );
}

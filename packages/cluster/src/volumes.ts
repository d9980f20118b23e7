import type { Client } from "./client";
import {
  describe,
  type KubernetesObject,
  type NodeObject,
  type PersistentVolumeClaim,
  type StorageClass,
} from "./kubernetes";

/** Name of the storage class that a simulated cluster has where a plan brings no default class. */
export const standardStorageClass = "standard";

/** Set by Kubernetes once a volume is wanted: at once, or after the scheduler has chosen the node of the first consumer. */
const provisionerAnnotation = "volume.kubernetes.io/storage-provisioner";
const selectedNodeAnnotation = "volume.kubernetes.io/selected-node";

/** Provisioners of disks that one node at a time can use. */
const blockProvisioners = new Set(["ebs.csi.aws.com", "pd.csi.storage.gke.io", "disk.csi.azure.com"]);

/** The class of clusters that have one of their own, as most have. */
export function standardClass(name = standardStorageClass, isDefault = true): StorageClass {
  return {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: {
      name,
      annotations: isDefault ? { "storageclass.kubernetes.io/is-default-class": "true" } : undefined,
    },
    provisioner: "volumes.aistack.dev",
    volumeBindingMode: "WaitForFirstConsumer",
    reclaimPolicy: "Delete",
  };
}

/**
 * Makes the volumes that claims ask for, in the place of CSI drivers, which do not run here. As theirs, a volume is made
 * when Kubernetes says that it is wanted, in the zone of the node that the scheduler chose, and refused where the
 * driver's kind of disk cannot do what the claim asks.
 */
export async function provisionVolumes(client: Client): Promise<void> {
  const claims = await client.list<PersistentVolumeClaim>("v1", "PersistentVolumeClaim");
  const wanted = claims.filter(
    ({ metadata, spec, status }) =>
      status?.phase === "Pending" && spec.volumeName === undefined && metadata.annotations?.[provisionerAnnotation],
  );
  if (wanted.length === 0) return;
  const classes = await client.list<StorageClass>("storage.k8s.io/v1", "StorageClass");
  for (const claim of wanted) {
    const storageClass = classes.find(({ metadata }) => metadata.name === claim.spec.storageClassName);
    if (storageClass === undefined || whyRefused(claim, storageClass) !== undefined) continue;
    const selected = claim.metadata.annotations?.[selectedNodeAnnotation];
    const node = selected === undefined ? undefined : await client.get<NodeObject>(nodeNamed(selected));
    await client.apply(volumeFor(claim, storageClass, node));
  }
}

/** Why a driver would not make the volume; undefined where it would. */
export function whyRefused(claim: PersistentVolumeClaim, { provisioner }: StorageClass): string | undefined {
  const shared = claim.spec.accessModes.find((mode) => mode === "ReadWriteMany" || mode === "ReadOnlyMany");
  if (shared === undefined || claim.spec.volumeMode === "Block" || !blockProvisioners.has(provisioner))
    return undefined;
  return `${describe(claim)} asks for ${shared}, which the disks of ${provisioner} cannot do`;
}

function volumeFor(claim: PersistentVolumeClaim, storageClass: StorageClass, node?: NodeObject): KubernetesObject {
  const { name, namespace, uid } = claim.metadata;
  const zone = node?.metadata.labels?.[zoneLabel];
  const inZone = { matchExpressions: [{ key: zoneLabel, operator: "In", values: [zone] }] };
  const volume = {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: {
      name: `pvc-${uid}`,
      annotations: { "pv.kubernetes.io/provisioned-by": storageClass.provisioner },
    },
    spec: {
      accessModes: claim.spec.accessModes,
      capacity: { storage: claim.spec.resources.requests.storage },
      claimRef: { apiVersion: "v1", kind: "PersistentVolumeClaim", name, namespace, uid },
      // Not every provisioner is a driver: `rancher.io/local-path` is no name of one.
      csi: { driver: storageClass.provisioner.replaceAll("/", "."), volumeHandle: `simulated-${uid}` },
      persistentVolumeReclaimPolicy: storageClass.reclaimPolicy,
      storageClassName: claim.spec.storageClassName,
      volumeMode: claim.spec.volumeMode,
      ...(zone !== undefined && { nodeAffinity: { required: { nodeSelectorTerms: [inZone] } } }),
    },
  };
  return volume;
}

const zoneLabel = "topology.kubernetes.io/zone";

function nodeNamed(name: string): KubernetesObject {
  return { apiVersion: "v1", kind: "Node", metadata: { name } };
}

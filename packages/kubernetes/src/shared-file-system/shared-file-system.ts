import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  bindingField,
  type ClusterBinding,
  environmentPrefix,
  onCluster,
  type SharedFileSystemBinding,
  type WorkloadIdentity,
} from "aistack-core";
import { standardLabels } from "../workload/labels";
import { WorkloadNamespace } from "../workload/namespace";
import { fileAlerts } from "./alerts";
import type { SharedFileSystemArgs } from "./args";
import { Ceph } from "./ceph";
import { FileBackup } from "./file-backup";
import { checkedSettings, type FileSystemSettings } from "./settings";

const type = "aistack-kubernetes:index:SharedFileSystem";

/**
 * Files that all nodes of a cluster read and write at the same time, on disks of the nodes: a Ceph file system, or a class that
 * the cluster has. Files and Ceph outlive the component unless told otherwise.
 */
export class SharedFileSystem extends pulumi.ComponentResource {
  /** Plain-data handle for `uses` of a workload in the namespace of the claim. */
  public readonly binding: pulumi.Output<SharedFileSystemBinding>;
  /** Namespace of the claim: whoever mounts it must be in there. Absent for an adopted file system. */
  public readonly namespace?: pulumi.Output<string>;
  /** Service account that copies the files, to be granted access to the bucket. Absent without `backup`. */
  public readonly backupIdentity?: pulumi.Output<WorkloadIdentity>;

  constructor(name: string, args: SharedFileSystemArgs, opts: pulumi.ComponentResourceOptions = {}) {
    const settings = checkedSettings(type, name, args);
    super(type, name, args, opts);
    if (args.existing || !args.cluster) {
      this.binding = pulumi.output(args.existing as pulumi.Input<SharedFileSystemBinding>);
      this.registerOutputs({ binding: this.binding, compliance: args.compliance });
      return;
    }
    const { cluster } = args;
    const child = onCluster(this, name, cluster, opts);
    const component = { parent: this, provider: child.provider };
    const retain = opts.retainOnDelete ?? true;

    const storageClass =
      settings.storageClass ??
      new Ceph(name, { ...settings.ceph, cluster, monitored: settings.alerts, retain }, component).storageClass;
    const namespace = pulumi.output(
      settings.namespace ??
        new WorkloadNamespace(name, { cluster }, { ...component, retainOnDelete: retain }).namespace,
    );
    const claim = claimOf(name, settings, namespace, storageClass, { ...child, retainOnDelete: retain });
    if (settings.backup)
      this.backupIdentity = new FileBackup(
        `${name}-backup`,
        { ...settings.backup, cluster, namespace, claim },
        component,
      ).identity;
    if (settings.alerts) {
      const backup = settings.backup && `${name}-backup`;
      fileAlerts(name, { namespace, claim, backup, ceph: settings.storageClass === undefined }, child);
    }

    this.namespace = namespace;
    this.binding = bindingOf(name, cluster, settings, storageClass, namespace, claim);
    this.registerOutputs({
      binding: this.binding,
      namespace: this.namespace,
      backupIdentity: this.backupIdentity,
      compliance: args.compliance,
    });
  }
}

function claimOf(
  name: string,
  { capacityGiB }: FileSystemSettings,
  namespace: pulumi.Output<string>,
  storageClass: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  return new kubernetes.core.v1.PersistentVolumeClaim(
    `${name}-claim`,
    {
      metadata: {
        name,
        namespace,
        labels: standardLabels(name, "shared-file-system", "volume"),
        // Ceph takes its time to set up disks, and other classes may wait for a first consumer. Pods wait for the claim.
        annotations: { "pulumi.com/skipAwait": "true" },
      },
      spec: {
        accessModes: ["ReadWriteMany"],
        resources: { requests: { storage: `${capacityGiB}Gi` } },
        storageClassName: storageClass,
      },
    },
    opts,
  ).metadata.name;
}

function bindingOf(
  name: string,
  cluster: pulumi.Input<ClusterBinding>,
  { capacityGiB, mountPath }: FileSystemSettings,
  storageClass: pulumi.Input<string>,
  namespace: pulumi.Output<string>,
  claim: pulumi.Output<string>,
): pulumi.Output<SharedFileSystemBinding> {
  return pulumi.output({
    kind: "shared-file-system",
    name,
    platform: bindingField(cluster, "platform"),
    storageClass,
    capacityGiB,
    environment: { [`${environmentPrefix(name)}_PATH`]: mountPath },
    volumes: [{ claim, namespace, mountPath }],
  });
}

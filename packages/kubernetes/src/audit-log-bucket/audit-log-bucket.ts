import * as pulumi from "@pulumi/pulumi";
import { auditPurpose, DataClass, Lock, type ObjectStoreBinding, onCluster, openContradictions } from "aistack-core";
import { accessFolder } from "../s3-store/access-configuration";
import { AccessLog } from "../s3-store/access-log";
import { bucketBinding } from "../s3-store/binding";
import { accessPorts } from "../s3-store/defaults";
import { addsRecords, addsWithin, identities, keepsRecords, reads, setsUp } from "../s3-store/identities";
import { S3Bucket } from "../s3-store/s3-bucket";
import { S3Store } from "../s3-store/s3-store";
import { digestFolder, keepRecords } from "../s3-store/scripts";
import { WorkloadNamespace } from "../workload/namespace";
import { fromPrometheus } from "../workload/prometheus";
import { AuditAlerts } from "./alerts";
import type { AuditLogBucketArgs } from "./args";
import { replicaOf } from "./replica";
import { checkedRecords, type RecordsSettings } from "./settings";

const type = "aistack-kubernetes:index:AuditLogBucket";

/**
 * Write-once, encrypted bucket for audit records, in a store of its own on the cluster. Disks, key and namespace outlive the
 * component: deleting it deletes no record.
 */
export class AuditLogBucket extends pulumi.ComponentResource {
  /** The bucket, to add records only, for `uses` of a workload. A secret as a whole, since it holds a key. */
  public readonly binding: pulumi.Output<ObjectStoreBinding>;
  /** The bucket, to read records only. */
  public readonly readerBinding: pulumi.Output<ObjectStoreBinding>;

  constructor(name: string, args: AuditLogBucketArgs, opts: pulumi.ComponentResourceOptions = {}) {
    const settings = checkedRecords(type, name, args);
    super(type, name, args, opts);
    if (args.existing !== undefined) {
      this.binding = pulumi.output(args.existing);
      this.readerBinding = this.binding;
      this.registerOutputs({ binding: this.binding, readerBinding: this.readerBinding });
      return;
    }
    warn(this, name, settings, args);
    const { cluster } = settings;
    const component = { parent: this, provider: onCluster(this, name, cluster, opts).provider };

    const namespace =
      settings.namespace ?? new WorkloadNamespace(name, { cluster }, { ...component, retainOnDelete: true }).namespace;
    const { keys, file } = identities(
      name,
      name,
      {
        setup: setsUp,
        upkeep: keepsRecords(digestFolder),
        writer: addsRecords(digestFolder, accessFolder),
        reader: reads,
        access: addsWithin(accessFolder),
      },
      { parent: this },
    );
    const accessLog = new AccessLog(
      name,
      { cluster, namespace, bucket: name, key: keys.access, upkeep: keys.upkeep.id },
      component,
    );
    const ingress = settings.alerts && fromPrometheus(settings.alerts, accessPorts.counts);
    const store = new S3Store(name, { ...settings, namespace, identities: file, accessLog, ingress }, component);
    const { environment, ...replica } = replicaOf(args.replica?.store, namespace) ?? {
      environment: { REPLICA_BUCKET: "" },
    };
    const lock = lockOf(settings);
    const { bucket } = new S3Bucket(
      name,
      {
        cluster,
        namespace,
        bucket: name,
        store,
        setup: { key: keys.setup, environment: lock, labels: auditPurpose.records },
        upkeep: {
          key: keys.upkeep,
          labels: auditPurpose.upkeep,
          script: keepRecords,
          environment: pulumi.all([lock, settings.legalHold, environment]).apply(([own, hold, more]) => ({
            ...own,
            LEGAL_HOLD: hold ? "ON" : "OFF",
            ...more,
          })),
          ...replica,
        },
        labels: { "aistack.dev/data-class": DataClass.Restricted, "aistack.dev/retention-days": lock.RETENTION_DAYS },
      },
      component,
    );

    if (settings.alerts) new AuditAlerts(name, { ...settings.alerts, cluster, namespace, store }, component);

    this.binding = bucketBinding(name, namespace, bucket, store, keys.writer);
    this.readerBinding = bucketBinding(name, namespace, bucket, store, keys.reader);
    // Policies under `pulumi up` see outputs only: what regulations they judge by, and what was decided about them.
    const { compliance, resolutions } = args;
    this.registerOutputs({ binding: this.binding, readerBinding: this.readerBinding, compliance, resolutions });
  }
}

/** Records expire when their retention ends: keeping them longer is no less a fault than not keeping them. */
function lockOf({ lock, retentionDays }: RecordsSettings) {
  const days = pulumi.interpolate`${retentionDays}`;
  return { LOCK_MODE: lock.toUpperCase(), RETENTION_DAYS: days, EXPIRE_AFTER_DAYS: days };
}

function warn(component: pulumi.Resource, name: string, { lock }: RecordsSettings, args: AuditLogBucketArgs): void {
  const open = openContradictions(args.compliance ?? [], args.resolutions);
  if (open) pulumi.log.warn(`AuditLogBucket "${name}": ${open}`, component);
  if (lock === Lock.Compliance)
    pulumi.log.warn(
      `AuditLogBucket "${name}": in compliance mode nobody can delete a record or shorten its retention, and neither can ` +
        "the store's administrator; only deleting the disks ends it.",
      component,
    );
}

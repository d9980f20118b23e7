import * as pulumi from "@pulumi/pulumi";
import { DataClass, Lock, type ObjectStoreBinding, openContradictions, retentionTag } from "aistack-core";
import { labelsOf } from "../shared/labels";
import { placeOf } from "../shared/place";
import { AuditAlerts } from "./alerts";
import { type AuditLogBucketArgs, type AuditPlan, checkAudit } from "./args";
import { bucketBinding } from "./binding";
import { AuditDigests } from "./digests";
import { AuditKey, keyIn } from "./key";
import { lockedBucket, type Protection } from "./locked-bucket";
import { AuditQuery } from "./query";
import { AuditReplica } from "./replica";
import { AuditSources } from "./sources";
import { refusePlainHttp } from "./tls";

const type = "aistack-gcp:index:AuditLogBucket";

/** Write-once, encrypted bucket for compliance records, and what records go into it. It outlives its stack unless told otherwise. */
export class AuditLogBucket extends pulumi.ComponentResource {
  /** Plain-data handle that a workload on any platform can be given. */
  public readonly binding: pulumi.Output<ObjectStoreBinding>;
  /** Id of the BigQuery data set with tables and queries. Absent where there is none. */
  public readonly dataset?: pulumi.Output<string>;

  constructor(name: string, args: AuditLogBucketArgs = {}, opts: pulumi.ComponentResourceOptions = {}) {
    const plan = checkAudit(type, name, args);
    super(type, name, args, opts);
    if (args.existing) {
      this.binding = pulumi.output(args.existing);
      this.registerOutputs({ binding: this.binding });
      return;
    }
    warn(this, name, plan, args.resolutions);

    const child = { parent: this };
    const retainOnDelete = opts.retainOnDelete ?? true;
    const place = placeOf(this);
    const location = place.region;
    const labels = recordLabels(plan);
    const { query } = plan;
    const protection: Protection = { ...plan, labels };

    const keyName = plan.kmsKey
      ? keyIn("kmsKey", plan.kmsKey, location)
      : new AuditKey(name, { location, labels, query, retainOnDelete }, child).keyName;
    const bucketPlace = { location, keyName };
    const records = lockedBucket(`${name}-records`, bucketPlace, protection, { ...child, retainOnDelete });
    const digests = new AuditDigests(
      `${name}-digests`,
      { records, place: bucketPlace, protection, retainOnDelete },
      child,
    );
    const replica =
      plan.replica &&
      new AuditReplica(`${name}-replica`, { records, ...plan.replica, place, protection, retainOnDelete }, child);
    const guarded = [records, digests.bucket, ...(replica ? [replica.bucket] : [])].map((bucket) => bucket.name);

    new AuditSources(name, { records, guarded, plan, place }, child);
    if (plan.alerts) {
      const keys = [keyName, ...(replica ? [replica.keyName] : [])];
      new AuditAlerts(name, { alerts: plan.alerts, buckets: guarded, keys, labels }, child);
    }
    if (query)
      this.dataset = new AuditQuery(name, { records, keyName, place, plan, labels, retainOnDelete }, child).datasetId;
    if (plan.tlsOnly) refusePlainHttp(`${name}-tls`, place, child);

    this.binding = bucketBinding(name, records.name, location);
    // Policies under `pulumi up` see outputs only: what regulations they judge by, and what was decided about them.
    const { compliance, resolutions } = args;
    this.registerOutputs({ binding: this.binding, dataset: this.dataset, compliance, resolutions });
  }
}

function warn(
  component: AuditLogBucket,
  name: string,
  { compliance, lock }: AuditPlan,
  resolutions: AuditLogBucketArgs["resolutions"],
): void {
  const open = openContradictions(compliance, resolutions);
  if (open !== undefined) pulumi.log.warn(open, component);
  if (lock !== Lock.Compliance) return;
  const warning = `${name} locks its records in compliance mode: until they expire nobody, not even the project's owner or Google, can delete them or shorten their retention, and destroying the bucket fails.`;
  pulumi.log.warn(warning, component);
}

/** Labels of everything that keeps records; they say for how long. */
function recordLabels({ tags, retentionDays }: AuditPlan): pulumi.Output<{ [key: string]: string }> {
  const own = pulumi
    .all([tags, retentionDays])
    .apply(([given, days]): { [key: string]: string } => ({ [retentionTag]: `${days}`, ...given }));
  return labelsOf(type, DataClass.Restricted, own);
}

import * as pulumi from "@pulumi/pulumi";
import {
  type AccessRule,
  after,
  DataClass,
  Lock,
  type ObjectStoreBinding,
  openContradictions,
  Platform,
  standardTags,
} from "aistack-core";
import { bucketBinding, rotatedKey } from "../shared/bucket";
import { recordTraffic } from "../shared/flow-log";
import { type Place, placeOf } from "../shared/place";
import { Alerts } from "./alerts";
import type { AuditLogBucketArgs } from "./args";
import { checkRecords, elsewhere, nearby, type RecordsPlan, reachable } from "./checks";
import { ClusterLogs } from "./cluster-logs";
import { Deliveries } from "./deliveries";
import { type LockedBucket, lockedBucket } from "./locked-bucket";
import { recordsKeyPolicy, takesLogDelivery, takesTrail } from "./policy";
import { Query } from "./query";
import { Replica } from "./replica";
import { recordActivity, trailAccess } from "./trail";

const type = "aistack-aws:index:AuditLogBucket";

/** Write-once, encrypted bucket for compliance records, and what fills, copies, guards and searches it. It outlives its stack unless told otherwise. */
export class AuditLogBucket extends pulumi.ComponentResource {
  /** Plain-data handle that a workload on any platform can be given. Whoever takes it waits until the bucket is closed. */
  public readonly binding: pulumi.Output<ObjectStoreBinding>;
  /** Handle of the copy. Absent without `replica`. */
  public readonly replica?: pulumi.Output<ObjectStoreBinding>;
  /** Bucket that load balancers write access logs to, with the prefix `deliveries/load-balancers`. Absent without `loadBalancers`. */
  public readonly loadBalancerLogs?: pulumi.Output<string>;
  /** What to grant whoever may hold single records beyond their retention, and end such holds. Absent for an adopted bucket. */
  public readonly holdAccess?: pulumi.Output<AccessRule[]>;

  constructor(name: string, args: AuditLogBucketArgs = {}, opts: pulumi.ComponentResourceOptions = {}) {
    const plan = checkRecords(type, name, args);
    super(type, name, args, opts);
    if (args.existing) {
      this.binding = pulumi.output(args.existing);
      this.registerOutputs({ binding: this.binding });
      return;
    }
    warnOfContradictions(this, args);
    if (plan.lock === Lock.Compliance) warnOfCompliance(this, name);

    // What is kept of a destroyed stack keeps its protection: a bucket without its policy, lock and public access block
    // would be worse than none. What fills and searches it goes with the stack.
    const kept = { parent: this, retainOnDelete: opts.retainOnDelete ?? true };
    const around = {
      name,
      plan,
      args,
      place: placeOf(this),
      tags: standardTags(type, DataClass.Restricted, args.tags),
    };

    const { records, keyArn } = createRecords(around, kept);
    const bucket = after(records.bucket.bucket, records.policy);
    const replica = createReplica(around, records, keyArn, kept);
    const deliveries = createDeliveries(around, records, keyArn, replica, kept);
    const filled = { ...around, parent: this, records, keyArn, bucket, replica, deliveries };
    recordSources(filled);
    createAlerts(filled);
    createQuery(filled);

    this.binding = bucketBinding(name, around.place.region, bucket, records.bucket.arn, keyArn);
    this.replica = replica?.binding;
    this.loadBalancerLogs = args.loadBalancers ? deliveries.bucket : undefined;
    this.holdAccess = holdAccess(records.bucket.arn);
    // Policies under `pulumi up` see outputs only: what regulations they judge by, and what was decided about them.
    const { compliance, resolutions } = args;
    this.registerOutputs({
      binding: this.binding,
      replica: this.replica,
      loadBalancerLogs: this.loadBalancerLogs,
      holdAccess: this.holdAccess,
      compliance,
      resolutions,
    });
  }
}

/** What every step needs. */
interface Around {
  name: string;
  plan: RecordsPlan;
  args: AuditLogBucketArgs;
  place: Place;
  tags: pulumi.Output<{ [key: string]: string }>;
}

/** What every step needs once the buckets are there. */
interface Filled extends Around {
  parent: pulumi.Resource;
  records: LockedBucket;
  keyArn: pulumi.Output<string>;
  /** Name of the bucket, once it takes records. */
  bucket: pulumi.Output<string>;
  replica?: Replica;
  deliveries: Deliveries;
}

function warnOfContradictions(component: AuditLogBucket, { compliance, resolutions }: AuditLogBucketArgs): void {
  const open = openContradictions(compliance ?? [], resolutions);
  if (open) pulumi.log.warn(open, component);
}

function warnOfCompliance(component: AuditLogBucket, name: string): void {
  const warning = `${name} locks its records in compliance mode: until they expire nobody, not even the account's root user or AWS, can delete them or shorten their retention, and destroying the bucket fails.`;
  pulumi.log.warn(warning, component);
}

function createRecords(
  { name, plan, args, place, tags }: Around,
  kept: pulumi.CustomResourceOptions,
): { records: LockedBucket; keyArn: pulumi.Output<string> } {
  const trail = args.trail && trailAccess(name, args.trail, place);
  const key = { description: `Audit records of ${name}`, policy: recordsKeyPolicy(place, trail), tags };
  const keyArn = pulumi.output(plan.kmsKeyArn ?? rotatedKey(`${name}-key`, key, kept).arn);
  const letsIn = (bucketArn: pulumi.Output<string>) => [
    ...takesLogDelivery(place, bucketArn),
    ...(trail ? takesTrail(place, bucketArn, trail) : []),
  ];
  return { records: lockedBucket(name, { plan, keyArn, tags, letsIn }, kept), keyArn };
}

function createReplica(
  { name, plan, place, tags }: Around,
  records: LockedBucket,
  recordsKeyArn: pulumi.Output<string>,
  kept: pulumi.ComponentResourceOptions,
): Replica | undefined {
  if (!plan.replica) return undefined;
  const region = elsewhere(place.region, plan.replica.region);
  const { kmsKeyArn } = plan.replica;
  return new Replica(`${name}-replica`, { plan, region, kmsKeyArn, records, recordsKeyArn, place, tags }, kept);
}

function createDeliveries(
  { name, args, place, tags }: Around,
  records: LockedBucket,
  keyArn: pulumi.Output<string>,
  replica: Replica | undefined,
  kept: pulumi.ComponentResourceOptions,
): Deliveries {
  const own = { bucketArn: records.bucket.arn, keyArn, region: place.region };
  const destinations = replica ? [own, replica.destination] : [own];
  const loadBalancers = args.loadBalancers ?? false;
  return new Deliveries(`${name}-deliveries`, { records, destinations, loadBalancers, place, tags }, kept);
}

/** Each depends on the bucket, and the bucket on none of them: what they are about may itself need the bucket. */
function recordSources(filled: Filled): void {
  const { name, plan, args, place, tags, parent, records, bucket, keyArn } = filled;
  if (args.trail)
    recordActivity(
      name,
      {
        bucket,
        keyArn,
        recordArns: protectedBuckets(filled).map((protectedBucket) => arnOf(place, protectedBucket)),
        bucketArns: plan.buckets.map((own) => arnOf(place, own)),
        organization: args.trail.organization ?? false,
        tags,
      },
      { parent },
    );
  plan.clusters.forEach((cluster, index) => {
    const clusterName = nearby(place.region, cluster, index);
    new ClusterLogs(`${name}-cluster-${index + 1}`, { clusterName, bucket, keyArn, place, tags }, { parent });
  });
  const bucketArn = after(records.bucket.arn, records.policy);
  plan.networks.forEach((networkId, index) => {
    recordTraffic(`${name}-flow-log-${index + 1}`, { networkId, bucketArn, tags }, { parent });
  });
}

function createAlerts(filled: Filled): void {
  const { name, plan, place, tags, parent, records, keyArn, replica } = filled;
  if (!plan.alerts) return;
  new Alerts(
    `${name}-alerts`,
    {
      emails: plan.alerts.emails,
      topicArns: plan.alerts.topicArns.map((arn, index) => reachable(place.region, arn, index)),
      records: { buckets: [records.bucket.bucket, filled.deliveries.bucket], keyArns: [keyArn] },
      replica: replica && {
        buckets: [replica.bucket],
        keyArns: [replica.keyArn],
        region: pulumi.output(replica.destination.region),
      },
      place,
      tags,
    },
    { parent },
  );
}

function createQuery({ name, plan, args, place, tags, parent, bucket, keyArn, deliveries }: Filled): void {
  if (!plan.query) return;
  new Query(
    `${name}-query`,
    {
      bucket,
      results: deliveries.bucket,
      keyArn,
      retentionDays: plan.retentionDays,
      clusters: plan.clusters.map((cluster) => cluster.name),
      trail: args.trail !== undefined,
      organization: args.trail?.organization ?? false,
      loadBalancers: args.loadBalancers ?? false,
      place,
      tags,
    },
    { parent },
  );
}

/** Names of the buckets that hold records, on their way included. */
function protectedBuckets({ records, replica, deliveries }: Filled): pulumi.Output<string>[] {
  return [records.bucket.bucket, deliveries.bucket, ...(replica ? [replica.bucket] : [])];
}

function arnOf(place: Place, bucket: pulumi.Output<string>): pulumi.Output<string> {
  return pulumi.interpolate`arn:${place.partition}:s3:::${bucket}`;
}

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html */
function holdAccess(bucketArn: pulumi.Output<string>): pulumi.Output<AccessRule[]> {
  const actions = ["s3:GetObjectLegalHold", "s3:PutObjectLegalHold"];
  return bucketArn.apply((arn) => [{ platform: Platform.Aws, actions, resources: [`${arn}/*`] }]);
}

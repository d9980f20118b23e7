import type { Key } from "@pulumi/aws/kms";
import { Bucket, BucketLifecycleConfiguration, BucketObjectLockConfiguration, BucketPolicy } from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import { after, DataClass, Lock, type ObjectStoreBinding, standardTags } from "aistack-core";
import {
  blockPublicAccess,
  bucketBinding,
  encryptWith,
  keepVersions,
  ownEverything,
  rotatedKey,
} from "../shared/bucket";
import { type Place, placeOf } from "../shared/place";
import { type AuditLogBucketArgs, checkRecords, type RecordsPlan } from "./args";
import { lifecycleRules } from "./lifecycle";
import { recordsBucketPolicy, recordsKeyPolicy } from "./policy";

const type = "aistack-aws:index:AuditLogBucket";

/** Write-once, encrypted bucket for compliance records. It outlives its stack unless told otherwise. */
export class AuditLogBucket extends pulumi.ComponentResource {
  /** Plain-data handle that a workload on any platform can be given. Whoever takes it waits until the bucket is closed. */
  public readonly binding: pulumi.Output<ObjectStoreBinding>;

  constructor(name: string, args: AuditLogBucketArgs = {}, opts: pulumi.ComponentResourceOptions = {}) {
    const plan = checkRecords(type, name, args);
    super(type, name, args, opts);
    if (args.existing) {
      this.binding = pulumi.output(args.existing);
      this.registerOutputs({ binding: this.binding });
      return;
    }
    if (plan.lock === Lock.Compliance) warnOfCompliance(this, name);

    // What is kept of a destroyed stack keeps its protection: a bucket without its policy, lock and public access block
    // would be worse than none.
    const kept = { parent: this, retainOnDelete: opts.retainOnDelete ?? true };
    const place = placeOf(this);
    const tags = standardTags(type, DataClass.Restricted, args.tags);

    const keyArn = pulumi.output(plan.kmsKeyArn ?? recordsKey(name, place, tags, kept).arn);
    const records = new Bucket(`${name}-records`, { objectLockEnabled: true, tags }, kept);
    const closed = [
      blockPublicAccess(`${name}-private`, records, kept),
      ownEverything(`${name}-owner`, records, kept),
      encryptWith(`${name}-encryption`, records, keyArn, kept),
      ...lockVersions(name, records, plan, kept),
    ];
    const policy = new BucketPolicy(
      `${name}-policy`,
      { bucket: records.bucket, policy: recordsBucketPolicy(place, records.arn, keyArn) },
      // S3 answers with a conflict where a policy and a public access block change at the same time.
      { ...kept, dependsOn: closed },
    );

    this.binding = bucketBinding(name, place, after(records.bucket, policy), records.arn, keyArn);
    // Policies under `pulumi up` see outputs only, and judge by the regulations that are named in them.
    this.registerOutputs({ binding: this.binding, compliance: args.compliance });
  }
}

function warnOfCompliance(component: AuditLogBucket, name: string): void {
  const warning = `${name} locks its records in compliance mode: until they expire nobody, not even the account's root user or AWS, can delete them or shorten their retention, and destroying the bucket fails.`;
  pulumi.log.warn(warning, component);
}

function recordsKey(
  name: string,
  place: Place,
  tags: pulumi.Output<{ [key: string]: string }>,
  opts: pulumi.CustomResourceOptions,
): Key {
  return rotatedKey(
    `${name}-key`,
    { description: `Audit records of ${name}`, policy: recordsKeyPolicy(place), tags },
    opts,
  );
}

function lockVersions(
  name: string,
  records: Bucket,
  plan: RecordsPlan,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const { bucket } = records;
  const versioning = keepVersions(`${name}-versions`, records, opts);
  const versioned = { ...opts, dependsOn: [versioning] };
  const lock = new BucketObjectLockConfiguration(
    `${name}-lock`,
    { bucket, rule: { defaultRetention: { mode: plan.lock.toUpperCase(), days: plan.retentionDays } } },
    versioned,
  );
  const rules = pulumi
    .all([plan.retentionDays, plan.archiveAfterDays])
    .apply(([retention, archive]) => lifecycleRules(retention, archive));
  return [versioning, lock, new BucketLifecycleConfiguration(`${name}-lifecycle`, { bucket, rules }, versioned)];
}

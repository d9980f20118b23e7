import { Bucket, BucketLifecycleConfiguration, BucketObjectLockConfiguration, BucketPolicy } from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import { retentionTag } from "aistack-core";
import { blockPublicAccess, encryptWith, keepVersions, ownEverything } from "../shared/bucket";
import { onlyOwnKey, onlyTls } from "../shared/bucket-policy";
import { policyDocument, type Statement } from "../shared/policy";
import type { RecordsPlan } from "./checks";
import { lifecycleRules } from "./lifecycle";
import { holdsEverything } from "./policy";

/** What a bucket for records is made from. */
export interface LockedBucketArgs {
  plan: RecordsPlan;
  keyArn: pulumi.Input<string>;
  tags: pulumi.Output<{ [key: string]: string }>;
  /** Who is let in beside the account, given the ARN of the bucket. */
  letsIn?: (bucketArn: pulumi.Output<string>) => Statement[];
  /** Where it is, if not where the provider puts things. */
  region?: pulumi.Input<string>;
}

/** A bucket for records, and what has to be there before one is put into it. */
export interface LockedBucket {
  bucket: Bucket;
  policy: pulumi.Resource;
}

/** Write-once, versioned, private, encrypted: the bucket for the records themselves, and the one for their copy. */
export function lockedBucket(name: string, args: LockedBucketArgs, opts: pulumi.CustomResourceOptions): LockedBucket {
  const { plan, keyArn, region } = args;
  const days = pulumi.output(plan.retentionDays);
  const tags = pulumi.all([args.tags, days]).apply(([own, kept]) => ({ ...own, [retentionTag]: String(kept) }));
  const bucket = new Bucket(`${name}-records`, { objectLockEnabled: true, region, tags }, opts);
  const versioning = keepVersions(`${name}-versions`, bucket, opts, region);
  const versioned = { ...opts, dependsOn: [versioning] };
  const closed = [
    blockPublicAccess(`${name}-private`, bucket, opts, region),
    ownEverything(`${name}-owner`, bucket, opts, region),
    encryptWith(`${name}-encryption`, bucket, keyArn, opts, region),
    versioning,
    new BucketObjectLockConfiguration(
      `${name}-lock`,
      { bucket: bucket.bucket, region, rule: { defaultRetention: { mode: plan.lock.toUpperCase(), days } } },
      versioned,
    ),
    new BucketLifecycleConfiguration(
      `${name}-lifecycle`,
      {
        bucket: bucket.bucket,
        region,
        rules: pulumi
          .all([days, plan.archiveAfterDays, plan.legalHold])
          .apply(([retention, archive, hold]) => lifecycleRules(retention, archive, hold)),
      },
      versioned,
    ),
  ];
  const always = [...onlyTls(bucket.arn), ...onlyOwnKey(bucket.arn, keyArn), ...(args.letsIn?.(bucket.arn) ?? [])];
  const policy = new BucketPolicy(
    `${name}-policy`,
    {
      bucket: bucket.bucket,
      region,
      policy: pulumi
        .output(plan.legalHold)
        .apply((hold) => policyDocument(hold ? [...always, ...holdsEverything(bucket.arn)] : always)),
    },
    // S3 answers with a conflict where a policy and a public access block change at the same time; and a hold forbids
    // what has to be changed for it, so it comes last.
    { ...opts, dependsOn: closed },
  );
  return { bucket, policy };
}

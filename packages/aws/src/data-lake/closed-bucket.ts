import { Bucket, BucketLifecycleConfiguration, BucketPolicy } from "@pulumi/aws/s3";
import type { s3 } from "@pulumi/aws/types/input";
import type * as pulumi from "@pulumi/pulumi";
import { blockPublicAccess, encryptWith, keepVersions, ownEverything } from "../shared/bucket";
import { onlyOwnKey, onlyTls } from "../shared/bucket-policy";
import { policyDocument, type Statement } from "../shared/policy";

/** What a bucket of a lake is made from. */
export interface ClosedBucketArgs {
  keyArn: pulumi.Input<string>;
  /** Where it is: a region that was found to be allowed. */
  region: pulumi.Output<string>;
  lifecycle: pulumi.Input<s3.BucketLifecycleConfigurationRule[]>;
  /** Whether nobody may have it copied to another region. */
  stays: boolean;
  tags: pulumi.Input<{ [key: string]: string }>;
}

/** A bucket, and what has to be there before something is put into it. */
export interface ClosedBucket {
  bucket: Bucket;
  policy: pulumi.Resource;
}

/** Private, versioned and encrypted with a key; nobody but the account's own roles gets in. */
export function closedBucket(name: string, args: ClosedBucketArgs, opts: pulumi.CustomResourceOptions): ClosedBucket {
  const { keyArn, region, tags } = args;
  const bucket = new Bucket(`${name}-objects`, { region, tags }, opts);
  const versions = keepVersions(`${name}-versions`, bucket, opts, region);
  const closed = [
    blockPublicAccess(`${name}-private`, bucket, opts, region),
    ownEverything(`${name}-owner`, bucket, opts, region),
    encryptWith(`${name}-encryption`, bucket, keyArn, opts, region),
    versions,
    new BucketLifecycleConfiguration(
      `${name}-lifecycle`,
      { bucket: bucket.bucket, region, rules: args.lifecycle },
      { ...opts, dependsOn: [versions] },
    ),
  ];
  const statements = [
    ...onlyTls(bucket.arn),
    ...onlyOwnKey(bucket.arn, keyArn),
    ...(args.stays ? [noCopies(bucket.arn)] : []),
  ];
  const policy = new BucketPolicy(
    `${name}-policy`,
    { bucket: bucket.bucket, region, policy: policyDocument(statements) },
    // S3 answers with a conflict where a policy and a public access block change at the same time.
    { ...opts, dependsOn: closed },
  );
  return { bucket, policy };
}

/**
 * Replication is the way by which S3 itself would take data out of its region. A condition on aws:RequestedRegion would say
 * nothing here: a bucket answers in its own region only.
 */
function noCopies(bucketArn: pulumi.Input<string>): Statement {
  return {
    Sid: "DenyReplication",
    Effect: "Deny",
    Principal: "*",
    Action: "s3:PutReplicationConfiguration",
    Resource: bucketArn,
  };
}

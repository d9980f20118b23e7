import {
  Bucket,
  BucketLifecycleConfiguration,
  BucketLogging,
  BucketPolicy,
  BucketServerSideEncryptionConfiguration,
  Inventory,
} from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import { after } from "aistack-core";
import { abandonedUploadDays, blockPublicAccess, keepVersions, ownEverything } from "../shared/bucket";
import { onlyTls } from "../shared/bucket-policy";
import type { Place } from "../shared/place";
import { policyDocument } from "../shared/policy";
import * as defaults from "./defaults";
import type { LockedBucket } from "./locked-bucket";
import { takesAccessLogs, takesInventory, takesLoadBalancerLogs } from "./policy";
import { prefixes } from "./prefixes";
import { type Destination, replicate } from "./replication";

/** What the bucket for deliveries is made from. */
export interface DeliveriesArgs {
  records: LockedBucket;
  /** Where everything that is delivered goes: the records, and their copy. */
  destinations: Destination[];
  loadBalancers: boolean;
  place: Place;
  tags: pulumi.Output<{ [key: string]: string }>;
}

/**
 * A bucket for what cannot be delivered to the records themselves: S3 refuses to log accesses to a bucket with Object
 * Lock, and load balancers write where S3's own keys encrypt and nowhere else. What arrives is copied into the records at
 * once, encrypted with their key and locked like everything there, and is removed here soon after.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html
 */
export class Deliveries extends pulumi.ComponentResource {
  /** Name of the bucket, once it takes deliveries. */
  readonly bucket: pulumi.Output<string>;

  constructor(name: string, args: DeliveriesArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-aws:index:AuditDeliveries", name, {}, opts);
    const { records, place, tags } = args;
    const kept = { parent: this, retainOnDelete: opts.retainOnDelete };

    const bucket = new Bucket(`${name}-bucket`, { tags }, kept);
    const versioning = keepVersions(`${name}-versions`, bucket, kept);
    const closed = [
      blockPublicAccess(`${name}-private`, bucket, kept),
      ownEverything(`${name}-owner`, bucket, kept),
      encryptWithOwnKeysOfS3(`${name}-encryption`, bucket, kept),
      versioning,
      removeSoon(`${name}-lifecycle`, bucket, { ...kept, dependsOn: [versioning] }),
    ];
    const recordsArn = records.bucket.arn;
    const policy = new BucketPolicy(
      `${name}-policy`,
      {
        bucket: bucket.bucket,
        policy: policyDocument([
          ...onlyTls(bucket.arn),
          takesAccessLogs(place, bucket.arn, recordsArn),
          takesInventory(place, bucket.arn, recordsArn),
          ...(args.loadBalancers ? takesLoadBalancerLogs(place, bucket.arn) : []),
        ]),
      },
      { ...kept, dependsOn: closed },
    );
    const copied = replicate(
      `${name}-copy`,
      { source: bucket, prefix: prefixes.deliveries, destinations: args.destinations, place, tags },
      { ...kept, dependsOn: [versioning, records.policy] },
    );
    this.bucket = after(bucket.bucket, policy, copied);
    this.#logAccess(`${name}-access`, records, kept);
    this.#listDaily(`${name}-inventory`, records, after(bucket.arn, policy, copied), kept);
    this.registerOutputs({});
  }

  /** Who asked the records' bucket for what, also where no trail records it. */
  #logAccess(name: string, { bucket }: LockedBucket, opts: pulumi.CustomResourceOptions): void {
    new BucketLogging(
      name,
      {
        bucket: bucket.bucket,
        targetBucket: this.bucket,
        targetPrefix: prefixes.access,
        targetObjectKeyFormat: { partitionedPrefix: { partitionDateSource: "EventTime" } },
      },
      opts,
    );
  }

  /** What is in the records every day, with retention and checksums: what went missing shows by comparison. */
  #listDaily(
    name: string,
    { bucket }: LockedBucket,
    bucketArn: pulumi.Output<string>,
    opts: pulumi.CustomResourceOptions,
  ): void {
    new Inventory(
      name,
      {
        bucket: bucket.bucket,
        name: "records",
        includedObjectVersions: "All",
        schedule: { frequency: "Daily" },
        // https://docs.aws.amazon.com/AmazonS3/latest/API/API_InventoryConfiguration.html
        optionalFields: [
          "ChecksumAlgorithm",
          "ETag",
          "EncryptionStatus",
          "LastModifiedDate",
          "ObjectLockLegalHoldStatus",
          "ObjectLockMode",
          "ObjectLockRetainUntilDate",
          "ReplicationStatus",
          "Size",
          "StorageClass",
        ],
        destination: {
          bucket: { bucketArn, format: "Parquet", prefix: prefixes.inventory, encryption: { sseS3: {} } },
        },
      },
      opts,
    );
  }
}

function encryptWithOwnKeysOfS3(name: string, { bucket }: Bucket, opts: pulumi.CustomResourceOptions): pulumi.Resource {
  const rules = [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }];
  return new BucketServerSideEncryptionConfiguration(name, { bucket, rules }, opts);
}

function removeSoon(name: string, { bucket }: Bucket, opts: pulumi.CustomResourceOptions): pulumi.Resource {
  return new BucketLifecycleConfiguration(
    name,
    {
      bucket,
      rules: [
        {
          id: "remove-soon",
          status: "Enabled",
          filter: { prefix: "" },
          expiration: { days: defaults.deliveryDays },
          noncurrentVersionExpiration: { noncurrentDays: 1 },
          abortIncompleteMultipartUpload: { daysAfterInitiation: abandonedUploadDays },
        },
      ],
    },
    opts,
  );
}

import { Bucket } from "@pulumi/gcp/storage";
import * as pulumi from "@pulumi/pulumi";
import { Lock } from "aistack-core";
import * as defaults from "./defaults";
import { lifecycleRules } from "./lifecycle";

/** What protects records, in whichever bucket they are. */
export interface Protection {
  retentionDays: pulumi.Input<number>;
  archiveAfterDays: pulumi.Input<number>;
  lock: Lock;
  legalHold?: pulumi.Input<boolean>;
  labels: pulumi.Input<{ [key: string]: string }>;
}

/** Where a bucket is, and the key that it is encrypted with. */
export interface BucketPlace {
  location: pulumi.Input<string>;
  keyName: pulumi.Input<string>;
}

/** A bucket whose objects can neither be changed nor deleted before their time. */
export function lockedBucket(
  name: string,
  { location, keyName }: BucketPlace,
  protection: Protection,
  opts: pulumi.CustomResourceOptions,
): Bucket {
  const days = pulumi.output(protection.retentionDays);
  return new Bucket(
    name,
    {
      location,
      storageClass: "STANDARD",
      labels: protection.labels,
      retentionPolicy: {
        retentionPeriod: days.apply((count) => `${count * 24 * 3600}`),
        isLocked: protection.lock === Lock.Compliance,
      },
      defaultEventBasedHold: protection.legalHold,
      // As on every platform, what is written over or deleted stays as an older version, which the same retention holds.
      // https://cloud.google.com/storage/docs/bucket-lock
      versioning: { enabled: true },
      softDeletePolicy: { retentionDurationSeconds: defaults.softDeleteSeconds },
      lifecycleRules: pulumi
        .all([days, protection.archiveAfterDays])
        .apply(([retention, archive]) => lifecycleRules(retention, archive)),
      encryption: {
        defaultKmsKeyName: keyName,
        // Nobody can bring a key of another kind.
        googleManagedEncryptionEnforcementConfig: { restrictionMode: "FullyRestricted" },
        customerSuppliedEncryptionEnforcementConfig: { restrictionMode: "FullyRestricted" },
      },
      uniformBucketLevelAccess: true,
      publicAccessPrevention: "enforced",
      forceDestroy: false,
    },
    opts,
  );
}

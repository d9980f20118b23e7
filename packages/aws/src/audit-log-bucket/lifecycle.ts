import type { s3 } from "@pulumi/aws/types/input";
import { abandonedUploadDays } from "../shared/bucket";
import * as defaults from "./defaults";

/**
 * Lifecycle of a record: to a colder class, then, once its retention is over, away. Deletion never overtakes the lock,
 * which S3 checks again for each version.
 */
export function lifecycleRules(retentionDays: number, archiveAfterDays: number): s3.BucketLifecycleConfigurationRule[] {
  const archived = archiveAfterDays < retentionDays;
  return [
    {
      id: "keep-then-expire",
      status: "Enabled",
      filter: { prefix: "" },
      transitions: archived ? [{ days: archiveAfterDays, storageClass: defaults.archiveClass }] : [],
      expiration: { days: retentionDays },
      // A version that was overwritten goes when its own lock ends.
      noncurrentVersionExpiration: { noncurrentDays: 1 },
    },
    {
      id: "clean-up",
      status: "Enabled",
      filter: { prefix: "" },
      expiration: { expiredObjectDeleteMarker: true },
      abortIncompleteMultipartUpload: { daysAfterInitiation: abandonedUploadDays },
    },
  ];
}

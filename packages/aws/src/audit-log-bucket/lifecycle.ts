import type { s3 } from "@pulumi/aws/types/input";
import { abandonedUploadDays } from "../shared/bucket";
import * as defaults from "./defaults";

/**
 * Lifecycle of a record: to a colder class, then, once its retention is over, away. Deletion never overtakes the lock,
 * which S3 checks again for each version. Under a legal hold nothing goes away.
 */
export function lifecycleRules(
  retentionDays: number,
  archiveAfterDays: number,
  legalHold: boolean,
): s3.BucketLifecycleConfigurationRule[] {
  const archived = archiveAfterDays < retentionDays || legalHold;
  const transitions = archived ? [{ days: archiveAfterDays, storageClass: defaults.archiveClass }] : [];
  return [
    {
      id: legalHold ? "keep" : "keep-then-expire",
      status: "Enabled",
      filter: { prefix: "" },
      transitions,
      ...(legalHold
        ? {}
        : {
            expiration: { days: retentionDays },
            // A version that was overwritten goes when its own lock ends.
            noncurrentVersionExpiration: { noncurrentDays: 1 },
          }),
    },
    {
      id: "clean-up",
      status: "Enabled",
      filter: { prefix: "" },
      // A delete marker without versions hides nothing.
      expiration: { expiredObjectDeleteMarker: true },
      abortIncompleteMultipartUpload: { daysAfterInitiation: abandonedUploadDays },
    },
  ];
}

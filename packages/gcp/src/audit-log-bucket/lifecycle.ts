import type { storage } from "@pulumi/gcp/types/input";
import * as defaults from "./defaults";

/**
 * Lifecycle of a record: to a colder class, then, once its retention is over, away. Deletion waits for retention and
 * for holds, which Cloud Storage checks for each object. Of a record that is not the newest of its name any more the
 * same holds: its age counts from when it was written. https://cloud.google.com/storage/docs/lifecycle
 */
export function lifecycleRules(retentionDays: number, archiveAfterDays: number): storage.BucketLifecycleRule[] {
  const storageClass = colderClass(retentionDays - archiveAfterDays);
  return [
    ...(storageClass
      ? [{ action: { type: "SetStorageClass", storageClass }, condition: { age: archiveAfterDays, withState: "ANY" } }]
      : []),
    { action: { type: "Delete" }, condition: { age: retentionDays, withState: "ANY" } },
    { action: { type: "AbortIncompleteMultipartUpload" }, condition: { age: defaults.abandonedUploadDays } },
  ];
}

/** The coldest class that records stay in for as long as it is billed. */
function colderClass(days: number): string | undefined {
  return defaults.colderClasses.find(({ minimumDays }) => days >= minimumDays)?.storageClass;
}

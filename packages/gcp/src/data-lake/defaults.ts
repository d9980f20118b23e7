import { DataClass } from "aistack-core";

/** Days that what was overwritten or deleted can be brought back. Erasure does not wait for it. */
export const oldVersionDays = 30;

/** A hundred years, which is as good as for ever. */
export const mostDays = 36500;

/** Days after which the parts of an upload that never ended are removed. */
export const abandonedUploadDays = 7;

/** Storage class of objects that are seldom read, and then at once; billed for 90 days at least. https://cloud.google.com/storage/docs/storage-classes */
export const archiveClass = "COLDLINE";

/**
 * Hours that BigQuery keeps what was deleted from a table; the shortest that it offers, so that erased rows are soon gone.
 * https://cloud.google.com/bigquery/docs/time-travel
 */
export const timeTravelHours = 48;

/**
 * Days that a file which a table no longer has stays in the bucket as an older version: Iceberg never writes a file twice, and
 * BigQuery drops one only when nobody can look back at it any more.
 */
export const droppedFileDays = 1;

/** Where tables lie in a zone, and where everything else does; only what is there gets colder or expires. */
export const prefixes = { tables: "tables/", objects: "objects/" };

/** Data classes from the least sensitive to the most. */
export const classes: readonly DataClass[] = [
  DataClass.Public,
  DataClass.Internal,
  DataClass.Confidential,
  DataClass.Restricted,
];

/** Roles, which hold for one zone each. https://cloud.google.com/storage/docs/access-control/iam-roles, https://cloud.google.com/bigquery/docs/access-control */
export const roles = {
  readObjects: "roles/storage.objectViewer",
  addObjects: "roles/storage.objectCreator",
  /** Reads and deletes any object. */
  useObjects: "roles/storage.objectUser",
  seeBucket: "roles/storage.legacyBucketReader",
  readTables: "roles/bigquery.dataViewer",
  changeTables: "roles/bigquery.dataEditor",
  /** Runs queries; what they may read is decided by the roles on the data. */
  runQueries: "roles/bigquery.jobUser",
};

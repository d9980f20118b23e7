import { DataClass } from "aistack-core";

/** Days that what was overwritten or deleted can be brought back. Erasure does not wait for it. */
export const oldVersionDays = 30;

/** A hundred years, which is as good as for ever. */
export const mostDays = 36500;

/** Where tables lie in a zone, and where everything else does; only what is there expires. */
export const folders = { tables: "tables", objects: "objects" };

/** Data classes from the least sensitive to the most. */
export const classes: readonly DataClass[] = [
  DataClass.Public,
  DataClass.Internal,
  DataClass.Confidential,
  DataClass.Restricted,
];

/** What the job that sets up the catalogue is given: it sends some statements. */
export const catalogueResources = { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "128Mi" } };

/** Of the database that is made: a row for each table. */
export const databaseSize = { cpu: "250m", memory: "1Gi", diskSizeGiB: 10 };

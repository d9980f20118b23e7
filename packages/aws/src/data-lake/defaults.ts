import { DataClass } from "aistack-core";

/** Days that what was overwritten or deleted can be brought back. Erasure does not wait for it. */
export const oldVersionDays = 30;

/** A hundred years, which is as good as for ever. */
export const mostDays = 36500;

/** Storage class of objects that are seldom read, and then at once. https://aws.amazon.com/s3/storage-classes/glacier/instant-retrieval/ */
export const archiveClass = "GLACIER_IR";

/** Days that the result of a query stays. */
export const resultDays = 14;

/** Bytes that one query may read, a tebibyte; Athena ends it then. It bills by what a query reads. */
export const mostBytesOfQuery = 2 ** 40;

/** Where tables lie in a zone, and where everything else does; only what is there gets colder or expires. */
export const prefixes = { tables: "tables/", objects: "objects/" };

/** Data classes from the least sensitive to the most. */
export const classes: readonly DataClass[] = [
  DataClass.Public,
  DataClass.Internal,
  DataClass.Confidential,
  DataClass.Restricted,
];

/** Days that records stay undeletable where no regulation asks for more. */
export const retentionDays = 365;

/** Longest default retention of S3 Object Lock, in days: 100 years. https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html */
export const maximumRetentionDays = 36500;

/**
 * Days after which records move to Glacier Instant Retrieval, which is billed for 90 days at least: they cost less to
 * keep and can still be read at once. https://aws.amazon.com/s3/storage-classes/glacier/instant-retrieval/
 */
export const archiveAfterDays = 90;

/** Storage class of records that nobody reads but auditors. */
export const archiveClass = "GLACIER_IR";

/**
 * Days that a delivered file and the result of a query stay where they were put. A file is among the locked records
 * minutes after its delivery; the rest is time to find out that it is not.
 */
export const deliveryDays = 14;

/** Bytes that one query may read, 100 GiB; Athena ends it then. It bills by what a query reads. */
export const mostBytesOfQuery = 100 * 2 ** 30;

/**
 * Megabytes and seconds, whichever comes first, after which records of a cluster are written to a file.
 * https://docs.aws.amazon.com/firehose/latest/APIReference/API_BufferingHints.html
 */
export const buffering = { megabytes: 64, seconds: 300 };

/** Number of clusters and of networks at most, so that the names made from their number keep their lengths. */
export const mostSources = 50;

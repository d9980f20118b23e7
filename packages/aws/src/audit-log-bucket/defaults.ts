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

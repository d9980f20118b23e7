/** Days that records stay undeletable where no regulation asks for more. */
export const retentionDays = 365;

/**
 * Longest retention, in days, as on every platform. Cloud Storage itself takes less than 3,155,760,000 seconds, which
 * are 36,525 days. https://cloud.google.com/storage/docs/bucket-lock
 */
export const maximumRetentionDays = 36500;

/** Days after which records move to a colder class. Until then they cost nothing to read. */
export const archiveAfterDays = 90;

/**
 * Colder classes with the days that each is billed for at least, coldest first. All read at once, in milliseconds; the
 * colder, the cheaper to keep and the dearer to read. https://cloud.google.com/storage/docs/storage-classes
 */
export const colderClasses = [
  { storageClass: "ARCHIVE", minimumDays: 365 },
  { storageClass: "COLDLINE", minimumDays: 90 },
  { storageClass: "NEARLINE", minimumDays: 30 },
];

/** Days after which the parts of an upload that never ended are removed. */
export const abandonedUploadDays = 7;

/** Seconds that what is deleted can be brought back, the bucket itself included: the shortest that Cloud Storage offers. */
export const softDeleteSeconds = 7 * 24 * 3600;

/**
 * What Cloud Audit Logs are called. https://cloud.google.com/logging/docs/audit
 */
export const auditLogs = {
  /** Calls that change something; always recorded. */
  activity: "cloudaudit.googleapis.com/activity",
  /** Reads and writes of data; recorded for the services that an audit configuration names. */
  dataAccess: "cloudaudit.googleapis.com/data_access",
  /** What Google's systems change; always recorded. */
  systemEvent: "cloudaudit.googleapis.com/system_event",
  /** Calls that an organisation's policies denied; always recorded. */
  policy: "cloudaudit.googleapis.com/policy",
  /** What Google's staff did; recorded where the organisation has turned it on. */
  accessTransparency: "cloudaudit.googleapis.com/access_transparency",
};

/** Logs of requests to a global external application load balancer. https://cloud.google.com/load-balancing/docs/https/https-logging-monitoring */
export const loadBalancerRequests = `log_id("requests") AND resource.type="http_load_balancer"`;

/** All that Data Access audit logs can record of a service. */
export const dataAccess = ["ADMIN_READ", "DATA_READ", "DATA_WRITE"];

/**
 * What replication needs, and nothing beyond: its documentation's list, in place of predefined roles that could delete
 * records and open the bucket. https://cloud.google.com/storage-transfer/docs/cross-bucket-replication
 */
export const replicationPermissions = {
  /** Of Storage Transfer Service on the bucket that is copied; the update turns notifications on. */
  source: ["storage.buckets.get", "storage.buckets.update", "storage.objects.get"],
  /** Of Storage Transfer Service on the copy: it can add, not delete. */
  sink: ["storage.buckets.get", "storage.objects.create", "storage.objects.get"],
  /** Of Storage Transfer Service in the project: the queue that it learns of new records by. */
  events: ["pubsub.subscriptions.consume", "pubsub.subscriptions.create", "pubsub.topics.create"],
};

/**
 * What lists of digests say of each record; a change shows in checksum, generation or both.
 * https://cloud.google.com/storage/docs/insights/inventory-reports
 */
export const digestFields = [
  "project",
  "bucket",
  "name",
  "generation",
  "size",
  "crc32c",
  "md5Hash",
  "timeCreated",
  "storageClass",
  "retentionExpirationTime",
];

/** Day after which no more lists are made; one has to be named. */
export const lastDigest = { year: 2099, month: 12, day: 31 };

/** Time between two notifications of the same alert. */
export const notificationPeriod = "300s";

/** Time after which an incident without further entries is closed. */
export const incidentDuration = "86400s";

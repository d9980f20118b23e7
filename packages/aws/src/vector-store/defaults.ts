/** Engines that AWS runs; the first is the default, since it costs nothing while nobody asks. */
export const engines = ["s3-vectors", "opensearch-serverless", "pgvector"] as const;

/** Days that Aurora keeps backups at most: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html */
export const mostBackupDays = 35;

/** PostgreSQL of Aurora: the newest fix of this version, which carries pgvector 0.8. */
export const postgresVersion = "17";

/** Instances of Aurora: one writes, fifteen more may read. https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.Replication.html */
export const mostInstances = 16;
export const instances = 2;

/**
 * Aurora capacity units, of which each is 2 GiB of memory:
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.setting-capacity.html
 */
export const capacityUnits = { least: 0.5, most: 256, default: 8, gibibytes: 2 };

/** Days of logs and of what Performance Insights keeps without a fee. */
export const logRetentionDays = 365;
export const insightsDays = 7;

export const postgresPort = 5432;

/** Longest names: https://docs.aws.amazon.com/opensearch-service/latest/ServerlessAPIReference/API_CreateCollection.html */
export const collectionNameLength = 32;

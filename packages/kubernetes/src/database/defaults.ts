/** Ports of PostgreSQL under CloudNativePG: https://cloudnative-pg.io/documentation/1.30/networking/ */
export const ports = { postgres: 5432, instanceManager: 8000, metrics: 9187 };

/** Instances: with one that takes writes and two that follow, the loss of one is survived, and a write is on two. */
export const replicas = 3;
/** More followers would only copy what the first ones have. */
export const mostReplicas = 9;

export const cpu = "1";
export const memory = "4Gi";
export const diskSizeGiB = 50;
export const largestDisk = 16384;

/** Connections at the same time; CloudNativePG and its followers take a few of them. */
export const connections = 200;

/** CloudNativePG's own limit: internal/webhook/v1/cluster_webhook.go of github.com/cloudnative-pg/cloudnative-pg. */
export const longestName = 50;

/** Roles and databases that PostgreSQL and CloudNativePG have for themselves. */
export const reservedNames = ["postgres", "template0", "template1", "streaming_replica", "cnpg_pooler_pgbouncer"];

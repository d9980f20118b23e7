/** Ports that Marquez listens on. */
export const ports = { api: 5000, admin: 5001 };

/** Replicas that answer: one more than a node that is drained takes with it. */
export const replicas = 2;

/** Replicas at most; each holds connections to the database. */
export const mostReplicas = 10;

/** Days that events are kept. Lineage names data and jobs, and changes often; what matters for longer is in audit records. */
export const retentionDays = 365;

/** Minutes between two runs that delete what is older, and rows of each batch. */
export const cleanUp = { minutes: 60, rows: 1000 };

/** What a replica is given. The heap takes its part of the memory by itself. */
export const cpu = "250m";
export const memory = "1Gi";

/**
 * Connections of a replica to the database. Dropwizard would open up to 100, and all replicas together more than the database
 * takes: https://www.dropwizard.io/en/stable/manual/configuration.html#database
 */
export const connections = { least: 2, most: 15 };

/** Of the database that is made: events of a year are text, and a few kilobytes each. */
export const databaseSize = { cpu: "500m", memory: "2Gi", diskSizeGiB: 50 };

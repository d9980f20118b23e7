/** Facts of SeaweedFS 4.53: flags in weed/command/server.go, variables in weed/command/scaffold/security.toml. */

/** Ports of `weed server`. A gRPC port is 10000 above the other one of its part. */
export const ports = { s3: 8333, master: 9333, filer: 8888, volume: 8080 };
export const grpcAbove = 10000;

/**
 * Ports of the collector in the pod of a server: what it takes of the server's log, the counts, and its own metrics, whose
 * usual port is the filer's.
 */
export const accessPorts = { log: 24224, counts: 9464, metrics: 8889 };

/** On the disk of a server: half a million requests and more that are not in the bucket yet. */
export const accessQueueBytes = 256 << 20;
/** The upkeep reads each object once, so that there must not be one for every minute. */
export const accessFlush = "15m";
/** How long a count is there after the last time: longer than an alert that was fired is looked at again. */
export const countsKept = "1h";
export const collectorCpu = "50m";
export const collectorMemory = "256Mi";

/** Region that requests are signed for; the store takes any. */
export const region = "us-east-1";

export const replicas = 3;
/** Masters vote, so that an even number survives no more losses than the odd one below it. */
export const possibleReplicas = [1, 3, 5];

export const diskSizeGiB = 100;
/** A volume is one file of a gibibyte, and each of the store's own collections and each bucket fill one or more. */
export const smallestDiskGiB = 10;
export const volumeSizeMiB = 1024;

export const cpu = "250m";
/** The indices of 100 volumes, the database of names, and the parts of uploads on their way. */
export const memory = "1Gi";

/** An hour at which nobody else does something. */
export const upkeepSchedule = "20 2 * * *";

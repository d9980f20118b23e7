/** Where the API server of k3s writes, as GpuCluster of this package sets it up. */
export { paths } from "../gpu-cluster/defaults";

/** Label of the nodes that run the API server: https://docs.k3s.io/cli/server */
export const serverLabels = { "node-role.kubernetes.io/control-plane": "true" };

/** A server's log is read whatever keeps other pods away from it. */
export const tolerations = [{ operator: "Exists" }];

/** Where the container finds the log. */
export const logMount = "/var/log/kubernetes-audit";

/** Folder of the bucket. */
export const prefix = "kubernetes";

/** A week: a long weekend, and the time to send somebody. */
export const bufferDays = 7;

/** What a busy cluster of a few machines does, with the reads of the control plane itself left out by the audit policy. */
export const eventsPerSecond = 10;

/** Size of an event of the level Metadata in the buffer: a line of a kibibyte and a half. */
export const bytesPerEvent = 1536;

/**
 * Share of the buffer that events may fill. Measured with v0.158.0 and lines of 1.5 KiB: events that wait take 1.2 times their
 * size on the disk when six arrive together, 1.4 times when one or two do.
 */
export const usableShare = 0.6;

/**
 * The end of what was read is noted when the queue has it on the disk, not a moment before: pkg/stanza v0.158.0, README.
 */
export const flags = ["--feature-gates=stanza.synchronousLogEmitter"];

/** Longest line that is taken whole; events without contents are far shorter. */
export const maximumLine = "4MiB";

export const cpu = "100m";
export const memory = "256Mi";

import { AuditEventClass } from "aistack-core";

export const classes = Object.values(AuditEventClass);

/** Folders of the bucket: events that keep to the schema, and those that do not. */
export const prefixes = { events: "events", rejected: "rejected" };

/**
 * What may wait, as shares of the disk. Measured with v0.158.0, one event a request: events of 580 bytes take 2.2 times their
 * size on the disk, of 1.8 KiB 1.2 times, of 3 KiB 1.4 times. Rejected events are few, or something is wrong.
 */
export const queueShares = { events: 0.36, rejected: 0.04 };

/** Two, so that an event finds one while the other restarts. */
export const replicas = 2;

/** Of each replica: with one KiB an event and ten a second, two of them hold eight days. */
export const bufferSizeGiB = 10;

export const cpu = "250m";
/** The largest requests, twenty mebibytes, are in memory several times while they are worked on. */
export const memory = "512Mi";

/** Length of the key of the pseudonyms; redactionprocessor asks for 32 bytes or more. */
export const pseudonymKeyLength = 48;

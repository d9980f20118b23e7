import { AuditEventClass } from "aistack-core";

export const classes = Object.values(AuditEventClass);

/** Folders of the bucket: events that keep to the schema, and those that do not. */
export const prefixes = { events: "events", rejected: "rejected" };

/** How the disk buffer is divided. Rejected events are few, or something is wrong. */
export const queueShares = { events: 0.9, rejected: 0.1 };

/** Two, so that an event finds one while the other restarts. */
export const replicas = 2;

/** Of each replica. Two of them hold more than a week of twenty events a second, of one KiB each, on nine tenths of four fifths. */
export const bufferSizeGiB = 10;

export const cpu = "250m";
/** The largest requests, twenty mebibytes, are in memory several times while they are worked on. */
export const memory = "512Mi";

/** Length of the key of the pseudonyms; redactionprocessor asks for 32 bytes or more. */
export const pseudonymKeyLength = 48;

import { Distance } from "aistack-core";

/** Ports of Qdrant: https://qdrant.tech/documentation/guides/configuration/ */
export const ports = { http: 6333, grpc: 6334, peers: 6335 };

/** Ports of PostgreSQL under CloudNativePG: https://cloudnative-pg.io/documentation/1.30/networking/ */
export const postgresPorts = { postgres: 5432, instanceManager: 8000, metrics: 9187 };

/** Days that a backup can be kept; ten years are beyond every schedule that is restored from. */
export const mostBackupDays = 3650;

/** Names of the measures of distance in Qdrant's API. */
export const distanceNames: Record<Distance, string> = {
  [Distance.Cosine]: "Cosine",
  [Distance.Euclidean]: "Euclid",
  [Distance.Dot]: "Dot",
};

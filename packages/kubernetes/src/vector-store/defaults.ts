import { Distance } from "aistack-core";

/** Ports of Qdrant: https://qdrant.tech/documentation/guides/configuration/ */
export const ports = { http: 6333, grpc: 6334, peers: 6335 };

/** Names of the measures of distance in Qdrant's API. */
export const distanceNames: Record<Distance, string> = {
  [Distance.Cosine]: "Cosine",
  [Distance.Euclidean]: "Euclid",
  [Distance.Dot]: "Dot",
};

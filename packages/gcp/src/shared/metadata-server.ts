import type { EgressRule } from "aistack-core";

/**
 * Where a pod on GKE gets the credentials of its workload identity: a server on its own node. Dataplane V2 judges a
 * connection by the address that the pod dials; clusters without it by the one that the node turns it into.
 * https://cloud.google.com/kubernetes-engine/docs/how-to/network-policy#network-policy-and-workload-identity
 */
export const metadataServer: EgressRule[] = [
  { port: 80, cidr: "169.254.169.254/32" },
  { port: 988, cidr: "169.254.169.252/32" },
];

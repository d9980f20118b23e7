import type { EgressRule } from "aistack-core";

/**
 * Where a pod on EKS gets the credentials of its role: an address on its own node.
 * https://docs.aws.amazon.com/eks/latest/userguide/pod-id-agent-setup.html
 */
export const podIdentityAgent: EgressRule = { port: 80, cidr: "169.254.170.23/32" };

import type { types } from "@pulumi/kubernetes";
import { linkLocal } from "aistack-runtime";

export { dnsEgress, egressTo } from "aistack-runtime";

type Egress = types.input.networking.v1.NetworkPolicyEgressRule;
type Ingress = types.input.networking.v1.NetworkPolicyIngressRule;

/** Addresses outside any private network: where public downloads come from. */
export const internetEgress: Egress = {
  to: [
    {
      ipBlock: {
        cidr: "0.0.0.0/0",
        // RFC 1918 and the shared address space of RFC 6598.
        except: ["10.0.0.0/8", "100.64.0.0/10", linkLocal, "172.16.0.0/12", "192.168.0.0/16"],
      },
    },
  ],
  ports: [{ protocol: "TCP", port: 443 }],
};

/**
 * Lets in pods that carry a label.
 * @param namespaces Namespaces that the pods may be in; when undefined, any.
 */
export function ingressFrom(podLabels: { [label: string]: string }, ports: number[], namespaces?: string[]): Ingress {
  const namespaceSelector = namespaces
    ? { matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "In", values: namespaces }] }
    : {};
  return {
    from: [{ namespaceSelector, podSelector: { matchLabels: podLabels } }],
    ports: ports.map((port) => ({ protocol: "TCP", port })),
  };
}

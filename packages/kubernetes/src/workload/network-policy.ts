import type { types } from "@pulumi/kubernetes";
import type { EgressRule } from "aistack-core";

export { dnsEgress } from "aistack-runtime";

type Egress = types.input.networking.v1.NetworkPolicyEgressRule;
type Ingress = types.input.networking.v1.NetworkPolicyIngressRule;

/** Link-local addresses, where clouds keep the metadata of their machines. */
const linkLocal = "169.254.0.0/16";

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

/** The egress rule of a network policy for a destination that a binding names. */
export function egressTo(rule: EgressRule): Egress {
  const ports = [{ protocol: "TCP", port: rule.port }];
  if (rule.cidr) return { to: [{ ipBlock: { cidr: rule.cidr } }], ports };
  if (!rule.namespace) return { to: [{ ipBlock: { cidr: "0.0.0.0/0", except: [linkLocal] } }], ports };
  const namespaceSelector = { matchLabels: { "kubernetes.io/metadata.name": rule.namespace } };
  return { to: [{ namespaceSelector, podSelector: { matchLabels: rule.podLabels ?? {} } }], ports };
}

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

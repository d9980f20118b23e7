import type { types } from "@pulumi/kubernetes";
import type { EgressRule } from "aistack-core";
import { apiServerPorts } from "./defaults";

type Egress = types.input.networking.v1.NetworkPolicyEgressRule;
type Ingress = types.input.networking.v1.NetworkPolicyIngressRule;

/** Link-local addresses, where clouds keep the metadata of their machines. */
export const linkLocal = "169.254.0.0/16";

/** Name resolution, which every workload needs. */
export const dnsEgress: Egress = {
  to: [
    {
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
      podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
    },
  ],
  ports: [
    { protocol: "UDP", port: 53 },
    { protocol: "TCP", port: 53 },
  ],
};

/** The API server: its port, since no portable policy can name its address. */
export const apiServerEgress: Egress = { ports: tcp(apiServerPorts) };

/** The egress rule of a network policy for a destination that a binding names. */
export function egressTo(rule: EgressRule): Egress {
  const ports = [{ protocol: "TCP", port: rule.port }];
  if (rule.cidr) return { to: [{ ipBlock: { cidr: rule.cidr } }], ports };
  if (!rule.namespace) return { to: [{ ipBlock: { cidr: "0.0.0.0/0", except: [linkLocal] } }], ports };
  const namespaceSelector = { matchLabels: { "kubernetes.io/metadata.name": rule.namespace } };
  const podSelector = rule.podLabels === undefined ? {} : { matchLabels: rule.podLabels };
  return { to: [{ namespaceSelector, podSelector }], ports };
}

/** Callers of webhooks and metrics: the API server, which is not a pod, and whoever collects metrics. */
export function ingressOn(ports: number[]): Ingress {
  return { ports: tcp(ports) };
}

function tcp(ports: number[]): { protocol: string; port: number }[] {
  return ports.map((port) => ({ protocol: "TCP", port }));
}

import type { types } from "@pulumi/kubernetes";
import { apiServerPorts } from "./defaults";

type Egress = types.input.networking.v1.NetworkPolicyEgressRule;
type Ingress = types.input.networking.v1.NetworkPolicyIngressRule;

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

/** Callers of webhooks and metrics: the API server, which is not a pod, and whoever collects metrics. */
export function ingressOn(ports: number[]): Ingress {
  return { ports: tcp(ports) };
}

function tcp(ports: number[]): { protocol: string; port: number }[] {
  return ports.map((port) => ({ protocol: "TCP", port }));
}

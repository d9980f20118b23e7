import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { apiServerEgress } from "aistack-runtime";
import { clientLabel } from "../../workload/labels";
import { dnsEgress, egressTo, ingressFrom } from "../../workload/network-policy";
import { fromPrometheus, type PrometheusSettings } from "../../workload/prometheus";
import type { Uses } from "../../workload/uses";
import { airflow, apiPort, metricsPort } from "./defaults";
import type { AirflowSettings } from "./settings";

interface NetworkArgs {
  metadata: { namespace: pulumi.Input<string>; labels: { [label: string]: string } };
  settings: AirflowSettings;
  /** What all of Airflow's pods use. */
  uses: Uses;
  /** Namespaces whose pods may speak to the API servers; undefined for any. */
  clientNamespaces?: pulumi.Input<pulumi.Input<string>[]>;
  prometheus?: PrometheusSettings;
}

/** Labels of the pods of one part of Airflow, as the chart gives them. */
export function podsOf(component: string): { [label: string]: string } {
  return { tier: airflow, component, release: airflow };
}

/** Opens what Airflow needs in its closed namespace. */
export function openForAirflow(
  name: string,
  { metadata, settings, uses, clientNamespaces, prometheus }: NetworkArgs,
  child: pulumi.CustomResourceOptions,
): kubernetes.networking.v1.NetworkPolicy[] {
  const policy = (purpose: string, spec: kubernetes.types.input.networking.v1.NetworkPolicySpec) =>
    new kubernetes.networking.v1.NetworkPolicy(
      `${name}-airflow-${purpose}-network`,
      { metadata: { ...metadata, name: `${airflow}-${purpose}` }, spec },
      child,
    );
  const inside = { podSelector: {} };
  const repository = settings.dags && pulumi.output(settings.dags.repository).apply((url) => [egressTo(portOf(url))]);
  return [
    policy("inside", {
      podSelector: {},
      policyTypes: ["Ingress", "Egress"],
      ingress: [{ from: [inside] }],
      egress: pulumi
        .all([uses.egress, repository ?? []])
        .apply(([used, git]) => [dnsEgress, apiServerEgress, { to: [inside] }, ...used, ...git]),
    }),
    policy("api", {
      podSelector: { matchLabels: podsOf("api-server") },
      policyTypes: ["Ingress"],
      ingress: pulumi
        .output(clientNamespaces)
        .apply((namespaces) => [ingressFrom(clientLabel(`${name}-${airflow}`), [apiPort], namespaces)]),
    }),
    ...(prometheus
      ? [
          policy("metrics", {
            podSelector: { matchLabels: podsOf("statsd") },
            policyTypes: ["Ingress"],
            ingress: [fromPrometheus(prometheus, metricsPort)],
          }),
        ]
      : []),
  ];
}

/** Port of a Git server, wherever it is. */
function portOf(repository: string): { port: number } {
  const { protocol, port } = new URL(repository);
  return { port: Number(port) || (protocol === "ssh:" ? 22 : 443) };
}

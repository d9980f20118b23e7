import * as pulumi from "@pulumi/pulumi";
import { type Alert, alertRules } from "../workload/prometheus";

interface PlaceArgs {
  namespace: pulumi.Input<string>;
  labels?: pulumi.Input<{ [label: string]: pulumi.Input<string> }>;
}

/**
 * Alerts from what kube-state-metrics counts: github.com/kubernetes/kube-state-metrics, docs/metrics/workload. MLflow's own
 * metrics are for administrators alone, and Prometheus should be none.
 */
export function trackingAlerts(
  name: string,
  { namespace, labels }: PlaceArgs,
  opts: pulumi.CustomResourceOptions,
): void {
  const place = { namespace, settings: { prometheusLabels: labels } };
  const alerts = pulumi.output(namespace).apply((own) => alertsOf(name, own));
  alertRules(name, { prefix: "TrackingServer", subject: "Tracking server" }, place, alerts, opts);
}

function alertsOf(name: string, namespace: string): Alert[] {
  const deployment = `{namespace="${namespace}", deployment="${name}"}`;
  const available = `kube_deployment_status_replicas_available${deployment}`;
  return [
    {
      name: "Down",
      when: `${available} == 0 or absent(${available})`,
      lasts: "5m",
      severity: "critical",
      summary: "No server answers",
      description: "Pipelines cannot record runs, and models cannot be registered or fetched.",
    },
    {
      name: "ReplicaMissing",
      when: `${available} < kube_deployment_spec_replicas${deployment}`,
      lasts: "15m",
      severity: "warning",
      summary: "A server is missing",
      description: "Only {{ $value }} servers answer.",
    },
    {
      name: "Restarts",
      when: `sum(increase(kube_pod_container_status_restarts_total{namespace="${namespace}", pod=~"${name}-[0-9a-z]+-[0-9a-z]+", container="mlflow"}[1h])) > 3`,
      lasts: "5m",
      severity: "warning",
      summary: "Servers end and start again",
      description: "{{ $value | humanize }} times within an hour; their logs say why.",
    },
    {
      name: "CleanUpFails",
      when: `time() - max(kube_cronjob_status_last_successful_time{namespace="${namespace}", cronjob="${name}-clean-up"}) > 3 * 86400`,
      lasts: "1h",
      severity: "warning",
      summary: "What users delete is not deleted for good",
      description: "The last time was {{ $value | humanizeDuration }} ago.",
    },
  ];
}

import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type Checks, dnsLabel } from "aistack-core";
import { ingressFrom } from "./network-policy";

/** Alerts as objects of the Prometheus operator. Who is told, and how, is Alertmanager's matter. */
export interface PrometheusAlertsArgs {
  /** Namespace of Prometheus, whose pods alone may read the counts. Defaults to "monitoring". */
  namespace?: pulumi.Input<string>;
  /** Labels by which Prometheus picks its monitors and rules, such as `release`. Defaults to none. */
  labels?: pulumi.Input<{ [label: string]: pulumi.Input<string> }>;
}

/** Who reads the counts, and what it picks its objects by. */
export interface PrometheusSettings {
  prometheusNamespace: pulumi.Input<string>;
  prometheusLabels: PrometheusAlertsArgs["labels"];
}

/** Where the charts' documentation installs kube-prometheus-stack. */
const prometheusNamespace = "monitoring";

/** Judges the arguments, and fills in the defaults. */
export function checkedAlerts(check: Checks, alerts: PrometheusAlertsArgs | undefined): PrometheusSettings | undefined {
  if (alerts === undefined) return undefined;
  return {
    prometheusNamespace: check.value("alerts.namespace", alerts.namespace ?? prometheusNamespace, dnsLabel),
    prometheusLabels: alerts.labels,
  };
}

/** Pods of Prometheus, by the label that its operator gives them: pkg/prometheus/server/statefulset.go, v0.93.1. */
export function fromPrometheus(settings: PrometheusSettings, port: number) {
  const pods = { "app.kubernetes.io/name": "prometheus" };
  return pulumi.output(settings.prometheusNamespace).apply((namespace) => ingressFrom(pods, [port], [namespace]));
}

/** An alert, of which the component's kind completes name and summary. */
export interface Alert {
  name: string;
  /** When it is told, after `lasts`. */
  when: string;
  lasts: string;
  severity: "critical" | "warning";
  summary: string;
  description: string;
}

/** What a kind of component is called: "VectorStore" in the names of alerts, "Vector store" in what they say. */
export interface AlertSubject {
  prefix: string;
  subject: string;
}

/** Of a disk of which 15 % are left; `claims` is a pattern of the names of its claims. */
export function diskFills(namespace: string, claims: string): Alert {
  const volumes = `namespace="${namespace}", persistentvolumeclaim=~"${claims}"`;
  return {
    name: "DiskFills",
    when: `kubelet_volume_stats_available_bytes{${volumes}} / kubelet_volume_stats_capacity_bytes{${volumes}} < 0.15`,
    lasts: "15m",
    severity: "warning",
    summary: "A disk is nearly full",
    description: "{{ $value | humanizePercentage }} of {{ $labels.persistentvolumeclaim }} are left.",
  };
}

/** Where the objects of the Prometheus operator are, and what picks them. */
export interface MonitoringPlace {
  namespace: pulumi.Input<string>;
  settings: Pick<PrometheusSettings, "prometheusLabels">;
}

/** Pods whose metrics Prometheus reads. */
export function podMonitor(name: string, place: MonitoringPlace, spec: object, opts: pulumi.CustomResourceOptions) {
  monitoringObject(`${name}-metrics`, name, "PodMonitor", place, spec, opts);
}

/** The alerts of one component, in one group. */
export function alertRules(
  name: string,
  { prefix, subject }: AlertSubject,
  place: MonitoringPlace,
  alerts: pulumi.Input<Alert[]>,
  opts: pulumi.CustomResourceOptions,
): void {
  const rule = (alert: Alert) => ({
    alert: `${prefix}${alert.name}`,
    expr: alert.when,
    for: alert.lasts,
    labels: { severity: alert.severity },
    annotations: { summary: `${subject}: ${alert.summary}`, description: alert.description },
  });
  const groups = [
    { name: `${name}-store`, rules: pulumi.output(alerts as pulumi.Input<Alert[]>).apply((all) => all.map(rule)) },
  ];
  monitoringObject(`${name}-alerts`, name, "PrometheusRule", place, { groups }, opts);
}

function monitoringObject(
  resource: string,
  name: string,
  kind: string,
  { namespace, settings }: MonitoringPlace,
  spec: object,
  opts: pulumi.CustomResourceOptions,
): void {
  new kubernetes.apiextensions.CustomResource(
    resource,
    {
      apiVersion: "monitoring.coreos.com/v1",
      kind,
      metadata: { name, namespace, labels: settings.prometheusLabels },
      spec,
    },
    opts,
  );
}

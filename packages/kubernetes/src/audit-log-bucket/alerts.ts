import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type ClusterBinding, onCluster } from "aistack-core";
import { counts } from "../s3-store/access-configuration";
import type { S3Store } from "../s3-store/s3-store";
import { selectorLabels, standardLabels } from "../workload/labels";
import type { PrometheusSettings } from "../workload/prometheus";

interface AlertsArgs extends PrometheusSettings {
  cluster: pulumi.Input<ClusterBinding>;
  namespace: pulumi.Input<string>;
  store: S3Store;
}

/** Prometheus reads what the collectors count, and alerts on it and on what kube-state-metrics says of the objects. */
export class AuditAlerts extends pulumi.ComponentResource {
  constructor(name: string, args: AlertsArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-kubernetes:audit-log-bucket:AuditAlerts", name, {}, opts);
    const child = onCluster(this, name, args.cluster, opts);
    const labels = pulumi
      .output(args.prometheusLabels ?? {})
      .apply((own) => ({ ...standardLabels(name, "prometheus", "audit-alerts"), ...own }));
    const metadata = { name, namespace: args.namespace, labels };
    const apiVersion = "monitoring.coreos.com/v1";

    new kubernetes.apiextensions.CustomResource(
      `${name}-monitor`,
      {
        apiVersion,
        kind: "PodMonitor",
        metadata,
        spec: {
          selector: { matchLabels: selectorLabels(name, "object-store") },
          podMetricsEndpoints: [{ port: "counts", interval: "30s" }],
        },
      },
      child,
    );
    new kubernetes.apiextensions.CustomResource(
      `${name}-alerts`,
      {
        apiVersion,
        kind: "PrometheusRule",
        metadata,
        spec: { groups: [{ name, rules: pulumi.output(args.namespace).apply((namespace) => rules(name, namespace)) }] },
      },
      child,
    );
    this.registerOutputs();
  }
}

/** An upkeep is due every day, and may take twenty hours. */
const overdueSeconds = 45 * 3600;

/**
 * Metrics of Kubernetes objects: docs/metrics/workload of kube-state-metrics v2.17. That of a missing copy, SeaweedFS has too
 * (`under_replicated_volumes`); but the port that it is at hands out the memory of the server as well, with all keys in it:
 * weed/command/imports.go of SeaweedFS 4.53.
 */
function rules(name: string, namespace: string): object[] {
  const inNamespace = `namespace="${namespace}"`;
  const counted = (metric: string) =>
    `sum by (namespace, bucket, requester, operation) (${metric}{${inNamespace}, bucket="${name}"}) > 0`;
  const job = `${inNamespace}, job_name=~"${name}-upkeep-.+"`;
  const cronjob = `${inNamespace}, cronjob="${name}-upkeep"`;
  const servers = `${inNamespace}, statefulset="${name}"`;
  const who = "{{ if $labels.requester }}{{ $labels.requester }}{{ else }}Somebody without a key{{ end }}";
  const where = `${name} in ${namespace}`;
  return [
    rule("AuditDeletionDenied", "critical", counted(counts.deletions), `${who} tried to delete records of ${where}`),
    rule(
      "AuditWriteDenied",
      "warning",
      counted(counts.writes),
      `${who} was denied to write to ${where}, or to change how long a record is kept`,
    ),
    rule(
      "AuditSettingChanged",
      "critical",
      counted(counts.settings),
      `${who} changed settings of ${where}, or tried to; the identity for setup is the job of an \`up\``,
    ),
    rule(
      "AuditUpkeepFailed",
      "critical",
      `kube_job_failed{${job}, condition="true"} == 1 and on (namespace, job_name) kube_job_created{${job}} > time() - 86400`,
      `The upkeep of ${where} failed; the log of its pod names the record that it found fault with`,
    ),
    rule(
      "AuditUpkeepOverdue",
      "warning",
      `time() - (kube_cronjob_status_last_successful_time{${cronjob}} or kube_cronjob_created{${cronjob}}) > ${overdueSeconds}`,
      `The records of ${where} were not listed, checked and copied for two nights`,
    ),
    rule(
      "AuditServerMissing",
      "warning",
      `kube_statefulset_status_replicas_ready{${servers}} < kube_statefulset_replicas{${servers}}`,
      `A server of ${where} is missing, and with it a copy of the records on it`,
      "30m",
    ),
    rule(
      "AuditCountsMissing",
      "warning",
      `absent(up{job="${namespace}/${name}"} == 1)`,
      `Nobody counts what is denied at ${where}: Prometheus reaches no server`,
      "15m",
    ),
  ];
}

function rule(alert: string, severity: string, expr: string, summary: string, duration?: string): object {
  return { alert, expr, ...(duration && { for: duration }), labels: { severity }, annotations: { summary } };
}

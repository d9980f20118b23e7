import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { VectorAlertsArgs } from "./args";

/** API version of the Prometheus operator's resources. */
const monitoringApi = "monitoring.coreos.com/v1";

interface AlertsArgs {
  alerts: VectorAlertsArgs;
  namespace: pulumi.Input<string>;
  replicas: number;
  /** Whether backups leave the cluster; else there is only what a node's disk keeps. */
  backup?: object;
}

/** An alert as Prometheus takes it. */
interface Alert {
  alert: string;
  expr: string;
  for: string;
  labels: { severity: string };
  annotations: { summary: string; description: string };
}

/**
 * Metrics and alerts of Qdrant. Its metrics: https://qdrant.tech/documentation/guides/monitoring/; those of jobs and disks
 * are kube-state-metrics' and the kubelet's.
 */
export function qdrantAlerts(
  name: string,
  args: AlertsArgs & {
    selector: { [label: string]: string };
    credentials: kubernetes.core.v1.Secret;
    tlsSecretName?: pulumi.Input<string>;
  },
  opts: pulumi.CustomResourceOptions,
): void {
  monitor(
    name,
    args,
    {
      selector: { matchLabels: args.selector },
      podMetricsEndpoints: [
        {
          port: "http",
          path: "/metrics",
          authorization: { type: "Bearer", credentials: { name: args.credentials.metadata.name, key: "api-key" } },
          ...(args.tlsSecretName && {
            scheme: "https",
            tlsConfig: {
              ca: { secret: { name: args.tlsSecretName, key: "ca.crt" } },
              serverName: pulumi.interpolate`${name}.${args.namespace}.svc`,
            },
          }),
        },
      ],
    },
    opts,
  );
  rules(
    name,
    args,
    (namespace) => {
      const pods = `namespace="${namespace}", pod=~"${name}-[0-9]+"`;
      return [
        {
          alert: "VectorStoreNodeMissing",
          expr: `sum(up{${pods}}) < ${args.replicas} or absent(up{${pods}})`,
          ...lasts("10m", "critical"),
          ...says("A node is missing", "Only {{ $value }} of the store's nodes answer."),
        },
        {
          alert: "VectorStoreClusterSplit",
          expr: `min(cluster_peers_total{${pods}}) < ${args.replicas}`,
          ...lasts("10m", "warning"),
          ...says("A node sees fewer peers than there are", "A node knows {{ $value }} peers only."),
        },
        {
          alert: "VectorStoreChangesPending",
          expr: `max(cluster_pending_operations_total{${pods}}) > 0`,
          ...lasts("15m", "warning"),
          ...says(
            "Changes to the cluster do not get through",
            "{{ $value }} changes wait for a majority of the nodes.",
          ),
        },
        {
          alert: "VectorStoreInRecovery",
          expr: `max(app_status_recovery_mode{${pods}}) > 0`,
          ...lasts("5m", "critical"),
          ...says("A node runs in recovery mode", "It ran out of memory at start and serves no collection."),
        },
        diskFills(namespace, `(storage|snapshots)-${name}-[0-9]+`),
        {
          alert: "VectorStoreBackupMissing",
          expr: `time() - kube_cronjob_status_last_successful_time{namespace="${namespace}", cronjob="${name}-snapshots"} > 2 * 86400`,
          ...lasts("1h", "critical"),
          ...says(
            "No snapshot was taken for two days",
            "The last job that ended well is {{ $value | humanizeDuration }} old.",
          ),
        },
      ];
    },
    opts,
  );
}

/**
 * Metrics and alerts of PostgreSQL under CloudNativePG. Its metrics are those of its default queries, in the chart's
 * values.yaml, and https://cloudnative-pg.io/plugin-barman-cloud/docs/observability/ for backups.
 */
export function postgresAlerts(name: string, args: AlertsArgs, opts: pulumi.CustomResourceOptions): void {
  monitor(
    name,
    args,
    { selector: { matchLabels: { "cnpg.io/cluster": name } }, podMetricsEndpoints: [{ port: "metrics" }] },
    opts,
  );
  rules(
    name,
    args,
    (namespace) => {
      const pods = `namespace="${namespace}", pod=~"${name}-[0-9]+"`;
      const alerts: Alert[] = [
        {
          alert: "VectorStoreNodeMissing",
          expr: `sum(cnpg_collector_up{${pods}}) < ${args.replicas} or absent(cnpg_collector_up{${pods}})`,
          ...lasts("10m", "critical"),
          ...says("An instance is missing", "Only {{ $value }} instances of PostgreSQL answer."),
        },
        {
          alert: "VectorStoreReplicaLags",
          expr: `max(cnpg_pg_replication_lag{${pods}}) > 300`,
          ...lasts("10m", "warning"),
          ...says("A replica is behind", "A replica is {{ $value | humanizeDuration }} behind the primary."),
        },
        diskFills(namespace, `${name}-[0-9]+`),
      ];
      if (!args.backup) return alerts;
      return [
        ...alerts,
        {
          alert: "VectorStoreArchivingFails",
          expr: `max(cnpg_pg_stat_archiver_last_failed_time{${pods}} - cnpg_pg_stat_archiver_last_archived_time{${pods}}) > 0`,
          ...lasts("15m", "critical"),
          ...says(
            "Changes do not reach the bucket",
            "Nothing after {{ $value | humanizeDuration }} ago can be restored.",
          ),
        },
        {
          alert: "VectorStoreBackupMissing",
          expr: `time() - max(barman_cloud_cloudnative_pg_io_last_available_backup_timestamp{${pods}}) > 2 * 86400`,
          ...lasts("1h", "critical"),
          ...says("No backup was taken for two days", "The last full backup is {{ $value | humanizeDuration }} old."),
        },
      ];
    },
    opts,
  );
}

/** Lets Prometheus' pods in, for the network policy of what serves metrics. */
export function metricsIngress(alerts: VectorAlertsArgs, port: number) {
  return {
    from: [
      { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": alerts.prometheusNamespace as string } } },
    ],
    ports: [{ protocol: "TCP", port }],
  };
}

function lasts(duration: string, severity: string) {
  return { for: duration, labels: { severity } };
}

function says(summary: string, description: string) {
  return { annotations: { summary: `Vector store: ${summary}`, description } };
}

function diskFills(namespace: string, claims: string): Alert {
  const volumes = `namespace="${namespace}", persistentvolumeclaim=~"${claims}"`;
  return {
    alert: "VectorStoreDiskFills",
    expr: `kubelet_volume_stats_available_bytes{${volumes}} / kubelet_volume_stats_capacity_bytes{${volumes}} < 0.15`,
    ...lasts("15m", "warning"),
    ...says(
      "A disk is nearly full",
      "{{ $value | humanizePercentage }} of {{ $labels.persistentvolumeclaim }} are left.",
    ),
  };
}

function monitor(name: string, args: AlertsArgs, spec: object, opts: pulumi.CustomResourceOptions): void {
  new kubernetes.apiextensions.CustomResource(
    `${name}-metrics`,
    {
      apiVersion: monitoringApi,
      kind: "PodMonitor",
      metadata: { name, namespace: args.namespace, labels: args.alerts.labels },
      spec,
    },
    opts,
  );
}

function rules(
  name: string,
  args: AlertsArgs,
  alerts: (namespace: string) => Alert[],
  opts: pulumi.CustomResourceOptions,
): void {
  new kubernetes.apiextensions.CustomResource(
    `${name}-alerts`,
    {
      apiVersion: monitoringApi,
      kind: "PrometheusRule",
      metadata: { name, namespace: args.namespace, labels: args.alerts.labels },
      spec: {
        groups: pulumi
          .output(args.namespace)
          .apply((namespace) => [{ name: `${name}-store`, rules: alerts(namespace) }]),
      },
    },
    opts,
  );
}

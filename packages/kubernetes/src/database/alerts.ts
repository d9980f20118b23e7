import * as pulumi from "@pulumi/pulumi";
import {
  type Alert,
  type AlertSubject,
  alertRules,
  diskFills,
  type MonitoringPlace,
  podMonitor,
} from "../workload/prometheus";

interface PostgresAlertsArgs extends MonitoringPlace {
  replicas: number;
  /** Whether backups leave the cluster. */
  backup: boolean;
}

/**
 * Metrics and alerts of PostgreSQL under CloudNativePG. Its metrics are those of its default queries, in the chart's
 * values.yaml, and https://cloudnative-pg.io/plugin-barman-cloud/docs/observability/ for backups.
 */
export function postgresAlerts(
  name: string,
  subject: AlertSubject,
  args: PostgresAlertsArgs,
  opts: pulumi.CustomResourceOptions,
): void {
  podMonitor(
    name,
    args,
    { selector: { matchLabels: { "cnpg.io/cluster": name } }, podMetricsEndpoints: [{ port: "metrics" }] },
    opts,
  );
  const alerts = pulumi.output(args.namespace).apply((namespace) => {
    const pods = `namespace="${namespace}", pod=~"${name}-[0-9]+"`;
    return [
      ...serverAlerts(pods, args.replicas),
      diskFills(namespace, `${name}-[0-9]+`),
      ...(args.backup ? backupAlerts(pods) : []),
    ];
  });
  alertRules(name, subject, args, alerts, opts);
}

function serverAlerts(pods: string, replicas: number): Alert[] {
  return [
    {
      name: "NodeMissing",
      when: `sum(cnpg_collector_up{${pods}}) < ${replicas} or absent(cnpg_collector_up{${pods}})`,
      lasts: "10m",
      severity: "critical",
      summary: "An instance is missing",
      description: "Only {{ $value }} instances of PostgreSQL answer.",
    },
    {
      name: "ReplicaLags",
      when: `max(cnpg_pg_replication_lag{${pods}}) > 300`,
      lasts: "10m",
      severity: "warning",
      summary: "A replica is behind",
      description: "A replica is {{ $value | humanizeDuration }} behind the primary.",
    },
  ];
}

function backupAlerts(pods: string): Alert[] {
  return [
    {
      name: "ArchivingFails",
      when: `max(cnpg_pg_stat_archiver_last_failed_time{${pods}} - cnpg_pg_stat_archiver_last_archived_time{${pods}}) > 0`,
      lasts: "15m",
      severity: "critical",
      summary: "Changes do not reach the bucket",
      description: "Nothing after {{ $value | humanizeDuration }} ago can be restored.",
    },
    {
      name: "BackupMissing",
      when: `time() - max(barman_cloud_cloudnative_pg_io_last_available_backup_timestamp{${pods}}) > 2 * 86400`,
      lasts: "1h",
      severity: "critical",
      summary: "No backup was taken for two days",
      description: "The last full backup is {{ $value | humanizeDuration }} old.",
    },
  ];
}

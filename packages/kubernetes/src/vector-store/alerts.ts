import type * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  type Alert,
  type AlertSubject,
  alertRules,
  diskFills,
  type MonitoringPlace,
  podMonitor,
} from "../workload/prometheus";

/** What alerts about a store of vectors are called. */
export const vectorStoreAlerts: AlertSubject = { prefix: "VectorStore", subject: "Vector store" };

interface QdrantAlertsArgs extends MonitoringPlace {
  replicas: number;
  selector: { [label: string]: string };
  credentials: kubernetes.core.v1.Secret;
  tlsSecretName?: pulumi.Input<string>;
}

/**
 * Metrics and alerts of Qdrant. Its metrics: https://qdrant.tech/documentation/guides/monitoring/; those of jobs and disks
 * are kube-state-metrics' and the kubelet's.
 */
export function qdrantAlerts(name: string, args: QdrantAlertsArgs, opts: pulumi.CustomResourceOptions): void {
  podMonitor(
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
  alertRules(
    name,
    vectorStoreAlerts,
    args,
    pulumi.output(args.namespace).apply((namespace): Alert[] => {
      const pods = `namespace="${namespace}", pod=~"${name}-[0-9]+"`;
      return [
        {
          name: "NodeMissing",
          when: `sum(up{${pods}}) < ${args.replicas} or absent(up{${pods}})`,
          lasts: "10m",
          severity: "critical",
          summary: "A node is missing",
          description: "Only {{ $value }} of the store's nodes answer.",
        },
        {
          name: "ClusterSplit",
          when: `min(cluster_peers_total{${pods}}) < ${args.replicas}`,
          lasts: "10m",
          severity: "warning",
          summary: "A node sees fewer peers than there are",
          description: "A node knows {{ $value }} peers only.",
        },
        {
          name: "ChangesPending",
          when: `max(cluster_pending_operations_total{${pods}}) > 0`,
          lasts: "15m",
          severity: "warning",
          summary: "Changes to the cluster do not get through",
          description: "{{ $value }} changes wait for a majority of the nodes.",
        },
        {
          name: "InRecovery",
          when: `max(app_status_recovery_mode{${pods}}) > 0`,
          lasts: "5m",
          severity: "critical",
          summary: "A node runs in recovery mode",
          description: "It ran out of memory at start and serves no collection.",
        },
        diskFills(namespace, `(storage|snapshots)-${name}-[0-9]+`),
        {
          name: "BackupMissing",
          when: `time() - kube_cronjob_status_last_successful_time{namespace="${namespace}", cronjob="${name}-snapshots"} > 2 * 86400`,
          lasts: "1h",
          severity: "critical",
          summary: "No snapshot was taken for two days",
          description: "The last job that ended well is {{ $value | humanizeDuration }} old.",
        },
      ];
    }),
    opts,
  );
}

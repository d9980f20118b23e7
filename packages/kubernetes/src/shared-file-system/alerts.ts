import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { standardLabels } from "../workload/labels";

/** What is watched. */
export interface FileAlertsArgs {
  namespace: pulumi.Output<string>;
  claim: pulumi.Output<string>;
  /** Name of the CronJob that copies; undefined where nothing does. */
  backup?: string;
  /** Whether Ceph runs here, and not somewhere else. */
  ceph: boolean;
}

/**
 * Alerts about the files. Metrics: Ceph's manager (docs.ceph.com/en/tentacle/mgr/prometheus; names as in
 * monitoring/ceph-mixin/prometheus_alerts.yml of github.com/ceph/ceph), the kubelet (kubernetes.io/docs/reference/instrumentation/metrics)
 * and kube-state-metrics (docs/metrics/workload/cronjob-metrics.md of github.com/kubernetes/kube-state-metrics).
 */
export function fileAlerts(
  name: string,
  { namespace, claim, backup, ceph }: FileAlertsArgs,
  opts: pulumi.CustomResourceOptions,
): kubernetes.apiextensions.CustomResource {
  const files = pulumi.interpolate`{namespace="${namespace}",persistentvolumeclaim="${claim}"}`;
  const used = pulumi.interpolate`kubelet_volume_stats_used_bytes${files} / kubelet_volume_stats_capacity_bytes${files}`;
  const rules = [
    rule(
      "FilesAlmostFull",
      "warning",
      "15m",
      `Less than 15 percent of the file system ${name} is free`,
      pulumi.interpolate`${used} > 0.85`,
    ),
  ];
  if (backup !== undefined)
    rules.push(
      rule(
        "FilesNotCopied",
        "critical",
        "10m",
        `No copy of the file system ${name} was completed in two days`,
        pulumi.interpolate`time() - kube_cronjob_status_last_successful_time{namespace="${namespace}",cronjob="${backup}"} > 172800`,
      ),
    );
  if (ceph) rules.push(...cephRules);
  return new kubernetes.apiextensions.CustomResource(
    `${name}-alerts`,
    {
      apiVersion: "monitoring.coreos.com/v1",
      kind: "PrometheusRule",
      metadata: { name: `${name}-files`, namespace, labels: standardLabels(name, "shared-file-system", "alerts") },
      spec: { groups: [{ name: `${name}-files`, rules }] },
    },
    opts,
  );
}

const cephRules = [
  rule("CephUnhealthy", "critical", "5m", "Ceph cannot read or write some of the files", "ceph_health_status == 2"),
  rule(
    "CephDiskLost",
    "warning",
    "15m",
    "A disk of Ceph is away; its files are being copied elsewhere",
    "ceph_osd_up == 0",
  ),
  rule(
    "CephAlmostFull",
    "warning",
    "15m",
    "Ceph stops writing at 95 percent of its disks, and 75 are used",
    "ceph_cluster_total_used_raw_bytes / ceph_cluster_total_bytes > 0.75",
  ),
];

function rule(alert: string, severity: string, wait: string, summary: string, expr: pulumi.Input<string>) {
  return { alert, expr, for: wait, labels: { severity }, annotations: { summary } };
}

import * as pulumi from "@pulumi/pulumi";
import { type Alert, alertRules, diskFills, type MonitoringPlace } from "../workload/prometheus";
import { runningServers } from "./servers";
import type { FeatureStoreSettings } from "./settings";

type FeatureAlertsArgs = MonitoringPlace & Pick<FeatureStoreSettings, "materialisation" | "online" | "servers">;

/** Share of its memory that Redis fills with values, and the part of that at which somebody has to act. */
const redisShare = 0.75;
const nearlyFull = 0.9;

/**
 * Alerts about the feature store, from what kube-state-metrics says of jobs, deployments and stateful sets (docs/metrics/workload of
 * github.com/kubernetes/kube-state-metrics v2.17), and the kubelet of memory and disks.
 */
export function featureStoreAlerts(name: string, args: FeatureAlertsArgs, opts: pulumi.CustomResourceOptions): void {
  const known = pulumi.all([args.namespace, args.online.memoryGiB, args.materialisation?.timeoutSeconds]);
  alertRules(
    name,
    { prefix: "FeatureStore", subject: "Feature store" },
    args,
    known.apply(([namespace, memoryGiB, timeoutSeconds]) => [
      ...(timeoutSeconds === undefined ? [] : copyAlerts(name, namespace, timeoutSeconds)),
      ...serverAlerts(name, namespace, runningServers(args.servers)),
      ...redisAlerts(name, namespace, memoryGiB),
    ]),
    opts,
  );
}

function copyAlerts(name: string, namespace: string, timeoutSeconds: number): Alert[] {
  const job = `namespace="${namespace}", job_name=~"${name}-materialise-.+"`;
  const cronjob = `namespace="${namespace}", cronjob="${name}-materialise"`;
  return [
    {
      name: "MaterialisationFailed",
      when: `kube_job_failed{${job}, condition="true"} == 1 and on (namespace, job_name) kube_job_created{${job}} > time() - 86400`,
      lasts: "1m",
      severity: "warning",
      summary: "A copy of values to the online store failed",
      description: "The log of the pod of {{ $labels.job_name }} says why.",
    },
    {
      name: "MaterialisationLate",
      when: `kube_cronjob_status_last_schedule_time{${cronjob}} > (kube_cronjob_status_last_successful_time{${cronjob}} or kube_cronjob_created{${cronjob}}) or time() - kube_cronjob_next_schedule_time{${cronjob}} > 0`,
      // A run that is well ends within its time; the next one may make up for one that was not.
      lasts: `${2 * timeoutSeconds}s`,
      severity: "critical",
      summary: "Values in the online store are old",
      description: "No copy has ended well since the one that was due last.",
    },
  ];
}

function serverAlerts(name: string, namespace: string, servers: string[]): Alert[] {
  if (servers.length === 0) return [];
  const deployments = `namespace="${namespace}", deployment=~"${name}-(${servers.join("|")})"`;
  return [
    {
      name: "ServerDown",
      when: `kube_deployment_status_replicas_available{${deployments}} == 0`,
      lasts: "5m",
      severity: "critical",
      summary: "A server does not answer",
      description: "No pod of {{ $labels.deployment }} is ready.",
    },
    {
      name: "ServerMissing",
      when: `kube_deployment_status_replicas_available{${deployments}} < kube_deployment_spec_replicas{${deployments}}`,
      lasts: "15m",
      severity: "warning",
      summary: "A pod of a server is missing",
      description: "Only {{ $value }} pods of {{ $labels.deployment }} are ready.",
    },
  ];
}

function redisAlerts(name: string, namespace: string, memoryGiB: number): Alert[] {
  const full = Math.floor(memoryGiB * 2 ** 30 * redisShare * nearlyFull);
  return [
    {
      name: "RedisDown",
      when: `kube_statefulset_status_replicas_ready{namespace="${namespace}", statefulset="${name}-redis"} == 0`,
      lasts: "5m",
      severity: "critical",
      summary: "The online store does not answer",
      description: "The pod of Redis is not ready.",
    },
    {
      name: "RedisMemoryFills",
      when: `container_memory_rss{namespace="${namespace}", pod="${name}-redis-0", container="redis"} > ${full}`,
      lasts: "15m",
      severity: "critical",
      summary: "The memory of the online store is nearly full",
      description:
        "Redis holds {{ $value | humanize1024 }}B; soon it refuses what is written. Raise `online.memoryGiB`.",
    },
    diskFills(namespace, `data-${name}-redis-0`),
  ];
}

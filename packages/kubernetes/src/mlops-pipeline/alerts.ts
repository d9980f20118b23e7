import * as pulumi from "@pulumi/pulumi";
import { type Alert, alertRules, type PrometheusSettings } from "../workload/prometheus";
import { metrics } from "./metrics";

interface PipelineAlertsArgs {
  namespace: pulumi.Input<string>;
  settings: PrometheusSettings;
  /** Alerts from what the orchestrator counts. */
  ofRuns: Alert[];
}

/** Alerts about runs. Kueue's metrics: https://kueue.sigs.k8s.io/docs/reference/metrics/ */
export function pipelineAlerts(name: string, args: PipelineAlertsArgs, opts: pulumi.CustomResourceOptions): void {
  const about = { prefix: "MlopsPipeline", subject: "MLOps pipeline" };
  const rules = pulumi.output(args.namespace).apply((own) => [...args.ofRuns, ...alertsOfPods(name, own)]);
  alertRules(name, about, args, rules, opts);
}

/** Alerts from what Argo's controller counts. */
export function argoAlerts(name: string): Alert[] {
  const own = `{pipeline="${name}"}`;
  return [
    {
      name: "StageFails",
      when: `increase(${metrics.failures}${own}[1h]) > 0`,
      lasts: "0m",
      severity: "warning",
      summary: "A stage has failed for good",
      description: `The stage {{ $labels.stage }} of ${name} has used up its attempts; the run has ended.`,
    },
    {
      name: "NoRunSucceeds",
      when: `sum(increase(${metrics.runs}{pipeline="${name}", status="Failed"}[24h])) >= 3 unless sum(increase(${metrics.runs}{pipeline="${name}", status="Succeeded"}[24h])) > 0`,
      lasts: "15m",
      severity: "critical",
      summary: "Three runs in a day have failed, and none succeeded",
      description: `No new model of ${name} can get into production.`,
    },
  ];
}

/** Alerts about the pods of stages, whatever starts them. */
function alertsOfPods(name: string, namespace: string): Alert[] {
  const pods = `namespace="${namespace}", label_app_kubernetes_io_instance="${name}"`;
  return [
    {
      name: "WaitsForRoom",
      when: `sum(kueue_pending_workloads{status="active"}) by (cluster_queue) > 0 and on () (sum(rate(kueue_admitted_workloads_total[2h])) == 0)`,
      lasts: "2h",
      severity: "warning",
      summary: "Work waits in the queue, and none is let in",
      description:
        "Nothing was let into the queue {{ $labels.cluster_queue }} for two hours: its quota, or the nodes, are used up.",
    },
    {
      name: "GpusIdle",
      when: `avg(DCGM_FI_DEV_GPU_UTIL{exported_namespace="${namespace}"}) by (exported_pod) < 10`,
      lasts: "30m",
      severity: "warning",
      summary: "GPUs are held and not used",
      description: "The GPUs of {{ $labels.exported_pod }} have been used by less than 10 percent for half an hour.",
    },
    {
      name: "PodsPending",
      when: `sum(kube_pod_status_phase{phase="Pending", namespace="${namespace}"} * on (namespace, pod) group_left () kube_pod_labels{${pods}}) > 0`,
      lasts: "30m",
      severity: "warning",
      summary: "Pods of stages do not start",
      description: `Pods of ${name} were let in and find no node, or their image cannot be pulled.`,
    },
  ];
}

import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { standardLabels } from "../workload/labels";
import { metrics } from "./metrics";

/** What a panel shows. */
interface Panel {
  title: string;
  /** Unit as Grafana names it: "s", "percent", "short". */
  unit: string;
  /** Queries, and what each line is called. */
  targets: [expression: string, legend: string][];
}

/** A dashboard that Grafana's sidecar in kube-prometheus-stack finds by its label. */
export function pipelineDashboard(
  name: string,
  namespace: pulumi.Output<string>,
  opts: pulumi.CustomResourceOptions,
): void {
  new kubernetes.core.v1.ConfigMap(
    `${name}-dashboard`,
    {
      metadata: {
        name: `${name}-dashboard`,
        namespace,
        labels: { ...standardLabels(name, "mlops-pipeline", "dashboard"), grafana_dashboard: "1" },
      },
      data: { [`${name}.json`]: namespace.apply((own) => JSON.stringify(dashboard(name, own), undefined, 2)) },
    },
    opts,
  );
}

function panels(name: string, namespace: string): Panel[] {
  const own = `pipeline="${name}"`;
  return [
    {
      title: "From commit to production",
      unit: "s",
      targets: [[`max(${metrics.leadSeconds}{${own}})`, "last model"]],
    },
    {
      title: "Runs in a day, by how they ended",
      unit: "short",
      targets: [[`sum(increase(${metrics.runs}{${own}}[1d])) by (status)`, "{{status}}"]],
    },
    { title: "Time of the last run", unit: "s", targets: [[`max(${metrics.runSeconds}{${own}})`, "run"]] },
    {
      title: "Stages that failed for good, in a day",
      unit: "short",
      targets: [[`sum(increase(${metrics.failures}{${own}}[1d])) by (stage)`, "{{stage}}"]],
    },
    {
      title: "Time in the queue",
      unit: "s",
      targets: [[`max(${metrics.queueSeconds}{${own}}) by (stage)`, "{{stage}}"]],
    },
    {
      title: "Use of GPUs",
      unit: "percent",
      targets: [[`avg(DCGM_FI_DEV_GPU_UTIL{exported_namespace="${namespace}"}) by (exported_pod)`, "{{exported_pod}}"]],
    },
    {
      title: "Memory of GPUs",
      unit: "percentunit",
      targets: [
        [
          `avg(DCGM_FI_DEV_FB_USED{exported_namespace="${namespace}"} / (DCGM_FI_DEV_FB_USED{exported_namespace="${namespace}"} + DCGM_FI_DEV_FB_FREE{exported_namespace="${namespace}"})) by (exported_pod)`,
          "{{exported_pod}}",
        ],
      ],
    },
    {
      title: "Workloads that wait",
      unit: "short",
      targets: [['sum(kueue_pending_workloads{status="active"}) by (cluster_queue)', "{{cluster_queue}}"]],
    },
  ];
}

/** Two panels in a row, as Grafana's grid of 24 columns has them. https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/ */
function dashboard(name: string, namespace: string): object {
  const datasource = { type: "prometheus", uid: "$datasource" };
  return {
    uid: `pipeline-${name}`,
    title: `Pipeline ${name}`,
    tags: ["mlops", "aistack"],
    schemaVersion: 39,
    time: { from: "now-7d", to: "now" },
    refresh: "1m",
    templating: { list: [{ name: "datasource", type: "datasource", query: "prometheus", label: "Prometheus" }] },
    panels: panels(name, namespace).map(({ title, unit, targets }, index) => ({
      id: index + 1,
      type: "timeseries",
      title,
      datasource,
      gridPos: { x: (index % 2) * 12, y: Math.floor(index / 2) * 8, w: 12, h: 8 },
      fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
      targets: targets.map(([expr, legendFormat], position) => ({
        refId: String.fromCharCode(65 + position),
        datasource,
        expr,
        legendFormat,
      })),
    })),
  };
}

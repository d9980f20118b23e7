/**
 * Metrics that runs put out through Argo's controller, which adds the prefix, as Prometheus knows them.
 * https://argo-workflows.readthedocs.io/en/stable/metrics/#custom-metrics
 */
export const metrics = {
  /** Runs that ended, by `status`. */
  runs: "argo_workflows_aistack_pipeline_runs_total",
  /** Seconds that the last run took. */
  runSeconds: "argo_workflows_aistack_pipeline_run_seconds",
  /** Stages that failed for good, by `stage`. */
  failures: "argo_workflows_aistack_pipeline_stage_failures_total",
  /** Seconds that a training stage of the last run waited for room, by `stage`. */
  queueSeconds: "argo_workflows_aistack_pipeline_queue_seconds",
  /** Seconds from the commit to production, of the last run that got there. */
  leadSeconds: "argo_workflows_aistack_pipeline_lead_time_seconds",
};

/** The name by which a template knows a metric. */
export function templateName(metric: string): string {
  return metric.replace(/^argo_workflows_/, "");
}

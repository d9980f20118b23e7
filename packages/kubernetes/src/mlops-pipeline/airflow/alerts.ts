import type { Alert } from "../../workload/prometheus";

/** Alerts about runs, from what Airflow counts: files/statsd-mappings.yml of its chart. */
export function airflowAlerts(name: string, namespace: string): Alert[] {
  const own = `namespace="${namespace}", dag_id="${name}"`;
  const heartbeat = `airflow_scheduler_heartbeat{namespace="${namespace}"}`;
  return [
    {
      name: "RunFails",
      when: `increase(airflow_dagrun_failed_count{${own}}[1h]) > 0`,
      lasts: "0m",
      severity: "warning",
      summary: "A run has failed",
      description: `A stage of ${name} has used up its attempts; Airflow shows which.`,
    },
    {
      name: "NoRunSucceeds",
      when: `increase(airflow_dagrun_failed_count{${own}}[24h]) >= 3 unless increase(airflow_dagrun_duration_count{${own}}[24h]) > 0`,
      lasts: "15m",
      severity: "critical",
      summary: "Three runs in a day have failed, and none succeeded",
      description: `No new model of ${name} can get into production.`,
    },
    {
      name: "SchedulerDown",
      when: `sum(rate(${heartbeat}[5m])) == 0 or absent(${heartbeat})`,
      lasts: "10m",
      severity: "critical",
      summary: "No scheduler of Airflow is alive",
      description: `No run of ${name} starts, and none goes on.`,
    },
  ];
}

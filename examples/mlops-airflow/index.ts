import * as pulumi from "@pulumi/pulumi";
import { bindingField, Platform, Regulation } from "aistack-core";
import { Database, MlopsPipeline, ObjectStore, TrackingServer } from "aistack-kubernetes";

const config = new pulumi.Config();

const cluster = pulumi.output({
  name: "existing",
  platform: Platform.Kubernetes,
  // Left out, it is the current context of this machine.
  kubeconfig: config.getSecret("kubeconfig"),
});
const prometheusLabels = { release: "kube-prometheus-stack" };
// They need the Prometheus operator's definitions in the cluster.
const alerts = config.getBoolean("alerts") ? { labels: prometheusLabels } : undefined;
const compliance = [Regulation.Gdpr];

const artifacts = new ObjectStore("mlops-artifacts", { cluster, mayDelete: true });
const logs = new ObjectStore("mlops-logs", { cluster });
/** Backups of the databases below, each in a folder of its own. */
const backups = new ObjectStore("mlops-backups", { cluster, mayDelete: true });

const databaseSize = { cpu: "500m", memory: "2Gi", diskSizeGiB: 20, backup: { store: backups.binding } };
const runs = new Database("mlops-runs", { cluster, ...databaseSize, alerts, compliance });
const airflowDatabase = new Database("airflow-db", {
  cluster,
  ...databaseSize,
  alerts,
  compliance,
  // The one above brings the operator.
  install: { operator: false },
});

const tracking = new TrackingServer("mlops-tracking", {
  cluster,
  database: runs.binding,
  artifacts: artifacts.binding,
  alerts,
  compliance,
});

const dagsRepository = config.get("dagsRepository");
const pipeline = new MlopsPipeline("scoring", {
  cluster,
  tracking: tracking.binding,
  triggers: { schedule: "0 3 * * 1" },
  approval: { thresholds: [{ metric: "accuracy", minimum: 0.9, mayRegressBy: 0.01 }], person: true },
  airflow: {
    database: airflowDatabase.binding,
    logs: logs.binding,
    ...(dagsRepository !== undefined && { dags: { repository: dagsRepository } }),
  },
  alerts,
  compliance,
});

/** Where Airflow's API starts runs, for whoever has a token; its pages are at the same address. */
export const runsUrl = bindingField(pipeline.binding, "eventsUrl");

import * as pulumi from "@pulumi/pulumi";
import { bindingField, Platform, Regulation } from "aistack-core";
import { Database, ObjectStore, TrackingServer } from "aistack-kubernetes";

const config = new pulumi.Config();

const cluster = pulumi.output({
  name: "existing",
  platform: Platform.Kubernetes,
  // Left out, it is the current context of this machine.
  kubeconfig: config.getSecret("kubeconfig"),
});
// They need the Prometheus operator's definitions in the cluster.
const alerts = config.getBoolean("alerts") ? { labels: { release: "kube-prometheus-stack" } } : undefined;
const compliance = [Regulation.Gdpr];

/** Files and models; and, in a bucket of their own, the backups of the database. */
const artifacts = new ObjectStore("tracking-artifacts", { cluster, mayDelete: true });
const backups = new ObjectStore("tracking-backups", { cluster, mayDelete: true });

const database = new Database("tracking-database", {
  cluster,
  database: "mlflow",
  cpu: "500m",
  memory: "2Gi",
  diskSizeGiB: 20,
  backup: { store: backups.binding },
  alerts,
  compliance,
});

const tracking = new TrackingServer("tracking", {
  cluster,
  database: database.binding,
  artifacts: artifacts.binding,
  replicas: config.getNumber("replicas"),
  alerts,
  compliance,
});

/** Where workloads on the cluster record runs, if they carry the label in the binding. */
export const uri = bindingField(tracking.binding, "uri");
/** What clients of MLflow that use the binding are told, beside who they are. */
export const environment = bindingField(tracking.binding, "environment");
/** Secret in the namespace `tracking` with the password of the user `admin`. */
export const adminSecretName = tracking.adminSecretName;

import * as pulumi from "@pulumi/pulumi";
import { bindingField, Platform, Regulation } from "aistack-core";
import { Database, ObjectStore } from "aistack-kubernetes";

const config = new pulumi.Config();

const cluster = pulumi.output({
  name: "existing",
  platform: Platform.Kubernetes,
  // Left out, it is the current context of this machine.
  kubeconfig: config.getSecret("kubeconfig"),
});

/** On the same cluster. Take a bucket elsewhere, by its binding, where the loss of the whole cluster has to be survived. */
const backups = new ObjectStore("database-backups", { cluster, mayDelete: true });

const database = new Database("tracking", {
  cluster,
  replicas: config.getNumber("replicas"),
  cpu: "500m",
  memory: "2Gi",
  diskSizeGiB: 20,
  backup: { store: backups.binding },
  // They need the Prometheus operator's definitions in the cluster.
  alerts: config.getBoolean("alerts") ? { labels: { release: "kube-prometheus-stack" } } : undefined,
  compliance: [Regulation.Gdpr],
});

/** Where workloads on the cluster reach the database, if they carry the label in the binding. */
export const host = bindingField(database.binding, "host");
/** Whom they have to trust. */
export const caCertificate = bindingField(database.binding, "caCertificate");

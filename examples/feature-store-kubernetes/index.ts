import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { bindingField, Platform, Regulation } from "aistack-core";
import { FeatureStore, ObjectStore } from "aistack-kubernetes";

const config = new pulumi.Config();

const cluster = pulumi.output({
  name: "existing",
  platform: Platform.Kubernetes,
  // Left out, it is the current context of this machine.
  kubeconfig: config.getSecret("kubeconfig"),
});

/** On the same cluster. Take a bucket elsewhere, by its binding, where the loss of the whole cluster has to be survived. */
const backups = new ObjectStore("feature-backups", { cluster, mayDelete: true });

const features = new FeatureStore("features", {
  cluster,
  definitions: readFileSync(join(__dirname, "definitions.py"), "utf8"),
  replicas: config.getNumber("replicas"),
  servers: { online: true, offline: true, registry: true },
  backup: { store: backups.binding },
  // They need the Prometheus operator's definitions in the cluster.
  alerts: config.getBoolean("alerts") ? { labels: { release: "kube-prometheus-stack" } } : undefined,
  compliance: [Regulation.Gdpr],
});

/** Where applications on the cluster ask for features. */
export const endpoint = bindingField(features.binding, "endpoint");
/** `feature_store.yaml` of applications. */
export const configuration = bindingField(features.binding, "configuration");
/** `feature_store.yaml` of Feast's own pods. */
export const storeConfiguration = features.configuration;

import * as pulumi from "@pulumi/pulumi";
import { bindingField, Platform, Regulation } from "aistack-core";
import { LineageService, ObjectStore } from "aistack-kubernetes";

const config = new pulumi.Config();

const cluster = pulumi.output({
  name: "existing",
  platform: Platform.Kubernetes,
  // Left out, it is the current context of this machine.
  kubeconfig: config.getSecret("kubeconfig"),
});

/** On the same cluster. Take a bucket elsewhere, by its binding, where the loss of the whole cluster has to be survived. */
const backups = new ObjectStore("lineage-backups", { cluster, mayDelete: true });

const lineage = new LineageService("lineage", {
  cluster,
  backup: { store: backups.binding },
  alerts: config.getBoolean("alerts") ? { labels: { release: "kube-prometheus-stack" } } : undefined,
  compliance: [Regulation.Gdpr],
});

/** Where workloads on the cluster send lineage events, if they carry the label in the binding. */
export const url = bindingField(lineage.binding, "environment").apply((variables) => variables?.OPENLINEAGE_URL);

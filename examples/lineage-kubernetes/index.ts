import * as pulumi from "@pulumi/pulumi";
import { bindingField, Platform } from "aistack-core";
import { LineageService } from "aistack-kubernetes";

const config = new pulumi.Config();

const cluster = pulumi.output({
  name: "existing",
  platform: Platform.Kubernetes,
  // Left out, it is the current context of this machine.
  kubeconfig: config.getSecret("kubeconfig"),
});

const lineage = new LineageService("lineage", {
  cluster,
  database: {
    host: config.require("databaseHost"),
    namespace: config.require("databaseNamespace"),
    user: "marquez",
    // Set it before `up`: `pulumi config set --secret databasePassword`.
    password: config.getSecret("databasePassword") ?? pulumi.secret("not set"),
    caCertificate: config.get("databaseAuthority"),
  },
});

/** Where workloads on the cluster send lineage events, if they carry the label in the binding. */
export const url = bindingField(lineage.binding, "environment").apply((variables) => variables?.OPENLINEAGE_URL);

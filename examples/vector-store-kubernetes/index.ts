import * as pulumi from "@pulumi/pulumi";
import { bindingField, Platform } from "aistack-core";
import { VectorStore } from "aistack-kubernetes";

const config = new pulumi.Config();

const cluster = pulumi.output({
  name: "existing",
  platform: Platform.Kubernetes,
  // Left out, it is the current context of this machine.
  kubeconfig: config.getSecret("kubeconfig"),
});

const vectors = new VectorStore("vectors", {
  cluster,
  dimensions: 1024,
  replicas: config.getNumber("replicas"),
});

/** Where workloads on the cluster reach the store. */
export const endpoint = bindingField(vectors.binding, "endpoint");

import * as pulumi from "@pulumi/pulumi";
import { Accelerator, bindingField, Platform } from "aistack-core";
import { InferenceService } from "aistack-kubernetes";

const config = new pulumi.Config();

const cluster = pulumi.output({
  name: "existing",
  platform: Platform.Kubernetes,
  // Left out, it is the current context of this machine.
  kubeconfig: config.getSecret("kubeconfig"),
});

const model = new InferenceService("model", {
  cluster,
  model: config.require("model"),
  accelerator: Accelerator.NvidiaL4,
  scaling: { minReplicas: 1, maxReplicas: 4 },
});

/** Where workloads on the cluster reach the model: an OpenAI-compatible API. */
export const endpoint = bindingField(model.binding, "endpoint");

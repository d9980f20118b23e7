import { readFileSync } from "node:fs";
import { join } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import { type AuditEventsBinding, type ClusterBinding, imagePin } from "aistack-core";
import * as k8s from "aistack-kubernetes";
import type { AssistantSettings } from "./settings";

/** Models that are on the cluster already. */
export interface ModelsOnCluster {
  /** Namespace of what reads them. */
  namespace: pulumi.Input<string>;
  /** Claim in the namespace, mounted at /models. */
  claim: pulumi.Input<string>;
}

/** What the stack puts out of the assistant. */
export interface Assistant {
  /** Where workloads on the cluster reach it. */
  url: pulumi.Output<string>;
  /** Opens it on this machine. */
  open: string;
}

/**
 * The assistant and what it uses: a vector store, and models for answers and for embeddings.
 *
 * @param models Models that are on the cluster, which `settings` name by paths. When omitted, they are downloaded.
 * @param events Collector of audit events, named "events", that records questions and answers. When omitted, nothing does.
 */
export function createAssistant(
  cluster: pulumi.Input<ClusterBinding>,
  settings: Omit<AssistantSettings, "gpuNodes">,
  models?: ModelsOnCluster,
  events?: pulumi.Input<AuditEventsBinding>,
): Assistant {
  const onCluster = models && { namespace: models.namespace, modelCache: { existingClaim: models.claim } };
  const vectors = new k8s.VectorStore("vectors", {
    cluster,
    dimensions: settings.embeddingDimensions,
    replicas: settings.vectorReplicas,
    cpu: "500m",
    memory: settings.vectorMemory,
    diskSizeGiB: settings.vectorDiskSizeGiB,
    snapshots: { diskSizeGiB: settings.vectorDiskSizeGiB },
  });

  const model = new k8s.InferenceService("model", {
    cluster,
    model: settings.model,
    accelerator: settings.accelerator,
    acceleratorsPerReplica: settings.gpusPerNode,
    cpu: settings.modelCpu,
    memory: settings.modelMemory,
    scaling: { minReplicas: settings.modelReplicas },
    ...onCluster,
  });

  const embeddings = new k8s.InferenceService("embeddings", {
    cluster,
    image: imagePin("text-embeddings-inference"),
    model: settings.embeddingModel,
    port: 8080,
    command: [
      "text-embeddings-router",
      "--model-id",
      settings.embeddingModel,
      "--hostname",
      "0.0.0.0",
      "--port",
      "8080",
    ],
    environment: { HUGGINGFACE_HUB_CACHE: "/models" },
    allowDownload: models === undefined,
    cpu: "500m",
    memory: "3Gi",
    ...(onCluster ?? { modelCache: { sizeGiB: 10 } }),
  });

  const assistant = new k8s.InferenceService("assistant", {
    cluster,
    image: imagePin("node"),
    command: ["node", "/app/assistant.mjs"],
    files: { "assistant.mjs": readFileSync(join(__dirname, "app", "assistant.mjs"), "utf8") },
    port: 8080,
    environment: { PORT: "8080" },
    cpu: "100m",
    memory: "256Mi",
    uses: [model.binding, embeddings.binding, vectors.binding, ...(events ? [events] : [])],
  });

  return {
    url: assistant.binding.endpoint,
    open: "kubectl --namespace assistant port-forward service/assistant 8080:8080",
  };
}

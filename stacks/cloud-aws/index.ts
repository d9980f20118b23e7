import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import * as aws from "aistack-aws";
import { imagePin, Platform } from "aistack-core";
import * as k8s from "aistack-kubernetes";
import { readSettings } from "./config";

const settings = readSettings();

const audit = settings.kubeconfig ? undefined : new aws.AuditLogBucket("audit", { compliance: settings.compliance });

const cluster = new aws.GpuCluster(
  "cluster",
  settings.kubeconfig
    ? {
        existing: pulumi.output({
          name: "existing",
          platform: Platform.Kubernetes,
          kubeconfig: settings.kubeconfig,
        }),
      }
    : {
        pools: [{ accelerator: settings.accelerator, perNode: settings.gpusPerNode, minNodes: settings.gpuNodes }],
        systemNodes: { machineType: settings.systemMachineType, minNodes: settings.systemNodes },
        apiAccessCidrs: settings.apiAccessCidrs,
        administrators: settings.administrators,
        flowLogs: audit?.binding,
        deletionProtection: settings.deletionProtection,
      },
);

const vectors = new k8s.VectorStore("vectors", {
  cluster: cluster.binding,
  dimensions: settings.embeddingDimensions,
  replicas: settings.vectorReplicas,
  cpu: "500m",
  memory: settings.vectorMemory,
  diskSizeGiB: settings.vectorDiskSizeGiB,
  snapshots: { diskSizeGiB: settings.vectorDiskSizeGiB },
});

const model = new k8s.InferenceService("model", {
  cluster: cluster.binding,
  model: settings.model,
  accelerator: settings.accelerator,
  acceleratorsPerReplica: settings.gpusPerNode,
  cpu: settings.modelCpu,
  memory: settings.modelMemory,
  scaling: { minReplicas: settings.modelReplicas },
});

const embeddings = new k8s.InferenceService("embeddings", {
  cluster: cluster.binding,
  image: imagePin("text-embeddings-inference"),
  model: settings.embeddingModel,
  port: 8080,
  command: ["text-embeddings-router", "--model-id", settings.embeddingModel, "--hostname", "0.0.0.0", "--port", "8080"],
  environment: { HUGGINGFACE_HUB_CACHE: "/models" },
  allowDownload: true,
  cpu: "500m",
  memory: "3Gi",
  modelCache: { sizeGiB: 10 },
});

const assistant = new k8s.InferenceService("assistant", {
  cluster: cluster.binding,
  image: imagePin("node"),
  command: ["node", "/app/assistant.mjs"],
  files: { "assistant.mjs": readFileSync(join(__dirname, "app", "assistant.mjs"), "utf8") },
  port: 8080,
  environment: { PORT: "8080" },
  cpu: "100m",
  memory: "256Mi",
  uses: [model.binding, embeddings.binding, vectors.binding],
});

/** Kubeconfig of the cluster: `pulumi stack output kubeconfig > kubeconfig.json`. */
export const kubeconfig = cluster.binding.kubeconfig;
/** Where workloads on the cluster reach the assistant. */
export const assistantUrl = assistant.binding.endpoint;
/** Opens the assistant on this machine. */
export const openAssistant = "kubectl --namespace assistant port-forward service/assistant 8080:8080";
/** Bucket with the audit records. */
export const auditBucket = audit?.binding.bucket;

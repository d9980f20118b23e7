import * as pulumi from "@pulumi/pulumi";
import { Accelerator, bindingField, GitProvider, Platform } from "aistack-core";
import { Database, GpuCluster, InferenceService, MlopsPipeline, ObjectStore, TrackingServer } from "aistack-kubernetes";

const config = new pulumi.Config();
const nodes = config.requireNumber("nodes");
// They need the Prometheus operator's definitions in the cluster.
const alerts = config.getBoolean("alerts") ? { labels: { release: "kube-prometheus-stack" } } : undefined;

/** A cluster that exists, with a queue for the team that trains. */
const gpus = new GpuCluster("gpus", {
  cluster: pulumi.output({
    name: "existing",
    platform: Platform.Kubernetes,
    // Left out, it is the current context of this machine.
    kubeconfig: config.getSecret("kubeconfig"),
  }),
  pools: [{ name: "h100", accelerator: Accelerator.NvidiaH100, perNode: 8, maxNodes: nodes }],
  teams: [{ name: "vision", quota: [{ pool: "h100", count: 8 * nodes }], groups: ["vision"] }],
});
const cluster = gpus.binding;
const team = gpus.teams.apply(([first]) => first as NonNullable<typeof first>);

// What people delete in MLflow, its clean-up deletes here.
const artifacts = new ObjectStore("vision-artifacts", { cluster, mayDelete: true });
const backups = new ObjectStore("vision-backups", { cluster, mayDelete: true });
const database = new Database("vision-database", {
  cluster,
  cpu: "500m",
  memory: "2Gi",
  diskSizeGiB: 20,
  backup: { store: backups.binding },
  alerts,
  // Brought for the queues.
  install: { certManager: false },
});
const tracking = new TrackingServer("tracking", {
  cluster,
  database: database.binding,
  artifacts: artifacts.binding,
  alerts,
});

/** Serves the version that the pipeline has brought; nothing before the first one. */
const scorer = new InferenceService("scorer", {
  cluster,
  uses: [tracking.binding],
  delivery: {},
});

const pipeline = new MlopsPipeline("vision", {
  cluster,
  team,
  tracking: tracking.binding,
  stages: [
    { name: "ingest" },
    { name: "validate" },
    {
      name: "train",
      image: config.require("trainingImage"),
      command: ["torchrun", "/app/train.py"],
      nodes: 4,
      accelerator: Accelerator.NvidiaH100,
      acceleratorsPerNode: 8,
      cpu: "64",
      memory: "512Gi",
      retries: 5,
      metrics: ["loss"],
    },
    {
      name: "evaluate",
      image: config.require("trainingImage"),
      command: ["python", "/app/evaluate.py"],
      metrics: ["accuracy"],
    },
    { name: "approve" },
    { name: "register" },
    { name: "deploy" },
  ],
  approval: { thresholds: [{ metric: "accuracy", minimum: 0.9, mayRegressBy: 0.005 }], person: true },
  delivery: { service: scorer.binding, canaryMinutes: 30 },
  triggers: {
    schedule: "0 2 * * 6",
    push: { provider: GitProvider.GitHub, repository: config.require("repository") },
    drift: { alerts: ["DataDrift"] },
  },
  alerts,
});

/** Where the repository's webhook sends pushes, through a gateway of yours; `pushSecret` is what it signs them with. */
export const eventsUrl = bindingField(pipeline.binding, "eventsUrl");
export const pushSecret = pipeline.pushSecret;
/** Where runs and models are looked at. */
export const trackingUri = bindingField(tracking.binding, "uri");

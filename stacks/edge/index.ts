import * as pulumi from "@pulumi/pulumi";
import { Platform } from "aistack-core";
import * as edge from "aistack-edge";
import { createAssistant } from "aistack-stack-assistant";
import { gpuPool, readSettings } from "./config";
import { LocalModels } from "./models";

const settings = readSettings();
const mirror = { images: settings.mirrorImages, charts: settings.mirrorCharts };

const cluster = new edge.GpuCluster(
  "cluster",
  settings.kubeconfig
    ? {
        existing: pulumi.output({
          name: "existing",
          platform: Platform.Kubernetes,
          kubeconfig: settings.kubeconfig,
          mirror,
        }),
      }
    : {
        servers: settings.servers,
        agents: settings.agents,
        pools: [{ name: gpuPool, accelerator: settings.accelerator, perNode: settings.gpusPerNode }],
        privateKey: settings.privateKey,
        apiAddress: settings.apiAddress,
        bundlePath: settings.bundlePath,
        mirror,
        deletionProtection: settings.deletionProtection,
      },
);

const models = new LocalModels("models", {
  cluster: cluster.binding,
  path: settings.modelsPath,
  sizeGiB: settings.modelsSizeGiB,
});

const assistant = createAssistant(cluster.binding, settings, models);

/** Kubeconfig of the cluster: `pulumi stack output kubeconfig --show-secrets > kubeconfig.yaml`. */
export const kubeconfig = cluster.binding.kubeconfig;
/** Where workloads on the cluster reach the assistant. */
export const assistantUrl = assistant.url;
/** Opens the assistant on this machine. */
export const openAssistant = assistant.open;

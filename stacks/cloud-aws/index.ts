import * as pulumi from "@pulumi/pulumi";
import * as aws from "aistack-aws";
import { Platform } from "aistack-core";
import { createAssistant } from "aistack-stack-assistant";
import { readSettings } from "./config";
import { createRecords } from "./records";

const settings = readSettings();

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
        deletionProtection: settings.deletionProtection,
      },
);

const records = settings.kubeconfig ? undefined : createRecords(settings, cluster);

const assistant = createAssistant(cluster.binding, settings, undefined, records?.events.binding);

/** Kubeconfig of the cluster: `pulumi stack output kubeconfig > kubeconfig.json`. */
export const kubeconfig = cluster.binding.kubeconfig;
/** Where workloads on the cluster reach the assistant. */
export const assistantUrl = assistant.url;
/** Opens the assistant on this machine. */
export const openAssistant = assistant.open;
/** Bucket with the audit records. */
export const auditBucket = records?.audit.binding.bucket;

import * as pulumi from "@pulumi/pulumi";
import * as aws from "aistack-aws";
import { Platform } from "aistack-core";
import { createAssistant } from "aistack-stack-assistant";
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

const assistant = createAssistant(cluster.binding, settings);

/** Kubeconfig of the cluster: `pulumi stack output kubeconfig > kubeconfig.json`. */
export const kubeconfig = cluster.binding.kubeconfig;
/** Where workloads on the cluster reach the assistant. */
export const assistantUrl = assistant.url;
/** Opens the assistant on this machine. */
export const openAssistant = assistant.open;
/** Bucket with the audit records. */
export const auditBucket = audit?.binding.bucket;

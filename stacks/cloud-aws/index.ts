import * as pulumi from "@pulumi/pulumi";
import * as aws from "aistack-aws";
import { Platform } from "aistack-core";
import { createAssistant } from "aistack-stack-assistant";
import { readSettings } from "./config";

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

// The bucket is made at once, and waits for none of its sources; only the ways from cluster and network to it wait for
// them. So the network needs no `flowLogs` of its own, which would have the cluster wait for the bucket.
const audit = settings.kubeconfig ? undefined : createAudit();

const assistant = createAssistant(cluster.binding, settings);

/** Kubeconfig of the cluster: `pulumi stack output kubeconfig > kubeconfig.json`. */
export const kubeconfig = cluster.binding.kubeconfig;
/** Where workloads on the cluster reach the assistant. */
export const assistantUrl = assistant.url;
/** Opens the assistant on this machine. */
export const openAssistant = assistant.open;
/** Bucket with the audit records. */
export const auditBucket = audit?.binding.bucket;

/** Records of calls to AWS and to the cluster, and of the network's traffic, with tables and queries. */
function createAudit(): aws.AuditLogBucket {
  const { compliance, resolutions, auditReplicaRegion: region, alertEmails: emails } = settings;
  return new aws.AuditLogBucket("audit", {
    compliance,
    resolutions,
    trail: {},
    clusters: [cluster.binding],
    networks: cluster.network && [cluster.network],
    replica: region === undefined ? undefined : { region },
    alerts: emails.length > 0 ? { emails } : undefined,
  });
}

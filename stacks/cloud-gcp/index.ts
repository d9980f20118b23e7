import * as pulumi from "@pulumi/pulumi";
import { Platform, type WorkloadIdentity } from "aistack-core";
import * as gcp from "aistack-gcp";
import * as k8s from "aistack-kubernetes";
import { createAssistant } from "aistack-stack-assistant";
import { readSettings } from "./config";

const settings = readSettings();

const cluster = new gcp.GpuCluster(
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
        pools: [
          {
            accelerator: settings.accelerator,
            perNode: settings.gpusPerNode,
            minNodes: settings.gpuNodes,
            zones: settings.gpuZones.length > 0 ? settings.gpuZones : undefined,
          },
        ],
        systemNodes: { machineType: settings.systemMachineType, minNodes: settings.systemNodes },
        apiAccessCidrs: settings.apiAccessCidrs,
        administrators: settings.administrators,
        deletionProtection: settings.deletionProtection,
      },
);

// Its sinks do not wait for the cluster: the trail has the calls that make it.
const audit = settings.kubeconfig
  ? undefined
  : new gcp.AuditLogBucket("audit", {
      compliance: settings.compliance,
      resolutions: settings.resolutions,
      trail: {},
      clusters: [cluster.binding],
      networks: cluster.network ? [cluster.network] : [],
    });

/** Who writes down what the assistant is asked and answers, into the audit bucket. */
const writer: WorkloadIdentity = { namespace: "events", serviceAccount: "events" };

function createEvents({ binding: store }: gcp.AuditLogBucket): k8s.AuditEventCollector {
  const access = store.access.write;
  new gcp.AccessGrant("events-writes", { cluster: cluster.binding, identity: writer, access });
  return new k8s.AuditEventCollector(writer.serviceAccount, { cluster: cluster.binding, store });
}

const events = audit && createEvents(audit);

const assistant = createAssistant(cluster.binding, settings, undefined, events?.binding);

/** Kubeconfig of the cluster: `pulumi stack output kubeconfig > kubeconfig.json`. */
export const kubeconfig = cluster.binding.kubeconfig;
/** Where workloads on the cluster reach the assistant. */
export const assistantUrl = assistant.url;
/** Opens the assistant on this machine. */
export const openAssistant = assistant.open;
/** Bucket with the audit records. */
export const auditBucket = audit?.binding.bucket;
/** Data set with tables over the records, and the queries that an auditor asks. */
export const auditDataset = audit?.dataset;

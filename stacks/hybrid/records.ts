import * as aws from "aistack-aws";
import type { WorkloadIdentity } from "aistack-core";
import * as edge from "aistack-edge";
import * as k8s from "aistack-kubernetes";
import type { Settings } from "./config";
import type { Cloud, Edge } from "./sides";

/** What writes records, by namespace and service account: of the applications in the cloud, and of the API at the edge. */
const events: WorkloadIdentity = { namespace: "events", serviceAccount: "events" };
const auditLog: WorkloadIdentity = { namespace: "audit-log", serviceAccount: "audit-log" };

/** Brings to the audit bucket what happens in the training cluster's applications and at the edge's API. */
export function createRecords(settings: Settings, cloud: Cloud, own: Edge): void {
  const { records: store } = cloud;
  // Without a bucket in AWS there is nothing to write to that could not be deleted.
  if (store === undefined) return;

  const access = store.access.write;
  const writesEvents = new aws.AccessGrant("events-writes", { cluster: cloud.cluster, identity: events, access });
  new k8s.AuditEventCollector(events.serviceAccount, {
    cluster: cloud.cluster,
    store,
    uses: [writesEvents.binding],
  });

  // Where a cluster that exists has its log, nobody knows here.
  if (own.issuer === undefined || settings.edge.kubeconfig !== undefined) return;
  const { cluster, issuer } = own;
  const writesLog = new aws.AccessGrant("audit-log-writes", { cluster, issuer, identity: auditLog, access });
  new edge.AuditLogForwarder(auditLog.serviceAccount, { cluster, store, uses: [writesLog.binding] });
}

import * as aws from "aistack-aws";
import * as k8s from "aistack-kubernetes";
import type { Settings } from "./config";

/** Where records lie, and what applications send theirs to. */
export interface Records {
  audit: aws.AuditLogBucket;
  events: k8s.AuditEventCollector;
}

/** Records of calls to AWS and to the cluster, of the network's traffic and of applications, with tables and queries. */
export function createRecords(settings: Settings, cluster: aws.GpuCluster): Records {
  const { compliance, resolutions, auditReplicaRegion: region, alertEmails: emails } = settings;
  // The bucket is made at once, and waits for none of its sources; only the ways from cluster and network to it wait for
  // them. So the network needs no `flowLogs` of its own, which would have the cluster wait for the bucket.
  const audit = new aws.AuditLogBucket("audit", {
    compliance,
    resolutions,
    trail: {},
    clusters: [cluster.binding],
    networks: cluster.network && [cluster.network],
    replica: region === undefined ? undefined : { region },
    alerts: emails.length > 0 ? { emails } : undefined,
  });
  const identity = { namespace: "events", serviceAccount: "events" };
  const { access } = audit.binding;
  const writes = new aws.AccessGrant("events-writes", { cluster: cluster.binding, identity, access: access.write });
  const events = new k8s.AuditEventCollector("events", {
    cluster: cluster.binding,
    store: audit.binding,
    uses: [writes.binding],
  });
  return { audit, events };
}

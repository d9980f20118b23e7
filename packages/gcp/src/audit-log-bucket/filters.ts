import { anyOf, fromLogs, oneOfValues } from "../shared/log-filters";
import type { LoggedCluster } from "./args";
import { auditLogs } from "./defaults";

/** All audit logs: clusters, buckets and keys included. */
export const trailFilter = fromLogs(Object.values(auditLogs));

/** Audit logs of some buckets and clusters. */
export function auditLogsOf(buckets: readonly string[], clusters: readonly LoggedCluster[]): string {
  const both = `(${fromLogs([auditLogs.activity, auditLogs.dataAccess])})`;
  const things = [
    `resource.type="gcs_bucket" AND ${oneOfValues("resource.labels.bucket_name", buckets)}`,
    ...clusters.map(ofCluster),
  ];
  return `${both} AND (${anyOf(things)})`;
}

/** The Kubernetes API of a cluster: its location is its region, or a zone of that. */
function ofCluster({ name, region }: LoggedCluster): string {
  const named = `resource.type="k8s_cluster" AND resource.labels.cluster_name=${JSON.stringify(name)}`;
  return region === undefined
    ? named
    : `${named} AND resource.labels.location=~${JSON.stringify(`^${region}(-[a-z0-9]+)?$`)}`;
}

/** What Cloud Logging itself adds to a bucket. Recording that would add to it again. */
export function ownWrites(bucket: string): string {
  return [
    `protoPayload.methodName="storage.objects.create"`,
    `resource.labels.bucket_name=${JSON.stringify(bucket)}`,
    `protoPayload.authenticationInfo.principalEmail:"@gcp-sa-logging.iam.gserviceaccount.com"`,
  ].join(" AND ");
}

/** Tables over the records. A column that is not here is not read; it stays in the record. */

/** A column, as BigQuery writes it. */
export interface Column {
  name: string;
  type: string;
  fields?: Column[];
}

/** A table over the records of one source. */
export interface RecordsTable {
  id: string;
  description: string;
  /** Folder of the bucket, which Cloud Logging names after the log. */
  folder: string;
  columns: Column[];
  /** Present where folders are `year=2026/month=01/day=31`; elsewhere queries find the day in the file's name. */
  isPartitioned?: boolean;
}

const text = (...names: string[]): Column[] => names.map((name) => ({ name, type: "STRING" }));
const count = (...names: string[]): Column[] => names.map((name) => ({ name, type: "INTEGER" }));
const time = (...names: string[]): Column[] => names.map((name) => ({ name, type: "TIMESTAMP" }));
const record = (name: string, ...fields: Column[]): Column => ({ name, type: "RECORD", fields });

/** What every entry of Cloud Logging has. https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry */
const entry = [...time("timestamp", "receiveTimestamp"), ...text("logName", "insertId", "severity")];

/** Events of applications, as `AuditEventCollector` writes them. */
export const events: RecordsTable = {
  id: "events",
  description: "Events of applications: requests to models, decisions, approvals, requests of people about their data",
  folder: "events",
  isPartitioned: true,
  columns: [
    ...time("time"),
    ...text("class", "subject", "actor", "model", "model_version", "outcome", "case_id"),
    { name: "attributes", type: "JSON" },
  ],
};

/** https://cloud.google.com/logging/docs/reference/audit/auditlog/rest/Shared.Types/AuditLog */
export const auditLog: RecordsTable = {
  id: "audit_log",
  description: "Cloud Audit Logs: who called which interface of the cloud or of a cluster",
  folder: "cloudaudit.googleapis.com",
  columns: [
    ...entry,
    record(
      "resource",
      ...text("type"),
      record(
        "labels",
        ...text("project_id", "location", "bucket_name", "cluster_name", "key_ring_id", "crypto_key_id"),
      ),
    ),
    record(
      "protoPayload",
      ...text("serviceName", "methodName", "resourceName"),
      record("authenticationInfo", ...text("principalEmail", "principalSubject")),
      record("requestMetadata", ...text("callerIp", "callerSuppliedUserAgent")),
      record("status", ...count("code"), ...text("message")),
    ),
  ],
};

const machine = (name: string) => record(name, ...text("vm_name", "zone", "project_id"));
const pod = (name: string) =>
  record(
    name,
    record("cluster", ...text("cluster_name", "cluster_location")),
    record("pod", ...text("pod_name", "pod_namespace")),
  );

/** https://cloud.google.com/vpc/docs/about-flow-logs-records */
export const flows: RecordsTable = {
  id: "flows",
  description: "VPC flow logs: which machine or pod was connected to which address",
  folder: "compute.googleapis.com/vpc_flows",
  columns: [
    ...entry,
    record(
      "jsonPayload",
      record("connection", ...text("src_ip", "dest_ip"), ...count("src_port", "dest_port", "protocol")),
      ...count("bytes_sent", "packets_sent"),
      ...time("start_time", "end_time"),
      ...text("reporter"),
      machine("src_instance"),
      machine("dest_instance"),
      pod("src_gke_details"),
      pod("dest_gke_details"),
      record("dest_location", ...text("country", "asn")),
    ),
  ],
};

/** https://cloud.google.com/load-balancing/docs/https/https-logging-monitoring */
export const requests: RecordsTable = {
  id: "requests",
  description: "Requests to external application load balancers",
  folder: "requests",
  columns: [
    ...entry,
    record("resource", record("labels", ...text("forwarding_rule_name", "backend_service_name", "project_id"))),
    record(
      "httpRequest",
      ...text("requestMethod", "requestUrl", "remoteIp", "userAgent", "latency"),
      ...count("status"),
    ),
    record("jsonPayload", ...text("statusDetails"), record("enforcedSecurityPolicy", ...text("name", "outcome"))),
  ],
};

/** Names and fields as in the README of filelogreceiver at v0.158.0. */
import { collectorYaml, memoryLimiter, storeExporter, WhenFull } from "aistack-runtime";
import * as defaults from "./defaults";

/** Reads the audit log as it grows and when it is rotated, from where it was before a restart. */
function auditLogReader(fileName: string): object {
  const dot = fileName.lastIndexOf(".");
  // The API server renames `audit.log` to `audit-2026-01-02T03-04-05.678.log`.
  const pattern = dot < 1 ? `${fileName}*` : `${fileName.slice(0, dot)}*${fileName.slice(dot)}`;
  return {
    include: [`${defaults.logMount}/${pattern}`],
    start_at: "beginning",
    storage: "file_storage",
    include_file_name: false,
    max_log_size: defaults.maximumLine,
    // What the queue has no room for is read again, without an end.
    retry_on_failure: { enabled: true, max_elapsed_time: 0 },
  };
}

/** `collector.yaml` of an AuditLogForwarder. Holds no secret. */
export function forwarderConfiguration(auditLogPath: string, bufferSizeGiB: number): string {
  const bufferBytes = bufferSizeGiB * 2 ** 30;
  return collectorYaml({
    receivers: { filelog: auditLogReader(auditLogPath.slice(auditLogPath.lastIndexOf("/") + 1)) },
    processors: { memory_limiter: memoryLimiter },
    exporters: { awss3: storeExporter(defaults.prefix, bufferBytes * defaults.usableShare, WhenFull.Wait) },
    pipelines: { logs: { receivers: ["filelog"], processors: ["memory_limiter"], exporters: ["awss3"] } },
    bufferBytes,
  });
}

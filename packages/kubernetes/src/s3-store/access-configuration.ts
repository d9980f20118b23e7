/**
 * What server and collector are told about the log. Fields of a record: type AccessLog in weed/s3api/s3err/audit_fluent.go of
 * SeaweedFS 4.53. Names and fields of the collector's parts as in `config.go` of fluentforwardreceiver, countconnector and
 * prometheusexporter at v0.158.0.
 */
import { collectorYaml, literal, memoryLimiter, storeExporter, WhenFull } from "aistack-runtime";
import { accessFlush, accessPorts, accessQueueBytes, countsKept } from "./defaults";

/** Folder of the log, where no other identity may write. */
export const accessFolder = "access";

/** What is counted, by the name of the metric: there for as long as `countsKept` after it happened. */
export const counts = {
  deletions: "audit_denied_deletions",
  writes: "audit_denied_writes",
  settings: "audit_setting_changes",
};

const address = `127.0.0.1:${accessPorts.log}`;

/**
 * How a server reaches the collector: type Config in fluent/fluent.go of github.com/fluent/fluent-logger-golang v1.10.1. A
 * record counts as told when it is on the collector's disk; until then it is told again, for half an hour, and as many wait
 * in memory as `buffer_limit` says.
 */
export const serverLog = JSON.stringify({
  fluent_host: "127.0.0.1",
  fluent_port: accessPorts.log,
  request_ack: true,
  // In nanoseconds. The receiver answers within 30 seconds, or never.
  read_timeout: 60e9,
  buffer_limit: 65_536,
  max_retry: 70,
  max_retry_wait: 30_000,
});

const attribute = (name: string) => `log.attributes["${name}"]`;
/** A condition in OTTL, on the whole of a text. */
const matches = (name: string, pattern: string) => literal(`IsMatch(${attribute(name)}, "^(${pattern})$")`);
const requestedBy = (id: string) => matches("requester", id.replaceAll(".", "\\\\."));

/** `collector.yaml` of the collectors of a store. */
export function accessConfiguration(bucket: string, own: string, upkeep: string): string {
  const status = attribute("status");
  const requested = (pattern: string) => matches("operation", pattern);
  // A row for each identity, and one for all who have none.
  const count = (description: string, ...conditions: string[]) => ({
    description,
    conditions,
    attributes: [{ key: "requester" }, { key: "operation" }],
  });
  return collectorYaml({
    receivers: { fluentforward: { endpoint: address } },
    processors: {
      memory_limiter: memoryLimiter,
      // Else each object of the log would be a reason for the next one.
      "filter/own": {
        error_mode: "ignore",
        logs: {
          log_record: [`${requestedBy(own)} and ${requested("REST\\\\.PUT\\\\.OBJECT")} and ${status} == 200`],
        },
      },
      "transform/line": {
        error_mode: "ignore",
        log_statements: [
          {
            context: "log",
            statements: [
              `delete_key(log.attributes, "fluent.tag")`,
              `set(${attribute("time")}, FormatTime(log.time, "%Y-%m-%dT%H:%M:%SZ"))`,
              "set(log.body, log.attributes)",
            ],
          },
        ],
      },
    },
    connectors: {
      count: {
        logs: {
          // What is refused within a request for many deletions, the server does not tell; but only the upkeep makes one.
          [counts.deletions]: count(
            "Deletions that were denied, and requests for many that are not the upkeep's",
            `${requested("REST\\\\.DELETE\\\\.OBJECT.*")} and ${status} == 403`,
            `${requested("BATCH\\\\.DELETE\\\\.OBJECT")} and not (${requestedBy(upkeep)})`,
          ),
          [counts.writes]: count(
            "Changes of records, of their retention or of holds that were denied, and records that were not taken",
            `${requested("REST\\\\.(PUT|POST)\\\\.OBJECT.*")} and ${status} == 403`,
          ),
          // Tags of a bucket count as those of an object without a name; the upkeep remembers in them how far it is.
          [counts.settings]: count(
            "Changes of the bucket's settings, made or tried",
            requested("REST\\\\.(PUT|DELETE)\\\\.(BUCKET|BUCKETPOLICY|LIFECYCLECONFIGURATION|ACCESSCONTROLPOLICY)"),
          ),
        },
      },
    },
    exporters: {
      "awss3/access": storeExporter(accessFolder, accessQueueBytes, WhenFull.Wait, accessFlush),
      prometheus: {
        endpoint: `0.0.0.0:${accessPorts.counts}`,
        const_labels: { bucket },
        metric_expiration: countsKept,
        translation_strategy: "UnderscoreEscapingWithoutSuffixes",
        without_scope_info: true,
      },
    },
    pipelines: {
      "logs/access": {
        receivers: ["fluentforward"],
        processors: ["memory_limiter", "filter/own", "transform/line"],
        exporters: ["awss3/access", "count"],
      },
      metrics: { receivers: ["count"], processors: [], exporters: ["prometheus"] },
    },
    bufferBytes: 4 * accessQueueBytes,
    metricsPort: accessPorts.metrics,
  });
}

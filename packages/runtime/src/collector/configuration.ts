/**
 * Parts of a configuration of the OpenTelemetry collector, contrib distribution 0.158.0. Names and fields as in
 * github.com/open-telemetry/opentelemetry-collector-contrib and opentelemetry-collector at v0.158.0: the `config.go` of
 * awss3exporter, filestorage, healthcheckextension, exporterhelper, memorylimiterprocessor.
 */
import { yaml } from "../yaml";
import { batch, collectorPaths, collectorPorts, fileShare, partition, retry, uploadTimeout } from "./defaults";

/** What differs between collectors. */
export interface CollectorConfiguration {
  receivers: object;
  processors: object;
  exporters: { [id: string]: object };
  connectors?: object;
  pipelines: { [id: string]: { receivers: string[]; processors: string[]; exporters: string[] } };
  /** Size of the disk for all that the collector keeps. */
  bufferBytes: number;
  /** Of the collector's own metrics, where another program of the pod has the usual port. */
  metricsPort?: number;
}

/** A whole configuration, as the text of `collector.yaml`. */
export function collectorYaml({ pipelines, bufferBytes, metricsPort, ...parts }: CollectorConfiguration): string {
  return yaml({
    extensions: {
      // The answer to a client, and the end of a file that was read, are only written when the record is on the disk.
      file_storage: { directory: collectorPaths.buffer, fsync: true, max_size: Math.floor(bufferBytes * fileShare) },
      health_check: { endpoint: `0.0.0.0:${collectorPorts.health}` },
    },
    ...parts,
    service: {
      extensions: ["file_storage", "health_check"],
      pipelines,
      telemetry: {
        logs: { encoding: "json" },
        metrics: {
          readers: [
            { pull: { exporter: { prometheus: { host: "0.0.0.0", port: metricsPort ?? collectorPorts.metrics } } } },
          ],
        },
      },
    },
  });
}

/** How a queue that is full treats who comes next. */
export enum WhenFull {
  /** Is refused, and comes again, as OpenTelemetry's SDKs do. */
  Refuse = "refuse",
  /** Waits, as a reader of files can. */
  Wait = "wait",
}

/**
 * Writes records to the bucket, one line for each, compressed, below a prefix: from a queue on the disk that a restart
 * does not empty, and for as long as it takes.
 * @param queueBytes Size of what may wait. On the disk it takes more: bbolt, which keeps it, leaves pages half empty, the
 * more so the smaller the records are.
 * @param flushTimeout How long a record waits for others, to be written with them.
 */
export function storeExporter(
  prefix: string,
  queueBytes: number,
  whenFull: WhenFull,
  flushTimeout = batch.flushTimeout,
): object {
  return {
    s3uploader: {
      region: fromEnvironment("STORE_REGION"),
      s3_bucket: fromEnvironment("STORE_BUCKET"),
      endpoint: fromEnvironment("STORE_ENDPOINT"),
      s3_force_path_style: fromEnvironment("STORE_PATH_STYLE"),
      s3_prefix: prefix,
      s3_partition_format: partition,
      s3_partition_timezone: "UTC",
      file_prefix: `${fromEnvironment("POD_NAME")}_`,
      unique_key_func_name: "uuidv7",
      compression: "gzip",
    },
    marshaler: "body",
    timeout: uploadTimeout,
    retry_on_failure: {
      enabled: true,
      initial_interval: retry.initial,
      max_interval: retry.maximum,
      // Without an end.
      max_elapsed_time: 0,
    },
    sending_queue: {
      enabled: true,
      storage: "file_storage",
      sizer: "bytes",
      queue_size: Math.floor(queueBytes),
      block_on_overflow: whenFull === WhenFull.Wait,
      num_consumers: 2,
      batch: { flush_timeout: flushTimeout, min_size: batch.minSize, max_size: batch.maxSize },
    },
  };
}

/** Refuses what the memory has no room for, before the kernel ends the process. */
export const memoryLimiter = { check_interval: "1s", limit_percentage: 75, spike_limit_percentage: 20 };

/** A variable of the container, in the collector's writing. */
export function fromEnvironment(name: string): string {
  return `\${env:${name}}`;
}

/** Text in which the collector is to see no variable. */
export function literal(text: string): string {
  return text.replaceAll("$", "$$$$");
}

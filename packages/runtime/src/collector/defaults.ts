/** Ports of the OpenTelemetry collector: https://opentelemetry.io/docs/specs/otlp/ and the README of health_check. */
export const collectorPorts = { otlpGrpc: 4317, otlpHttp: 4318, health: 13133, metrics: 8888 };

/** Where the container finds its configuration, and where it keeps what is not yet in the bucket. */
export const collectorPaths = {
  configuration: "/etc/collector",
  buffer: "/var/lib/collector",
  tls: "/etc/collector-tls",
};

/** Objects are named by the day on which they arrive in the bucket, in UTC. */
export const partition = "year=%Y/month=%m/day=%d";

/** Share of the disk that a file of the buffer may grow to: the rest is the file system's, and the other files'. */
export const fileShare = 0.9;

/** Records are sent together: after a minute, or when there is a mebibyte of them. No object needs a multipart upload. */
export const batch = { flushTimeout: "60s", minSize: 1 << 20, maxSize: 4 << 20 };

/** Time for one attempt: four mebibytes, a tenth of that when compressed, over a link of 16 kbit/s. */
export const uploadTimeout = "5m";

/** Between attempts, of which there is no last one. */
export const retry = { initial: "5s", maximum: "5m" };

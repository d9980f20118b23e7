/**
 * A log of every request to a store, by the store's own words: each server tells a collector in its pod, which writes it to
 * the bucket and counts what somebody must be told of.
 */
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type ClusterBinding, onCluster } from "aistack-core";
import { collectorContainer, collectorFiles, collectorPaths, filesHash } from "aistack-runtime";
import { standardLabels } from "../workload/labels";
import { accessConfiguration, serverLog } from "./access-configuration";
import { accessPorts, collectorCpu, collectorMemory, ports, region } from "./defaults";
import type { AccessKey } from "./identities";

type Volume = kubernetes.types.input.core.v1.Volume;

interface AccessLogArgs {
  cluster: pulumi.Input<ClusterBinding>;
  namespace: pulumi.Input<string>;
  bucket: string;
  /** Key of an identity that may add to the log's folder. */
  key: AccessKey;
  /** Id of the identity of the nightly upkeep, which alone deletes in the ordinary course of things. */
  upkeep: string;
}

/** Name of the file that tells a server where to log. */
export const serverLogFile = "server.json";

/** Where the collector finds the authority that signed the store's certificate. */
const authorityFile = "ca.crt";

/** What the collectors of a store are given. */
export class AccessLog extends pulumi.ComponentResource {
  /** ConfigMap with the files of collector and server. */
  public readonly files: pulumi.Output<string>;
  /** Changes with them. */
  public readonly hash: pulumi.Output<string>;
  /** Secret with the key. */
  public readonly secret: pulumi.Output<string>;
  /** Variables of the collector. */
  public readonly environment: pulumi.Output<{ [name: string]: string }>;

  constructor(name: string, args: AccessLogArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-kubernetes:s3-store:AccessLog", name, {}, opts);
    const child = onCluster(this, name, args.cluster, opts);
    const labels = standardLabels(name, "opentelemetry-collector", "object-store");
    const metadata = { name: `${name}-access-log`, namespace: args.namespace, labels };

    const files = {
      ...collectorFiles(accessConfiguration(args.bucket, args.key.id, args.upkeep), undefined),
      [serverLogFile]: serverLog,
    };
    const map = new kubernetes.core.v1.ConfigMap(`${name}-access-log`, { metadata, data: files }, child);
    const secret = new kubernetes.core.v1.Secret(
      `${name}-access-log-key`,
      {
        metadata: { ...metadata, name: `${name}-access-log-key` },
        stringData: { AWS_ACCESS_KEY_ID: args.key.id, AWS_SECRET_ACCESS_KEY: args.key.secret },
      },
      child,
    );

    this.files = map.metadata.name;
    this.hash = filesHash(files);
    this.secret = secret.metadata.name;
    // Any server takes what one has logged, since the address is that of all who are ready.
    this.environment = pulumi.output(args.namespace).apply((namespace): { [name: string]: string } => ({
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_CA_BUNDLE: `${collectorPaths.tls}/${authorityFile}`,
      STORE_BUCKET: args.bucket,
      STORE_REGION: region,
      STORE_ENDPOINT: `https://${name}.${namespace}.svc:${ports.s3}`,
      STORE_PATH_STYLE: "true",
    }));
    this.registerOutputs();
  }
}

/**
 * The collector beside a server. It listens to its pod alone, and keeps on the server's disk what is not in the bucket yet.
 * @param disk Volume of that disk.
 */
export function accessLogContainer(
  { secret, environment }: AccessLog,
  cluster: pulumi.Input<ClusterBinding>,
  disk: string,
): kubernetes.types.input.core.v1.Container {
  const container = collectorContainer({
    cluster,
    environment,
    secret,
    cpu: collectorCpu,
    memory: collectorMemory,
    ports: [{ name: "counts", containerPort: accessPorts.counts }],
    metricsPort: accessPorts.metrics,
    buffer: { name: disk, subPath: "access-log" },
    mounts: [{ name: "authority", mountPath: collectorPaths.tls, readOnly: true }],
  });
  return { ...container, restartPolicy: "Always" };
}

/** Volumes of the pod that the collector needs, beside the disk. */
export function accessLogVolumes({ files }: AccessLog, certificate: pulumi.Input<string>): Volume[] {
  return [
    { name: "configuration", configMap: { name: files } },
    { name: "authority", secret: { secretName: certificate, items: [{ key: "ca.crt", path: authorityFile }] } },
  ];
}

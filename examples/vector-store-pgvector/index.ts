import * as pulumi from "@pulumi/pulumi";
import { bindingField, Platform, Regulation, VectorEngine } from "aistack-core";
import { VectorStore } from "aistack-kubernetes";

const config = new pulumi.Config();

const cluster = pulumi.output({
  name: "existing",
  platform: Platform.Kubernetes,
  // Left out, it is the current context of this machine.
  kubeconfig: config.getSecret("kubeconfig"),
});

/** A bucket that exists; an `ObjectStore` puts out the same. */
const bucket = config.require("bucket");
const arn = `arn:aws:s3:::${bucket}`;
const backups = {
  kind: "object-store",
  name: "backups",
  platform: Platform.Aws,
  bucket,
  url: `s3://${bucket}`,
  region: config.require("region"),
  egress: [{ port: 443 }, { port: 80, cidr: "169.254.170.23/32" }],
  access: {
    read: [
      { platform: Platform.Aws, actions: ["s3:ListBucket"], resources: [arn] },
      { platform: Platform.Aws, actions: ["s3:GetObject"], resources: [`${arn}/*`] },
    ],
    write: [{ platform: Platform.Aws, actions: ["s3:PutObject"], resources: [`${arn}/*`] }],
  },
};

const vectors = new VectorStore("vectors", {
  cluster,
  engine: VectorEngine.Pgvector,
  dimensions: 1024,
  capacity: 1_000_000,
  replicas: config.getNumber("replicas"),
  backup: { store: backups },
  // They need the Prometheus operator's definitions in the cluster.
  alerts: config.getBoolean("alerts") ? { labels: { release: "kube-prometheus-stack" } } : undefined,
  compliance: [Regulation.Gdpr],
});

/** Where workloads on the cluster reach the store. */
export const endpoint = bindingField(vectors.binding, "endpoint");
/** What the store has to be granted on the bucket, and as whom: for an AccessGrant of `aistack-aws`. */
export const backupAccess = vectors.backupAccess;
export const identity = vectors.identity;

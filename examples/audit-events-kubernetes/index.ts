import * as pulumi from "@pulumi/pulumi";
import { bindingField, type ObjectStoreBinding, Platform } from "aistack-core";
import { AuditEventCollector } from "aistack-kubernetes";

const config = new pulumi.Config();

const cluster = pulumi.output({
  name: "existing",
  platform: Platform.Kubernetes,
  // Left out, it is the current context of this machine.
  kubeconfig: config.getSecret("kubeconfig"),
});

/** The bucket of an AuditLogBucket puts out such a binding; here it is one that exists. */
function recordsBucket(): pulumi.Output<ObjectStoreBinding> {
  const bucket = config.require("bucket");
  const endpoint = config.get("endpoint");
  const keys = pulumi.all([config.getSecret("accessKeyId"), config.getSecret("secretAccessKey")]);
  const port = Number(/:(\d+)$/.exec(endpoint ?? "")?.[1] ?? 443);
  return pulumi.output({
    kind: "object-store",
    name: "records",
    platform: endpoint === undefined ? Platform.Aws : Platform.Kubernetes,
    bucket,
    url: `s3://${bucket}`,
    region: config.get("region") ?? "us-east-1",
    endpoint,
    credentials: keys.apply(([id, secret]): { [name: string]: string } =>
      id && secret ? { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } : {},
    ),
    egress: [{ port }],
    access: { read: [], write: [] },
  });
}

const events = new AuditEventCollector("events", {
  cluster,
  store: recordsBucket(),
  storeCertificate: config.get("storeCertificate"),
});

/** Where workloads on the cluster send events: OTLP over HTTP. */
export const endpoint = bindingField(events.binding, "endpoint");

/**
 * A bucket of Google Cloud, to an exporter that speaks S3. contrib's own exporter for it looks the bucket up before the
 * collector starts (pull requests 45971 and 48055 of opentelemetry-collector-contrib): it takes no events while the bucket
 * cannot be reached, and asks for `storage.buckets.get`, which `roles/storage.objectCreator` has not.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { types } from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { bindingField, type ClusterBinding, imagePin } from "aistack-core";
import { restrictedContainer } from "../security";
import { collectorPaths, collectorPorts, googleCloud } from "./defaults";
import type { CheckedStore } from "./store";

/** Two folders up both from `src` and from `dist`. */
const program = join(__dirname, "../../programs/google-cloud-storage.mjs");

const address = `http://127.0.0.1:${collectorPorts.googleCloud}`;

/** Variables with which the exporter writes to the container beside it. */
export function googleCloudEnvironment(bucket: string): { [name: string]: string } {
  return {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${address}/credentials`,
    AWS_REQUEST_CHECKSUM_CALCULATION: "when_required",
    STORE_BUCKET: bucket,
    STORE_REGION: "auto",
    STORE_ENDPOINT: address,
    STORE_PATH_STYLE: "true",
  };
}

/** The container that puts to Cloud Storage what the collector beside it writes, with the pod's workload identity. */
export function googleCloudContainer(
  cluster: pulumi.Input<ClusterBinding>,
  { store, certificate }: CheckedStore,
): types.input.core.v1.Container {
  const probe = { httpGet: { path: "/", port: "store-health" }, timeoutSeconds: 3 };
  const { cpu, memory } = googleCloud;
  const variables = {
    PORT: `${collectorPorts.googleCloud}`,
    HEALTH_PORT: `${collectorPorts.googleCloudHealth}`,
    STORE_ADDRESS: bindingField(store, "endpoint").apply((own) => own ?? googleCloud.address),
    ...(certificate !== undefined && { NODE_EXTRA_CA_CERTS: collectorPaths.storeCertificate }),
  };
  return {
    name: "google-cloud-storage",
    image: bindingField(cluster, "mirror").apply((mirror) => imagePin("node", mirror)),
    command: ["node", "--input-type=module", "--eval", readFileSync(program, "utf8")],
    env: Object.entries(variables).map(([name, value]) => ({ name, value })),
    ports: [{ name: "store-health", containerPort: collectorPorts.googleCloudHealth }],
    resources: { requests: { cpu, memory }, limits: { memory } },
    startupProbe: { ...probe, periodSeconds: 5, failureThreshold: 60 },
    readinessProbe: { ...probe, periodSeconds: 5, failureThreshold: 3 },
    livenessProbe: { ...probe, periodSeconds: 10, failureThreshold: 6 },
    securityContext: restrictedContainer,
    volumeMounts: [{ name: "configuration", mountPath: collectorPaths.configuration, readOnly: true }],
  };
}

import * as pulumi from "@pulumi/pulumi";
import { environmentPrefix, type ObjectStoreBinding, Platform } from "aistack-core";
import { clientLabel } from "../workload/labels";
import { ports, region } from "./defaults";
import type { AccessKey } from "./identities";
import type { S3Store } from "./s3-store";

/**
 * The key of an identity as variables: under the names that AWS tools read, and under those of the binding, for a workload
 * that uses several stores.
 */
export function keyVariables(prefix: string, { id, secret }: AccessKey) {
  return {
    [`${prefix}_ACCESS_KEY_ID`]: id,
    [`${prefix}_SECRET_ACCESS_KEY`]: secret,
    AWS_ACCESS_KEY_ID: id,
    AWS_SECRET_ACCESS_KEY: secret,
  };
}

/** What a workload needs for a bucket, as the identity whose key it gets. A secret as a whole, since it holds that. */
export function bucketBinding(
  name: string,
  namespace: pulumi.Input<string>,
  bucket: pulumi.Output<string>,
  store: S3Store,
  key: AccessKey,
): pulumi.Output<ObjectStoreBinding> {
  const prefix = environmentPrefix(name);
  const url = pulumi.interpolate`s3://${bucket}`;
  return pulumi.output({
    kind: "object-store",
    name,
    platform: Platform.Kubernetes,
    bucket,
    url,
    region,
    endpoint: store.endpoint,
    environment: {
      [`${prefix}_BUCKET`]: bucket,
      [`${prefix}_URL`]: url,
      [`${prefix}_REGION`]: region,
      [`${prefix}_ENDPOINT`]: store.endpoint,
      [`${prefix}_CA_CERTIFICATE`]: store.authority,
    },
    credentials: keyVariables(prefix, key),
    clientLabels: clientLabel(name),
    egress: [{ port: ports.s3, namespace, podLabels: store.podLabels }],
    // Whoever has the key may do what its identity may; there is nothing to be granted.
    access: { read: [], write: [] },
  });
}

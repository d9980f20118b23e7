import * as pulumi from "@pulumi/pulumi";
import { environmentPrefix, type ObjectStoreBinding, Platform } from "aistack-core";
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

/** Where a bucket is, as variables. Their names are known in any preview. */
export function bucketVariables(name: string, bucket: pulumi.Output<string>, { endpoint, authority }: S3Store) {
  const prefix = environmentPrefix(name);
  return {
    [`${prefix}_BUCKET`]: bucket,
    [`${prefix}_URL`]: pulumi.interpolate`s3://${bucket}`,
    [`${prefix}_REGION`]: pulumi.output(region),
    [`${prefix}_ENDPOINT`]: endpoint,
    [`${prefix}_CA_CERTIFICATE`]: authority,
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
  return pulumi.output({
    kind: "object-store",
    name,
    platform: Platform.Kubernetes,
    bucket,
    url: pulumi.interpolate`s3://${bucket}`,
    region,
    endpoint: store.endpoint,
    environment: bucketVariables(name, bucket, store),
    credentials: keyVariables(environmentPrefix(name), key),
    clientLabels: store.clientLabels,
    egress: [{ port: ports.s3, namespace, podLabels: store.podLabels }],
    // Whoever has the key may do what its identity may; there is nothing to be granted.
    access: { read: [], write: [] },
  });
}

import * as pulumi from "@pulumi/pulumi";
import { type AccessRule, environmentPrefix, type ObjectStoreBinding, Platform } from "aistack-core";
import { metadataServer } from "../shared/metadata-server";

/** The binding of a bucket. Cloud Storage uses the key by itself, so whoever has a role on the bucket needs none on the key. */
export function bucketBinding(
  name: string,
  bucket: pulumi.Output<string>,
  region: pulumi.Output<string>,
): pulumi.Output<ObjectStoreBinding> {
  const prefix = environmentPrefix(name);
  const url = pulumi.interpolate`gs://${bucket}`;
  const rule = (role: string): pulumi.Output<AccessRule[]> =>
    pulumi.output([
      {
        platform: Platform.Gcp,
        actions: [role],
        resources: [pulumi.interpolate`//storage.googleapis.com/projects/_/buckets/${bucket}`],
      },
    ]);
  return pulumi.output({
    kind: "object-store",
    name,
    platform: Platform.Gcp,
    bucket,
    url,
    region,
    environment: { [`${prefix}_BUCKET`]: bucket, [`${prefix}_URL`]: url, [`${prefix}_REGION`]: region },
    // Cloud Storage's addresses change; what the pod may do there is decided by its roles, whose tokens it gets from
    // the metadata server.
    egress: [{ port: 443 }, ...metadataServer],
    access: { read: rule("roles/storage.objectViewer"), write: rule("roles/storage.objectCreator") },
  });
}

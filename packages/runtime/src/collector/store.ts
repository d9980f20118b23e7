import * as pulumi from "@pulumi/pulumi";
import { bindingField, type Checks, matching, type ObjectStoreBinding, Platform, type Rule } from "aistack-core";

/**
 * Refuses a bucket that the collector cannot keep its promise for. googlecloudstorageexporter v0.158.0 has no queue and no
 * retry, so that it loses what arrives without a link, and creates the bucket at its start (`exporter.go`).
 */
export const takesRecords: Rule<Platform> = (platform) =>
  platform === Platform.Gcp
    ? "must be that of a bucket that speaks S3: the collector's exporter for Google Cloud Storage has no buffer and no retry, and would lose records; give a bucket on AWS or of your own"
    : undefined;

/** Certificates as PEM text. */
const pemCertificates = matching(
  /^\s*-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----\s*$/,
  'certificates as PEM text, beginning with "-----BEGIN CERTIFICATE-----"',
);

/** A bucket that records are written to, checked. */
export interface CheckedStore {
  store: pulumi.Input<ObjectStoreBinding>;
  /** What is made waits until it is known to speak S3. */
  platform: pulumi.Input<Platform>;
  certificate?: pulumi.Input<string>;
}

/** Checks where records are to be written. */
export function checkStore(
  check: Checks,
  store: pulumi.Input<ObjectStoreBinding>,
  certificate: pulumi.Input<string> | undefined,
): CheckedStore {
  return {
    store,
    platform: check.value("store.platform", bindingField(store, "platform"), takesRecords),
    certificate: check.value("storeCertificate", certificate, pemCertificates),
  };
}

/** Variables that the exporter's configuration and AWS's SDK read. */
export function storeEnvironment(
  subject: string,
  { store, platform, certificate }: CheckedStore,
  used: pulumi.Output<{ [name: string]: string }>,
  certificateFile: string,
): pulumi.Output<{ [name: string]: string }> {
  return pulumi
    .all([
      pulumi.all([bindingField(store, "bucket"), bindingField(store, "region"), bindingField(store, "endpoint")]),
      platform,
      used,
    ])
    .apply(([[bucket, ownRegion, endpoint], where, variables]): { [name: string]: string } => {
      const region = ownRegion ?? variables.AWS_REGION ?? (where === Platform.Aws ? undefined : "us-east-1");
      if (region === undefined) {
        const reason = `${subject}: store.region is not known; name the bucket's region`;
        throw new pulumi.InputPropertyError({ propertyPath: "store.region", reason });
      }
      return {
        // Credentials come from what is used, never from the machine that the pod happens to run on.
        AWS_EC2_METADATA_DISABLED: "true",
        ...variables,
        STORE_BUCKET: bucket,
        STORE_REGION: region,
        STORE_ENDPOINT: endpoint ?? "",
        STORE_PATH_STYLE: `${endpoint !== undefined}`,
        ...(certificate !== undefined && { AWS_CA_BUNDLE: certificateFile }),
      };
    });
}

import * as pulumi from "@pulumi/pulumi";
import { bindingField, type Checks, matching, type ObjectStoreBinding, Platform, type Rule } from "aistack-core";
import { collectorPaths } from "./defaults";
import { googleCloudEnvironment } from "./google-cloud";

/** Refuses a bucket of Google Cloud where pods have no identity there. */
const takesRecords =
  (runsOn: Platform): Rule<Platform> =>
  (platform) =>
    platform === Platform.Gcp && runsOn !== Platform.Gcp
      ? `must be that of a bucket that speaks S3: one of Google Cloud is written to with the workload identity of GKE, and this cluster's platform is ${runsOn}; give a bucket on AWS or of your own`
      : undefined;

/** Certificates as PEM text. */
const pemCertificates = matching(
  /^\s*-----BEGIN CERTIFICATE-----[\s\S]+-----END CERTIFICATE-----\s*$/,
  'certificates as PEM text, beginning with "-----BEGIN CERTIFICATE-----"',
);

/** A bucket that records are written to, checked. */
export interface CheckedStore {
  store: pulumi.Input<ObjectStoreBinding>;
  /** What is made waits until it is known to be one that can be written to. */
  platform: pulumi.Input<Platform>;
  certificate?: pulumi.Input<string>;
}

/**
 * Checks where records are to be written.
 * @param runsOn Platform of the cluster that they are written from.
 */
export function checkStore(
  check: Checks,
  store: pulumi.Input<ObjectStoreBinding>,
  certificate: pulumi.Input<string> | undefined,
  runsOn: pulumi.Input<Platform>,
): CheckedStore {
  const platform = bindingField(store, "platform");
  return {
    store,
    platform: pulumi
      .output(runsOn)
      .apply((own) => pulumi.output(check.value("store.platform", platform, takesRecords(own)))),
    certificate: check.value("storeCertificate", certificate, pemCertificates),
  };
}

/** Variables that the exporter's configuration and AWS's SDK read. */
export function storeEnvironment(
  subject: string,
  { store, platform, certificate }: CheckedStore,
  used: pulumi.Output<{ [name: string]: string }>,
): pulumi.Output<{ [name: string]: string }> {
  return pulumi
    .all([
      pulumi.all([bindingField(store, "bucket"), bindingField(store, "region"), bindingField(store, "endpoint")]),
      platform,
      used,
    ])
    .apply(([[bucket, ownRegion, endpoint], where, variables]): { [name: string]: string } => {
      if (where === Platform.Gcp)
        return { AWS_EC2_METADATA_DISABLED: "true", ...variables, ...googleCloudEnvironment(bucket) };
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
        ...(certificate !== undefined && { AWS_CA_BUNDLE: collectorPaths.storeCertificate }),
      };
    });
}

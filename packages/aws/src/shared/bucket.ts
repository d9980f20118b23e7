import { Key } from "@pulumi/aws/kms";
import {
  type Bucket,
  BucketOwnershipControls,
  BucketPublicAccessBlock,
  BucketServerSideEncryptionConfiguration,
  BucketVersioning,
} from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import { environmentPrefix, type ObjectStoreBinding, Platform } from "aistack-core";
import { objectStoreAccess } from "./bucket-policy";
import { podIdentityAgent } from "./pod-identity";

/** Days between the order to delete a key and its deletion; the longest that KMS offers. */
const keyDeletionDays = 30;

/** Days after which the parts of an upload that never ended are removed. */
export const abandonedUploadDays = 7;

/** What a key is made from. */
export interface RotatedKeyArgs {
  description: string;
  policy: pulumi.Input<string>;
  tags: pulumi.Input<{ [key: string]: string }>;
  /** Where it is, if not where the provider puts things. */
  region?: pulumi.Input<string>;
}

/** A key with yearly rotation. */
export function rotatedKey(name: string, args: RotatedKeyArgs, opts: pulumi.CustomResourceOptions): Key {
  return new Key(name, { ...args, enableKeyRotation: true, deletionWindowInDays: keyDeletionDays }, opts);
}

/** Refuses whatever would let the public in: ACLs and policies, those to come included. */
export function blockPublicAccess(
  name: string,
  of: Bucket,
  opts: pulumi.CustomResourceOptions,
  region?: pulumi.Input<string>,
): pulumi.Resource {
  return new BucketPublicAccessBlock(
    name,
    {
      bucket: of.bucket,
      region,
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    },
    opts,
  );
}

/** Every object belongs to the bucket's owner, and ACLs are off. */
export function ownEverything(
  name: string,
  of: Bucket,
  opts: pulumi.CustomResourceOptions,
  region?: pulumi.Input<string>,
): pulumi.Resource {
  return new BucketOwnershipControls(
    name,
    { bucket: of.bucket, region, rule: { objectOwnership: "BucketOwnerEnforced" } },
    opts,
  );
}

/** Encrypts what is written with a KMS key. */
export function encryptWith(
  name: string,
  of: Bucket,
  keyArn: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
  region?: pulumi.Input<string>,
): pulumi.Resource {
  return new BucketServerSideEncryptionConfiguration(
    name,
    {
      bucket: of.bucket,
      region,
      rules: [
        {
          applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: keyArn },
          // One call to KMS for many objects instead of one for each.
          bucketKeyEnabled: true,
        },
      ],
    },
    opts,
  );
}

/** Keeps what is overwritten or deleted as an older version. */
export function keepVersions(
  name: string,
  of: Bucket,
  opts: pulumi.CustomResourceOptions,
  region?: pulumi.Input<string>,
): BucketVersioning {
  return new BucketVersioning(
    name,
    { bucket: of.bucket, region, versioningConfiguration: { status: "Enabled" } },
    opts,
  );
}

/** The binding of a bucket that is encrypted with a key. */
export function bucketBinding(
  name: string,
  region: pulumi.Output<string>,
  bucket: pulumi.Output<string>,
  bucketArn: pulumi.Output<string>,
  keyArn: pulumi.Output<string>,
  access = objectStoreAccess(bucketArn, keyArn),
): pulumi.Output<ObjectStoreBinding> {
  const prefix = environmentPrefix(name);
  const url = pulumi.interpolate`s3://${bucket}`;
  return pulumi.output({
    kind: "object-store",
    name,
    platform: Platform.Aws,
    bucket,
    url,
    region,
    environment: { [`${prefix}_BUCKET`]: bucket, [`${prefix}_URL`]: url, [`${prefix}_REGION`]: region },
    // S3's addresses change; what the pod may do there is decided by its role, which it gets from EKS Pod Identity.
    egress: [{ port: 443 }, podIdentityAgent],
    access,
  });
}

import { VectorsIndex, VectorsVectorBucket, VectorsVectorBucketPolicy } from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import { type AccessRule, after, limitedName, Platform, type VectorStoreAccess } from "aistack-core";
import type { Place } from "../shared/place";
import { policyDocument, type Statement, thisKey } from "../shared/policy";
import type { Part, PartArgs } from "./parts";

/** Lets the service build its index in the background: https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-vectors-data-encryption.html */
export function indexingUsesKey(place: Place): Statement {
  return {
    Sid: "S3VectorsBuildsIndex",
    Effect: "Allow",
    Principal: { Service: "indexing.s3vectors.amazonaws.com" },
    Action: "kms:Decrypt",
    Resource: thisKey,
    Condition: {
      StringEquals: { "aws:SourceAccount": place.accountId },
      ArnLike: {
        "aws:SourceArn": pulumi.interpolate`arn:${place.partition}:s3vectors:${place.region}:${place.accountId}:bucket/*`,
      },
    },
  };
}

/** The service answers under the names for both versions of IP only, says the rule set inside botocore. */
function apiSuffix(partition: string): string {
  return partition === "aws-cn" ? "api.amazonwebservices.com.cn" : "api.aws";
}

/** A bucket for vectors with one index, encrypted and over TLS only. */
export function s3Vectors(name: string, args: PartArgs, opts: pulumi.CustomResourceOptions): Part {
  const { plan, place, keyArn, tags } = args;
  const bucket = new VectorsVectorBucket(
    `${name}-vectors`,
    {
      vectorBucketName: limitedName(`${name}-${pulumi.getStack()}`.toLowerCase().replace(/[^a-z0-9-]+/g, "-"), 63),
      encryptionConfigurations: [{ sseType: "aws:kms", kmsKeyArn: keyArn }],
      tags,
    },
    opts,
  );
  const index = new VectorsIndex(
    `${name}-index`,
    {
      vectorBucketName: bucket.vectorBucketName,
      indexName: plan.collection,
      dataType: "float32",
      dimension: plan.dimensions,
      distanceMetric: plan.distance,
      tags,
    },
    opts,
  );
  const closed = new VectorsVectorBucketPolicy(
    `${name}-policy`,
    { vectorBucketArn: bucket.vectorBucketArn, policy: policyDocument([onlyTls(bucket.vectorBucketArn)]) },
    opts,
  );
  return {
    endpoint: pulumi.interpolate`https://s3vectors.${place.region}.${place.partition.apply(apiSuffix)}`,
    collection: after(index.indexName, closed),
    environment: { BUCKET: bucket.vectorBucketName, REGION: place.region },
    access: accessTo(index.indexArn, keyArn),
    init: pulumi.output([]),
  };
}

function onlyTls(bucketArn: pulumi.Output<string>): Statement {
  return {
    Sid: "DenyWithoutTls",
    Effect: "Deny",
    Principal: "*",
    Action: "s3vectors:*",
    Resource: [bucketArn, pulumi.interpolate`${bucketArn}/index/*`],
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
}

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3vectors.html */
function accessTo(indexArn: pulumi.Output<string>, keyArn: pulumi.Output<string>): pulumi.Output<VectorStoreAccess> {
  const rule = (actions: string[], resource: pulumi.Output<string>): pulumi.Output<AccessRule> =>
    resource.apply((arn) => ({ platform: Platform.Aws, actions, resources: [arn] }));
  return pulumi.output({
    read: [
      // Metadata and the vectors themselves come back with a query only if they may be read, too.
      rule(["s3vectors:GetIndex", "s3vectors:GetVectors", "s3vectors:ListVectors", "s3vectors:QueryVectors"], indexArn),
      rule(["kms:Decrypt"], keyArn),
    ],
    write: [
      rule(["s3vectors:DeleteVectors", "s3vectors:PutVectors"], indexArn),
      rule(["kms:Decrypt", "kms:GenerateDataKey"], keyArn),
    ],
  });
}

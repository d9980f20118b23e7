import * as pulumi from "@pulumi/pulumi";
import type { PlannedRule } from "aistack-core";
import type { Place } from "../shared/place";

/** What rules about a zone name. */
export interface ZoneArns {
  bucketArn: pulumi.Output<string>;
  keyArn: pulumi.Output<string>;
  /** Name of the database. */
  database: pulumi.Output<string>;
}

/** A workgroup of Athena, and where its results go. */
export interface WorkgroupArns {
  workgroup: pulumi.Output<string>;
  resultsArn: pulumi.Output<string>;
  /** Prefix of its results in the bucket. */
  prefix: string;
  keyArn: pulumi.Output<string>;
}

/** https://docs.aws.amazon.com/glue/latest/dg/glue-specifying-resource-arns.html: a table is named with what it is in. */
function tableArns(place: Place, { database }: ZoneArns): pulumi.Output<string>[] {
  const glue = pulumi.interpolate`arn:${place.partition}:glue:${place.region}:${place.accountId}`;
  return [
    pulumi.interpolate`${glue}:catalog`,
    pulumi.interpolate`${glue}:database/${database}`,
    pulumi.interpolate`${glue}:table/${database}/*`,
  ];
}

const readTables = [
  "glue:BatchGetPartition",
  "glue:GetDatabase",
  "glue:GetPartition",
  "glue:GetPartitions",
  "glue:GetTable",
  "glue:GetTables",
];

/** Lists and reads a zone, its tables included. */
export function readZone(place: Place, zone: ZoneArns): PlannedRule[] {
  return [
    { actions: ["s3:GetBucketLocation", "s3:ListBucket"], resources: [zone.bucketArn] },
    {
      actions: ["s3:GetObject", "s3:GetObjectTagging", "s3:GetObjectVersion"],
      resources: [pulumi.interpolate`${zone.bucketArn}/*`],
    },
    { actions: ["kms:Decrypt"], resources: [zone.keyArn] },
    { actions: readTables, resources: tableArns(place, zone) },
  ];
}

/** Adds to a zone, and makes and extends tables; deletes neither. */
export function writeZone(place: Place, zone: ZoneArns): PlannedRule[] {
  return [
    {
      actions: ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject", "s3:PutObjectTagging"],
      resources: [pulumi.interpolate`${zone.bucketArn}/*`],
    },
    // Decrypt is what S3 asks for to put the parts of a large upload together; without s3:GetObject it reads nothing.
    { actions: ["kms:Decrypt", "kms:GenerateDataKey"], resources: [zone.keyArn] },
    {
      actions: ["glue:BatchCreatePartition", "glue:CreatePartition", "glue:CreateTable", "glue:UpdateTable"],
      resources: tableArns(place, zone),
    },
  ];
}

/**
 * Finds and deletes what is about one person, in all versions. S3 knows no right to delete that depends on an object's tags
 * (https://docs.aws.amazon.com/AmazonS3/latest/userguide/tagging-and-policies.html), so this is one to delete anything:
 * for the procedure of erasure alone.
 */
export function eraseZone(place: Place, zone: ZoneArns): PlannedRule[] {
  return [
    { actions: ["s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketVersions"], resources: [zone.bucketArn] },
    {
      actions: [
        "s3:AbortMultipartUpload",
        "s3:DeleteObject",
        "s3:DeleteObjectVersion",
        "s3:GetObject",
        "s3:GetObjectTagging",
        "s3:GetObjectVersionTagging",
        "s3:PutObject",
      ],
      resources: [pulumi.interpolate`${zone.bucketArn}/*`],
    },
    { actions: ["kms:Decrypt", "kms:GenerateDataKey"], resources: [zone.keyArn] },
    { actions: [...readTables, "glue:UpdateTable"], resources: tableArns(place, zone) },
  ];
}

/** Asks Athena, and gets the answers of one workgroup. https://docs.aws.amazon.com/athena/latest/ug/example-policies-workgroup.html */
export function useWorkgroup({ workgroup, resultsArn, prefix, keyArn }: WorkgroupArns): PlannedRule[] {
  return [
    {
      actions: [
        "athena:GetQueryExecution",
        "athena:GetQueryResults",
        "athena:GetQueryResultsStream",
        "athena:GetWorkGroup",
        "athena:StartQueryExecution",
        "athena:StopQueryExecution",
      ],
      resources: [workgroup],
    },
    { actions: ["s3:GetBucketLocation", "s3:ListBucket"], resources: [resultsArn] },
    {
      actions: ["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"],
      resources: [pulumi.interpolate`${resultsArn}/${prefix}*`],
    },
    { actions: ["kms:Decrypt", "kms:GenerateDataKey"], resources: [keyArn] },
  ];
}

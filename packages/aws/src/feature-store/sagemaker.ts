import { Role, RolePolicy } from "@pulumi/aws/iam";
import { FeatureGroup } from "@pulumi/aws/sagemaker";
import * as pulumi from "@pulumi/pulumi";
import {
  type AccessRule,
  after,
  type FeatureGroupArgs,
  type FeatureStoreAccess,
  type ObjectStoreBinding,
  Platform,
} from "aistack-core";
import { ObjectStore } from "../object-store/object-store";
import type { Place } from "../shared/place";
import { policyDocument, trustService } from "../shared/policy";
import type { FeatureStorePlan } from "./args";

/** Database that the service makes for tables of groups: https://docs.aws.amazon.com/sagemaker/latest/dg/feature-store-create-feature-group.html */
const catalogDatabase = "sagemaker_featurestore";

/** Where in the bucket the history is. */
const historyFolder = "history";

interface SageMakerArgs extends FeatureStorePlan {
  keyArn: pulumi.Output<string>;
  place: Place;
  tags: pulumi.Output<{ [key: string]: string }>;
}

/** Groups of SageMaker Feature Store: online with the key, offline as Iceberg tables in a bucket of their own. */
export class SageMaker extends pulumi.ComponentResource {
  public readonly access: pulumi.Output<FeatureStoreAccess>;
  public readonly bucket: pulumi.Output<ObjectStoreBinding>;

  constructor(name: string, args: SageMakerArgs, opts: pulumi.CustomResourceOptions) {
    super("aistack-aws:feature-store:SageMaker", name, {}, opts);
    const kept = { parent: this, retainOnDelete: opts.retainOnDelete };
    const { keyArn, tags, dataClass } = args;
    const bucket = new ObjectStore(`${name}-data`, { kmsKeyArn: keyArn, dataClass, tags }, kept).binding;
    const bucketArn = pulumi.interpolate`arn:${args.place.partition}:s3:::${bucket.bucket}`;
    const roleArn = this.#writer(name, args, bucketArn, kept);
    const groups = args.groups.map((group) =>
      featureGroup(`${name}-${group.name}`, group, args, bucket, roleArn, kept),
    );
    this.bucket = bucket;
    this.access = after(accessOf(pulumi.all(groups.map((group) => group.arn)), args, bucketArn), ...groups);
    this.registerOutputs();
  }

  /** The role that SageMaker writes the history with. */
  #writer(
    name: string,
    { place, keyArn, tags }: SageMakerArgs,
    bucketArn: pulumi.Output<string>,
    opts: pulumi.CustomResourceOptions,
  ): pulumi.Output<string> {
    const role = new Role(
      `${name}-writer`,
      {
        description: `SageMaker Feature Store writes the history of ${name}`,
        assumeRolePolicy: trustService("sagemaker.amazonaws.com", {
          StringEquals: { "aws:SourceAccount": place.accountId },
        }),
        tags,
      },
      opts,
    );
    const glue = (path: string) =>
      pulumi.interpolate`arn:${place.partition}:glue:${place.region}:${place.accountId}:${path}`;
    const policy = new RolePolicy(
      `${name}-writer-policy`,
      {
        role: role.name,
        policy: policyDocument([
          {
            Sid: "WriteHistory",
            Effect: "Allow",
            Action: ["s3:GetObject", "s3:PutObject", "s3:PutObjectAcl"],
            Resource: pulumi.interpolate`${bucketArn}/${historyFolder}/*`,
          },
          {
            Sid: "SeeBucket",
            Effect: "Allow",
            Action: ["s3:GetBucketAcl", "s3:GetBucketLocation", "s3:ListBucket"],
            Resource: bucketArn,
          },
          {
            Sid: "UpdateTables",
            Effect: "Allow",
            Action: ["glue:GetTable", "glue:UpdateTable"],
            Resource: [glue("catalog"), glue(`database/${catalogDatabase}`), glue(`table/${catalogDatabase}/*`)],
          },
          { Sid: "UseKey", Effect: "Allow", Action: ["kms:Decrypt", "kms:GenerateDataKey"], Resource: keyArn },
        ]),
      },
      opts,
    );
    return after(role.arn, policy);
  }
}

function featureGroup(
  name: string,
  group: FeatureGroupArgs,
  { keyArn, tags }: SageMakerArgs,
  bucket: pulumi.Output<ObjectStoreBinding>,
  roleArn: pulumi.Output<string>,
  opts: pulumi.CustomResourceOptions,
): FeatureGroup {
  return new FeatureGroup(
    name,
    {
      featureGroupName: group.name,
      recordIdentifierFeatureName: group.recordIdentifier,
      eventTimeFeatureName: group.eventTime,
      featureDefinitions: group.features.map(({ name: featureName, type }) => ({ featureName, featureType: type })),
      onlineStoreConfig: { enableOnlineStore: true, storageType: "Standard", securityConfig: { kmsKeyId: keyArn } },
      offlineStoreConfig: {
        s3StorageConfig: { s3Uri: pulumi.interpolate`s3://${bucket.bucket}/${historyFolder}`, kmsKeyId: keyArn },
        // Iceberg's files can be compacted, and single records deleted, as Art. 17 GDPR asks for.
        tableFormat: "Iceberg",
      },
      roleArn,
      tags,
    },
    opts,
  );
}

function accessOf(
  groups: pulumi.Output<string[]>,
  { keyArn, place }: SageMakerArgs,
  bucketArn: pulumi.Output<string>,
): pulumi.Output<FeatureStoreAccess> {
  const { partition, region, accountId } = place;
  return pulumi
    .all([groups, keyArn, bucketArn, partition, region, accountId])
    .apply(([arns, key, bucket, part, where, account]) => {
      const rule = (actions: string[], ...resources: string[]): AccessRule => ({
        platform: Platform.Aws,
        actions,
        resources,
      });
      const glue = ["catalog", `database/${catalogDatabase}`, `table/${catalogDatabase}/*`].map(
        (path) => `arn:${part}:glue:${where}:${account}:${path}`,
      );
      return {
        serve: [
          rule(["sagemaker:BatchGetRecord", "sagemaker:DescribeFeatureGroup", "sagemaker:GetRecord"], ...arns),
          rule(["kms:Decrypt"], key),
        ],
        train: [
          rule(["sagemaker:DescribeFeatureGroup"], ...arns),
          rule(["glue:GetDatabase", "glue:GetPartitions", "glue:GetTable", "glue:GetTables"], ...glue),
          rule(["s3:GetBucketLocation", "s3:ListBucket"], bucket),
          rule(["s3:GetObject"], `${bucket}/${historyFolder}/*`),
          rule(["kms:Decrypt"], key),
        ],
        materialise: [
          rule(["sagemaker:DescribeFeatureGroup", "sagemaker:PutRecord"], ...arns),
          rule(["kms:Decrypt", "kms:GenerateDataKey"], key),
        ],
      };
    });
}

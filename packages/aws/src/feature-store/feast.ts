import { Workgroup } from "@pulumi/aws/athena";
import { Table } from "@pulumi/aws/dynamodb";
import { CatalogDatabase } from "@pulumi/aws/glue";
import * as pulumi from "@pulumi/pulumi";
import {
  type AccessRule,
  after,
  entityKeyVersion,
  type FeatureStoreAccess,
  feastYaml,
  type ObjectStoreBinding,
  Platform,
} from "aistack-core";
import { ObjectStore } from "../object-store/object-store";
import type { Place } from "../shared/place";
import type { FeatureStorePlan } from "./args";

/** Where in the bucket Feast has what. */
const folders = { registry: "registry/registry.db", staging: "staging/" };

/** Terabyte that one query may scan, which Athena bills by: https://aws.amazon.com/athena/pricing/ */
const mostBytesOfQuery = 10 ** 12;

interface FeastArgs extends FeatureStorePlan {
  keyArn: pulumi.Output<string>;
  place: Place;
  tags: pulumi.Output<{ [key: string]: string }>;
}

/** What Feast works on: tables in DynamoDB, a workgroup and a database for Athena, a bucket for both and the registry. */
export class Feast extends pulumi.ComponentResource {
  public readonly configuration: pulumi.Output<string>;
  public readonly access: pulumi.Output<FeatureStoreAccess>;
  /** Bucket with the registry, the history and what queries put out. */
  public readonly bucket: pulumi.Output<ObjectStoreBinding>;

  constructor(name: string, args: FeastArgs, opts: pulumi.CustomResourceOptions) {
    super("aistack-aws:feature-store:Feast", name, {}, opts);
    // It holds no data.
    const child = { parent: this, retainOnDelete: false };
    const kept = { parent: this, retainOnDelete: opts.retainOnDelete };
    const { keyArn, tags, place, dataClass } = args;
    const bucket = new ObjectStore(`${name}-data`, { kmsKeyArn: keyArn, dataClass, tags }, kept).binding;
    const database = new CatalogDatabase(
      `${name}-database`,
      { name: pulumi.interpolate`feast_${args.project}`, description: `Features of ${name}`, tags },
      kept,
    );
    const workgroup = new Workgroup(
      `${name}-workgroup`,
      {
        description: `Features of ${name}`,
        configuration: {
          enforceWorkgroupConfiguration: true,
          bytesScannedCutoffPerQuery: mostBytesOfQuery,
          publishCloudwatchMetricsEnabled: true,
          resultConfiguration: {
            outputLocation: pulumi.interpolate`s3://${bucket.bucket}/${folders.staging}`,
            encryptionConfiguration: { encryptionOption: "SSE_KMS", kmsKeyArn: keyArn },
          },
        },
        // Its history alone, no data, would keep it from being deleted.
        forceDestroy: true,
        tags,
      },
      child,
    );
    const tables = args.views.map((view) => onlineTable(`${name}-${view}`, view, args, kept));

    this.bucket = bucket;
    this.configuration = pulumi
      .all([args.project, place.region, bucket.bucket, database.name, workgroup.name])
      .apply(([project, region, data, glue, athena]) =>
        feastYaml({
          project,
          provider: "aws",
          registry: { registry_type: "file", path: `s3://${data}/${folders.registry}`, cache_ttl_seconds: 60 },
          online_store: { type: "dynamodb", region, table_name_template: "{project}.{table_name}" },
          offline_store: {
            type: "athena",
            region,
            data_source: "AwsDataCatalog",
            database: glue,
            workgroup: athena,
            s3_staging_location: `s3://${data}/${folders.staging}`.replace(/\/$/, ""),
          },
          // Who may do what is decided by IAM.
          auth: { type: "no_auth" },
          entity_key_serialization_version: entityKeyVersion,
        }),
      );
    const arn = (service: string, path: pulumi.Input<string>) =>
      pulumi.interpolate`arn:${place.partition}:${service}:${place.region}:${place.accountId}:${path}`;
    const access = accessOf({
      tables: pulumi.all(tables.map((table) => table.arn)),
      bucketArn: pulumi.interpolate`arn:${place.partition}:s3:::${bucket.bucket}`,
      keyArn,
      workgroupArn: workgroup.arn,
      catalog: pulumi.all([
        arn("glue", "catalog"),
        database.arn,
        arn("glue", pulumi.interpolate`table/${database.name}/*`),
      ]),
      dataCatalog: arn("athena", "datacatalog/AwsDataCatalog"),
    });
    this.access = after(access, ...tables, workgroup, database);
    this.registerOutputs();
  }
}

/**
 * The table of a feature view, with the key that Feast's own have: `entity_id`.
 * https://github.com/feast-dev/feast/blob/v0.67.0/sdk/python/feast/infra/online_stores/dynamodb.py
 */
function onlineTable(name: string, view: string, args: FeastArgs, opts: pulumi.CustomResourceOptions): Table {
  return new Table(
    name,
    {
      name: pulumi.interpolate`${args.project}.${view}`,
      billingMode: "PAY_PER_REQUEST",
      hashKey: "entity_id",
      attributes: [{ name: "entity_id", type: "S" }],
      serverSideEncryption: { enabled: true, kmsKeyArn: args.keyArn },
      pointInTimeRecovery: { enabled: true },
      deletionProtectionEnabled: true,
      tags: args.tags,
    },
    opts,
  );
}

interface Resources {
  tables: pulumi.Output<string[]>;
  bucketArn: pulumi.Output<string>;
  keyArn: pulumi.Output<string>;
  workgroupArn: pulumi.Output<string>;
  catalog: pulumi.Output<string[]>;
  dataCatalog: pulumi.Output<string>;
}

/** What Feast's calls need, read from its sources (`dynamodb.py`, `athena.py`, `aws_utils.py`, `registry/s3.py` of 0.67.0). */
function accessOf(resources: Resources): pulumi.Output<FeatureStoreAccess> {
  return pulumi
    .all([
      resources.tables,
      resources.bucketArn,
      resources.keyArn,
      resources.workgroupArn,
      resources.catalog,
      resources.dataCatalog,
    ])
    .apply(([tables, bucket, key, workgroup, catalog, dataCatalog]) => {
      const rule = (actions: string[], ...to: string[]): AccessRule => ({
        platform: Platform.Aws,
        actions,
        resources: to,
      });
      const ofTables = (...actions: string[]) => (tables.length === 0 ? [] : [rule(actions, ...tables)]);
      const registry = `${bucket}/${folders.registry}`;
      const readRegistry = [rule(["s3:ListBucket"], bucket), rule(["s3:GetObject"], registry)];
      const serve = [
        ...ofTables("dynamodb:BatchGetItem", "dynamodb:DescribeTable", "dynamodb:GetItem"),
        ...readRegistry,
        rule(["kms:Decrypt"], key),
      ];
      const query = [
        rule(
          [
            "athena:GetQueryExecution",
            "athena:GetQueryResults",
            "athena:GetWorkGroup",
            "athena:StartQueryExecution",
            "athena:StopQueryExecution",
          ],
          workgroup,
        ),
        rule(["athena:GetDataCatalog"], dataCatalog),
        rule(["glue:GetDatabase", "glue:GetPartitions", "glue:GetTable", "glue:GetTables"], ...catalog),
        // The list of entities of a training set becomes a table for the time of the query.
        rule(["glue:CreateTable", "glue:DeleteTable"], ...catalog),
        rule(["s3:GetBucketLocation", "s3:ListBucket"], bucket),
        rule(["s3:GetObject"], `${bucket}/*`),
        rule(
          ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:ListMultipartUploadParts", "s3:PutObject"],
          `${bucket}/${folders.staging}*`,
        ),
        rule(["kms:Decrypt", "kms:GenerateDataKey"], key),
      ];
      return {
        serve,
        train: query,
        materialise: [
          ...query,
          ...ofTables(
            "dynamodb:BatchGetItem",
            "dynamodb:BatchWriteItem",
            "dynamodb:DescribeTable",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
          ),
          rule(["s3:PutObject"], registry),
        ],
      };
    });
}

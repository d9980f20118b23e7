import * as pulumi from "@pulumi/pulumi";
import {
  type AccessRule,
  type FeatureGroupArgs,
  type FeatureStoreBinding,
  FeatureStoreEngine,
  FeatureType,
  Regulation,
} from "aistack-core";
import type { Graph, Mode } from "aistack-engine";
import { created, custom, inputs, modes, planned, refusal, statements } from "../testing";
import type { FeatureStoreArgs } from "./args";
import { FeatureStore } from "./feature-store";

const store = (args?: FeatureStoreArgs, mode?: Mode): Promise<Graph> =>
  planned(() => {
    const made = new FeatureStore("features", args);
    return { binding: made.binding, configuration: made.configuration };
  }, mode);

const group: FeatureGroupArgs = {
  name: "driver-trips",
  recordIdentifier: "driver_id",
  eventTime: "event_time",
  features: [
    { name: "driver_id", type: FeatureType.String },
    { name: "event_time", type: FeatureType.Fractional },
    { name: "trips", type: FeatureType.Integral },
  ],
};
const sagemaker = { engine: FeatureStoreEngine.SageMaker, groups: [group] };
const bucket = [
  "features-data-encryption BucketServerSideEncryptionConfiguration",
  "features-data-lifecycle BucketLifecycleConfiguration",
  "features-data-objects Bucket",
  "features-data-owner BucketOwnershipControls",
  "features-data-policy BucketPolicy",
  "features-data-private BucketPublicAccessBlock",
  "features-data-versions BucketVersioning",
];

describe.each(modes)("in %s", (mode) => {
  test("Feast: creates these children and no others; what holds data outlives the stack", async () => {
    const graph = await store({ views: ["driver_trips"] }, mode);
    expect(created(graph)).toEqual(
      [
        ...bucket,
        "features-database CatalogDatabase",
        "features-driver_trips Table",
        "features-key Key",
        "features-workgroup Workgroup",
      ].sort(),
    );
    expect(
      custom(graph)
        .filter((row) => row.options.retainOnDelete !== true)
        .map((row) => row.name),
    ).toEqual(["features-workgroup"]);
    expect(graph.diagnostics).toEqual([]);
  });

  test("SageMaker: creates these children and no others", async () => {
    const graph = await store(sagemaker, mode);
    expect(created(graph)).toEqual(
      [
        ...bucket,
        "features-driver-trips FeatureGroup",
        "features-key Key",
        "features-writer Role",
        "features-writer-policy RolePolicy",
      ].sort(),
    );
  });

  test("a view's table is the one that Feast looks for, with the key, recovery and protection", async () => {
    const graph = await store({ views: ["driver_trips"], project: "fraud" }, mode);
    expect(inputs(graph, "features-driver_trips")).toMatchObject({
      name: "fraud.driver_trips",
      billingMode: "PAY_PER_REQUEST",
      hashKey: "entity_id",
      attributes: [{ name: "entity_id", type: "S" }],
      serverSideEncryption: { enabled: true, kmsKeyArn: expect.anything() },
      pointInTimeRecovery: { enabled: true },
      deletionProtectionEnabled: true,
    });
  });
});

test("the configuration names what was made", async () => {
  const graph = await store({ views: ["driver_trips"] });
  const { configuration, binding } = graph.outputs as unknown as {
    configuration: string;
    binding: FeatureStoreBinding;
  };
  const data = /s3:\/\/(features-data-objects-[0-9a-f]+)\/registry\/registry\.db/.exec(configuration)?.[1];
  expect(configuration).toBe(`project: "features"
provider: "aws"
registry:
  registry_type: "file"
  path: "s3://${data}/registry/registry.db"
  cache_ttl_seconds: 60
online_store:
  type: "dynamodb"
  region: "eu-west-1"
  table_name_template: "{project}.{table_name}"
offline_store:
  type: "athena"
  region: "eu-west-1"
  data_source: "AwsDataCatalog"
  database: "feast_features"
  workgroup: "${inputs(graph, "features-workgroup", "name") ?? /workgroup: "([^"]+)"/.exec(configuration)?.[1]}"
  s3_staging_location: "s3://${data}/staging"
auth:
  type: "no_auth"
entity_key_serialization_version: 3
`);
  expect(binding.configuration).toBe(configuration);
});

test("who serves reads, who materialises writes; nobody makes or deletes tables of DynamoDB", async () => {
  const { access } = (await store({ views: ["driver_trips"] })).outputs.binding as unknown as FeatureStoreBinding;
  const actions = (rules: AccessRule[]) => rules.flatMap((rule) => rule.actions);
  expect(actions(access.serve)).toEqual([
    "dynamodb:BatchGetItem",
    "dynamodb:DescribeTable",
    "dynamodb:GetItem",
    "s3:ListBucket",
    "s3:GetObject",
    "kms:Decrypt",
  ]);
  expect(actions(access.train).filter((action) => action.startsWith("dynamodb:"))).toEqual([]);
  expect(actions(access.materialise)).toEqual(expect.arrayContaining(["dynamodb:BatchWriteItem", "s3:PutObject"]));
  for (const rules of Object.values(access) as AccessRule[][]) {
    expect(actions(rules).filter((action) => /dynamodb:(Create|Delete)Table|\*/.test(action))).toEqual([]);
    for (const { resources } of rules) for (const arn of resources) expect(arn).toMatch(/^arn:aws:[a-z0-9]+:[^*]+\*?$/);
  }
});

test("SageMaker keeps with the key, online and off, and its role writes history alone", async () => {
  const graph = await store(sagemaker);
  expect(inputs(graph, "features-driver-trips")).toMatchObject({
    onlineStoreConfig: {
      enableOnlineStore: true,
      storageType: "Standard",
      securityConfig: { kmsKeyId: expect.any(String) },
    },
    offlineStoreConfig: {
      s3StorageConfig: { s3Uri: expect.stringMatching(/^s3:\/\/.+\/history$/), kmsKeyId: expect.any(String) },
      tableFormat: "Iceberg",
    },
  });
  const policy = statements(graph, "features-writer-policy");
  expect(policy.WriteHistory?.Resource).toMatch(/^arn:aws:s3:::.+\/history\/\*$/);
  expect(JSON.stringify(policy)).not.toMatch(/"[a-z0-9]+:\*"|"\*"/);
  expect(graph.outputs.configuration).toBeUndefined();
});

test("an adopted store is passed on and nothing is created", async () => {
  const existing = { kind: "feature-store", name: "shared", project: "shared" } as FeatureStoreBinding;
  const graph = await store({ existing, compliance: [Regulation.Gdpr] });
  expect(created(graph)).toEqual([]);
  expect(graph.outputs.binding).toEqual(existing);
});

const refused: [string, FeatureStoreArgs, RegExp][] = [
  [
    "an engine of another cloud",
    { engine: FeatureStoreEngine.Vertex },
    /engine is "vertex", but must be one of feast, sagemaker/,
  ],
  ["a project with a hyphen", { project: "my-features" }, /project is "my-features", but must be 1 to 39/],
  ["a view twice", { views: ["a", "a"] }, /views\[1\] is "a" again; names must differ/],
  ["groups with Feast", { groups: [group] }, /groups has no effect with engine feast/],
  ["SageMaker without groups", { engine: FeatureStoreEngine.SageMaker }, /groups is left out/],
  ["views with SageMaker", { ...sagemaker, views: ["a"] }, /views has no effect with engine sagemaker/],
  [
    "a time that no feature is",
    { ...sagemaker, groups: [{ ...group, eventTime: "when" }] },
    /groups\[0\]\.eventTime is "when", but must be the name of one of the group's features/,
  ],
  [
    "a time in whole numbers",
    { ...sagemaker, groups: [{ ...group, eventTime: "trips" }] },
    /groups\[0\]\.eventTime is Integral, but must be Fractional/,
  ],
  [
    "a feature that the service keeps",
    {
      ...sagemaker,
      groups: [{ ...group, features: [...group.features, { name: "write_time", type: FeatureType.String }] }],
    },
    /groups\[0\]\.features\[3\]\.name is write_time, which the service keeps/,
  ],
  ["a key that is none", { kmsKeyArn: "mine" }, /kmsKeyArn is "mine", but must be the ARN of a KMS key/],
  [
    "arguments beside an adopted store",
    { existing: pulumi.output({} as FeatureStoreBinding), views: ["a"] },
    /views has no effect together with `existing`/,
  ],
];
test.each(refused)("refuses %s", async (_, args, message) => {
  expect(await refusal(() => new FeatureStore("features", args))).toMatch(message);
});

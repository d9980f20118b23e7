import * as pulumi from "@pulumi/pulumi";
import {
  type AccessRule,
  type FeatureGroupArgs,
  type FeatureStoreBinding,
  FeatureStoreEngine,
  FeatureType,
  OnlineStoreKind,
  Platform,
  Regulation,
} from "aistack-core";
import type { Graph, Mode } from "aistack-engine";
import { created, custom, inputs, modes, planned, refusal, waitsFor } from "../testing";
import type { FeatureStoreArgs } from "./args";
import { FeatureReader, type FeatureReaderArgs } from "./feature-reader";
import { FeatureStore } from "./feature-store";

const store = (args?: FeatureStoreArgs, mode?: Mode): Promise<Graph> =>
  planned(() => {
    const made = new FeatureStore("features", args);
    return { binding: made.binding, configuration: made.configuration };
  }, mode);

const group: FeatureGroupArgs = {
  name: "driver_trips",
  recordIdentifier: "driver_id",
  eventTime: "feature_timestamp",
  features: [
    { name: "driver_id", type: FeatureType.String },
    { name: "feature_timestamp", type: FeatureType.String },
    { name: "trips", type: FeatureType.Integral },
    { name: "rating", type: FeatureType.Fractional },
  ],
};
const vertex = { engine: FeatureStoreEngine.Vertex, groups: [group] };
const kmsKey = "projects/my-project/locations/europe-west4/keyRings/ring/cryptoKeys/key";

describe.each(modes)("in %s", (mode) => {
  test("creates these children and no others, which outlive the stack", async () => {
    const graph = await store({}, mode);
    expect(created(graph)).toEqual([
      "features-features-bigquery CryptoKeyIAMMember",
      "features-features-bigtable CryptoKeyIAMMember",
      "features-features-bigtable-agent ServiceIdentity",
      "features-features-key CryptoKey",
      "features-features-ring KeyRing",
      "features-features-storage CryptoKeyIAMMember",
      "features-offline Dataset",
      "features-online Instance",
      "features-registry Bucket",
    ]);
    expect(custom(graph).filter((row) => row.options.retainOnDelete !== true)).toEqual([]);
    expect(graph.diagnostics).toEqual([]);
  });

  test("all is encrypted with the key, closed and protected", async () => {
    const graph = await store({ kmsKey, maxNodes: 21 }, mode);
    expect(created(graph).filter((row) => row.endsWith("CryptoKey"))).toEqual([]);
    expect(inputs(graph, "features-online")).toMatchObject({
      deletionProtection: true,
      clusters: [
        {
          clusterId: "features-online",
          zone: "europe-west4-b",
          storageType: "SSD",
          kmsKeyName: kmsKey,
          autoscalingConfig: { minNodes: 3, maxNodes: 21, cpuTarget: 60 },
        },
      ],
    });
    expect(inputs(graph, "features-offline")).toMatchObject({
      datasetId: "feast_features",
      location: "europe-west4",
      defaultEncryptionConfiguration: { kmsKeyName: kmsKey },
      deleteContentsOnDestroy: false,
    });
    expect(inputs(graph, "features-registry")).toMatchObject({
      publicAccessPrevention: "enforced",
      uniformBucketLevelAccess: true,
      encryption: { defaultKmsKeyName: kmsKey },
      versioning: { enabled: true },
      forceDestroy: false,
    });
  });

  test("Vertex AI: creates these children and no others, which outlive the stack", async () => {
    const graph = await store(vertex, mode);
    expect(created(graph)).toEqual([
      "features-agent ServiceIdentity",
      "features-bigquery-key CryptoKeyIAMMember",
      "features-driver_trips-feature-rating AiFeatureGroupFeature",
      "features-driver_trips-feature-trips AiFeatureGroupFeature",
      "features-driver_trips-group AiFeatureGroup",
      "features-driver_trips-history Table",
      "features-driver_trips-view AiFeatureOnlineStoreFeatureview",
      "features-key CryptoKey",
      "features-offline Dataset",
      "features-online AiFeatureOnlineStore",
      "features-reads DatasetIamMember",
      "features-ring KeyRing",
      "features-vertex-key CryptoKeyIAMMember",
    ]);
    expect(
      custom(graph)
        .filter((row) => row.options.retainOnDelete !== true)
        .map((row) => row.name),
    ).toEqual(["features-agent"]);
  });

  test("Vertex AI: the store is one of Bigtable, with the key, and filled by the schedule", async () => {
    const graph = await store(
      { ...vertex, kmsKey, maxNodes: 30, zone: "europe-west4-c", materialisation: { schedule: "*/10 * * * *" } },
      mode,
    );
    expect(created(graph).filter((row) => /CryptoKey|KeyRing/.test(row))).toEqual([]);
    const online = inputs(graph, "features-online");
    expect(online).toMatchObject({
      name: "features",
      region: "europe-west4",
      bigtable: {
        autoScaling: { minNodeCount: 3, maxNodeCount: 30, cpuUtilizationTarget: 60 },
        zone: "europe-west4-c",
      },
      encryptionSpec: { kmsKeyName: kmsKey },
      forceDestroy: false,
    });
    expect(online.optimized).toBeUndefined();
    expect(online.dedicatedServingEndpoint).toBeUndefined();
    expect(inputs(graph, "features-driver_trips-view")).toMatchObject({
      name: "driver_trips",
      syncConfig: { cron: "TZ=UTC */10 * * * *" },
    });
    expect(inputs(graph, "features-driver_trips-view", "bigQuerySource")).toBeUndefined();
    expect(waitsFor(graph, "features-driver_trips-view")).toContain("features-reads");
  });

  test("Vertex AI: a group's table has its columns, is kept in days and cannot be deleted", async () => {
    const graph = await store({ ...vertex, kmsKey }, mode);
    const table = inputs(graph, "features-driver_trips-history");
    expect(table).toMatchObject({
      tableId: "driver_trips",
      timePartitioning: { type: "DAY", field: "feature_timestamp" },
      clusterings: ["driver_id"],
      encryptionConfiguration: { kmsKeyName: kmsKey },
      deletionProtection: true,
    });
    expect(JSON.parse(table.schema)).toEqual([
      { name: "driver_id", type: "STRING", mode: "REQUIRED" },
      { name: "feature_timestamp", type: "TIMESTAMP", mode: "REQUIRED" },
      { name: "trips", type: "INTEGER", mode: "NULLABLE" },
      { name: "rating", type: "FLOAT", mode: "NULLABLE" },
    ]);
    expect(inputs(graph, "features-driver_trips-group", "bigQuery.entityIdColumns")).toEqual(["driver_id"]);
  });
});

test("Vertex AI: group, features, view and what the service may read all name one another", async () => {
  const graph = await store(vertex);
  expect(inputs(graph, "features-driver_trips-group", "bigQuery.bigQuerySource.inputUri")).toBe(
    "bq://my-project.features_features.driver_trips",
  );
  expect(inputs(graph, "features-driver_trips-view")).toMatchObject({
    featureOnlineStore: "features",
    featureRegistrySource: { featureGroups: [{ featureGroupId: "driver_trips", featureIds: ["trips", "rating"] }] },
    syncConfig: { cron: "TZ=UTC 0 * * * *" },
  });
  expect(inputs(graph, "features-reads")).toMatchObject({
    datasetId: "features_features",
    role: "roles/bigquery.dataViewer",
    member: "serviceAccount:service-123456789012@gcp-sa-aiplatform.iam.gserviceaccount.com",
  });
});

test("Vertex AI: the binding says where the store is, and grants reading, training and writing apart", async () => {
  const { binding, configuration } = (await store(vertex)).outputs as unknown as {
    binding: FeatureStoreBinding;
    configuration: undefined;
  };
  const name = "projects/my-project/locations/europe-west4/featureOnlineStores/features";
  const dataset = "//bigquery.googleapis.com/projects/my-project/datasets/features_features";
  const access = (role: string, resource: string) => [{ platform: "gcp", actions: [role], resources: [resource] }];
  expect(configuration).toBeUndefined();
  expect(binding).toEqual({
    kind: "feature-store",
    name: "features",
    project: "features",
    registry: "service",
    onlineStore: "vertex",
    offlineStore: "bigquery",
    endpoint: "https://europe-west4-aiplatform.googleapis.com",
    environment: {
      FEAST_FEATURES_STORE: name,
      FEAST_FEATURES_DATASET: "my-project.features_features",
    },
    egress: [{ port: 443 }, { port: 80, cidr: "169.254.169.254/32" }, { port: 988, cidr: "169.254.169.252/32" }],
    access: {
      serve: access("roles/aiplatform.featurestoreDataViewer", `//aiplatform.googleapis.com/${name}`),
      train: access("roles/bigquery.dataViewer", dataset),
      materialise: access("roles/bigquery.dataEditor", dataset),
    },
  });
});

const reader: FeatureReaderArgs = {
  cluster: { name: "shared", platform: Platform.Gcp, region: "europe-west4" },
  identity: { namespace: "fraud", serviceAccount: "fraud" },
  store: {
    onlineStore: OnlineStoreKind.Vertex,
    access: {
      serve: [
        {
          platform: Platform.Gcp,
          actions: ["roles/aiplatform.featurestoreDataViewer"],
          resources: ["//aiplatform.googleapis.com/projects/p/locations/l/featureOnlineStores/s"],
        },
      ] as AccessRule[],
    },
  } as FeatureStoreBinding,
};

test.each(modes)("FeatureReader lets one service account read from the store, and no more, in %s", async (mode) => {
  const graph = await planned(() => {
    const { binding } = new FeatureStore("features", vertex);
    new FeatureReader("fraud", { ...reader, store: binding });
  }, mode);
  expect(created(graph).filter((row) => row.startsWith("fraud"))).toEqual([
    "fraud-reads AiFeatureOnlineStoreIamMember",
  ]);
  expect(inputs(graph, "fraud-reads", "member")).toBe(
    "principal://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/my-project.svc.id.goog/subject/ns/fraud/sa/fraud",
  );
  if (mode === "preview") return;
  expect(inputs(graph, "fraud-reads")).toMatchObject({
    role: "roles/aiplatform.featurestoreDataViewer",
    featureOnlineStore: "projects/my-project/locations/europe-west4/featureOnlineStores/features",
  });
});

const refusedReader: [string, Partial<FeatureReaderArgs>, RegExp][] = [
  [
    "a cluster elsewhere",
    { cluster: { name: "eks", platform: Platform.Aws } },
    /cluster.platform is "aws", but must be one of gcp/,
  ],
  [
    "a store of Feast",
    { store: { onlineStore: OnlineStoreKind.Bigtable } as FeatureStoreBinding },
    /store.onlineStore is "bigtable", but must be vertex/,
  ],
  [
    "a store that grants nothing to read",
    {
      store: {
        onlineStore: OnlineStoreKind.Vertex,
        access: { serve: [{ platform: Platform.Gcp, actions: ["roles/owner"], resources: ["*"] }] as AccessRule[] },
      } as FeatureStoreBinding,
    },
    /is for "\*"; give the binding of a FeatureStore of engine vertex/,
  ],
];
test.each(refusedReader)("FeatureReader refuses %s", async (_, args, message) => {
  expect(await refusal(() => new FeatureReader("fraud", { ...reader, ...args }))).toMatch(message);
});

test("the configuration names what was made", async () => {
  const { configuration, binding } = (await store({ project: "fraud" })).outputs as unknown as {
    configuration: string;
    binding: FeatureStoreBinding;
  };
  expect(configuration).toMatch(
    /^project: "fraud"\nprovider: "gcp"\nregistry:\n {2}registry_type: "file"\n {2}path: "gs:\/\/features-registry-[0-9a-f]+\/registry\/registry\.db"\n/,
  );
  expect(configuration).toContain('dataset: "feast_fraud"\n  location: "europe-west4"\n');
  expect(binding.configuration).toBe(configuration);
});

test("who serves reads alone; no rule is on the project", async () => {
  const { access } = (await store()).outputs.binding as unknown as FeatureStoreBinding;
  expect(access.serve.flatMap((rule) => rule.actions)).toEqual(["roles/bigtable.reader", "roles/storage.objectViewer"]);
  for (const rules of Object.values(access) as AccessRule[][])
    for (const { resources } of rules)
      for (const resource of resources) expect(resource).toMatch(/\/(instances|datasets|buckets)\/[^/*]+$/);
});

test("an adopted store is passed on and nothing is created", async () => {
  const existing = { kind: "feature-store", name: "shared", project: "shared" } as FeatureStoreBinding;
  const graph = await store({ existing, compliance: [Regulation.Gdpr] });
  expect(created(graph)).toEqual([]);
  expect(graph.outputs.binding).toEqual(existing);
});

const withGroup = (own: Partial<FeatureGroupArgs>) => ({ ...vertex, groups: [{ ...group, ...own }] });
const [id, time] = group.features as [FeatureGroupArgs["features"][0], FeatureGroupArgs["features"][0]];
const refused: [string, FeatureStoreArgs, RegExp][] = [
  [
    "an engine of another cloud",
    { engine: FeatureStoreEngine.SageMaker },
    /engine is "sagemaker", but must be one of feast, vertex/,
  ],
  ["groups with Feast", { groups: [group] }, /groups has no effect with engine feast/],
  ["a schedule with Feast", { materialisation: {} }, /materialisation has no effect with engine feast/],
  ["Vertex AI without groups", { engine: FeatureStoreEngine.Vertex }, /groups is left out/],
  ["a project with Vertex AI", { ...vertex, project: "own" }, /project has no effect with engine vertex/],
  [
    "days that are copied again",
    { ...vertex, materialisation: { lookbackDays: 3, timeoutSeconds: 60 } },
    /materialisation.lookbackDays has no effect with engine vertex.*\n.*materialisation.timeoutSeconds has no effect/,
  ],
  [
    "a schedule that is none",
    { ...vertex, materialisation: { schedule: "hourly" } },
    /materialisation.schedule is "hourly", but must be/,
  ],
  [
    "a group's name of AWS",
    withGroup({ name: "driver-trips" }),
    /groups\[0\].name is "driver-trips", but must be 1 to 60/,
  ],
  ["a group twice", { ...vertex, groups: [group, group] }, /groups\[1\] is "driver_trips" again; names must differ/],
  [
    "a time of another name",
    withGroup({ eventTime: "trips" }),
    /eventTime is Integral.*\n.*groups\[0\].eventTime is "trips", but must be "feature_timestamp"/,
  ],
  [
    "an identifier in fractions",
    withGroup({ recordIdentifier: "rating" }),
    /groups\[0\].recordIdentifier is Fractional, but must be String or Integral/,
  ],
  ["a group of nothing", withGroup({ features: [id, time] }), /groups\[0\].features has no feature beside identifier/],
  [
    "a feature in capitals",
    withGroup({ features: [...group.features, { name: "Trips", type: FeatureType.Integral }] }),
    /groups\[0\].features\[4\].name is "Trips", but must be 1 to 64 lower-case/,
  ],
  ["a project with a hyphen", { project: "my-features" }, /project is "my-features", but must be 1 to 39/],
  ["no node", { maxNodes: 0 }, /maxNodes is 0, but must be a whole number from 1 to 30/],
  ["a zone that is none", { zone: "europe" }, /zone is "europe", but must be the name of a zone/],
  [
    "a zone elsewhere",
    { zone: "us-central1-b" },
    /zone names us-central1-b, but the provider's region is europe-west4/,
  ],
  ["a key that is none", { kmsKey: "mine" }, /kmsKey is "mine", but must be the name of a key/],
  [
    "arguments beside an adopted store",
    { existing: pulumi.output({} as FeatureStoreBinding), maxNodes: 2 },
    /maxNodes has no effect together with `existing`/,
  ],
];
test.each(refused)("refuses %s", async (_, args, message) => {
  expect(await refusal(() => new FeatureStore("features", args))).toMatch(message);
});

import * as pulumi from "@pulumi/pulumi";
import { type AccessRule, type FeatureStoreBinding, Regulation } from "aistack-core";
import type { Graph, Mode } from "aistack-engine";
import { created, custom, inputs, modes, planned, refusal } from "../testing";
import type { FeatureStoreArgs } from "./args";
import { FeatureStore } from "./feature-store";

const store = (args?: FeatureStoreArgs, mode?: Mode): Promise<Graph> =>
  planned(() => {
    const made = new FeatureStore("features", args);
    return { binding: made.binding, configuration: made.configuration };
  }, mode);

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
    const kmsKey = "projects/my-project/locations/europe-west4/keyRings/ring/cryptoKeys/key";
    const graph = await store({ kmsKey, maxNodes: 7 }, mode);
    expect(created(graph).filter((row) => row.endsWith("CryptoKey"))).toEqual([]);
    expect(inputs(graph, "features-online")).toMatchObject({
      deletionProtection: true,
      clusters: [
        {
          clusterId: "features-online",
          zone: "europe-west4-b",
          storageType: "SSD",
          kmsKeyName: kmsKey,
          autoscalingConfig: { minNodes: 1, maxNodes: 7, cpuTarget: 60 },
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

const refused: [string, FeatureStoreArgs, RegExp][] = [
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

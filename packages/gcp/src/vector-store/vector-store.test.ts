import * as pulumi from "@pulumi/pulumi";
import {
  DataClass,
  Distance,
  type NetworkBinding,
  Regulation,
  VectorEngine,
  type VectorStoreBinding,
} from "aistack-core";
import { type Graph, type Mode, resource, Secret } from "aistack-engine";
import { Network } from "../network/network";
import { created, custom, inputs, modes, planned, refusal, waitsFor } from "../testing";
import { cpusFor, shardFor, type VectorStoreArgs } from "./args";
import { VectorStore } from "./vector-store";

const network: NetworkBinding = {
  networkId: "projects/my-project/global/networks/net",
  cidr: "10.0.0.0/16",
  privateSubnetIds: ["projects/my-project/regions/europe-west4/subnetworks/net"],
};

const store = (args: Partial<VectorStoreArgs> = {}, mode?: Mode): Promise<Graph> =>
  planned(() => {
    const { binding, init } = new VectorStore("vectors", { dimensions: 1024, network, ...args });
    return { binding: pulumi.unsecret(binding), init };
  }, mode);
const alloyDb = (args: Partial<VectorStoreArgs> = {}, mode?: Mode) =>
  store({ engine: VectorEngine.Pgvector, ...args }, mode);

// biome-ignore lint/suspicious/noExplicitAny: plain data whose shape each test states
const binding = (graph: Graph) => graph.outputs.binding as any;
const kept = (graph: Graph) =>
  custom(graph)
    .filter((row) => row.options.retainOnDelete === true)
    .map(({ name }) => name)
    .sort();

describe.each(modes)("Vertex AI Vector Search, in %s", (mode) => {
  test("is the default, and creates these children and no others", async () => {
    const graph = await store({}, mode);
    expect(created(graph)).toEqual([
      "vectors-address Address",
      "vectors-agent ServiceIdentity",
      "vectors-deployed AiIndexEndpointDeployedIndex",
      "vectors-encrypts CryptoKeyIAMMember",
      "vectors-endpoint AiIndexEndpoint",
      "vectors-key CryptoKey",
      "vectors-ring KeyRing",
      "vectors-service ForwardingRule",
      "vectors-vectors AiIndex",
    ]);
    expect(kept(graph)).toEqual(["vectors-encrypts", "vectors-key", "vectors-ring", "vectors-vectors"]);
    expect(graph.diagnostics).toEqual([]);
  });

  test("takes vectors one by one, encrypted with a key that changes, and answers nobody outside the network", async () => {
    const graph = await store({ distance: Distance.Euclidean }, mode);
    expect(inputs(graph, "vectors-vectors")).toMatchObject({
      displayName: "vectors",
      indexUpdateMethod: "STREAM_UPDATE",
      encryptionSpec: { kmsKeyName: expect.anything() },
      metadata: {
        config: {
          dimensions: 1024,
          distanceMeasureType: "SQUARED_L2_DISTANCE",
          approximateNeighborsCount: 150,
          shardSize: "SHARD_SIZE_SMALL",
        },
      },
    });
    expect(inputs(graph, "vectors-endpoint")).toMatchObject({
      privateServiceConnectConfig: { enablePrivateServiceConnect: true, projectAllowlists: ["my-project"] },
      encryptionSpec: { kmsKeyName: expect.anything() },
    });
    expect(inputs(graph, "vectors-endpoint", "publicEndpointEnabled")).toBeUndefined();
    expect(inputs(graph, "vectors-key", "rotationPeriod")).toBe("7776000s");
    expect(waitsFor(graph, "vectors-vectors")).toContain("vectors-encrypts");
  });
});

test("Vertex: one shard for the vectors expected, on the machine for it", async () => {
  // 1,000,000 * 1024 * 4 = 3.8 GiB: more than a small shard.
  const graph = await store({ capacity: 1_000_000, replicas: 3 });
  expect(inputs(graph, "vectors-vectors", "metadata.config.shardSize")).toBe("SHARD_SIZE_MEDIUM");
  expect(inputs(graph, "vectors-deployed")).toMatchObject({
    deployedIndexId: "vectors_dev",
    dedicatedResources: { machineSpec: { machineType: "e2-standard-16" }, minReplicaCount: 3, maxReplicaCount: 3 },
  });
  expect([500_000, 10_000_000, 1_000_000_000].map((count) => shardFor(count, 1024).name)).toEqual([
    "SHARD_SIZE_SMALL",
    "SHARD_SIZE_LARGE",
    "SHARD_SIZE_LARGE",
  ]);
});

test("Vertex: searches go to an address in the network, writes to Google's API", async () => {
  const graph = await store();
  const { environment, egress, endpoint, credentials } = binding(graph);
  expect(endpoint).toMatch(/^grpc:\/\/198\.51\.100\.\d+:10000$/);
  expect(environment).toMatchObject({
    VECTORS_ENGINE: "vertex-vector-search",
    VECTORS_COLLECTION: "vectors_dev",
    VECTORS_INDEX: expect.stringMatching(/^projects\/my-project\/locations\/europe-west4\/indexes\/\d+$/),
    VECTORS_API: "https://europe-west4-aiplatform.googleapis.com",
  });
  expect(egress).toEqual([{ port: 10000, cidr: expect.stringMatching(/^198\.51\.100\.\d+\/32$/) }, { port: 443 }]);
  expect(credentials).toBeUndefined();
  expect(inputs(graph, "vectors-service")).toMatchObject({
    network: network.networkId,
    target: expect.stringMatching(/\/serviceAttachments\//),
    loadBalancingScheme: "",
  });
});

describe.each(modes)("AlloyDB, in %s", (mode) => {
  test("creates these children and no others, of which what holds data outlives the stack", async () => {
    const graph = await alloyDb({}, mode);
    expect(created(graph)).toEqual([
      "vectors-administrator Secret",
      "vectors-administrator-password RandomPassword",
      "vectors-administrator-version SecretVersion",
      "vectors-agent ServiceIdentity",
      "vectors-encrypts CryptoKeyIAMMember",
      "vectors-key CryptoKey",
      "vectors-primary Instance",
      "vectors-primary-address Address",
      "vectors-primary-service ForwardingRule",
      "vectors-readers Instance",
      "vectors-readers-address Address",
      "vectors-readers-service ForwardingRule",
      "vectors-ring KeyRing",
      "vectors-secrets-agent ServiceIdentity",
      "vectors-secrets-encrypts CryptoKeyIAMMember",
      "vectors-user User",
      "vectors-user-password RandomPassword",
      "vectors-vectors Cluster",
    ]);
    expect(kept(graph)).toEqual([
      "vectors-administrator",
      "vectors-administrator-version",
      "vectors-encrypts",
      "vectors-key",
      "vectors-primary",
      "vectors-readers",
      "vectors-ring",
      "vectors-secrets-encrypts",
      "vectors-user",
      "vectors-vectors",
    ]);
  });

  test("is private, encrypted with its own key, backups included, and can go back to any moment", async () => {
    const graph = await alloyDb({ backup: { retentionDays: 21 } }, mode);
    expect(inputs(graph, "vectors-vectors")).toMatchObject({
      location: "europe-west4",
      databaseVersion: "POSTGRES_17",
      pscConfig: { pscEnabled: true },
      encryptionConfig: { kmsKeyName: expect.anything() },
      continuousBackupConfig: {
        enabled: true,
        recoveryWindowDays: 21,
        encryptionConfig: { kmsKeyName: expect.anything() },
      },
      automatedBackupPolicy: {
        enabled: true,
        timeBasedRetention: { retentionPeriod: "1814400s" },
        encryptionConfig: { kmsKeyName: expect.anything() },
      },
      deletionProtection: true,
    });
    for (const instance of ["vectors-primary", "vectors-readers"])
      expect(inputs(graph, instance)).toMatchObject({
        clientConnectionConfig: { sslConfig: { sslMode: "ENCRYPTED_ONLY" } },
        databaseFlags: { "alloydb.iam_authentication": "on" },
        pscInstanceConfig: { allowedConsumerProjects: [expect.anything()] },
      });
    expect(inputs(graph, "vectors-primary", "networkConfig")).toBeUndefined();
  });

  test("the administrator's password is kept in the region, encrypted with the same key", async () => {
    const kmsKey = "projects/p/locations/europe-west4/keyRings/r/cryptoKeys/k";
    const graph = await alloyDb({ kmsKey }, mode);
    expect(inputs(graph, "vectors-administrator")).toMatchObject({
      secretId: "vectors-dev-administrator",
      replication: {
        userManaged: { replicas: [{ location: "europe-west4", customerManagedEncryption: { kmsKeyName: kmsKey } }] },
      },
    });
    expect(created(graph).join()).not.toContain("agent");
  });

  test("no password is in the plan", async () => {
    const graph = await alloyDb({}, mode);
    expect(inputs(graph, "vectors-user", "password")).toBeInstanceOf(Secret);
    expect(inputs(graph, "vectors-vectors", "initialUser.password")).toBeInstanceOf(Secret);
    expect(inputs(graph, "vectors-administrator-version", "secretData")).toBeInstanceOf(Secret);
  });
});

test("AlloyDB: one writes, the others read; one alone is for development", async () => {
  const many = await alloyDb({ replicas: 4 });
  expect(inputs(many, "vectors-primary")).toMatchObject({ instanceType: "PRIMARY", availabilityType: "REGIONAL" });
  expect(inputs(many, "vectors-readers")).toMatchObject({
    instanceType: "READ_POOL",
    readPoolConfig: { nodeCount: 3 },
  });
  expect(resource(many, "vectors-readers").dependencies.join()).toContain("vectors-primary");
  const one = await alloyDb({ replicas: 1 });
  expect(created(one).join()).not.toContain("readers");
  expect(inputs(one, "vectors-primary", "availabilityType")).toBe("ZONAL");
});

test("AlloyDB: the machine holds the index of the vectors expected", async () => {
  const cpus = async (capacity?: number) =>
    inputs(await alloyDb({ capacity }), "vectors-primary", "machineConfig.cpuCount");
  // 1,000,000 * 8192 * 1.25 = 9.54 GiB, ten times that 95.4 GiB.
  expect([await cpus(), await cpus(1_000_000), await cpus(10_000_000)]).toEqual([2, 2, 16]);
  expect(cpusFor(80_000_000, 1024, 16)).toBe(96);
});

test("AlloyDB: clients connect encrypted to an address in the network, and the administrator makes the table", async () => {
  const graph = await alloyDb({ collection: "docs" });
  const { environment, egress, endpoint, engine } = binding(graph);
  expect(engine).toBe("pgvector");
  expect(endpoint).toMatch(/^postgresql:\/\/198\.51\.100\.\d+:5432\/postgres\?sslmode=require$/);
  expect(environment).toMatchObject({
    VECTORS_ENGINE: "pgvector",
    VECTORS_COLLECTION: "docs",
    VECTORS_USER: "vectors",
    VECTORS_READER_URL: expect.stringMatching(/^postgresql:/),
  });
  expect(egress).toHaveLength(2);
  for (const rule of egress) expect(rule).toEqual({ port: 5432, cidr: expect.stringMatching(/\/32$/) });
  expect((graph.outputs.init as unknown as string[])[1]).toContain('CREATE TABLE IF NOT EXISTS "docs"');
  const secret = "projects/123456789012/secrets/vectors-dev-administrator";
  expect(binding(graph).initialisation).toEqual({
    platform: "gcp",
    statements: graph.outputs.init,
    database: "postgres",
    user: "postgres",
    secret,
    access: [
      {
        platform: "gcp",
        actions: ["roles/secretmanager.secretAccessor"],
        resources: [`//secretmanager.googleapis.com/${secret}`],
      },
    ],
    egress: [
      { port: 443 },
      { port: 80, cidr: "169.254.169.254/32" },
      { port: 988, cidr: "169.254.169.252/32" },
      { port: 5432, cidr: `${new URL(endpoint).hostname}/32` },
    ],
  });
});

test("a key, a class and labels are taken", async () => {
  const kmsKey = "projects/p/locations/europe-west4/keyRings/r/cryptoKeys/k";
  const graph = await store({ kmsKey, dataClass: DataClass.Restricted, tags: { team: "search" } });
  expect(created(graph).join()).not.toContain("CryptoKey");
  expect(inputs(graph, "vectors-vectors", "encryptionSpec.kmsKeyName")).toBe(kmsKey);
  expect(inputs(graph, "vectors-vectors", "labels")).toMatchObject({
    "aistack-component": "vector-store",
    "aistack-data-class": "restricted",
    team: "search",
  });
});

test("backups are kept longer where a regulation asks that data can be restored", async () => {
  const graph = await alloyDb({ compliance: [Regulation.Hipaa] });
  expect(inputs(graph, "vectors-vectors", "continuousBackupConfig.recoveryWindowDays")).toBe(35);
});

test.each(modes)("works in a network that the same stack makes, in %s", async (mode) => {
  const graph = await planned(() => {
    const { binding: own } = new Network("net");
    new VectorStore("a", { dimensions: 8, engine: VectorEngine.Pgvector, network: own });
    new VectorStore("b", { dimensions: 8, network: own });
  }, mode);
  expect(waitsFor(graph, "a-primary-address")).toContain("net-subnet");
});

test.each(modes)("an adopted store is passed on and nothing is created, in %s", async (mode) => {
  const existing: VectorStoreBinding = {
    kind: "vector-store",
    name: "theirs",
    engine: VectorEngine.Pgvector,
    endpoint: "postgresql://10.0.0.5:5432/postgres?sslmode=require",
    collection: "docs",
    dimensions: 384,
    distance: Distance.Cosine,
  };
  const graph = await planned(
    () => ({ binding: new VectorStore("vectors", { dimensions: 384, existing }).binding }),
    mode,
  );
  expect(custom(graph)).toEqual([]);
  expect(graph.outputs.binding).toEqual(existing);
});

const pgvector = { engine: VectorEngine.Pgvector };
const bad: [string, Partial<VectorStoreArgs>, RegExp[]][] = [
  ["an engine of another platform", { engine: VectorEngine.Qdrant }, [/engine is "qdrant", but must be one of vertex/]],
  ["dimension 0", { dimensions: 0 }, [/dimensions is 0, but must be a whole number from 1 to 8192/]],
  ["one dimension too many for pgvector", { ...pgvector, dimensions: 4001 }, [/dimensions is 4001.*1 to 4000/]],
  ["no network", { network: undefined }, [/network is left out, but engine vertex-vector-search/]],
  [
    "more vectors than the largest machine holds",
    { ...pgvector, capacity: 1e9 },
    [/capacity is 1000000000, but needs \d+ GiB of memory, of which AlloyDB's largest machine has 864: must be \d+ or/],
  ],
  [
    "what Vertex does not have",
    { index: {}, backup: {}, deletionProtection: true },
    [/index has no effect/, /backup has no effect/, /deletionProtection has no effect/],
  ],
  [
    "a store for backups",
    { ...pgvector, backup: { schedule: "0 3 * * *" } },
    [/backup.schedule has no effect on Google/],
  ],
  ["backups for longer than AlloyDB keeps them", { ...pgvector, backup: { retentionDays: 36 } }, [/1 to 35/]],
  [
    "a retention below what a regulation asks",
    { ...pgvector, compliance: [Regulation.Gdpr], backup: { retentionDays: 3 } },
    [/backup.retentionDays is 3, but must be 7 to 35: gdpr asks/],
  ],
  [
    "a service without backups where a regulation asks for them",
    { compliance: [Regulation.Hipaa] },
    [/engine is vertex-vector-search, which keeps no earlier state, but hipaa asks/],
  ],
  ["a table that is none", { ...pgvector, collection: "a-b" }, [/collection is "a-b"/]],
  ["a key of another cloud", { kmsKey: "arn:aws:kms:eu-west-1:123456789012:key/1" }, [/kmsKey is/]],
  ["a tag that is no label", { tags: { "a:b": "c" } }, [/tags is/]],
  ["too many instances", { replicas: 22 }, [/replicas is 22, but must be a whole number from 1 to 21/]],
  [
    "arguments that adopting makes void",
    { existing: {} as VectorStoreBinding, capacity: 5, network: undefined },
    [/capacity has no effect together with `existing`/],
  ],
];
test.each(bad)("refuses %s before anything is registered", async (_, args, messages) => {
  const reason = await refusal(() => new VectorStore("vectors", { dimensions: 1024, network, ...args }));
  for (const message of messages) expect(reason).toMatch(message);
});

test("what comes later is judged with the same words", async () => {
  await expect(store({ dimensions: pulumi.output(0) })).rejects.toThrow(/dimensions is 0/);
  await expect(alloyDb({ capacity: pulumi.output(1e9) })).rejects.toThrow(/largest machine has 864/);
});

import * as pulumi from "@pulumi/pulumi";
import {
  DataClass,
  Distance,
  type NetworkBinding,
  Platform,
  Regulation,
  VectorEngine,
  type VectorStoreBinding,
} from "aistack-core";
import type { Graph, Mode, PlannedResource } from "aistack-engine";
import { AccessGrant } from "../access-grant/access-grant";
import { Network } from "../network/network";
import { allStatements, created, custom, inputs, modes, planned, refusal, statements, waitsFor } from "../testing";
import { unitsFor, type VectorStoreArgs } from "./args";
import { CollectionAccess, type CollectionAccessArgs } from "./collection-access";
import { VectorStore } from "./vector-store";

const network: NetworkBinding = {
  networkId: "vpc-0123456789abcdef0",
  cidr: "10.0.0.0/16",
  privateSubnetIds: ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
};

const store = (args: Partial<VectorStoreArgs> = {}, mode?: Mode): Promise<Graph> =>
  planned(() => {
    const { binding, init } = new VectorStore("vectors", { dimensions: 1024, ...args });
    return { binding, init };
  }, mode);
const openSearch = (args: Partial<VectorStoreArgs> = {}, mode?: Mode) =>
  store({ engine: VectorEngine.OpenSearchServerless, network, ...args }, mode);
const aurora = (args: Partial<VectorStoreArgs> = {}, mode?: Mode) =>
  store({ engine: VectorEngine.Pgvector, network, ...args }, mode);

// biome-ignore lint/suspicious/noExplicitAny: plain data whose shape each test states
const binding = (graph: Graph) => graph.outputs.binding as any;
const kept = (graph: Graph) => custom(graph).filter((row) => row.options.retainOnDelete === true);
const names = (rows: PlannedResource[]) => rows.map(({ name }) => name).sort();

describe.each(modes)("S3 Vectors, in %s", (mode) => {
  test("is the default, creates these children and no others, and all of them outlive the stack", async () => {
    const graph = await store({}, mode);
    expect(created(graph)).toEqual([
      "vectors-index VectorsIndex",
      "vectors-key Key",
      "vectors-policy VectorsVectorBucketPolicy",
      "vectors-vectors VectorsVectorBucket",
    ]);
    expect(kept(graph)).toHaveLength(4);
    expect(graph.diagnostics).toEqual([]);
  });

  test("has an index for the dimensions and the distance, encrypted with a key that changes", async () => {
    const graph = await store({ distance: Distance.Euclidean, collection: "docs" }, mode);
    expect(inputs(graph, "vectors-index")).toMatchObject({
      vectorBucketName: "vectors-dev",
      indexName: "docs",
      dataType: "float32",
      dimension: 1024,
      distanceMetric: "euclidean",
    });
    expect(inputs(graph, "vectors-vectors", "encryptionConfigurations")).toEqual([
      { sseType: "aws:kms", kmsKeyArn: expect.anything() },
    ]);
    expect(inputs(graph, "vectors-key", "enableKeyRotation")).toBe(true);
    expect(inputs(graph, "vectors-vectors", "forceDestroy")).toBeUndefined();
  });
});

test("S3 Vectors: whom the key serves, what is refused, what may be granted", async () => {
  const graph = await store();
  expect(statements(graph, "vectors-key").S3VectorsBuildsIndex).toMatchObject({
    Principal: { Service: "indexing.s3vectors.amazonaws.com" },
    Action: "kms:Decrypt",
    Condition: { StringEquals: { "aws:SourceAccount": "123456789012" } },
  });
  expect(statements(graph, "vectors-policy").DenyWithoutTls).toMatchObject({
    Effect: "Deny",
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  });
  const index = "arn:aws:s3vectors:eu-west-1:123456789012:bucket/vectors-dev/index/vectors";
  expect(binding(graph)).toMatchObject({
    kind: "vector-store",
    engine: "s3-vectors",
    endpoint: "https://s3vectors.eu-west-1.api.aws",
    collection: "vectors",
    environment: {
      VECTORS_ENGINE: "s3-vectors",
      VECTORS_URL: "https://s3vectors.eu-west-1.api.aws",
      VECTORS_COLLECTION: "vectors",
      VECTORS_DISTANCE: "cosine",
      VECTORS_BUCKET: "vectors-dev",
      VECTORS_REGION: "eu-west-1",
    },
    egress: [{ port: 443 }, { port: 80, cidr: "169.254.170.23/32" }],
    access: {
      read: [
        {
          actions: ["s3vectors:GetIndex", "s3vectors:GetVectors", "s3vectors:ListVectors", "s3vectors:QueryVectors"],
          resources: [index],
        },
        { actions: ["kms:Decrypt"] },
      ],
      write: [
        { actions: ["s3vectors:DeleteVectors", "s3vectors:PutVectors"], resources: [index] },
        { actions: ["kms:Decrypt", "kms:GenerateDataKey"] },
      ],
    },
  });
  expect(graph.outputs.init).toEqual([]);
  expect(binding(graph).initialisation).toBeUndefined();
});

test("a key, a class and tags are taken", async () => {
  const kmsKeyArn = "arn:aws:kms:eu-west-1:123456789012:key/1234";
  const graph = await store({ kmsKeyArn, dataClass: DataClass.Restricted, tags: { team: "search" } });
  expect(created(graph)).not.toContain("vectors-key Key");
  expect(inputs(graph, "vectors-vectors", "encryptionConfigurations.0.kmsKeyArn")).toBe(kmsKeyArn);
  expect(inputs(graph, "vectors-vectors", "tags")).toMatchObject({
    "aistack:data-class": "restricted",
    team: "search",
  });
});

describe.each(modes)("OpenSearch Serverless, in %s", (mode) => {
  test("creates these children and no others, of which what holds data outlives the stack", async () => {
    const graph = await openSearch({}, mode);
    expect(created(graph)).toEqual([
      "vectors-encryption ServerlessSecurityPolicy",
      "vectors-endpoint ServerlessVpcEndpoint",
      "vectors-endpoint-group SecurityGroup",
      "vectors-endpoint-in SecurityGroupIngressRule",
      "vectors-key Key",
      "vectors-network ServerlessSecurityPolicy",
      "vectors-vectors ServerlessCollection",
    ]);
    expect(names(kept(graph))).toEqual(["vectors-encryption", "vectors-key", "vectors-vectors"]);
  });

  test("the collection comes after its policies", async () => {
    expect(waitsFor(await openSearch({}, mode), "vectors-vectors")).toEqual(
      expect.arrayContaining(["vectors-encryption", "vectors-network"]),
    );
  });

  test("another zone is the default, and can be saved", async () => {
    const standby = async (replicas?: number) =>
      inputs(await openSearch({ replicas }, mode), "vectors-vectors", "standbyReplicas");
    expect([await standby(), await standby(1)]).toEqual(["ENABLED", "DISABLED"]);
  });
});

test("OpenSearch Serverless: its own key, only from the network, and the index to create", async () => {
  const graph = await openSearch({ distance: Distance.Dot, index: { neighbours: 24 } });
  const keyed = JSON.parse(inputs(graph, "vectors-encryption", "policy"));
  expect(keyed).toEqual({
    Rules: [{ ResourceType: "collection", Resource: ["collection/vectors-dev"] }],
    AWSOwnedKey: false,
    KmsARN: expect.stringMatching(/^arn:aws:kms:/),
  });
  expect(JSON.parse(inputs(graph, "vectors-network", "policy"))).toEqual([
    {
      Rules: [{ ResourceType: "collection", Resource: ["collection/vectors-dev"] }],
      AllowFromPublic: false,
      SourceVPCEs: [expect.stringMatching(/^vpce-/)],
    },
  ]);
  expect(inputs(graph, "vectors-endpoint-in")).toMatchObject({ cidrIpv4: "10.0.0.0/16", fromPort: 443, toPort: 443 });
  expect(inputs(graph, "vectors-endpoint")).toMatchObject({
    vpcId: network.networkId,
    subnetIds: network.privateSubnetIds,
  });
  const [body] = graph.outputs.init as unknown as string[];
  expect(JSON.parse(body as string).mappings.properties.embedding).toEqual({
    type: "knn_vector",
    dimension: 1024,
    method: {
      name: "hnsw",
      engine: "faiss",
      space_type: "innerproduct",
      parameters: { m: 24, ef_construction: 100 },
    },
  });
  expect(binding(graph)).toMatchObject({
    endpoint: expect.stringMatching(/^https:\/\/[a-z0-9]{20}\.eu-west-1\.aoss\.amazonaws\.com$/),
    egress: [
      { port: 443, cidr: "10.0.0.0/16" },
      { port: 80, cidr: "169.254.170.23/32" },
    ],
    access: {
      read: [{ actions: ["aoss:APIAccessAll"], resources: [expect.stringMatching(/:collection\/[a-z0-9]{20}$/)] }],
    },
  });
});

describe("a role of a collection", () => {
  const access = (args: Partial<CollectionAccessArgs> = {}, engine = VectorEngine.OpenSearchServerless) =>
    planned(() => {
      const { binding } = new VectorStore("vectors", {
        dimensions: 8,
        engine,
        ...(engine !== VectorEngine.S3Vectors && { network }),
      });
      const { roleArn } = new AccessGrant("assistant", {
        cluster: { name: "shared", platform: Platform.Aws },
        identity: { namespace: "assistant", serviceAccount: "assistant" },
        access: binding.apply((own) => own.access?.read ?? []),
      });
      new CollectionAccess("assistant-searches", { store: binding, roleArn, ...args });
    });

  test.each([
    [false, ["aoss:DescribeIndex", "aoss:ReadDocument"]],
    [true, ["aoss:CreateIndex", "aoss:DescribeIndex", "aoss:ReadDocument", "aoss:UpdateIndex", "aoss:WriteDocument"]],
  ])("may do on the one index what it needs, writing %s", async (write, permissions) => {
    const graph = await access({ write });
    expect(JSON.parse(inputs(graph, "assistant-searches-policy", "policy"))).toEqual([
      {
        Rules: [{ ResourceType: "index", Resource: ["index/vectors-dev/vectors"], Permission: permissions }],
        Principal: [expect.stringMatching(/^arn:aws:iam::123456789012:role\/assistant-role-/)],
      },
    ]);
  });

  test("is refused for another service, and anything but a role", async () => {
    await expect(access({}, VectorEngine.S3Vectors)).rejects.toThrow(
      /store.engine is "s3-vectors", but must be opensearch/,
    );
    await expect(access({ roleArn: "assistant" })).rejects.toThrow(
      /roleArn is "assistant", but must be the ARN of a role/,
    );
  });
});

describe.each(modes)("Aurora PostgreSQL, in %s", (mode) => {
  test("creates these children and no others, of which what holds data outlives the stack", async () => {
    const graph = await aurora({}, mode);
    expect(created(graph)).toEqual([
      "vectors-group SecurityGroup",
      "vectors-in SecurityGroupIngressRule",
      "vectors-instance-1 ClusterInstance",
      "vectors-instance-2 ClusterInstance",
      "vectors-key Key",
      "vectors-logs LogGroup",
      "vectors-parameters ClusterParameterGroup",
      "vectors-subnets SubnetGroup",
      "vectors-vectors Cluster",
    ]);
    expect(names(kept(graph))).toEqual([
      "vectors-instance-1",
      "vectors-instance-2",
      "vectors-key",
      "vectors-logs",
      "vectors-vectors",
    ]);
  });

  test("is private, encrypted, protected, kept, and knows no password of its own", async () => {
    const graph = await aurora({}, mode);
    expect(inputs(graph, "vectors-vectors")).toMatchObject({
      engine: "aurora-postgresql",
      engineVersion: "17",
      databaseName: "vectors",
      manageMasterUserPassword: true,
      iamDatabaseAuthenticationEnabled: true,
      storageEncrypted: true,
      kmsKeyId: expect.anything(),
      masterUserSecretKmsKeyId: expect.anything(),
      backupRetentionPeriod: 14,
      copyTagsToSnapshot: true,
      skipFinalSnapshot: false,
      finalSnapshotIdentifier: "vectors-dev-final",
      deletionProtection: true,
      enabledCloudwatchLogsExports: ["postgresql"],
      serverlessv2ScalingConfiguration: { minCapacity: 0.5, maxCapacity: 8 },
    });
    expect(inputs(graph, "vectors-vectors", "masterPassword")).toBeUndefined();
    expect(inputs(graph, "vectors-parameters", "parameters")).toContainEqual({ name: "rds.force_ssl", value: "1" });
    for (const instance of ["vectors-instance-1", "vectors-instance-2"])
      expect(inputs(graph, instance)).toMatchObject({
        instanceClass: "db.serverless",
        publiclyAccessible: false,
        performanceInsightsEnabled: true,
        performanceInsightsKmsKeyId: expect.anything(),
      });
    expect(inputs(graph, "vectors-subnets", "subnetIds")).toEqual(network.privateSubnetIds);
    expect(inputs(graph, "vectors-in")).toMatchObject({ cidrIpv4: "10.0.0.0/16", fromPort: 5432, toPort: 5432 });
    expect(inputs(graph, "vectors-logs")).toMatchObject({
      name: "/aws/rds/cluster/vectors-dev/postgresql",
      retentionInDays: 365,
    });
  });
});

test("Aurora: roles for IAM, table and index are what has to be run once", async () => {
  const graph = await aurora({ collection: "docs" });
  expect(graph.outputs.init).toEqual([
    expect.stringContaining('CREATE ROLE "vectors_writer" LOGIN'),
    'GRANT rds_iam TO "vectors_writer"',
    expect.stringContaining('CREATE ROLE "vectors_reader" LOGIN'),
    'GRANT rds_iam TO "vectors_reader"',
    "CREATE EXTENSION IF NOT EXISTS vector",
    expect.stringContaining('CREATE TABLE IF NOT EXISTS "docs"'),
    expect.stringContaining("vector_cosine_ops"),
    'GRANT SELECT, INSERT, UPDATE, DELETE ON "docs" TO "vectors_writer"',
    'GRANT SELECT ON "docs" TO "vectors_reader"',
  ]);
  const clusterArn = "arn:aws:rds:eu-west-1:123456789012:cluster:vectors-dev";
  const secret = expect.stringMatching(/^arn:aws:secretsmanager:eu-west-1:123456789012:secret:rds!cluster-/);
  const rule = (action: string, resource: unknown) => ({ platform: "aws", actions: [action], resources: [resource] });
  expect(binding(graph).initialisation).toEqual({
    platform: "aws",
    statements: graph.outputs.init,
    database: "vectors",
    user: "administrator",
    secret,
    clusterArn,
    access: [
      rule("rds-data:ExecuteStatement", clusterArn),
      rule("secretsmanager:GetSecretValue", secret),
      rule("kms:Decrypt", expect.stringMatching(/^arn:aws:kms:/)),
    ],
    egress: [{ port: 443 }, { port: 80, cidr: "169.254.170.23/32" }],
  });
});

test("Aurora: clients connect encrypted, as a role that IAM lets in", async () => {
  const graph = await aurora();
  const { environment, access, egress, endpoint, credentials } = binding(graph);
  expect(endpoint).toMatch(
    /^postgresql:\/\/vectors-dev\.cluster-[0-9a-f]{12}\.eu-west-1\.rds\.amazonaws\.com:5432\/vectors\?sslmode=require$/,
  );
  expect(environment).toMatchObject({ VECTORS_USER: "vectors_writer", VECTORS_READER: "vectors_reader" });
  expect(environment.VECTORS_READER_URL).toContain(".cluster-ro-");
  expect(credentials).toBeUndefined();
  expect(egress[0]).toEqual({ port: 5432, cidr: "10.0.0.0/16" });
  const user = (role: string) =>
    expect.stringMatching(
      new RegExp(`^arn:aws:rds-db:eu-west-1:123456789012:dbuser:cluster-[0-9A-F]{26}/vectors_${role}$`),
    );
  expect(access).toEqual({
    read: [{ platform: "aws", actions: ["rds-db:connect"], resources: [user("reader")] }],
    write: [{ platform: "aws", actions: ["rds-db:connect"], resources: [user("writer")] }],
  });
});

test("Aurora grows to what the vectors expected need", async () => {
  // 10,000,000 * 8192 * 1.25 = 95.4 GiB, at 2 GiB a unit.
  expect(inputs(await aurora({ capacity: 10_000_000 }), "vectors-vectors", "serverlessv2ScalingConfiguration")).toEqual(
    {
      minCapacity: 0.5,
      maxCapacity: 48,
    },
  );
  expect(unitsFor(1000, 8, 16)).toBe(2);
});

test("backups are kept longer where a regulation asks that data can be restored", async () => {
  const days = async (args: Partial<VectorStoreArgs>) =>
    inputs(await aurora(args), "vectors-vectors", "backupRetentionPeriod");
  expect(await days({ compliance: [Regulation.Hipaa] })).toBe(35);
  expect(await days({ compliance: [Regulation.Hipaa], backup: { retentionDays: 7 } })).toBe(7);
  expect(await days({ backup: { retentionDays: 3 }, deletionProtection: false })).toBe(3);
});

test.each([store, aurora])("no policy allows every action, and none but the key's own names all", async (make) => {
  for (const { owner, statement } of allStatements(await make())) {
    if (statement.Effect === "Deny" || statement.Sid === "AccountAdministersKey") continue;
    for (const action of [statement.Action].flat())
      expect([owner, action]).not.toEqual([owner, expect.stringContaining("*")]);
  }
});

test.each(modes)("works in a network that the same stack makes, in %s", async (mode) => {
  const graph = await planned(() => {
    const { binding: own } = new Network("net");
    new VectorStore("a", { dimensions: 8, engine: VectorEngine.Pgvector, network: own });
    new VectorStore("b", { dimensions: 8, engine: VectorEngine.OpenSearchServerless, network: own });
  }, mode);
  expect(waitsFor(graph, "a-subnets")).toEqual(expect.arrayContaining([expect.stringMatching(/^net-/)]));
});

test.each(modes)("an adopted store is passed on and nothing is created, in %s", async (mode) => {
  const existing: VectorStoreBinding = {
    kind: "vector-store",
    name: "theirs",
    engine: VectorEngine.S3Vectors,
    endpoint: "https://s3vectors.eu-west-1.api.aws",
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

const pgvector = { engine: VectorEngine.Pgvector, network };
const bad: [string, Partial<VectorStoreArgs>, RegExp[]][] = [
  [
    "an engine of another platform",
    { engine: VectorEngine.Qdrant },
    [/engine is "qdrant", but must be one of s3-vectors/],
  ],
  ["dimension 0", { dimensions: 0 }, [/dimensions is 0, but must be a whole number from 1 to 4096/]],
  ["one dimension too many", { dimensions: 4097 }, [/dimensions is 4097/]],
  ["one dimension too many for pgvector", { ...pgvector, dimensions: 4001 }, [/dimensions is 4001.*1 to 4000/]],
  ["a distance that S3 Vectors lacks", { distance: Distance.Dot }, [/distance is "dot".*s3-vectors knows no other/]],
  ["more vectors than an index holds", { capacity: 3e9 }, [/capacity is 3000000000.*1 to 2000000000/]],
  [
    "more vectors than Aurora's memory holds",
    { ...pgvector, capacity: 1e9 },
    [/capacity is 1000000000, but needs \d+ GiB of memory, of which Aurora has 512 at most: must be \d+ or less/],
  ],
  [
    "what S3 Vectors does not have",
    { replicas: 3, network },
    [/replicas has no effect with engine s3-vectors/, /network has no/],
  ],
  ["Aurora without a network", { engine: VectorEngine.Pgvector }, [/network is left out, but engine pgvector/]],
  ["a store for backups", { ...pgvector, backup: { schedule: "0 3 * * *" } }, [/backup.schedule has no effect on AWS/]],
  ["backups for longer than Aurora keeps them", { ...pgvector, backup: { retentionDays: 36 } }, [/1 to 35/]],
  [
    "a retention below what a regulation asks",
    { ...pgvector, compliance: [Regulation.Gdpr], backup: { retentionDays: 3 } },
    [/backup.retentionDays is 3, but must be 7 to 35: gdpr asks that data can be restored/],
  ],
  [
    "a service without backups where a regulation asks for them",
    { compliance: [Regulation.Hipaa] },
    [/engine is s3-vectors, which keeps no earlier state, but hipaa asks that data can be restored/],
  ],
  ["a table that is none", { ...pgvector, collection: "a-b" }, [/collection is "a-b", but must be 1 to 50 lower-case/]],
  ["an index name that is none", { collection: "A" }, [/collection is "A", but must be 3 to 63/]],
  ["an alias for a key", { kmsKeyArn: "alias/a" }, [/kmsKeyArn is "alias\/a"/]],
  ["too many instances", { ...pgvector, replicas: 17 }, [/replicas is 17, but must be a whole number from 1 to 16/]],
  [
    "arguments that adopting makes void",
    { existing: {} as VectorStoreBinding, capacity: 5, tags: {} },
    [/capacity has no effect together with `existing`/, /tags has no effect/],
  ],
];
test.each(bad)("refuses %s before anything is registered", async (_, args, messages) => {
  const reason = await refusal(() => new VectorStore("vectors", { dimensions: 1024, ...args }));
  for (const message of messages) expect(reason).toMatch(message);
});

test("what comes later is judged with the same words", async () => {
  const later = (args: Partial<VectorStoreArgs>) => store(args);
  await expect(later({ dimensions: pulumi.output(0) })).rejects.toThrow(/dimensions is 0/);
  await expect(later({ ...pgvector, capacity: pulumi.output(1e9) })).rejects.toThrow(/of which Aurora has 512 at most/);
});

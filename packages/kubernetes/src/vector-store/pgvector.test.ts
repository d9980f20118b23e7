import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { bindingField, Distance, type ObjectStoreBinding, Platform, Regulation, VectorEngine } from "aistack-core";
import { type Graph, type Mode, type PlannedResource, plan, resource, Secret } from "aistack-engine";
import Ajv from "ajv";
import { parse, parseAllDocuments } from "yaml";
import { testCluster as cluster, created, inputs, refusal } from "../testing";
import type { VectorStoreArgs } from "./args";
import { nodeSize } from "./settings";
import { VectorStore } from "./vector-store";

const modes: Mode[] = ["preview", "simulate"];

const store: ObjectStoreBinding = {
  kind: "object-store",
  name: "backups",
  platform: Platform.Aws,
  bucket: "backups-1234",
  url: "s3://backups-1234",
  region: "eu-west-1",
  environment: { BACKUPS_BUCKET: "backups-1234" },
  egress: [{ port: 443 }, { port: 80, cidr: "169.254.170.23/32" }],
  access: {
    read: [{ platform: Platform.Aws, actions: ["s3:ListBucket"], resources: ["arn:aws:s3:::backups-1234"] }],
    write: [{ platform: Platform.Aws, actions: ["s3:PutObject"], resources: ["arn:aws:s3:::backups-1234/*"] }],
  },
};
/** A bucket of one's own, with credentials. */
const own: ObjectStoreBinding = {
  ...store,
  platform: Platform.Edge,
  region: undefined,
  endpoint: "http://minio.minio.svc:9000",
  credentials: { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "do-not-show" },
  clientLabels: { "access.aistack.dev/minio": "allowed" },
  egress: [{ port: 9000, namespace: "minio" }],
};

function planned(args: Partial<VectorStoreArgs> = {}, mode: Mode = "simulate"): Promise<Graph> {
  return plan(
    () => {
      const vectors = new VectorStore("my-vectors", {
        cluster,
        dimensions: 1024,
        engine: VectorEngine.Pgvector,
        ...args,
      });
      return {
        binding: pulumi.unsecret(vectors.binding),
        credentials: vectors.binding.credentials,
        backupAccess: vectors.backupAccess,
        identity: vectors.identity,
      };
    },
    { mode },
  );
}

describe.each(modes)("PostgreSQL with pgvector, in %s", (mode) => {
  test("creates these children and no others", async () => {
    expect(created(await planned({}, mode))).toEqual([
      "my-vectors-cluster kubernetes",
      "my-vectors-credentials Secret",
      "my-vectors-default-deny NetworkPolicy",
      "my-vectors-namespace Namespace",
      "my-vectors-network NetworkPolicy",
      "my-vectors-operator Release",
      "my-vectors-operator-controllers NetworkPolicy",
      "my-vectors-operator-default-deny NetworkPolicy",
      "my-vectors-operator-instances NetworkPolicy",
      "my-vectors-operator-namespace Namespace",
      "my-vectors-password RandomPassword",
      "my-vectors-servers Cluster",
    ]);
  });

  test("backups bring the plugin, its certificates, the bucket and a schedule", async () => {
    const without = created(await planned({}, mode));
    expect(created(await planned({ backup: { store } }, mode)).filter((row) => !without.includes(row))).toEqual([
      "my-vectors-backup-credentials Secret",
      "my-vectors-backup-plugin Release",
      "my-vectors-backups ObjectStore",
      "my-vectors-cert-manager Release",
      "my-vectors-cert-manager-controllers NetworkPolicy",
      "my-vectors-cert-manager-default-deny NetworkPolicy",
      "my-vectors-cert-manager-namespace Namespace",
      "my-vectors-schedule ScheduledBackup",
    ]);
  });

  test("the database is made with role, extension, table and index", async () => {
    const graph = await planned({ distance: Distance.Dot, collection: "docs", index: { neighbours: 8 } }, mode);
    expect(inputs(graph, "my-vectors-servers", "spec.bootstrap.initdb")).toEqual({
      database: "my_vectors",
      owner: "my_vectors",
      secret: { name: "my-vectors-credentials" },
      dataChecksums: true,
      postInitApplicationSQL: [
        "CREATE EXTENSION IF NOT EXISTS vector",
        `CREATE TABLE IF NOT EXISTS "docs" (id text PRIMARY KEY, embedding vector(1024) NOT NULL, payload jsonb NOT NULL DEFAULT '{}')`,
        `CREATE INDEX IF NOT EXISTS "docs_embedding" ON "docs" USING hnsw (embedding vector_ip_ops) WITH (m = 8, ef_construction = 100)`,
        'GRANT SELECT, INSERT, UPDATE, DELETE ON "docs" TO "my_vectors"',
      ],
    });
  });

  test("the password is a secret, and in no plain value", async () => {
    const graph = await planned({}, mode);
    expect(inputs(graph, "my-vectors-credentials", "stringData")).toBeInstanceOf(Secret);
    expect(inputs(graph, "my-vectors-credentials", "type")).toBe("kubernetes.io/basic-auth");
    const { password } = (resource(graph, "my-vectors-password").outputs ?? {}) as { password?: unknown };
    expect(password).toBeUndefined();
  });

  test("refuses dimensions that are only known later", async () => {
    await expect(planned({ dimensions: pulumi.output(Promise.resolve(4001)) }, mode)).rejects.toThrow(
      /dimensions is 4001, but must be a whole number from 1 to 4000/,
    );
  });
});

test("clients connect encrypted, by a URL that says engine, host and database", async () => {
  const graph = await planned();
  expect(graph.outputs.binding).toMatchObject({
    engine: "pgvector",
    endpoint: "postgresql://my-vectors-rw.my-vectors.svc:5432/my_vectors?sslmode=require",
    collection: "my_vectors",
    dimensions: 1024,
    distance: "cosine",
    environment: {
      MY_VECTORS_ENGINE: "pgvector",
      MY_VECTORS_URL: "postgresql://my-vectors-rw.my-vectors.svc:5432/my_vectors?sslmode=require",
      MY_VECTORS_COLLECTION: "my_vectors",
      MY_VECTORS_DISTANCE: "cosine",
      MY_VECTORS_USER: "my_vectors",
    },
    clientLabels: { "access.aistack.dev/my-vectors": "allowed" },
    egress: [{ port: 5432, namespace: "my-vectors", podLabels: { "cnpg.io/cluster": "my-vectors" } }],
  });
  expect(Object.keys((graph.outputs.credentials as unknown as Secret).reveal() as object)).toEqual([
    "MY_VECTORS_PASSWORD",
  ]);
  expect(inputs(graph, "my-vectors-servers", "spec.postgresql.pg_hba")).toEqual(["hostnossl all all all reject"]);
  expect(inputs(graph, "my-vectors-servers", "spec.enableSuperuserAccess")).toBe(false);
});

test("a certificate of one's own takes the place of the operator's", async () => {
  const graph = await planned({ tlsSecretName: "vectors-tls" });
  expect(inputs(graph, "my-vectors-servers", "spec.certificates")).toEqual({
    serverTLSSecret: "vectors-tls",
    serverCASecret: "vectors-tls",
  });
  expect(inputs(await planned(), "my-vectors-servers", "spec.certificates")).toBeUndefined();
});

test("database, credentials and namespace outlive the component; the operator comes first", async () => {
  const graph = await planned({ backup: { store } });
  const kept = graph.resources.filter((row) => row.custom && row.options.retainOnDelete).map((row) => row.name);
  expect(kept.sort()).toEqual([
    "my-vectors-credentials",
    "my-vectors-default-deny",
    "my-vectors-namespace",
    "my-vectors-servers",
  ]);
  const waits = (name: string) => resource(graph, name).dependencies.map((urn) => urn.split("::").at(-1));
  expect(waits("my-vectors-servers")).toEqual(
    expect.arrayContaining(["my-vectors-operator", "my-vectors-backup-plugin", "my-vectors-network"]),
  );
  expect(waits("my-vectors-backups")).toContain("my-vectors-backup-plugin");
  expect(waits("my-vectors-backup-plugin")).toEqual(
    expect.arrayContaining(["my-vectors-operator", "my-vectors-cert-manager"]),
  );
  expect(inputs(graph, "my-vectors-servers", "metadata.annotations")).toEqual({
    "pulumi.com/waitFor": "condition=Ready",
  });
});

test("what the cluster has already is not installed again", async () => {
  const names = created(await planned({ backup: { store }, install: { operator: false } }));
  expect(names.filter((row) => row.endsWith(" Release"))).toEqual([]);
  const some = created(await planned({ backup: { store }, install: { certManager: false } }));
  expect(some.filter((row) => row.endsWith(" Release"))).toEqual([
    "my-vectors-backup-plugin Release",
    "my-vectors-operator Release",
  ]);
});

test("of three, one confirms each change; one alone asks for no budget", async () => {
  expect(inputs(await planned(), "my-vectors-servers", "spec")).toMatchObject({
    instances: 3,
    enablePDB: true,
    postgresql: { synchronous: { method: "any", number: 1, dataDurability: "preferred" } },
  });
  const single = inputs(await planned({ replicas: 1 }), "my-vectors-servers", "spec");
  expect(single).toMatchObject({ instances: 1, enablePDB: false });
  expect(single.postgresql.synchronous).toBeUndefined();
});

test("memory and disk follow the vectors expected, and PostgreSQL's caches the memory", async () => {
  const graph = await planned({ capacity: 1_000_000 });
  // 1,000,000 * 8192 * 1.25 = 9.54 GiB; 1,000,000 * 2 * (8192 + 4104 * 1.4 + 150) = 26.2 GiB.
  expect(inputs(graph, "my-vectors-servers", "spec.resources")).toEqual({
    requests: { cpu: "1", memory: "10Gi" },
    limits: { memory: "10Gi" },
  });
  expect(inputs(graph, "my-vectors-servers", "spec.storage")).toEqual({
    size: "27Gi",
    storageClass: "fast",
    resizeInUseVolumes: true,
  });
  expect(inputs(graph, "my-vectors-servers", "spec.postgresql.parameters")).toEqual({
    shared_buffers: "2560MB",
    effective_cache_size: "7680MB",
    maintenance_work_mem: "1024MB",
  });
  // Two copies over four nodes of Qdrant; everything on each of PostgreSQL.
  expect(nodeSize(VectorEngine.Qdrant, 10_000_000, 1024, 16, 4)).toEqual({ memoryGiB: 29, diskGiB: 58 });
  expect(nodeSize(VectorEngine.Pgvector, 10_000_000, 1024, 16, 4)).toEqual({ memoryGiB: 96, diskGiB: 263 });
});

test("only clients, peers and the operator come in, and out go names, the API server and peers", async () => {
  const spec = inputs(await planned({ clientNamespaces: ["assistant"] }), "my-vectors-network", "spec");
  expect(spec.podSelector).toEqual({ matchLabels: { "cnpg.io/cluster": "my-vectors" } });
  expect(spec.ingress).toEqual([
    {
      from: [
        {
          namespaceSelector: {
            matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "In", values: ["assistant"] }],
          },
          podSelector: { matchLabels: { "access.aistack.dev/my-vectors": "allowed" } },
        },
      ],
      ports: [{ protocol: "TCP", port: 5432 }],
    },
    {
      from: [{ podSelector: { matchLabels: { "cnpg.io/cluster": "my-vectors" } } }],
      ports: [
        { protocol: "TCP", port: 5432 },
        { protocol: "TCP", port: 8000 },
      ],
    },
    {
      from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "cnpg-system" } } }],
      ports: [
        { protocol: "TCP", port: 5432 },
        { protocol: "TCP", port: 8000 },
      ],
    },
  ]);
  expect(spec.egress).toHaveLength(3);
  const opened = inputs(await planned({ backup: { store } }), "my-vectors-network", "spec.egress");
  expect(opened.slice(3)).toEqual([
    { to: [{ ipBlock: { cidr: "0.0.0.0/0", except: ["169.254.0.0/16"] } }], ports: [{ protocol: "TCP", port: 443 }] },
    { to: [{ ipBlock: { cidr: "169.254.170.23/32" } }], ports: [{ protocol: "TCP", port: 80 }] },
  ]);
});

describe("backups of PostgreSQL", () => {
  test("go to S3 by an identity, with every change, and for as long as asked", async () => {
    const graph = await planned({ backup: { store, schedule: "30 1 * * *", retentionDays: 60 } });
    expect(inputs(graph, "my-vectors-backups", "spec")).toEqual({
      retentionPolicy: "60d",
      configuration: {
        destinationPath: "s3://backups-1234/my-vectors",
        s3Credentials: { inheritFromIAMRole: true },
        wal: { compression: "gzip" },
        data: { compression: "gzip" },
      },
    });
    expect(inputs(graph, "my-vectors-schedule", "spec")).toMatchObject({
      schedule: "0 30 1 * * *",
      immediate: true,
      cluster: { name: "my-vectors" },
      method: "plugin",
      pluginConfiguration: { name: "barman-cloud.cloudnative-pg.io" },
    });
    expect(inputs(graph, "my-vectors-servers", "spec.plugins")).toEqual([
      {
        name: "barman-cloud.cloudnative-pg.io",
        isWALArchiver: true,
        parameters: { barmanObjectName: "my-vectors" },
      },
    ]);
    expect(graph.outputs.identity).toEqual({ namespace: "my-vectors", serviceAccount: "my-vectors" });
    expect(graph.outputs.backupAccess).toEqual([
      ...store.access.read,
      ...store.access.write,
      { platform: "aws", actions: ["s3:DeleteObject"], resources: ["arn:aws:s3:::backups-1234/*"] },
    ]);
  });

  test("go to a store of one's own with its credentials, which stay secret", async () => {
    const graph = await planned({ backup: { store: pulumi.secret(own) } });
    expect(inputs(graph, "my-vectors-backups", "spec.configuration")).toMatchObject({
      endpointURL: "http://minio.minio.svc:9000",
      s3Credentials: {
        accessKeyId: { name: "my-vectors-backup", key: "AWS_ACCESS_KEY_ID" },
        secretAccessKey: { name: "my-vectors-backup", key: "AWS_SECRET_ACCESS_KEY" },
      },
    });
    expect(inputs(graph, "my-vectors-servers", "spec.inheritedMetadata.labels")).toEqual(own.clientLabels);
    expect(JSON.stringify(graph)).not.toContain("do-not-show");
  });

  test("go to Google Cloud by Workload Identity", async () => {
    const graph = await planned({ backup: { store: { ...store, platform: Platform.Gcp, url: "gs://b" } } });
    expect(inputs(graph, "my-vectors-backups", "spec.configuration")).toMatchObject({
      destinationPath: "gs://b/my-vectors",
      googleCredentials: { gkeEnvironment: true },
    });
  });

  test("are kept longer where a regulation asks that data can be restored", async () => {
    const kept = async (compliance?: Regulation[]) =>
      inputs(await planned({ backup: { store }, compliance }), "my-vectors-backups", "spec.retentionPolicy");
    expect([await kept(), await kept([Regulation.Hipaa])]).toEqual(["14d", "35d"]);
  });
});

describe("backups of Qdrant", () => {
  const qdrant = (args: Partial<VectorStoreArgs> = {}, mode?: Mode) =>
    planned({ engine: VectorEngine.Qdrant, backup: { store }, ...args }, mode);

  test.each(modes)("snapshots go to the bucket, by an identity of AWS, in %s", async (mode) => {
    const reader = {
      kind: "identity",
      name: "writer",
      environment: { AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/writer", OTHER: "x" },
      tokens: [{ audience: "sts.amazonaws.com", path: "writer/token" }],
      egress: [{ port: 443 }],
    };
    const graph = await qdrant({ uses: [reader] }, mode);
    const pod = inputs(graph, "my-vectors-servers", "spec.template.spec");
    const prefix = "QDRANT__STORAGE__SNAPSHOTS_CONFIG";
    expect(pod.containers[0].env.slice(-4)).toEqual([
      { name: `${prefix}__SNAPSHOTS_STORAGE`, value: "s3" },
      { name: `${prefix}__S3_CONFIG__BUCKET`, value: "backups-1234" },
      { name: `${prefix}__S3_CONFIG__REGION`, value: "eu-west-1" },
      { name: "AWS_ROLE_ARN", value: "arn:aws:iam::123456789012:role/writer" },
    ]);
    expect(pod.containers[0].envFrom).toEqual([{ secretRef: { name: "my-vectors-backup" } }]);
    expect(pod.volumes.at(-1)).toMatchObject({ name: "tokens" });
    expect(pod.containers[0].volumeMounts.at(-1)).toMatchObject({ name: "tokens", readOnly: true });
    expect(inputs(graph, "my-vectors-network", "spec.egress")).toHaveLength(5);
  });

  test("a store of one's own is reached at its address, with its labels", async () => {
    const graph = await qdrant({ backup: { store: pulumi.secret(own) } });
    const template = inputs(graph, "my-vectors-servers", "spec.template");
    expect(template.spec.containers[0].env).toContainEqual({
      name: "QDRANT__STORAGE__SNAPSHOTS_CONFIG__S3_CONFIG__ENDPOINT_URL",
      value: "http://minio.minio.svc:9000",
    });
    expect(template.metadata.labels).toMatchObject(own.clientLabels as object);
    expect(JSON.stringify(graph)).not.toContain("do-not-show");
  });

  test("the schedule is that of the backups, and takes days", async () => {
    const graph = await qdrant({ backup: { store, schedule: "0 1 * * *", retentionDays: 21 } });
    expect(inputs(graph, "my-vectors-snapshots", "spec.schedule")).toBe("0 1 * * *");
    const { env } = inputs(graph, "my-vectors-snapshots", "spec.jobTemplate.spec.template.spec.containers.0");
    expect(env).toContainEqual({ name: "DAYS", value: "21" });
    expect(JSON.stringify(env)).not.toContain("KEEP");
  });

  test("the index is built as asked", async () => {
    const graph = await qdrant({ index: { neighbours: 32, candidates: 200 } });
    const { env } = inputs(graph, "my-vectors-collection", "spec.template.spec.containers.0");
    const body = JSON.parse(env.find((row: { name: string }) => row.name === "BODY").value);
    expect(body.hnsw_config).toEqual({ m: 32, ef_construct: 200 });
  });
});

describe.each([VectorEngine.Qdrant, VectorEngine.Pgvector])("alerts of %s", (engine) => {
  const withAlerts = () =>
    planned({
      engine,
      backup: { store },
      alerts: { labels: { release: "prometheus" }, namespace: "observability" },
    });

  test("are there on request only, with metrics that only Prometheus may read", async () => {
    expect(created(await planned({ engine })).join()).not.toMatch(/PrometheusRule|PodMonitor/);
    const graph = await withAlerts();
    expect(inputs(graph, "my-vectors-metrics", "metadata.labels")).toEqual({ release: "prometheus" });
    expect(inputs(graph, "my-vectors-network", "spec.ingress").at(-1)).toEqual({
      from: [
        {
          namespaceSelector: {
            matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "In", values: ["observability"] }],
          },
          podSelector: { matchLabels: { "app.kubernetes.io/name": "prometheus" } },
        },
      ],
      ports: [{ protocol: "TCP", port: engine === VectorEngine.Qdrant ? 6333 : 9187 }],
    });
  });

  test("tell of a missing node, a full disk and a missing backup, each of this store alone", async () => {
    const [group] = inputs(await withAlerts(), "my-vectors-alerts", "spec.groups");
    const names = group.rules.map((rule: { alert: string }) => rule.alert);
    expect(names).toEqual(
      expect.arrayContaining(["VectorStoreNodeMissing", "VectorStoreDiskFills", "VectorStoreBackupMissing"]),
    );
    for (const { expr } of group.rules) expect(expr).toContain('namespace="my-vectors"');
  });
});

const pg: Partial<VectorStoreArgs> = { engine: VectorEngine.Pgvector };
const bad: [string, Partial<VectorStoreArgs>, string[]][] = [
  ["an engine of a cloud", { engine: VectorEngine.S3Vectors }, ["engine is", "must be one of qdrant, pgvector"]],
  ["dimension 0", { dimensions: 0 }, ["dimensions is 0, but must be a whole number from 1 to 4000"]],
  ["a dimension above the maximum", { dimensions: 4001 }, ["dimensions is 4001"]],
  ["a table that PostgreSQL would fold", { collection: "My-Docs" }, ["collection is", "50 lower-case letters"]],
  ["too few candidates", { index: { neighbours: 64 } }, ["index.candidates is 100, but must be 128 to 1000"]],
  ["snapshots on disks", { snapshots: { keep: 3 } }, ["snapshots has no effect with engine pgvector"]],
  ["backups to nowhere", { backup: {} }, ["backup.store is left out, but must be a bucket"]],
  [
    "memory that is too small for the vectors",
    { capacity: 10_000_000, memory: "16Gi", diskSizeGiB: 20 },
    ['memory is "16Gi", but must be 96Gi or more', "diskSizeGiB is 20, but must be 263 to 16384"],
  ],
  ["no vectors at all", { capacity: 0 }, ["capacity is 0"]],
  ["more than a disk holds", { capacity: 1_000_000_000 }, ["diskSizeGiB is", "must be a whole number from 1 to 16384"]],
  [
    "no backup where a regulation asks for one",
    { compliance: [Regulation.Hipaa] },
    ["backup.store is left out, but hipaa asks that data can be restored"],
  ],
  [
    "a retention below what a regulation asks",
    { compliance: [Regulation.Gdpr], backup: { store, retentionDays: 3 } },
    ["backup.retentionDays is 3, but must be 7 to 3650: gdpr"],
  ],
  ["a regulation that is none", { compliance: ["iso" as Regulation] }, ["compliance[0]", "must be one of gdpr, ccpa"]],
  [
    "two places for snapshots",
    { engine: VectorEngine.Qdrant, backup: { store }, snapshots: {} },
    ["snapshots has no effect together with `backup`"],
  ],
  [
    "an installation that Qdrant does not need",
    { engine: VectorEngine.Qdrant, install: {} },
    ["install has no effect with engine qdrant"],
  ],
  [
    "plain connections where a regulation asks for encrypted ones",
    { engine: VectorEngine.Qdrant, compliance: [Regulation.Hipaa] },
    ["tlsSecretName is left out, but hipaa asks for encrypted connections"],
  ],
  [
    "memory of Qdrant that is too small",
    { engine: VectorEngine.Qdrant, capacity: 10_000_000, memory: "8Gi" },
    ['memory is "8Gi", but must be 39Gi or more'],
  ],
];
test.each(bad)("refuses %s before anything is registered", async (_, args, messages) => {
  const registered: string[] = [];
  const failing = plan(
    () => {
      new VectorStore("vectors", { cluster, dimensions: 1024, ...pg, ...args });
    },
    { onResource: (urn) => registered.push(urn) },
  );
  const reason = await refusal(failing);
  for (const message of messages) expect(reason).toContain(message);
  expect(registered.filter((urn) => urn.includes("VectorStore"))).toEqual([]);
});

test("refuses tokens for backups of PostgreSQL, which nothing would read", async () => {
  const writer = {
    kind: "identity",
    name: "writer",
    tokens: [{ audience: "sts.amazonaws.com", path: "writer/token" }],
  };
  await expect(planned({ backup: { store }, uses: [writer] })).rejects.toThrow(
    /uses\[0\].tokens is .* but must be empty: backups of PostgreSQL read no tokens/,
  );
  const podIdentity = { kind: "identity", name: "writer", egress: [{ port: 80, cidr: "169.254.170.23/32" }] };
  const graph = await planned({ backup: { store }, uses: [podIdentity] });
  expect(inputs(graph, "my-vectors-network", "spec.egress")).toHaveLength(6);
});

test("refuses snapshots of Qdrant to Google Cloud, and none of its servers is made", async () => {
  const args = { engine: VectorEngine.Qdrant, backup: { store: { ...store, platform: Platform.Gcp } } };
  await expect(planned(args)).rejects.toThrow(
    /backup.store.platform is "gcp", but must be that of a bucket that speaks S3/,
  );
});

test("memory that is too small is refused where the vectors are known later, too", async () => {
  await expect(planned({ capacity: pulumi.output(10_000_000), memory: "16Gi" })).rejects.toThrow(
    /memory is "16Gi", but must be 96Gi or more/,
  );
});

test("the binding's known fields stay known in a first preview", async () => {
  const graph = await plan(
    () => {
      const { binding } = new VectorStore("vectors", { cluster, dimensions: 8, ...pg });
      return { endpoint: bindingField(binding, "endpoint"), collection: bindingField(binding, "collection") };
    },
    { mode: "preview" },
  );
  expect(graph.outputs).toEqual({
    endpoint: "postgresql://vectors-rw.vectors.svc:5432/vectors?sslmode=require",
    collection: "vectors",
  });
});

const shared = join(__dirname, "../../../../../shared");
/** The documents are kept beside the repository; without them there is nothing to compare with. */
const withDocuments = existsSync(shared) ? describe : describe.skip;

withDocuments("the vendors' own documents", () => {
  const everything = () =>
    planned({
      backup: { store },
      tlsSecretName: "tls",
      alerts: { labels: { release: "prometheus" } },
      cluster: { ...cluster, mirror: { images: "registry.local/mirror" } },
    });

  interface Schema {
    properties?: { [name: string]: Schema };
    additionalProperties?: boolean | Schema;
    items?: Schema;
    "x-kubernetes-preserve-unknown-fields"?: boolean;
  }

  /** The schema, with fields that it does not name forbidden, as the API server drops them. */
  function closed(schema: Schema): Schema {
    const { properties, additionalProperties, items } = schema;
    return {
      ...schema,
      ...(properties && {
        properties: Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, closed(inner)])),
        additionalProperties: schema["x-kubernetes-preserve-unknown-fields"] ?? additionalProperties ?? false,
      }),
      ...(items && { items: closed(items) }),
    };
  }

  function validator(file: string, kind: string) {
    const ajv = new Ajv({
      strict: false,
      validateFormats: false,
      allErrors: true,
      // Go's regular expressions take flags within the pattern.
      code: { regExp: Object.assign((text: string) => new RegExp(text.replace("(?i)", ""), "i"), { code: "" }) },
    });
    for (const document of parseAllDocuments(readFileSync(join(shared, "crds", file), "utf8"))) {
      const definition = document.toJS();
      if (definition?.spec?.names?.kind !== kind) continue;
      const served = definition.spec.versions.find((row: { name: string }) => row.name === "v1");
      const schema = closed(served.schema.openAPIV3Schema);
      return ajv.compile({ ...schema, properties: { ...schema.properties, metadata: {} } });
    }
    throw new Error(`no definition of ${kind} in ${file}`);
  }

  test.each([
    ["my-vectors-servers", "cloudnative-pg.yaml", "Cluster"],
    ["my-vectors-schedule", "cloudnative-pg.yaml", "ScheduledBackup"],
    ["my-vectors-alerts", "prometheus-operator.yaml", "PrometheusRule"],
    ["my-vectors-metrics", "prometheus-operator.yaml", "PodMonitor"],
  ])(
    "%s is what %s allows as %s",
    async (name, file, kind) => {
      const validate = validator(file, kind);
      const row = resource(await everything(), name) as PlannedResource;
      expect({ valid: validate(JSON.parse(JSON.stringify(row.inputs))), errors: validate.errors }).toEqual({
        valid: true,
        errors: null,
      });
      expect(validate({ ...row.inputs, spec: { ...(row.inputs.spec as object), misspelt: 1 } })).toBe(false);
      // The operator's definition is half a megabyte, which is compiled.
    },
    60_000,
  );

  test("the operator's chart gets only keys that it has", async () => {
    const known = parse(readFileSync(join(shared, "charts/cloudnative-pg/values.yaml"), "utf8"));
    const values = inputs(await everything(), "my-vectors-operator", "values");
    expect(Object.keys(values).sort()).toEqual(["image", "replicaCount", "resources"]);
    for (const key of Object.keys(values)) expect(known).toHaveProperty(key);
    expect(values.image).toEqual({ repository: "registry.local/mirror/ghcr.io/cloudnative-pg/cloudnative-pg" });
    expect(known.image).toHaveProperty("repository");
  });
});

import * as pulumi from "@pulumi/pulumi";
import { bindingField, databasePassword, type ObjectStoreBinding, Platform, Regulation } from "aistack-core";
import { type Graph, type Mode, plan, resource, Secret } from "aistack-engine";
import { testCluster as cluster, created, inputs, refusal } from "../testing";
import type { DatabaseArgs } from "./args";
import { Database } from "./database";

const modes: Mode[] = ["preview", "simulate"];

const store: ObjectStoreBinding = {
  kind: "object-store",
  name: "backups",
  platform: Platform.Aws,
  bucket: "backups-1234",
  url: "s3://backups-1234",
  region: "eu-west-1",
  egress: [{ port: 443 }],
  access: {
    read: [{ platform: Platform.Aws, actions: ["s3:ListBucket"], resources: ["arn:aws:s3:::backups-1234"] }],
    write: [{ platform: Platform.Aws, actions: ["s3:PutObject"], resources: ["arn:aws:s3:::backups-1234/*"] }],
  },
};
/** A bucket of one's own, with credentials and an authority. */
const own: ObjectStoreBinding = {
  ...store,
  name: "old",
  platform: Platform.Kubernetes,
  region: undefined,
  endpoint: "https://store.store.svc:8333",
  environment: { OLD_CA_CERTIFICATE: "the authority" },
  credentials: { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "do-not-show" },
  clientLabels: { "access.aistack.dev/old": "allowed" },
  egress: [{ port: 8333, namespace: "store" }],
};

function planned(args: Partial<DatabaseArgs> = {}, mode: Mode = "simulate"): Promise<Graph> {
  return plan(
    () => {
      const database = new Database("mlflow-db", { cluster, ...args });
      return {
        binding: pulumi.unsecret(database.binding),
        credentials: database.binding.credentials,
        host: bindingField(database.binding, "host"),
        password: args.existing ? undefined : databasePassword(database.binding),
        backupAccess: database.backupAccess,
        identity: database.identity,
      };
    },
    { mode },
  );
}

const spec = (graph: Graph, path = "") => inputs(graph, "mlflow-db-servers", `spec${path}`);

describe.each(modes)("in %s", (mode) => {
  test("creates these children and no others", async () => {
    expect(created(await planned({}, mode))).toEqual([
      "mlflow-db-cluster kubernetes",
      "mlflow-db-credentials Secret",
      "mlflow-db-default-deny NetworkPolicy",
      "mlflow-db-namespace Namespace",
      "mlflow-db-network NetworkPolicy",
      "mlflow-db-operator Release",
      "mlflow-db-operator-controllers NetworkPolicy",
      "mlflow-db-operator-default-deny NetworkPolicy",
      "mlflow-db-operator-instances NetworkPolicy",
      "mlflow-db-operator-namespace Namespace",
      "mlflow-db-password RandomPassword",
      "mlflow-db-servers Cluster",
      "mlflow-db-tls-authority SelfSignedCert",
      "mlflow-db-tls-authority-key PrivateKey",
      "mlflow-db-tls-certificate LocallySignedCert",
      "mlflow-db-tls-key PrivateKey",
      "mlflow-db-tls-request CertRequest",
      "mlflow-db-tls-secret Secret",
    ]);
    const shared = created(await planned({ namespace: "shared", install: { operator: false } }, mode));
    expect(shared.filter((row) => /Namespace|Release/.test(row))).toEqual([]);
  });

  test("backups, alerts and a restore bring these", async () => {
    const without = created(await planned({}, mode));
    const args = { backup: { store }, alerts: {}, restore: { store: own, name: "mlflow" } };
    expect(created(await planned(args, mode)).filter((row) => !without.includes(row))).toEqual([
      "mlflow-db-alerts PrometheusRule",
      "mlflow-db-backup-credentials Secret",
      "mlflow-db-backup-plugin Release",
      "mlflow-db-backups ObjectStore",
      "mlflow-db-cert-manager Release",
      "mlflow-db-cert-manager-controllers NetworkPolicy",
      "mlflow-db-cert-manager-default-deny NetworkPolicy",
      "mlflow-db-cert-manager-namespace Namespace",
      "mlflow-db-metrics PodMonitor",
      "mlflow-db-origin ObjectStore",
      "mlflow-db-origin-credentials Secret",
      "mlflow-db-schedule ScheduledBackup",
    ]);
  });

  test("the binding's host is known, and the password is a secret wherever it goes", async () => {
    const graph = await planned({ backup: { store: pulumi.secret(own) } }, mode);
    expect(graph.outputs.host).toBe("mlflow-db-rw.mlflow-db.svc");
    expect(graph.outputs.password).toBeInstanceOf(Secret);
    for (const name of ["mlflow-db-credentials", "mlflow-db-backup-credentials", "mlflow-db-tls-secret"])
      expect(inputs(graph, name, "stringData")).toBeInstanceOf(Secret);
    expect(JSON.stringify(graph)).not.toContain("do-not-show");
    expect(resource(graph, "mlflow-db-password").outputs?.result).toBeInstanceOf(Secret);
  });

  test("adopts a database that exists and creates nothing", async () => {
    const existing = {
      kind: "database",
      name: "theirs",
      platform: Platform.Aws,
      host: "db.example",
      port: 5432,
      database: "app",
      user: "app",
    };
    const graph = await planned({ existing }, mode);
    expect(created(graph)).toEqual([]);
    expect(graph.outputs.binding).toEqual(existing);
  });
});

test("clients are told host, database, role and authority, and that the server is to be verified", async () => {
  const graph = await planned();
  const { caCertificate, environment, ...binding } = graph.outputs.binding as {
    caCertificate: string;
    environment: { [name: string]: string };
  };
  expect(binding).toMatchObject({
    kind: "database",
    name: "mlflow-db",
    platform: "kubernetes",
    host: "mlflow-db-rw.mlflow-db.svc",
    port: 5432,
    database: "mlflow_db",
    user: "mlflow_db",
    clientLabels: { "access.aistack.dev/mlflow-db": "allowed" },
    egress: [{ port: 5432, namespace: "mlflow-db", podLabels: { "cnpg.io/cluster": "mlflow-db" } }],
  });
  expect(environment).toEqual({
    MLFLOW_DB_HOST: "mlflow-db-rw.mlflow-db.svc",
    MLFLOW_DB_PORT: "5432",
    MLFLOW_DB_DATABASE: "mlflow_db",
    MLFLOW_DB_USER: "mlflow_db",
    MLFLOW_DB_URL: "postgresql://mlflow-db-rw.mlflow-db.svc:5432/mlflow_db?sslmode=verify-full",
    MLFLOW_DB_CA_CERTIFICATE: caCertificate,
  });
  const credentials = (graph.outputs.credentials as unknown as Secret).reveal() as { [name: string]: string };
  expect(credentials).toEqual({ MLFLOW_DB_PASSWORD: (graph.outputs.password as unknown as Secret).reveal() });
});

test("the database belongs to a role without further rights, and nobody connects without TLS", async () => {
  const graph = await planned({ database: "tracking" });
  expect(spec(graph, ".bootstrap")).toEqual({
    initdb: {
      database: "tracking",
      owner: "tracking",
      secret: { name: "mlflow-db-credentials" },
      dataChecksums: true,
    },
  });
  expect(spec(graph)).toMatchObject({
    enableSuperuserAccess: false,
    postgresql: { pg_hba: ["hostnossl all all all reject"] },
  });
  expect(inputs(graph, "mlflow-db-credentials", "type")).toBe("kubernetes.io/basic-auth");
});

test("the certificate is for the services' names, and reloaded when it changes", async () => {
  const graph = await planned();
  expect(inputs(graph, "mlflow-db-tls-request", "dnsNames")).toEqual(
    ["rw", "r", "ro"].flatMap((service) => [
      `mlflow-db-${service}.mlflow-db.svc`,
      `mlflow-db-${service}.mlflow-db.svc.cluster.local`,
    ]),
  );
  expect(inputs(graph, "mlflow-db-tls-secret", "metadata.labels")).toMatchObject({ "cnpg.io/reload": "true" });
  expect(spec(graph, ".certificates")).toEqual({
    serverTLSSecret: "mlflow-db-tls",
    serverCASecret: "mlflow-db-tls",
  });
});

test("a certificate of one's own takes its place", async () => {
  const caCertificate = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n";
  const graph = await planned({ tlsSecretName: "own-tls", caCertificate });
  expect(created(graph).join()).not.toMatch(/mlflow-db-tls/);
  expect(spec(graph, ".certificates")).toEqual({ serverTLSSecret: "own-tls", serverCASecret: "own-tls" });
  expect(graph.outputs.binding).toMatchObject({ caCertificate });
});

test("three instances of which one confirms each write; sizes are those given", async () => {
  expect(spec(await planned())).toMatchObject({
    instances: 3,
    enablePDB: true,
    postgresql: {
      synchronous: { method: "any", number: 1, dataDurability: "preferred" },
      parameters: { shared_buffers: "1024MB", max_connections: "200" },
    },
    storage: { size: "50Gi", storageClass: "fast" },
    resources: { requests: { cpu: "1", memory: "4Gi" }, limits: { memory: "4Gi" } },
  });
  const small = { replicas: 1, cpu: "250m", memory: "1Gi", diskSizeGiB: 10, connections: 50, storageClass: "slow" };
  const single = spec(await planned(small));
  expect(single).toMatchObject({
    instances: 1,
    enablePDB: false,
    postgresql: { parameters: { shared_buffers: "256MB", max_connections: "50" } },
    storage: { size: "10Gi", storageClass: "slow" },
    resources: { requests: { cpu: "250m", memory: "1Gi" }, limits: { memory: "1Gi" } },
  });
  expect(single.postgresql.synchronous).toBeUndefined();
});

test("what holds data outlives the component, with what it needs to be of use", async () => {
  const graph = await planned({ backup: { store } });
  const kept = graph.resources.filter((row) => row.custom && row.options.retainOnDelete).map((row) => row.name);
  expect(kept.sort()).toEqual([
    "mlflow-db-credentials",
    "mlflow-db-default-deny",
    "mlflow-db-namespace",
    "mlflow-db-servers",
    "mlflow-db-tls-secret",
  ]);
});

test("only clients of the named namespaces, peers, the operator and Prometheus come in", async () => {
  const graph = await planned({ clientNamespaces: ["mlflow"], alerts: { namespace: "watch" } });
  const { ingress, podSelector } = inputs(graph, "mlflow-db-network", "spec");
  expect(podSelector).toEqual({ matchLabels: { "cnpg.io/cluster": "mlflow-db" } });
  const named = (...values: string[]) => ({
    matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "In", values }],
  });
  expect(ingress.map((rule: { from: object[] }) => rule.from)).toEqual([
    [
      {
        namespaceSelector: named("mlflow"),
        podSelector: { matchLabels: { "access.aistack.dev/mlflow-db": "allowed" } },
      },
    ],
    [{ podSelector: { matchLabels: { "cnpg.io/cluster": "mlflow-db" } } }],
    [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "cnpg-system" } } }],
    [{ namespaceSelector: named("watch"), podSelector: { matchLabels: { "app.kubernetes.io/name": "prometheus" } } }],
  ]);
  expect(inputs(graph, "mlflow-db-network", "spec.egress")).toHaveLength(3);
});

test("alerts tell of what is missing, late, failing and full, each of this database alone", async () => {
  const graph = await planned({ backup: { store }, alerts: { labels: { release: "prometheus" } } });
  const [group] = inputs(graph, "mlflow-db-alerts", "spec.groups");
  expect(group.rules.map((rule: { alert: string }) => rule.alert)).toEqual([
    "DatabaseNodeMissing",
    "DatabaseReplicaLags",
    "DatabaseDiskFills",
    "DatabaseArchivingFails",
    "DatabaseBackupMissing",
  ]);
  for (const { expr } of group.rules)
    expect(expr).toMatch(/namespace="mlflow-db", (pod|persistentvolumeclaim)=~"mlflow-db-/);
  expect(inputs(graph, "mlflow-db-metrics", "metadata.labels")).toEqual({ release: "prometheus" });
});

describe("backups", () => {
  test("go to a folder of the database's own, with every change, for as long as asked", async () => {
    const graph = await planned({ backup: { store, schedule: "30 1 * * *", retentionDays: 60 } });
    expect(inputs(graph, "mlflow-db-backups", "spec")).toEqual({
      retentionPolicy: "60d",
      configuration: {
        destinationPath: "s3://backups-1234/mlflow-db",
        s3Credentials: { inheritFromIAMRole: true },
        wal: { compression: "gzip" },
        data: { compression: "gzip" },
      },
    });
    expect(inputs(graph, "mlflow-db-schedule", "spec")).toMatchObject({ schedule: "0 30 1 * * *", immediate: true });
    expect(spec(graph, ".plugins.0")).toMatchObject({
      isWALArchiver: true,
      parameters: { barmanObjectName: "mlflow-db" },
    });
    expect(graph.outputs.identity).toEqual({ namespace: "mlflow-db", serviceAccount: "mlflow-db" });
    expect(graph.outputs.backupAccess).toEqual([
      ...store.access.read,
      ...store.access.write,
      { platform: "aws", actions: ["s3:DeleteObject"], resources: ["arn:aws:s3:::backups-1234/*"] },
    ]);
  });

  test("to a store of one's own trust its authority, and are let in by its labels", async () => {
    const graph = await planned({ backup: { store: own } });
    expect(inputs(graph, "mlflow-db-backups", "spec.configuration")).toMatchObject({
      endpointURL: "https://store.store.svc:8333",
      endpointCA: { name: "mlflow-db-backup", key: "ca.crt" },
      s3Credentials: { accessKeyId: { name: "mlflow-db-backup", key: "AWS_ACCESS_KEY_ID" } },
    });
    const secret = inputs(graph, "mlflow-db-backup-credentials", "stringData") as Secret;
    expect(secret.reveal()).toEqual({ ...own.credentials, "ca.crt": "the authority" });
    expect(spec(graph, ".inheritedMetadata.labels")).toEqual(own.clientLabels);
    expect(inputs(graph, "mlflow-db-network", "spec.egress").at(-1)).toMatchObject({
      to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "store" } } }],
      ports: [{ port: 8333 }],
    });
  });

  test("are kept longer where a regulation asks that data can be restored", async () => {
    const graph = await planned({ backup: { store }, compliance: [Regulation.Hipaa] });
    expect(inputs(graph, "mlflow-db-backups", "spec.retentionPolicy")).toBe("35d");
  });
});

describe("a restore", () => {
  const restore = { store: own, name: "mlflow", time: "2026-11-25T08:00:00Z" };

  test("starts from the other one's backups at the moment, and writes its own elsewhere", async () => {
    const graph = await planned({ restore, backup: { store } });
    expect(spec(graph, ".bootstrap")).toEqual({
      recovery: {
        source: "origin",
        database: "mlflow",
        owner: "mlflow",
        secret: { name: "mlflow-db-credentials" },
        recoveryTarget: { targetTime: "2026-11-25T08:00:00Z" },
      },
    });
    expect(spec(graph, ".externalClusters")).toEqual([
      {
        name: "origin",
        plugin: {
          name: "barman-cloud.cloudnative-pg.io",
          parameters: { barmanObjectName: "mlflow-db-origin", serverName: "mlflow" },
        },
      },
    ]);
    const origin = inputs(graph, "mlflow-db-origin", "spec");
    expect(origin.retentionPolicy).toBeUndefined();
    expect(origin.configuration.destinationPath).toBe("s3://backups-1234/mlflow");
    expect(inputs(graph, "mlflow-db-backups", "spec.configuration.destinationPath")).toBe(
      "s3://backups-1234/mlflow-db",
    );
    expect(inputs(graph, "mlflow-db-network", "spec.egress")).toHaveLength(5);
    expect(spec(graph, ".inheritedMetadata.labels")).toEqual(own.clientLabels);
  });

  test("without a moment goes on to the last change", async () => {
    const graph = await planned({ restore: { store, name: "mlflow" } });
    expect(spec(graph, ".bootstrap.recovery.recoveryTarget")).toBeUndefined();
    expect(spec(graph, ".plugins")).toBeUndefined();
  });
});

test("gives the password to nobody who has a binding without one", async () => {
  const binding = {
    kind: "database",
    name: "db",
    platform: Platform.Aws,
    host: "h",
    port: 5432,
    database: "d",
    user: "u",
  };
  await expect(plan(() => ({ password: databasePassword(binding) }))).rejects.toThrow(
    /credentials.DB_PASSWORD is missing in the binding of database "db"/,
  );
});

const bad: [string, Partial<DatabaseArgs>, string[]][] = [
  ["a database that PostgreSQL would fold", { database: "My-Db" }, ['database is "My-Db", but must be 1 to 50']],
  ["PostgreSQL's own database", { database: "postgres" }, ['database is "postgres", but must be another one']],
  ["a role of PostgreSQL's own", { database: "pg_app" }, ['database is "pg_app", but must be another one']],
  [
    "no instance, disk or connection",
    { replicas: 0, diskSizeGiB: 0, connections: 1 },
    ["replicas is 0", "diskSizeGiB is 0", "connections is 1, but must be a whole number from 20 to 2000"],
  ],
  ["sizes that are none", { cpu: "much", memory: "more" }, ['cpu is "much"', 'memory is "more"']],
  ["a schedule that is none", { backup: { store, schedule: "daily" } }, ['backup.schedule is "daily"']],
  ["a retention that is none", { backup: { store, retentionDays: 0 } }, ["backup.retentionDays is 0"]],
  [
    "no backups where a regulation asks that data can be restored",
    { compliance: [Regulation.Gdpr] },
    ["backup is left out, but gdpr asks that data can be restored"],
  ],
  ["a regulation that is none", { compliance: ["iso" as Regulation] }, ["compliance[0]", "must be one of gdpr"]],
  [
    "a restore from itself",
    { restore: { store, name: "mlflow-db" } },
    ["restore.name is", "must be the name of another one"],
  ],
  [
    "a moment without a zone",
    { restore: { store, name: "mlflow", time: "2026-11-25 08:00:00" } },
    ['restore.time is "2026-11-25 08:00:00", but must be a moment'],
  ],
  ["a certificate without its authority", { tlsSecretName: "own" }, ["caCertificate is missing"]],
  ["an authority without its certificate", { caCertificate: "x" }, ["tlsSecretName is missing", "caCertificate is"]],
  [
    "a namespace that is none",
    { namespace: "A", alerts: { namespace: "B" } },
    ['namespace is "A"', 'alerts.namespace is "B"'],
  ],
  [
    "an adopted database with other arguments",
    {
      existing: {
        kind: "database",
        name: "t",
        platform: Platform.Aws,
        host: "h",
        port: 5432,
        database: "d",
        user: "u",
      },
      replicas: 2,
      backup: { store },
    },
    ["replicas has no effect together with `existing`", "backup has no effect together with `existing`"],
  ],
];
test.each(bad)("refuses %s before anything is registered", async (_, args, messages) => {
  const registered: string[] = [];
  const failing = plan(() => void new Database("mlflow-db", { cluster, ...args }), {
    onResource: (urn) => registered.push(urn),
  });
  const reason = await refusal(failing);
  for (const message of messages) expect(reason).toContain(message);
  expect(registered.filter((urn) => urn.includes("Database"))).toEqual([]);
});

test("refuses a name that is too long for CloudNativePG", async () => {
  const failing = plan(() => void new Database("a".repeat(51), { cluster }));
  expect(await refusal(failing)).toContain("must be of 50 characters or fewer");
});

test("refuses tokens for backups, which nothing would read", async () => {
  const tokens = [{ audience: "sts.amazonaws.com", path: "writer/token" }];
  const uses = [{ kind: "identity", name: "writer", tokens }];
  await expect(planned({ backup: { store }, uses })).rejects.toThrow(/uses\[0\].tokens is .* but must be empty/);
});

import * as pulumi from "@pulumi/pulumi";
import {
  bindingField,
  type DatabaseBinding,
  FeatureRegistryKind,
  type FeatureStoreBinding,
  OfflineStoreKind,
  OnlineStoreKind,
  Platform,
  Regulation,
} from "aistack-core";
import { type Graph, type Mode, plan, resource, Secret } from "aistack-engine";
import { testCluster as cluster, created, inputs, refusal } from "../testing";
import type { FeatureStoreArgs } from "./args";
import { FeatureStore } from "./feature-store";

const modes: Mode[] = ["preview", "simulate"];
const definitions = "from feast import Entity\n";

const backups = {
  kind: "object-store",
  name: "backups",
  platform: Platform.Aws,
  bucket: "backups",
  url: "s3://backups",
  access: { read: [], write: [] },
};

const theirs: DatabaseBinding = {
  kind: "database",
  name: "theirs",
  platform: Platform.Aws,
  host: "db.example",
  port: 6432,
  database: "registry",
  user: "owner",
  credentials: { THEIRS_PASSWORD: "do-not-show" },
  egress: [{ port: 6432, cidr: "10.1.0.0/16" }],
};

function planned(args: Partial<FeatureStoreArgs> = {}, mode: Mode = "simulate"): Promise<Graph> {
  return plan(
    () => {
      const store = new FeatureStore("features", { cluster, ...args });
      const field = <K extends keyof FeatureStoreBinding>(name: K) => bindingField(store.binding, name);
      return {
        binding: store.binding,
        endpoint: field("endpoint"),
        client: field("configuration"),
        configuration: store.configuration,
      };
    },
    { mode },
  );
}

function pods(graph: Graph) {
  return graph.resources.flatMap((row) => {
    const spec = (row.inputs as { spec?: { template?: unknown; jobTemplate?: { spec: { template: unknown } } } }).spec;
    // biome-ignore lint/suspicious/noExplicitAny: assertions on plain data whose shape the test itself states
    const template = (spec?.template ?? spec?.jobTemplate?.spec.template) as any;
    return template ? [{ name: row.name, ...template.spec }] : [];
  });
}

describe.each(modes)("in %s", (mode) => {
  test("creates these children and no others", async () => {
    const graph = await planned({ definitions }, mode);
    expect(created(graph)).toEqual([
      "features-account ServiceAccount",
      "features-apply Job",
      "features-cluster kubernetes",
      "features-credentials Secret",
      "features-database-credentials Secret",
      "features-database-network NetworkPolicy",
      "features-database-operator Release",
      "features-database-operator-controllers NetworkPolicy",
      "features-database-operator-default-deny NetworkPolicy",
      "features-database-operator-instances NetworkPolicy",
      "features-database-operator-namespace Namespace",
      "features-database-password RandomPassword",
      "features-database-servers Cluster",
      "features-database-tls-authority SelfSignedCert",
      "features-database-tls-authority-key PrivateKey",
      "features-database-tls-certificate LocallySignedCert",
      "features-database-tls-key PrivateKey",
      "features-database-tls-request CertRequest",
      "features-database-tls-secret Secret",
      "features-default-deny NetworkPolicy",
      "features-maintenance-network NetworkPolicy",
      "features-materialise CronJob",
      "features-namespace Namespace",
      "features-online-disruption PodDisruptionBudget",
      "features-online-network NetworkPolicy",
      "features-online-server Deployment",
      "features-online-service Service",
      "features-redis-account ServiceAccount",
      "features-redis-configuration ConfigMap",
      "features-redis-network NetworkPolicy",
      "features-redis-password RandomPassword",
      "features-redis-server StatefulSet",
      "features-redis-service Service",
      "features-redis-users Secret",
      "features-repository ConfigMap",
    ]);
    expect(graph.diagnostics).toEqual([]);
  });

  test("pods satisfy `restricted`, have no token and a read-only root", async () => {
    const graph = await planned({ definitions, servers: { offline: true, registry: true, ui: true } }, mode);
    const all = pods(graph);
    expect(all.map(({ name }) => name).sort()).toEqual([
      "features-apply",
      "features-materialise",
      "features-offline-server",
      "features-online-server",
      "features-redis-server",
      "features-registry-server",
      "features-ui-server",
    ]);
    for (const pod of all) {
      expect(pod.automountServiceAccountToken).toBe(false);
      expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
      for (const container of pod.containers) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        });
        expect(container.image).toMatch(
          /^(docker\.io\/library\/redis:\S+@sha256:[0-9a-f]{64}|quay\.io\/feastdev\/feature-server:0\.67\.0)$/,
        );
        expect(container.resources.requests).toEqual({ cpu: expect.anything(), memory: expect.anything() });
        expect(container.resources.limits.memory).toBeDefined();
      }
    }
  });

  test("passwords are secret everywhere", async () => {
    const graph = await planned({ definitions }, mode);
    for (const name of ["features-credentials", "features-redis-users", "features-database-credentials"])
      expect(inputs(graph, name, "stringData")).toBeInstanceOf(Secret);
    expect(inputs(graph, "features-repository", "data")).not.toBeInstanceOf(Secret);
    for (const { name, containers } of pods(graph))
      for (const { env = [] } of containers)
        for (const { name: variable, value } of env)
          if (/PASSWORD|AUTH$/.test(variable)) expect([name, variable, value]).toEqual([name, variable, undefined]);
  });

  test("what it puts out", async () => {
    const { endpoint, client } = (await planned({ definitions }, mode)).outputs;
    expect(endpoint).toBe("https://features-online.features.svc:6566");
    expect(client).toBe(`project: "features"
provider: "local"
online_store:
  type: "remote"
  path: "https://features-online.features.svc:6566"
  cert: "\${FEAST_CA_FILE}"
auth:
  type: "no_auth"
entity_key_serialization_version: 3
`);
  });
});

test.each(modes)(
  "the configuration names variables in place of passwords, and TLS that is checked, in %s",
  async (mode) => {
    const { configuration } = (await planned({}, mode)).outputs;
    expect(configuration).toBe(`project: "features"
provider: "local"
registry:
  registry_type: "sql"
  path: "postgresql+psycopg://feast:\${FEAST_DATABASE_PASSWORD}@features-database-rw.features.svc:5432/feast?sslmode=verify-full&sslrootcert=/repository/database.crt"
  cache_ttl_seconds: 60
  serve_features_while_materializing: true
online_store:
  type: "redis"
  connection_string: "features-redis.features.svc:6379,username=feast,password=\${FEAST_REDIS_PASSWORD},ssl=true,ssl_ca_certs=/tls/ca.crt"
offline_store:
  type: "postgres"
  host: "features-database-rw.features.svc"
  port: 5432
  database: "feast"
  db_schema: "public"
  user: "feast"
  password: "\${FEAST_DATABASE_PASSWORD}"
  sslmode: "verify-full"
  sslrootcert_path: "/repository/database.crt"
auth:
  type: "no_auth"
entity_key_serialization_version: 3
`);
  },
);

test("the binding says what the store is made of and opens its servers alone", async () => {
  const graph = await planned({ servers: { online: true, registry: true }, project: "fraud" });
  expect(graph.outputs.binding).toMatchObject({
    kind: "feature-store",
    name: "features",
    project: "fraud",
    registry: FeatureRegistryKind.Sql,
    onlineStore: OnlineStoreKind.Redis,
    offlineStore: OfflineStoreKind.Postgres,
    environment: { FEAST_FEATURES_PROJECT: "fraud", FEAST_FEATURES_URL: "https://features-online.features.svc:6566" },
    clientLabels: { "access.aistack.dev/features": "allowed" },
    egress: [
      { port: 6566, namespace: "features", podLabels: { "app.kubernetes.io/component": "online" } },
      { port: 6570, namespace: "features", podLabels: { "app.kubernetes.io/component": "registry" } },
    ],
    access: { serve: [], train: [], materialise: [] },
  });
});

test("only Feast's pods reach the stores, only labelled pods reach Feast, Redis reaches nothing", async () => {
  const graph = await planned({ definitions, clientNamespaces: ["fraud"] });
  expect(inputs(graph, "features-redis-network", "spec")).toEqual({
    podSelector: {
      matchLabels: { "app.kubernetes.io/instance": "features", "app.kubernetes.io/component": "redis" },
    },
    policyTypes: ["Ingress", "Egress"],
    ingress: [
      {
        from: [{ podSelector: { matchLabels: { "access.aistack.dev/features-stores": "allowed" } } }],
        ports: [{ protocol: "TCP", port: 6379 }],
      },
    ],
  });
  expect(inputs(graph, "features-database-network", "spec.ingress.0.from")).toEqual([
    {
      namespaceSelector: {
        matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "In", values: ["features"] }],
      },
      podSelector: { matchLabels: { "access.aistack.dev/features-database": "allowed" } },
    },
  ]);
  for (const [workload, path] of [
    ["features-online-server", "spec.template.metadata.labels"],
    ["features-apply", "spec.template.metadata.labels"],
    ["features-materialise", "spec.jobTemplate.spec.template.metadata.labels"],
  ] as const)
    expect(inputs(graph, workload, path)).toMatchObject({
      "access.aistack.dev/features-stores": "allowed",
      "access.aistack.dev/features-database": "allowed",
    });
  const server = inputs(graph, "features-online-network", "spec");
  expect(server.ingress).toEqual([
    {
      from: [
        {
          namespaceSelector: {
            matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "In", values: ["fraud"] }],
          },
          podSelector: { matchLabels: { "access.aistack.dev/features": "allowed" } },
        },
      ],
      ports: [{ protocol: "TCP", port: 6566 }],
    },
  ]);
  expect(server.egress.map(({ ports }: { ports: { port: number }[] }) => ports.at(-1)?.port)).toEqual([53, 6379, 5432]);
  expect(inputs(graph, "features-maintenance-network", "spec").ingress).toBeUndefined();
});

test("servers ask for tokens of the provider that is named, and reach it", async () => {
  const discoveryUrl = "https://id.example.com/realms/ai/.well-known/openid-configuration";
  const graph = await planned({
    oidc: { discoveryUrl, audience: "feast" },
    compliance: [Regulation.Hipaa],
    backup: { store: backups },
  });
  expect(graph.outputs.configuration).toContain(
    `auth:\n  type: "oidc"\n  auth_discovery_url: "${discoveryUrl}"\n  audience: "feast"\n`,
  );
  expect(graph.outputs.client).toContain('auth:\n  type: "oidc"\n');
  const egress = inputs(graph, "features-online-network", "spec.egress");
  expect(egress.at(-1).ports).toEqual([{ protocol: "TCP", port: 443 }]);
});

test("servers start after the definitions are applied, copies too; without definitions nothing is applied", async () => {
  const graph = await planned({ definitions });
  const names = (of: string) => resource(graph, of).dependencies.map((urn) => urn.split("::").at(-1));
  expect(names("features-online-server")).toContain("features-apply");
  expect(names("features-materialise")).toContain("features-apply");
  expect(created(await planned()).filter((row) => /apply|materialise/.test(row))).toEqual([]);
});

test("values are copied on the schedule, the last days again where they arrive late", async () => {
  const script = (graph: Graph) =>
    inputs(graph, "features-materialise", "spec.jobTemplate.spec.template.spec.containers.0.command.2");
  expect(script(await planned({ definitions }))).toContain("materialize-incremental ");
  const graph = await planned({ materialisation: { schedule: "*/15 * * * *", lookbackDays: 3 } });
  expect(inputs(graph, "features-materialise", "spec.schedule")).toBe("*/15 * * * *");
  expect(inputs(graph, "features-materialise", "spec.concurrencyPolicy")).toBe("Forbid");
  expect(script(graph)).toContain("materialize \"$(date -u -d '-3 days'");
});

test("memory and disks are what is asked for, and outlive the store", async () => {
  const graph = await planned({ online: { memoryGiB: 8, diskSizeGiB: 40 }, offline: { memoryGiB: 16 } });
  expect(inputs(graph, "features-redis-configuration", "data")["redis.conf"]).toContain("maxmemory 6144mb\n");
  expect(inputs(graph, "features-database-servers", "spec")).toMatchObject({
    instances: 3,
    resources: { requests: { cpu: "1", memory: "16Gi" } },
    storage: { size: "50Gi", storageClass: "fast" },
    postgresql: { parameters: { shared_buffers: "4096MB" } },
  });
  expect(inputs(graph, "features-redis-server", "spec.template.spec.containers.0.resources.limits.memory")).toBe("8Gi");
  expect(inputs(graph, "features-redis-server", "spec.volumeClaimTemplates.0.spec")).toEqual({
    accessModes: ["ReadWriteOnce"],
    storageClassName: "fast",
    resources: { requests: { storage: "40Gi" } },
  });
  expect(inputs(graph, "features-redis-server", "spec.persistentVolumeClaimRetentionPolicy")).toEqual({
    whenDeleted: "Retain",
    whenScaled: "Retain",
  });
  for (const kept of ["features-namespace", "features-database-servers", "features-database-credentials"])
    expect(resource(graph, kept).options.retainOnDelete).toBe(true);
});

test("the database is backed up to any moment, as asked", async () => {
  const graph = await planned({ backup: { store: backups, retentionDays: 60 }, install: { certManager: false } });
  expect(inputs(graph, "features-database-backups", "spec.retentionPolicy")).toBe("60d");
  expect(created(graph)).toContain("features-database-schedule ScheduledBackup");
  expect(created(graph).join()).not.toContain("cert-manager");
  const kept = await planned({ backup: { store: backups }, compliance: [Regulation.Gdpr] });
  expect(inputs(kept, "features-database-backups", "spec.retentionPolicy")).toBe("35d");
});

test.each(modes)("a database that exists takes the place of its own, in %s", async (mode) => {
  const graph = await planned({ definitions, database: pulumi.secret(theirs) }, mode);
  expect(created(graph).join()).not.toMatch(/features-database/);
  expect(graph.outputs.configuration).toContain(
    `path: "postgresql+psycopg://owner:\${FEAST_DATABASE_PASSWORD}@db.example:6432/registry?sslmode=require"`,
  );
  expect(graph.outputs.configuration).toContain('sslmode: "require"\n');
  const credentials = inputs(graph, "features-credentials", "stringData") as Secret;
  if (mode === "simulate") expect(credentials.reveal()).toMatchObject({ FEAST_DATABASE_PASSWORD: "do-not-show" });
  expect(JSON.stringify(graph)).not.toContain("do-not-show");
  expect(inputs(graph, "features-online-network", "spec.egress")).toContainEqual({
    to: [{ ipBlock: { cidr: "10.1.0.0/16" } }],
    ports: [{ protocol: "TCP", port: 6432 }],
  });
  const verified = await planned({ database: { ...theirs, caCertificate: "PEM" } }, mode);
  expect(verified.outputs.configuration).toContain("sslmode=verify-full&sslrootcert=/repository/database.crt");
  expect(inputs(verified, "features-repository", "data")["database.crt"]).toBe("PEM");
});

test("alerts tell of copies, servers, Redis and the database, each of this store alone", async () => {
  const rules = async (args: Partial<FeatureStoreArgs>) => {
    const graph = await planned({ alerts: { labels: { release: "prometheus" } }, ...args });
    expect(inputs(graph, "features-alerts", "metadata.labels")).toEqual({ release: "prometheus" });
    expect(created(graph)).toEqual(
      expect.arrayContaining(["features-database-alerts PrometheusRule", "features-database-metrics PodMonitor"]),
    );
    return inputs(graph, "features-alerts", "spec.groups.0.rules") as { alert: string; expr: string; for: string }[];
  };
  const all = await rules({ definitions, materialisation: { timeoutSeconds: 600 }, servers: { offline: true } });
  expect(all.map(({ alert }) => alert)).toEqual([
    "FeatureStoreMaterialisationFailed",
    "FeatureStoreMaterialisationLate",
    "FeatureStoreServerDown",
    "FeatureStoreServerMissing",
    "FeatureStoreRedisDown",
    "FeatureStoreRedisMemoryFills",
    "FeatureStoreDiskFills",
  ]);
  for (const { expr } of all) expect(expr).toContain('namespace="features"');
  expect(all[1]?.for).toBe("1200s");
  expect(all[2]?.expr).toContain('deployment=~"features-(online|offline)"');
  // Nine tenths of three quarters of 4 GiB.
  expect(all[5]?.expr).toMatch(/ > 2899102924$/);
  const few = await rules({ servers: { online: false } });
  expect(few.map(({ alert }) => alert)).toEqual([
    "FeatureStoreRedisDown",
    "FeatureStoreRedisMemoryFills",
    "FeatureStoreDiskFills",
  ]);
  expect(created(await planned()).join()).not.toMatch(/PrometheusRule|PodMonitor/);
});

test("what the definitions read from is opened for Feast's pods", async () => {
  const lake = {
    kind: "object-store",
    name: "lake",
    environment: { LAKE_BUCKET: "lake" },
    credentials: { LAKE_KEY: "hidden" },
    egress: [{ port: 443, cidr: "203.0.113.0/24" }],
  };
  const graph = await planned({ definitions, uses: [lake] });
  for (const policy of ["features-maintenance-network", "features-online-network"])
    expect(inputs(graph, policy, "spec.egress")).toContainEqual({
      to: [{ ipBlock: { cidr: "203.0.113.0/24" } }],
      ports: [{ protocol: "TCP", port: 443 }],
    });
  const env = inputs(graph, "features-apply", "spec.template.spec.containers.0.env");
  expect(env).toContainEqual({ name: "LAKE_BUCKET", value: "lake" });
  expect(JSON.stringify(inputs(graph, "features-apply"))).not.toContain("hidden");
});

test("an image of one's own comes from the mirror too", async () => {
  const mirrored = { ...cluster, mirror: { images: "registry.example/mirror" } };
  const graph = await planned({ cluster: mirrored, definitions, image: "ghcr.io/acme/feast:0.67.0-1" });
  const images = new Set(
    pods(graph).flatMap(({ containers }) => containers.map(({ image }: { image: string }) => image)),
  );
  expect([...images].map((image) => image.replace(/@.*/, "")).sort()).toEqual([
    "registry.example/mirror/docker.io/library/redis:8.8.0",
    "registry.example/mirror/ghcr.io/acme/feast:0.67.0-1",
  ]);
});

test("adopts a store that exists and creates nothing", async () => {
  const existing: FeatureStoreBinding = {
    kind: "feature-store",
    name: "theirs",
    project: "theirs",
    registry: FeatureRegistryKind.S3,
    onlineStore: OnlineStoreKind.DynamoDb,
    offlineStore: OfflineStoreKind.Athena,
    access: { serve: [{ platform: Platform.Aws, actions: [], resources: [] }], train: [], materialise: [] },
  };
  const graph = await planned({ existing, compliance: [Regulation.Hipaa] });
  expect(created(graph)).toEqual([]);
  expect(graph.outputs.binding).toEqual(existing);
});

const bad: [string, Partial<FeatureStoreArgs>, string[]][] = [
  ["a project that no warehouse takes", { project: "my-features" }, ['project is "my-features", but must be 1 to 39']],
  ["definitions of nothing", { definitions: " " }, ["definitions is", "leave it out to apply nothing"]],
  ["no pods", { replicas: 0 }, ["replicas is 0, but must be a whole number from 1 to 99"]],
  ["a schedule that is none", { materialisation: { schedule: "hourly" } }, ['materialisation.schedule is "hourly"']],
  ["a look back of no days", { materialisation: { lookbackDays: 0 } }, ["materialisation.lookbackDays is 0"]],
  ["memory beyond a machine", { online: { memoryGiB: 2000 } }, ["online.memoryGiB is 2000"]],
  [
    "a provider without TLS",
    { oidc: { discoveryUrl: "http://id.example.com/.well-known/openid-configuration", audience: "feast" } },
    ["oidc.discoveryUrl is", "must be an HTTPS URL"],
  ],
  [
    "servers that do not know who is asking, under HIPAA and PCI DSS",
    { compliance: [Regulation.Hipaa, Regulation.PciDss] },
    ["oidc is left out, but hipaa (45 CFR 164.312(d)) and pci-dss (requirement 8) ask for the identity"],
  ],
  ["a regulation that is none", { compliance: ["sox" as Regulation] }, ['compliance[0] is "sox"']],
  [
    "two faults at once",
    { backup: { store: backups, retentionDays: 0 }, offline: { diskSizeGiB: 0 } },
    ["backup.retentionDays is 0", "offline.diskSizeGiB is 0"],
  ],
  [
    "no backups where a regulation asks that data can be restored",
    { compliance: [Regulation.Gdpr] },
    ["backup is left out, but gdpr asks that data can be restored"],
  ],
  [
    "sizes and backups of a database that exists",
    { database: theirs, backup: { store: backups }, offline: {} },
    ["backup has no effect together with `database`", "offline has no effect together with `database`"],
  ],
  [
    "arguments that adopting makes void",
    { existing: pulumi.output({} as FeatureStoreBinding), definitions },
    ["definitions has no effect together with `existing`"],
  ],
];
test.each(bad)("refuses %s before anything is registered", async (_, args, messages) => {
  const registered: string[] = [];
  const failing = plan(
    () => {
      new FeatureStore("features", { cluster, ...args });
    },
    { onResource: (urn) => registered.push(urn) },
  );
  const reason = await refusal(failing);
  for (const message of messages) expect(reason).toContain(message);
  expect(registered.filter((urn) => urn.includes("FeatureStore"))).toEqual([]);
});

test("servers are not asked who is asking where none run", async () => {
  const graph = await planned({
    compliance: [Regulation.Hipaa],
    backup: { store: backups },
    servers: { online: false },
  });
  expect(created(graph).filter((row) => row.endsWith(" Deployment"))).toEqual([]);
});

import * as pulumi from "@pulumi/pulumi";
import { bindingField, type DatabaseBinding, Platform, Regulation } from "aistack-core";
import { type Graph, type Mode, plan, resource, Secret } from "aistack-engine";
import { parse } from "yaml";
import { testCluster as cluster, created, inputs, refusal } from "../testing";
import type { LineageServiceArgs } from "./args";
import { LineageService } from "./lineage-service";

jest.setTimeout(30_000);

const modes: Mode[] = ["preview", "simulate"];
const password = "do-not-show-this";
const store = {
  kind: "object-store",
  name: "backups",
  platform: Platform.Aws,
  bucket: "backups",
  url: "s3://backups",
  access: { read: [], write: [] },
};

function planned(args: Partial<LineageServiceArgs> = {}, mode: Mode = "simulate"): Promise<Graph> {
  return plan(
    () => {
      const { binding } = new LineageService("lineage", { cluster, database, ...args });
      return { binding, url: bindingField(binding, "environment").apply((all) => all?.OPENLINEAGE_URL) };
    },
    { mode },
  );
}

const database: DatabaseBinding = {
  kind: "database",
  name: "events-db",
  platform: Platform.Kubernetes,
  host: "events-db-rw.data.svc",
  port: 5433,
  database: "marquez",
  user: "owner",
  caCertificate: "PEM",
  credentials: { EVENTS_DB_PASSWORD: password },
  clientLabels: { "access.aistack.dev/events-db": "allowed" },
  egress: [{ port: 5433, namespace: "data", podLabels: { "cnpg.io/cluster": "events-db" } }],
};

const container = (graph: Graph) => inputs(graph, "lineage-replicas", "spec.template.spec.containers.0");
const file = (graph: Graph) => parse(inputs(graph, "lineage-files", "data")["marquez.yml"]);

describe.each(modes)("in %s", (mode) => {
  test("creates these children and no others", async () => {
    expect(created(await planned({}, mode)).filter((line) => !/NetworkPolicy|Namespace/.test(line))).toEqual([
      "lineage-cluster kubernetes",
      "lineage-credentials Secret",
      "lineage-disruption PodDisruptionBudget",
      "lineage-files ConfigMap",
      "lineage-replicas Deployment",
      "lineage-service Service",
    ]);
    expect(created(await planned({ replicas: 1 }, mode))).not.toContain("lineage-disruption PodDisruptionBudget");
    expect(created(await planned({ namespace: "shared" }, mode))).not.toContain("lineage-namespace Namespace");
  });

  test("workloads are told the address and let in by their label, and nobody else is", async () => {
    const graph = await planned({ clientNamespaces: ["jobs"] }, mode);
    expect(graph.outputs.url).toBe("http://lineage.lineage.svc:5000");
    expect(graph.outputs.binding).toMatchObject({
      kind: "lineage",
      clientLabels: { "access.aistack.dev/lineage": "allowed" },
      egress: [{ port: 5000, namespace: "lineage" }],
    });
    expect(inputs(graph, "lineage-network", "spec.ingress")).toEqual([
      {
        from: [
          {
            namespaceSelector: {
              matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "In", values: ["jobs"] }],
            },
            podSelector: { matchLabels: { "access.aistack.dev/lineage": "allowed" } },
          },
        ],
        ports: [{ protocol: "TCP", port: 5000 }],
      },
    ]);
  });

  test("it reaches its database alone, with the label that lets it in", async () => {
    const graph = await planned({}, mode);
    const [, toDatabase, ...more] = inputs(graph, "lineage-network", "spec.egress");
    expect(more).toEqual([]);
    expect(toDatabase).toEqual({
      to: [
        {
          namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "data" } },
          podSelector: { matchLabels: { "cnpg.io/cluster": "events-db" } },
        },
      ],
      ports: [{ protocol: "TCP", port: 5433 }],
    });
    expect(inputs(graph, "lineage-replicas", "spec.template.metadata.labels")).toMatchObject(
      database.clientLabels as object,
    );
  });

  test("its pods satisfy `restricted`, from an image with a digest, and are spread", async () => {
    const graph = await planned({}, mode);
    expect(inputs(graph, "lineage-replicas", "spec.template.spec.securityContext")).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: "RuntimeDefault" },
    });
    expect(container(graph).securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    expect(container(graph).image).toMatch(/marquezproject\/marquez:0\.51\.1@sha256:[0-9a-f]{64}$/);
    expect(inputs(graph, "lineage-replicas", "spec.replicas")).toBe(2);
    expect(inputs(graph, "lineage-replicas", "spec.template.spec.automountServiceAccountToken")).toBe(false);
    expect(inputs(graph, "lineage-replicas", "spec.template.spec.topologySpreadConstraints.0.topologyKey")).toBe(
      "kubernetes.io/hostname",
    );
    expect(inputs(graph, "lineage-disruption", "spec.maxUnavailable")).toBe(1);
  });

  test("is ready with its database, and not restarted for it", async () => {
    const { readinessProbe, livenessProbe, startupProbe } = container(await planned({}, mode));
    expect([readinessProbe, livenessProbe, startupProbe].map(({ httpGet }) => httpGet)).toEqual([
      { path: "/healthcheck", port: "admin" },
      { path: "/ping", port: "admin" },
      { path: "/ping", port: "admin" },
    ]);
  });

  test("the configuration has the database over TLS, retention, and no password", async () => {
    const graph = await planned({ retentionDays: 30 }, mode);
    expect(file(graph)).toMatchObject({
      db: {
        url: "jdbc:postgresql://events-db-rw.data.svc:5433/marquez?sslmode=verify-full&sslrootcert=/database/ca.crt",
        user: `\${POSTGRES_USER}`,
        password: `\${POSTGRES_PASSWORD}`,
        maxSize: 15,
      },
      dbRetention: { retentionDays: 30 },
      search: { enabled: false },
      migrateOnStartup: true,
    });
    expect(inputs(graph, "lineage-files", "data")["ca.crt"]).toBe("PEM");
    const unknown = await planned({ database: { ...database, caCertificate: undefined } }, mode);
    expect(file(unknown).db.url).toMatch(/\?sslmode=require$/);
    expect(Object.keys(inputs(unknown, "lineage-files", "data"))).toEqual(["marquez.yml"]);
  });

  test("without a database it makes one of its own, in its namespace, with backups as asked", async () => {
    const own = created(await planned({ database: undefined }, mode));
    expect(own).toEqual(
      expect.arrayContaining([
        "lineage-database-credentials Secret",
        "lineage-database-servers Cluster",
        "lineage-database-tls-secret Secret",
        "lineage-replicas Deployment",
      ]),
    );
    expect(own.filter((row) => row.endsWith(" Namespace"))).toEqual([
      "lineage-database-operator-namespace Namespace",
      "lineage-namespace Namespace",
    ]);
    const keeps = async (args: Partial<LineageServiceArgs>) =>
      resource(await planned(args, mode), "lineage-namespace").options.retainOnDelete ?? false;
    expect([await keeps({ database: undefined }), await keeps({})]).toEqual([true, false]);
    const more = { backup: { store, retentionDays: 60 }, alerts: {}, compliance: [Regulation.Gdpr] };
    const graph = await planned({ database: undefined, ...more }, mode);
    expect(inputs(graph, "lineage-database-backups", "spec.retentionPolicy")).toBe("60d");
    expect(inputs(graph, "lineage-database-servers", "spec.bootstrap.initdb.owner")).toBe("marquez");
    expect(created(graph)).toContain("lineage-database-alerts PrometheusRule");
    const elsewhere = await planned({ database: undefined, namespace: "shared", install: { operator: false } }, mode);
    expect(created(elsewhere).join()).not.toMatch(/Namespace|Release/);
    expect(inputs(elsewhere, "lineage-database-servers", "metadata.namespace")).toBe("shared");
  });

  test("the password stands in the secret alone", async () => {
    const graph = await planned({ database: pulumi.secret(database) }, mode);
    const secret = inputs(graph, "lineage-credentials", "stringData") as Secret;
    expect(secret).toBeInstanceOf(Secret);
    expect(secret.reveal()).toEqual({ POSTGRES_USER: "owner", POSTGRES_PASSWORD: password });
    for (const row of graph.resources.filter(({ name }) => name !== "lineage-credentials"))
      expect(JSON.stringify(row.inputs)).not.toContain(password);
    expect(JSON.stringify(graph.outputs)).not.toContain(password);
  });
});

const refused: [string, Partial<LineageServiceArgs>, RegExp][] = [
  ["no replica", { replicas: 0 }, /replicas is 0, but must be a whole number from 1 to 10/],
  ["events kept for no day", { retentionDays: 0 }, /retentionDays is 0, but must be a whole number/],
  [
    "a host that would change the address",
    { database: { ...database, host: "db/x?sslmode=disable" } },
    /database\.host is "db\/x\?sslmode=disable", but must be a host name/,
  ],
  [
    "a name that would change the address",
    { database: { ...database, database: "x?y" } },
    /database\.database is "x\?y", but must be the name of a database/,
  ],
  [
    "a database without a password",
    { database: { ...database, credentials: undefined } },
    /credentials\.EVENTS_DB_PASSWORD is missing in the binding of database "events-db"/,
  ],
  ["backups of a database that exists", { backup: { store } }, /backup has no effect together with `database`/],
  [
    "no backups where a regulation asks that data can be restored",
    { database: undefined, compliance: [Regulation.Gdpr] },
    /LineageService "lineage" is refused:\n {2}backup is left out, but gdpr asks/,
  ],
  ["memory that is none", { memory: "much" }, /memory is "much", but must be a Kubernetes quantity/],
];
test.each(refused)("refuses %s", async (_, args, message) => {
  expect(await refusal(planned(args))).toMatch(message);
});

import * as pulumi from "@pulumi/pulumi";
import { bindingField } from "aistack-core";
import { type Graph, type Mode, plan, Secret } from "aistack-engine";
import { parse } from "yaml";
import { testCluster as cluster, created, inputs, refusal } from "../testing";
import type { LineageServiceArgs } from "./args";
import { LineageService } from "./lineage-service";

jest.setTimeout(30_000);

const modes: Mode[] = ["preview", "simulate"];
const password = "do-not-show-this";

function planned(args: Partial<LineageServiceArgs> = {}, mode: Mode = "simulate"): Promise<Graph> {
  return plan(
    () => {
      const database = { host: "db.data.svc", user: "marquez", password: pulumi.secret(password) };
      const { binding } = new LineageService("lineage", { cluster, database, ...args });
      return { binding, url: bindingField(binding, "environment").apply((all) => all?.OPENLINEAGE_URL) };
    },
    { mode },
  );
}

const container = (graph: Graph) => inputs(graph, "lineage-replicas", "spec.template.spec.containers.0");
const file = (graph: Graph) => parse(inputs(graph, "lineage-files", "data")["marquez.yml"]);
const database = { host: "db.data.svc", user: "marquez", password: pulumi.secret(password) };

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

  test("it reaches its database alone", async () => {
    const graph = await planned({ database: { ...database, namespace: "data", port: 5433 } }, mode);
    const [, toDatabase, ...more] = inputs(graph, "lineage-network", "spec.egress");
    expect(more).toEqual([]);
    expect(toDatabase).toMatchObject({
      to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "data" } } }],
      ports: [{ protocol: "TCP", port: 5433 }],
    });
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
        url: "jdbc:postgresql://db.data.svc:5432/marquez?sslmode=require",
        user: `\${POSTGRES_USER}`,
        password: `\${POSTGRES_PASSWORD}`,
      },
      dbRetention: { retentionDays: 30 },
      search: { enabled: false },
      migrateOnStartup: true,
    });
    const verified = await planned({ database: { ...database, caCertificate: "PEM" } }, mode);
    expect(file(verified).db.url).toMatch(/\?sslmode=verify-full&sslrootcert=\/database\/ca\.crt$/);
    expect(inputs(verified, "lineage-files", "data")["ca.crt"]).toBe("PEM");
  });

  test("the password stands in the secret alone", async () => {
    const graph = await planned({}, mode);
    expect(inputs(graph, "lineage-credentials", "stringData")).toBeInstanceOf(Secret);
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
    { database: { ...database, name: pulumi.output("x?y") } },
    /database\.name is "x\?y", but must be the name of a database/,
  ],
  ["a port that is none", { database: { ...database, port: 0 } }, /database\.port is 0/],
  ["memory that is none", { memory: "much" }, /memory is "much", but must be a Kubernetes quantity/],
];
test.each(refused)("refuses %s", async (_, args, message) => {
  expect(await refusal(planned(args))).toMatch(message);
});

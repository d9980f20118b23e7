import * as pulumi from "@pulumi/pulumi";
import { type Binding, bindingField, DataClass, type ObjectStoreBinding, Platform } from "aistack-core";
import { type Graph, type Mode, plan, Secret } from "aistack-engine";
import { InferenceService } from "../inference-service/inference-service";
import { testCluster as cluster, created, inputs, refusal } from "../testing";
import type { ObjectStoreArgs } from "./args";
import { ObjectStore } from "./object-store";

const modes: Mode[] = ["preview", "simulate"];

function planned(args: ObjectStoreArgs = {}, mode: Mode = "simulate"): Promise<Graph> {
  return plan(
    () => {
      const { binding, readerBinding } = new ObjectStore("data", { ...(args.existing ? {} : { cluster }), ...args });
      return {
        endpoint: bindingField(binding, "endpoint"),
        environment: bindingField(binding, "environment"),
        readerCredentials: readerBinding.credentials,
      };
    },
    { mode },
  );
}

const container = (graph: Graph) => inputs(graph, "data-servers", "spec.template.spec.containers.0");
const value = (rows: { name: string; value?: string }[], name: string) => rows.find((row) => row.name === name)?.value;

describe.each(modes)("in %s", (mode) => {
  test("three servers, each object on two of them, on different nodes", async () => {
    const graph = await planned({}, mode);
    expect(inputs(graph, "data-servers", "spec.replicas")).toBe(3);
    const peers = [0, 1, 2].map((node) => `data-${node}.data-peers.data.svc:9333`).join(",");
    expect(container(graph).command).toEqual(
      expect.arrayContaining([`-master.peers=${peers}`, "-master.defaultReplication=001", "-master.telemetry=false"]),
    );
    expect(inputs(graph, "data-servers", "spec.template.spec.topologySpreadConstraints.0")).toMatchObject({
      topologyKey: "kubernetes.io/hostname",
      whenUnsatisfiable: "DoNotSchedule",
    });
    expect(inputs(graph, "data-disruption", "spec.maxUnavailable")).toBe(1);
    const single = await planned({ replicas: 1 }, mode);
    expect(container(single).command).toEqual(
      expect.arrayContaining(["-master.peers=data-0.data-peers.data.svc:9333", "-master.defaultReplication=000"]),
    );
  });

  test("clients and servers speak TLS only, with certificates for their names", async () => {
    const graph = await planned({}, mode);
    expect(graph.outputs.endpoint).toBe("https://data.data.svc:8333");
    expect(inputs(graph, "data-tls-request", "dnsNames")).toEqual(["data.data.svc", "data.data.svc.cluster.local"]);
    expect(inputs(graph, "data-peers-tls-request", "dnsNames")).toEqual(["*.data-peers.data.svc"]);
    expect(inputs(graph, "data-tls-certificate")).toMatchObject({
      validityPeriodHours: 43800,
      earlyRenewalHours: 35040,
      allowedUses: ["digital_signature", "server_auth", "client_auth"],
    });
    expect(container(graph).command).toEqual(
      expect.arrayContaining(["-s3.cert.file=/tls/tls.crt", "-s3.key.file=/tls/tls.key"]),
    );
    expect(container(graph).readinessProbe.httpGet).toEqual({ path: "/readyz", port: "s3", scheme: "HTTPS" });
    const { env } = container(graph);
    for (const part of ["MASTER", "VOLUME", "FILER", "S3", "CLIENT"])
      expect(value(env, `WEED_GRPC_${part}_CERT`)).toBe("/peers/tls.crt");
    for (const part of ["MASTER", "VOLUME", "FILER", "CLIENT"])
      expect(value(env, `WEED_HTTPS_${part}_CA`)).toBe("/peers/ca.crt");
    expect(value(env, "WEED_HTTPS_CLIENT_ENABLED")).toBe("true");
  });

  test("has versions but no lock, and deletes old versions after their time", async () => {
    const graph = await planned({ oldVersionDays: 7, dataClass: DataClass.Internal }, mode);
    const setup = inputs(graph, "data-setup", "spec.template.spec.containers.0.env");
    expect(value(setup, "LOCK_MODE")).toBe("");
    expect(inputs(graph, "data-setup", "metadata.labels")).toMatchObject({ "aistack.dev/data-class": "internal" });
    expect(inputs(graph, "data-setup", "metadata.labels")).not.toHaveProperty(["aistack.dev/purpose"]);
    const upkeep = inputs(graph, "data-upkeep", "spec.jobTemplate.spec.template.spec.containers.0.env");
    expect(value(upkeep, "OLD_VERSION_DAYS")).toBe("7");
  });

  test("an adopted bucket is passed on and nothing is created", async () => {
    const existing = { kind: "object-store", name: "theirs", endpoint: "https://s3.example" } as ObjectStoreBinding;
    const graph = await planned({ existing }, mode);
    expect(created(graph)).toEqual([]);
    expect(graph.outputs.endpoint).toBe("https://s3.example");
  });
});

/** What an identity may do, of all that the store is told. */
function actionsOf(graph: Graph, name: string): string[] {
  const { policies } = JSON.parse(inputs(graph, "data-identities", "stringData").reveal()["s3.json"]);
  return JSON.parse(policies.find((row: { name: string }) => row.name === name).content).Statement.flatMap(
    ({ Action }: { Action: string[] }) => Action,
  );
}

test("with leave to, clients hide objects, and still delete no version", async () => {
  const graph = await planned({ mayDelete: true });
  const deletions = (name: string) => actionsOf(graph, name).filter((action) => /Delete|\*/.test(action));
  expect([deletions("data.client"), deletions("data.reader")]).toEqual([["s3:DeleteObject"], []]);
});

test("clients read and write, readers read, and neither deletes", async () => {
  const graph = await planned();
  const actions = (name: string) => actionsOf(graph, name);
  expect(actions("data.client")).toEqual(expect.arrayContaining(["s3:GetObject", "s3:PutObject", "s3:ListBucket"]));
  expect(actions("data.reader")).not.toContain("s3:PutObject");
  for (const name of ["data.client", "data.reader"])
    expect(actions(name).filter((action) => /Delete|\*/.test(action))).toEqual([]);
  expect((graph.outputs.readerCredentials as Secret).reveal()).toMatchObject({ AWS_ACCESS_KEY_ID: "data.reader" });
});

test.each(modes)("two stores in one workload keep apart, and tools read the first one's key, in %s", async (mode) => {
  const graph = await plan(
    () => {
      const [data, models] = ["data", "models"].map((name) => new ObjectStore(name, { cluster }).binding);
      new InferenceService("assistant", {
        cluster,
        image: "registry.example/assistant:1",
        uses: [data, models] as pulumi.Input<Binding>[],
      });
    },
    { mode },
  );
  const credentials = inputs(graph, "assistant-credentials", "stringData");
  expect(credentials).toBeInstanceOf(Secret);
  if (mode === "preview") return;
  const variables: { name: string }[] = inputs(graph, "assistant-replicas", "spec.template.spec.containers.0.env");
  expect(variables.map(({ name }) => name).filter((name) => /_ENDPOINT$/.test(name))).toEqual([
    "DATA_ENDPOINT",
    "MODELS_ENDPOINT",
  ]);
  const { AWS_SECRET_ACCESS_KEY, DATA_SECRET_ACCESS_KEY, MODELS_SECRET_ACCESS_KEY, ...ids } = credentials.reveal();
  expect(ids).toEqual({
    DATA_ACCESS_KEY_ID: "data.client",
    AWS_ACCESS_KEY_ID: "data.client",
    MODELS_ACCESS_KEY_ID: "models.client",
  });
  expect(AWS_SECRET_ACCESS_KEY).toBe(DATA_SECRET_ACCESS_KEY);
  expect(MODELS_SECRET_ACCESS_KEY).not.toBe(DATA_SECRET_ACCESS_KEY);
});

test("only labelled clients, maintenance and peers may connect, and each to its ports", async () => {
  const graph = await planned({ clientNamespaces: ["app"] });
  const spec = inputs(graph, "data-network", "spec");
  expect(spec.policyTypes).toEqual(["Ingress", "Egress"]);
  expect(spec.ingress[0]).toEqual({
    from: [
      {
        namespaceSelector: {
          matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "In", values: ["app"] }],
        },
        podSelector: { matchLabels: { "access.aistack.dev/data": "allowed" } },
      },
    ],
    ports: [{ protocol: "TCP", port: 8333 }],
  });
  expect(spec.ingress[1].ports).toEqual([{ protocol: "TCP", port: 8333 }]);
  expect(spec.ingress[2]).toMatchObject({
    from: [{ podSelector: { matchLabels: { "app.kubernetes.io/component": "object-store" } } }],
  });
  expect(spec.ingress).toHaveLength(3);
  expect(spec.egress).toHaveLength(2);
  expect(inputs(graph, "data-maintenance-network", "spec.egress")).toHaveLength(2);
});

test("a given certificate and key take the place of those that are made", async () => {
  const caCertificate = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n";
  const graph = await planned({
    tlsSecretName: "company-tls",
    caCertificate,
    encryptionKey: pulumi.secret("ab".repeat(32)),
    namespace: "stores",
    storageClass: "own",
  });
  const names = created(graph);
  for (const absent of ["data-tls-secret Secret", "data-encryption-key RandomBytes", "data-namespace Namespace"])
    expect(names).not.toContain(absent);
  expect(names).toContain("data-peers-tls-secret Secret");
  expect(inputs(graph, "data-servers", "spec.template.spec.volumes")).toContainEqual({
    name: "tls",
    secret: { secretName: "company-tls" },
  });
  expect(graph.outputs.environment).toMatchObject({
    DATA_CA_CERTIFICATE: caCertificate,
    DATA_ENDPOINT: "https://data.stores.svc:8333",
  });
  expect(inputs(graph, "data-encryption", "stringData")).toBeInstanceOf(Secret);
  expect(inputs(graph, "data-servers", "spec.volumeClaimTemplates.0.spec")).toEqual({
    accessModes: ["ReadWriteOnce"],
    storageClassName: "own",
    resources: { requests: { storage: "100Gi" } },
  });
});

test("a mirror takes the place of every registry", async () => {
  const graph = await planned({ cluster: { ...cluster, mirror: { images: "registry.example/mirror" } } });
  const images = JSON.stringify(graph.resources.map((row) => row.inputs)).match(/"image":"[^"]+"/g);
  expect(images).toHaveLength(3);
  for (const image of images ?? []) expect(image).toContain('"registry.example/mirror/');
});

const bad: [string, ObjectStoreArgs, string[]][] = [
  ["two servers, of which none may be lost", { replicas: 2 }, ["replicas is 2, but must be one of 1, 3, 5"]],
  ["a disk too small", { diskSizeGiB: 9 }, ["diskSizeGiB is 9, but must be a whole number from 10 to 65536"]],
  ["a key that is none", { encryptionKey: "secret" }, ["must be a key of 32 bytes as 64 hexadecimal digits"]],
  ["a certificate whose authority is not told", { tlsSecretName: "tls" }, ["caCertificate is missing"]],
  [
    "an authority without a certificate",
    { caCertificate: "-----BEGIN CERTIFICATE-----" },
    ["tlsSecretName is missing"],
  ],
  [
    "an authority that is no certificate",
    { tlsSecretName: "tls", caCertificate: "x" },
    ["must be a certificate in PEM form"],
  ],
  ["two faults at once", { cpu: "one", oldVersionDays: 0 }, ['cpu is "one"', "oldVersionDays is 0"]],
  ["a class that is none", { dataClass: "secret" as DataClass }, ["must be one of public, internal"]],
  ["a platform's binding without a cluster", { cluster: undefined }, ["cluster is missing"]],
  [
    "an adopted bucket with a disk",
    { existing: { platform: Platform.Aws } as ObjectStoreBinding, diskSizeGiB: 10 },
    ["diskSizeGiB has no effect"],
  ],
];

test.each(bad)("refuses %s before anything is registered", async (_, args, messages) => {
  const registered: string[] = [];
  const failing = plan(
    () => {
      new ObjectStore("data", { ...(args.existing ? {} : { cluster }), ...args });
    },
    { onResource: (urn) => registered.push(urn) },
  );
  const message = await refusal(failing);
  for (const part of messages) expect(message).toContain(part);
  expect(registered.filter((urn) => !urn.includes("pulumi:pulumi:Stack"))).toEqual([]);
});

test.each(["do-not-show", pulumi.output("do-not-show")])("shows no key that is refused", async (encryptionKey) => {
  const message = await refusal(planned({ encryptionKey }));
  expect(message).toContain("must be a key of 32 bytes");
  expect(message).not.toContain("do-not-show");
});

test.each(["a", "ab", "Data", "a".repeat(43), "data-"])("refuses the name %s", async (name) => {
  const failing = plan(() => {
    new ObjectStore(name, { cluster });
  });
  expect(await refusal(failing)).toContain("but must be 3 to 42 lower-case letters");
});

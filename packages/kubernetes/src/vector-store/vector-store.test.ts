import { spawn } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import * as pulumi from "@pulumi/pulumi";
import { bindingField, Distance, VectorEngine, type VectorStoreBinding } from "aistack-core";
import { type Graph, type Mode, plan, resource, Secret, unknown } from "aistack-engine";
import { testCluster as cluster, created, inputs, refusal } from "../testing";
import type { VectorStoreArgs } from "./args";
import { backupSnapshots, createCollection, takeSnapshots } from "./scripts";
import { VectorStore } from "./vector-store";

const modes: Mode[] = ["preview", "simulate"];

function planned(args: Partial<VectorStoreArgs>, mode: Mode = "simulate"): Promise<Graph> {
  return plan(
    () => {
      const store = new VectorStore("vectors", { cluster, dimensions: 1024, ...args });
      return { endpoint: bindingField(store.binding, "endpoint"), credentials: store.binding.credentials };
    },
    { mode },
  );
}

describe.each(modes)("in %s", (mode) => {
  test("creates these children and no others", async () => {
    const graph = await planned({}, mode);
    expect(created(graph)).toEqual([
      "vectors-account ServiceAccount",
      "vectors-api-key RandomPassword",
      "vectors-cluster kubernetes",
      "vectors-collection Job",
      "vectors-credentials Secret",
      "vectors-default-deny NetworkPolicy",
      "vectors-disruption PodDisruptionBudget",
      "vectors-maintenance-network NetworkPolicy",
      "vectors-namespace Namespace",
      "vectors-network NetworkPolicy",
      "vectors-peers Service",
      "vectors-servers StatefulSet",
      "vectors-service Service",
      "vectors-snapshots CronJob",
    ]);
    expect(graph.resources.filter((row) => row.type !== "pulumi:pulumi:Stack" && !row.parent)).toEqual([]);
  });

  test("pods satisfy `restricted`, have no token and a read-only root", async () => {
    const graph = await planned({ tlsSecretName: "vectors-tls" }, mode);
    const pods = [
      inputs(graph, "vectors-servers", "spec.template.spec"),
      inputs(graph, "vectors-collection", "spec.template.spec"),
      inputs(graph, "vectors-snapshots", "spec.jobTemplate.spec.template.spec"),
    ];
    for (const pod of pods) {
      expect(pod.automountServiceAccountToken).toBe(false);
      expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
      for (const container of pod.containers) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        });
        expect(container.image).toMatch(/:v?[0-9][^@]*@sha256:[0-9a-f]{64}$/);
        expect(container.resources.requests).toEqual({ cpu: expect.any(String), memory: expect.any(String) });
        expect(container.resources.limits.memory).toBeDefined();
      }
    }
  });

  test("the API key is a secret everywhere and in no plain value", async () => {
    const graph = await planned({}, mode);
    expect(inputs(graph, "vectors-credentials", "stringData")).toBeInstanceOf(Secret);
    const env = inputs(graph, "vectors-servers", "spec.template.spec.containers.0.env");
    expect(env.find((row: { name: string }) => row.name === "QDRANT__SERVICE__API_KEY")).toEqual({
      name: "QDRANT__SERVICE__API_KEY",
      valueFrom: { secretKeyRef: { name: "vectors-credentials", key: "api-key" } },
    });
  });

  test("refuses a bad dimension that is only known later, and nothing that depends on it is made", async () => {
    const failing = plan(
      () => {
        new VectorStore("vectors", { cluster, dimensions: pulumi.output(Promise.resolve(0)) });
      },
      { mode },
    );
    await expect(failing).rejects.toThrow(/dimensions is 0, but must be a whole number from 1 to 65536/);
  });
});

test("only labelled clients, peers and maintenance may connect, and each to its port", async () => {
  const graph = await planned({ clientNamespaces: ["assistant"] });
  expect(inputs(graph, "vectors-network", "spec")).toEqual({
    podSelector: {
      matchLabels: { "app.kubernetes.io/instance": "vectors", "app.kubernetes.io/component": "vector-store" },
    },
    policyTypes: ["Ingress", "Egress"],
    ingress: [
      {
        from: [
          {
            namespaceSelector: {
              matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "In", values: ["assistant"] }],
            },
            podSelector: { matchLabels: { "access.aistack.dev/vectors": "allowed" } },
          },
        ],
        ports: [
          { protocol: "TCP", port: 6333 },
          { protocol: "TCP", port: 6334 },
        ],
      },
      {
        from: [
          {
            podSelector: {
              matchLabels: { "app.kubernetes.io/instance": "vectors", "app.kubernetes.io/component": "maintenance" },
            },
          },
        ],
        ports: [{ protocol: "TCP", port: 6333 }],
      },
      {
        from: [
          {
            podSelector: {
              matchLabels: { "app.kubernetes.io/instance": "vectors", "app.kubernetes.io/component": "vector-store" },
            },
          },
        ],
        ports: [{ protocol: "TCP", port: 6335 }],
      },
    ],
    egress: [
      expect.objectContaining({
        ports: [
          { protocol: "UDP", port: 53 },
          { protocol: "TCP", port: 53 },
        ],
      }),
      expect.objectContaining({ ports: [{ protocol: "TCP", port: 6335 }] }),
    ],
  });
  expect(inputs(graph, "vectors-default-deny", "spec")).toEqual({
    podSelector: {},
    policyTypes: ["Ingress", "Egress"],
  });
});

test("disks and namespace outlive the store; the first start waits for nothing that waits for it", async () => {
  const graph = await planned({ replicas: 3, diskSizeGiB: 100, storageClass: "own" });
  expect(inputs(graph, "vectors-servers", "spec.replicas")).toBe(3);
  expect(inputs(graph, "vectors-servers", "spec.persistentVolumeClaimRetentionPolicy")).toEqual({
    whenDeleted: "Retain",
    whenScaled: "Retain",
  });
  expect(inputs(graph, "vectors-servers", "spec.volumeClaimTemplates.0.spec")).toEqual({
    accessModes: ["ReadWriteOnce"],
    storageClassName: "own",
    resources: { requests: { storage: "100Gi" } },
  });
  expect(resource(graph, "vectors-namespace").options.retainOnDelete).toBe(true);
  expect(inputs(graph, "vectors-peers", "metadata.annotations")).toEqual({ "pulumi.com/skipAwait": "true" });
  expect(inputs(graph, "vectors-disruption", "spec.maxUnavailable")).toBe(1);
});

test("the cluster's storage class is the default", async () => {
  const graph = await planned({});
  expect(inputs(graph, "vectors-servers", "spec.volumeClaimTemplates.0.spec.storageClassName")).toBe("fast");
});

test("TLS turns on for clients, nodes, probes and maintenance alike", async () => {
  const plain = await planned({});
  const graph = await planned({ tlsSecretName: "vectors-tls" });
  const container = inputs(graph, "vectors-servers", "spec.template.spec.containers.0");
  const environment = Object.fromEntries(
    container.env.map((row: { name: string; value: string }) => [row.name, row.value]),
  );
  expect(environment).toMatchObject({
    QDRANT__SERVICE__ENABLE_TLS: "true",
    QDRANT__CLUSTER__P2P__ENABLE_TLS: "true",
    FIRST_NODE: "https://vectors-0.vectors-peers.vectors.svc:6335",
  });
  expect(container.readinessProbe.httpGet.scheme).toBe("HTTPS");
  expect(graph.outputs.endpoint).toBe("https://vectors.vectors.svc:6333");
  expect(plain.outputs.endpoint).toBe("http://vectors.vectors.svc:6333");
  const job = inputs(graph, "vectors-collection", "spec.template.spec.containers.0");
  expect(job.env).toContainEqual({ name: "CURL_OPTIONS", value: "--cacert /tls/ca.crt" });
});

test("the collection is made for the dimensions and the distance", async () => {
  const graph = await planned({ distance: Distance.Euclidean, collection: "docs", replicas: 1 });
  const env = inputs(graph, "vectors-collection", "spec.template.spec.containers.0.env");
  const body = JSON.parse(env.find((row: { name: string; value: string }) => row.name === "BODY").value);
  expect(body).toEqual({ vectors: { size: 1024, distance: "Euclid" }, shard_number: 1, replication_factor: 1 });
});

test("a mirror takes the place of every registry", async () => {
  const graph = await planned({ cluster: { ...cluster, mirror: { images: "registry.example/mirror" } } });
  const images = JSON.stringify(graph.resources.map((row) => row.inputs)).match(/"image":"[^"]+"/g);
  expect(images).toHaveLength(3);
  for (const image of images ?? []) expect(image).toContain('"registry.example/mirror/docker.io/');
});

test("adopts a store that exists and creates nothing", async () => {
  const existing: VectorStoreBinding = {
    kind: "vector-store",
    name: "theirs",
    engine: VectorEngine.Qdrant,
    endpoint: "https://vectors.example:6333",
    collection: "docs",
    dimensions: 384,
    distance: Distance.Cosine,
  };
  const graph = await planned({ dimensions: 384, existing });
  expect(created(graph)).toEqual([]);
  expect(graph.outputs.endpoint).toBe("https://vectors.example:6333");
});

test("in preview the binding's known fields stay known while the API key is not", async () => {
  const graph = await plan(
    () => {
      const store = new VectorStore("vectors", { cluster, dimensions: 1024 });
      return {
        endpoint: bindingField(store.binding, "endpoint"),
        environment: bindingField(store.binding, "environment"),
        credentials: store.binding.credentials,
      };
    },
    { mode: "preview" },
  );
  expect(graph.outputs).toEqual({
    endpoint: "http://vectors.vectors.svc:6333",
    environment: {
      VECTORS_ENGINE: "qdrant",
      VECTORS_URL: "http://vectors.vectors.svc:6333",
      VECTORS_COLLECTION: "vectors",
      VECTORS_DISTANCE: "cosine",
    },
    credentials: unknown,
  });
});

const bad: [string, Partial<VectorStoreArgs>, string[]][] = [
  ["dimension 0", { dimensions: 0 }, ["dimensions is 0, but must be a whole number from 1 to 65536"]],
  ["a dimension above the maximum", { dimensions: 65537 }, ["dimensions is 65537"]],
  ["a fraction of a node", { replicas: 1.5 }, ["replicas is 1.5, but must be a whole number from 1 to 99"]],
  ["memory without a unit that exists", { memory: "4GB" }, ['memory is "4GB", but must be a Kubernetes quantity']],
  ["a schedule that is none", { snapshots: { schedule: "nightly" } }, ['snapshots.schedule is "nightly"']],
  ["an unknown distance", { distance: "manhattan" as Distance }, ["must be one of cosine, euclidean, dot"]],
  ["two faults at once", { dimensions: -1, diskSizeGiB: 0 }, ["dimensions is -1", "diskSizeGiB is 0"]],
  [
    "arguments that adopting makes void",
    { existing: {} as VectorStoreBinding, memory: "8Gi" },
    ["memory has no effect together with `existing`"],
  ],
];

test.each(bad)("refuses %s before anything is registered", async (_, args, messages) => {
  const registered: string[] = [];
  const failing = plan(
    () => {
      new VectorStore("vectors", { cluster, dimensions: 1024, ...args });
    },
    { onResource: (urn) => registered.push(urn) },
  );
  const reason = await refusal(failing);
  for (const message of messages) expect(reason).toContain(message);
  expect(registered.filter((urn) => urn.includes("VectorStore"))).toEqual([]);
});

describe("the maintenance scripts, run by a real shell", () => {
  interface Call {
    method: string;
    path: string;
    key?: string;
    body: string;
  }

  async function run(
    script: string,
    env: (url: string) => NodeJS.ProcessEnv,
    answer: (call: Call) => [number, string],
  ) {
    const calls: Call[] = [];
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => {
        const key = request.headers["api-key"] as string | undefined;
        const call = { method: request.method as string, path: request.url as string, key, body };
        calls.push(call);
        const [status, text] = answer(call);
        response.writeHead(status, { "content-type": "application/json" }).end(text);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const common = { PATH: process.env.PATH, API_KEY: "key", COLLECTION: "docs", CURL_OPTIONS: "" };
    const child = spawn("/bin/sh", ["-c", script], { env: { ...common, ...env(url) } });
    const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
    server.close();
    return { calls, code };
  }

  test("a collection that is missing is created with the body given", async () => {
    const { calls, code } = await run(
      createCollection,
      (url) => ({ URL: url, BODY: '{"vectors":{"size":3}}' }),
      ({ method }) => (method === "GET" ? [404, "{}"] : [200, "{}"]),
    );
    expect(code).toBe(0);
    expect(calls).toEqual([
      { method: "GET", path: "/collections/docs", key: "key", body: "" },
      { method: "PUT", path: "/collections/docs", key: "key", body: '{"vectors":{"size":3}}' },
    ]);
  });

  test("a collection that exists is left alone", async () => {
    const { calls, code } = await run(
      createCollection,
      (url) => ({ URL: url, BODY: "{}" }),
      () => [200, "{}"],
    );
    expect(code).toBe(0);
    expect(calls.map((call) => call.method)).toEqual(["GET"]);
  });

  test("a refused key fails the job and creates nothing", async () => {
    const { calls, code } = await run(
      createCollection,
      (url) => ({ URL: url, BODY: "{}" }),
      () => [401, "{}"],
    );
    expect(code).toBe(1);
    expect(calls.map((call) => call.method)).toEqual(["GET"]);
  });

  test("each node takes a snapshot, and the oldest beyond those to keep are deleted", async () => {
    const names = ["docs-1-2026-01-03.snapshot", "docs-1-2026-01-01.snapshot", "docs-1-2026-01-02.snapshot"];
    const { calls, code } = await run(
      takeSnapshots,
      (url) => ({ NODES: `${url}/a ${url}/b`, KEEP: "2" }),
      ({ method }) => [200, method === "GET" ? JSON.stringify({ result: names.map((name) => ({ name })) }) : "{}"],
    );
    expect(code).toBe(0);
    expect(calls.map(({ method, path }) => `${method} ${path}`)).toEqual(
      ["a", "b"].flatMap((node) => [
        `POST /${node}/collections/docs/snapshots?wait=true`,
        `GET /${node}/collections/docs/snapshots`,
        `DELETE /${node}/collections/docs/snapshots/docs-1-2026-01-01.snapshot?wait=true`,
      ]),
    );
  });

  test("each node takes a snapshot into the bucket, and what is older than it is kept goes, of all nodes", async () => {
    const stamp = (daysAgo: number) =>
      new Date(Date.now() - daysAgo * 86_400_000).toISOString().slice(0, 19).replace(/[T:]/g, "-");
    const names = [
      `docs-1-${stamp(1)}.snapshot`,
      `docs-2-${stamp(15)}.snapshot`,
      `docs-1-${stamp(13)}.snapshot`,
      "own",
    ];
    const { calls, code } = await run(
      backupSnapshots,
      (url) => ({ NODES: `${url}/a ${url}/b`, DAYS: "14" }),
      ({ method }) => [200, method === "GET" ? JSON.stringify({ result: names.map((name) => ({ name })) }) : "{}"],
    );
    expect(code).toBe(0);
    expect(calls.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "POST /a/collections/docs/snapshots?wait=true",
      "POST /b/collections/docs/snapshots?wait=true",
      "GET /b/collections/docs/snapshots",
      `DELETE /b/collections/docs/snapshots/${names[1]}?wait=true`,
    ]);
  });
});

/**
 * A pipeline brings models to an InferenceService: programs/deploy.py runs with a token of the account that a DeliveryGrant
 * lets in, against a real API server. KWOK makes pods ready; what stands for their servers answers here.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import {
  ApiError,
  Client,
  type KubernetesObject,
  plannedObjects,
  rollOut,
  type SimulatedCluster,
  startSimulatedCluster,
} from "aistack-cluster";
import { bindingField, type InferenceDelivery, Platform } from "aistack-core";
import { type Graph, plan } from "aistack-engine";
import { DeliveryGrant, InferenceService, type InferenceServiceArgs, WorkloadNamespace } from "aistack-kubernetes";

interface Deployment extends KubernetesObject {
  spec: { replicas: number; template: { metadata: { annotations: { [name: string]: string } } } };
}
interface ConfigMap extends KubernetesObject {
  data?: { [key: string]: string };
}

const account = { namespace: "pipelines", serviceAccount: "deploy" };
const program = join(__dirname, "../../packages/kubernetes/programs/deploy.py");

let cluster: SimulatedCluster;
let registry: Registry;
let pods: PodServers;

beforeAll(async () => {
  const graph = await planned({ delivery: { initialModel: "models:/churn/1" } });
  const { objects } = plannedObjects(graph);
  cluster = await startSimulatedCluster(graph, objects);
  await cluster.client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: account.namespace } });
  const metadata = { name: account.serviceAccount, namespace: account.namespace };
  await cluster.client.create({ apiVersion: "v1", kind: "ServiceAccount", metadata });
  registry = await new Registry().open();
  pods = await new PodServers().open();
});
afterAll(async () => {
  await cluster?.stop();
  await registry?.close();
  await pods?.close();
});

function planned(args: Partial<InferenceServiceArgs>, name = "churn"): Promise<Graph> {
  return plan(() => {
    const on = { name: "test", platform: Platform.Kubernetes };
    const namespace = new WorkloadNamespace(name, { cluster: on }).namespace;
    const service = new InferenceService(name, {
      cluster: on,
      namespace,
      image: "registry.example/churn:1.0.0",
      scaling: { minReplicas: 2 },
      ...args,
    });
    new DeliveryGrant(`${name}-delivery`, { cluster: on, service: service.binding, identity: account });
    return { delivery: bindingField(service.binding, "delivery") };
  });
}

/** Rolls a service out under a name of its own. */
async function rolledOut(name: string, args: Partial<InferenceServiceArgs>): Promise<Service> {
  const graph = await planned(args, name);
  const items = await rollOut(cluster.client, plannedObjects(graph).objects, { patienceMs: 20_000 });
  expect(items.filter(({ state }) => state !== "ready")).toEqual([]);
  return new Service(graph.outputs.delivery as InferenceDelivery);
}

/** The service in the cluster. */
class Service {
  constructor(readonly delivery: InferenceDelivery) {}

  deployment(which: "stable" | "canary"): Promise<Deployment> {
    return this.#there({ apiVersion: "apps/v1", kind: "Deployment", metadata: this.#named(this.delivery[which]) });
  }

  async models(): Promise<{ [key: string]: string }> {
    const metadata = this.#named(this.delivery.models);
    return (await this.#there<ConfigMap>({ apiVersion: "v1", kind: "ConfigMap", metadata })).data ?? {};
  }

  /** What is served, by how many, for what they were started, and whether a canary runs. */
  async state(): Promise<object> {
    const [stable, canary, models] = [
      await this.deployment("stable"),
      await this.deployment("canary"),
      await this.models(),
    ];
    return {
      models,
      replicas: [stable.spec.replicas, canary.spec.replicas],
      startedFor: stable.spec.template.metadata.annotations["aistack.dev/model"],
    };
  }

  #named(name: string) {
    return { name, namespace: this.delivery.namespace };
  }

  async #there<T extends KubernetesObject>(object: KubernetesObject): Promise<T> {
    const found = await cluster.client.get<T>(object);
    if (!found) throw new Error(`no ${object.kind} ${object.metadata.name}`);
    return found;
  }
}

/** MLflow's registry: aliases and tags. */
class Registry {
  readonly aliases = new Map<string, string>();
  readonly tags = new Map<string, string>();
  credentials: (string | undefined)[] = [];
  #server!: Server;

  async open(): Promise<this> {
    this.#server = await listening(async (method, url, body, headers) => {
      this.credentials.push(headers.authorization);
      const query = new URL(url, "http://registry").searchParams;
      const version = (number: string) => ({
        model_version: { name: "churn", version: number, run_id: `run-${number}` },
      });
      if (method === "GET" && url.includes("/registered-models/alias")) {
        const found = this.aliases.get(query.get("alias") ?? "");
        return found ? [200, JSON.stringify(version(found))] : [400, '{"error_code":"INVALID_PARAMETER_VALUE"}'];
      }
      if (method === "GET") return [200, JSON.stringify(version(query.get("version") ?? ""))];
      const sent = JSON.parse(body);
      if (url.endsWith("/registered-models/alias")) this.aliases.set(sent.alias, sent.version);
      else this.tags.set(`${sent.run_id} ${sent.key}`, sent.value);
      return [200, "{}"];
    });
    return this;
  }

  get url(): string {
    return addressOf(this.#server);
  }

  close = () => closed(this.#server);
}

/** A proxy that answers in place of all pods. */
class PodServers {
  healthy = true;
  /** Counters that /metrics adds to at each look: successes and failures. Without them there is no /metrics. */
  requests?: [number, number];
  looks = 0;
  /** What Prometheus answers; it has nothing to say without. */
  percent?: number;
  #server!: Server;

  async open(): Promise<this> {
    this.#server = await listening(async (_, url) => {
      if (url.startsWith("http://prometheus.example/api/v1/query?query=failed")) {
        const result = this.percent === undefined ? [] : [{ metric: {}, value: [0, `${this.percent}`] }];
        return [200, JSON.stringify({ status: "success", data: { resultType: "vector", result } })];
      }
      if (!url.endsWith("/metrics")) return [this.healthy ? 200 : 500, ""];
      if (!this.requests) return [404, ""];
      const [good, bad] = this.requests.map((each) => each * ++this.looks);
      const row = (status: string, count?: number) =>
        `http_requests_total{handler="/invocations",status="${status}"} ${count}\n`;
      return [200, `# TYPE http_requests_total counter\n${row("2xx", good)}${row("5xx", bad)}`];
    });
    return this;
  }

  get url(): string {
    return addressOf(this.#server);
  }

  close = () => closed(this.#server);
}

type Answer = [status: number, body: string];

async function listening(
  answer: (method: string, url: string, body: string, headers: NodeJS.Dict<string | string[]>) => Promise<Answer>,
): Promise<Server> {
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    const [status, text] = await answer(request.method ?? "", request.url ?? "", body, request.headers);
    response.writeHead(status).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}
const addressOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const closed = (server: Server) => new Promise((resolve) => server.close(resolve));

/** A run of the program. */
interface Run {
  process: ChildProcess;
  output(): string;
  results: string;
  ended: Promise<number | null>;
  says(text: string): Promise<void>;
}

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
  pods.healthy = true;
  pods.requests = undefined;
  pods.percent = undefined;
});

async function tokenOfAccount(): Promise<string> {
  const path = `/api/v1/namespaces/${account.namespace}/serviceaccounts/${account.serviceAccount}/token`;
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };
  return (await cluster.client.json<{ status: { token: string } }>("POST", path, { body })).status.token;
}

async function deliver(service: Service, environment: NodeJS.Dict<string> = {}): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), "deliver-"));
  folders.push(folder);
  const { server, ca } = cluster.client.connection;
  writeFileSync(join(folder, "token"), await tokenOfAccount());
  writeFileSync(join(folder, "ca.crt"), ca ?? "");
  writeFileSync(join(folder, "namespace"), account.namespace);
  const { hostname, port } = new URL(server);
  const child = spawn("python3", [program], {
    env: {
      PATH: process.env.PATH,
      PYTHONDONTWRITEBYTECODE: "1",
      SERVICE_ACCOUNT_FOLDER: folder,
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT: port,
      POLL_SECONDS: "0.2",
      SCHEDULING_SECONDS: "6",
      DELIVERY: JSON.stringify({ ...service.delivery, startupTimeoutSeconds: 0 }),
      CANARY_MINUTES: "0.02",
      RESULT_FOLDER: folder,
      PIPELINE_MODEL: "churn",
      PIPELINE_COMMITTED_AT: new Date(Date.now() - 60_000).toISOString(),
      MLFLOW_TRACKING_URI: registry.url,
      MLFLOW_TRACKING_USERNAME: "pipeline",
      MLFLOW_TRACKING_PASSWORD: "do-not-show",
      http_proxy: pods.url,
      no_proxy: "127.0.0.1",
      ...environment,
    },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (text) => {
      output += text;
    });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const says = async (text: string) => {
    while (!output.includes(text)) {
      if (child.exitCode !== null) throw new Error(`ended before it said "${text}": ${output}`);
      await wait(50);
    }
  };
  return { process: child, output: () => output, results: folder, ended, says };
}

const result = (run: Run, name: string) => readFileSync(join(run.results, name), "utf8");

/** Lets no further pod be placed, or all of them again. */
async function cordon(unschedulable: boolean): Promise<void> {
  for (const node of await cluster.client.list("v1", "Node"))
    await cluster.client.patch(node, { spec: { unschedulable } });
}

async function comesToHold(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error("does not come to hold");
    await wait(100);
  }
}

test("a good model goes to the canary, then to all, and the registry says so", async () => {
  const service = await rolledOut("good", { delivery: { initialModel: "models:/churn/1", canaryReplicas: 2 } });
  registry.aliases.set("candidate", "2");
  pods.requests = [100, 0];
  const run = await deliver(service);
  await run.says("answers a part");
  expect(await service.models()).toMatchObject({ "stable-uri": "models:/churn/1", "canary-uri": "models:/churn/2" });
  expect((await service.deployment("canary")).spec.replicas).toBe(2);
  expect([await run.ended, run.output()]).toEqual([0, expect.stringContaining("models:/churn/2 is in production")]);
  const promoted = {
    models: {
      "stable-uri": "models:/churn/2",
      "stable-version": "2",
      "previous-uri": "models:/churn/1",
      "previous-version": "1",
    },
    replicas: [2, 0],
    startedFor: "models:/churn/2",
  };
  expect(await service.state()).toEqual(promoted);
  expect(registry.aliases.get("production")).toBe("2");
  expect(registry.tags.get("run-2 pipeline.delivery")).toBe("promoted");
  expect(Date.parse(registry.tags.get("run-2 pipeline.deployed_at") ?? "")).toBeGreaterThan(Date.now() - 60_000);
  expect(result(run, "outcome")).toBe("promoted");
  expect(Number(result(run, "lead-time-seconds"))).toBeGreaterThanOrEqual(60);
  expect(new Set(registry.credentials)).toEqual(
    new Set([`Basic ${Buffer.from("pipeline:do-not-show").toString("base64")}`]),
  );
  expect(run.output()).not.toContain("do-not-show");

  // Once more changes nothing, and needs no canary.
  const again = await deliver(service, { MODEL_VERSION: "2" });
  expect([await again.ended, again.output()]).toEqual([0, expect.not.stringContaining("answers a part")]);
  expect(await service.state()).toEqual(promoted);
});

test("the first model starts the replicas; where it does not come up, there are none again", async () => {
  const service = await rolledOut("first", { delivery: {} });
  expect(await service.state()).toEqual({ models: {}, replicas: [0, 0], startedFor: undefined });
  const failing = await deliver(service, { MODEL_VERSION: "1", CANARY_MINUTES: "0.05" });
  await failing.says("answers a part");
  await cordon(true);
  expect([await failing.ended, failing.output()]).toEqual([1, expect.stringContaining("was rolled back")]);
  await cordon(false);
  expect(await service.state()).toEqual({ models: {}, replicas: [0, 0], startedFor: undefined });
  const run = await deliver(service, { MODEL_VERSION: "1" });
  expect([await run.ended, run.output()]).toEqual([0, expect.any(String)]);
  expect(await service.state()).toEqual({
    models: { "stable-uri": "models:/churn/1", "stable-version": "1", "previous-uri": "", "previous-version": "" },
    replicas: [2, 0],
    startedFor: "models:/churn/1",
  });
});

describe("what is worse is taken back, and the model before stays", () => {
  let service: Service;
  const before = {
    models: { "stable-uri": "models:/churn/1", "stable-version": "1" },
    replicas: [2, 0],
    startedFor: undefined,
  };
  beforeAll(async () => {
    service = await rolledOut("worse", { delivery: { initialModel: "models:/churn/1" } });
  });
  afterEach(async () => {
    await cordon(false);
    expect(await service.state()).toEqual(before);
    expect(registry.tags.get("run-3 pipeline.delivery")).toBe("rolled-back");
    registry.tags.clear();
  });

  async function refused(run: Run, reason: string): Promise<void> {
    expect([await run.ended, run.output()]).toEqual([
      1,
      expect.stringContaining(`models:/churn/3 was rolled back: ${reason}`),
    ]);
    expect(result(run, "outcome")).toBe("rolled-back");
  }

  test("failing probes", async () => {
    pods.healthy = false;
    await refused(await deliver(service, { MODEL_VERSION: "3" }), "");
  });

  test("failing requests, by its own counters", async () => {
    pods.requests = [97, 3];
    const run = await deliver(service, { MODEL_VERSION: "3", CANARY_MINUTES: "5", MAXIMUM_ERROR_PERCENT: "2" });
    await refused(run, "");
    expect(run.output()).toMatch(/requests failed, more than 2 %/);
  });

  test("failing requests, by Prometheus, and what it knows nothing of", async () => {
    const asked = { MODEL_VERSION: "3", PROMETHEUS_URL: "http://prometheus.example", PROMETHEUS_QUERY: "failed" };
    pods.percent = 1.5;
    await refused(await deliver(service, asked), "1.5 % of its requests failed, more than 1 %");
    pods.percent = undefined;
    await refused(await deliver(service, asked), "Prometheus has no answer to PROMETHEUS_QUERY");
    pods.percent = 0;
    const run = await deliver(service, { ...asked, CANARY_MINUTES: "5" });
    await run.says("answers a part");
    await wait(1000);
    run.process.kill("SIGTERM");
    await refused(run, "the stage was stopped");
  });

  test("a canary that finds no place", async () => {
    await cordon(true);
    await refused(
      await deliver(service, { MODEL_VERSION: "3" }),
      "after 6 seconds it does not hold that the canary is ready",
    );
  });

  test("a canary that was restarted", async () => {
    const run = await deliver(service, { MODEL_VERSION: "3", CANARY_MINUTES: "5" });
    await run.says("answers a part");
    const [pod] = (
      await cluster.client.list<KubernetesObject & { status: { containerStatuses: object[] } }>(
        "v1",
        "Pod",
        service.delivery.namespace,
      )
    ).filter(({ metadata }) => metadata.labels?.["aistack.dev/track"] === "canary" && !metadata.deletionTimestamp);
    if (!pod) throw new Error("no canary");
    const [status] = pod.status.containerStatuses;
    await cluster.client.patch(pod, { status: { containerStatuses: [{ ...status, restartCount: 1 }] } }, "status");
    await refused(run, "the canary was restarted");
  });

  test("replicas that do not start with it", async () => {
    const run = await deliver(service, { MODEL_VERSION: "3", CANARY_MINUTES: "0.05" });
    await run.says("answers a part");
    await cordon(true);
    await refused(run, "after 12 seconds it does not hold that all replicas serve it");
  });

  test("a stage that is stopped, on the canary and after it", async () => {
    const early = await deliver(service, { MODEL_VERSION: "3", CANARY_MINUTES: "5" });
    await early.says("answers a part");
    early.process.kill("SIGTERM");
    await refused(early, "the stage was stopped");
    expect(await service.state()).toEqual(before);
    const late = await deliver(service, { MODEL_VERSION: "3", SCHEDULING_SECONDS: "60", CANARY_MINUTES: "0.05" });
    await late.says("answers a part");
    await cordon(true);
    await comesToHold(
      async () =>
        (await service.deployment("stable")).spec.template.metadata.annotations["aistack.dev/model"] !== undefined,
    );
    late.process.kill("SIGTERM");
    await refused(late, "the stage was stopped");
  });
});

test("a stage that was killed goes on where it was", async () => {
  const service = await rolledOut("killed", { delivery: { initialModel: "models:/churn/1" } });
  const killed = await deliver(service, { MODEL_VERSION: "2", CANARY_MINUTES: "5" });
  await killed.says("answers a part");
  killed.process.kill("SIGKILL");
  await killed.ended;
  expect((await service.deployment("canary")).spec.replicas).toBe(1);

  const again = await deliver(service, { MODEL_VERSION: "2", SCHEDULING_SECONDS: "60", CANARY_MINUTES: "0.05" });
  await again.says("answers a part");
  await cordon(true);
  await comesToHold(
    async () =>
      (await service.deployment("stable")).spec.template.metadata.annotations["aistack.dev/model"] !== undefined,
  );
  again.process.kill("SIGKILL");
  await again.ended;
  await cordon(false);

  const last = await deliver(service, { MODEL_VERSION: "2" });
  expect([await last.ended, last.output()]).toEqual([0, expect.not.stringContaining("answers a part")]);
  expect(await service.state()).toMatchObject({
    models: { "stable-uri": "models:/churn/2", "previous-uri": "models:/churn/1" },
    replicas: [2, 0],
    startedFor: "models:/churn/2",
  });
});

describe("the account may do this and nothing more", () => {
  let service: Service;
  beforeAll(async () => {
    service = await rolledOut("limits", { delivery: { initialModel: "models:/churn/1" } });
    // Policies are in force a moment after they are made.
    const fields = { spec: { template: { metadata: { labels: { "example.com/x": "1" } } } } };
    const attempt = () => answer("PATCH", `${deployment("limits")}?dryRun=All`, fields);
    await comesToHold(async () => (await attempt()) !== "done");
  });

  /** What the API server says to a request of the account. */
  async function answer(method: string, path: string, fields?: object): Promise<string> {
    const client = new Client({ ...cluster.client.connection, token: await tokenOfAccount() });
    return client
      .json(method, path, { body: fields, contentType: "application/merge-patch+json" })
      .finally(() => client.close())
      .then(
        () => "done",
        (error) => {
          if (error instanceof ApiError) return `${error.status} ${error.message}`;
          throw error;
        },
      );
  }
  const deployment = (name: string) => `/apis/apps/v1/namespaces/limits/deployments/${name}`;

  test("it restarts and scales", async () => {
    const annotations = { "aistack.dev/model": "models:/churn/9" };
    expect(await answer("PATCH", deployment("limits"), { spec: { template: { metadata: { annotations } } } })).toBe(
      "done",
    );
    expect(await answer("PATCH", `${deployment("limits-canary")}/scale`, { spec: { replicas: 1 } })).toBe("done");
  });

  test.each<[string, object]>([
    ["the image", { template: { spec: { containers: [{ name: "server", image: "evil.example/x:1" }] } } }],
    ["another annotation", { template: { metadata: { annotations: { "example.com/x": "1" } } } }],
    ["an annotation less", { template: { metadata: { annotations: { "aistack.dev/credentials-hash": null } } } }],
    ["a label", { template: { metadata: { labels: { "access.aistack.dev/vault": "allowed" } } } }],
    ["the account", { template: { spec: { serviceAccountName: "default" } } }],
  ])("but does not change %s of the pods", async (_, spec) => {
    expect(await answer("PATCH", deployment("limits"), { spec })).toContain(
      "A delivery may change the annotation aistack.dev/model of the pods",
    );
  });

  test.each([
    ["secrets", "GET", "/api/v1/namespaces/limits/secrets/limits-credentials"],
    ["another ConfigMap", "GET", "/api/v1/namespaces/limits/configmaps/kube-root-ca.crt"],
    ["a Deployment of another service", "GET", "/apis/apps/v1/namespaces/killed/deployments/other"],
    ["pods to start a shell in", "POST", "/api/v1/namespaces/limits/pods/x/exec"],
  ])("and not %s", async (_, method, path) => {
    expect(await answer(method, path)).toMatch(/^403 /);
  });

  test("the administrator is not kept from it", async () => {
    expect((await service.deployment("stable")).spec.replicas).toBe(2);
    await cluster.client.patch(await service.deployment("stable"), {
      spec: { template: { metadata: { annotations: { "example.com/x": "1" } } } },
    });
  });
});

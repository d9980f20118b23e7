/** Programs of the plans, started with exactly the command, the environment and the files that the plan holds. */
import { programs } from "../programs";
import { type Container, containersOf } from "./containers";
import { type Started, start } from "./run";
import { type StandIn, standIn, throughProxy } from "./stand-in";

const withStores = programs().filter(
  ({ path }) => path === "stacks/cloud-aws" || path === "examples/vector-store-kubernetes",
);

function only(containers: readonly Container[], workload: string): Container {
  const [found, ...more] = containers.filter((container) => container.workload === workload);
  if (!found || more.length > 0) throw new Error(`not exactly one container in ${workload}`);
  return found;
}

describe.each(withStores)("the vector store's maintenance in $path, stack $stack", (program) => {
  let containers: Container[];
  let services: StandIn;
  let collections: Map<string, unknown>;
  let snapshots: Map<string, string[]>;

  beforeAll(async () => {
    containers = await containersOf(program);
  }, 60_000);

  beforeEach(async () => {
    collections = new Map();
    snapshots = new Map();
    services = await standIn(({ request, body }) => {
      const [, method, node = "", collection = "", rest = ""] =
        /^(\S+) (http:\/\/[^/]+)\/collections\/([^/?]+)(\S*)$/.exec(request) ?? [];
      const own = snapshots.get(node) ?? [];
      switch (`${method} ${rest}`) {
        case "GET ":
          return collections.has(collection) ? { status: 200, body: {} } : undefined;
        case "PUT ":
          collections.set(collection, JSON.parse(body));
          return { status: 200, body: { result: true } };
        case "POST /snapshots?wait=true":
          snapshots.set(node, [...own, `${collection}-${own.length}0.snapshot`]);
          return { status: 200, body: {} };
        case "GET /snapshots":
          return { status: 200, body: { result: own.map((name) => ({ name, size: 1 })) } };
        default:
          if (method !== "DELETE") return undefined;
          snapshots.set(
            node,
            own.filter((name) => !rest.includes(name)),
          );
          return { status: 200, body: {} };
      }
    });
  });
  afterEach(() => services.close());

  async function run(container: Container): Promise<string> {
    const started = start(container, { environment: { http_proxy: services.proxy } });
    try {
      expect([await started.ended, started.output()]).toEqual([0, expect.any(String)]);
      return started.output();
    } finally {
      await started.stop();
    }
  }

  test("the Job creates the collection once, with the key of the plan's secret", async () => {
    const job = only(containers, "Job/vectors-collection");
    await run(job);
    expect([...collections]).toEqual([["vectors", JSON.parse(job.environment.BODY as string)]]);
    expect(await run(job)).toContain("collection vectors exists");
    expect(services.calls.filter(({ request }) => request.startsWith("PUT"))).toHaveLength(1);
    expect(job.environment.API_KEY).toMatch(/^\S{32,}$/);
    expect(new Set(services.calls.map(({ headers }) => headers["api-key"]))).toEqual(
      new Set([job.environment.API_KEY]),
    );
  });

  test("the CronJob takes a snapshot on every node and keeps the newest", async () => {
    const cron = only(containers, "CronJob/vectors-snapshots");
    const nodes = (cron.environment.NODES as string).split(" ");
    const keep = Number(cron.environment.KEEP);
    for (const node of nodes)
      snapshots.set(
        node,
        Array.from({ length: keep }, (_, day) => `vectors-${day}.snapshot`),
      );
    await run(cron);
    expect([...snapshots.keys()].sort()).toEqual([...nodes].sort());
    for (const names of snapshots.values()) {
      expect(names).toHaveLength(keep);
      expect(names).not.toContain("vectors-0.snapshot");
      expect(names).toContain(`vectors-${keep}0.snapshot`);
    }
  }, 30_000);
});

describe("the assistant of stacks/cloud-aws", () => {
  let containers: Container[];
  let services: StandIn;
  let assistant: Started;
  let url: string;

  beforeAll(async () => {
    containers = await containersOf({ path: "stacks/cloud-aws", stack: "prod" });
    services = await standIn(({ request }) => {
      if (request.endsWith("/embed")) return { status: 200, body: [[0.1]] };
      if (request.endsWith("/points/query"))
        return { status: 200, body: { result: { points: [{ id: 7, score: 0.9, payload: { text: "At 100 C." } }] } } };
      if (request.endsWith("/v1/chat/completions"))
        return { status: 200, body: { choices: [{ message: { content: "At 100 C [7]." } }] } };
      if (request.endsWith("/v1/logs")) return { status: 200, body: {} };
      return undefined;
    });
    const planned = only(containers, "Deployment/assistant");
    assistant = start(
      { ...planned, files: { ...planned.files, "/network.cjs": throughProxy } },
      // Any free port: the plan's may be taken on this machine. The assistant says which one it got.
      { environment: { PORT: "0", http_proxy: services.proxy, NODE_OPTIONS: "--require ./network.cjs" } },
    );
    for (let tries = 0; !assistant.output().includes("listening on"); tries++) {
      if (tries > 200) throw new Error(`the assistant does not start: ${assistant.output()}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    url = `http://127.0.0.1:${/listening on (\d+)/.exec(assistant.output())?.[1]}`;
  }, 60_000);

  afterAll(async () => {
    await assistant?.stop();
    await services?.close();
  });

  test("its readiness probe is answered", async () => {
    const { readyPath } = only(containers, "Deployment/assistant");
    expect((await fetch(`${url}${readyPath}`)).status).toBe(200);
  });

  test("a question reaches the services by the addresses and with the keys of the plan", async () => {
    const response = await fetch(`${url}/ask`, { method: "POST", body: '{"question": "When does water boil?"}' });
    expect([response.status, await response.json()]).toEqual([
      200,
      expect.objectContaining({ answer: "At 100 C [7]." }),
    ]);
    const { environment } = only(containers, "Deployment/assistant");
    expect(services.calls.map(({ request }) => request)).toEqual([
      `POST ${environment.EVENTS_ENDPOINT}/v1/logs`,
      `POST ${environment.EMBEDDINGS_URL}/embed`,
      `POST ${environment.VECTORS_URL}/collections/${environment.VECTORS_COLLECTION}/points/query`,
      `POST ${environment.MODEL_URL}/v1/chat/completions`,
      `POST ${environment.EVENTS_ENDPOINT}/v1/logs`,
    ]);
    const { QDRANT__SERVICE__API_KEY } = only(containers, "StatefulSet/vectors").environment;
    expect(services.calls[2]?.headers["api-key"]).toBe(QDRANT__SERVICE__API_KEY);
    expect(JSON.parse(services.calls[3]?.body ?? "").model).toBe(only(containers, "Deployment/model").command[2]);
  });
});

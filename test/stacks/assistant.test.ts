import { type ChildProcess, spawn } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { root } from "../programs";

/** The program that the stacks run in their assistant, started for real against stand-ins for what it uses. */
interface Call {
  request: string;
  body: unknown;
  authorization?: string;
  apiKey?: string;
}

const calls: Call[] = [];
let behind: Server;
let assistant: ChildProcess;
let url: string;

const answers: { [request: string]: unknown } = {
  "POST /v1/logs": {},
  "POST /embed": [[0.1, 0.2]],
  "PUT /collections/docs/points?wait=true": { result: { status: "completed" } },
  "POST /collections/docs/points/query": {
    result: { points: [{ id: 7, score: 0.9, payload: { text: "Water boils at 100 C." } }] },
  },
  "POST /v1/chat/completions": { choices: [{ message: { content: "At 100 C [7]." } }] },
};

beforeAll(async () => {
  behind = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += chunk;
    });
    request.on("end", () => {
      const name = `${request.method} ${request.url}`;
      calls.push({
        request: name,
        body: JSON.parse(body),
        authorization: request.headers.authorization,
        apiKey: request.headers["api-key"] as string | undefined,
      });
      response.writeHead(name in answers ? 200 : 404).end(JSON.stringify(answers[name] ?? {}));
    });
  });
  await new Promise<void>((resolve) => behind.listen(0, "127.0.0.1", resolve));
  const there = `http://127.0.0.1:${(behind.address() as AddressInfo).port}`;
  assistant = spawn(process.execPath, [join(root, "stacks/assistant/app/assistant.mjs")], {
    env: {
      PORT: "0",
      EMBEDDINGS_URL: there,
      VECTORS_URL: there,
      VECTORS_COLLECTION: "docs",
      VECTORS_API_KEY: "vectors-key",
      MODEL_URL: there,
      MODEL_MODEL: "some/model",
      MODEL_API_KEY: "model-key",
      EVENTS_ENDPOINT: there,
    },
  });
  url = await new Promise<string>((resolve) => {
    assistant.stdout?.on("data", (line) => resolve(`http://127.0.0.1:${/listening on (\d+)/.exec(`${line}`)?.[1]}`));
  });
});

afterAll(async () => {
  assistant.kill("SIGTERM");
  behind.close();
});

beforeEach(() => calls.splice(0));

async function post(path: string, body: string): Promise<[number, unknown]> {
  const response = await fetch(`${url}${path}`, { method: "POST", body });
  return [response.status, await response.json()];
}

test("a document is embedded and stored under its id", async () => {
  expect(await post("/documents", '{"id": 7, "text": "Water boils at 100 C."}')).toEqual([200, { id: 7 }]);
  expect(calls).toEqual([
    { request: "POST /embed", body: { inputs: "Water boils at 100 C.", truncate: true } },
    {
      request: "PUT /collections/docs/points?wait=true",
      body: { points: [{ id: 7, vector: [0.1, 0.2], payload: { text: "Water boils at 100 C." } }] },
      apiKey: "vectors-key",
    },
  ]);
});

test("a question is answered by the model from what the store finds, with its sources", async () => {
  expect(await post("/ask", '{"question": "When does water boil?"}')).toEqual([
    200,
    {
      answer: "At 100 C [7].",
      sources: [{ id: 7, score: 0.9, text: "Water boils at 100 C." }],
      case: expect.stringMatching(/^[0-9a-f-]{36}$/),
    },
  ]);
  expect(calls.map((call) => call.request)).toEqual([
    "POST /v1/logs",
    "POST /embed",
    "POST /collections/docs/points/query",
    "POST /v1/chat/completions",
    "POST /v1/logs",
  ]);
  expect(calls[3]).toMatchObject({
    authorization: "Bearer model-key",
    body: { model: "some/model", messages: [{ role: "system" }, { role: "user", content: "When does water boil?" }] },
  });
  expect(JSON.stringify(calls[3]?.body)).toContain("[7] Water boils at 100 C.");
});

test("question and answer are recorded under one case, by the fields of the audit events", async () => {
  const [, answer] = await post("/ask", '{"question": "When does water boil?"}');
  const recorded = calls.filter(({ request }) => request === "POST /v1/logs").map(({ body }) => eventOf(body));
  const common = {
    "audit.actor": "assistant",
    "audit.model": "some/model",
    "audit.case_id": (answer as { case: string }).case,
  };
  expect(recorded).toEqual([
    { class: "inference.request", ...common, question: "When does water boil?" },
    {
      class: "inference.decision",
      ...common,
      "audit.outcome": "answered",
      answer: "At 100 C [7].",
      sources: "7",
    },
  ]);
});

test("without a record there is no answer", async () => {
  delete answers["POST /v1/logs"];
  expect((await post("/ask", '{"question": "When does water boil?"}'))[0]).toBe(502);
  expect(calls.map((call) => call.request)).toEqual(["POST /v1/logs"]);
  answers["POST /v1/logs"] = {};
});

/** The fields of the one event in a request of OpenTelemetry's protocol. */
function eventOf(body: unknown): { [name: string]: string } {
  const { resourceLogs } = body as {
    resourceLogs: {
      scopeLogs: {
        logRecords: { eventName: string; attributes: { key: string; value: { stringValue: string } }[] }[];
      }[];
    }[];
  };
  const [event] = resourceLogs[0]?.scopeLogs[0]?.logRecords ?? [];
  const fields = event?.attributes.map(({ key, value }) => [key, value.stringValue]) ?? [];
  return { class: event?.eventName as string, ...Object.fromEntries(fields) };
}

test.each([
  ["/ask", "no json", 400, "the body must be JSON"],
  ["/ask", "{}", 400, "question must not be empty"],
  ["/documents", '{"id": -1, "text": "x"}', 400, "id must be a whole number, 0 or more"],
  ["/documents", '{"id": 1}', 400, "text must not be empty"],
  ["/nothing", "{}", 404, "not found"],
])("%s with %s is refused with %i", async (path, body, status, error) => {
  expect(await post(path, body)).toEqual([status, { error }]);
  expect(calls).toEqual([]);
});

test("a service behind it that fails is a 502, without its details", async () => {
  const query = answers["POST /collections/docs/points/query"];
  delete answers["POST /collections/docs/points/query"];
  expect(await post("/ask", '{"question": "x"}')).toEqual([
    502,
    { error: "a service behind the assistant did not answer" },
  ]);
  answers["POST /collections/docs/points/query"] = query;
});

test("it says that it is healthy", async () => expect((await fetch(`${url}/health`)).status).toBe(200));

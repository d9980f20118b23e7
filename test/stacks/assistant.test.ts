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
    { answer: "At 100 C [7].", sources: [{ id: 7, score: 0.9, text: "Water boils at 100 C." }] },
  ]);
  expect(calls.map((call) => call.request)).toEqual([
    "POST /embed",
    "POST /collections/docs/points/query",
    "POST /v1/chat/completions",
  ]);
  expect(calls[2]).toMatchObject({
    authorization: "Bearer model-key",
    body: { model: "some/model", messages: [{ role: "system" }, { role: "user", content: "When does water boil?" }] },
  });
  expect(JSON.stringify(calls[2]?.body)).toContain("[7] Water boils at 100 C.");
});

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

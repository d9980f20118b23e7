/** The procedure of erasure, run by Node with a stand-in for the services that knows a small lake. */
import { spawn } from "node:child_process";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

jest.setTimeout(60_000);

const script = join(__dirname, "../../scripts/erase-subject.mjs");

interface Call {
  method: string;
  url: string;
  // biome-ignore lint/suspicious/noExplicitAny: bodies of two services
  body: any;
  authorization: string;
}

let calls: Call[] = [];
let answers: (call: Call) => { status?: number; body?: object };
let server: Server;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const call = await callOf(request);
    calls.push(call);
    const { status = 200, body } = answers(call);
    response.writeHead(status, { "content-type": "application/json" });
    response.end(body ? JSON.stringify(body) : undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => server.close());

async function callOf(request: IncomingMessage): Promise<Call> {
  let text = "";
  for await (const chunk of request) text += chunk;
  return {
    method: request.method as string,
    url: request.url as string,
    body: text === "" ? undefined : JSON.parse(text),
    authorization: request.headers.authorization ?? "",
  };
}

/** Two pages of objects in one bucket, none in the other; a statement that takes its time. */
function lake(rowsLeft = "0") {
  return ({ method, url, body }: Call): { status?: number; body?: object } => {
    if (url.includes("/token")) return { body: { access_token: "of-the-workload" } };
    if (method === "DELETE") return { status: 204 };
    if (url.startsWith("/upload/")) return { body: {} };
    if (url.startsWith("/storage/v1/b/raw/o") && !url.includes("pageToken"))
      return {
        body: {
          items: [
            { name: "objects/a b.txt", generation: "1", metadata: { subject: "p-7" } },
            { name: "objects/a b.txt", generation: "2", metadata: { subject: "p-7" } },
            { name: "objects/c.txt", generation: "3", metadata: { subject: "p-8" } },
          ],
          nextPageToken: "more",
        },
      };
    if (url.startsWith("/storage/v1/b/raw/o")) return { body: { items: [{ name: "objects/d.txt", generation: "4" }] } };
    if (url.startsWith("/storage/v1/b/curated/o")) return { body: {} };
    const isDelete = body?.query.startsWith("DELETE");
    if (isDelete) return { body: { jobComplete: false, jobReference: { jobId: "j", location: "europe-west4" } } };
    return { body: { jobComplete: true, rows: [{ f: [{ v: rowsLeft }] }] } };
  };
}

interface Outcome {
  status: number | null;
  output: string;
  errors: string;
}

async function erase(variables: { [name: string]: string } = {}, stand = lake()): Promise<Outcome> {
  calls = [];
  answers = stand;
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const child = spawn(process.execPath, [script], {
    env: {
      STORAGE_ENDPOINT: endpoint,
      BIGQUERY_ENDPOINT: endpoint,
      METADATA_ENDPOINT: endpoint,
      SUBJECT: "p-7",
      CASE_ID: "case-1",
      BUCKETS: "raw curated",
      TABLES: "lake_curated.visits",
      PROJECT: "my-project",
      REQUEST_LOG: "gs://requests",
      ACCESS_TOKEN: "mine",
      ...variables,
    },
  });
  const outcome: Outcome = { status: null, output: "", errors: "" };
  child.stdout.on("data", (text) => {
    outcome.output += text;
  });
  child.stderr.on("data", (text) => {
    outcome.errors += text;
  });
  outcome.status = await new Promise((resolve) => child.once("close", resolve));
  return outcome;
}

const deleted = () => calls.filter(({ method }) => method === "DELETE").map(({ url }) => url);
const records = () => calls.filter(({ url }) => url.startsWith("/upload/"));

test("deletes every version whose metadata names the person, on all pages", async () => {
  const outcome = await erase();
  expect(outcome).toEqual({
    status: 0,
    output: "gs://raw/objects/a b.txt#1\ngs://raw/objects/a b.txt#2\n",
    errors: "",
  });
  expect(deleted()).toEqual([
    "/storage/v1/b/raw/o/objects%2Fa%20b.txt?generation=1",
    "/storage/v1/b/raw/o/objects%2Fa%20b.txt?generation=2",
  ]);
  expect(new Set(calls.map(({ authorization }) => authorization))).toEqual(new Set(["Bearer mine"]));
});

test("deletes the rows with the pseudonym as a parameter, waits, then counts", async () => {
  await erase();
  const asked = calls.filter(({ url }) => url.startsWith("/bigquery/"));
  expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
    "POST /bigquery/v2/projects/my-project/queries",
    "GET /bigquery/v2/projects/my-project/queries/j?location=europe-west4",
    "POST /bigquery/v2/projects/my-project/queries",
  ]);
  expect(asked[0]?.body).toEqual({
    query: "DELETE FROM `lake_curated.visits` WHERE subject = @subject\n",
    useLegacySql: false,
    parameterMode: "NAMED",
    queryParameters: [{ name: "subject", parameterType: { type: "STRING" }, parameterValue: { value: "p-7" } }],
  });
});

test("records the request first, and the answer once all is gone", async () => {
  await erase();
  expect(calls[0]).toBe(records()[0]);
  expect(calls.at(-1)).toBe(records()[1]);
  expect(records().map(({ url }) => decodeURIComponent(url))).toEqual([
    expect.stringMatching(/\/b\/requests\/o\?.*name=events\/year=\d{4}\/month=\d\d\/day=\d\d\/case-1-received\.json$/),
    expect.stringMatching(/case-1-erased\.json$/),
  ]);
  expect(records().map(({ body }) => body)).toMatchObject([
    {
      class: "subject.request",
      subject: "p-7",
      outcome: "received",
      case_id: "case-1",
      attributes: { kind: "erasure" },
    },
    { outcome: "erased", attributes: { kind: "erasure", versions: "2", tables: "lake_curated.visits" } },
  ]);
});

test("in a workload, takes the token of the metadata server", async () => {
  await erase({ ACCESS_TOKEN: "" });
  expect(deleted()).toHaveLength(2);
  expect(calls.at(-1)?.authorization).toBe("Bearer of-the-workload");
});

test("shows what would go, and touches nothing", async () => {
  const outcome = await erase({ DRY_RUN: "true" }, lake("5"));
  expect(outcome.output.trim().split("\n").at(-1)).toBe("5 rows of lake_curated.visits");
  expect([deleted(), records(), calls.filter(({ body }) => /DELETE/.test(body?.query))]).toEqual([[], [], []]);
});

const failures: [string, (call: Call) => boolean, RegExp][] = [
  ["objects cannot be listed", ({ method, url }) => method === "GET" && url.startsWith("/storage/"), /answers 403/],
  ["a version cannot be deleted", ({ method }) => method === "DELETE", /answers 403/],
  ["a statement is refused", ({ url }) => url.startsWith("/bigquery/"), /answers 403/],
];
test.each(failures)("answers nothing when %s", async (_, fails, message) => {
  const outcome = await erase({}, (call) => (fails(call) ? { status: 403, body: { error: {} } } : lake()(call)));
  expect(outcome.status).toBe(1);
  expect(outcome.errors).toMatch(message);
  expect(records()).toHaveLength(1);
});

test("answers nothing when rows are left", async () => {
  const outcome = await erase({}, lake("2"));
  expect(outcome.status).toBe(1);
  expect(outcome.errors).toMatch(/lake_curated\.visits still has 2 rows/);
  expect(records()).toHaveLength(1);
});

const refused: [string, { [name: string]: string }][] = [
  ["no subject", { SUBJECT: "" }],
  ["a table that is more than a name", { TABLES: "a.b`;DROP" }],
  ["a case that leads out of its folder", { CASE_ID: "../x" }],
  ["a log that is no bucket", { REQUEST_LOG: "/tmp/log" }],
  ["tables without a project", { PROJECT: "" }],
  ["no bucket", { BUCKETS: "" }],
];
test.each(refused)("refuses %s, before it calls anything", async (_, variables) => {
  expect((await erase(variables)).status).toBe(2);
  expect(calls).toEqual([]);
});

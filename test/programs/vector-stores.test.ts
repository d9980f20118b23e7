/**
 * What plans emit for PostgreSQL, run by a real server with pgvector, and one application on two engines: the same files, with
 * exactly the environment of each plan.
 */
import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { plannedObjects } from "aistack-cluster";
import { Distance, pgvectorBytes, pgvectorOperator, pgvectorSql, VectorEngine, vectorSize } from "aistack-core";
import { planDirectory } from "aistack-engine";
import { root } from "../programs";
import { type Container, containersOf } from "./containers";
import { type Postgres, startPostgres } from "./postgres";
import { type Started, start } from "./run";
import { type StandIn, standIn, throughProxy } from "./stand-in";

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
}, 60_000);
afterAll(() => postgres?.stop());

describe("the statements that make a table", () => {
  const table = { table: "docs", dimensions: 3, neighbours: 16, candidates: 64, writer: "writer", reader: "reader" };
  const rows = ["('x', '[1,0,0]')", "('near', '[0.9,0.1,0]')", "('y', '[0,1,0]')", "('far', '[-5,0,0]')"];

  beforeAll(() => {
    postgres.sql("postgres", 'CREATE ROLE "writer" LOGIN', 'CREATE ROLE "reader" LOGIN');
  });

  test.each([
    [Distance.Cosine, ["x", "near", "y", "far"]],
    [Distance.Euclidean, ["x", "near", "y", "far"]],
    [Distance.Dot, ["x", "near", "y", "far"]],
  ])("are run twice without harm, and the nearest by %s are found through the index", (distance, nearest) => {
    const database = `by_${distance}`;
    postgres.sql("postgres", `CREATE DATABASE ${database}`);
    const statements = pgvectorSql({ ...table, distance });
    postgres.sql(database, ...statements);
    postgres.sql(database, ...statements);
    postgres.sql(database, `INSERT INTO docs (id, embedding) VALUES ${rows.join(", ")}`);
    const query = `SELECT id FROM docs ORDER BY embedding ${pgvectorOperator(distance)} '[1,0,0]' LIMIT 4`;
    expect(postgres.sql(database, query).split("\n")).toEqual(nearest);
    const plan = postgres.sql(database, "SET enable_seqscan = off", `EXPLAIN ${query}`);
    expect(plan).toContain("Index Scan using docs_embedding on docs");
  });

  test("let the writer write, the reader read, and neither change the table", () => {
    postgres.sql("postgres", "CREATE DATABASE roles");
    postgres.sql("roles", ...pgvectorSql({ ...table, distance: Distance.Cosine }));
    const as = (role: string, statement: string) => postgres.sql("roles", `SET ROLE ${role}`, statement);
    as("writer", "INSERT INTO docs (id, embedding) VALUES ('a', '[1,2,3]')");
    expect(as("reader", "SELECT id FROM docs")).toContain("a");
    expect(() => as("reader", "DELETE FROM docs")).toThrow(/permission denied/);
    expect(() => as("writer", "DROP TABLE docs")).toThrow(/must be owner/);
    expect(() => as("writer", "INSERT INTO docs (id, embedding) VALUES ('b', '[1,2]')")).toThrow(
      /expected 3 dimensions/,
    );
  });

  test("keep vectors above 2000 numbers in 16 bits, with an index", () => {
    postgres.sql("postgres", "CREATE DATABASE long");
    postgres.sql("long", ...pgvectorSql({ ...table, dimensions: 4000, distance: Distance.Cosine }));
    expect(
      postgres.sql(
        "long",
        "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attname = 'embedding' AND attrelid = 'docs'::regclass",
      ),
    ).toBe("halfvec(4000)");
  });
});

test.each([
  [384, 16],
  [768, 16],
  [1024, 16],
  [1024, 32],
  [3072, 16],
])(
  "an index of vectors of %d numbers with %d neighbours takes what the arithmetic says",
  (dimensions, neighbours) => {
    const count = 400;
    const database = `size_${dimensions}_${neighbours}`;
    postgres.sql("postgres", `CREATE DATABASE ${database}`);
    const args = {
      table: "docs",
      dimensions,
      neighbours,
      candidates: 64,
      distance: Distance.Cosine,
      writer: "postgres",
    };
    const type = dimensions > 2000 ? "halfvec" : "vector";
    const printed = postgres.sql(
      database,
      ...pgvectorSql(args),
      `INSERT INTO docs (id, embedding) SELECT n::text, array_agg(random())::${type} FROM generate_series(1, ${count}) n, generate_series(1, ${dimensions}) GROUP BY n`,
      "SELECT pg_relation_size('docs_embedding'), pg_total_relation_size('docs') - pg_relation_size('docs_embedding')",
    );
    const [index = 0, rest = 0] = (printed.split("\n").at(-1) ?? "").split("|").map(Number);
    const expected = pgvectorBytes(dimensions, neighbours);
    expect(Math.abs(index / count - expected.index) / expected.index).toBeLessThan(0.1);
    // What the table takes is bounded, and its disk has room for twice that.
    expect(rest / count).toBeLessThan(expected.row * 1.1);
    expect(vectorSize(VectorEngine.Pgvector, count, dimensions, neighbours).disk).toBeGreaterThan(1.8 * (index + rest));
  },
  60_000,
);

/** What VectorStoreInit has a pod run, in order, with the environment of the plan. */
async function initialisationOf(path: string): Promise<{ command: string[]; environment: Record<string, string> }[]> {
  const graph = await planDirectory(join(root, path), { stack: "dev", mode: "simulate" });
  const job = plannedObjects(graph).objects.find(
    ({ object }) => object.kind === "Job" && object.metadata.name === "vectors-init",
  )?.object as unknown as { spec: { template: { spec: { [part: string]: PlannedStep[] } } } };
  const { initContainers = [], containers = [] } = job.spec.template.spec;
  return [...initContainers, ...containers].map(({ command, env }) => ({
    command,
    environment: Object.fromEntries(env.map(({ name, value }) => [name, value])),
  }));
}

interface PlannedStep {
  command: string[];
  env: { name: string; value: string }[];
}

describe("the job that prepares a managed database", () => {
  let services: StandIn | undefined;
  afterEach(() => services?.close());
  // Others here make the same.
  afterAll(() => postgres.sql("postgres", "DROP DATABASE alloydb", 'DROP ROLE "vectors"'));

  const run = (
    { command, environment }: { command: string[]; environment: Record<string, string> },
    { path = "", ...changed }: Record<string, string>,
  ) => {
    const started = start(
      { workload: "", image: "", command, environment, files: {}, references: [], claims: [] },
      { environment: { ...environment, ...changed, PATH: `${path}:${process.env.PATH}` } },
    );
    return started.ended.then((code) => ({ code, output: started.output() }));
  };

  test("on Aurora hands every statement to RDS, which may be done again", async () => {
    const [step] = await initialisationOf("examples/vector-store-aurora");
    postgres.sql("postgres", "CREATE ROLE rds_iam", "CREATE DATABASE aurora");
    // Stands for AWS's CLI, and for RDS behind it.
    const folder = mkdtempSync(join(tmpdir(), "aws-"));
    const log = join(folder, "calls");
    writeFileSync(
      join(folder, "aws"),
      `#!/bin/bash
printf '%s\\n' "$*" >> ${log}
while [ $# -gt 0 ]; do [ "$1" = --sql ] && statement=$2; shift; done
psql -h 127.0.0.1 -p ${postgres.port} -U postgres -d aurora -X -v ON_ERROR_STOP=1 -c "$statement"
`,
      { mode: 0o755 },
    );
    const changed = { path: folder, PGPASSWORD: postgres.password };
    for (const _ of [1, 2]) expect(await run(step as never, changed)).toMatchObject({ code: 0 });
    expect(
      postgres.sql(
        "aurora",
        "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attname = 'embedding' AND attrelid = 'vectors'::regclass",
      ),
    ).toBe("vector(1024)");
    expect(postgres.sql("aurora", "SET ROLE vectors_reader", "SELECT count(*) FROM vectors")).toContain("0");
    const calls = readFileSync(log, "utf8");
    expect(calls).toMatch(/^rds-data execute-statement --region eu-west-1 --resource-arn arn:aws:rds:eu-west-1:/);
    expect(calls).toContain(`--secret-arn ${step?.environment.SECRET_ID} --database vectors --sql DO $$`);

    const broken = { ...changed, STATEMENTS: "SELECT 1\nSELECT nothing\nCREATE TABLE never ()" };
    expect(await run(step as never, broken)).toMatchObject({ code: 1, output: expect.not.stringContaining("ready") });
    expect(postgres.sql("aurora", "SELECT to_regclass('never') IS NULL")).toBe("t");
  }, 60_000);

  test("on AlloyDB fetches the password by its identity, and makes the table with it", async () => {
    const [fetched, statements] = await initialisationOf("examples/vector-store-alloydb");
    const folder = mkdtempSync(join(tmpdir(), "credentials-"));
    const PGPASSFILE = join(folder, "pgpass");
    services = await standIn(({ request, headers }) => {
      if (headers["metadata-flavor"] === "Google" && request.endsWith("/service-accounts/default/token"))
        return { status: 200, body: { access_token: "token-of-the-pod", expires_in: 3599, token_type: "Bearer" } };
      if (headers.authorization !== "Bearer token-of-the-pod") return { status: 403, body: {} };
      const data = Buffer.from(postgres.password).toString("base64");
      return { status: 200, body: { name: "versions/1", payload: { data, dataCrc32c: "1" } } };
    });
    const fetching = { PGPASSFILE, METADATA_URL: services.proxy, SECRETS_URL: services.proxy };
    expect(await run(fetched as never, fetching)).toEqual({ code: 0, output: "" });
    expect(services.calls.map(({ request }) => request)).toEqual([
      "GET /computeMetadata/v1/instance/service-accounts/default/token",
      `GET /v1/${fetched?.environment.SECRET_ID}/versions/latest:access`,
    ]);
    expect(readFileSync(PGPASSFILE, "utf8")).toBe(`*:*:*:*:${postgres.password}\n`);
    expect(statSync(PGPASSFILE).mode & 0o777).toBe(0o600);

    postgres.sql("postgres", 'CREATE ROLE "vectors" LOGIN', "CREATE DATABASE alloydb");
    // The server here has no TLS of its own.
    const plain = {
      PGPASSFILE,
      PGCHANNELBINDING: "disable",
      URL: `postgresql://127.0.0.1:${postgres.port}/alloydb?sslmode=disable`,
    };
    for (const _ of [1, 2])
      expect(await run(statements as never, plain)).toMatchObject({
        code: 0,
        output: expect.stringMatching(/ready\n$/),
      });
    expect(postgres.sql("alloydb", "SET ROLE vectors", "SELECT count(*) FROM vectors")).toContain("0");

    // Somebody in between, who ends the encryption and passes all on: the server's own answer, and yet refused.
    const between = { PGPASSFILE, URL: `postgresql://127.0.0.1:${postgres.tlsPort}/alloydb?sslmode=require` };
    expect((await run(statements as never, { ...between, PGCHANNELBINDING: "prefer" })).code).toBe(0);
    const refused = await run(statements as never, between);
    expect(refused.code).not.toBe(0);
    expect(refused.output).toMatch(/channel binding/);
  }, 60_000);

  test("on AlloyDB writes nothing where the identity is not let in", async () => {
    const [fetched] = await initialisationOf("examples/vector-store-alloydb");
    const PGPASSFILE = join(mkdtempSync(join(tmpdir(), "credentials-")), "pgpass");
    services = await standIn(() => ({ status: 404, body: {} }));
    // Without the patience that grants need.
    const once = fetched?.command.map((part) => part.replace("--retry 8", "--retry 0")) as string[];
    const { code } = await run(
      { command: once, environment: fetched?.environment ?? {} },
      { PGPASSFILE, METADATA_URL: services.proxy, SECRETS_URL: services.proxy },
    );
    expect([code === 0, existsSync(PGPASSFILE)]).toEqual([false, false]);
  }, 60_000);
});

interface Point {
  id: string;
  vector: number[];
  payload: { id: string };
}

/** As much of Qdrant's API as the application calls, with its cosine. */
function answers(points: Map<string, Point>, { request, body }: { request: string; body: string }) {
  const sent = body ? JSON.parse(body) : {};
  if (/^PUT .*\/collections\/vectors\/points\?wait=true$/.test(request)) {
    for (const point of sent.points) points.set(point.id, point);
    return { status: 200, body: { result: { status: "completed" } } };
  }
  if (!/^POST .*\/collections\/vectors\/points\/query$/.test(request)) return undefined;
  const length = (vector: number[]) => Math.hypot(...vector);
  const cosine = (vector: number[]) =>
    vector.reduce((sum, own, index) => sum + own * sent.query[index], 0) / length(vector) / length(sent.query);
  const found = [...points.values()]
    .map(({ id, vector, payload }) => ({ id, payload, score: cosine(vector) }))
    .sort((one, other) => other.score - one.score);
  return { status: 200, body: { result: { points: found.slice(0, sent.limit) } } };
}

/** Sends what the plan's services are called to where they are here. */
const redirect = (name: string, port: number) => `
const net = require("node:net");
const connect = net.connect;
net.connect = (options, ...rest) =>
  connect(options.host === ${JSON.stringify(name)} ? { ...options, host: "127.0.0.1", port: ${port} } : options, ...rest);
require("node:module").syncBuiltinESMExports();
`;

describe("one application, by the binding of either engine", () => {
  const written: [string, number[], object][] = [
    ["north", [1, 0, 0, 0], { text: "north" }],
    ["east", [0, 1, 0, 0], { text: "east" }],
    ["north-east", [0.7, 0.7, 0, 0], { text: "between" }],
    ["north", [0.99, 0.05, 0, 0], { text: "north, again" }],
  ];

  async function inStack(
    stack: string,
  ): Promise<{ app: Container; initdb?: { postInitApplicationSQL: string[]; owner: string } }> {
    const path = "examples/vector-engines";
    const app = (await containersOf({ path, stack })).find(({ workload }) => workload === "Deployment/search");
    const graph = await planDirectory(join(root, path), { stack, mode: "simulate" });
    const cluster = plannedObjects(graph).objects.find(({ object }) => object.kind === "Cluster")?.object as
      | { spec?: { bootstrap: { initdb: { postInitApplicationSQL: string[]; owner: string } } } }
      | undefined;
    return { app: app as Container, initdb: cluster?.spec?.bootstrap.initdb };
  }

  async function answered(app: Container, files: Record<string, string>, environment: Record<string, string>) {
    const started: Started = start(
      { ...app, files: { ...app.files, ...files } },
      { environment: { PORT: "0", ...environment } },
    );
    try {
      for (let tries = 0; !started.output().includes("listening on"); tries++) {
        if (tries > 200) throw new Error(`the application does not start: ${started.output()}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      const url = `http://127.0.0.1:${/listening on (\d+)/.exec(started.output())?.[1]}`;
      const post = async (route: string, content: object) => {
        const response = await fetch(`${url}${route}`, { method: "POST", body: JSON.stringify(content) });
        return { status: response.status, body: await response.json() };
      };
      for (const [id, vector, payload] of written)
        expect([await post("/vectors", { id, vector, payload }), started.output()]).toEqual([
          { status: 200, body: { id } },
          expect.any(String),
        ]);
      expect((await post("/vectors", { id: "bad", vector: ["a"] })).status).toBe(400);
      return (await post("/search", { vector: [1, 0.02, 0, 0], limit: 3 })).body;
    } finally {
      await started.stop();
    }
  }

  let services: StandIn;
  afterEach(() => services?.close());

  test("finds the same with the same files", async () => {
    const [qdrant, pgvector] = [await inStack("dev"), await inStack("pgvector")];
    expect(pgvector.app.files).toEqual(qdrant.app.files);
    expect(pgvector.app.command).toEqual(qdrant.app.command);

    const points = new Map<string, Point>();
    services = await standIn((call) => answers(points, call));
    const byQdrant = await answered(
      qdrant.app,
      { "/proxy.cjs": throughProxy },
      { http_proxy: services.proxy, NODE_OPTIONS: "--require ./proxy.cjs" },
    );
    expect(services.calls[0]?.headers["api-key"]).toBe(qdrant.app.environment.VECTORS_API_KEY);

    const { postInitApplicationSQL, owner } = pgvector.initdb as { postInitApplicationSQL: string[]; owner: string };
    postgres.sql("postgres", `CREATE ROLE "${owner}" LOGIN PASSWORD '${pgvector.app.environment.VECTORS_PASSWORD}'`);
    postgres.sql("postgres", `CREATE DATABASE "${owner}" OWNER "${owner}"`);
    postgres.sql(owner, ...postInitApplicationSQL);
    const host = new URL(pgvector.app.environment.VECTORS_URL as string).hostname;
    const byPostgres = await answered(
      pgvector.app,
      { "/network.cjs": redirect(host, postgres.tlsPort) },
      { NODE_OPTIONS: "--require ./network.cjs" },
    );

    const ids = (found: { id: string }[]) => found.map(({ id }) => id);
    expect(ids(byPostgres)).toEqual(["north", "north-east", "east"]);
    expect(ids(byQdrant)).toEqual(ids(byPostgres));
    expect(byPostgres[0].payload).toEqual({ text: "north, again" });
    for (const [index, { distance, payload }] of byPostgres.entries()) {
      expect(byQdrant[index].distance).toBeCloseTo(distance, 5);
      expect(byQdrant[index].payload).toEqual(payload);
    }
  }, 90_000);

  test("gets in with the plan's password only, and with TLS only", async () => {
    const { app } = await inStack("pgvector");
    const host = new URL(app.environment.VECTORS_URL as string).hostname;
    const failing = (environment: Record<string, string>) =>
      answered(
        app,
        { "/network.cjs": redirect(host, postgres.tlsPort) },
        { NODE_OPTIONS: "--require ./network.cjs", ...environment },
      );
    await expect(failing({ VECTORS_PASSWORD: "guess" })).rejects.toThrow(/502/);
    const plain = (app.environment.VECTORS_URL as string).replace("require", "disable");
    await expect(failing({ VECTORS_URL: plain })).rejects.toThrow(/502/);
  }, 60_000);
});

/**
 * What plans emit for PostgreSQL, run by a real server with pgvector, and one application on two engines: the same files, with
 * exactly the environment of each plan.
 */
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

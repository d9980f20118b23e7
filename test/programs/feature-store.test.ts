/**
 * The feature store of Kubernetes as planned: real Redis, PostgreSQL and Feast with the files, commands and credentials of the
 * plan. Only hosts, ports, folders and certificates are those of this machine, and PostgreSQL is set up here as its operator does.
 */
import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from "node:child_process";
import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { request } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { plannedObjects } from "aistack-cluster";
import { planDirectory } from "aistack-engine";
import { root } from "../programs";
import { type Container, containersIn } from "./containers";

const program = { path: "examples/feature-store-kubernetes", stack: "dev" };
const folder = mkdtempSync(join(tmpdir(), "feature-store-"));
const servers: ChildProcess[] = [];
let containers: Container[];
let moves: [from: string, to: string][];
let ports: { redis: number; postgres: number; online: number; offline: number; registry: number };
let clientConfiguration: string;
let database: PlannedDatabase;

/** What CloudNativePG is told of the database. */
interface PlannedDatabase {
  bootstrap: { initdb: { database: string; owner: string; dataChecksums: boolean } };
  postgresql: { parameters: { [parameter: string]: string }; pg_hba: string[] };
  credentials: { username: string; password: string };
}

/** What an application does: asks what there is, reads the newest values, and builds a set for training. */
const application = `
import json, sys
from datetime import datetime, timezone
import pandas
from feast import FeatureStore
store = FeatureStore(repo_path=sys.argv[1])
views = [view.name for view in store.list_feature_views()]
online = store.get_online_features(["driver_trips:trips_today"], [{"driver_id": 2}, {"driver_id": 4}]).to_dict()
rows = pandas.DataFrame({"driver_id": [2, 3], "event_timestamp": [datetime.now(timezone.utc)] * 2})
training = store.get_historical_features(rows, ["driver_trips:trips_today"]).to_df().sort_values("driver_id")
print(json.dumps({"views": views, "online": online["trips_today"], "training": training["trips_today"].tolist()}))
`;

/** Deletes all that Redis holds, as Feast's user: what there was, and what there is. */
const lose = `
import os, redis
store = redis.Redis(port=int(os.environ["PORT"]), username="feast", password=os.environ["REDISCLI_AUTH"], ssl=True, ssl_ca_certs=os.environ["CA"])
keys = list(store.scan_iter())
store.delete(*keys)
print(len(keys), len(list(store.scan_iter())))
`;

/** Loads a configuration as Feast does, without a network; and the name of the table that it looks for on AWS. */
const load = `
import json, sys
from pathlib import Path
from types import SimpleNamespace
from feast.repo_config import load_repo_config
config = load_repo_config(Path(sys.argv[1]), Path(sys.argv[1]) / "feature_store.yaml")
parts = [type(part).__name__ for part in (config.registry, config.online_store, config.offline_store)]
table = None
if "DynamoDB" in parts[1]:
    from feast.infra.online_stores.dynamodb import _get_table_name
    from feast import FeatureView, Entity
    from feast.infra.offline_stores.file_source import FileSource
    view = FeatureView(name="driver_trips", entities=[], source=FileSource(path="x.parquet", timestamp_field="t"))
    table = _get_table_name(config.online_store, config, view)
print(json.dumps(parts + [table]))
`;

/** PostgreSQL refuses to run as root: it runs as its own user where the tests run as root. */
const user: { uid?: number; gid?: number } = process.getuid?.() === 0 ? { uid: idOf("-u"), gid: idOf("-g") } : {};

function idOf(flag: string): number {
  return Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
}

function containerOf(workload: string): Container {
  const [found, ...more] = containers.filter((container) => container.workload === workload);
  if (!found || more.length > 0) throw new Error(`not exactly one container in ${workload}`);
  return found;
}

/** Folders of the containers, which are below one folder here. */
const folders = /(?<=^|[\s='"])\/(tls|data|repository|etc\/(redis|redis-users))(?=[/\s'"]|$)/gm;

/** Text of the plan with the hosts, ports and folders of this machine. */
function here(text: string): string {
  const port = { "6566": ports.online, "8815": ports.offline, "6570": ports.registry }[text];
  if (port !== undefined) return String(port);
  return moves.reduce((moved, [from, to]) => moved.replaceAll(from, to), text).replaceAll(folders, `${folder}/$1`);
}

function write(path: string, text: string, mode = 0o640): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  chmodSync(path, mode);
  own(path);
}

function own(path: string): void {
  if (user.uid !== undefined && user.gid !== undefined) chownSync(path, user.uid, user.gid);
}

interface Outcome {
  code: number | null;
  output: string;
}

function environmentOf(container: Container, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const planned = Object.fromEntries(Object.entries(container.environment).map(([key, value]) => [key, here(value)]));
  return { PATH: process.env.PATH, ...planned, ...more };
}

function run(command: readonly string[], options: SpawnOptions & { input?: string } = {}): Promise<Outcome> {
  const [first = "", ...args] = command;
  const child = spawn(first, args, { cwd: folder, ...options, stdio: "pipe" });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk) => {
      output += chunk;
    });
  child.stdin?.end(options.input ?? "");
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, output }));
  });
}

/** Runs what a Job or CronJob of the plan runs. */
function runPlanned(workload: string, more: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const container = containerOf(workload);
  return run(container.command.map(here), { env: environmentOf(container, more) });
}

/** Starts what a server of the plan runs. */
function serve(container: Container, command: readonly string[], options: SpawnOptions = {}): void {
  const [first = "", ...args] = command;
  const child = spawn(first, args, {
    cwd: folder,
    env: environmentOf(container),
    ...options,
    stdio: ["ignore", "pipe", "pipe"],
    // Feast's server has children of its own.
    detached: true,
  });
  const log = join(folder, `${servers.length}.log`);
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk) => writeFileSync(log, chunk, { flag: "a" }));
  servers.push(child);
}

async function eventually<T>(what: string, attempt: () => Promise<T | undefined>, seconds = 90): Promise<T> {
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    const result = await attempt().catch(() => undefined);
    if (result !== undefined) return result;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  const logs = readdirSync(folder).filter((file) => file.endsWith(".log"));
  throw new Error(
    `${what} within ${seconds} s\n${logs.map((file) => readFileSync(join(folder, file), "utf8")).join("\n")}`,
  );
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A certificate authority and a certificate for this machine, where the plan has those of the cluster. */
function makeCertificates(): void {
  const tls = join(folder, "tls");
  mkdirSync(tls, { recursive: true });
  const openssl = (...args: string[]) => execFileSync("openssl", args, { cwd: tls, stdio: "pipe" });
  openssl(
    ..."req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 2 -subj /CN=test-authority".split(" "),
  );
  openssl(..."req -newkey rsa:2048 -nodes -keyout tls.key -out tls.csr -subj /CN=localhost".split(" "));
  writeFileSync(join(tls, "names"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
  openssl(
    ..."x509 -req -in tls.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile names -out tls.crt".split(" "),
  );
  for (const file of readdirSync(tls)) {
    chmodSync(join(tls, file), file.endsWith(".key") ? 0o600 : 0o644);
    own(join(tls, file));
  }
}

const redisCli = (...args: string[]) => ["redis-cli", "-h", "localhost", "-p", String(ports.redis), ...args];
const overTls = () => ["--tls", "--cacert", join(folder, "tls/ca.crt")];
const asFeast = () => ({
  PATH: process.env.PATH,
  REDISCLI_AUTH: containerOf("StatefulSet/features-redis").environment.REDISCLI_AUTH,
});

/** Runs statements by psql. */
function psql(statement: string, env: NodeJS.ProcessEnv, options: SpawnOptions = {}): Promise<Outcome> {
  const command = ["psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1"];
  const place = { PATH: process.env.PATH, PGPORT: String(ports.postgres) };
  return run(command, { ...options, env: { ...place, ...env }, input: statement });
}

/** A statement as Feast's role, over TLS, or as told. */
function sql(statement: string, more: NodeJS.ProcessEnv = {}): Promise<Outcome> {
  const { username, password } = database.credentials;
  return psql(statement, {
    PGHOST: "localhost",
    PGUSER: username,
    PGPASSWORD: password,
    PGDATABASE: database.bootstrap.initdb.database,
    PGSSLMODE: "verify-full",
    PGSSLROOTCERT: join(folder, "repository/database.crt"),
    ...more,
  });
}

/** A statement as the superuser, who comes in from the server's own machine alone. */
function sqlOfOperator(statement: string): Promise<Outcome> {
  return psql(statement, { PGHOST: join(folder, "postgres"), PGUSER: "postgres", PGDATABASE: "postgres" }, user);
}

/** Does what CloudNativePG does with its resource: https://cloudnative-pg.io/documentation/1.30/bootstrap/ and its postgresql_conf/ */
async function startPostgres(): Promise<void> {
  const { bootstrap, postgresql, credentials } = database;
  const { database: name, owner, dataChecksums } = bootstrap.initdb;
  const at = join(folder, "postgres");
  const data = join(at, "data");
  const binaries = process.env.PG_BIN ?? newestPostgres();
  const options = dataChecksums ? ["--data-checksums"] : [];
  const made = await run([join(binaries, "initdb"), "--username=postgres", "--auth=trust", ...options, data], user);
  expect(made).toMatchObject({ code: 0 });
  const access = ["local all all trust", ...postgresql.pg_hba, "host all all all scram-sha-256"];
  write(join(data, "pg_hba.conf"), `${access.join("\n")}\n`, 0o600);
  const parameters = {
    ...postgresql.parameters,
    port: String(ports.postgres),
    unix_socket_directories: at,
    ssl: "on",
    ssl_min_protocol_version: "TLSv1.3",
    ssl_cert_file: join(folder, "tls/tls.crt"),
    ssl_key_file: join(folder, "tls/tls.key"),
  };
  const settings = Object.entries(parameters).flatMap(([key, value]) => ["-c", `${key}=${value}`]);
  const started = [join(binaries, "postgres"), "-D", data, ...settings];
  serve(containerOf("StatefulSet/features-redis"), started, { ...user, env: { PATH: process.env.PATH } });
  await eventually("PostgreSQL answers", async () => {
    const { code } = await sqlOfOperator("SELECT 1;");
    return code === 0 ? true : undefined;
  });
  expect(credentials.username).toBe(owner);
  const role = await sqlOfOperator(
    `CREATE ROLE "${owner}" LOGIN PASSWORD '${credentials.password}'; CREATE DATABASE "${name}" OWNER "${owner}";`,
  );
  expect(role).toMatchObject({ code: 0 });
}

function newestPostgres(): string {
  const versions = readdirSync("/usr/lib/postgresql").sort((one, two) => Number(two) - Number(one));
  return `/usr/lib/postgresql/${versions[0]}/bin`;
}

beforeAll(async () => {
  const graph = await planDirectory(join(root, program.path), { stack: program.stack, mode: "simulate" });
  containers = containersIn(graph);
  const named = (kind: string, name: string) =>
    plannedObjects(graph).objects.find(({ object }) => object.kind === kind && object.metadata.name === name)?.object;
  const { spec } = named("Cluster", "features-database") as unknown as { spec: PlannedDatabase };
  const secret = named("Secret", "features-database-credentials") as unknown as {
    stringData: PlannedDatabase["credentials"];
  };
  database = { ...spec, credentials: secret.stringData };
  clientConfiguration = graph.outputs.configuration as string;
  const found: number[] = [];
  for (let index = 0; index < 5; index++) found.push(await freePort());
  const [redis, postgres, online, offline, registry] = found as [number, number, number, number, number];
  ports = { redis, postgres, online, offline, registry };
  moves = [
    ["features-redis.features.svc:6379", `localhost:${redis}`],
    ["tls-port 6379", `tls-port ${redis}`],
    ["features-database-rw.features.svc:5432", `localhost:${postgres}`],
    ["features-database-rw.features.svc", "localhost"],
    ["port: 5432", `port: ${postgres}`],
    ["features-online.features.svc:6566", `localhost:${online}`],
    ["features-registry.features.svc:6570", `localhost:${registry}`],
    ["features-offline.features.svc", "localhost"],
    ["port: 8815", `port: ${offline}`],
  ];
  chmodSync(folder, 0o755);
  own(folder);
  for (const path of ["data", "postgres", "repository"]) {
    mkdirSync(join(folder, path), { recursive: true });
    own(join(folder, path));
  }
  for (const { files } of containers)
    for (const [path, text] of Object.entries(files)) write(join(folder, path), here(text));
  makeCertificates();
  write(join(folder, "repository/database.crt"), readFileSync(join(folder, "tls/ca.crt"), "utf8"));
}, 120_000);

afterAll(async () => {
  for (const { pid } of [...servers].reverse())
    if (pid !== undefined)
      try {
        process.kill(-pid, "SIGTERM");
      } catch {
        // Ended already.
      }
  await Promise.all(
    servers.map((child) => child.exitCode === null && new Promise((resolve) => child.once("close", resolve))),
  );
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

describe("Redis", () => {
  beforeAll(async () => {
    const container = containerOf("StatefulSet/features-redis");
    serve(container, container.command.map(here));
    await eventually("Redis answers", async () => {
      const { output } = await run(redisCli(...overTls(), "--user", "feast", "ping"), { env: asFeast() });
      return output.trim() === "PONG" ? true : undefined;
    });
  }, 60_000);

  test.each([
    ["without a password", ["ping"], "NOAUTH"],
    ["a command that needs none elsewhere", ["get", "key"], "NOAUTH"],
    ["with a password that is wrong", ["--user", "feast", "--pass", "wrong", "--no-auth-warning", "ping"], "WRONGPASS"],
    ["the default user, who is off", ["--user", "default", "--pass", "", "--no-auth-warning", "ping"], "NOAUTH"],
  ])("refuses a client %s", async (_, args, refusal) => {
    const { output } = await run(redisCli(...overTls(), ...args));
    expect(output).toContain(refusal);
    expect(output).not.toContain("PONG");
  });

  test("refuses a client without TLS", async () => {
    const { output, code } = await run(redisCli("--user", "feast", "ping"), { env: asFeast() });
    expect([code, output]).toEqual([1, expect.not.stringContaining("PONG")]);
  });

  test.each([
    "keys *",
    "flushall",
    "flushdb",
    "config get *",
    "config set appendonly no",
    "debug sleep 0",
    "shutdown nosave",
    "replicaof localhost 1",
    "acl list",
    "acl setuser x on nopass +@all",
    "eval return(1) 0",
    "module load /tmp/x.so",
    "client kill type normal",
    "monitor",
    "save",
    "publish a b",
  ])("Feast's user may not: %s", async (command) => {
    const { output } = await run(redisCli(...overTls(), "--user", "feast", ...command.split(" ")), { env: asFeast() });
    expect(output).toMatch(/^(NOPERM|ERR (DEBUG|MODULE) command not allowed)/);
  });

  test("writes each change to disk", async () => {
    const written = await run(redisCli(...overTls(), "--user", "feast", "hset", "probe", "a", "1"), { env: asFeast() });
    expect(written.output.trim()).toBe("1");
    const log = await eventually("the log of writes", async () => {
      const files = readdirSync(join(folder, "data/appendonlydir")).filter((file) => file.endsWith(".incr.aof"));
      const text = readFileSync(join(folder, "data/appendonlydir", files[0] as string), "utf8");
      return text.includes("probe") ? text : undefined;
    });
    expect(log).toContain("hset");
    await run(redisCli(...overTls(), "--user", "feast", "del", "probe"), { env: asFeast() });
  });
});

describe("PostgreSQL", () => {
  beforeAll(startPostgres, 120_000);

  test("takes Feast's role over TLS, whose certificate it checks", async () => {
    expect(await sql("SELECT current_user, ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid();")).toEqual({
      code: 0,
      output: "feast|t|TLSv1.3\n",
    });
  });

  test.each([
    ["without TLS", { PGSSLMODE: "disable" }, "no encryption"],
    ["with a password that is wrong", { PGPASSWORD: "wrong" }, "password authentication failed"],
    ["as the superuser, who has no password", { PGUSER: "postgres" }, "password authentication failed"],
    ["by another certificate", { PGSSLROOTCERT: "/etc/ssl/certs/ca-certificates.crt" }, "certificate verify failed"],
  ])("refuses a client %s", async (_, more, refusal) => {
    const { code, output } = await sql("SELECT 1;", more);
    expect([code, output]).toEqual([2, expect.stringContaining(refusal)]);
  });

  test("keeps no password as plain text, and checks its pages", async () => {
    const { output } = await sqlOfOperator(
      "SELECT left(rolpassword, 13), rolsuper, rolcreaterole, rolcreatedb FROM pg_authid WHERE rolname = 'feast'; SHOW data_checksums;",
    );
    expect(output).toBe("SCRAM-SHA-256|f|f|f\non\n");
  });
});

describe("Feast", () => {
  beforeAll(async () => {
    // As in a first `up`, when nobody has made the tables yet.
    const applied = await runPlanned("Job/features-apply");
    expect(applied).toMatchObject({ code: 0 });
    expect(applied.output).toContain("driver_trips");
    const rows =
      await sql(`CREATE TABLE driver_trips_history (driver_id bigint, event_timestamp timestamptz, trips_today bigint, rating float8);
      INSERT INTO driver_trips_history SELECT id, now() - interval '1 hour', id * 10, id / 2.0 FROM generate_series(1, 5) AS id;
      INSERT INTO driver_trips_history VALUES (1, now() - interval '2 hours', 1, 0);`);
    expect(rows).toMatchObject({ code: 0 });
    const copied = await runPlanned("CronJob/features-materialise");
    expect(copied).toMatchObject({ code: 0 });
    for (const server of ["online", "offline", "registry"] as const) {
      const container = containerOf(`Deployment/features-${server}`);
      serve(container, container.command.map(here), { env: environmentOf(container, { HOME: folder }) });
    }
  }, 300_000);

  /** Asks the online server over HTTPS. */
  function ask(method: string, path: string, body?: unknown): Promise<{ status?: number; text: string }> {
    const ca = readFileSync(join(folder, "tls/ca.crt"));
    return new Promise((resolve, reject) => {
      const headers = { "content-type": "application/json" };
      const asked = request({ host: "localhost", port: ports.online, method, path, ca, headers }, (response) => {
        let text = "";
        response.on("data", (chunk) => {
          text += chunk;
        });
        response.on("end", () => resolve({ status: response.statusCode, text }));
      });
      asked.on("error", reject);
      asked.end(body === undefined ? undefined : JSON.stringify(body));
    });
  }

  test("applies the definitions again without a change", async () => {
    const { code, output } = await runPlanned("Job/features-apply");
    expect(code).toBe(0);
    expect(output).not.toMatch(/Created|Updated|Deleted/);
  }, 120_000);

  test("the online server answers with the newest values that the schedule has copied", async () => {
    const { readyPath } = containerOf("Deployment/features-online");
    await eventually("the online server is ready", async () => {
      const { status } = await ask("GET", readyPath as string);
      return status === 200 ? true : undefined;
    });
    const { status, text } = await ask("POST", "/get-online-features", {
      feature_service: "dispatch",
      entities: { driver_id: [1, 5, 99] },
    });
    expect([status, text]).toEqual([200, expect.any(String)]);
    const { metadata, results } = JSON.parse(text);
    const column = (name: string) => results[metadata.feature_names.indexOf(name)].values;
    expect(column("trips_today")).toEqual([10, 50, null]);
    expect(column("rating")).toEqual([0.5, 2.5, null]);
  }, 120_000);

  test("what is lost in Redis comes back from PostgreSQL", async () => {
    write(join(folder, "lose.py"), lose);
    const env = { ...asFeast(), PORT: String(ports.redis), CA: join(folder, "tls/ca.crt") };
    expect(await run(["python3", "lose.py"], { env })).toEqual({ code: 0, output: "5 0\n" });
    const container = containerOf("CronJob/features-materialise");
    const [begin, end] = [-2, 0].map((days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 19));
    const again = ["feast", "--chdir", here("/repository"), "materialize", begin as string, end as string];
    expect(await run(again, { env: environmentOf(container) })).toMatchObject({ code: 0 });
    const { text } = await ask("POST", "/get-online-features", {
      features: ["driver_trips:trips_today"],
      entities: { driver_id: [1, 5] },
    });
    const { metadata, results } = JSON.parse(text);
    expect(results[metadata.feature_names.indexOf("trips_today")].values).toEqual([10, 50]);
  }, 120_000);

  test("an application reads through the servers with the configuration in the binding", async () => {
    write(join(folder, "client/feature_store.yaml"), here(clientConfiguration));
    own(join(folder, "client"));
    write(join(folder, "client.py"), application);
    const client = () =>
      run(["python3", "client.py", "client"], {
        env: { PATH: process.env.PATH, HOME: folder, FEAST_CA_FILE: join(folder, "tls/ca.crt") },
      });
    const read = await eventually("all servers answer", async () => {
      const outcome = await client();
      writeFileSync(join(folder, "client.log"), outcome.output);
      return outcome.code === 0 ? outcome : undefined;
    });
    expect(JSON.parse(read.output.trim().split("\n").at(-1) as string)).toEqual({
      views: ["driver_trips"],
      online: [20, 40],
      training: [20, 30],
    });
  }, 180_000);
});

describe.each(["aws", "gcp"])("the configuration on %s", (cloud) => {
  test("is one that Feast takes, with stores that it can load", async () => {
    const graph = await planDirectory(join(root, `examples/feature-store-${cloud}`), {
      stack: "dev",
      mode: "simulate",
    });
    const at = join(folder, cloud);
    write(join(at, "feature_store.yaml"), graph.outputs.configuration as string);
    write(join(folder, "load.py"), load);
    const { code, output } = await run(["python3", "load.py", at], { env: { PATH: process.env.PATH, HOME: folder } });
    expect([code, output]).toEqual([0, expect.any(String)]);
    expect(JSON.parse(output.trim().split("\n").at(-1) as string)).toEqual(
      cloud === "aws"
        ? ["RegistryConfig", "DynamoDBOnlineStoreConfig", "AthenaOfflineStoreConfig", "features.driver_trips"]
        : ["RegistryConfig", "BigtableOnlineStoreConfig", "BigQueryOfflineStoreConfig", null],
    );
  }, 120_000);
});

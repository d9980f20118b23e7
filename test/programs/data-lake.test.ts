/**
 * The lake of examples/data-lake-kubernetes on this machine: the four stores and a PostgreSQL, set up by the jobs of the plan,
 * and used with the variables and keys of the plan. Certificates and addresses alone are those of this machine.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DataLakeBinding, ObjectStoreBinding } from "aistack-core";
import { type Graph, planDirectory, type Secret } from "aistack-engine";
import { root } from "../programs";
import { certificate } from "./certificates";
import { type Contained, contain } from "./contained";
import { type Container, containersIn } from "./containers";
import { type Postgres, startPostgres } from "./postgres";

jest.setTimeout(600_000);

const databaseHost = "lake-db-rw.data.svc";
const stores = ["restricted", "confidential", "internal", "requests"];
const classOf: Record<string, string> = {
  raw: "restricted",
  curated: "confidential",
  features: "internal",
  models: "internal",
  requests: "requests",
};
const addressOf = (store: string) => `127.0.2.${stores.indexOf(store) + 1}`;
const hosts = Object.fromEntries([
  [databaseHost, "127.0.0.1"],
  ...stores.flatMap((store) => [
    [`lake-${store}-0.lake-${store}-peers.lake.svc`, addressOf(store)],
    [`lake-${store}.lake.svc`, addressOf(store)],
  ]),
]);

let graph: Graph;
let folder: string;
let postgres: Postgres;
let servers: Contained[] = [];
let containers: Container[];
const certificates: Record<string, Record<string, string>> = {};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "lake-"));
  postgres = await startPostgres(databaseHost);
  postgres.sql(
    "postgres",
    "CREATE ROLE lake_owner LOGIN CREATEROLE PASSWORD 'owner'",
    "CREATE DATABASE lake OWNER lake_owner",
  );
  graph = await planDirectory(join(root, "examples/data-lake-kubernetes"), {
    stack: "dev",
    mode: "simulate",
    config: { catalogPort: String(postgres.tlsPort), catalogAuthority: postgres.authority, catalogPassword: "owner" },
    secretConfigKeys: ["catalogPassword"],
  });
  containers = containersIn(graph);
  servers = stores.map((store) => {
    certificates[store] = certificate(graph, "/tls", `lake-${store}-tls`);
    const peers = certificate(graph, "/peers", `lake-${store}-peers-tls`);
    const server = named(`StatefulSet/lake-${store}`, /seaweedfs/);
    const [, ...args] = server.command.map((part) => part.replaceAll("127.0.1.1", addressOf(store)));
    const files = { ...certificates[store], ...peers };
    return contain({ ...server, command: ["weed", ...args] }, { hosts, files });
  });
  for (const zone of ["raw", "curated", "features", "models", "requests"]) {
    const [code, output] = await run(named(`Job/lake-${zone}-setup`), zone);
    expect([code, output]).toEqual([0, expect.stringContaining(`lake-${zone} is created`)]);
  }
  expect(await setUpCatalogue()).toEqual([0, ""]);
});

afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  await postgres?.stop();
  rmSync(folder, { recursive: true });
});

function named(workload: string, image = /./): Container {
  const [found, ...more] = containers.filter((one) => one.workload === workload && image.test(one.image));
  if (!found || more.length > 0) throw new Error(`not exactly one container in ${workload}`);
  return found;
}

/** Runs a container of the plan to its end: its exit code, and what it said. */
async function run(
  container: Container,
  zone: string,
  environment: Record<string, string> = {},
  files: Record<string, string> = {},
): Promise<[number | null, string]> {
  const authority = certificates[classOf[zone] as string]?.["/tls/ca.crt"] as string;
  const started = contain(container, {
    hosts,
    files: { "/tls/ca.crt": authority, ...files },
    environment: { PAUSE: "1", SETTLE_SECONDS: "0", ...environment },
  });
  try {
    return [await started.ended, started.output()];
  } finally {
    await started.stop();
  }
}

/** The job of the plan. This psql knows no TLS, unlike that of the image, and so takes the way without. */
function setUpCatalogue(environment: Record<string, string> = {}): Promise<[number | null, string]> {
  const job = named("Job/lake-catalogue");
  const [, ...args] = job.command;
  expect(job.environment).toMatchObject({ PGHOST: databaseHost, PGSSLMODE: "verify-full", PGUSER: "lake_owner" });
  return run({ ...job, command: [postgres.psql, ...args] }, "raw", {
    PGPORT: String(postgres.port),
    PGSSLMODE: "disable",
    ...environment,
  });
}

/** Variables that a workload with these bindings gets. */
function variablesOf(...bindings: (DataLakeBinding | ObjectStoreBinding)[]): Record<string, string> {
  const variables = Object.assign(
    {},
    ...bindings.flatMap(({ credentials, environment }) => [credentials, environment]),
  );
  for (const [zone, store] of Object.entries(classOf)) {
    const name = `LAKE_${zone.toUpperCase()}_CA_CERTIFICATE`;
    if (name in variables) variables[name] = certificates[store]?.["/tls/ca.crt"];
  }
  return variables;
}

const revealed = <T>(output: string) => (graph.outputs[output] as Secret).reveal() as unknown as T;

/** Runs Python as a workload with these variables; what the last line that it prints says. */
async function python(variables: Record<string, string>, script: string): Promise<unknown> {
  const container = { ...named("Job/lake-raw-setup"), environment: {}, command: ["python3", "/app/main.py"] };
  const [code, output] = await run(container, "raw", { HOME: "/tmp", ...variables }, { "/app/main.py": script });
  if (code !== 0) throw new Error(output);
  return JSON.parse(output.trim().split("\n").at(-1) as string);
}

/** What an application writes to use the lake: tables of one zone, and its objects. */
const client = `
import json, os, tempfile
from urllib.parse import quote
import botocore.session, pyarrow
from botocore.config import Config
from pyiceberg.catalog.sql import SqlCatalog
env = os.environ
def pem(*names):
    with tempfile.NamedTemporaryFile("w", suffix=".pem", delete=False) as file:
        file.write("\\n".join(env[name] for name in names))
    return file.name
env["AWS_CA_BUNDLE"] = pem(*(name for name in env if name.startswith("LAKE_") and name.endswith("_CA_CERTIFICATE") and "CATALOG" not in name))
key, secret = env["LAKE_ACCESS_KEY_ID"], env["LAKE_SECRET_ACCESS_KEY"]
def catalog(zone):
    place = env["LAKE_CATALOG_HOST"] + ":" + env["LAKE_CATALOG_PORT"] + "/" + env["LAKE_CATALOG_NAME"]
    tls = "sslmode=verify-full&sslrootcert=" + quote(pem("LAKE_CATALOG_CA_CERTIFICATE"))
    return SqlCatalog("lake", **{
        "uri": f"postgresql+psycopg2://{key}:{secret}@{place}?{tls}", "init_catalog_tables": "false",
        "py-io-impl": "pyiceberg.io.fsspec.FsspecFileIO",
        "s3.endpoint": env[f"LAKE_{zone}_ENDPOINT"], "s3.region": env[f"LAKE_{zone}_REGION"],
        "s3.access-key-id": key, "s3.secret-access-key": secret,
    })
def s3(zone):
    return botocore.session.get_session().create_client("s3", endpoint_url=env[f"LAKE_{zone}_ENDPOINT"],
        region_name=env[f"LAKE_{zone}_REGION"], aws_access_key_id=key, aws_secret_access_key=secret,
        config=Config(s3={"addressing_style": "path"}))
def refused(action):
    try: return action() and "granted"
    except Exception as error: return type(error).__name__ + ": " + str(error).split("\\n")[0]
`;

test("a team reads and writes what it was given, by S3 and in the catalogue, and nothing else", async () => {
  const { vision } = revealed<Record<string, DataLakeBinding>>("teams") as { vision: DataLakeBinding };
  expect(Object.keys(vision.zones).sort()).toEqual(["curated", "features", "models"]);
  const script = `${client}
features = s3("FEATURES")
features.put_object(Bucket="lake-features", Key="objects/own", Body=b"one")
rows = pyarrow.table({"subject": ["p-7", "p-8"], "value": [1, 2]})
table = catalog("FEATURES").create_table("lake_features.visits", rows.schema)
table.append(rows)
env["LAKE_RAW_ENDPOINT"], env["LAKE_RAW_REGION"] = "https://lake-restricted.lake.svc:8333", "us-east-1"
answer = {
    "object": features.get_object(Bucket="lake-features", Key="objects/own")["Body"].read().decode(),
    "rows": catalog("FEATURES").load_table("lake_features.visits").scan().to_arrow().num_rows,
    "location": table.location(),
    "delete": refused(lambda: features.delete_object(Bucket="lake-features", Key="objects/own")),
    "change curated": refused(lambda: s3("CURATED").put_object(Bucket="lake-curated", Key="objects/x", Body=b"")),
    "read models": refused(lambda: s3("MODELS").list_objects_v2(Bucket="lake-models")),
    "make a table in curated": refused(lambda: catalog("CURATED").create_table("lake_curated.x", rows.schema)),
    "see raw": refused(lambda: catalog("FEATURES").list_tables("lake_raw")),
    "drop": refused(lambda: catalog("FEATURES").drop_table("lake_features.visits")),
}
env["AWS_CA_BUNDLE"] = pem("OTHER_AUTHORITY")
answer["raw"] = refused(lambda: s3("RAW").list_objects_v2(Bucket="lake-raw"))
print(json.dumps(answer))
`;
  const other = { OTHER_AUTHORITY: certificates.restricted?.["/tls/ca.crt"] as string };
  expect(await python({ ...variablesOf(vision), ...other }, script)).toEqual({
    object: "one",
    rows: 2,
    location: "s3://lake-features/tables/visits",
    delete: expect.stringContaining("AccessDenied"),
    "change curated": expect.stringContaining("AccessDenied"),
    "read models": expect.stringContaining("AccessDenied"),
    "make a table in curated": expect.stringMatching(/AccessDenied|Permission/),
    "see raw": expect.stringContaining("NoSuchNamespaceError"),
    drop: expect.stringContaining("permission denied"),
    // At a store that none of its zones is in, nobody knows its key.
    raw: expect.stringContaining("InvalidAccessKeyId"),
  });
});

test("in the catalogue nobody changes a zone that is not his, whatever his statement says", async () => {
  const roles = ["lake.client", "lake.eraser", "lake.reader", "lake.team-ingest", "lake.team-vision"];
  expect(
    postgres.sql("lake", "SELECT rolname FROM pg_roles WHERE rolname LIKE 'lake.%' ORDER BY 1").split("\n"),
  ).toEqual(roles);
  const as = (role: string, statement: string) =>
    postgres.sql("lake", `SET ROLE "${role}"`, statement).replace("SET\n", "");
  const row = "INSERT INTO iceberg_tables VALUES ('lake', 'lake_curated', 'x', 's3://x', NULL, 'TABLE')";
  expect(() => as("lake.team-vision", row)).toThrow("violates row-level security policy");
  expect(() => as("lake.reader", row)).toThrow("permission denied");
  expect(() => as("lake.team-vision", "DELETE FROM iceberg_tables")).toThrow("permission denied");
  expect(as("lake.team-vision", "UPDATE iceberg_tables SET table_name = table_name")).toBe("UPDATE 1");
  expect(as("lake.team-ingest", "SELECT count(*) FROM iceberg_tables")).toBe("0");
  expect(() => as("lake.reader", "CREATE TABLE mine (x int)")).toThrow("permission denied");
  // What the server keeps is no password.
  expect(postgres.sql("lake", "SELECT DISTINCT left(rolpassword, 19) FROM pg_authid WHERE rolname LIKE 'lake.%'")).toBe(
    "SCRAM-SHA-256$4096:",
  );
});

test("a team that is no more loses its role, and a second run changes nothing for others", async () => {
  postgres.sql("postgres", 'CREATE ROLE "lakeside" LOGIN');
  const { MEMBERS = "[]" } = named("Job/lake-catalogue").environment;
  const members: { name: string }[] = JSON.parse(MEMBERS);
  const fewer = members.filter(({ name }) => name !== "lake.team-ingest");
  expect(await setUpCatalogue({ MEMBERS: JSON.stringify(fewer) })).toEqual([0, ""]);
  const count = "SELECT count(*) FROM pg_roles WHERE rolname IN ('lake.team-ingest', 'lakeside')";
  expect(postgres.sql("lake", count)).toBe("1");
  expect(await setUpCatalogue()).toEqual([0, ""]);
  expect(postgres.sql("lake", count)).toBe("2");
  expect(postgres.sql("lake", "SELECT count(*) FROM pg_policies")).toBe("18");
});

test("the upkeep deletes what has expired, in its folder alone, and old versions after their time", async () => {
  const { ingest } = revealed<Record<string, DataLakeBinding>>("teams") as { ingest: DataLakeBinding };
  const put = `${client}
for name in ["objects/old", "tables/old", "objects/twice", "objects/twice"]:
    s3("RAW").put_object(Bucket="lake-raw", Key=name, Body=b"x")
print("null")
`;
  await python(variablesOf(ingest), put);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const upkeep = named("CronJob/lake-raw-upkeep");
  expect(upkeep.environment).toMatchObject({ EXPIRE_AFTER_DAYS: "730", OLD_VERSION_DAYS: "30" });
  expect(await run(upkeep, "raw")).toEqual([0, "0 versions are deleted, 0 are still locked\n".repeat(2)]);
  expect(await run(upkeep, "raw", { EXPIRE_AFTER_DAYS: "0" })).toEqual([
    0,
    "2 versions are deleted, 0 are still locked\n0 versions are deleted, 0 are still locked\n",
  ]);
  expect(await keysIn("lake-raw")).toEqual(["tables/old"]);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(await run(upkeep, "raw", { OLD_VERSION_DAYS: "0" })).toEqual([
    0,
    // Of one object a version, of the other two, and what marked them as deleted.
    "0 versions are deleted, 0 are still locked\n5 versions are deleted, 0 are still locked\n",
  ]);
});

/** Keys that the eraser sees in a bucket. */
async function keysIn(bucket: string): Promise<unknown> {
  const zone = bucket.replace("lake-", "").toUpperCase();
  const script = `${client}
print(json.dumps([row["Key"] for row in s3("${zone}").list_objects_v2(Bucket="${bucket}").get("Contents", [])]))
`;
  return python(variablesOf(revealed<DataLakeBinding>("eraser")), script);
}

test("erasure leaves nothing of a person, and all of the others, and is in the log of requests", async () => {
  const { vision } = revealed<Record<string, DataLakeBinding>>("teams") as { vision: DataLakeBinding };
  const [eraser, requestLog] = [revealed<DataLakeBinding>("eraser"), revealed<ObjectStoreBinding>("requestLog")];
  const write = `${client}
features = s3("FEATURES")
for subject, name in [("p-7", "objects/a b"), ("p-7", "objects/a b"), ("p-8", "objects/c")]:
    features.put_object(Bucket="lake-features", Key=name, Body=b"x", Tagging="subject=" + subject)
table = catalog("FEATURES").load_table("lake_features.visits")
table.append(pyarrow.table({"subject": ["p-7", "p-9"], "value": [3, 4]}))
print("null")
`;
  await python(variablesOf(vision), write);
  const script = readFileSync(join(root, "packages/kubernetes/scripts/erase-subject.py"), "utf8");
  const request = { SUBJECT: "p-7", CASE_ID: "case-1", LAKE: "lake" };
  const erase = (more: Record<string, string>) => {
    const container = {
      ...named("Job/lake-raw-setup"),
      environment: {},
      command: ["python3", "/app/erase-subject.py"],
    };
    const variables = { HOME: "/tmp", ...variablesOf(eraser, requestLog), ...request, ...more };
    return run(container, "raw", variables, { "/app/erase-subject.py": script });
  };
  const [dryCode, dry] = await erase({ DRY_RUN: "true" });
  expect([dryCode, dry]).toEqual([0, expect.stringContaining("2 rows of lake_features.visits")]);
  expect(dry.match(/objects\/a b/g)).toHaveLength(2);
  expect(await keysIn("lake-features")).toContain("objects/a b");

  const [code, said] = await erase({});
  expect([code, said]).toEqual([0, expect.stringContaining("s3://lake-features/objects/a b")]);
  const look = `${client}
features = s3("FEATURES")
table = catalog("FEATURES").load_table("lake_features.visits")
versions = features.get_paginator("list_object_versions").paginate(Bucket="lake-features").build_full_result()
print(json.dumps({
    "rows": table.scan().to_arrow().sort_by("subject").to_pydict(),
    "bounds": "p-7" in str(table.inspect.entries().to_pylist()),
    "states": len(table.snapshots()),
    "objects": [row["Key"] for row in versions["Versions"] if row["Key"].startswith("objects/")],
    "data": len([row for row in versions["Versions"] if "/data/" in row["Key"]]),
    "older": [row["Key"] for row in versions["Versions"] if not row["IsLatest"]],
}))
`;
  const readable = { ...variablesOf(eraser) };
  expect(await python(readable, look)).toEqual({
    rows: { subject: ["p-8", "p-9"], value: [2, 4] },
    bounds: false,
    states: 1,
    objects: ["objects/c", "objects/own"],
    data: 2,
    older: [],
  });

  const log = `${client}
key, secret = env["READER_ID"], env["READER_SECRET"]
log = s3("REQUESTS")
found = [row["Key"] for row in log.list_objects_v2(Bucket="lake-requests")["Contents"]]
print(json.dumps([json.loads(log.get_object(Bucket="lake-requests", Key=name)["Body"].read()) for name in found if name.startswith("events/")]))
`;
  const { identities } = JSON.parse(
    named("StatefulSet/lake-requests", /seaweedfs/).files["/identities/s3.json"] as string,
  );
  const [reader] = identities.find(({ name }: { name: string }) => name === "lake-requests.reader").credentials;
  const asReader = { READER_ID: reader.accessKey, READER_SECRET: reader.secretKey };
  const events = await python({ ...variablesOf(requestLog, eraser), ...asReader }, log);
  expect(events).toEqual([
    expect.objectContaining({ outcome: "erased", subject: "p-7", case_id: "case-1", class: "subject.request" }),
    expect.objectContaining({ outcome: "received", subject: "p-7" }),
  ]);
});

test("a catalogue that was lost is made anew from what is in the buckets", async () => {
  const { vision } = revealed<Record<string, DataLakeBinding>>("teams") as { vision: DataLakeBinding };
  postgres.sql("lake", "DROP TABLE iceberg_tables, iceberg_namespace_properties");
  expect(await setUpCatalogue()).toEqual([0, ""]);
  const script = `${client}
found = s3("FEATURES").list_objects_v2(Bucket="lake-features", Prefix="tables/visits/metadata/")["Contents"]
newest = max((row for row in found if row["Key"].endswith(".metadata.json")), key=lambda row: row["LastModified"])
catalog("FEATURES").register_table("lake_features.visits", "s3://lake-features/" + newest["Key"])
print(json.dumps(catalog("FEATURES").load_table("lake_features.visits").scan().to_arrow().num_rows))
`;
  expect(await python(variablesOf(vision), script)).toBe(2);
});

/**
 * The store of examples/audit-log-kubernetes as three servers on this machine, started with exactly the command, the
 * environment and the files of the plan, and its maintenance run against it. Only certificates are made here, for the names
 * in the plan, since a plan has none; and one identity is added that may everything.
 */
import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { promisify } from "node:util";
import { type Graph, planDirectory } from "aistack-engine";
import { dropOldVersions } from "../../packages/kubernetes/src/s3-store/scripts";
import { root } from "../programs";
import { certificate } from "./certificates";
import { collectorProgram } from "./collector/build";
import { type Contained, contain } from "./contained";
import { type Container, containersIn } from "./containers";

jest.setTimeout(300_000);

const hosts = {
  "audit-0.audit-peers.audit.svc": "127.0.1.1",
  "audit-1.audit-peers.audit.svc": "127.0.1.2",
  "audit-2.audit-peers.audit.svc": "127.0.1.3",
  // The service: any server that is ready, which the second stays.
  "audit.audit.svc": "127.0.1.2",
};

let graph: Graph;
let folder: string;
let certificates: Record<string, string>;
let servers: Contained[];
let collector: Contained;
let setup: Container;
let upkeep: Container;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "store-"));
  graph = await planDirectory(join(root, "examples/audit-log-kubernetes"), { stack: "dev", mode: "simulate" });
  certificates = { ...certificate(graph, "/tls", "audit-tls"), ...certificate(graph, "/peers", "audit-peers-tls") };
  writeFileSync(join(folder, "audit-tls-ca.crt"), certificates["/tls/ca.crt"] as string);
  servers = [0, 1, 2].map((ordinal) => {
    const server = named("StatefulSet/audit", { ordinal });
    const [program, ...args] = server.command;
    expect(program).toBe("/usr/bin/weed");
    const files = {
      ...certificates,
      "/identities/s3.json": withAdministrator(server.files["/identities/s3.json"]),
      // The collector's folder on the server's disk.
      "/data/access-log/exporter_awss3_access_logs": "",
    };
    // Every 12 seconds instead of every 17 minutes.
    const environment = { WEED_MASTER_MAINTENANCE_SLEEP_MINUTES: "0.2" };
    return contain({ ...server, command: ["weed", ...args] }, { hosts, files, environment });
  });
  setup = named("Job/audit-setup");
  upkeep = named("CronJob/audit-upkeep");
  expect(await run(setup)).toEqual([0, expect.stringContaining("audit keeps each record for 2192 days in GOVERNANCE")]);
});

afterAll(async () => {
  await Promise.all((servers ?? []).map((started) => started?.stop()));
  rmSync(folder, { recursive: true });
});

function named(workload: string, { ordinal = 0, image = /seaweedfs|aws-cli/ } = {}): Container {
  const [found, ...more] = containersIn(graph, ordinal).filter(
    (container) => container.workload === workload && image.test(container.image),
  );
  if (!found || more.length > 0) throw new Error(`not exactly one container in ${workload}`);
  return found;
}

/**
 * The collector of the first server, which here takes what all of them log, since they have one loopback address. Its folders
 * are moved to where this machine has none, and it writes after a second instead of after a quarter of an hour.
 */
async function startCollector(): Promise<Contained> {
  const planned = JSON.stringify(named("StatefulSet/audit", { image: /opentelemetry-collector/ }));
  const moved = planned
    .replaceAll("/etc/collector", "/collector/etc")
    .replaceAll("/var/lib/collector", "/collector/buffer")
    .replaceAll('"15m\\"', '"1s\\"');
  const container: Container = JSON.parse(moved);
  const [program, ...args] = container.command;
  expect(program).toBe("/otelcol-contrib");
  const files = { "/collector/etc-tls/ca.crt": certificates["/tls/ca.crt"] as string, "/collector/buffer/.keep": "" };
  return contain({ ...container, command: [await collectorProgram(), ...args] }, { hosts, files });
}

function withAdministrator(file = "{}"): string {
  const { identities, policies } = JSON.parse(file);
  const administrator = { name: "administrator", credentials: [{ accessKey: "administrator", secretKey: "a" }] };
  return JSON.stringify({ identities: [...identities, { ...administrator, actions: ["Admin"] }], policies });
}

/** Runs a maintenance container to its end: its exit code, and what it said. */
async function run(container: Container, environment: Record<string, string> = {}): Promise<[number | null, string]> {
  const started = contain(container, {
    hosts,
    files: { "/tls/ca.crt": certificates["/tls/ca.crt"] as string },
    environment: { PAUSE: "1", SETTLE_SECONDS: "0", ...environment },
  });
  try {
    return [await started.ended, started.output()];
  } finally {
    await started.stop();
  }
}

/** A call of the AWS CLI as one of the identities: what it printed, or throws with what it said. */
async function s3(identity: string, ...args: string[]): Promise<string> {
  return (await shell('aws s3api "$0" "$@"', identity, ...args)).trim();
}

async function shell(script: string, identity: string, ...args: string[]): Promise<string> {
  const [code, output] = await run({ ...setup, command: ["/bin/bash", "-c", script, ...args] }, keyOf(identity));
  if (code !== 0) throw new Error(output);
  return output;
}

/** The key of an identity in the plan, or of the administrator. */
function keyOf(identity: string): Record<string, string> {
  const { identities } = JSON.parse(withAdministrator(named("StatefulSet/audit").files["/identities/s3.json"]));
  const { accessKey, secretKey } = identities.find(({ name }: { name: string }) => name === identity).credentials[0];
  return { AWS_ACCESS_KEY_ID: accessKey, AWS_SECRET_ACCESS_KEY: secretKey };
}

const inBucket = ["--bucket", "audit"];

/** Writes a record, with the writer's key unless told otherwise; returns its version. */
async function record(key: string, text: string, identity = "audit.writer", ...more: string[]): Promise<string> {
  const script =
    'printf %s "$0" >/tmp/body && aws s3api put-object --body /tmp/body --query VersionId --output text "$@"';
  return (await shell(script, identity, text, ...inBucket, "--key", key, ...more)).trim();
}

/** An object's content. */
function read(key: string, identity = "audit.reader", bucket = "audit"): Promise<string> {
  return shell('aws s3 cp --quiet "$0" /tmp/object && cat /tmp/object', identity, `s3://${bucket}/${key}`);
}
const remove = (identity: string, key: string, version: string, ...more: string[]) =>
  s3(identity, "delete-object", ...inBucket, "--key", key, "--version-id", version, ...more);
const field = async (key: string, version: string, name: string) =>
  s3(
    "audit.reader",
    "head-object",
    ...inBucket,
    "--key",
    key,
    "--version-id",
    version,
    "--query",
    name,
    "--output",
    "text",
  );

test("a second run of the setup changes nothing, and none makes the lock weaker", async () => {
  expect(await run(setup)).toEqual([0, expect.stringContaining("audit keeps each record for 2192 days in GOVERNANCE")]);
  expect(await run(setup, { RETENTION_DAYS: "30" })).toEqual([
    1,
    expect.stringContaining("audit keeps records for 2192 days, which 30 would shorten: nothing is changed"),
  ]);
});

test("the setup refuses a bucket without a lock", async () => {
  await s3("administrator", "create-bucket", "--bucket", "unlocked");
  expect(await run(setup, { BUCKET: "unlocked", ...keyOf("administrator") })).toEqual([
    1,
    expect.stringContaining("unlocked exists without a lock, which cannot be added"),
  ]);
});

test("a writer adds records and nothing else: no reading, no listing, no deleting, no shorter retention, no digests", async () => {
  const version = await record("app/1.json", "first");
  expect(await field("app/1.json", version, "[ObjectLockMode,ServerSideEncryption]")).toBe("GOVERNANCE\tAES256");
  const until = Date.parse(await field("app/1.json", version, "ObjectLockRetainUntilDate"));
  expect((until - Date.now()) / 86_400_000).toBeCloseTo(2192, 1);
  const soon = new Date(Date.now() + 86_400_000).toISOString();
  const refused = [
    s3("audit.writer", "get-object", ...inBucket, "--key", "app/1.json", "/dev/null"),
    s3("audit.writer", "list-objects-v2", ...inBucket),
    s3("audit.writer", "delete-object", ...inBucket, "--key", "app/1.json"),
    remove("audit.writer", "app/1.json", version),
    record(
      "app/2.json",
      "short",
      "audit.writer",
      "--object-lock-mode",
      "GOVERNANCE",
      "--object-lock-retain-until-date",
      soon,
    ),
    record("digests/2026/forged.tsv", "forged"),
    s3("audit.writer", "put-object-legal-hold", ...inBucket, "--key", "app/1.json", "--legal-hold", "Status=OFF"),
  ];
  for (const outcome of await Promise.allSettled(refused))
    expect(outcome).toMatchObject({ status: "rejected", reason: { message: expect.stringContaining("AccessDenied") } });
});

test("uploads in parts work with the writer's key, and are locked", async () => {
  const upload = "head -c 12000000 /dev/urandom >/tmp/big && aws s3 cp --quiet /tmp/big s3://audit/app/big";
  await shell(upload, "audit.writer");
  const listed = await s3(
    "audit.reader",
    "list-object-versions",
    ...inBucket,
    "--prefix",
    "app/big",
    "--query",
    "Versions[0].VersionId",
    "--output",
    "text",
  );
  expect(await field("app/big", listed, "[ObjectLockMode,ContentLength]")).toBe("GOVERNANCE\t12000000");
});

test("whoever has no key gets nothing, and nobody gets anything without TLS 1.2", async () => {
  const curl = async (...args: string[]) =>
    (
      await promisify(execFile)("curl", [
        "--silent",
        "--output",
        join(folder, "answer"),
        "--write-out",
        "%{http_code}",
        ...args,
      ])
    ).stdout;
  const trust = ["--cacert", join(folder, "audit-tls-ca.crt"), "--resolve", "audit.audit.svc:8333:127.0.1.2"];
  expect(await curl(...trust, "https://audit.audit.svc:8333/audit/app/1.json")).toBe("403");
  expect(await curl(...trust, "https://audit.audit.svc:8333/audit")).toBe("403");
  expect(await curl(...trust, "https://audit.audit.svc:8333/readyz")).toBe("200");
  // What a server that only speaks TLS answers to a request without.
  expect(await curl("http://127.0.1.2:8333/audit/app/1.json")).toBe("400");
  expect(readFileSync(join(folder, "answer"), "utf8")).toContain("HTTP request to an HTTPS server");
  await expect(
    curl(...trust, "--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0", "https://audit.audit.svc:8333/readyz"),
  ).rejects.toThrow();
});

test.each([9333, 8080, 8888, 19333, 18080, 18888, 18333])(
  "port %d behind the gateway takes nobody without a certificate of the store's own authority",
  async (port) => {
    const outcome = await new Promise<string>((resolve) => {
      const socket = connect(
        { host: "127.0.1.2", port, rejectUnauthorized: false, ALPNProtocols: ["h2", "http/1.1"] },
        () => socket.write("GET / HTTP/1.1\r\nHost: audit\r\n\r\n"),
      );
      socket.once("data", (data) => resolve(`answered ${data}`));
      socket.once("error", ({ message }) => resolve(message));
      socket.once("close", () => resolve("closed"));
    });
    expect(outcome).toMatch(/certificate required|closed|bad certificate/);
  },
);

test("what the store keeps on its disks is encrypted", async () => {
  const text = "needle-in-a-haystack-of-records";
  await record("app/needle.json", text.repeat(100));
  const holds = (needle: string) =>
    servers.flatMap((server) => {
      const found = execFileSync("/bin/sh", ["-c", 'grep -rl -- "$0" "$1" || true', needle, join(server.root, "data")]);
      return `${found}`.trim().split("\n").filter(Boolean);
    });
  expect(holds(text)).toEqual([]);
  // Names are not: the search does find what is there.
  expect(holds("needle.json")).not.toEqual([]);
});

test("in governance mode no identity of the plan deletes a record, with or without bypass; one that is granted it does", async () => {
  const version = await record("app/governed.json", "kept");
  for (const identity of ["audit.setup", "audit.upkeep", "audit.writer", "audit.reader"]) {
    await expect(remove(identity, "app/governed.json", version)).rejects.toThrow("AccessDenied");
    await expect(remove(identity, "app/governed.json", version, "--bypass-governance-retention")).rejects.toThrow(
      "AccessDenied",
    );
  }
  await expect(remove("administrator", "app/governed.json", version)).rejects.toThrow("AccessDenied");
  const shorter = `Mode=GOVERNANCE,RetainUntilDate=${new Date(Date.now() + 86_400_000).toISOString()}`;
  const retain = ["put-object-retention", ...inBucket, "--key", "app/governed.json", "--version-id", version];
  await expect(s3("administrator", ...retain, "--retention", shorter)).rejects.toThrow("AccessDenied");
  await expect(s3("audit.upkeep", ...retain, "--retention", shorter)).rejects.toThrow("AccessDenied");
  await remove("administrator", "app/governed.json", version, "--bypass-governance-retention");
  await expect(field("app/governed.json", version, "ETag")).rejects.toThrow("404");
});

test("the bucket cannot be deleted, and its versions cannot be switched off", async () => {
  await expect(s3("administrator", "delete-bucket", ...inBucket)).rejects.toThrow(
    /BucketNotEmpty|AccessDenied|InvalidBucketState/,
  );
  const off = ["put-bucket-versioning", ...inBucket, "--versioning-configuration", "Status=Suspended"];
  await expect(s3("administrator", ...off)).rejects.toThrow(/InvalidBucketState|AccessDenied/);
});

describe("the nightly upkeep", () => {
  const digestsIn = async (bucket: string) =>
    (
      await s3(
        "administrator",
        "list-objects-v2",
        "--bucket",
        bucket,
        "--prefix",
        "digests/",
        "--query",
        "Contents[].[Key]",
        "--output",
        "text",
      )
    ).split("\n");
  const text = (bucket: string, key: string) => read(key, "administrator", bucket);
  const sha256 = (content: string) => createHash("sha256").update(content).digest("hex");

  test("writes a digest that names every record, each of them and the digest before by its checksum", async () => {
    await record("app/digested.json", "digested");
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect(await run(upkeep)).toEqual([0, expect.stringMatching(/digests\/\d{4}\/\d\d\/\d\d\/\S+ has \d+ records/)]);
    await record("app/later.json", "later");
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect(await run(upkeep)).toEqual([0, expect.stringContaining("has 1 records")]);
    const [first = "", second = ""] = await digestsIn("audit");
    const before = await text("audit", first);
    expect(before).toMatch(
      new RegExp(`^record\tapp/digested.json\t\\w+\t\\S+\t8\t${sha256("digested")}\tGOVERNANCE\t20\\d\\d-`, "m"),
    );
    const lines = (await text("audit", second)).trim().split("\n");
    expect(lines.slice(0, 4)).toEqual([
      "bucket\taudit",
      `from\t${/^until\t(.*)$/m.exec(before)?.[1]}`,
      expect.stringMatching(/^until\t/),
      `previous\t${first} ${sha256(before)}`,
    ]);
    expect(lines.slice(4)).toEqual([expect.stringContaining(`\t${sha256("later")}\t`)]);
  });

  test("deletes no record before its time, whatever it is told, and each one after", async () => {
    const soon = new Date(Date.now() + 20_000).toISOString();
    const short = ["--object-lock-mode", "GOVERNANCE", "--object-lock-retain-until-date", soon];
    const version = await record("app/short.json", "short", "administrator", ...short);
    await new Promise((resolve) => setTimeout(resolve, 21_000));
    const [code, output] = await run(upkeep, { EXPIRE_AFTER_DAYS: "0" });
    expect(output).toMatch(/app\/short.json is kept until \S+ only/);
    expect(output).toMatch(/1 versions are deleted, [1-9]\d* are still locked/);
    expect([code, output]).toEqual([1, expect.stringContaining("1 records are marked as deleted or kept shorter")]);
    await expect(field("app/short.json", version, "ETag")).rejects.toThrow("404");
    expect(await read("app/1.json")).toContain("first");
  });

  test("tells of a record that was marked as deleted, which is still there", async () => {
    const version = await record("app/hidden.json", "hidden");
    await s3("administrator", "delete-object", ...inBucket, "--key", "app/hidden.json");
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect(await run(upkeep)).toEqual([1, expect.stringMatching(/app\/hidden.json was marked as deleted at/)]);
    expect(await field("app/hidden.json", version, "ContentLength")).toBe("6");
  });

  test("holds every record while a legal hold is on, and releases them after", async () => {
    const version = await record("app/held.json", "held");
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect((await run(upkeep, { LEGAL_HOLD: "ON", EXPIRE_AFTER_DAYS: "0" }))[0]).toBe(0);
    expect(await field("app/held.json", version, "ObjectLockLegalHoldStatus")).toBe("ON");
    await expect(remove("administrator", "app/held.json", version, "--bypass-governance-retention")).rejects.toThrow(
      "AccessDenied",
    );
    expect(await run(upkeep)).toEqual([0, expect.stringContaining("the legal hold is released")]);
    expect(await field("app/held.json", version, "ObjectLockLegalHoldStatus")).toBe("OFF");
  });

  test("copies what digests name to another bucket, with the same content, and each only once", async () => {
    await s3("administrator", "create-bucket", "--bucket", "copy");
    const replica = {
      REPLICA_BUCKET: "copy",
      REPLICA_AWS_ACCESS_KEY_ID: "administrator",
      REPLICA_AWS_SECRET_ACCESS_KEY: "a",
      REPLICA_AWS_REGION: "us-east-1",
      REPLICA_AWS_ENDPOINT_URL_S3: "https://audit.audit.svc:8333",
      REPLICA_CA_CERTIFICATE: certificates["/tls/ca.crt"] as string,
    };
    const [code, output] = await run(upkeep, replica);
    expect(output).toContain("copied to copy");
    // What was deleted above, seconds after it was written, is missed.
    expect([code, output]).toEqual([1, expect.stringContaining("before their time, these are gone: app/short.json")]);
    const copied = await digestsIn("copy");
    expect(copied.length).toBeGreaterThan(1);
    expect(await text("copy", "app/digested.json")).toBe("digested");
    expect(await text("copy", copied[0] as string)).toBe(await text("audit", copied[0] as string));
    expect((await run(upkeep, replica))[1]).not.toContain(`${copied[0]} and its records are copied`);
  });
});

describe("the log of requests", () => {
  // Its objects are records like all others, which the tests above count.
  beforeAll(async () => {
    collector = await startCollector();
  });
  afterAll(() => collector.stop());

  /** Lines of all objects of the log. */
  async function lines(): Promise<Record<string, unknown>[]> {
    const script =
      "aws s3 cp --quiet --recursive s3://audit/access/ /tmp/access && find /tmp/access -type f -exec zcat {} +";
    const text = await shell(script, "audit.reader");
    return text
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
  }

  /** Waits until the log has lines that are as told, and returns them. */
  async function logged(told: Record<string, unknown>): Promise<Record<string, unknown>[]> {
    for (let tries = 0; tries < 30; tries++) {
      const all = await lines().catch(() => []);
      const found = all.filter((line) => Object.entries(told).every(([field, value]) => line[field] === value));
      if (found.length > 0) return found;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
    throw new Error(`no line like ${JSON.stringify(told)}; the collector said:\n${collector.output()}`);
  }

  /** Who is counted for what, as Prometheus reads it. */
  async function counted(metric: string): Promise<string[]> {
    const text = await (await fetch("http://127.0.0.1:9464/metrics")).text();
    const rows = [
      ...text.matchAll(new RegExp(`^${metric}\\{bucket="audit",operation="(.*)",requester="(.*)"\\} [1-9]`, "gm")),
    ];
    return rows.map(([, operation, requester]) => `${requester || "nobody"} ${operation}`).sort();
  }

  test("has every request, denied or not, in objects that are locked like records, and not those of its own", async () => {
    const version = await record("app/logged.json", "logged");
    await expect(remove("audit.writer", "app/logged.json", version)).rejects.toThrow("AccessDenied");
    const [denied] = await logged({ operation: "REST.DELETE.OBJECT", key: "app/logged.json" });
    expect(denied).toMatchObject({
      time: expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      requester: "audit.writer",
      access_key_id: "audit.writer",
      bucket: "audit",
      status: 403,
      error_code: "AccessDenied",
      remote_ip: expect.stringMatching(/^127\./),
      user_agent: expect.stringContaining("aws-cli"),
    });
    await logged({ operation: "REST.PUT.OBJECT", key: "app/logged.json", status: 200, requester: "audit.writer" });
    await read("app/logged.json");
    await logged({ operation: "REST.GET.OBJECT", key: "app/logged.json", status: 200, requester: "audit.reader" });

    const query = [
      "--prefix",
      "access/",
      "--query",
      "sort_by(Versions, &LastModified)[-1].[Key,VersionId]",
      "--output",
      "text",
    ];
    const [key = "", id = ""] = (await s3("audit.reader", "list-object-versions", ...inBucket, ...query)).split("\t");
    expect(key).toMatch(/^access\/year=20\d\d\/month=\d\d\/day=\d\d\/audit-0_/);
    expect(await field(key, id, "ObjectLockMode")).toBe("GOVERNANCE");
    const own = (await lines()).filter(({ requester, status }) => requester === "audit.access" && status === 200);
    expect(own).toEqual([]);
  });

  test("takes lines from nobody else, and its identity may add them and nothing more", async () => {
    await expect(record("access/forged.json", "{}")).rejects.toThrow("AccessDenied");
    await expect(record("app/forged.json", "{}", "audit.access")).rejects.toThrow("AccessDenied");
    const get = ["get-object", ...inBucket, "--key", "app/logged.json", "/dev/null"];
    await expect(s3("audit.access", ...get)).rejects.toThrow("AccessDenied");
    await expect(s3("audit.access", "list-objects-v2", ...inBucket)).rejects.toThrow("AccessDenied");
    await logged({ operation: "REST.PUT.OBJECT", key: "app/forged.json", status: 403, requester: "audit.access" });
  });

  test("counts denied deletions and writes and changes of settings, by who it was", async () => {
    const all = { Objects: [{ Key: "app/logged.json", VersionId: "0" }] };
    await s3("audit.writer", "delete-objects", ...inBucket, "--delete", JSON.stringify(all));
    await expect(s3("audit.writer", "put-bucket-policy", ...inBucket, "--policy", "{}")).rejects.toThrow(
      "AccessDenied",
    );
    await logged({ operation: "BATCH.DELETE.OBJECT", requester: "audit.writer" });
    await logged({ operation: "REST.PUT.BUCKETPOLICY", requester: "audit.writer", status: 403 });
    expect(await counted("audit_denied_deletions")).toEqual(
      expect.arrayContaining(["audit.writer REST.DELETE.OBJECT", "audit.writer BATCH.DELETE.OBJECT"]),
    );
    expect(await counted("audit_denied_writes")).toEqual(
      expect.arrayContaining(["audit.access REST.PUT.OBJECT", "audit.writer REST.PUT.OBJECT"]),
    );
    expect(await counted("audit_setting_changes")).toEqual(
      expect.arrayContaining(["audit.setup REST.PUT.BUCKET", "audit.writer REST.PUT.BUCKETPOLICY"]),
    );
    expect(await run(upkeep)).toEqual([expect.any(Number), expect.stringContaining("versions are deleted")]);
    expect((await counted("audit_setting_changes")).filter((row) => row.startsWith("audit.upkeep"))).toEqual([]);
  });

  test("loses nothing while the collector is away", async () => {
    await collector.stop();
    const version = await record("app/unheard.json", "unheard");
    await expect(remove("audit.reader", "app/unheard.json", version)).rejects.toThrow("AccessDenied");
    collector = await startCollector();
    await logged({ operation: "REST.DELETE.OBJECT", key: "app/unheard.json", requester: "audit.reader", status: 403 });
  });
});

test("in compliance mode not even an administrator deletes a record or shortens its time, and there is no way back", async () => {
  expect(await run(setup, { LOCK_MODE: "COMPLIANCE" })).toEqual([0, expect.stringContaining("in COMPLIANCE mode")]);
  const version = await record("app/complied.json", "kept");
  expect(await field("app/complied.json", version, "ObjectLockMode")).toBe("COMPLIANCE");
  await expect(remove("administrator", "app/complied.json", version, "--bypass-governance-retention")).rejects.toThrow(
    "AccessDenied",
  );
  const retain = ["put-object-retention", ...inBucket, "--key", "app/complied.json", "--version-id", version];
  for (const mode of ["COMPLIANCE", "GOVERNANCE"]) {
    const shorter = `Mode=${mode},RetainUntilDate=${new Date(Date.now() + 86_400_000).toISOString()}`;
    await expect(
      s3("administrator", ...retain, "--retention", shorter, "--bypass-governance-retention"),
    ).rejects.toThrow("AccessDenied");
  }
  expect(await run(setup)).toEqual([1, expect.stringContaining("which GOVERNANCE would weaken: nothing is changed")]);
});

test("old versions of an ObjectStore go when their time is over, and current ones stay", async () => {
  const bucket = ["--bucket", "data"];
  await s3("administrator", "create-bucket", ...bucket);
  await s3("administrator", "put-bucket-versioning", ...bucket, "--versioning-configuration", "Status=Enabled");
  const put = (key: string) => s3("administrator", "put-object", ...bucket, "--key", key);
  for (const key of ["kept", "kept", 'gone "twice"', "kept"]) await put(key);
  await s3("administrator", "delete-object", ...bucket, "--key", 'gone "twice"');
  const drop = { ...upkeep, command: ["/bin/bash", "-c", dropOldVersions] };
  const environment = { ...keyOf("administrator"), BUCKET: "data" };
  expect(await run(drop, { ...environment, OLD_VERSION_DAYS: "1" })).toEqual([
    0,
    expect.stringContaining("0 versions are deleted"),
  ]);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  expect(await run(drop, { ...environment, OLD_VERSION_DAYS: "0" })).toEqual([
    0,
    // The marker that hid the last one goes with it.
    expect.stringContaining("4 versions are deleted"),
  ]);
  const versions = [
    "list-object-versions",
    ...bucket,
    "--query",
    "[Versions[].[Key,IsLatest],DeleteMarkers[].[Key,IsLatest]][][]",
    "--output",
    "text",
  ];
  expect((await s3("administrator", ...versions)).split(/\s+/)).toEqual(["kept", "True"]);
});

test("nothing is lost, and records are still taken, when a server is lost with its disk", async () => {
  const version = await record("app/before.json", "before");
  const [lost] = servers.splice(0, 1);
  await lost?.stop();
  expect(await field("app/before.json", version, "ContentLength")).toBe("6");
  expect(await read("app/1.json")).toContain("first");
  await record("app/after.json", "after");
  expect(await read("app/after.json")).toContain("after");
  const said = () => servers.map((server) => server.output()).join("");
  for (let tries = 0; !/replicating volume \d+ 001 from/.test(said()); tries++) {
    if (tries > 240) throw new Error("no copy is made in place of those that were lost");
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
});

/**
 * The OpenTelemetry collector, built from the modules of the pinned image's version, runs with exactly the configurations
 * that the plans hold: it takes all of them, keeps to the schema, takes personal data out, and loses nothing.
 */
import { execFile } from "node:child_process";
import { appendFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import { programs } from "../programs";
import { Bucket } from "./collector/bucket";
import { collectorProgram } from "./collector/build";
import { CloudStorage, metadataServer } from "./collector/cloud-storage";
import { run, type Stand, standFor, until } from "./collector/running";
import { type Container, containersOf } from "./containers";
import { type Started, start } from "./run";

const image = "/otel/opentelemetry-collector-contrib:";
const folder = join(__dirname, "collector");
const kinds = ["receivers", "processors", "exporters", "connectors", "extensions"];
const components = JSON.parse(readFileSync(join(folder, "components.json"), "utf8"));

let program: string;
/** Each with the container beside it, if there is one. */
const collectors: { name: string; container: Container; beside?: Container }[] = [];

beforeAll(async () => {
  program = await collectorProgram();
  for (const planned of programs()) {
    const containers = await containersOf(planned);
    for (const container of containers.filter((row) => row.image.includes(image))) {
      const beside = containers.find((row) => row.workload === container.workload && row !== container);
      collectors.push({ name: `${planned.path}, ${planned.stack}, ${container.workload}`, container, beside });
    }
  }
}, 1_200_000);

function collectorOf(name: string) {
  const found = collectors.find((row) => row.name.startsWith(name));
  if (!found) throw new Error(`no collector in the plan of ${name}`);
  return found;
}
const plannedOf = (name: string): Container => collectorOf(name).container;

describe("every configuration that is planned", () => {
  test("there are some", () => {
    expect(collectors.map((row) => row.name)).toEqual(
      expect.arrayContaining([
        "examples/audit-events-kubernetes, dev, StatefulSet/events",
        "examples/audit-forwarder-edge, dev, DaemonSet/audit-log",
        "stacks/cloud-gcp, dev, StatefulSet/events",
        "stacks/cloud-gcp, prod, StatefulSet/events",
      ]),
    );
  });

  test("is taken by the program", async () => {
    const bucket = await new Bucket().open();
    for (const { name, container } of collectors) {
      const stand = await standFor(container, program, bucket);
      try {
        const file = join(stand.folder, "collector.yaml");
        writeFileSync(file, stand.container.files["/etc/collector/collector.yaml"] as string);
        const flags = container.command.slice(1).filter((flag) => !flag.startsWith("--config="));
        const validated = promisify(execFile)(program, ["validate", `--config=${file}`, ...flags], {
          env: stand.container.environment,
        });
        await validated.catch((error) => {
          throw new Error(`${name}: ${error.stderr}`);
        });
      } finally {
        stand.remove();
      }
    }
    await bucket.close();
  }, 60_000);

  test("names only components that the pinned image has, and the program is built from these and no others", () => {
    const used = new Set<string>();
    for (const { name, container } of collectors) {
      expect(`${name} ${container.image}`).toContain(`${image}${components.version}@sha256:`);
      const configuration = parse(container.files["/etc/collector/collector.yaml"] as string);
      for (const kind of kinds)
        for (const id of Object.keys(configuration[kind] ?? {})) {
          const [type = ""] = id.split("/");
          expect(components[kind]).toHaveProperty([type]);
          used.add(components[kind][type]);
        }
    }
    const modules = kinds.flatMap((kind) => Object.values(components[kind]));
    expect([...used].sort()).toEqual([...modules].sort());
    const goMod = readFileSync(join(folder, "go.mod"), "utf8");
    for (const module of modules) expect(goMod).toContain(`${module} v${components.version}\n`);
  });

  test("a field that the program does not know is found", async () => {
    const bucket = await new Bucket().open();
    const stand = await standFor(plannedOf("examples/audit-events-kubernetes"), program, bucket);
    const file = join(stand.folder, "collector.yaml");
    const text = stand.container.files["/etc/collector/collector.yaml"] as string;
    writeFileSync(file, text.replaceAll("s3_partition_format", "s3_partition"));
    const validated = promisify(execFile)(program, ["validate", `--config=${file}`], {
      env: stand.container.environment,
    });
    await expect(validated).rejects.toThrow("s3_partition");
    stand.remove();
    await bucket.close();
  });
});

interface Event {
  time?: string;
  event?: string;
  body?: unknown;
  attributes?: { [name: string]: unknown };
}

/** A value as OTLP's JSON has it. */
function otlp(value: unknown): object {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "number") return Number.isInteger(value) ? { intValue: `${value}` } : { doubleValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(otlp) } };
  return { kvlistValue: { values: pairs(value as object) } };
}
const pairs = (map: object) => Object.entries(map).map(([key, value]) => ({ key, value: otlp(value) }));

function request(events: Event[]): string {
  const logRecords = events.map(({ time, event, body, attributes }) => ({
    ...(time && { timeUnixNano: `${BigInt(Date.parse(time)) * 1_000_000n}` }),
    ...(event && { eventName: event }),
    ...(body !== undefined && { body: otlp(body) }),
    attributes: pairs(attributes ?? {}),
  }));
  const resource = { attributes: pairs({ "service.name": "assistant" }) };
  return JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] });
}

async function send(stand: Stand, ...events: Event[]): Promise<number> {
  const headers = { "content-type": "application/json" };
  return (await fetch(`${stand.http}/v1/logs`, { method: "POST", headers, body: request(events) })).status;
}

const time = "2026-01-02T03:04:05.678Z";
const hash = expect.stringMatching(/^[0-9a-f]{64}$/);

/** An event that keeps to the schema. */
function event(attributes: { [name: string]: unknown } = {}): Event {
  return {
    time,
    attributes: { "audit.class": "data.access", "audit.actor": "reporting", ...attributes },
  };
}

describe("events of applications", () => {
  let bucket: Bucket;
  let stand: Stand;
  let running: Started;

  beforeEach(async () => {
    bucket = await new Bucket().open();
    stand = await standFor(plannedOf("examples/audit-events-kubernetes"), program, bucket);
    running = await run(stand);
  }, 30_000);
  afterEach(async () => {
    await running.stop();
    stand.remove();
    await bucket.close();
  });

  async function recorded(...events: Event[]): Promise<{ [field: string]: unknown }[]> {
    expect(await send(stand, ...events)).toBe(200);
    await until(() => bucket.lines("events").length + bucket.lines("rejected").length === events.length);
    return bucket.lines("events").map((line) => JSON.parse(line));
  }

  test("become lines of JSON under the day on which they arrive, with the fields of the schema", async () => {
    const lines = await recorded({
      time,
      event: "inference.decision",
      attributes: {
        "audit.actor": "assistant",
        "audit.subject": "patient-17",
        "audit.model": "qwen3",
        "audit.model_version": "1.2.3.4",
        "audit.outcome": "refused",
        "audit.case_id": "2026-4111111111111111",
        "gen_ai.usage.input_tokens": 12,
        tags: ["a", "b"],
      },
    });
    expect(lines).toEqual([
      {
        time,
        class: "inference.decision",
        actor: "assistant",
        subject: hash,
        model: "qwen3",
        model_version: "1.2.3.4",
        outcome: "refused",
        case_id: "2026-4111111111111111",
        attributes: { "gen_ai.usage.input_tokens": "12", "service.name": "assistant", tags: '["a","b"]' },
      },
    ]);
    const day =
      /^\/audit-records\/events\/year=(\d{4})\/month=(\d{2})\/day=(\d{2})\/events-0_logs_[0-9a-f-]{36}\.txt\.gz$/;
    expect([...bucket.objects.keys()]).toEqual([expect.stringMatching(day)]);
    const [key = ""] = bucket.objects.keys();
    expect(day.exec(key)?.slice(1, 4).join("-")).toBe(new Date().toISOString().slice(0, 10));
    expect(bucket.refused).toEqual([]);
  });

  test("lose personal data, and the same person has the same pseudonym", async () => {
    const personal = {
      note: "Anna <anna@example.com>, +49 731 1234567 or 0731 / 1234567, card 4111 1111 1111 1111, from 192.0.2.7 and 2001:db8::17",
      account: "DE89 3704 0044 0532 0130 00",
      amex: "378282246310005",
      "user.name": "Anna Muster",
      nested: { mail: ["anna@example.com"] },
    };
    const [line, other] = await recorded(
      event({ ...personal, "audit.actor": "anna@example.com", "audit.subject": "anna@example.com" }),
      event({ "audit.subject": "anna@example.com", amount: "1234.56", order: "A-2026-000123", at: time }),
    );
    const found = JSON.stringify(line);
    for (const text of ["anna@", "Anna Muster", "731", "4111", "192.0.2", "2001:db8", "DE89", "0044", "378282"])
      expect(found).not.toContain(text);
    expect(line).toMatchObject({ actor: hash, subject: hash, attributes: { "user.name": hash, account: hash } });
    expect(line?.attributes).toMatchObject({ note: expect.stringMatching(/^Anna <[0-9a-f]{64}>, /) });
    expect(other?.subject).toBe(line?.subject);
    // Neither money, nor order numbers, nor times are personal data.
    expect(other?.attributes).toMatchObject({ amount: "1234.56", order: "A-2026-000123", at: time });
  });

  test("pseudonyms are made with the key: nobody finds a person by trying names", async () => {
    const [line] = await recorded(event({ "audit.subject": "anna@example.com" }));
    const { createHash, createHmac } = await import("node:crypto");
    expect(line?.subject).not.toBe(createHash("sha256").update("anna@example.com").digest("hex"));
    const key = stand.container.environment.PSEUDONYM_KEY as string;
    expect(line?.subject).toBe(createHmac("sha256", key).update("anna@example.com").digest("hex"));
  });

  test("hold no prompts, answers and messages, but their length and their hash", async () => {
    const [line] = await recorded({
      ...event({ prompt: "What ails me?", "gen_ai.output.messages": "Nothing that rest does not cure." }),
      body: "asked about an illness",
    });
    expect(line?.attributes).toEqual({
      message: hash,
      "message.length": "22",
      prompt: hash,
      "prompt.length": "13",
      "gen_ai.output.messages": hash,
      "gen_ai.output.messages.length": "32",
      "service.name": "assistant",
    });
  });

  test("hold nothing that opens doors", async () => {
    const [line] = await recorded(event({ password: "hunter2", api_key: "sk-1", "http.authorization": "Bearer x" }));
    expect(line?.attributes).toEqual({ "service.name": "assistant" });
  });

  test("come as structured bodies too", async () => {
    const lines = await recorded({
      time,
      body: { "audit.class": "model.approval", "audit.actor": "board", score: 0.5 },
    });
    expect(lines).toEqual([
      { time, class: "model.approval", actor: "board", attributes: { score: "0.5", "service.name": "assistant" } },
    ]);
  });

  test("without a known class, a time or an actor are kept apart, without personal data, and say what they lack", async () => {
    const lines = await recorded(
      event(),
      event({ "audit.class": "gossip", note: "anna@example.com" }),
      { attributes: event().attributes },
      event({ "audit.actor": "" }),
      { time, body: "a line of a log" },
    );
    expect(lines).toHaveLength(1);
    const rejected = bucket.lines("rejected").map((line) => JSON.parse(line));
    expect(rejected.map(({ reason }) => reason).sort()).toEqual([
      "no actor",
      "no time",
      "unknown class",
      "unknown class",
    ]);
    expect(JSON.stringify(rejected)).not.toContain("anna@");
    expect([...bucket.objects.keys()].sort()).toEqual([
      expect.stringMatching(/^\/audit-records\/events\/year=/),
      expect.stringMatching(/^\/audit-records\/rejected\/year=/),
    ]);
  });

  test("survive a store that is gone and a collector that is killed", async () => {
    await bucket.close();
    for (let number = 0; number < 20; number++) expect(await send(stand, event({ number }))).toBe(200);
    // Killed, not ended: nothing is written on the way out.
    running.child.kill("SIGKILL");
    await running.ended;
    running = await run(stand);
    for (let number = 20; number < 40; number++) expect(await send(stand, event({ number }))).toBe(200);
    await running.stop();
    expect(bucket.lines("events")).toEqual([]);

    await bucket.open();
    running = await run(stand);
    const numbers = () => new Set(bucket.lines("events").map((line) => Number(JSON.parse(line).attributes.number)));
    await until(() => numbers().size === 40);
    expect([...numbers()].sort((one, other) => one - other)).toEqual(Array.from({ length: 40 }, (_, number) => number));
    // Each once, or what was on its way twice; never fewer.
    expect(bucket.lines("events").length).toBeGreaterThanOrEqual(40);
  }, 60_000);
});

describe("events to a bucket of Google Cloud", () => {
  let storage: CloudStorage;
  let metadata: Awaited<ReturnType<typeof metadataServer>>;
  let stand: Stand;
  let writer: Started;
  let running: Started;

  beforeEach(async () => {
    storage = await new CloudStorage().open();
    metadata = await metadataServer();
    const { container, beside } = collectorOf("stacks/cloud-gcp, prod");
    stand = await standFor(container, program, storage, beside, metadata.host);
    writer = start(stand.beside as Container);
    running = await run(stand);
  }, 30_000);
  afterEach(async () => {
    await running.stop();
    await writer.stop();
    stand.remove();
    metadata.close();
    await storage.close();
  });

  const numbers = () =>
    [...new Set(storage.lines("events").map((line) => Number(JSON.parse(line).attributes.number)))].sort(
      (a, b) => a - b,
    );
  const upTo = (end: number) => Array.from({ length: end }, (_, number) => number);

  test("lie there as they do on S3, written with a token and no key", async () => {
    expect(await send(stand, event({ number: 1 }), event({ "audit.class": "gossip" }))).toBe(200);
    await until(() => storage.objects.size === 2);
    expect(storage.lines("events").map((line) => JSON.parse(line))).toEqual([
      { time, class: "data.access", actor: "reporting", attributes: { number: "1", "service.name": "assistant" } },
    ]);
    expect(storage.lines("rejected").map((line) => JSON.parse(line))).toMatchObject([{ reason: "unknown class" }]);
    const today = new Date().toISOString().slice(0, 10).split("-");
    const day = `year=${today[0]}/month=${today[1]}/day=${today[2]}`;
    expect([...storage.objects.keys()].sort()).toEqual(
      ["events", "rejected"].map((folder) =>
        expect.stringMatching(
          new RegExp(`^/audit-records-[a-z0-9]+/${folder}/${day}/events-0_logs_[0-9a-f-]{36}\\.txt\\.gz$`),
        ),
      ),
    );
    expect(storage.refused).toEqual([]);
    expect(Object.keys(stand.container.environment).filter((name) => /KEY/.test(name))).toEqual(["PSEUDONYM_KEY"]);
  }, 30_000);

  test("survive a bucket that cannot be reached, and both containers that are killed", async () => {
    await storage.close();
    for (const number of upTo(20)) expect(await send(stand, event({ number }))).toBe(200);
    for (const { child, ended } of [running, writer]) {
      child.kill("SIGKILL");
      await ended;
    }
    // The collector comes back first, without a bucket and without what leads there, and takes events.
    running = await run(stand);
    for (const number of upTo(40).slice(20)) expect(await send(stand, event({ number }))).toBe(200);
    writer = start(stand.beside as Container);
    expect(storage.objects.size).toBe(0);

    await storage.open();
    await until(() => numbers().length === 40);
    expect(numbers()).toEqual(upTo(40));
    expect(storage.refused).toEqual([]);
  }, 60_000);

  test("wait until the role is granted", async () => {
    storage.granted = false;
    expect(await send(stand, event({ number: 0 }))).toBe(200);
    await until(() => storage.refused.length > 0);
    expect(storage.objects.size).toBe(0);
    storage.granted = true;
    await until(() => numbers().length === 1);
  }, 60_000);

  test("are written once when an answer is lost on its way", async () => {
    storage.lost = 1;
    expect(await send(stand, event({ number: 0 }))).toBe(200);
    await until(() => storage.repeated === 1);
    expect(await send(stand, event({ number: 1 }))).toBe(200);
    await until(() => numbers().length === 2);
    expect(storage.lines("events")).toHaveLength(2);
    expect(storage.refused).toEqual([]);
  }, 30_000);
});

test("a buffer that is full refuses events, in such a way that senders try again", async () => {
  const bucket = await new Bucket().open();
  const planned = await standFor(plannedOf("examples/audit-events-kubernetes"), program, bucket);
  const full = (text: string) =>
    text
      .replace(/queue_size: \d+/g, "queue_size: 4096")
      .replace(/min_size: \d+\n(\s+)max_size: \d+/g, "min_size: 1024\n$1max_size: 1024");
  const files = Object.fromEntries(Object.entries(planned.container.files).map(([path, text]) => [path, full(text)]));
  const stand = { ...planned, container: { ...planned.container, files } };
  await bucket.close();
  const running = await run(stand);
  try {
    const answers: number[] = [];
    for (let number = 0; number < 100; number++) answers.push(await send(stand, event({ number })));
    const taken = answers.indexOf(503);
    expect(taken).toBeGreaterThan(0);
    // https://opentelemetry.io/docs/specs/otlp/#otlphttp-response: 429, 502, 503 and 504 are tried again.
    expect([...new Set(answers)].sort()).toEqual([200, 503]);
  } finally {
    await running.stop();
    stand.remove();
  }
}, 30_000);

describe("the audit log of a cluster", () => {
  let bucket: Bucket;
  let stand: Stand;
  let running: Started;

  beforeEach(async () => {
    bucket = await new Bucket().open();
    stand = await standFor(plannedOf("examples/audit-forwarder-edge"), program, bucket);
  });
  afterEach(async () => {
    await running.stop();
    stand.remove();
    await bucket.close();
  });

  const line = (number: number) =>
    JSON.stringify({
      kind: "Event",
      apiVersion: "audit.k8s.io/v1",
      level: "Metadata",
      auditID: `${number}`,
      verb: "get",
    });
  const log = () => join(stand.folder, "/var/log/kubernetes-audit/audit.log");
  const write = (...numbers: number[]) => appendFileSync(log(), numbers.map((number) => `${line(number)}\n`).join(""));
  const numbers = () =>
    [...new Set(bucket.lines("kubernetes").map((text) => Number(JSON.parse(text).auditID)))].sort((a, b) => a - b);
  const upTo = (end: number) => Array.from({ length: end }, (_, number) => number);

  test("arrives as it was written, under the day on which it arrives", async () => {
    write(0, 1);
    running = await run(stand);
    await until(() => numbers().length === 2);
    write(2);
    await until(() => numbers().length === 3);
    expect(bucket.lines("kubernetes")).toEqual([line(0), line(1), line(2)]);
    for (const key of bucket.objects.keys())
      expect(key).toMatch(
        /^\/audit-records\/kubernetes\/year=\d{4}\/month=\d\d\/day=\d\d\/audit-log-\w+_logs_[0-9a-f-]{36}\.txt\.gz$/,
      );
  }, 30_000);

  test("survives a link that is down, a rotation, and a forwarder that is killed", async () => {
    running = await run(stand);
    await bucket.close();
    write(...upTo(50));
    // Until it is read: the file may be rotated away and deleted then.
    await until(async () => (await queued(stand)) >= 50);
    running.child.kill("SIGKILL");
    await running.ended;
    renameSync(log(), log().replace("audit.log", "audit-2026-01-02T03-04-05.678.log"));
    write(...upTo(100).slice(50));
    running = await run(stand);
    await until(async () => (await queued(stand)) >= 50);
    await running.stop();
    expect(bucket.objects.size).toBe(0);

    await bucket.open();
    running = await run(stand);
    await until(() => numbers().length === 100);
    expect(numbers()).toEqual(upTo(100));
    expect(bucket.refused).toEqual([]);
  }, 90_000);
});

/** Records that the forwarder has read, by its own count. */
async function queued(stand: Stand): Promise<number> {
  const text = await (await fetch(stand.metrics)).text();
  const [, count = "0"] = /^otelcol_receiver_accepted_log_records\{[^}]*\} (\d+)/m.exec(text) ?? [];
  return Number(count);
}

/** The programs that pipelines on Argo Workflows have beside the common ones: the answer of a person, and the look for new data. */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PipelineProgram, programFiles } from "aistack-core";
import { root } from "../programs";

let folder: string;
let collector: Server;
let events: { key: string; value: { stringValue: string } }[][];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "argo-programs-"));
  events = [];
  collector = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    events.push(JSON.parse(body).resourceLogs[0].scopeLogs[0].logRecords[0].attributes);
    response.end("{}");
  });
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
});

afterEach(async () => {
  await new Promise((resolve) => collector.close(resolve));
  rmSync(folder, { recursive: true });
});

function file(name: string, content: string): void {
  mkdirSync(join(folder, name, ".."), { recursive: true });
  writeFileSync(join(folder, name), content);
}

async function run(program: string, environment: NodeJS.Dict<string>): Promise<[number | null, string]> {
  for (const [name, content] of Object.entries(programFiles(PipelineProgram.Approve))) file(name, content);
  file(program, readFileSync(join(root, "packages/kubernetes/programs", program), "utf8"));
  const child = spawn("python3", ["-u", join(folder, program)], {
    env: {
      PATH: process.env.PATH,
      PYTHONDONTWRITEBYTECODE: "1",
      PIPELINE_NAME: "churn",
      PIPELINE_STAGE: "approve",
      PIPELINE_MODEL: "churn",
      PIPELINE_EXPERIMENT: "churn",
      PIPELINE_RUN_ID: "churn-x7k2p",
      PIPELINE_DIRECTORY: join(folder, "runs"),
      RESULT_FOLDER: folder,
      ...environment,
    },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (text) => {
      output += text;
    });
  return [await new Promise((resolve) => child.on("close", resolve)), output];
}

const answers: [string, string, object, string, string][] = [
  [
    "who agrees",
    "approve",
    { "workflows.argoproj.io/actor-email": "ada.at.example.com" },
    "approved",
    "ada@example.com",
  ],
  ["who refuses", "reject", { "workflows.argoproj.io/actor-preferred-username": "bob" }, "rejected", "bob"],
  [
    "a token's account",
    "approve",
    { "workflows.argoproj.io/actor": "system-serviceaccount-ops" },
    "approved",
    "system-serviceaccount-ops",
  ],
  ["nobody in time", "reject", { "aistack.dev/pipeline": "churn" }, "rejected", "nobody in time"],
  ["an answer of nobody", "approve", {}, "rejected", "nobody in time"],
];

test.each(answers)("records %s", async (_, answer, labels, outcome, actor) => {
  const decision = join(folder, "decision");
  const url = `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/logs`;
  const [code, output] = await run("person.py", {
    PIPELINE_ANSWER: answer,
    PIPELINE_LABELS: JSON.stringify(labels),
    PIPELINE_DECISION_FILE: decision,
    OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: url,
  });
  expect([code, output]).toEqual([0, expect.stringContaining(outcome)]);
  expect(readFileSync(decision, "utf8")).toBe(outcome);
  expect(events).toHaveLength(1);
  const found = Object.fromEntries((events[0] ?? []).map(({ key, value }) => [key, value.stringValue]));
  expect(found).toMatchObject({
    "audit.class": "model.approval",
    "audit.actor": actor,
    "audit.outcome": outcome,
    "audit.model": "churn",
    "audit.case_id": "churn-x7k2p",
  });
});

/** A bucket and a registry in place of boto3 and MLflow: files that the program finds as modules. */
function standIns(objects: object[]): void {
  file(
    "boto3.py",
    `PAGES = [{"Contents": ${JSON.stringify(objects)}}, {}]
class client:
    def __init__(self, name, endpoint_url, verify):
        assert (name, endpoint_url, open(verify).read()) == ("s3", "https://raw.raw.svc:8333", "PEM")
    def get_paginator(self, name): return self
    def paginate(self, Bucket, Prefix):
        assert (Bucket, Prefix) == ("raw", "images/")
        return PAGES
`,
  );
  file(
    "mlflow.py",
    `import json, pathlib
STATE = pathlib.Path(__file__).with_name("experiment.json")
class Experiment:
    experiment_id = "1"
    def __init__(self, tags): self.tags = tags
class MlflowClient:
    def get_experiment_by_name(self, name):
        return Experiment(json.loads(STATE.read_text())) if STATE.exists() else None
    def create_experiment(self, name):
        STATE.write_text("{}")
        return "1"
    def set_experiment_tag(self, identity, key, value):
        STATE.write_text(json.dumps({**json.loads(STATE.read_text()), key: value}))
`,
  );
}

test("new data is what was not there at the look before, and the first look only remembers", async () => {
  const look = async (objects: object[]): Promise<string> => {
    standIns(objects);
    const [code, output] = await run("watch.py", {
      WATCH_URL: "s3://raw",
      WATCH_PREFIX: "images/",
      WATCH_ENDPOINT: "https://raw.raw.svc:8333",
      WATCH_CA_VARIABLE: "RAW_CA_CERTIFICATE",
      RAW_CA_CERTIFICATE: "PEM",
    });
    expect([code, output]).toEqual([0, expect.any(String)]);
    return readFileSync(join(folder, "is-new"), "utf8");
  };
  const one = { Key: "images/1.png", ETag: "a" };
  expect(await look([one])).toBe("no");
  expect(await look([one])).toBe("no");
  expect(await look([one, { Key: "images/2.png", ETag: "b" }])).toBe("yes");
  expect(
    await look([
      { ...one, ETag: "c" },
      { Key: "images/2.png", ETag: "b" },
    ]),
  ).toBe("yes");
  expect(
    await look([
      { ...one, ETag: "c" },
      { Key: "images/2.png", ETag: "b" },
    ]),
  ).toBe("no");
});

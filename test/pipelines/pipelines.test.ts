/**
 * What the plans hand to Vertex AI Pipelines and Google Workflows, read by programs that are not ours; and the programs of the
 * stages, run as a whole pipeline, one after another, on scikit-learn as Google's image has it.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Accelerator, type PipelineStageArgs, StageKind } from "aistack-core";
import { type Graph, plan, planDirectory, resource, type Secret } from "aistack-engine";
import { MlopsPipeline, type MlopsPipelineArgs } from "aistack-gcp";
import { root } from "../programs";
import { type Google, startGoogle } from "./google";

const config = { "gcp:project": "my-project", "gcp:region": "europe-west4" };
const planned = (args: MlopsPipelineArgs): Promise<Graph> =>
  plan(() => new MlopsPipeline("churn", args), { mode: "simulate", config });

// biome-ignore lint/suspicious/noExplicitAny: assertions on plain data whose shape the test itself states
type Plain = any;

/** Runs a program of this folder with JSON as its input; returns the JSON that it writes. */
function python(program: string, input: unknown): Plain {
  const { status, stdout, stderr } = spawnSync("python3", [join(__dirname, program)], {
    input: JSON.stringify(input),
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`${program} ends with ${status}: ${stderr.slice(-2000)}`);
  return JSON.parse(stdout.trim().split("\n").at(-1) as string);
}

const textOf = (graph: Graph, name: string): string =>
  (resource(graph, name).inputs.content as unknown as Secret).reveal() as string;
const runsOf = (graph: Graph): string[] =>
  graph.resources.filter(({ name }) => /-job-(all|before|after)$/.test(name)).map(({ name }) => textOf(graph, name));
const objectsOf = (graph: Graph): { [name: string]: unknown } =>
  Object.fromEntries(
    graph.resources
      .filter(({ name }) => /-job-(all|before|after)$/.test(name))
      .map((row) => [row.inputs.name as string, JSON.parse(textOf(graph, row.name))]),
  );

const byMetrics = { thresholds: [{ metric: "accuracy", minimum: 0.9 }] };

describe("the specification", () => {
  test("of the example is read, in both its parts", async () => {
    const graph = await planDirectory(join(root, "examples/mlops-vertex"), { stack: "dev", mode: "simulate" });
    const told = python("specification.py", runsOf(graph));
    expect(told.map(({ inputs }: Plain) => Object.keys(inputs).sort())).toEqual(
      expect.arrayContaining([["run_id"], ["answer", "approver", "run_id"]]),
    );
  });

  test("of stages with a search, accelerators, nodes and branches is read", async () => {
    const own = { image: "europe-west4-docker.pkg.dev/p/r/train:1", command: ["train", "--quote", `"'{}`] };
    const stages: PipelineStageArgs[] = [
      { name: "ingest" },
      {
        name: "gpu",
        after: ["ingest"],
        kind: StageKind.Train,
        accelerator: Accelerator.NvidiaH100,
        acceleratorsPerNode: 8,
        nodes: 4,
        ...own,
      },
      {
        name: "tpu",
        after: ["ingest"],
        kind: StageKind.Train,
        accelerator: Accelerator.GoogleTpuV5e,
        acceleratorsPerNode: 4,
        ...own,
      },
      {
        name: "search",
        after: ["ingest"],
        kind: StageKind.Train,
        metrics: ["loss"],
        search: { metric: "loss", minimize: true, parameters: [{ name: "rate", values: ["1", "2"] }] },
        ...own,
      },
      { name: "evaluate", after: ["gpu", "tpu", "search"] },
      { name: "approve" },
      { name: "register" },
      { name: "tell", kind: StageKind.Task, source: "print(1)" },
    ];
    const [told] = python("specification.py", runsOf(await planned({ stages, approval: byMetrics })));
    expect(told.jobs).toMatchObject({
      "exec-gpu": [
        ["a3-highgpu-8g", "NVIDIA_H100_80GB", 8, "", 1],
        ["a3-highgpu-8g", "NVIDIA_H100_80GB", 8, "", 3],
      ],
      "exec-tpu": [["ct5lp-hightpu-4t", "ACCELERATOR_TYPE_UNSPECIFIED", 0, "2x2", 1]],
      "exec-tell": [["e2-standard-4", "ACCELERATOR_TYPE_UNSPECIFIED", 0, "", 1]],
    });
  });
});

describe("the workflow", () => {
  const run = async (args: MlopsPipelineArgs, world: object = {}) => {
    const graph = await planned(args);
    const source = resource(graph, "churn-workflow").inputs.sourceContents;
    return python("workflow.py", { source, objects: objectsOf(graph), ...world });
  };

  test("makes one run and waits for it, where metrics decide", async () => {
    expect(await run({ approval: byMetrics })).toMatchObject({
      returned: "run-e1",
      error: null,
      runs: { "churn-dev-run-e1": { displayName: "churn", run_id: "run-e1" } },
      slept: [60],
    });
  });

  test("fails with the run", async () => {
    const told = await run({ approval: byMetrics }, { ends: "PIPELINE_STATE_FAILED" });
    expect(told.error.message).toBe(
      "The run churn-dev-run-e1 of Vertex AI Pipelines has ended as PIPELINE_STATE_FAILED",
    );
  });

  test("asks a person between two runs, and learns from the audit log who answered", async () => {
    const told = await run({}, { reply: { answer: "approved" }, sender: "ada@example.com" });
    expect(told.runs).toEqual({
      "churn-dev-run-e1": { displayName: "churn-before", run_id: "run-e1" },
      "churn-dev-run-e1-rest": {
        displayName: "churn-after",
        run_id: "run-e1",
        answer: "approved",
        approver: "ada@example.com",
      },
    });
    expect(told.waited).toBe(72 * 3600);
    expect(told.logged[0]).toMatchObject({ run: "run-e1", url: "https://callback.example" });
    expect(told.asked).toMatchObject({
      resourceNames: ["projects/my-project/locations/europe-west4/buckets/churn-approvals-dev/views/_AllLogs"],
      filter: 'protoPayload.methodName="google.cloud.workflows.executions.v1.Events.SendHttpCallback" AND "e1"',
    });
  });

  const unanswered: [string, object][] = [
    ["nobody who answers", {}],
    ["an answer whose sender the audit log does not show", { reply: { answer: "approved" } }],
    [
      "an answer of a service account",
      { reply: { answer: "approved" }, sender: "robot@my-project.iam.gserviceaccount.com" },
    ],
    ["an answer without a word", { reply: { yes: true }, sender: "ada@example.com" }],
  ];
  test.each(unanswered)("takes %s for no approval", async (_, world) => {
    expect((await run({}, world)).runs["churn-dev-run-e1-rest"]).toMatchObject({ answer: "unanswered" });
  });

  test("begins with the question where no stage is before it", async () => {
    const stages = [{ name: "approve", after: [] }, { name: "register" }];
    const told = await run({ stages }, { reply: { answer: "rejected" }, sender: "ada@example.com" });
    expect(told.runs).toEqual({
      "churn-dev-run-e1": {
        displayName: "churn-after",
        run_id: "run-e1",
        answer: "rejected",
        approver: "ada@example.com",
      },
    });
  });

  const store = {
    kind: "object-store",
    name: "raw",
    platform: "gcp" as never,
    bucket: "raw",
    url: "gs://raw",
    access: { read: [], write: [] },
  };
  const arrival = (name: string) => ({
    type: "google.cloud.storage.object.v1.finalized",
    data: { bucket: "raw", name },
  });
  const onData = { approval: byMetrics, triggers: { data: { store, prefix: "in.x/", everyMinutes: 10 } } };

  test("makes one run of all objects that come within some minutes, when these are over", async () => {
    const told = await run(onData, { event: arrival("in.x/a.csv"), now: 1250 });
    expect(told.slept[0]).toBe(1800 - 1250);
    expect(Object.keys(told.runs)).toEqual(["churn-dev-data-2"]);
    const second = await run(onData, { event: arrival("in.x/b.csv"), now: 1260, existing: ["churn-dev-data-2"] });
    expect(second).toMatchObject({ returned: "data-2", runs: {}, slept: [540] });
  });

  test("leaves objects alone that are not below the prefix", async () => {
    for (const name of ["other/a.csv", "in-x/a.csv"])
      expect(await run(onData, { event: arrival(name) })).toMatchObject({ returned: name, runs: {}, slept: [] });
  });

  const alert = (policy_name: string, state: string) => ({
    type: "google.cloud.pubsub.topic.v1.messagePublished",
    data: {
      message: {
        data: Buffer.from(JSON.stringify({ incident: { incident_id: "0.AbC", policy_name, state } })).toString(
          "base64",
        ),
      },
    },
  });
  const onDrift = { approval: byMetrics, triggers: { drift: { alerts: ["PredictionDrift"] } } };

  test("makes one run of an alert that opens, and none of others", async () => {
    const told = await run(onDrift, { event: alert("PredictionDrift", "open") });
    expect(Object.keys(told.runs)).toEqual(["churn-dev-drift-0-abc"]);
    for (const event of [alert("PredictionDrift", "closed"), alert("Costs", "open")])
      expect((await run(onDrift, { event })).runs).toEqual({});
  });

  test("takes what the clock sends for a run", async () => {
    expect(Object.keys((await run(onDrift, { event: {} })).runs)).toEqual(["churn-dev-run-e1"]);
  });
});

describe("the programs", () => {
  let google: Google;
  let folder: string;
  beforeEach(async () => {
    google = await startGoogle();
    folder = mkdtempSync(join(tmpdir(), "pipeline-"));
  });
  afterEach(async () => {
    await google.stop();
    rmSync(folder, { recursive: true });
  });

  /** Runs a stage as its job does, with the bucket's mount at `folder`. */
  async function stage(graph: Graph, name: string, values: { [parameter: string]: string }) {
    const { command, environment } = google.containerOf(graph, name, folder, values);
    return google.run(command, environment);
  }

  test("bring a table in, train, measure, approve, and make one version of the Model Registry", async () => {
    const graph = await planned({ approval: byMetrics });
    google.mount(graph, folder);
    const values = { run_id: "run-e1", answer: "approved", approver: "ada@example.com" };
    for (const name of ["ingest", "validate", "train", "evaluate", "approve", "register"])
      expect([name, await stage(graph, name, values)]).toMatchObject([name, { status: 0 }]);
    const again = await stage(graph, "register", values);
    expect(again).toMatchObject({ status: 0 });
    expect(again.output).toContain("models/churn, version 1, is production");
    expect(google.versions).toEqual([
      expect.objectContaining({
        versionId: "1",
        labels: { "pipeline-run": "run-e1" },
        versionAliases: ["default", "production"],
        artifactUri: expect.stringMatching(/^gs:\/\/churn-artifacts-\w+\/churn\/runs\/run-e1\/artifacts\/model$/),
        containerSpec: { imageUri: "europe-docker.pkg.dev/vertex-ai/prediction/sklearn-cpu.1-6:latest" },
      }),
    ]);
    // The next run takes the alias.
    const runs = join(folder, "gcs", resource(graph, "churn-artifacts").outputs.name as string, "churn/runs");
    cpSync(join(runs, "run-e1"), join(runs, "run-e2"), { recursive: true });
    expect(await stage(graph, "register", { ...values, run_id: "run-e2" })).toMatchObject({ status: 0 });
    expect(google.versions.map(({ versionAliases }) => versionAliases)).toEqual([["default"], ["production"]]);
  }, 600_000);

  test("hand over what secrets hold, and print none of it", async () => {
    const graph = await planned({
      uses: [{ kind: "database", name: "labels", credentials: { LABELS_PASSWORD: "hush" } }],
      stages: [
        { name: "look", kind: StageKind.Task, source: "import os\nprint(len(os.environ['LABELS_PASSWORD']))\n" },
      ],
    });
    google.mount(graph, folder);
    google.secrets.LABELS_PASSWORD = "hush";
    const told = await stage(graph, "look", { run_id: "run-e1" });
    expect(told).toMatchObject({ status: 0, output: "4\n" });
    google.secrets = {};
    google.isClosed = true;
    const refused = await stage(graph, "look", { run_id: "run-e1" });
    expect(refused.status).toBe(1);
    expect(refused.output).toMatch(/^look: a secret cannot be read: .* answers 403: /);
    expect(refused.output.trim().split("\n")).toHaveLength(1);
  }, 60_000);
});

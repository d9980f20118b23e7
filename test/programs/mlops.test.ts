/**
 * A pipeline without programs of its own, from a table to a registered model: its stages run with the files, commands and
 * variables that core hands out, against MLflow as examples/tracking-kubernetes plans it.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import * as pulumi from "@pulumi/pulumi";
import {
  Checks,
  checkedApproval,
  checkedStages,
  type MetricThresholdArgs,
  PipelineProgram,
  type PipelineStageArgs,
  Platform,
  programCommand,
  programFiles,
  type StagePlan,
  stageCommand,
  stageEnvironment,
  stageFiles,
} from "aistack-core";
import { type Outcome, Tracking } from "./tracking";

jest.setTimeout(600_000);

const tracking = new Tracking();
/** What came to the stand-in for a collector of audit events. */
const events: { [attribute: string]: string }[] = [];
let collector: Server;
let prepared: Outcome[];

beforeAll(async () => {
  await tracking.start();
  // As two replicas do that start at the same time.
  prepared = await Promise.all([tracking.run(tracking.preparation), tracking.run(tracking.preparation)]);
  await tracking.serve();
  collector = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => {
      text += chunk;
    });
    request.on("end", () => {
      const [record] = JSON.parse(text).resourceLogs[0].scopeLogs[0].logRecords;
      const pairs = record.attributes.map(({ key, value }: { key: string; value: { stringValue: string } }) => [
        key,
        value.stringValue,
      ]);
      events.push({ ...Object.fromEntries(pairs), event: record.eventName, time: record.timeUnixNano });
      response.end("{}");
    });
  });
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
});

afterAll(async () => {
  collector?.close();
  await tracking.stop();
});

/** Python as a workload with the binding, which trusts the server by its authority. */
const python = (code: string, environment: Record<string, string> = {}) =>
  tracking.workload(["python", "-c", code], {}, { MLFLOW_TRACKING_SERVER_CERT_PATH: "/ca/ca.crt", ...environment });

const curl = (...args: string[]) =>
  tracking.workload(["curl", "--silent", "--cacert", "/ca/ca.crt", "--write-out", "%{http_code}", ...args], {}, {});

const server = "https://tracking.tracking.svc:5000";

describe("the server", () => {
  test("is prepared once by whoever comes first, and again without a change", () => {
    expect(prepared.map(([code]) => code)).toEqual([0, 0]);
    expect(tracking.sql("SELECT username, is_admin FROM users ORDER BY username")).toBe("admin|t\npipelines|f");
  });

  test("says nothing secret", () => {
    const { environment } = tracking.container("Deployment/tracking");
    const secrets = [
      environment.PGPASSWORD,
      environment.AWS_SECRET_ACCESS_KEY,
      tracking.client.MLFLOW_TRACKING_PASSWORD,
    ];
    for (const secret of secrets) {
      expect(secret).toMatch(/.{8}/);
      expect(tracking.serverOutput).not.toContain(secret);
      for (const [, output] of prepared) expect(output).not.toContain(secret);
    }
  });

  test.each([
    [
      "an anonymous client",
      ["--output", "/dev/null", `${server}/api/2.0/mlflow/experiments/get?experiment_id=0`],
      "401",
    ],
    ["a wrong password", ["--output", "/dev/null", "--user", "pipelines:wrong-password", `${server}/`], "401"],
    ["a name that is not its own", ["--output", "/dev/null", "--header", "Host: evil.example", `${server}/`], "403"],
  ])("refuses %s", async (_, args, status) => {
    expect(await curl(...args)).toEqual([0, status]);
  });

  test("does not speak without TLS, nor to who trusts another authority", async () => {
    const [code] = await curl("http://tracking.tracking.svc:5000/health");
    expect(code).not.toBe(0);
    const [untrusted, output] = await python("import mlflow; mlflow.search_experiments()", {
      MLFLOW_TRACKING_SERVER_CERT_PATH: "/etc/ssl/certs/ca-certificates.crt",
      MLFLOW_HTTP_REQUEST_MAX_RETRIES: "0",
    });
    expect([untrusted, output]).toEqual([1, expect.stringContaining("CERTIFICATE_VERIFY_FAILED")]);
  });

  test("keeps a run, and its file in the bucket that the client has no right on", async () => {
    const code = `
import mlflow, os
assert not any(name.startswith("AWS_") for name in os.environ)
mlflow.set_experiment("probe")
with mlflow.start_run() as run:
    mlflow.log_metric("accuracy", 0.5)
    mlflow.log_text("kept", "note.txt")
print(run.info.run_id, mlflow.artifacts.load_text(f"{run.info.artifact_uri}/note.txt"), mlflow.get_run(run.info.run_id).data.metrics)
`;
    const [exit, output] = await python(code);
    expect([exit, output]).toEqual([0, expect.stringMatching(/[0-9a-f]{32} kept \{'accuracy': 0\.5\}/)]);
    expect(await tracking.objects()).toEqual([expect.stringMatching(/\/artifacts\/note\.txt$/)]);
  });

  test("what a user deleted is deleted for good once it is old, with its files, and not before", async () => {
    const remove = `
import mlflow
client = mlflow.MlflowClient()
experiment = client.get_experiment_by_name("probe")
client.delete_run(client.search_runs([experiment.experiment_id])[0].info.run_id)
`;
    expect(await python(remove)).toEqual([0, expect.any(String)]);
    const cleanUp = tracking.container("CronJob/tracking-clean-up");
    expect(await tracking.run(cleanUp)).toEqual([0, expect.any(String)]);
    expect(await tracking.objects()).toHaveLength(1);
    tracking.sql(
      "UPDATE runs SET deleted_time = deleted_time - 31 * 86400000::bigint WHERE lifecycle_stage = 'deleted'",
    );
    expect(await tracking.run(cleanUp)).toEqual([0, expect.stringContaining("has been permanently deleted")]);
    expect(await tracking.objects()).toEqual([]);
    expect(tracking.sql("SELECT count(*) FROM runs")).toBe("0");
  });

  test("a password that changes is the one that counts", async () => {
    const [other, own] = ["another-password-1234", tracking.client.MLFLOW_TRACKING_PASSWORD as string];
    const status = (password: string) => curl("--output", "/dev/null", "--user", `pipelines:${password}`, `${server}/`);
    expect(await tracking.run(tracking.preparation, { CLIENT_PASSWORD: other })).toEqual([0, expect.any(String)]);
    expect([await status(own), await status(other)]).toEqual([
      [0, "401"],
      [0, expect.stringMatching(/200$/)],
    ]);
    expect(await tracking.run(tracking.preparation)).toEqual([0, expect.any(String)]);
    expect(await status(other)).toEqual([0, "401"]);
  });
});

const thresholds: MetricThresholdArgs[] = [
  { metric: "accuracy", minimum: 0.9 },
  { metric: "log_loss", maximum: 1, mayRegressBy: 0.01, minimize: true },
];

const planned = (stages?: PipelineStageArgs[]) => {
  const check = new Checks("aistack-core:index:Pipeline", "models");
  const plans = checkedStages(check, stages, false);
  const approval = checkedApproval(check, plans, stages ? undefined : { thresholds }, []);
  check.done();
  return { plans, approval };
};

/** Variables of a stage, those that the orchestrator knows included. */
async function environmentOf(stage: StagePlan, run: string): Promise<Record<string, string>> {
  const binding = { kind: "tracking", name: "tracking", platform: Platform.Kubernetes, uri: server };
  const { approval } = planned();
  const variables = stageEnvironment(
    { name: "risk", model: "risk", experiment: "risk", approval, isDelivered: false, tracking: binding },
    stage,
  );
  return {
    ...(await new Promise<Record<string, string>>((resolve) => pulumi.output(variables).apply(resolve))),
    PIPELINE_RUN_ID: run,
    OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `http://127.0.0.1:${(collector.address() as AddressInfo).port}/v1/logs`,
  };
}

const inFolder = (files: { [file: string]: string }) =>
  Object.fromEntries(Object.entries(files).map(([file, text]) => [`/pipeline/${file}`, text]));

async function runStage(stage: StagePlan, run: string, environment: Record<string, string> = {}): Promise<Outcome> {
  const command = stageCommand(stage, "/pipeline") as string[];
  const files = inFolder(stageFiles(stage) as { [file: string]: string });
  return tracking.workload(command, files, { ...(await environmentOf(stage, run)), ...environment });
}

/** Runs the usual stages up to and including one, each of which has to end well. */
async function runStages(run: string, environment: Record<string, string> = {}, last = "register"): Promise<string> {
  const { plans } = planned();
  let said = "";
  for (const stage of plans.slice(0, plans.findIndex(({ name }) => name === last) + 1)) {
    const [code, output] = await runStage(stage, run, environment);
    expect([stage.name, code, output]).toEqual([stage.name, 0, expect.any(String)]);
    said += output;
  }
  return said;
}

/** The versions of the model, and which is in production. */
async function registered(): Promise<{ versions: string[]; production?: string }> {
  const code = `
import json, mlflow
client = mlflow.MlflowClient()
versions = sorted(version.version for version in client.search_model_versions("name = 'risk'"))
aliases = client.get_registered_model("risk").aliases
print(json.dumps({"versions": [str(version) for version in versions], "production": str(aliases.get("production"))}))
`;
  const [exit, output] = await python(code);
  expect([exit, output]).toEqual([0, expect.any(String)]);
  return JSON.parse(output.trim().split("\n").at(-1) as string);
}

describe("the usual stages", () => {
  const stageNamed = (name: string) => planned().plans.find((stage) => stage.name === name) as StagePlan;

  test("bring a model into production, whose approval is recorded", async () => {
    const said = await runStages("first");
    expect(said).toContain("approved: nothing is against it");
    expect(said).not.toContain(tracking.client.MLFLOW_TRACKING_PASSWORD);
    expect(await registered()).toEqual({ versions: ["1"], production: "1" });
    expect(events.splice(0)).toEqual([
      {
        event: "model.approval",
        time: expect.stringMatching(/^\d{19}$/),
        "audit.class": "model.approval",
        "audit.actor": "pipeline/risk",
        "audit.model": "risk",
        "audit.outcome": "approved",
        "audit.case_id": "first",
        "pipeline.name": "risk",
        ...Object.fromEntries(
          ["accuracy", "f1", "log_loss", "missing_fraction", "rows", "validation_accuracy"].map((metric) => [
            `metric.${metric}`,
            expect.stringMatching(/^[0-9.]+$/),
          ]),
        ),
        "metric.validation_f1": expect.any(String),
        "metric.validation_log_loss": expect.any(String),
      },
    ]);
  });

  test("a stage that runs twice makes nothing twice", async () => {
    for (const name of ["ingest", "train", "register"])
      expect(await runStage(stageNamed(name), "first")).toEqual([0, expect.any(String)]);
    expect(await registered()).toEqual({ versions: ["1"], production: "1" });
    expect(tracking.sql("SELECT count(*) FROM runs")).toBe("1");
  });

  test("the model in production is one that MLflow serves, and holds no pickled code", async () => {
    const code = `
import mlflow
from sklearn.datasets import load_breast_cancer
table = load_breast_cancer(as_frame=True).frame.rename(columns=lambda name: name.replace(" ", "_"))
print(mlflow.pyfunc.load_model("models:/risk@production").predict(table.drop(columns="target").head(3)))
`;
    expect(await python(code)).toEqual([0, expect.stringMatching(/\[0 0 0\]\s*$/)]);
    expect((await tracking.objects()).filter((key) => /\.(pkl|joblib)$/.test(key))).toEqual([]);
  });

  test("a model below its threshold is not let through, nor registered", async () => {
    const said = await runStages("worse", { PARAMETER_MAX_ITER: "1", PARAMETER_LEARNING_RATE: "0.0001" }, "approve");
    expect(said).toMatch(/rejected: accuracy is 0\.\d+, below 0\.9/);
    expect(events.splice(0)).toMatchObject([
      { "audit.outcome": "rejected", "approval.reasons": expect.stringContaining("accuracy is 0.") },
    ]);
    const [code, output] = await runStage(stageNamed("register"), "worse");
    expect([code, output]).toEqual([1, expect.stringContaining("register: the model was rejected")]);
    expect(await registered()).toEqual({ versions: ["1"], production: "1" });
  });

  test("a model that is worse than the one in production is not let through, though its thresholds are met", async () => {
    const decision = { PIPELINE_DECISION_FILE: "/tmp/decision" };
    const said = await runStages("regressed", { PARAMETER_MAX_ITER: "12", ...decision }, "approve");
    expect(said).toMatch(/rejected: log_loss is 0\.\d+, but 0\.\d+ in production/);
    expect(said).not.toContain("below");
    expect(await registered()).toEqual({ versions: ["1"], production: "1" });
    events.splice(0);
  });

  test("a person who refuses is named, and so is one who agrees", async () => {
    await runStages("asked", {}, "approve");
    events.splice(0);
    const approve = stageNamed("approve");
    await runStage(approve, "asked", { PIPELINE_APPROVER: "ada", PIPELINE_ANSWER: "refused" });
    await runStage(approve, "asked", { PIPELINE_APPROVER: "grace" });
    expect(events.splice(0)).toMatchObject([
      { "audit.actor": "ada", "audit.outcome": "rejected", "approval.reasons": "a person refused it" },
      { "audit.actor": "grace", "audit.outcome": "approved" },
    ]);
    expect(await runStage(stageNamed("register"), "asked")).toEqual([0, expect.any(String)]);
    expect(await registered()).toEqual({ versions: ["1", "2"], production: "2" });
  });

  test("nothing is approved that cannot be recorded", async () => {
    const nowhere = { OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: "http://127.0.0.1:9/v1/logs" };
    const [code, output] = await runStage(stageNamed("approve"), "asked", nowhere);
    expect([code, output]).toEqual([1, expect.stringContaining("the decision could not be recorded")]);
    expect(output).not.toContain("approved:");
  });

  test("a table that no model should learn from ends the run with one line that says why", async () => {
    const table = { "/data/table.csv": `x,y\n${"1,a\n".repeat(20)}` };
    const variables = { DATASET_URL: "/data/table.csv", DATASET_TARGET: "y" };
    const outcomes: Outcome[] = [];
    for (const name of ["ingest", "validate"]) {
      const stage = stageNamed(name);
      const files = { ...inFolder(stageFiles(stage) as { [file: string]: string }), ...table };
      const environment = { ...(await environmentOf(stage, "refused")), ...variables };
      outcomes.push(await tracking.workload(stageCommand(stage, "/pipeline") as string[], files, environment));
    }
    expect(outcomes).toEqual([
      [0, expect.any(String)],
      [
        1,
        expect.stringContaining(
          "validate: the table is refused: there are 20 rows, but it takes 50; y is a in all rows",
        ),
      ],
    ]);
    expect(outcomes[1]?.[1]).not.toContain("Traceback");
  });
});

describe("a search", () => {
  const search = {
    parameters: [{ name: "max_iter", minimum: 1, maximum: 60, whole: true }],
    metric: "validation_log_loss",
    minimize: true,
    trials: 3,
  };

  test("goes on with the best trial", async () => {
    const { plans } = planned([{ name: "ingest" }, { name: "train", search }, { name: "evaluate" }]);
    const [ingest, train, evaluate] = plans as [StagePlan, StagePlan, StagePlan];
    expect(await runStage(ingest, "searched")).toEqual([0, expect.any(String)]);
    const [code, drawn] = await tracking.workload(
      ["sh", "-c", `${programCommand(PipelineProgram.Draw, "/pipeline").join(" ")} && cat /tmp/trials`],
      inFolder(programFiles(PipelineProgram.Draw)),
      { ...(await environmentOf(train, "searched")), PIPELINE_TRIALS_FILE: "/tmp/trials" },
    );
    expect([code, drawn]).toEqual([0, expect.any(String)]);
    const trials: { trial: string; max_iter: string }[] = JSON.parse(drawn);
    expect(trials.map(({ trial }) => trial)).toEqual(["1", "2", "3"]);
    const losses: number[] = [];
    for (const { trial, max_iter } of trials) {
      const [exit, output] = await runStage(train, "searched", { PIPELINE_TRIAL: trial, PARAMETER_MAX_ITER: max_iter });
      expect([exit, output]).toEqual([0, expect.any(String)]);
      losses.push(Number(/validation_log_loss=(\S+)/.exec(output)?.[1]));
    }
    const best = trials[losses.indexOf(Math.min(...losses))]?.trial;
    const chosen = await tracking.workload(
      programCommand(PipelineProgram.Choose, "/pipeline"),
      inFolder(programFiles(PipelineProgram.Choose)),
      await environmentOf(train, "searched"),
    );
    expect(chosen).toEqual([0, expect.stringContaining(`trial ${best} is the best of 3`)]);
    expect(await runStage(evaluate, "searched")).toEqual([0, expect.stringContaining("accuracy=")]);
  });
});

test("a source of one's own finds what was saved, and logs with a few lines", async () => {
  const source = `
import pipeline_run
rows = (pipeline_run.load("table") / "rows.csv").read_text().count("\\n") - 1
pipeline_run.log_metrics({"lines": rows})
print(pipeline_run.metrics()["lines"], pipeline_run.production_metrics()["rows"])
`;
  const [own] = planned([{ name: "json", source }]).plans as [StagePlan];
  expect(await runStage(own, "first")).toEqual([0, expect.stringContaining("569.0 569.0")]);
});

test("without MLflow, the same stages keep all in a folder", async () => {
  const { plans } = planned();
  const all = plans.map((stage) => (stageCommand(stage, "/pipeline") as string[]).join(" "));
  const script = plans.map(({ name }, index) => `PIPELINE_STAGE=${name} ${all[index]}`).join(" && ");
  const files = Object.assign({}, ...plans.map((stage) => inFolder(stageFiles(stage) as { [file: string]: string })));
  const variables = Object.assign({}, ...(await Promise.all(plans.map((stage) => environmentOf(stage, "run-1")))));
  const environment = { ...variables, PIPELINE_DIRECTORY: "/tmp/kept", MLFLOW_TRACKING_URI: "http://127.0.0.1:9" };
  const [code, output] = await tracking.workload(
    ["sh", "-c", `${script} && cd /tmp/kept && find . -type f | sort && cat aliases/risk/production`],
    files,
    environment,
  );
  expect([code, output]).toEqual([0, expect.any(String)]);
  expect(output).toContain("./run-1/artifacts/model/model.joblib\n");
  expect(output).toMatch(/run-1$/);
});

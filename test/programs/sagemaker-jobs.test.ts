/**
 * Jobs of SageMaker as planned: the program that each starts with, the settings that it reads and the programs of the stages,
 * run by Python in one folder that stands for the container. Clients of AWS are stood in for; MLflow by a directory.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MlopsPipeline } from "aistack-aws";
import { type Graph, plan, resource } from "aistack-engine";

const folder = mkdtempSync(join(tmpdir(), "sagemaker-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Loads the starter with its paths inside the folder, and answers in place of AWS. */
const driver = `
import importlib.util, json, pathlib, sys, types
root = pathlib.Path(sys.argv[1])
answers = json.loads(sys.argv[2])
spec = importlib.util.spec_from_file_location("pipeline_start", root / "pipeline_start.py")
start = importlib.util.module_from_spec(spec)
spec.loader.exec_module(start)
start.programs, start.configuration, start.output = root / "programs", root / "config", root / "output"
boto3 = types.ModuleType("boto3")
boto3.client = lambda service: types.SimpleNamespace(
    get_secret_value=lambda SecretId: {"SecretString": json.dumps(answers["secret"])},
    describe_model_package=lambda ModelPackageName: answers["version"],
)
sys.modules["boto3"] = boto3
start.main()
`;

interface Job {
  environment?: Record<string, string>;
  parameters?: Record<string, string>;
  hosts?: { current_host: string; hosts: string[] };
  answers?: object;
  outputs?: string[];
}

const image = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/train:1.0";
const trains = `
import os, pathlib, tempfile
import pipeline_run

rate = float(pipeline_run.parameter("rate", "1"))
model = pathlib.Path(tempfile.mkdtemp())
(model / "MLmodel").write_text(str(rate))
pipeline_run.save("model", model)
pipeline_run.log_metrics({"loss": rate})
`;
let graph: Graph;

beforeAll(async () => {
  graph = await plan(
    () =>
      new MlopsPipeline("churn", {
        stages: [
          {
            name: "train",
            image,
            source: trains,
            metrics: ["loss"],
            search: { metric: "loss", minimize: true, parameters: [{ name: "rate", minimum: 0.1, maximum: 0.9 }] },
          },
          { name: "approve" },
          { name: "register" },
        ],
        approval: { thresholds: [{ metric: "loss", maximum: 0.5 }], person: true },
        uses: [{ kind: "database", name: "db", environment: { DB_HOST: "db.example.com" } }],
      }),
    { mode: "simulate", config: { "aws:region": "eu-west-1" } },
  );
});

/** Runs a job; what it prints, its exit code and what it puts out. */
function run(stage: string, { environment, parameters, hosts, answers = {}, outputs = [] }: Job = {}) {
  for (const part of ["programs", "config", "output"]) rmSync(join(folder, part), { recursive: true, force: true });
  for (const part of ["config", ...outputs.map((name) => `output/${name}`)])
    mkdirSync(join(folder, part), { recursive: true });
  const own = (name: string) => resource(graph, name).inputs.content as string;
  writeFileSync(join(folder, "pipeline_start.py"), own("churn-programs-starter"));
  // The folder of the programs is that of the container.
  writeFileSync(
    join(folder, "settings.json"),
    own("churn-programs-settings").replaceAll("/tmp/pipeline/", `${join(folder, "programs")}/`),
  );
  if (parameters) writeFileSync(join(folder, "config/hyperparameters.json"), JSON.stringify(parameters));
  if (hosts) writeFileSync(join(folder, "config/resourceconfig.json"), JSON.stringify(hosts));
  const { status, stdout, stderr } = spawnSync("python3", ["-c", driver, folder, JSON.stringify(answers)], {
    encoding: "utf8",
    env: {
      PATH: process.env.PATH,
      PIPELINE_DIRECTORY: join(folder, "runs"),
      PIPELINE_STAGE: stage,
      PIPELINE_RUN_ID: "run-1",
      ...environment,
    },
  });
  const output = (path: string) => join(folder, "output", path);
  return { status, stdout, stderr, output };
}

function step(name: string) {
  const { Steps } = JSON.parse(resource(graph, "churn-pipeline").inputs.pipelineDefinition as string);
  // biome-ignore lint/suspicious/noExplicitAny: a step of a definition
  return Steps.find(({ Name }: any) => Name === name);
}

const decided = (ModelApprovalStatus: string) => ({
  version: {
    ModelApprovalStatus,
    CustomerMetadataProperties: { "pipeline-run-id": "run-1" },
    LastModifiedBy: { IamIdentity: { Arn: "arn:aws:sts::123456789012:assumed-role/Approvers/ann" } },
  },
});
const decision = { environment: { PIPELINE_MODEL_PACKAGE: "arn", PIPELINE_RUN_ID: "another" }, outputs: ["decision"] };

test("trials log what the tuning job reads, and the best of them is chosen", () => {
  const [{ Regex }] = step("train-search").Arguments.TrainingJobDefinition.AlgorithmSpecification.MetricDefinitions;
  for (const [job, rate] of [
    ["job-1", "0.7"],
    ["job-2", '"0.3"'],
  ] as const) {
    const { status, stdout, stderr } = run("train-search", {
      environment: { TRAINING_JOB_NAME: job },
      parameters: { rate, sagemaker_program: '"pipeline_start.py"', _tuning_objective_metric: "loss" },
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(new RegExp(Regex).exec(stdout)?.[1]).toBe(rate.replaceAll('"', ""));
  }
  const chosen = run("train");
  expect(chosen).toMatchObject({ status: 0, stderr: "" });
  expect(chosen.stdout).toContain("trial job-2 is the best of 2");
});

test("a stage that fails fails the job, with its reason in the log", () => {
  const failed = run("train-search", { environment: { TRAINING_JOB_NAME: "job-3" }, parameters: { rate: "much" } });
  expect(failed.status).toBe(1);
  expect(failed.stderr).toContain("could not convert string to float: 'much'");
});

test("thresholds: the answer is where the condition reads it", () => {
  const { status, output } = run("approve", { outputs: ["decision"] });
  expect(status).toBe(0);
  expect(JSON.parse(readFileSync(output("decision/decision.json"), "utf8"))).toEqual({ decision: "approved" });
});

test("the model is handed on as the archive that the registry names", () => {
  const { status, output, stdout } = run("register", { outputs: ["model"] });
  expect(status).toBe(0);
  expect(stdout).toContain("is candidate");
  const listed = spawnSync("tar", ["tzf", output("model/model.tar.gz")], { encoding: "utf8" }).stdout;
  expect(listed).toContain("./MLmodel");
});

test("what a person decided is recorded under their name and followed", () => {
  const approved = run("approve-decision", { ...decision, answers: decided("Approved") });
  expect(approved.status).toBe(0);
  expect(JSON.parse(readFileSync(approved.output("decision/decision.json"), "utf8"))).toEqual({ decision: "approved" });
  const production = run("register-production", { ...decision, outputs: [], answers: decided("Approved") });
  expect(production.stdout).toContain("is production");
  expect(existsSync(production.output("model"))).toBe(false);
  const rejected = run("approve-decision", { ...decision, answers: decided("Rejected") });
  expect(rejected.stdout).toContain("a person refused it");
  expect(JSON.parse(readFileSync(rejected.output("decision/decision.json"), "utf8"))).toEqual({ decision: "rejected" });
});

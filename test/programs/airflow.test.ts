/** The DAG of a pipeline, imported by the Airflow that the chart installs. Needs `airflow/requirements.txt` installed. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { type DatabaseBinding, type ObjectStoreBinding, Platform, type TrackingBinding } from "aistack-core";
import { plan, resource } from "aistack-engine";
import { MlopsPipeline, type MlopsPipelineArgs } from "aistack-kubernetes";

const python = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "aistack/airflow/bin/python");

// biome-ignore lint/suspicious/noExplicitAny: what Airflow printed
type Plain = any;

const cluster = { name: "test", platform: Platform.Kubernetes, kubeconfig: "{}" };
const tracking = {
  kind: "tracking",
  name: "tracking",
  platform: Platform.Kubernetes,
  uri: "https://tracking.tracking.svc:5000",
} as TrackingBinding;
const database = {
  kind: "database",
  name: "runs",
  platform: Platform.Kubernetes,
  host: "runs.runs.svc",
  port: 5432,
  database: "airflow",
  user: "airflow",
  credentials: { RUNS_PASSWORD: pulumi.secret("p") },
} as unknown as DatabaseBinding;
const store = {
  kind: "object-store",
  name: "raw",
  platform: Platform.Kubernetes,
  bucket: "raw",
  url: "s3://raw",
} as ObjectStoreBinding;
const delivery = {
  service: {
    kind: "inference",
    name: "scorer",
    endpoint: "http://scorer.scorer.svc:8080",
    delivery: { namespace: "scorer", stable: "scorer", canary: "scorer-canary", models: "scorer-models" },
  } as Plain,
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "dags-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What Airflow makes of the files of a planned pipeline. */
async function imported(args: MlopsPipelineArgs): Promise<Plain> {
  const graph = await plan(
    () => {
      new MlopsPipeline("models", { cluster, tracking, airflow: { database }, ...args } as MlopsPipelineArgs);
      return {};
    },
    { mode: "simulate" },
  );
  const { data } = resource(graph, "models-airflow-pipeline").inputs as { data: { [file: string]: string } };
  for (const [file, text] of Object.entries(data)) writeFileSync(join(folder, file), text);
  const home = mkdtempSync(join(tmpdir(), "airflow-"));
  const ran = spawnSync(python, [join(__dirname, "airflow/dags.py"), folder], {
    encoding: "utf8",
    env: {
      PATH: process.env.PATH,
      AIRFLOW_HOME: home,
      AIRFLOW__CORE__LOAD_EXAMPLES: "False",
      AIRFLOW__CORE__UNIT_TEST_MODE: "False",
      PYTHONDONTWRITEBYTECODE: "1",
    },
  });
  rmSync(home, { recursive: true });
  if (ran.status !== 0) throw new Error(`${ran.error ?? ""}${ran.stdout}${ran.stderr}`);
  return JSON.parse(ran.stdout.trim().split("\n").at(-1) as string);
}

const upstream = (dag: Plain) =>
  Object.fromEntries(Object.entries(dag.tasks as Plain).map(([id, task]) => [id, (task as Plain).upstream]));

test("the usual stages follow one another, by pods as Argo Workflows would start them", async () => {
  const found = await imported({ delivery, triggers: { schedule: "0 3 * * *", data: { store, everyMinutes: 30 } } });
  expect(found.errors).toEqual({});
  expect(Object.keys(found.dags).sort()).toEqual(["models", "models-data"]);
  const dag = found.dags.models;
  expect(dag).toMatchObject({
    schedule: "0 3 * * *",
    catchup: false,
    max_active_runs: 1,
    is_paused_upon_creation: false,
    tags: ["mlops", "models"],
  });
  expect(upstream(dag)).toEqual({
    ingest: [],
    validate: ["ingest"],
    train: ["validate"],
    evaluate: ["train"],
    "approve-by-thresholds": ["evaluate"],
    "approve-by-person": ["approve-by-thresholds"],
    approve: ["approve-by-person"],
    register: ["approve"],
    deploy: ["register"],
  });
  expect(upstream(found.dags["models-data"])).toEqual({ watch: [], start: ["watch"] });
  expect(found.dags["models-data"].schedule).toBe("*/30 * * * *");

  const { ingest, train, approve, "approve-by-person": person } = dag.tasks;
  expect(ingest).toMatchObject({ type: "KubernetesPodOperator", retries: 2, execution_timeout: 3600 });
  expect(ingest.pod.metadata).toMatchObject({ namespace: "models", labels: { "aistack.dev/stage": "ingest" } });
  expect(ingest.pod.metadata.name).toMatch(/^models-ingest-[a-z0-9]{8}$/);
  expect(ingest.pod.spec).toMatchObject({
    activeDeadlineSeconds: 3600,
    automountServiceAccountToken: false,
    serviceAccountName: "models",
    restartPolicy: "Never",
    securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
  });
  expect(ingest.pod.spec.containers).toHaveLength(1);
  const [container] = ingest.pod.spec.containers;
  expect(container).toMatchObject({
    name: "main",
    command: ["python", "-u", "/pipeline/ingest.py"],
    envFrom: [{ secretRef: { name: "models-credentials" } }],
    securityContext: { readOnlyRootFilesystem: true, allowPrivilegeEscalation: false },
  });
  const env = (task: Plain) =>
    Object.fromEntries(task.pod.spec.containers[0].env.map(({ name, value }: Plain) => [name, value]));
  expect(env(ingest)).toMatchObject({ PIPELINE_STAGE: "ingest", PIPELINE_TRIGGER: "person", PIPELINE_REVISION: "" });
  expect(env(ingest).PIPELINE_RUN_ID).toMatch(/^models-[0-9a-f]{12}$/);
  expect(env(train).PIPELINE_RUN_ID).toBe(env(ingest).PIPELINE_RUN_ID);

  expect(train).toMatchObject({ type: "Once", retries: 5, startup_timeout_seconds: 604_800 });
  // A launcher that fails has tried often enough; one whose node went away has not.
  const ended = (failed: string) => ["success", failed, "AirflowSkipException", "AirflowException"];
  expect(train.endings).toEqual(ended("AirflowFailException"));
  expect(ingest.endings).toEqual(ended("AirflowException"));
  expect(train.pod.spec).not.toHaveProperty("activeDeadlineSeconds");
  expect(train.pod.spec.serviceAccountName).toBe("models-launcher");
  expect(train.pod.spec.containers[0].volumeMounts).toContainEqual({
    name: "api-access",
    mountPath: "/var/run/secrets/kubernetes.io/serviceaccount",
    readOnly: true,
  });

  expect(person).toMatchObject({
    type: "HITLOperator",
    options: ["Approve", "Reject"],
    defaults: ["Reject"],
    response_timeout: 72 * 3600,
  });
  expect(approve.pod.spec.containers[0].command).toEqual([
    "python",
    "-u",
    "/pipeline/go_on.py",
    "/tmp/decision",
    "approved",
    "python",
    "-u",
    "/pipeline/approve.py",
  ]);
  expect(approve.skip_on_exit_code).toEqual([99]);
  expect(env(approve)).toMatchObject({ PIPELINE_ANSWER: "approved", PIPELINE_APPROVER: "Ada" });
  expect(env(dag.tasks["approve-by-thresholds"])).not.toHaveProperty("PIPELINE_APPROVER");
}, 240_000);

test("the trials of a search are mapped, as many at once as it says", async () => {
  const search = { parameters: [{ name: "rate", minimum: 0.1, maximum: 1 }], metric: "loss", trials: 6, parallel: 3 };
  const stages = [
    { name: "ingest" },
    { name: "train", source: "print(1)", metrics: ["loss"], search },
    { name: "report", source: "print(2)", after: ["train"] },
  ];
  const found = await imported({ stages });
  expect(found.errors).toEqual({});
  expect(upstream(found.dags.models)).toEqual({
    ingest: [],
    "train-draw": ["ingest"],
    "train-trials": ["train-draw"],
    train: ["train-trials"],
    report: ["train"],
  });
  expect(found.dags.models.schedule).toBeNull();
  expect(found.dags.models.tasks["train-trials"]).toMatchObject({ mapped: true, max_active_tis_per_dagrun: 3 });
  const { drawn } = found.dags.models.tasks["train-draw"];
  expect(drawn).toHaveLength(6);
  expect(drawn[1]).toEqual({
    PIPELINE_RUN_ID: expect.stringMatching(/^models-[0-9a-f]{12}$/),
    PIPELINE_TRIGGER: "person",
    PIPELINE_REVISION: "",
    PIPELINE_COMMITTED_AT: "",
    PIPELINE_TRIAL: "2",
    TRIAL_SUFFIX: "-2",
    PARAMETER_RATE: expect.stringMatching(/^(0\.\d+|1)$/),
  });
}, 240_000);

const goOn = join(__dirname, "../../packages/kubernetes/programs/go_on.py");
test.each([
  ["goes on after the answer that is wanted", "printf approved > answer", 0],
  ["stops after another one", "printf rejected > answer", 99],
  ["stops after none", "true", 99],
  ["fails as the program does", "printf approved > answer; exit 3", 3],
])("go_on.py %s", (_, script, status) => {
  // What an earlier attempt left does not count.
  writeFileSync(join(folder, "answer"), "approved");
  const ran = spawnSync("python3", [goOn, "answer", "approved", "sh", "-c", script], { cwd: folder, encoding: "utf8" });
  expect([ran.status, ran.stderr]).toEqual([status, ""]);
});

test.each([
  ["makes a job, and takes it away when it has succeeded", "new", "", ["POST", "DELETE"]],
  ["makes one that failed before anew", "failed", "", ["DELETE", "POST", "DELETE"]],
  ["leaves it to what owns it", "new", '{"kind":"Workflow"}', ["POST"]],
])("launch.py %s", (_, before, owner, calls) => {
  const folderOf = join(__dirname, "../../packages/kubernetes/programs");
  const ran = spawnSync("python3", [join(__dirname, "airflow/launching.py"), folderOf, before, owner], {
    encoding: "utf8",
    env: { PATH: process.env.PATH, HOME: homedir(), PYTHONDONTWRITEBYTECODE: "1" },
  });
  expect([ran.status, ran.stderr]).toEqual([0, ""]);
  expect(JSON.parse(ran.stdout.trim().split("\n").at(-1) as string)).toEqual(calls);
});

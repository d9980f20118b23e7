import * as pulumi from "@pulumi/pulumi";
import {
  Accelerator,
  type AuditEventsBinding,
  type Binding,
  Framework,
  GitProvider,
  type InferenceBinding,
  type ObjectStoreBinding,
  type PipelineBinding,
  type PipelineStageArgs,
  Platform,
  Regulation,
  StageKind,
  type TrackingBinding,
  TrainingEngine,
} from "aistack-core";
import { type Graph, type Mode, resource, Secret } from "aistack-engine";
import { Network } from "../network/network";
import { created, custom, inputs, modes, planned, refusal, waitsFor } from "../testing";
import type { MlopsPipelineArgs } from "./args";
import { MlopsPipeline } from "./mlops-pipeline";

const pipeline = (args: MlopsPipelineArgs = {}, mode?: Mode): Promise<Graph> =>
  planned(() => {
    const made = new MlopsPipeline("churn", args);
    return { binding: made.binding, role: made.approverRole, channel: made.driftChannel };
  }, mode);

// biome-ignore lint/suspicious/noExplicitAny: assertions on plain data whose shape the test itself states
type Plain = any;

/** Contents of objects are secrets to the provider's SDK. */
const content = (graph: Graph, name: string): Plain =>
  JSON.parse((inputs(graph, name, "content") as Secret).reveal() as string);
const job = (graph: Graph, part = "all"): Plain => content(graph, `churn-job-${part}`);
const executor = (graph: Graph, stage: string, part = "all"): Plain =>
  job(graph, part).pipelineSpec.deploymentSpec.executors[`exec-${stage}`].container;
const payload = (graph: Graph, stage: string, part = "all"): Plain => {
  const { args } = executor(graph, stage, part);
  return JSON.parse(args[args.indexOf("--payload") + 1]);
};
const workflow = (graph: Graph): Plain => JSON.parse(inputs(graph, "churn-workflow", "sourceContents"));

const byMetrics = { thresholds: [{ metric: "accuracy", minimum: 0.9 }] };
const own = { image: "europe-west4-docker.pkg.dev/p/r/train:1", command: ["torchrun", "train.py"] };
const store: ObjectStoreBinding = {
  kind: "object-store",
  name: "raw",
  platform: Platform.Gcp,
  bucket: "raw",
  url: "gs://raw",
  region: "europe-west4",
  access: { read: [], write: [] },
};
const tracking: TrackingBinding = {
  kind: "experiment-tracking",
  name: "mlflow",
  platform: Platform.Gcp,
  uri: "https://mlflow.example.com",
  environment: { MLFLOW_TRACKING_USERNAME: "churn", MLFLOW_CA_CERTIFICATE: "PEM" },
  credentials: { MLFLOW_TRACKING_PASSWORD: "hush" },
};
const events: AuditEventsBinding = {
  kind: "audit-events",
  name: "events",
  endpoint: "https://events.example.com:4318",
  grpcEndpoint: "https://events.example.com:4317",
  classes: [],
};

describe.each(modes)("in %s", (mode) => {
  test("a pipeline without arguments asks a person, with a bucket, a key and accounts of its own", async () => {
    const graph = await pipeline({}, mode);
    const names = created(graph).filter((name) => !name.startsWith("churn-program-"));
    expect(names).toEqual([
      "churn-accounts-makes-runs IAMCustomRole",
      "churn-accounts-stages Account",
      "churn-accounts-stages-read BucketIAMMember",
      "churn-accounts-stages-run IAMMember",
      "churn-accounts-stages-self IAMMember",
      "churn-accounts-stages-write BucketIAMMember",
      "churn-accounts-workflow Account",
      "churn-accounts-workflow-log IAMMember",
      "churn-accounts-workflow-read BucketIAMMember",
      "churn-accounts-workflow-run IAMMember",
      "churn-accounts-workflow-stages IAMMember",
      "churn-approvals-answers IAMCustomRole",
      "churn-approvals-audit IAMAuditConfig",
      "churn-approvals-log ProjectBucketConfig",
      "churn-approvals-reader LogViewIamMember",
      "churn-approvals-sink ProjectSink",
      "churn-artifacts Bucket",
      "churn-job-after BucketObject",
      "churn-job-before BucketObject",
      "churn-models-aiplatform CryptoKeyIAMMember",
      "churn-models-aiplatform-agent ServiceIdentity",
      "churn-models-key CryptoKey",
      "churn-models-logging CryptoKeyIAMMember",
      "churn-models-ring KeyRing",
      "churn-models-storage CryptoKeyIAMMember",
      "churn-models-workflows CryptoKeyIAMMember",
      "churn-models-workflows-agent ServiceIdentity",
      "churn-workflow Workflow",
    ]);
    expect(inputs(graph, "churn-artifacts")).toMatchObject({
      location: "europe-west4",
      publicAccessPrevention: "enforced",
      uniformBucketLevelAccess: true,
      versioning: { enabled: true },
      forceDestroy: false,
    });
    expect(resource(graph, "churn-artifacts").options.retainOnDelete).toBe(true);
    expect(resource(graph, "churn-models-key").options.retainOnDelete).toBe(true);
    // A run that is under way reads its stages and their programs when others have taken their place.
    for (const name of ["churn-job-after", "churn-program-pipeline-train-py"])
      expect(resource(graph, name).options.retainOnDelete).toBe(true);
  });

  test("a pipeline by metrics asks nobody, and leaves no role for answers", async () => {
    const graph = await pipeline({ approval: byMetrics }, mode);
    expect(created(graph).join()).not.toMatch(/approvals/);
    expect(created(graph)).toContain("churn-job-all BucketObject");
    expect(created(graph)).not.toContain("churn-job-before BucketObject");
    expect(graph.outputs.role).toBeUndefined();
  });

  test("all triggers start the one workflow, as an account that can do nothing else", async () => {
    const graph = await pipeline(
      {
        approval: byMetrics,
        triggers: {
          schedule: "0 3 * * *",
          data: { store, prefix: "incoming/", everyMinutes: 30 },
          drift: { alerts: ["PredictionDrift"] },
        },
      },
      mode,
    );
    expect(created(graph).filter((name) => name.startsWith("churn-triggers"))).toEqual([
      "churn-triggers-alerts Trigger",
      "churn-triggers-alerts-publish TopicIAMMember",
      "churn-triggers-alerts-receives IAMMember",
      "churn-triggers-channel NotificationChannel",
      "churn-triggers-data Trigger",
      "churn-triggers-data-receives IAMMember",
      "churn-triggers-drift Topic",
      "churn-triggers-schedule Job",
      "churn-triggers-storage-publishes IAMMember",
    ]);
    expect(inputs(graph, "churn-accounts-starts", "permissions")).toEqual(["workflows.executions.create"]);
    expect(inputs(graph, "churn-triggers-schedule")).toMatchObject({
      schedule: "0 3 * * *",
      timeZone: "Etc/UTC",
      httpTarget: { httpMethod: "POST", oauthToken: { scope: "https://www.googleapis.com/auth/cloud-platform" } },
    });
    expect(inputs(graph, "churn-triggers-data", "matchingCriterias")).toEqual([
      { attribute: "type", value: "google.cloud.storage.object.v1.finalized" },
      { attribute: "bucket", value: "raw" },
    ]);
    expect(waitsFor(graph, "churn-triggers-data")).toEqual(
      expect.arrayContaining(["churn-triggers-storage-publishes", "churn-triggers-data-receives", "churn-workflow"]),
    );
    expect(created(graph)).toContain("churn-models-pubsub CryptoKeyIAMMember");
  });

  test("no password is in a plan: stages fetch it when they start", async () => {
    const graph = await pipeline({ tracking, image: "europe-west4-docker.pkg.dev/p/r/mlflow:1" }, mode);
    expect(inputs(graph, "churn-credentials-version", "secretData")).toBeInstanceOf(Secret);
    expect(JSON.stringify(custom(graph).map((row) => row.inputs))).not.toContain("hush");
    expect(inputs(graph, "churn-credentials-reader", "role")).toBe("roles/secretmanager.secretAccessor");
  });

  test("jobs get addresses in a network that the same stack makes", async () => {
    const graph = await planned(() => {
      const { binding } = new Network("net");
      new MlopsPipeline("churn", { network: binding, approval: byMetrics });
    }, mode);
    expect(inputs(graph, "churn-network-attachment")).toMatchObject({ connectionPreference: "ACCEPT_MANUAL" });
    expect(inputs(graph, "churn-network-connects", "permissions")).toEqual([
      "compute.networkAttachments.get",
      "compute.networkAttachments.update",
      "compute.regionOperations.get",
    ]);
    expect(waitsFor(graph, "churn-network-attachment")).toContain("net-subnet");
  });

  test("an adopted pipeline is passed on and nothing is created", async () => {
    const existing: PipelineBinding = {
      kind: "mlops-pipeline",
      name: "theirs",
      platform: Platform.Gcp,
      model: "churn",
      experiment: "churn",
    };
    const graph = await pipeline({ existing, compliance: [Regulation.EuAiAct] }, mode);
    expect(custom(graph)).toEqual([]);
    expect(graph.outputs.binding).toEqual(existing);
  });
});

test("the specification has the usual stages one after another, and registers only what is approved", async () => {
  const { pipelineSpec, runtimeConfig, serviceAccount, encryptionSpec, pscInterfaceConfig } = job(
    await pipeline({ approval: byMetrics }),
  );
  const { tasks } = pipelineSpec.root.dag;
  expect(pipelineSpec.schemaVersion).toBe("2.1.0");
  expect(Object.keys(tasks)).toEqual(["ingest", "validate", "train", "evaluate", "approve", "if-approved"]);
  expect(tasks.train.dependentTasks).toEqual(["validate"]);
  expect(tasks["if-approved"].triggerPolicy).toEqual({
    condition: "inputs.parameter_values['pipelinechannel--approve-decision'] == 'approved'",
  });
  expect(Object.keys(pipelineSpec.components["comp-if-approved"].dag.tasks)).toEqual(["register"]);
  expect(tasks.train.retryPolicy).toEqual({
    maxRetryCount: 2,
    backoffDuration: "60s",
    backoffFactor: 2,
    backoffMaxDuration: "3600s",
  });
  // Nothing is taken from a cache: what a stage reads has changed where its inputs have not.
  expect(Object.values(tasks).map((task) => (task as Plain).cachingOptions)).toEqual(Array(6).fill({}));
  expect(runtimeConfig).toEqual({
    gcsOutputDirectory: expect.stringMatching(/^gs:\/\/churn-artifacts-\w+\/churn\/steps$/),
    failurePolicy: "PIPELINE_FAILURE_POLICY_FAIL_FAST",
  });
  expect(serviceAccount).toBe("churn-dev-stages@my-project.iam.gserviceaccount.com");
  expect(encryptionSpec.kmsKeyName).toMatch(/cryptoKeys\/churn-models-key/);
  expect(pscInterfaceConfig).toBeUndefined();
});

test("a stage is a job as the stages' account, with its time, its key and no way in", async () => {
  const graph = await pipeline({ approval: byMetrics, dataset: { url: "gs://raw/t.parquet", target: "left" } });
  const { job_spec: spec, ...rest } = payload(graph, "train");
  expect(rest).toMatchObject({
    display_name: "churn-train",
    encryption_spec: { kms_key_name: expect.stringContaining("churn-models-key") },
    labels: { "aistack-component": "mlops-pipeline" },
  });
  expect(spec).toMatchObject({
    scheduling: { timeout: "86400s", restart_job_on_worker_restart: false },
    service_account: "churn-dev-stages@my-project.iam.gserviceaccount.com",
    enable_web_access: false,
  });
  expect(spec.worker_pool_specs).toEqual([
    {
      machine_spec: { machine_type: "e2-standard-4" },
      replica_count: 1,
      container_spec: {
        image_uri: "europe-docker.pkg.dev/vertex-ai/training/sklearn-cpu.1-6:latest",
        command: [
          "python",
          "-u",
          expect.stringMatching(/^\/gcs\/churn-artifacts-\w+\/churn\/programs\/\w+\/pipeline\/train\.py$/),
        ],
        env: expect.arrayContaining([
          { name: "PIPELINE_RUN_ID", value: "{{$.inputs.parameters['run_id']}}" },
          { name: "PIPELINE_STAGE", value: "train" },
          { name: "DATASET_URL", value: "/gcs/raw/t.parquet" },
          { name: "PIPELINE_DIRECTORY", value: expect.stringMatching(/^\/gcs\/churn-artifacts-\w+\/churn\/runs$/) },
        ]),
      },
    },
  ]);
});

test("approval hands its decision on, and learns who answered", async () => {
  const { command, image } = executor(await pipeline(), "approve", "after");
  expect(image).toContain("sklearn-cpu");
  expect(command.slice(2)).toEqual([
    "--variable=PIPELINE_RUN_ID={{$.inputs.parameters['run_id']}}",
    "--variable=PIPELINE_ANSWER={{$.inputs.parameters['answer']}}",
    "--variable=PIPELINE_APPROVER={{$.inputs.parameters['approver']}}",
    "--variable=PIPELINE_DECISION_FILE={{$.outputs.parameters['decision'].output_file}}",
    "--",
    "python",
    "-u",
    expect.stringMatching(/\/pipeline\/approve\.py$/),
  ]);
});

test("where a person is asked, a run is two: the second begins with the approval", async () => {
  const graph = await pipeline({ approval: { timeoutHours: 24 } });
  expect(Object.keys(job(graph, "before").pipelineSpec.root.dag.tasks)).toEqual([
    "ingest",
    "validate",
    "train",
    "evaluate",
  ]);
  const { root } = job(graph, "after").pipelineSpec;
  expect(Object.keys(root.dag.tasks)).toEqual(["approve", "if-approved"]);
  expect(root.dag.tasks.approve.dependentTasks).toBeUndefined();
  expect(root.inputDefinitions.parameters).toMatchObject({ answer: { defaultValue: "approved" } });
  const steps = workflow(graph).main.steps.flatMap((step: object) => Object.keys(step));
  expect(steps.filter((step: string) => ["before_approval", "ask", "await_answer", "stages"].includes(step))).toEqual([
    "before_approval",
    "ask",
    "await_answer",
    "stages",
  ]);
  expect(JSON.stringify(workflow(graph))).toContain('"timeout":86400');
  expect(inputs(graph, "churn-approvals-answers", "permissions")).toEqual(["workflows.callbacks.send"]);
  expect(inputs(graph, "churn-approvals-audit")).toMatchObject({
    service: "workflowexecutions.googleapis.com",
    auditLogConfigs: [{ logType: "DATA_WRITE" }],
  });
  expect(inputs(graph, "churn-approvals-log")).toMatchObject({ retentionDays: 2192 });
});

test("accelerators and nodes become worker pools, by the names that the service has", async () => {
  const stage = (args: Partial<PipelineStageArgs>): PipelineStageArgs => ({ name: "train", ...own, ...args });
  const pools = async (args: Partial<PipelineStageArgs>) =>
    payload(await pipeline({ stages: [stage(args)] }), "train").job_spec;
  const spec = await pools({ accelerator: Accelerator.NvidiaH100, acceleratorsPerNode: 8, nodes: 4 });
  expect(spec.worker_pool_specs.map((pool: Plain) => [pool.replica_count, pool.machine_spec])).toEqual([
    [1, { machine_type: "a3-highgpu-8g", accelerator_type: "NVIDIA_H100_80GB", accelerator_count: 8 }],
    [3, { machine_type: "a3-highgpu-8g", accelerator_type: "NVIDIA_H100_80GB", accelerator_count: 8 }],
  ]);
  expect(spec.scheduling.restart_job_on_worker_restart).toBe(true);
  const machine = async (args: Partial<PipelineStageArgs>) => (await pools(args)).worker_pool_specs[0].machine_spec;
  expect(await machine({ accelerator: Accelerator.GoogleTpuV5e, acceleratorsPerNode: 4 })).toEqual({
    machine_type: "ct5lp-hightpu-4t",
    tpu_topology: "2x2",
  });
  expect(await machine({ accelerator: Accelerator.NvidiaL4, memory: "30Gi", cpu: "6" })).toMatchObject({
    machine_type: "g2-standard-8",
    accelerator_type: "NVIDIA_L4",
  });
  expect(await machine({ cpu: "20", memory: "100Gi" })).toEqual({ machine_type: "e2-standard-32" });
  expect(await machine({ cpu: pulumi.output("500m"), memory: "200Gi" })).toEqual({ machine_type: "n2-highmem-32" });
});

test("a framework brings its image", async () => {
  const graph = await pipeline(
    train({ image: undefined, framework: Framework.PyTorch, accelerator: Accelerator.NvidiaL4 }),
  );
  expect(payload(graph, "train").job_spec.worker_pool_specs[0].container_spec.image_uri).toMatch(/pytorch/);
});

test("a search draws values, runs trials with them, and goes on with the best", async () => {
  const graph = await pipeline({
    approval: byMetrics,
    stages: [
      {
        name: "train",
        search: {
          metric: "validation_accuracy",
          trials: 20,
          parallel: 4,
          parameters: [{ name: "learning_rate", minimum: 0.001, maximum: 0.3, logarithmic: true }],
        },
      },
      { name: "evaluate" },
      { name: "approve" },
    ],
  });
  const { root, components } = job(graph).pipelineSpec;
  const { tasks } = root.dag;
  expect(Object.keys(tasks)).toEqual(["train-draw", "train-trials", "train-choose", "evaluate", "approve"]);
  expect(tasks.evaluate.dependentTasks).toEqual(["train-choose"]);
  expect(tasks["train-trials"]).toMatchObject({
    parameterIterator: {
      itemInput: "pipelinechannel--train-draw-trials-loop-item",
      items: { inputParameter: "pipelinechannel--train-draw-trials" },
    },
    iteratorPolicy: { parallelismLimit: 4 },
  });
  expect(Object.keys(components["comp-train-trials"].dag.tasks)).toEqual(["train"]);
  expect(payload(graph, "train").job_spec.worker_pool_specs[0].container_spec.env).toEqual(
    expect.arrayContaining([
      { name: "PIPELINE_TRIAL", value: "{{$.inputs.parameters['of_trial']}}" },
      { name: "PARAMETER_LEARNING_RATE", value: "{{$.inputs.parameters['of_learning_rate']}}" },
    ]),
  );
});

test("stages behind an approval wait, outside of it, for those that are not", async () => {
  const graph = await pipeline({
    approval: byMetrics,
    stages: [
      { name: "evaluate", after: [] },
      { name: "report", kind: StageKind.Task, after: [], ...own },
      { name: "approve", after: ["evaluate"] },
      { name: "register", after: ["approve", "report"] },
      { name: "tell", kind: StageKind.Task, after: ["register"], ...own },
    ],
  });
  const { root, components } = job(graph).pipelineSpec;
  expect(root.dag.tasks["if-approved"].dependentTasks).toEqual(["approve", "report"]);
  const behind = components["comp-if-approved"].dag.tasks;
  expect(behind.register.dependentTasks).toBeUndefined();
  expect(behind.tell.dependentTasks).toEqual(["register"]);
});

test("sources are put beside the library, and everything is named by what is in it", async () => {
  const with_ = async (source: string) =>
    pipeline({ approval: byMetrics, stages: [{ name: "train", source }, { name: "evaluate" }, { name: "approve" }] });
  const first = await with_("print(1)");
  expect(inputs(first, "churn-program-train-stage-py", "name")).toMatch(/^churn\/programs\/\w{16}\/train\/stage\.py$/);
  expect(created(first)).toContain("churn-program-train-pipeline-run-py BucketObject");
  const second = await with_("print(2)");
  for (const name of ["churn-program-train-stage-py", "churn-job-all"])
    expect(inputs(second, name, "name")).not.toBe(inputs(first, name, "name"));
});

test("with MLflow the jobs record there, and the model goes to no other registry", async () => {
  const graph = await pipeline({ tracking, image: "europe-west4-docker.pkg.dev/p/r/mlflow:1", approval: byMetrics });
  const { env, command } = payload(graph, "register").job_spec.worker_pool_specs[0].container_spec;
  const variables = Object.fromEntries(env.map(({ name, value }: Plain) => [name, value]));
  expect(variables).toMatchObject({
    MLFLOW_TRACKING_URI: "https://mlflow.example.com",
    MLFLOW_TRACKING_USERNAME: "churn",
    PIPELINE_CA_VARIABLE: "MLFLOW_CA_CERTIFICATE",
    PIPELINE_ALIAS: "production",
  });
  expect(variables.PIPELINE_DIRECTORY).toBeUndefined();
  expect(command).toEqual([
    "python",
    expect.stringMatching(/\/pipeline\/start\.py$/),
    "--secret=https://secretmanager.googleapis.com/v1/projects/123456789012/secrets/churn-credentials-dev/versions/1:access",
    "--",
    "python",
    "-u",
    expect.stringMatching(/\/pipeline\/register\.py$/),
  ]);
  expect((graph.outputs.binding as unknown as PipelineBinding).trackingUri).toBe("https://mlflow.example.com");
});

test("without MLflow, the model becomes a version of the Model Registry", async () => {
  const { command, env } = payload(await pipeline({ approval: byMetrics }), "register").job_spec.worker_pool_specs[0]
    .container_spec;
  expect(command[2]).toMatch(/\/pipeline\/publish\.py$/);
  const other = payload(await pipeline({ approval: byMetrics, model: "2-Churn" }), "register").job_spec;
  expect(other.worker_pool_specs[0].container_spec.env).toEqual(
    expect.arrayContaining([
      { name: "PIPELINE_MODEL", value: "2-Churn" },
      { name: "VERTEX_MODEL", value: "m-2-churn" },
    ]),
  );
  expect(env).toEqual(
    expect.arrayContaining([
      { name: "VERTEX_PREDICTION_IMAGE", value: "europe-docker.pkg.dev/vertex-ai/prediction/sklearn-cpu.1-6:latest" },
      { name: "VERTEX_ENDPOINT", value: "https://europe-west4-aiplatform.googleapis.com" },
    ]),
  );
});

test("a decision is recorded where audit events are taken", async () => {
  const graph = await pipeline({
    approval: { ...byMetrics, auditEvents: events },
    compliance: [Regulation.EuAiAct],
  });
  expect(executor(graph, "approve").env).toContainEqual({
    name: "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
    value: "https://events.example.com:4318/v1/logs",
  });
});

test("accounts may do what they have to: roles on single things, of the project only where none else is", async () => {
  const graph = await pipeline({
    approval: byMetrics,
    access: [
      {
        platform: Platform.Gcp,
        actions: ["roles/storage.objectViewer"],
        resources: ["//storage.googleapis.com/projects/_/buckets/raw"],
      },
    ],
  });
  const roles = custom(graph).filter((row) => row.type === "gcp:projects/iAMMember:IAMMember");
  expect(roles.map((row) => [row.name, row.inputs.role, row.inputs.condition !== undefined]).sort()).toEqual([
    ["churn-accounts-stages-access-1", "roles/storage.objectViewer", true],
    ["churn-accounts-stages-run", "roles/aiplatform.user", false],
    ["churn-accounts-workflow-log", "roles/logging.logWriter", false],
    ["churn-accounts-workflow-run", "projects/my-project/roles/churn_accounts_makes_runs_dev", false],
  ]);
  expect(inputs(graph, "churn-accounts-makes-runs", "permissions")).toEqual([
    "aiplatform.pipelineJobs.create",
    "aiplatform.pipelineJobs.get",
  ]);
  expect(inputs(graph, "churn-accounts-stages-write", "condition.expression")).toMatch(
    /objects\/churn\/runs\/"\) \|\| .*objects\/churn\/steps\/"\)$/,
  );
  expect(inputs(graph, "churn-accounts-workflow-read", "condition.expression")).toMatch(/objects\/churn\/jobs\/"\)$/);
});

test("somebody is told of runs that fail and of questions", async () => {
  const graph = await pipeline({ alerts: { emails: ["ml@example.com"] } });
  expect(created(graph).filter((name) => name.startsWith("churn-alerts"))).toEqual([
    "churn-alerts-email-1 NotificationChannel",
    "churn-alerts-failed AlertPolicy",
    "churn-alerts-question AlertPolicy",
  ]);
  const byMetric = await pipeline({ alerts: { emails: ["ml@example.com"] }, approval: byMetrics });
  expect(created(byMetric)).not.toContain("churn-alerts-question AlertPolicy");
});

test("a bucket, a key and labels are taken", async () => {
  const kmsKey = "projects/p/locations/europe-west4/keyRings/r/cryptoKeys/k";
  const graph = await pipeline({ artifacts: store, kmsKey, tags: { team: "risk" }, approval: byMetrics });
  expect(created(graph).join()).not.toMatch(/CryptoKey|Bucket,/);
  expect(inputs(graph, "churn-workflow")).toMatchObject({
    cryptoKeyName: kmsKey,
    labels: { team: "risk", "aistack-data-class": "confidential" },
  });
  expect(job(graph).runtimeConfig.gcsOutputDirectory).toBe("gs://raw/churn/steps");
});

test("what runs have written stays within the keeping that a caller asks for", async () => {
  const graph = await planned(() => new MlopsPipeline("churn", {}, { retainOnDelete: false }));
  for (const name of ["churn-artifacts", "churn-models-key", "churn-approvals-log"])
    expect(resource(graph, name).options.retainOnDelete).not.toBe(true);
});

const train = (args: Partial<PipelineStageArgs>): MlopsPipelineArgs => ({
  stages: [{ name: "train", ...own, ...args }],
});
const bad: [string, MlopsPipelineArgs, RegExp[]][] = [
  [
    "an accelerator that Vertex AI lacks",
    train({ accelerator: Accelerator.AwsTrainium2 }),
    [
      /stages\[0\]\.accelerator is "aws-trainium2", which Vertex AI does not offer for training; choose one of nvidia-l4/,
    ],
  ],
  [
    "a number of accelerators that no machine carries",
    train({ accelerator: Accelerator.NvidiaH200, acceleratorsPerNode: 3 }),
    [/stages\[0\]\.acceleratorsPerNode is 3, but machines with nvidia-h200-141gb carry 8/],
  ],
  [
    "TPUs over several machines",
    train({ accelerator: Accelerator.GoogleTpuV5e, acceleratorsPerNode: 4, nodes: 2 }),
    [/stages\[0\]\.nodes is 2, but slices of google-tpu-v5e over several machines/],
  ],
  [
    "more memory than a machine has",
    train({ memory: "2Ti" }),
    [/stages\[0\] asks for 1 vCPUs and 2Ti of memory, which no machine .* ask for 80 and 640Gi at most/],
  ],
  [
    "what starts processes on Kubernetes",
    train({ engine: TrainingEngine.Ray }),
    [/stages\[0\]\.engine is ray, which runs on Kubernetes; leave it out/],
  ],
  [
    "stages whose names clash",
    {
      stages: [
        { name: "train", ...own },
        { name: "train", ...own },
      ],
    },
    [/stages\[1\]\.name is "train", as is stages\[0\]\.name/],
  ],
  [
    "a stage named as a step around others",
    {
      stages: [
        { name: "train-draw", ...own },
        { name: "if-approved", ...own },
        {
          name: "train",
          ...own,
          metrics: ["loss"],
          search: { metric: "loss", parameters: [{ name: "rate", values: ["1"] }] },
        },
      ],
    },
    [
      /stages\[0\]\.name is "train-draw", which a step of the pipeline itself is called/,
      /stages\[1\]\.name is "if-approved"/,
    ],
  ],
  [
    "stages that wait for one another",
    {
      stages: [
        { name: "a", after: ["b"], ...own },
        { name: "b", after: ["a"], ...own },
      ],
    },
    [/stages wait for one another: a after b after a/],
  ],
  [
    "no cron schedule",
    { triggers: { schedule: "every day" } },
    [/triggers\.schedule is "every day", but must be a cron/],
  ],
  [
    "a schedule with a name",
    { triggers: { schedule: "@daily" } },
    [/triggers\.schedule is "@daily", but must be written out for Cloud Scheduler/],
  ],
  [
    "a threshold on a metric that nobody logs",
    { approval: { thresholds: [{ metric: "auc", minimum: 0.8 }] } },
    [/approval\.thresholds\[0\]\.metric is "auc", which no stage before the approval logs; choose one of rows/],
  ],
  [
    "webhooks",
    { triggers: { push: { provider: GitProvider.GitHub, repository: "o/r" } } },
    [/triggers\.push cannot be done on Google Cloud, whose workflows take no webhooks/],
  ],
  [
    "a delivery, and a stage that delivers",
    { delivery: { service: {} as InferenceBinding }, stages: [{ name: "train", ...own }, { name: "deploy" }] },
    [/delivery cannot be done on Google Cloud/],
  ],
  ["a stage that delivers to nobody", { stages: [{ name: "deploy" }] }, [/stages\[0\] brings a model into production/]],
  [
    "MLflow without an image that has it",
    { tracking },
    [/image is missing, but `tracking` asks for MLflow, which Google's image with scikit-learn lacks/],
  ],
  [
    "addresses that jobs do not reach",
    {
      tracking: { ...tracking, uri: "http://mlflow.mlflow.svc:5000" },
      image: "i",
      approval: { auditEvents: { ...events, endpoint: "http://events.events.svc:4318" } },
    },
    [/tracking\.uri is .* is a name that only pods of a cluster know/, /approval\.auditEvents\.endpoint is/],
  ],
  [
    "what only pods have",
    {
      uses: [
        { kind: "files", name: "f", volumes: [{ claim: "c", namespace: "n", mountPath: "/mnt" }] },
        { kind: "aws", name: "a", tokens: [{ audience: "sts", path: "a/token" }] },
      ],
    },
    [/uses\[0\]\.volumes is .*, which mount claims/, /uses\[1\]\.tokens is .*, whose tokens jobs/],
  ],
  [
    "no record where a regulation asks for one",
    { compliance: [Regulation.EuAiAct] },
    [/approval\.auditEvents is missing, but eu-ai-act \(Art\. 12 and 14\)/],
  ],
  ["a model's name that the registry lacks", { model: "a model" }, [/model is "a model", but must be 1 to 63 letters/]],
  ["a table by a path", { dataset: { url: "s3://raw/t.csv", target: "y" } }, [/dataset\.url is "s3:\/\/raw\/t\.csv"/]],
  [
    "an answer that may take too long",
    { approval: { timeoutHours: 8750 } },
    [/approval\.timeoutHours is 8750, but a run/],
  ],
  ["nobody to tell", { alerts: {} }, [/alerts names nobody/]],
  [
    "a basic role",
    { access: [{ platform: Platform.Gcp, actions: ["roles/editor"], resources: ["*"] }] },
    [/access\[0\] is/],
  ],
  ["a key of another cloud", { kmsKey: "arn:aws:kms:eu-west-1:123456789012:key/1" }, [/kmsKey is/]],
  ["a tag that is no label", { tags: { "a:b": "c" } }, [/tags is/]],
  [
    "arguments that adopting makes void",
    { existing: {} as PipelineBinding, model: "m" },
    [/model has no effect together/],
  ],
];
test.each(bad)("refuses %s before anything is registered", async (_, args, messages) => {
  const reason = await refusal(() => new MlopsPipeline("churn", args));
  for (const message of messages) expect(reason).toMatch(message);
});

test("a bucket of another cloud and a long name are refused", async () => {
  const elsewhere = { ...store, platform: Platform.Aws };
  expect(await refusal(() => new MlopsPipeline("churn", { artifacts: elsewhere }))).toMatch(
    /artifacts\.platform is "aws", but must be one of gcp/,
  );
  expect(await refusal(() => new MlopsPipeline("a-name-that-is-far-too-long"))).toMatch(/name is .* 1 to 20/);
});

test("what comes later is judged with the same words", async () => {
  const later = (uri: string) => pulumi.output({ ...tracking, uri });
  await expect(pipeline({ tracking: later("http://m.n.svc"), image: "i" })).rejects.toThrow(/only pods of a cluster/);
  const claims = pulumi.output({ kind: "f", name: "f", volumes: [{ claim: "c", namespace: "n", mountPath: "/m" }] });
  await expect(pipeline({ uses: [claims as pulumi.Output<Binding>] })).rejects.toThrow(/jobs of Vertex AI mount none/);
  await expect(pipeline(train({ memory: pulumi.output("2Ti") }))).rejects.toThrow(/640Gi at most/);
});

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import {
  Accelerator,
  type AuditEventsBinding,
  bindingField,
  Framework,
  GitProvider,
  type InferenceBinding,
  type ObjectStoreBinding,
  Platform,
  Regulation,
  type SharedFileSystemBinding,
  StageKind,
  type TrackingBinding,
  TrainingEngine,
} from "aistack-core";
import { type Graph, type Mode, plan, Secret } from "aistack-engine";
import { parse } from "yaml";
import { created, inputs, refusal, testCluster, unknownKeys } from "../testing";
import type { MlopsPipelineArgs } from "./args";
import { MlopsPipeline } from "./mlops-pipeline";

jest.setTimeout(60_000);

const modes: Mode[] = ["preview", "simulate"];
const password = "do-not-show-this";

const cluster = {
  ...testCluster,
  accelerators: [
    { accelerator: Accelerator.NvidiaH100, perNode: 8, maxNodes: 4, nodeLabels: { "example.com/gpu": "h100" } },
  ],
};
const team = {
  name: "vision",
  namespace: "vision",
  queue: "default",
  labels: { "kueue.x-k8s.io/queue-name": "default", "kueue.x-k8s.io/priority-class": "vision" },
};
const tracking = () =>
  pulumi.output({
    kind: "tracking",
    name: "tracking",
    platform: Platform.Kubernetes,
    uri: "https://tracking.tracking.svc:5000",
    environment: { MLFLOW_TRACKING_URI: "https://tracking.tracking.svc:5000" },
    credentials: { MLFLOW_TRACKING_PASSWORD: pulumi.secret(password) },
    clientLabels: { "access.aistack.dev/tracking": "allowed" },
    egress: [{ port: 5000, namespace: "tracking" }],
  }) as pulumi.Output<TrackingBinding>;
const store: ObjectStoreBinding = {
  kind: "object-store",
  name: "raw",
  platform: Platform.Kubernetes,
  bucket: "raw",
  url: "s3://raw",
  egress: [{ port: 8333, namespace: "raw" }],
  access: { read: [], write: [] },
};
const audit = {
  kind: "audit-events",
  name: "events",
  environment: { OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: "http://events.events.svc:4318/v1/logs" },
  egress: [{ port: 4318, namespace: "events" }],
} as unknown as AuditEventsBinding;
const service = {
  kind: "inference",
  name: "scorer",
  endpoint: "http://scorer.scorer.svc:8080",
  egress: [{ port: 8080, namespace: "scorer" }],
  delivery: { namespace: "scorer", stable: "scorer", canary: "scorer-canary", models: "scorer-models" },
} as unknown as InferenceBinding;
const checkpoints = {
  kind: "shared-file-system",
  name: "files",
  volumes: [{ claim: "files", namespace: "vision", mountPath: "/mnt/files" }],
} as unknown as SharedFileSystemBinding;

/** A training stage of four nodes with eight GPUs each. */
const training = {
  name: "train",
  nodes: 4,
  accelerator: Accelerator.NvidiaH100,
  acceleratorsPerNode: 8,
  framework: Framework.PyTorch,
  command: ["torchrun", "train.py"],
  metrics: ["loss"],
  retries: 5,
  cpu: "96",
  memory: "1Ti",
};

function planned(args: MlopsPipelineArgs = {}, mode: Mode = "simulate"): Promise<Graph> {
  return plan(
    () => {
      const given = args.existing ? args : { cluster, tracking: tracking(), ...args };
      const { binding, pushSecret, identity } = new MlopsPipeline("models", given);
      return { binding, pushSecret, identity, eventsUrl: bindingField(binding, "eventsUrl") };
    },
    { mode },
  );
}

// biome-ignore lint/suspicious/noExplicitAny: assertions on plain data whose shape the test itself states
type Plain = any;

const workflow = (graph: Graph): Plain => inputs(graph, "models-workflow", "spec");
const template = (graph: Graph, name: string): Plain =>
  workflow(graph).templates.find((found: { name: string }) => found.name === name);
const tasks = (graph: Graph): Plain => template(graph, "pipeline").dag.tasks;
const value = (rows: { name: string; value: string }[], name: string) => rows.find((row) => row.name === name)?.value;
const manifest = (graph: Graph, stage: string): Plain =>
  JSON.parse(inputs(graph, "models-programs", "data")[`${stage}.json`]);

describe.each(modes)("in %s", (mode) => {
  test("creates these children and no others for a pipeline that names nothing", async () => {
    const kinds = created(await planned({}, mode)).filter((line) => !/NetworkPolicy|Namespace|argo-tls/.test(line));
    expect(kinds).toEqual([
      "models-account ServiceAccount",
      "models-argo Release",
      "models-binding RoleBinding",
      "models-cluster kubernetes",
      "models-credentials Secret",
      "models-launcher-account ServiceAccount",
      "models-launcher-binding RoleBinding",
      "models-launcher-role Role",

      "models-programs ConfigMap",
      "models-role Role",

      "models-workflow WorkflowTemplate",
    ]);
  });

  test("the usual stages follow one another, and a person lets the model through", async () => {
    const graph = await planned({}, mode);
    expect(tasks(graph).map(({ name, dependencies, when }: Plain) => [name, dependencies, when])).toEqual([
      ["ingest", undefined, undefined],
      ["validate", ["ingest"], undefined],
      ["train", ["validate"], undefined],
      ["evaluate", ["train"], undefined],
      ["approve", ["evaluate"], undefined],
      ["register", ["approve"], "{{tasks.approve.outputs.parameters.decision}} == approved"],
    ]);
    expect(template(graph, "approve-by-person")).toMatchObject({
      suspend: { duration: "72h" },
      outputs: { parameters: [{ name: "answer", valueFrom: { supplied: {}, default: "reject" } }] },
    });
    expect(template(graph, "approve-decided").steps).toEqual([
      [{ name: "person", template: "approve-by-person" }],
      [
        {
          name: "record",
          template: "approve-record",
          arguments: { parameters: [{ name: "answer", value: "{{steps.person.outputs.parameters.answer}}" }] },
        },
      ],
    ]);
    expect(template(graph, "approve-record").container.command).toEqual(["python", "-u", "/pipeline/person.py"]);
    expect(workflow(graph)).toMatchObject({
      synchronization: { mutexes: [{ name: "models" }] },
      ttlStrategy: { secondsAfterCompletion: 14 * 86_400 },
      serviceAccountName: "models",
    });
  });

  test("thresholds alone decide where no person is asked for", async () => {
    const approval = { thresholds: [{ metric: "accuracy", minimum: 0.9, mayRegressBy: 0 }] };
    const graph = await planned({ approval }, mode);
    const check = template(graph, "approve-by-thresholds");
    expect(JSON.parse(value(check.container.env, "PIPELINE_THRESHOLDS") as string)).toEqual([
      { metric: "accuracy", minimum: 0.9, mayRegressBy: 0, minimize: false },
    ]);
    expect(check.outputs.parameters).toEqual([
      { name: "decision", valueFrom: { path: "/tmp/decision", default: "rejected" } },
    ]);
    expect(template(graph, "approve").steps).toEqual([[{ name: "thresholds", template: "approve-by-thresholds" }]]);
    expect(template(graph, "approve-by-person")).toBeUndefined();
  });

  test("a program gets no token of the cluster, and runs as `restricted` demands", async () => {
    const graph = await planned({}, mode);
    const ingest = template(graph, "ingest");
    expect(ingest.container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    expect(workflow(graph).securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: "RuntimeDefault" },
    });
    const patch = JSON.parse(ingest.podSpecPatch);
    expect(patch.automountServiceAccountToken).toBe(false);
    expect(patch.containers.map(({ name }: Plain) => name)).toEqual(["wait"]);
    expect(ingest.container.volumeMounts.map(({ mountPath }: Plain) => mountPath)).not.toContain(
      "/var/run/secrets/kubernetes.io/serviceaccount",
    );
    const launcher = JSON.parse(template(graph, "train").podSpecPatch);
    expect(launcher.containers.map(({ name }: Plain) => name)).toEqual(["wait", "main"]);
    expect(inputs(graph, "models-role", "rules")).toEqual([
      { apiGroups: ["argoproj.io"], resources: ["workflowtaskresults"], verbs: ["create", "patch"] },
    ]);
  });

  test("a training job goes through the team's queue as a whole, onto nodes with its accelerators", async () => {
    const graph = await planned({ team, stages: [training], checkpoints }, mode);
    const job = manifest(graph, "train");
    expect(job).toMatchObject({
      apiVersion: "trainer.kubeflow.org/v1alpha1",
      kind: "TrainJob",
      metadata: { name: "$(PIPELINE_RUN_ID)-train$(TRIAL_SUFFIX)", labels: team.labels },
      spec: {
        runtimeRef: { apiGroup: "trainer.kubeflow.org", kind: "TrainingRuntime", name: "models-train" },
        activeDeadlineSeconds: 86_400,
        trainer: {
          numNodes: 4,
          numProcPerNode: 8,
          resourcesPerNode: {
            requests: { cpu: "96", memory: "1Ti", "nvidia.com/gpu": "8" },
            limits: { memory: "1Ti", "nvidia.com/gpu": "8" },
          },
        },
      },
    });
    expect(value(job.spec.trainer.env, "PIPELINE_RUN_ID")).toBe("$(PIPELINE_RUN_ID)");
    expect(value(job.spec.trainer.env, "CHECKPOINT_DIRECTORY")).toBe("/mnt/files/models/$(PIPELINE_RUN_ID)/train");
    const runtime = inputs(graph, "models-train-runtime", "spec");
    expect(runtime.mlPolicy).toEqual({ numNodes: 4, torch: {} });
    expect(runtime.template.spec.failurePolicy).toEqual({ maxRestarts: 5 });
    const pod = runtime.template.spec.replicatedJobs[0].template.spec.template;
    expect(pod.metadata.labels).not.toHaveProperty(["kueue.x-k8s.io/queue-name"]);
    expect(pod.spec).toMatchObject({
      automountServiceAccountToken: false,
      serviceAccountName: "models",
      nodeSelector: { "example.com/gpu": "h100" },
      tolerations: [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }],
      securityContext: { runAsNonRoot: true },
    });
    expect(pod.spec.containers[0].image).toMatch(/pytorch\/pytorch:2\.14\.0-cuda13\.0/);
    expect(pod.spec.volumes).toContainEqual({ name: "files-1", persistentVolumeClaim: { claimName: "files" } });
    const names = created(graph);
    expect(names).toContain("models-trainer Release");
    expect(names).not.toContain("models-ray Release");
    // The launcher waits as long as the queue takes, and starts a lost job no second time.
    expect(template(graph, "train")).not.toHaveProperty("activeDeadlineSeconds");
    expect(template(graph, "train").retryStrategy).toMatchObject({ limit: 10, retryPolicy: "OnError" });
  });

  test("the processes of one stage reach one another, and nobody else does", async () => {
    const graph = await planned({ team, stages: [training] }, mode);
    const peers = {
      matchLabels: {
        "app.kubernetes.io/instance": "models",
        "app.kubernetes.io/component": "training",
        "aistack.dev/stage": "train",
      },
    };
    const spec = inputs(graph, "models-train-peers-network", "spec");
    expect(spec.podSelector).toEqual(peers);
    expect(spec.ingress[0]).toEqual({ from: [{ podSelector: peers }] });
    expect(spec.egress).toEqual([{ to: [{ podSelector: peers }] }]);
    const all = inputs(graph, "models-stages-network", "spec");
    expect(all.ingress).toBeUndefined();
    expect(all.egress.map(({ ports }: Plain) => ports.map(({ port }: Plain) => port))).toEqual([[53, 53], [5000]]);
    const reports = inputs(graph, "models-reports-network", "spec");
    expect(reports.podSelector.matchLabels).toMatchObject({ "app.kubernetes.io/component": "stage" });
  });

  test("the password stands in secrets alone", async () => {
    const graph = await planned({}, mode);
    expect(inputs(graph, "models-credentials", "stringData")).toBeInstanceOf(Secret);
    expect(template(graph, "ingest").container.envFrom).toEqual([{ secretRef: { name: "models-credentials" } }]);
    for (const row of graph.resources.filter(({ name }) => name !== "models-credentials"))
      expect(JSON.stringify(row.inputs)).not.toContain(password);
    expect(JSON.stringify(graph.outputs)).not.toContain(password);
  });

  test("triggers start runs, each with what it knows of the reason", async () => {
    const triggers = {
      schedule: "0 3 * * *",
      push: { provider: GitProvider.GitHub, repository: "vision/models", branch: "release" },
      data: { store, prefix: "images/", everyMinutes: 90 },
      drift: { alerts: ["DataDrift", "PredictionDrift"] },
    };
    const graph = await planned({ triggers }, mode);
    expect(inputs(graph, "models-schedule", "spec")).toMatchObject({
      schedules: ["0 3 * * *"],
      timezone: "Etc/UTC",
      concurrencyPolicy: "Forbid",
      workflowSpec: {
        workflowTemplateRef: { name: "models" },
        arguments: { parameters: [{ name: "trigger", value: "schedule" }] },
      },
    });
    expect(inputs(graph, "models-push", "spec")).toEqual({
      event: {
        selector:
          'discriminator == "models" && metadata["x-github-event"] == ["push"] && payload.deleted == false && payload.repository.full_name == "vision/models" && payload.ref == "refs/heads/release"',
      },
      submit: {
        workflowTemplateRef: { name: "models" },
        arguments: {
          parameters: [
            { name: "trigger", valueFrom: { event: '"push"' } },
            { name: "revision", valueFrom: { event: "payload.after" } },
            { name: "committed-at", valueFrom: { event: "payload.head_commit.timestamp" } },
          ],
        },
      },
    });
    expect(inputs(graph, "models-data", "spec.schedules")).toEqual(["0 */2 * * *"]);
    const [, look] = inputs(graph, "models-data", "spec.workflowSpec.templates");
    expect(value(look.container.env, "WATCH_URL")).toBe("s3://raw");
    expect(value(look.container.env, "WATCH_PREFIX")).toBe("images/");
    expect(value(look.container.env, "WATCH_CA_VARIABLE")).toBe("RAW_CA_CERTIFICATE");
    const alerts = inputs(graph, "models-drift-alerts", "spec");
    expect(alerts.route.matchers).toEqual([{ name: "alertname", matchType: "=~", value: "DataDrift|PredictionDrift" }]);
    expect(alerts.receivers[0].webhookConfigs[0]).toMatchObject({
      url: `https://argo-workflows-server.argo.svc:2746/api/v1/events/${graph.outputs.eventsUrl ? "models" : ""}/models-drift`,
      sendResolved: false,
      httpConfig: {
        authorization: { type: "Bearer", credentials: { name: "models-events.service-account-token", key: "token" } },
      },
    });
    const rules: Plain[] = inputs(graph, "models-events-role", "rules");
    expect(rules.flatMap(({ resources, verbs }) => verbs.map((verb: string) => `${verb} ${resources}`))).toEqual([
      "list workfloweventbindings",
      "get workflowtemplates",
      "create workflows",
      "get workflows",
      "create workflowtaskresults",
      "patch workflowtaskresults",
    ]);
    expect(graph.outputs.pushSecret).toBeInstanceOf(Secret);
    expect(inputs(graph, "models-push-clients", "stringData")).toBeInstanceOf(Secret);
  });

  test("a search draws, tries some at a time, and goes on with the best", async () => {
    const search = {
      metric: "loss",
      minimize: true,
      trials: 4,
      parameters: [{ name: "rate", minimum: 0.1, maximum: 1 }],
    };
    const graph = await planned({ team, stages: [{ ...training, search }] }, mode);
    expect(template(graph, "train")).toMatchObject({ parallelism: 2 });
    expect(
      template(graph, "train")
        .steps.flat()
        .map(({ template: name }: Plain) => name),
    ).toEqual(["train-draw", "train-trial", "train-choose"]);
    const { env } = template(graph, "train-trial").container;
    expect(value(env, "PARAMETER_RATE")).toBe("{{inputs.parameters.rate}}");
    expect(value(env, "TRIAL_SUFFIX")).toBe("-{{inputs.parameters.trial}}");
  });

  test("delivers to the service that it is given, by an account that may do nothing else", async () => {
    const graph = await planned({ delivery: { service, canaryMinutes: 30 }, namespace: "vision" }, mode);
    const { env, command } = template(graph, "deploy").container;
    expect(command).toEqual(["python", "-u", "/pipeline/deploy.py"]);
    expect(value(env, "CANARY_MINUTES")).toBe("30");
    expect(JSON.parse(value(env, "DELIVERY") as string)).toEqual(service.delivery);
    expect(template(graph, "deploy").serviceAccountName).toBe("models-deliverer");
    expect(tasks(graph).at(-1)).toMatchObject({
      name: "deploy",
      when: "{{tasks.approve.outputs.parameters.decision}} == approved",
    });
    expect(value(template(graph, "register").container.env, "PIPELINE_ALIAS")).toBe("candidate");
    expect(created(graph)).toContain("models-delivery-limits ValidatingAdmissionPolicy");
  });

  test("an approval is told where it is recorded", async () => {
    const approval = { auditEvents: audit };
    const graph = await planned({ approval, compliance: [Regulation.EuAiAct] }, mode);
    expect(value(template(graph, "approve-record").container.env, "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT")).toBe(
      "http://events.events.svc:4318/v1/logs",
    );
    expect(value(template(graph, "ingest").container.env, "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT")).toBeUndefined();
    const egress = inputs(graph, "models-approve-network", "spec.egress");
    expect(egress.at(-1).ports).toEqual([{ protocol: "TCP", port: 4318 }]);
  });

  test("adopts a pipeline that exists", async () => {
    const existing = { kind: "mlops-pipeline", name: "theirs", platform: Platform.Aws, model: "m", experiment: "e" };
    const graph = await planned({ existing }, mode);
    expect(created(graph)).toEqual([]);
    expect(graph.outputs.binding).toMatchObject({ name: "theirs" });
  });

  test("alerts and a dashboard ask for the metrics that runs put out", async () => {
    const graph = await planned({ alerts: { labels: { release: "prometheus" } } }, mode);
    const rules = inputs(graph, "models-alerts", "spec.groups.0.rules");
    expect(rules.map(({ alert }: Plain) => alert)).toEqual([
      "MlopsPipelineStageFails",
      "MlopsPipelineNoRunSucceeds",
      "MlopsPipelineWaitsForRoom",
      "MlopsPipelineGpusIdle",
      "MlopsPipelinePodsPending",
    ]);
    const emitted = [
      ...workflow(graph).metrics.prometheus,
      ...workflow(graph).templates.flatMap((row: Plain) => row.metrics?.prometheus ?? []),
    ];
    const names = new Set(emitted.map(({ name }: Plain) => `argo_workflows_${name}`));
    const board = JSON.parse(inputs(graph, "models-dashboard", "data")["models.json"]);
    const asked = JSON.stringify([rules, board]).match(/argo_workflows_\w+/g) ?? [];
    const unknown = [...new Set(asked)].filter((name) => !names.has(name));
    // Only a delivery puts that out.
    expect(unknown).toEqual(["argo_workflows_aistack_pipeline_lead_time_seconds"]);
    expect(board.panels).toHaveLength(8);
  });
});

test("JAX, Ray and single jobs have their own objects", async () => {
  const own = { team, image: undefined };
  const jax = { ...training, framework: Framework.Jax };
  expect(inputs(await planned({ ...own, stages: [jax] }), "models-train-runtime", "spec.mlPolicy")).toEqual({
    numNodes: 4,
    jax: {},
  });
  const ray = await planned({ ...own, stages: [{ ...training, engine: TrainingEngine.Ray }] });
  expect(manifest(ray, "train")).toMatchObject({
    kind: "RayJob",
    spec: {
      entrypoint: "'torchrun' 'train.py'",
      rayClusterSpec: { workerGroupSpecs: [{ replicas: 3, minReplicas: 3, maxReplicas: 3 }] },
    },
  });
  expect(created(ray)).toContain("models-ray Release");
  expect(created(ray)).not.toContain("models-trainer Release");
  const single = { ...training, nodes: 1, kind: StageKind.Train };
  expect(manifest(await planned({ ...own, stages: [single] }), "train")).toMatchObject({
    kind: "Job",
    spec: {
      backoffLimit: 5,
      podFailurePolicy: {
        rules: [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] }],
      },
    },
  });
});

test("a mirror is where all images come from", async () => {
  const mirrored = { ...cluster, mirror: { images: "registry.example/mirror" } };
  const graph = await planned({ cluster: mirrored, team, stages: [training, { name: "evaluate" }] });
  const images = JSON.stringify(graph.resources.map((row) => row.inputs)).match(/"image\\?":\\?"[^"\\]+/g) ?? [];
  expect(images.length).toBeGreaterThan(2);
  for (const image of images) expect(image).toContain("registry.example/mirror/");
});

const refused: [string, MlopsPipelineArgs, RegExp][] = [
  ["no tracking", { tracking: undefined }, /tracking is missing; give the binding of a TrackingServer/],
  [
    "accelerators without a queue",
    { stages: [training] },
    /team is missing, but the stage "train" asks for accelerators/,
  ],
  [
    "accelerators that the cluster lacks",
    { team, stages: [{ ...training, accelerator: Accelerator.NvidiaL4 }] },
    /accelerator is nvidia-l4, but the cluster's nodes carry: 8 x nvidia-h100-80gb/,
  ],
  ["a team and a namespace", { team, namespace: "other" }, /namespace is given together with `team`/],
  [
    "a service that takes no models",
    { delivery: { service: { ...service, delivery: undefined } } },
    /delivery\.service is .*, but must be that of an InferenceService with `delivery`/,
  ],
  ["a model that no registry takes", { model: "a b" }, /model is "a b", but must be 1 to 63 letters/],
  [
    "alerts to a server whose certificate nobody knows",
    { install: { argoWorkflows: false }, triggers: { drift: { alerts: ["Drift"] } } },
    /install\.argoAuthority is missing/,
  ],
  [
    "an adopted pipeline with stages",
    {
      existing: { kind: "mlops-pipeline", name: "x", platform: Platform.Gcp, model: "m", experiment: "e" },
      stages: [],
    },
    /stages has no effect together with `existing`/,
  ],
];
test.each(refused)("refuses %s", async (_, args, message) => {
  expect(await refusal(planned(args))).toMatch(message);
});

describe("what it installs", () => {
  const signOn = {
    issuer: "https://id.example.com",
    clientId: "argo",
    clientSecret: pulumi.secret(password),
    redirectUrl: "https://argo.example.com/oauth2/callback",
  };
  const everything = () =>
    planned({
      cluster: { ...cluster, mirror: { images: "registry.example/mirror" } },
      team,
      stages: [training, { ...training, name: "tune", engine: TrainingEngine.Ray }],
      install: { signOn },
      alerts: {},
    });

  test("people sign in by a provider, whose client's secret stands in a Secret alone", async () => {
    const graph = await everything();
    const values = inputs(graph, "models-argo", "values");
    expect(values.server.authModes).toEqual(["sso", "client"]);
    expect(values.server.sso).toMatchObject({
      issuer: "https://id.example.com",
      clientSecret: { name: "argo-server-sso", key: "client-secret" },
      rbac: { enabled: true },
    });
    expect(JSON.stringify(values)).not.toContain(password);
    expect(inputs(graph, "models-argo-sign-on", "stringData")).toBeInstanceOf(Secret);
    expect(inputs(await planned(), "models-argo", "values").server).not.toHaveProperty("sso");
  });

  test("Argo's server speaks TLS, and lets in who carries its label", async () => {
    const graph = await planned();
    expect(inputs(graph, "models-argo", "values.server")).toMatchObject({
      secure: true,
      extraArgs: ["--tls-certificate-secret-name=argo-server-tls"],
      authModes: ["client"],
      replicas: 2,
    });
    expect(inputs(graph, "models-argo-tls-request", "dnsNames")).toEqual(["argo-workflows-server.argo.svc"]);
    expect(inputs(graph, "models-argo-server", "spec.ingress.0.from.0.podSelector")).toEqual({
      matchLabels: { "access.aistack.dev/argo-workflows-server": "allowed" },
    });
  });

  test("Argo's server lets in from the namespaces that are named", async () => {
    const from = "spec.ingress.0.from.0.namespaceSelector";
    const named = inputs(await planned({ clientNamespaces: ["gateway", "monitoring"] }), "models-argo-server", from);
    expect(named.matchExpressions).toEqual([
      { key: "kubernetes.io/metadata.name", operator: "In", values: ["gateway", "monitoring"] },
    ]);
    expect(inputs(await planned(), "models-argo-server", from)).toEqual({});
  });

  test("nothing is installed that the cluster has", async () => {
    const install = { argoWorkflows: false, trainer: false };
    const names = created(await planned({ team, stages: [training], install }));
    expect(names.filter((name) => name.endsWith(" Release"))).toEqual([]);
  });

  const documents = join(__dirname, "../../../../../shared/charts");
  /** The documents are kept beside the repository; without them there is nothing to compare with. */
  const withDocuments = existsSync(documents) ? test : test.skip;
  withDocuments.each([
    ["argo-workflows", "models-argo"],
    ["kubeflow-trainer", "models-trainer"],
    ["kuberay-operator", "models-ray"],
  ])("%s gets only values that it has", async (chart, release) => {
    const known = parse(readFileSync(join(documents, chart, "values.yaml"), "utf8"));
    const values = inputs(await everything(), release, "values");
    expect(Object.keys(values).length).toBeGreaterThan(2);
    // Kubernetes' own fields, beside those that the chart names; and what the values of Argo Workflows have in comments.
    const other = /securityContext|resources|pdb\.maxUnavailable/i;
    expect(unknownKeys(values, known).filter((path) => !other.test(path))).toEqual([]);
    expect(unknownKeys({ misspelt: 1 }, known)).toEqual([".misspelt"]);
  });
});

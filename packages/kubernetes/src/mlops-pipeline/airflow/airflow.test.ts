import * as pulumi from "@pulumi/pulumi";
import {
  bindingField,
  type DatabaseBinding,
  GitProvider,
  type InferenceBinding,
  type ObjectStoreBinding,
  Platform,
  type TrackingBinding,
} from "aistack-core";
import { type Graph, type Mode, plan, type Secret } from "aistack-engine";
import { created, inputs, refusal, testCluster } from "../../testing";
import type { MlopsPipelineArgs } from "../args";
import { MlopsPipeline } from "../mlops-pipeline";
import type { AirflowArgs } from "./args";

jest.setTimeout(60_000);

const modes: Mode[] = ["preview", "simulate"];
const hidden = { database: "p@ss/word", key: "do-not-show-this", git: "token-of-git", sshKey: "private-key" };

const tracking = {
  kind: "tracking",
  name: "tracking",
  platform: Platform.Kubernetes,
  uri: "https://tracking.tracking.svc:5000",
  egress: [{ port: 5000, namespace: "tracking" }],
} as TrackingBinding;
const database = () =>
  pulumi.output({
    kind: "database",
    name: "runs",
    platform: Platform.Kubernetes,
    host: "runs-rw.runs.svc",
    port: 5432,
    database: "airflow",
    user: "airflow",
    caCertificate: "-----database-----",
    credentials: { RUNS_PASSWORD: pulumi.secret(hidden.database) },
    clientLabels: { "access.aistack.dev/runs": "allowed" },
    egress: [{ port: 5432, namespace: "runs" }],
  }) as pulumi.Output<DatabaseBinding>;
const logs = () =>
  pulumi.output({
    kind: "object-store",
    name: "logs",
    platform: Platform.Kubernetes,
    bucket: "logs",
    url: "s3://logs",
    region: "us-east-1",
    endpoint: "https://logs.logs.svc:8333",
    environment: { LOGS_CA_CERTIFICATE: "-----logs-----" },
    credentials: { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: pulumi.secret(hidden.key) },
    egress: [{ port: 8333, namespace: "logs" }],
    access: { read: [], write: [] },
  }) as pulumi.Output<ObjectStoreBinding>;
const delivered = {
  kind: "inference",
  name: "scorer",
  endpoint: "http://scorer.scorer.svc:8080",
  delivery: { namespace: "scorer", stable: "scorer", canary: "scorer-canary", models: "scorer-models" },
} as unknown as InferenceBinding;

/** Plans a pipeline by Airflow; `airflow` adds to the database that it has. */
function planned(
  { airflow, ...args }: Omit<MlopsPipelineArgs, "airflow"> & { airflow?: Partial<AirflowArgs> } = {},
  mode: Mode = "simulate",
): Promise<Graph> {
  return plan(
    () => {
      const given = { cluster: testCluster, tracking, airflow: { database: database(), ...airflow }, ...args };
      const { binding, pushSecret } = new MlopsPipeline("models", given as MlopsPipelineArgs);
      return {
        eventsUrl: bindingField(binding, "eventsUrl"),
        egress: bindingField(binding, "egress"),
        clientLabels: bindingField(binding, "clientLabels"),
        pushSecret,
      };
    },
    { mode },
  );
}

// biome-ignore lint/suspicious/noExplicitAny: assertions on plain data whose shape the test itself states
type Plain = any;

const values = (graph: Graph): Plain => inputs(graph, "models-airflow", "values");
const dag = (graph: Graph): Plain => JSON.parse(inputs(graph, "models-airflow-pipeline", "data")["pipeline.json"]);
const secret = (graph: Graph, name: string): Plain =>
  (inputs(graph, `models-airflow-${name}`, "stringData") as Secret).reveal();

describe.each(modes)("in %s", (mode) => {
  test("creates these children and no others, and no Argo Workflows", async () => {
    const made = created(await planned({}, mode)).filter((line) => !/airflow-tls|RandomPassword/.test(line));
    expect(made).toEqual([
      "models-account ServiceAccount",
      "models-airflow Release",
      "models-airflow-api Secret",
      "models-airflow-api-network NetworkPolicy",
      "models-airflow-binding RoleBinding",
      "models-airflow-dag-processor-disruption PodDisruptionBudget",
      "models-airflow-default-deny NetworkPolicy",
      "models-airflow-environment Secret",
      "models-airflow-fernet Secret",
      "models-airflow-fernet-key RandomBytes",
      "models-airflow-inside-network NetworkPolicy",
      "models-airflow-jwt Secret",
      "models-airflow-metadata Secret",
      "models-airflow-namespace Namespace",
      "models-airflow-pipeline ConfigMap",
      "models-airflow-role Role",
      "models-airflow-triggerer-disruption PodDisruptionBudget",
      "models-airflow-trust ConfigMap",
      "models-airflow-user Secret",
      "models-airflow-variables ConfigMap",
      "models-cluster kubernetes",
      "models-credentials Secret",
      "models-default-deny NetworkPolicy",
      "models-launcher-account ServiceAccount",
      "models-launcher-binding RoleBinding",
      "models-launcher-role Role",
      "models-namespace Namespace",
      "models-programs ConfigMap",
      "models-reports-network NetworkPolicy",
      "models-stages-network NetworkPolicy",
    ]);
  });

  test("the chart gets an outer database, keys by name, and pods that `restricted` lets in", async () => {
    const graph = await planned({ historyDays: 30 }, mode);
    expect(inputs(graph, "models-airflow")).toMatchObject({
      chart: "airflow",
      version: "1.22.0",
      repositoryOpts: { repo: "https://airflow.apache.org" },
      namespace: "models-airflow",
    });
    const given = values(graph);
    expect(given).toMatchObject({
      executor: "KubernetesExecutor",
      defaultAirflowRepository: "docker.io/apache/airflow",
      postgresql: { enabled: false },
      redis: { enabled: false },
      statsd: { enabled: false },
      data: { metadataSecretName: "airflow-metadata" },
      fernetKeySecretName: "airflow-fernet",
      apiSecretKeySecretName: "airflow-api",
      jwtSecretName: "airflow-jwt",
      labels: { "access.aistack.dev/runs": "allowed" },
      extraEnvFrom: "- configMapRef:\n    name: airflow-variables\n- secretRef:\n    name: airflow-environment\n",
      securityContexts: {
        pod: { runAsNonRoot: true, runAsUser: 50000, seccompProfile: { type: "RuntimeDefault" } },
        containers: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
      },
      config: {
        api: {
          base_url: "https://airflow-api-server.models-airflow.svc:8080",
          ssl_cert: "/opt/aistack/trust/api-server.pem",
        },
        core: { execution_api_server_url: "https://airflow-api-server.models-airflow.svc:8080/execution/" },
      },
      scheduler: { replicas: 2, podDisruptionBudget: { enabled: true, config: { maxUnavailable: 1 } } },
      apiServer: {
        replicas: 2,
        podDisruptionBudget: { enabled: true },
        readinessProbe: { scheme: "HTTPS" },
        env: [{ name: "AIRFLOW__API__SSL_KEY", value: "/opt/aistack/tls/tls.key" }],
      },
      dagProcessor: { enabled: true, replicas: 2 },
      triggerer: { replicas: 2, persistence: { enabled: false } },
      databaseCleanup: { enabled: true, retentionDays: 30 },
      migrateDatabaseJob: { useHelmHooks: false },
      createUserJob: { useHelmHooks: false },
    });
    expect(given).not.toHaveProperty("dags");
    expect(given.config).not.toHaveProperty("logging");
    expect(JSON.parse(given.config.dag_processor.dag_bundle_config_list)).toEqual([
      {
        name: "pipeline",
        classpath: "airflow.dag_processing.bundles.local.LocalDagBundle",
        kwargs: { path: "/opt/aistack/pipeline" },
      },
    ]);
    for (const part of [given.dagProcessor, given.workers])
      expect(part.extraVolumeMounts.map(({ mountPath, subPath }: Plain) => [mountPath, subPath])).toEqual(
        ["pipeline.py", "pipeline.json", "pipeline_run.py", "draw.py", ".airflowignore"].map((file) => [
          `/opt/aistack/pipeline/${file}`,
          file,
        ]),
      );
    for (const part of ["scheduler", "apiServer", "dagProcessor", "triggerer", "workers", "cleanup", "createUserJob"])
      expect(given[part].resources.limits.memory).toMatch(/Gi$/);
  });

  test("the database is verified, and its password and all keys stand in secrets alone", async () => {
    const graph = await planned({ airflow: { logs: logs() } }, mode);
    const authority = encodeURIComponent("/opt/aistack/trust/database-ca.crt");
    const login = "airflow:p%40ss%2Fword@runs-rw.runs.svc:5432/airflow";
    expect(secret(graph, "metadata")).toEqual({
      connection: `postgresql+psycopg2://${login}?sslmode=verify-full&sslrootcert=${authority}`,
    });
    const { AIRFLOW_CONN_AISTACK_LOGS: connection, ...environment } = secret(graph, "environment");
    expect(environment).toEqual({
      RUNS_PASSWORD: hidden.database,
      AWS_ACCESS_KEY_ID: "id",
      AWS_SECRET_ACCESS_KEY: hidden.key,
      AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC: `postgresql+asyncpg://${login}?ssl=verify-full`,
    });
    expect(JSON.parse(connection)).toEqual({
      conn_type: "aws",
      login: "id",
      password: hidden.key,
      extra: {
        region_name: "us-east-1",
        endpoint_url: "https://logs.logs.svc:8333",
        verify: "/opt/aistack/trust/logs-ca.crt",
      },
    });
    expect(values(graph).config.logging).toEqual({
      remote_logging: "True",
      remote_base_log_folder: "s3://logs/airflow",
      remote_log_conn_id: "aistack_logs",
      delete_local_logs: "True",
    });
    expect(inputs(graph, "models-airflow-variables", "data")).toMatchObject({
      PGSSLROOTCERT: "/opt/aistack/trust/database-ca.crt",
    });
    expect(inputs(graph, "models-airflow-trust", "data")).toMatchObject({
      "database-ca.crt": "-----database-----",
      "logs-ca.crt": "-----logs-----",
    });
    // The job that makes the user reads the password from a file.
    const [, , command] = values(graph).createUserJob.args;
    expect(command).toContain('--password "$(cat /opt/aistack/user/password)"');
    expect(values(graph).createUserJob.extraVolumes).toEqual([
      { name: "user", secret: { secretName: "airflow-user" } },
    ]);
    for (const row of graph.resources.filter(({ type }) => !/Secret|Random/.test(type)))
      for (const text of [hidden.key, hidden.database, "p%40ss"])
        expect(JSON.stringify(row.inputs)).not.toContain(text);
    expect(JSON.stringify(graph.outputs)).not.toContain(hidden.key);
  });

  test("nothing gets to its pods but who may", async () => {
    const graph = await planned({ alerts: {}, clientNamespaces: ["apps"], airflow: { logs: logs() } }, mode);
    const inside = inputs(graph, "models-airflow-inside-network", "spec");
    expect(inside.ingress).toEqual([{ from: [{ podSelector: {} }] }]);
    expect(
      inside.egress.flatMap(({ ports }: Plain) => (ports ?? []).map(({ port }: Plain) => port)).filter(isOutside),
    ).toEqual([5432, 8333]);
    const api = inputs(graph, "models-airflow-api-network", "spec");
    expect(api.podSelector.matchLabels).toEqual({ tier: "airflow", component: "api-server", release: "airflow" });
    expect(api.ingress[0].ports).toEqual([{ protocol: "TCP", port: 8080 }]);
    expect(api.ingress[0].from[0]).toMatchObject({
      namespaceSelector: { matchExpressions: [{ values: ["apps"] }] },
      podSelector: { matchLabels: { "access.aistack.dev/models-airflow": "allowed" } },
    });
    expect(inputs(graph, "models-airflow-metrics-network", "spec.ingress.0.ports")).toEqual([
      { protocol: "TCP", port: 9102 },
    ]);
    expect(values(graph).statsd.enabled).toBe(true);
    expect(inputs(graph, "models-airflow-metrics", "spec.podMetricsEndpoints")).toEqual([{ port: "statsd-scrape" }]);
    expect(inputs(graph, "models-alerts", "spec.groups.0.rules").map(({ alert }: Plain) => alert)).toEqual([
      "MlopsPipelineRunFails",
      "MlopsPipelineNoRunSucceeds",
      "MlopsPipelineSchedulerDown",
      "MlopsPipelineWaitsForRoom",
      "MlopsPipelineGpusIdle",
      "MlopsPipelinePodsPending",
    ]);
  });

  test("in the namespace of the stages Airflow starts pods, and programs get no token", async () => {
    const graph = await planned({ namespace: "vision", delivery: { service: delivered } }, mode);
    expect(inputs(graph, "models-airflow-role", "metadata.namespace")).toBe("vision");
    const rules: Plain[] = inputs(graph, "models-airflow-role", "rules");
    expect(rules.flatMap(({ resources }) => resources)).toEqual(["pods", "pods/log", "events"]);
    expect(inputs(graph, "models-airflow-binding", "subjects")).toEqual([
      { kind: "ServiceAccount", name: "airflow-worker", namespace: "models-airflow" },
      { kind: "ServiceAccount", name: "airflow-triggerer", namespace: "models-airflow" },
    ]);
    expect(values(graph)).toMatchObject({
      workers: { serviceAccount: { name: "airflow-worker" } },
      triggerer: { serviceAccount: { name: "airflow-triggerer" } },
    });
    // Nothing reports to Argo, and only what launches or delivers speaks to the API server.
    expect(created(graph)).not.toContain("models-role Role");
    expect(inputs(graph, "models-launcher-role", "rules").map(({ apiGroups }: Plain) => apiGroups[0])).toEqual([
      "batch",
      "trainer.kubeflow.org",
      "ray.io",
    ]);
    expect(inputs(graph, "models-reports-network", "spec.podSelector.matchExpressions")).toEqual([
      { key: "aistack.dev/stage", operator: "In", values: ["train", "deploy"] },
    ]);
    const task = (id: string) => dag(graph).tasks.find((row: Plain) => row.id === id);
    expect(dag(graph).namespace).toBe("vision");
    expect(task("ingest").pod.spec).toMatchObject({
      serviceAccountName: "models",
      automountServiceAccountToken: false,
      activeDeadlineSeconds: 3600,
    });
    expect(JSON.stringify(task("ingest").pod)).not.toContain("serviceAccountToken");
    expect(JSON.stringify(task("train").pod)).toContain("serviceAccountToken");
    expect(task("train").pod.spec.serviceAccountName).toBe("models-launcher");
    for (const row of dag(graph).tasks.filter(({ pod }: Plain) => pod)) {
      const names = row.pod.spec.containers[0].env.map(({ name }: Plain) => name);
      expect(names).toEqual([...new Set(names)]);
      expect(names).toContain("RESULT_FOLDER");
    }
    expect(task("deploy")).toMatchObject({ once: true, after: ["register"] });
    expect(task("deploy").pod.spec.containers[0].command).toEqual(["python", "-u", "/pipeline/deploy.py"]);
    expect(task("deploy").pod.spec.serviceAccountName).toBe("models-deliverer");
  });

  test("thresholds alone decide where no person is asked for", async () => {
    const approval = { thresholds: [{ metric: "accuracy", minimum: 0.9 }], person: false };
    const { tasks } = dag(await planned({ approval, triggers: { schedule: "0 3 * * *" } }, mode));
    expect(tasks.map(({ id, kind, after }: Plain) => [id, kind, after])).toEqual([
      ["ingest", "pod", []],
      ["validate", "pod", ["ingest"]],
      ["train", "pod", ["validate"]],
      ["evaluate", "pod", ["train"]],
      ["approve", "pod", ["evaluate"]],
      ["register", "pod", ["approve"]],
    ]);
    const { command } = tasks[4].pod.spec.containers[0];
    expect(command.slice(2, 5)).toEqual(["/pipeline/go_on.py", "/tmp/decision", "approved"]);
  });

  test("DAGs of a repository are fetched with what it takes, which no plan shows", async () => {
    const dags = {
      repository: "ssh://git@git.example.com:2222/ml/dags.git",
      folder: "dags",
      sshKey: pulumi.secret(hidden.sshKey),
      knownHosts: "git.example.com ssh-ed25519 AAAA",
    };
    const graph = await planned({ airflow: { dags } }, mode);
    expect(values(graph).dags.gitSync).toMatchObject({
      enabled: true,
      repo: dags.repository,
      branch: "main",
      ref: "main",
      subPath: "dags",
      sshKeySecret: "airflow-git",
      knownHosts: dags.knownHosts,
    });
    expect(secret(graph, "git")).toEqual({ gitSshKey: hidden.sshKey });
    expect(inputs(graph, "models-airflow-inside-network", "spec.egress").at(-1).ports).toEqual([
      { protocol: "TCP", port: 2222 },
    ]);
    expect(JSON.parse(values(graph).config.dag_processor.dag_bundle_config_list)).toHaveLength(2);
    const https = await planned(
      { airflow: { dags: { repository: "https://git.example.com/x.git", username: "u", password: hidden.git } } },
      mode,
    );
    expect(values(https).dags.gitSync.credentialsSecret).toBe("airflow-git");
    expect(secret(https, "git")).toEqual({ GITSYNC_USERNAME: "u", GITSYNC_PASSWORD: hidden.git });
    expect(JSON.stringify(values(https))).not.toContain(hidden.git);
  });

  test("its API is what the binding leads to", async () => {
    const { outputs } = await planned({}, mode);
    expect(outputs).toMatchObject({
      clientLabels: { "access.aistack.dev/models-airflow": "allowed" },
      egress: [
        {
          port: 8080,
          namespace: "models-airflow",
          podLabels: { tier: "airflow", component: "api-server", release: "airflow" },
        },
      ],
    });
    expect(outputs.pushSecret).toBeUndefined();
    if (mode === "simulate")
      expect(outputs.eventsUrl).toBe("https://airflow-api-server.models-airflow.svc:8080/api/v2/dags/models/dagRuns");
  });
});

/** Neither name resolution nor the API server. */
const isOutside = (port: number) => ![53, 443, 6443, 16443].includes(port);

test("a bucket of Google Cloud and a database without an authority need no file", async () => {
  const gcs = { kind: "object-store", name: "logs", platform: Platform.Gcp, url: "gs://logs" } as ObjectStoreBinding;
  const plainDatabase = database().apply(({ caCertificate, ...rest }) => rest) as pulumi.Output<DatabaseBinding>;
  const graph = await planned({ airflow: { logs: gcs, database: plainDatabase } });
  expect(secret(graph, "metadata").connection).toMatch(/\?sslmode=require$/);
  expect(secret(graph, "environment").AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC).toMatch(/\?ssl=require$/);
  expect(JSON.parse(secret(graph, "environment").AIRFLOW_CONN_AISTACK_LOGS)).toEqual({
    conn_type: "google_cloud_platform",
  });
  expect(values(graph).config.logging.remote_base_log_folder).toBe("gs://logs/airflow");
});

test("a mirror is where all images come from", async () => {
  const cluster = { ...testCluster, mirror: { images: "registry.example/mirror" } };
  const given = values(await planned({ cluster }));
  expect([given.defaultAirflowRepository, given.images.gitSync.repository, given.images.statsd.repository]).toEqual([
    "registry.example/mirror/docker.io/apache/airflow",
    "registry.example/mirror/registry.k8s.io/git-sync/git-sync",
    "registry.example/mirror/quay.io/prometheus/statsd-exporter",
  ]);
});

const dagsOf = (dags: object) => ({ airflow: { dags } as Partial<AirflowArgs> });
const refused: [string, Parameters<typeof planned>[0], RegExp][] = [
  ["no database", { airflow: { database: undefined } }, /airflow\.database is missing; give the binding of a Database/],
  ["pushes", { triggers: { push: { provider: GitProvider.GitHub, repository: "a/b" } } }, /triggers\.push is nothing/],
  ["alerts", { triggers: { drift: { alerts: ["Drift"] } } }, /triggers\.drift is nothing that Airflow can take/],
  ["Argo beside it", { install: { argoWorkflows: true } }, /install\.argoWorkflows is for Argo Workflows/],
  [
    "Argo's way to sign in",
    { install: { signOn: { issuer: "i", clientId: "c", clientSecret: "s", redirectUrl: "r" } } },
    /install\.signOn is for Argo Workflows/,
  ],
  ["no scheduler", { airflow: { replicas: 0 } }, /airflow\.replicas is 0, but must be/],
  [
    "a password in a URL",
    dagsOf({ repository: "https://u:p@git.example.com/x" }),
    /airflow\.dags\.repository is .*, but must be https:\/\/host\/path without user/,
  ],
  ["a user alone", dagsOf({ repository: "https://a.example/x", username: "u" }), /password and `username` go together/],
  ["a key for any server", dagsOf({ repository: "ssh://git@a.example/x", sshKey: "k" }), /knownHosts and `sshKey` go/],
  ["SSH without a key", dagsOf({ repository: "ssh://git@a.example/x" }), /airflow\.dags\.sshKey is missing/],
  [
    "a key and a password",
    dagsOf({ repository: "https://a.example/x", username: "u", password: "p", sshKey: "k", knownHosts: "h" }),
    /sshKey is given together with `password`/,
  ],
  ["a branch with spaces", dagsOf({ repository: "https://a.example/x", branch: "a b" }), /airflow\.dags\.branch is/],
  ["a folder from the root", dagsOf({ repository: "https://a.example/x", folder: "/a" }), /airflow\.dags\.folder is/],
];
test.each(refused)("refuses %s", async (_, args, message) => {
  expect(await refusal(planned(args))).toMatch(message);
});

test("all faults come at once", async () => {
  const message = await refusal(
    planned({ airflow: { replicas: 99 }, triggers: { drift: { alerts: ["A"] } }, install: { argoWorkflows: false } }),
  );
  for (const path of ["airflow.replicas", "triggers.drift", "install.argoWorkflows"]) expect(message).toContain(path);
});

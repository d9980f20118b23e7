import * as pulumi from "@pulumi/pulumi";
import { Accelerator, type Binding, bindingField, type ClusterBinding, type InferenceBinding } from "aistack-core";
import { type Graph, type Mode, plan, resource, Secret } from "aistack-engine";
import { created, inputs, refusal, testCluster } from "../testing";
import { type InferenceServiceArgs, ScalingMetric } from "./args";
import { InferenceService } from "./inference-service";

const cluster: ClusterBinding = {
  ...testCluster,
  accelerators: [
    {
      accelerator: Accelerator.NvidiaL4,
      perNode: 4,
      maxNodes: 2,
      nodeLabels: { "aistack.dev/accelerator": "nvidia-l4" },
    },
  ],
};

const modes: Mode[] = ["preview", "simulate"];

function planned(args: Partial<InferenceServiceArgs>, mode: Mode = "simulate"): Promise<Graph> {
  return plan(
    () => {
      const service = new InferenceService("model", { cluster, ...args });
      return { endpoint: bindingField(service.binding, "endpoint"), identity: service.identity };
    },
    { mode },
  );
}

const vllm = { model: "Qwen/Qwen3-8B", accelerator: Accelerator.NvidiaL4 };
const pod = "spec.template.spec";
const server = `${pod}.containers.0`;

describe.each(modes)("in %s", (mode) => {
  test("creates these children and no others", async () => {
    const graph = await planned(vllm, mode);
    expect(created(graph)).toEqual([
      "model-account ServiceAccount",
      "model-api-key RandomPassword",
      "model-cluster kubernetes",
      "model-credentials Secret",
      "model-default-deny NetworkPolicy",
      "model-namespace Namespace",
      "model-network NetworkPolicy",
      "model-replicas Deployment",
      "model-service Service",
    ]);
    expect(graph.outputs).toEqual({
      endpoint: "http://model.model.svc:8000",
      identity: { namespace: "model", serviceAccount: "model" },
    });
  });

  test("each replica asks for its accelerators, on the nodes that carry them", async () => {
    const graph = await planned({ ...vllm, acceleratorsPerReplica: 4 }, mode);
    expect(inputs(graph, "model-replicas", `${server}.resources`)).toEqual({
      requests: { cpu: "2", memory: "12Gi", "nvidia.com/gpu": "4" },
      limits: { memory: "12Gi", "nvidia.com/gpu": "4" },
    });
    expect(inputs(graph, "model-replicas", `${pod}.nodeSelector`)).toEqual({ "aistack.dev/accelerator": "nvidia-l4" });
    expect(inputs(graph, "model-replicas", `${pod}.tolerations`)).toEqual([
      { key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" },
    ]);
    expect(inputs(graph, "model-replicas", `${server}.command`)).toEqual(
      "vllm serve Qwen/Qwen3-8B --host 0.0.0.0 --port 8000 --tensor-parallel-size 4".split(" "),
    );
  });

  test("pods satisfy `restricted`, have no token and a read-only root", async () => {
    const graph = await planned(vllm, mode);
    expect(inputs(graph, "model-replicas", `${pod}.automountServiceAccountToken`)).toBe(false);
    expect(inputs(graph, "model-replicas", `${pod}.securityContext`)).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: "RuntimeDefault" },
    });
    expect(inputs(graph, "model-replicas", `${server}.securityContext`)).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    expect(inputs(graph, "model-namespace", "metadata.labels")).toMatchObject({
      "pod-security.kubernetes.io/enforce": "restricted",
    });
  });

  test("what it uses is given and opened: variables, credentials, labels, network; nothing else", async () => {
    const used: Binding = {
      kind: "vector-store",
      name: "vectors",
      environment: { VECTORS_URL: "http://vectors.data.svc:6333" },
      credentials: { VECTORS_API_KEY: "do-not-show" },
      clientLabels: { "access.aistack.dev/vectors": "allowed" },
      egress: [
        { port: 6333, namespace: "data", podLabels: { app: "vectors" } },
        { port: 443, cidr: "198.51.100.0/24" },
        { port: 8443 },
      ],
    };
    const graph = await planned({ ...vllm, allowDownload: false, uses: [pulumi.secret(used)] }, mode);
    expect(inputs(graph, "model-replicas", `${server}.env`)).toContainEqual({
      name: "VECTORS_URL",
      value: "http://vectors.data.svc:6333",
    });
    expect(inputs(graph, "model-replicas", `${server}.envFrom`)).toEqual([
      { secretRef: { name: "model-credentials" } },
    ]);
    const stringData = inputs(graph, "model-credentials", "stringData");
    expect(stringData).toBeInstanceOf(Secret);
    if (mode === "simulate") expect(stringData.reveal()).toMatchObject({ VECTORS_API_KEY: "do-not-show" });
    expect(inputs(graph, "model-replicas", "spec.template.metadata.labels")).toMatchObject({
      "access.aistack.dev/vectors": "allowed",
    });
    const egress = inputs(graph, "model-network", "spec.egress");
    expect(egress.map((rule: { ports: { port: number }[] }) => rule.ports.map((row) => row.port))).toEqual([
      [53, 53],
      [6333],
      [443],
      [8443],
    ]);
    expect(egress[1].to).toEqual([
      {
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "data" } },
        podSelector: { matchLabels: { app: "vectors" } },
      },
    ]);
    expect(egress[2].to).toEqual([{ ipBlock: { cidr: "198.51.100.0/24" } }]);
    expect(egress[3].to).toEqual([{ ipBlock: { cidr: "0.0.0.0/0", except: ["169.254.0.0/16"] } }]);
    expect(JSON.stringify(graph)).not.toContain("do-not-show");
  });
});

describe("a claim of what it uses", () => {
  const files = (more: object = {}): Binding => ({
    kind: "shared-file-system",
    name: "files",
    environment: { FILES_PATH: "/mnt/files" },
    volumes: [{ claim: "files", namespace: "data", mountPath: "/mnt/files", ...more }],
  });
  const mounts = (graph: Graph) =>
    inputs(graph, "model-replicas", `${server}.volumeMounts`).filter((row: { name: string }) =>
      /^files/.test(row.name),
    );

  test.each(modes)("is mounted in its namespace, in %s", async (mode) => {
    const other = { ...files({ claim: "other", mountPath: "/mnt/other", readOnly: true }), name: "other" };
    const graph = await planned({ ...vllm, namespace: "data", uses: [files(), other] }, mode);
    expect(mounts(graph)).toEqual([
      { name: "files-1", mountPath: "/mnt/files" },
      { name: "files-2", mountPath: "/mnt/other", readOnly: true },
    ]);
    expect(inputs(graph, "model-replicas", `${pod}.volumes`)).toEqual(
      expect.arrayContaining([
        { name: "files-1", persistentVolumeClaim: { claimName: "files" } },
        { name: "files-2", persistentVolumeClaim: { claimName: "other" } },
      ]),
    );
    expect(inputs(graph, "model-replicas", `${server}.env`)).toContainEqual({
      name: "FILES_PATH",
      value: "/mnt/files",
    });
  });

  test("is refused in another namespace, and where something else is mounted", async () => {
    expect(await refusal(planned({ ...vllm, uses: [files()] }))).toContain(
      'uses[0].volumes names the claim "files" of namespace "data", but the workload is in "model"',
    );
    const twice = { ...files({ claim: "second" }), name: "second" };
    expect(await refusal(planned({ ...vllm, namespace: "data", uses: [files(), twice] }))).toContain(
      'uses[1].volumes mounts "second" at /mnt/files, where "files" is',
    );
  });
});

test("a token for gated models is in the secret alone", async () => {
  const graph = await planned({ ...vllm, huggingFaceToken: pulumi.secret("hf_do_not_show") });
  expect(inputs(graph, "model-credentials", "stringData").reveal()).toMatchObject({ HF_TOKEN: "hf_do_not_show" });
  expect(JSON.stringify(graph)).not.toContain("hf_do_not_show");
});

test("downloads open port 443 to public addresses only, and not for a model in the cache", async () => {
  const download = await planned(vllm);
  expect(inputs(download, "model-network", "spec.egress.1")).toEqual({
    to: [
      {
        ipBlock: {
          cidr: "0.0.0.0/0",
          except: ["10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"],
        },
      },
    ],
    ports: [{ protocol: "TCP", port: 443 }],
  });
  const cached = await planned({ ...vllm, model: "/models/qwen" });
  expect(inputs(cached, "model-network", "spec.egress")).toHaveLength(1);
});

test("the time that a model takes to load fails neither the pod, nor the rollout, nor the service", async () => {
  const graph = await planned({ ...vllm, startupTimeoutSeconds: 3600 });
  expect(inputs(graph, "model-replicas", `${server}.startupProbe`)).toMatchObject({
    periodSeconds: 10,
    failureThreshold: 360,
  });
  expect(inputs(graph, "model-replicas", "spec.progressDeadlineSeconds")).toBe(4200);
  expect(resource(graph, "model-replicas").options.customTimeouts).toMatchObject({ create: "4500s", update: "4500s" });
  expect(inputs(graph, "model-service", "metadata.annotations")).toEqual({ "pulumi.com/skipAwait": "true" });
});

test("an accelerator is never waited for twice in an update; CPU replicas surge", async () => {
  const accelerated = await planned(vllm);
  expect(inputs(accelerated, "model-replicas", "spec.strategy.rollingUpdate")).toEqual({
    maxSurge: 0,
    maxUnavailable: 1,
  });
  const plain = await planned({ image: "example.org/app:1.0" });
  expect(inputs(plain, "model-replicas", "spec.strategy.rollingUpdate")).toEqual({ maxSurge: 1, maxUnavailable: 0 });
});

test("scaling: the autoscaler owns the number of replicas", async () => {
  const graph = await planned({ ...vllm, scaling: { minReplicas: 2, maxReplicas: 6 } });
  expect(inputs(graph, "model-replicas", "spec.replicas")).toBeUndefined();
  expect(inputs(graph, "model-autoscaler", "spec")).toMatchObject({
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "model" },
    minReplicas: 2,
    maxReplicas: 6,
    metrics: [
      {
        type: "Pods",
        pods: { metric: { name: "vllm:num_requests_waiting" }, target: { type: "AverageValue", averageValue: "5" } },
      },
    ],
  });
  expect(inputs(graph, "model-disruption", "spec.maxUnavailable")).toBe(1);
  const cpu = await planned({ ...vllm, scaling: { maxReplicas: 3, metric: ScalingMetric.Cpu, target: 60 } });
  expect(inputs(cpu, "model-autoscaler", "spec.metrics.0.resource")).toEqual({
    name: "cpu",
    target: { type: "Utilization", averageUtilization: 60 },
  });
});

test("a fixed number of replicas has no autoscaler, and one replica no disruption budget", async () => {
  const one = await planned(vllm);
  expect(created(one).filter((row) => /Autoscaler|Budget/.test(row))).toEqual([]);
  const three = await planned({ ...vllm, scaling: { minReplicas: 3 } });
  expect(inputs(three, "model-replicas", "spec.replicas")).toBe(3);
  expect(created(three)).toContain("model-disruption PodDisruptionBudget");
  expect(created(three)).not.toContain("model-autoscaler HorizontalPodAutoscaler");
});

test("the model cache: one for each replica, or one that all share and that outlives them", async () => {
  const own = await planned(vllm);
  expect(inputs(own, "model-replicas", `${pod}.volumes`)).toContainEqual({
    name: "models",
    ephemeral: {
      volumeClaimTemplate: {
        spec: {
          accessModes: ["ReadWriteOnce"],
          storageClassName: "fast",
          resources: { requests: { storage: "100Gi" } },
        },
      },
    },
  });
  const shared = await planned({ ...vllm, modelCache: { shared: true, sizeGiB: 500, storageClass: "efs" } });
  expect(inputs(shared, "model-models", "spec")).toEqual({
    accessModes: ["ReadWriteMany"],
    storageClassName: "efs",
    resources: { requests: { storage: "500Gi" } },
  });
  expect(resource(shared, "model-models").options.retainOnDelete).toBe(true);
});

test.each(modes)(
  "a claim that holds models is mounted read-only, and nothing is downloaded or written to it, in %s",
  async (mode) => {
    const args = { ...vllm, model: "/models/current/qwen", namespace: "models" };
    const graph = await planned({ ...args, modelCache: { existingClaim: pulumi.output("models") } }, mode);
    expect(inputs(graph, "model-replicas", `${pod}.volumes`)).toContainEqual({
      name: "models",
      persistentVolumeClaim: { claimName: "models" },
    });
    expect(inputs(graph, "model-replicas", `${server}.volumeMounts`)).toContainEqual({
      name: "models",
      mountPath: "/models",
      readOnly: true,
    });
    const env = inputs(graph, "model-replicas", `${server}.env`) as { name: string; value: string }[];
    expect(env).toContainEqual({ name: "HF_HUB_OFFLINE", value: "1" });
    expect(env.filter(({ value }) => value.startsWith("/models"))).toEqual([]);
    expect(inputs(graph, "model-network", "spec.egress")).toHaveLength(1);
    expect(created(graph).filter((row) => /Claim|Namespace/.test(row))).toEqual([]);
  },
);

test.each(modes)("tokens that bindings call for are files, and the API's own token stays away, in %s", async (mode) => {
  const used: Binding = {
    kind: "identity",
    name: "reader",
    environment: { AWS_WEB_IDENTITY_TOKEN_FILE: "/var/run/secrets/aistack.dev/reader/token" },
    tokens: [{ audience: "sts.amazonaws.com", path: "reader/token" }],
  };
  const other = {
    ...used,
    name: "other",
    tokens: [{ audience: "vault", path: "other/token", expirationSeconds: 600 }],
  };
  const graph = await planned({ ...vllm, uses: [used, pulumi.output(other)] }, mode);
  const volume = {
    name: "tokens",
    projected: {
      sources: [
        { serviceAccountToken: { audience: "sts.amazonaws.com", path: "reader/token", expirationSeconds: 3600 } },
        { serviceAccountToken: { audience: "vault", path: "other/token", expirationSeconds: 600 } },
      ],
    },
  };
  expect(inputs(graph, "model-replicas", `${pod}.volumes`)).toContainEqual(volume);
  expect(inputs(graph, "model-replicas", `${server}.volumeMounts`)).toContainEqual({
    name: "tokens",
    mountPath: "/var/run/secrets/aistack.dev",
    readOnly: true,
  });
  expect(inputs(graph, "model-replicas", `${pod}.automountServiceAccountToken`)).toBe(false);
  const none = await planned(vllm, mode);
  expect(JSON.stringify(inputs(none, "model-replicas", pod))).not.toMatch(/projected|aistack.dev\/tokens/);
});

test("any image: no vLLM arguments, no API key, no cache, its own files", async () => {
  const graph = await planned({
    image: "example.org/app:1.0",
    command: ["serve"],
    port: 9000,
    files: { "app.py": "print()" },
    namespace: "apps",
  });
  expect(created(graph)).toEqual([
    "model-account ServiceAccount",
    "model-cluster kubernetes",
    "model-credentials Secret",
    "model-files ConfigMap",
    "model-network NetworkPolicy",
    "model-replicas Deployment",
    "model-service Service",
  ]);
  expect(inputs(graph, "model-replicas", `${server}.command`)).toEqual(["serve"]);
  expect(inputs(graph, "model-replicas", `${server}.volumeMounts`)).toEqual([
    { name: "tmp", mountPath: "/tmp" },
    { name: "files", mountPath: "/app", readOnly: true },
  ]);
  expect(graph.outputs.endpoint).toBe("http://model.apps.svc:9000");
});

test("adopts a service that exists and creates nothing", async () => {
  const existing: InferenceBinding = { kind: "inference", name: "theirs", endpoint: "https://models.example" };
  const graph = await planned({ existing });
  expect(created(graph)).toEqual([]);
  expect(graph.outputs.endpoint).toBe("https://models.example");
});

describe("a service that a pipeline brings models to", () => {
  const uri = "https://mlflow.example.com";
  const tracking: Binding = {
    kind: "tracking",
    name: "tracking",
    environment: { MLFLOW_TRACKING_URI: uri },
    credentials: { MLFLOW_TRACKING_PASSWORD: "do-not-show" },
    egress: [{ port: 443 }],
  };
  const delivered = { delivery: {}, uses: [tracking] };
  const containers = (graph: Graph) =>
    ["model-replicas", "model-canary"].map((name) => inputs(graph, name, server) as { [field: string]: unknown });

  test.each(modes)("has a canary without replicas, and says where each finds its model, in %s", async (mode) => {
    const graph = await planned(
      { delivery: { initialModel: "models:/churn/3" }, uses: [pulumi.secret(tracking)] },
      mode,
    );
    expect(created(graph)).toEqual([
      "model-account ServiceAccount",
      "model-canary Deployment",
      "model-cluster kubernetes",
      "model-credentials Secret",
      "model-default-deny NetworkPolicy",
      "model-model ConfigMap",
      "model-namespace Namespace",
      "model-network NetworkPolicy",
      "model-replicas Deployment",
      "model-service Service",
    ]);
    expect(inputs(graph, "model-model", "data")).toEqual({ "stable-uri": "models:/churn/3", "stable-version": "3" });
    expect(inputs(graph, "model-canary", "spec.replicas")).toBe(0);
    expect(inputs(graph, "model-replicas", "spec.replicas")).toBe(1);
    containers(graph).forEach(({ env }, index) => {
      const track = ["stable", "canary"][index];
      const from = (key: string, optional?: boolean) => ({
        configMapKeyRef: { name: "model-model", key: `${track}-${key}`, ...(optional && { optional }) },
      });
      expect(env).toEqual([
        { name: "HOME", value: "/tmp" },
        { name: "MLFLOW_DISABLE_TELEMETRY", value: "true" },
        { name: "MLFLOW_TRACKING_URI", value: uri },
        { name: "MODEL_URI", valueFrom: from("uri") },
        { name: "MODEL_VERSION", valueFrom: from("version", true) },
      ]);
    });
    expect(JSON.stringify(graph)).not.toContain("do-not-show");
  });

  test("one service has the pods of both, and nothing else mistakes one for the other", async () => {
    const graph = await planned({ ...delivered, scaling: { minReplicas: 2, maxReplicas: 4 } });
    const both = { "app.kubernetes.io/instance": "model", "app.kubernetes.io/component": "server" };
    expect(inputs(graph, "model-service", "spec.selector")).toEqual(both);
    expect(inputs(graph, "model-network", "spec.podSelector.matchLabels")).toEqual(both);
    for (const [name, track] of [
      ["model-replicas", "stable"],
      ["model-canary", "canary"],
    ] as const) {
      const own = { ...both, "aistack.dev/track": track };
      expect(inputs(graph, name, "spec.selector.matchLabels")).toEqual(own);
      expect(inputs(graph, name, "spec.template.metadata.labels")).toMatchObject(own);
      expect(inputs(graph, name, `${pod}.topologySpreadConstraints.0.labelSelector.matchLabels`)).toEqual(own);
    }
    expect(inputs(graph, "model-canary", "metadata.name")).toBe("model-canary");
    expect(inputs(graph, "model-disruption", "spec.selector.matchLabels")).toEqual({
      ...both,
      "aistack.dev/track": "stable",
    });
    expect(inputs(graph, "model-autoscaler", "spec.scaleTargetRef.name")).toBe("model");
  });

  test("an update leaves alone what the pipeline changes, and nothing more", async () => {
    const ignored = (graph: Graph) =>
      ["model-model", "model-canary", "model-replicas"].map(
        (name) => resource(graph, name).options.ignoreChanges ?? [],
      );
    const first = await planned({ delivery: { initialModel: "/models/churn" }, uses: [tracking] });
    expect(ignored(first)).toEqual([["data"], ["spec.replicas"], []]);
    expect(inputs(first, "model-model", "data")).toEqual({ "stable-uri": "/models/churn" });
    // Without a model nothing runs; the first delivery starts it.
    const empty = await planned({ ...delivered, scaling: { minReplicas: 3 } });
    expect(ignored(empty)).toEqual([["data"], ["spec.replicas"], ["spec.replicas"]]);
    expect(inputs(empty, "model-replicas", "spec.replicas")).toBe(0);
    expect(inputs(empty, "model-model", "data")).toEqual({});
    expect(inputs(empty, "model-canary", "metadata.annotations")).toEqual({ "pulumi.com/skipAwait": "true" });
    expect(inputs(empty, "model-replicas", "metadata.annotations")).toBeUndefined();
  });

  test("MLflow's server is told its port and where the authority of the registry is", async () => {
    const [stable] = containers(await planned({ ...delivered, port: 9000 }));
    expect(stable?.image).toMatch(/^ghcr\.io\/mlflow\/mlflow:v/);
    expect(stable?.command).toEqual([
      "python3",
      "-c",
      expect.stringContaining('"mlflow", "models", "serve"'),
      "9000",
      "TRACKING_CA_CERTIFICATE",
    ]);
    const other = { ...tracking, name: "files", environment: { FILES_URL: "x" } };
    const [without] = containers(await planned({ delivery: {}, uses: [pulumi.output(other)] }));
    expect(without?.command).toEqual(expect.arrayContaining(["8000", ""]));
  });

  test("an image of one's own gets the model and no more", async () => {
    const graph = await planned({ delivery: { canaryReplicas: 2 }, image: "example.org/app:1.0", command: ["serve"] });
    for (const container of containers(graph)) {
      expect(container).toMatchObject({ image: "example.org/app:1.0", command: ["serve"] });
      expect((container.env as { name: string }[]).map(({ name }) => name)).toEqual([
        "HOME",
        "MODEL_URI",
        "MODEL_VERSION",
      ]);
    }
  });

  test.each(modes)("the binding says all that a pipeline has to know, in %s", async (mode) => {
    const graph = await plan(
      () => {
        const args = { cluster, delivery: { canaryReplicas: 2 }, uses: [tracking], scaling: { minReplicas: 3 } };
        return { delivery: bindingField(new InferenceService("model", args).binding, "delivery") };
      },
      { mode },
    );
    expect(graph.outputs.delivery).toEqual({
      namespace: "model",
      stable: "model",
      canary: "model-canary",
      models: "model-model",
      canaryLabels: {
        "app.kubernetes.io/instance": "model",
        "app.kubernetes.io/component": "server",
        "aistack.dev/track": "canary",
      },
      port: 8000,
      healthPath: "/health",
      replicas: 3,
      canaryReplicas: 2,
      startupTimeoutSeconds: 1800,
    });
  });

  test("a service without has one Deployment, and no binding for it", async () => {
    const graph = await plan(() => new InferenceService("model", { cluster, ...vllm }).binding as unknown as object);
    expect(JSON.stringify(graph)).not.toMatch(/canary|MODEL_URI|aistack.dev.track/);
  });
});

const bad: [string, Partial<InferenceServiceArgs>, string[]][] = [
  [
    "neither model nor image",
    {},
    ["model is missing; give the model that vLLM serves, `image` for a server of your own"],
  ],
  [
    "an unknown accelerator",
    { ...vllm, accelerator: "nvidia-h999" as Accelerator },
    ['accelerator is "nvidia-h999", but must be one of nvidia-t4, nvidia-a10g, nvidia-l4'],
  ],
  [
    "vLLM on an accelerator that its image is not made for",
    { ...vllm, accelerator: Accelerator.AwsTrainium2 },
    ["accelerator is aws-trainium2, which the default image of vLLM does not run on; give an `image` that does"],
  ],
  [
    "an accelerator that the cluster lacks",
    { ...vllm, accelerator: Accelerator.NvidiaH100 },
    ["accelerator is nvidia-h100-80gb, but the cluster's nodes carry: 4 x nvidia-l4"],
  ],
  [
    "more accelerators than a node has",
    { ...vllm, acceleratorsPerReplica: 8 },
    ["acceleratorsPerReplica is 8, but the cluster's nodes carry: 4 x nvidia-l4"],
  ],
  [
    "fewer replicas at most than at least",
    { ...vllm, scaling: { minReplicas: 3, maxReplicas: 2 } },
    ["scaling.maxReplicas is 2"],
  ],
  ["a privileged port", { ...vllm, port: 80 }, ["port is 80, but must be a whole number from 1024 to 65535"]],
  ["vLLM's arguments for another image", { image: "a/b:1", engineArgs: ["--x"] }, ["engineArgs is for vLLM"]],
  [
    "two bindings of one name",
    {
      ...vllm,
      uses: [
        { kind: "a", name: "x" },
        { kind: "b", name: "x" },
      ],
    },
    ['uses[1].name is "x" as in uses[0]; names must differ'],
  ],
  [
    "a shell in the model's name",
    { ...vllm, model: "a b; rm -rf /" },
    ['model is "a b; rm -rf /", but must be a Hugging Face id'],
  ],
  [
    "a claim without its namespace, beside the size of another, for a model that is not in it",
    { ...vllm, modelCache: { existingClaim: "models", sizeGiB: 5, shared: true } },
    [
      "modelCache.sizeGiB is for a volume that is created",
      "modelCache.shared is for a volume that is created",
      "namespace is missing; name that of `modelCache.existingClaim`",
      'model is "Qwen/Qwen3-8B", but must be a path in the volume, which starts with /models/',
    ],
  ],
  [
    "a claim with a name that is none",
    { ...vllm, model: "/models/a", namespace: "a", modelCache: { existingClaim: "A b" } },
    ['modelCache.existingClaim is "A b", but must be the name of a Kubernetes object'],
  ],
  [
    "a model that a pipeline decides too, and what is for vLLM",
    { ...vllm, accelerator: undefined, delivery: {}, image: "a/b:1", engineArgs: ["--x"], modelCache: { sizeGiB: 5 } },
    [
      "model is for vLLM with a model that stays, but `delivery` leaves the model to a pipeline",
      "engineArgs is for vLLM with a model that stays",
      "modelCache is for downloads of vLLM; with `delivery`, give an `existingClaim` or leave it out",
    ],
  ],
  [
    "MLflow's server without a registry, on accelerators, with a command",
    { delivery: {}, accelerator: Accelerator.NvidiaL4, command: ["serve"] },
    [
      "accelerator is of no use to the image of MLflow's model server",
      "uses is missing; give the binding of the TrackingServer",
      "command is for `image`",
    ],
  ],
  [
    "a first model that is none, and too many canaries",
    { image: "a/b:1", delivery: { initialModel: "churn:3", canaryReplicas: 0 } },
    [
      'delivery.initialModel is "churn:3", but must be a model of MLflow such as "models:/churn/3"',
      "delivery.canaryReplicas is 0, but must be a whole number from 1 to 100",
    ],
  ],
  [
    "a delivery to what exists",
    { existing: { kind: "inference", name: "a", endpoint: "b" }, delivery: {} },
    ["delivery has no effect together with `existing`"],
  ],
  [
    "three faults at once",
    { ...vllm, port: 1, cpu: "much", healthPath: "health" },
    ["port is 1", 'cpu is "much"', 'healthPath is "health"'],
  ],
];

test.each(bad)("refuses %s", async (_, args, messages) => {
  const reason = await refusal(planned(args));
  for (const message of messages) expect(reason).toContain(message);
});

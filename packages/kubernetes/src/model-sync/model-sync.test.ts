import * as pulumi from "@pulumi/pulumi";
import { Accelerator, type Binding, type ClusterBinding, type ObjectStoreBinding, Platform } from "aistack-core";
import { type Graph, type Mode, plan, resource } from "aistack-engine";
import { created, inputs, refusal, testCluster } from "../testing";
import type { ModelSyncArgs } from "./args";
import { ModelSync } from "./model-sync";

const cluster: ClusterBinding = {
  ...testCluster,
  accelerators: [
    { accelerator: Accelerator.NvidiaL4, perNode: 1, maxNodes: 2, nodeLabels: { "aistack.dev/pool": "vision" } },
  ],
};

const source: ObjectStoreBinding = {
  kind: "object-store",
  name: "store",
  platform: Platform.Aws,
  bucket: "models-1234",
  url: "s3://models-1234",
  region: "eu-west-1",
  environment: { STORE_BUCKET: "models-1234" },
  egress: [{ port: 443 }],
  access: { read: [], write: [] },
};

/** What an AccessGrant to the edge puts out. */
const reader: Binding = {
  kind: "identity",
  name: "reader",
  environment: {
    AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/reader",
    AWS_WEB_IDENTITY_TOKEN_FILE: "/var/run/secrets/aistack.dev/reader/token",
    AWS_REGION: "eu-west-1",
  },
  tokens: [{ audience: "sts.amazonaws.com", path: "reader/token" }],
  egress: [{ port: 443 }],
};

const modes: Mode[] = ["preview", "simulate"];

function planned(args: Partial<ModelSyncArgs> = {}, mode: Mode = "simulate", name = "models"): Promise<Graph> {
  return plan(
    () => {
      const { claimName, namespace, path, identity } = new ModelSync(name, {
        cluster,
        source,
        uses: [reader],
        ...args,
      });
      return { claimName, namespace, path, identity };
    },
    { mode },
  );
}

const runs = [
  ["models-first", "spec.template.spec"],
  ["models-schedule", "spec.jobTemplate.spec.template.spec"],
] as const;

describe.each(modes)("in %s", (mode) => {
  test("creates these children and no others", async () => {
    const graph = await planned({}, mode);
    expect(created(graph)).toEqual([
      "models-account ServiceAccount",
      "models-cluster kubernetes",
      "models-credentials Secret",
      "models-default-deny NetworkPolicy",
      "models-first Job",
      "models-models PersistentVolumeClaim",
      "models-namespace Namespace",
      "models-network NetworkPolicy",
      "models-schedule CronJob",
    ]);
    expect(graph.outputs).toEqual({
      claimName: "models",
      namespace: "models",
      path: "/models/current",
      identity: { namespace: "models", serviceAccount: "models" },
    });
  });

  test.each(runs)("%s reads the bucket with a token of its own and no stored key", async (name, pod) => {
    const graph = await planned({ prefix: "published", maxMiBPerSecond: 5 }, mode);
    const env = Object.fromEntries(
      inputs(graph, name, `${pod}.containers.0.env`).map((row: { name: string; value: string }) => [
        row.name,
        row.value,
      ]),
    );
    expect(env).toEqual({
      HOME: "/tmp",
      MODELS: "/models",
      AWS_EC2_METADATA_DISABLED: "true",
      STORE_BUCKET: "models-1234",
      ...reader.environment,
      SOURCE: "s3://models-1234/published",
      SOURCE_REGION: "eu-west-1",
      MAX_MIB_PER_SECOND: "5",
    });
    expect(inputs(graph, name, `${pod}.volumes`)).toEqual([
      { name: "models", persistentVolumeClaim: { claimName: "models" } },
      { name: "tmp", emptyDir: { sizeLimit: "100Mi" } },
      {
        name: "tokens",
        projected: {
          sources: [
            { serviceAccountToken: { audience: "sts.amazonaws.com", path: "reader/token", expirationSeconds: 3600 } },
          ],
        },
      },
    ]);
    expect(inputs(graph, name, `${pod}.containers.0.volumeMounts`)).toEqual([
      { name: "models", mountPath: "/models" },
      { name: "tmp", mountPath: "/tmp" },
      { name: "tokens", mountPath: "/var/run/secrets/aistack.dev", readOnly: true },
    ]);
  });

  test.each(runs)("%s satisfies `restricted`, has requests and limits, and a pinned image", async (name, pod) => {
    const graph = await planned({}, mode);
    expect(inputs(graph, name, pod)).toMatchObject({
      restartPolicy: "OnFailure",
      serviceAccountName: "models",
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    });
    expect(inputs(graph, name, `${pod}.containers.0`)).toMatchObject({
      image: expect.stringMatching(/aws-cli:[\d.]+@sha256:[0-9a-f]{64}$/),
      resources: { requests: { cpu: "500m", memory: "1Gi" }, limits: { memory: "1Gi" } },
      securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
    });
  });

  test("the schedule runs one at a time, makes up for one that was missed, and is given time", async () => {
    const graph = await planned({ schedule: "0 2 * * *", timeoutHours: 3 }, mode);
    expect(inputs(graph, "models-schedule", "spec")).toMatchObject({
      schedule: "0 2 * * *",
      timeZone: "Etc/UTC",
      concurrencyPolicy: "Forbid",
      startingDeadlineSeconds: 3600,
      jobTemplate: { spec: { activeDeadlineSeconds: 10800, backoffLimit: 3 } },
    });
    expect(inputs(graph, "models-first", "spec.activeDeadlineSeconds")).toBe(10800);
    expect(resource(graph, "models-first").options.customTimeouts).toMatchObject({ create: "190m" });
    const waits = resource(graph, "models-schedule").dependencies.map((urn) => urn.split("::").at(-1));
    expect(waits).not.toContain("models-first");
  });

  test("out go name resolution and what is used, in comes nobody", async () => {
    const spec = inputs(await planned({}, mode), "models-network", "spec");
    expect(spec.policyTypes).toEqual(["Ingress", "Egress"]);
    expect(spec.ingress).toBeUndefined();
    const ports = spec.egress.map((rule: { ports: { port: number }[] }) => rule.ports.map((row) => row.port));
    expect(ports).toEqual([[53, 53], [443], [443]]);
  });

  test("volume and namespace outlive the component", async () => {
    const graph = await planned({}, mode);
    const kept = graph.resources.filter((row) => row.custom && row.options.retainOnDelete).map((row) => row.name);
    expect(kept.sort()).toEqual(["models-default-deny", "models-models", "models-namespace"]);
    expect(inputs(graph, "models-models", "spec")).toEqual({
      accessModes: ["ReadWriteOnce"],
      storageClassName: "fast",
      resources: { requests: { storage: "200Gi" } },
    });
    const volume = { sizeGiB: 500, storageClass: "nfs", shared: true };
    expect(inputs(await planned({ volume }, mode), "models-models", "spec")).toEqual({
      accessModes: ["ReadWriteMany"],
      storageClassName: "nfs",
      resources: { requests: { storage: "500Gi" } },
    });
  });

  test.each(runs)("%s runs where the models are needed, without asking for an accelerator", async (name, pod) => {
    const graph = await planned({ accelerator: Accelerator.NvidiaL4 }, mode);
    expect(inputs(graph, name, pod)).toMatchObject({
      nodeSelector: { "aistack.dev/pool": "vision" },
      tolerations: [{ key: "nvidia.com/gpu", operator: "Exists", effect: "NoSchedule" }],
    });
    expect(JSON.stringify(inputs(graph, name, `${pod}.containers.0.resources`))).not.toContain("nvidia");
    const anywhere = await planned({}, mode);
    expect(inputs(anywhere, name, pod)).not.toHaveProperty("tolerations");
    expect(inputs(anywhere, name, pod)).not.toHaveProperty("nodeSelector");
  });
});

test("a store of your own is reached at its address, with its credentials in the secret alone", async () => {
  const minio: ObjectStoreBinding = {
    ...source,
    platform: Platform.Edge,
    region: undefined,
    endpoint: "http://minio.minio.svc:9000",
    environment: { [`${source.name.toUpperCase()}_CA_CERTIFICATE`]: "the authority" },
    credentials: { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "do-not-show" },
    clientLabels: { "access.aistack.dev/minio": "allowed" },
    egress: [{ port: 9000, namespace: "minio" }],
  };
  const graph = await planned({ source: pulumi.secret(minio), uses: [], namespace: "ai" });
  const env = inputs(graph, "models-first", "spec.template.spec.containers.0.env");
  expect(env).toContainEqual({ name: "AWS_ENDPOINT_URL_S3", value: "http://minio.minio.svc:9000" });
  expect(env).toContainEqual({ name: "SOURCE_REGION", value: "" });
  expect(env).toContainEqual({ name: "SOURCE_CA_CERTIFICATE", value: "the authority" });
  expect(inputs(graph, "models-first", "spec.template.metadata.labels")).toMatchObject(
    minio.clientLabels as { [label: string]: string },
  );
  expect(inputs(graph, "models-credentials", "stringData").reveal()).toEqual(minio.credentials);
  expect(JSON.stringify(graph)).not.toContain("do-not-show");
  expect(created(graph)).not.toContain("models-namespace Namespace");
});

const bad: [string, Partial<ModelSyncArgs>, string[]][] = [
  [
    "a bucket that does not speak S3",
    { source: { ...source, platform: Platform.Gcp } },
    ['source.platform is "gcp", but must be that of a bucket that speaks S3'],
  ],
  ["a schedule that is none", { schedule: "often" }, ['schedule is "often", but must be a cron schedule']],
  ["a folder that climbs", { prefix: "/a" }, ['prefix is "/a", but must be a folder']],
  ["a shell in the folder", { prefix: "a; rm -rf /" }, ['prefix is "a; rm -rf /"']],
  [
    "an accelerator that the cluster lacks",
    { accelerator: Accelerator.NvidiaH100 },
    ["accelerator is nvidia-h100-80gb, but the cluster's nodes carry: 1 x nvidia-l4"],
  ],
  ["two bindings of one name", { uses: [reader, reader] }, ['uses[1].name is "reader" as in uses[0]']],
  [
    "five faults at once",
    { timeoutHours: 0, maxMiBPerSecond: 0.5, volume: { sizeGiB: 0 }, memory: "much", namespace: "A" },
    ["timeoutHours is 0", "maxMiBPerSecond is 0.5", "volume.sizeGiB is 0", 'memory is "much"', 'namespace is "A"'],
  ],
];
test.each(bad)("refuses %s", async (_, args, messages) => {
  const reason = await refusal(planned(args));
  for (const message of messages) expect(reason).toContain(message);
});

test("refuses a name that is too long for the jobs of the schedule", async () => {
  const reason = await refusal(planned({}, "simulate", "m".repeat(48)));
  expect(reason).toContain("but must be 1 to 47 lower-case letters");
});

import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Graph, PlanError, type PlannedResource, planDirectory } from "aistack-engine";
import { root } from "../programs";

const dir = join(root, "stacks/hybrid");

async function refusal(config: { [key: string]: string }): Promise<string> {
  const outcome = await planDirectory(dir, { stack: "dev", config }).catch((error) => error);
  expect(outcome).toBeInstanceOf(PlanError);
  return outcome.message;
}

const find = (graph: Graph, name: string) => graph.resources.find((row) => row.name === name) as PlannedResource;
const plain = (graph: Graph, name: string) => JSON.parse(JSON.stringify(find(graph, name).inputs));
const waitsFor = (graph: Graph, name: string) =>
  find(graph, name).dependencies.map((urn) => urn.split("::").at(-1) as string);
const ofType = (graph: Graph, type: string) => graph.resources.filter((row) => row.type === type);
/** Name of the cluster that a Kubernetes object goes to. */
const clusterOf = (graph: Graph, name: string) => find(graph, name).provider?.split("::").at(-2);
const variables = (container: { env: { name: string; value: unknown }[] }) =>
  Object.fromEntries(container.env.map(({ name, value }) => [name, value]));
const actions = (graph: Graph, name: string) =>
  JSON.parse(plain(graph, name).policy).Statement.flatMap((row: { Action: string[] }) => row.Action);

describe.each(["dev", "prod"])("stack %s", (stack) => {
  let graph: Graph;
  beforeAll(async () => {
    graph = await planDirectory(dir, {
      stack,
      mode: "simulate",
      answers: {
        resources: {
          "aws:cloudfront/distribution:Distribution": {
            domainName: "d111111abcdef8.cloudfront.net",
            arn: "arn:aws:cloudfront::123456789012:distribution/EDFDVBD6EXAMPLE",
          },
        },
      },
    });
  }, 90_000);

  test("training in the cloud, the assistant at the edge, each through its own provider", () => {
    expect(ofType(graph, "pulumi:providers:kubernetes")).toHaveLength(2);
    const [cloud, edge] = ["training-published", "model-replicas"].map((name) => clusterOf(graph, name));
    expect(cloud).not.toBe(edge);
    for (const name of [
      "models-first",
      "models-schedule",
      "vectors-servers",
      "embeddings-replicas",
      "assistant-replicas",
    ])
      expect([name, clusterOf(graph, name)]).toEqual([name, edge]);
  });

  test("training writes models and reads what it wrote; the edge reads; neither deletes", () => {
    expect(actions(graph, "edge-reads-policy")).toEqual([
      "s3:ListBucket",
      "s3:GetObject",
      "s3:GetObjectVersion",
      "kms:Decrypt",
    ]);
    expect(actions(graph, "training-publishes-policy")).toContain("s3:PutObject");
    for (const name of ["edge-reads-policy", "training-publishes-policy"])
      expect(actions(graph, name).filter((action: string) => /Delete|\*/.test(action))).toEqual([]);
  });

  test("the edge is known in AWS by tokens that it signs itself: no access key is anywhere", () => {
    const trust = JSON.parse(plain(graph, "edge-reads-role").assumeRolePolicy).Statement;
    expect(trust).toEqual([
      expect.objectContaining({
        Action: "sts:AssumeRoleWithWebIdentity",
        Principal: { Federated: expect.stringMatching(/:oidc-provider\/d111111abcdef8\.cloudfront\.net$/) },
        Condition: {
          StringEquals: {
            "d111111abcdef8.cloudfront.net:sub": "system:serviceaccount:models:models",
            "d111111abcdef8.cloudfront.net:aud": "sts.amazonaws.com",
          },
        },
      }),
    ]);
    const pod = plain(graph, "models-first").spec.template.spec;
    expect(pod.serviceAccountName).toBe("models");
    expect(variables(pod.containers[0])).toMatchObject({
      AWS_ROLE_ARN: expect.stringMatching(/^arn:aws:iam::\d{12}:role\/edge-reads-role/),
      AWS_WEB_IDENTITY_TOKEN_FILE: "/var/run/secrets/aistack.dev/edge-reads/token",
      SOURCE: expect.stringMatching(/^s3:\/\/store-objects-\w+\/published$/),
    });
    expect(pod.volumes.map((volume: { name: string }) => volume.name)).toEqual(["models", "tmp", "tokens"]);
    expect(graph.resources.filter((row) => /accessKey/i.test(row.type))).toEqual([]);
    expect(JSON.stringify(graph)).not.toMatch(/AWS_SECRET_ACCESS_KEY|PRIVATE KEY/);
  });

  test("every server signs with the key and names the issuer that is published", () => {
    const servers = graph.resources.filter((row) => row.type === "aistack-edge:index:K3sServer");
    expect(servers).toHaveLength(stack === "dev" ? 1 : 3);
    for (const { name } of servers) {
      const waits = waitsFor(graph, `${name}-k3s`);
      expect(waits).toEqual(expect.arrayContaining(["edge-identity-key", "edge-identity-distribution"]));
    }
  });

  test("models are published, then carried, then served: in this order, in the first `up`", () => {
    expect(waitsFor(graph, "models-first")).toContain("training-published");
    for (const name of ["model-replicas", "embeddings-replicas"]) {
      expect(waitsFor(graph, name)).toContain("models-first");
      const { metadata, spec } = plain(graph, name);
      expect(metadata.namespace).toBe("models");
      expect(spec.template.spec.volumes).toContainEqual({
        name: "models",
        persistentVolumeClaim: { claimName: "models" },
      });
    }
    const [server] = plain(graph, "model-replicas").spec.template.spec.containers;
    expect(server.command[2]).toBe(stack === "dev" ? "/models/current/Qwen3-4B" : "/models/current/Qwen3-32B");
    const [download] = plain(graph, "training-published").spec.template.spec.initContainers;
    expect(variables(download).MODELS).toBe(
      stack === "dev"
        ? "Qwen/Qwen3-4B=Qwen3-4B BAAI/bge-small-en-v1.5=bge-small-en-v1.5"
        : "Qwen/Qwen3-32B=Qwen3-32B BAAI/bge-m3=bge-m3",
    );
  });

  test("what serves may not connect to the internet", () => {
    for (const name of ["model-network", "embeddings-network", "vectors-network", "assistant-network"])
      expect(JSON.stringify(plain(graph, name))).not.toContain("ipBlock");
  });

  test("one audit bucket takes the flow logs; nothing is open to the whole internet but the way out", () => {
    expect(ofType(graph, "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration")).toHaveLength(1);
    const [log] = ofType(graph, "aws:ec2/flowLog:FlowLog");
    expect(log?.dependencies.map((urn) => urn.split("::").at(-1))).toContain("audit-records");
    for (const row of graph.resources.filter((found) => /ingress|securityGroup/i.test(found.type)))
      expect(JSON.stringify(row.inputs)).not.toContain("0.0.0.0/0");
    const open = ofType(graph, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock");
    expect(open).toHaveLength(4);
    for (const row of open) expect(row.inputs).toMatchObject({ blockPublicPolicy: true, restrictPublicBuckets: true });
  });

  test("events of the cloud and the audit log of the edge go to the audit bucket, by tokens and with no right to read or delete", () => {
    const [cloud, edge] = ["training-published", "model-replicas"].map((name) => clusterOf(graph, name));
    expect(clusterOf(graph, "events-collectors")).toBe(cloud);
    expect(clusterOf(graph, "audit-log-readers")).toBe(edge);
    for (const name of ["events-writes-policy", "audit-log-writes-policy"]) {
      expect(actions(graph, name)).toContain("s3:PutObject");
      expect(actions(graph, name).filter((action: string) => /s3:Get|Delete|\*/.test(action))).toEqual([]);
    }
    for (const name of ["events-collectors", "audit-log-readers"]) {
      const [container] = plain(graph, name).spec.template.spec.containers;
      expect(variables(container).STORE_BUCKET).toMatch(/^audit-records-\w+$/);
      expect(variables(container).STORE_REGION).toBe(stack === "dev" ? "eu-west-1" : "eu-central-1");
    }
    const [reader] = plain(graph, "audit-log-readers").spec.template.spec.containers;
    expect(variables(reader).AWS_WEB_IDENTITY_TOKEN_FILE).toBe("/var/run/secrets/aistack.dev/audit-log-writes/token");
    const trust = JSON.parse(plain(graph, "audit-log-writes-role").assumeRolePolicy).Statement[0];
    expect(trust.Condition.StringEquals["d111111abcdef8.cloudfront.net:sub"]).toBe(
      "system:serviceaccount:audit-log:audit-log",
    );
  });

  test("the plan says what is only an example", () => {
    const warnings = graph.diagnostics.filter((row) => row.severity === "warning").map((row) => row.message);
    expect(warnings).toEqual([
      expect.stringContaining("pulumi config set apiAccessCidrs"),
      expect.stringContaining("192.0.2.0/24 is for documentation"),
    ]);
  });
});

const kubeconfigs = { cloudKubeconfig: "{}", edgeKubeconfig: "{}" };

test("on clusters that exist, only the Kubernetes parts are created, with the secrets of their bucket", async () => {
  const config = {
    ...kubeconfigs,
    modelsBucket: "our-models",
    modelsEndpoint: "https://s3.example.org",
    modelsAccessKeyId: "id",
    modelsSecretAccessKey: "do-not-show",
  };
  const secretConfigKeys = ["cloudKubeconfig", "edgeKubeconfig", "modelsAccessKeyId", "modelsSecretAccessKey"];
  const graph = await planDirectory(dir, { stack: "dev", mode: "simulate", config, secretConfigKeys });
  const providers = new Set(graph.resources.filter((row) => row.custom).map((row) => row.type.split(":")[0]));
  expect([...providers].sort()).toEqual(["kubernetes", "pulumi", "random"]);
  for (const [name, target] of [
    ["models-first", "SOURCE"],
    ["training-published", "TARGET"],
  ] as const) {
    const [container] = plain(graph, name).spec.template.spec.containers;
    expect(variables(container)).toMatchObject({
      [target]: "s3://our-models/published",
      AWS_ENDPOINT_URL_S3: "https://s3.example.org",
    });
  }
  expect(JSON.stringify(graph)).not.toContain("do-not-show");
}, 60_000);

test("an edge cluster that exists is trusted by its own public key, which is asked for", async () => {
  expect(await refusal({ edgeKubeconfig: "{}" })).toContain("edgeSigningPublicKey is missing");
  const { publicKey } = require("node:crypto").generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const config = { edgeKubeconfig: "{}", edgeSigningPublicKey: publicKey };
  const graph = await planDirectory(dir, { stack: "dev", mode: "simulate", config });
  expect(ofType(graph, "tls:index/privateKey:PrivateKey")).toEqual([]);
  expect(ofType(graph, "command:remote:Command")).toEqual([]);
  expect(JSON.parse(plain(graph, "edge-identity-keys").content).keys).toHaveLength(1);
}, 60_000);

test("agents with GPUs need a volume that nodes share", async () => {
  const server = { name: "cp", address: "192.0.2.11", hostKey: "ecdsa-sha2-nistp256 AAAA" };
  const machines = {
    servers: JSON.stringify([server]),
    agents: JSON.stringify([{ ...server, name: "gpu", pool: "gpu" }]),
  };
  expect(await refusal(machines)).toContain("modelsStorageClass is missing; agents with GPUs share the models");
}, 60_000);

test("every fault of the configuration is told at once, with what is allowed", async () => {
  const message = await refusal({
    servers: "[]",
    apiAccessCidrs: "",
    trainingMaxNodes: "0",
    accelerator: "google-tpu-v5e",
    model: "/models/mine",
    modelsSchedule: "often",
    maxMiBPerSecond: "none",
    modelsAccessKeyId: "id",
    edgeSigningPublicKey: "x",
  });
  expect(message).toContain("servers is missing; list at least one machine");
  expect(message).toContain("apiAccessCidrs is missing");
  expect(message).toContain("trainingMaxNodes is 0, but must be a whole number from 1 to 100");
  expect(message).toContain('accelerator is "google-tpu-v5e", but must be one of nvidia-t4');
  expect(message).toContain('model is "/models/mine", but must be the Hugging Face id');
  expect(message).toContain('modelsSchedule is "often", but must be a cron schedule');
  expect(message).toContain("maxMiBPerSecond is");
  expect(message).toContain("modelsAccessKeyId goes with `modelsSecretAccessKey`");
  expect(message).toContain("edgeSigningPublicKey is for `edgeKubeconfig`");
}, 60_000);

test("the download writes checksums that the models match, run by a real shell", () => {
  const graphScript = /export const downloadModels = `([\s\S]*?)`;/.exec(readFileSync(join(dir, "publish.ts"), "utf8"));
  const folder = mkdtempSync(join(tmpdir(), "publish-"));
  mkdirSync(join(folder, "bin"));
  // Stands in for Python with huggingface_hub: what it leaves behind is a file and its cache.
  writeFileSync(
    join(folder, "bin", "python3"),
    '#!/bin/bash\nmkdir -p "$4/.cache"\necho "$3" >"$4/config.json"\necho x >"$4/.cache/x"\n',
  );
  chmodSync(join(folder, "bin", "python3"), 0o755);
  const text = (graphScript?.[1] ?? "").replaceAll("\\$", "$").replaceAll("/work", join(folder, "work"));
  const { status, stderr } = spawnSync("/bin/bash", ["-c", text.replaceAll("/tmp/sums", join(folder, "sums"))], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: `${join(folder, "bin")}:${process.env.PATH}`, MODELS: "a/one=one b/two=two" },
  });
  expect([status, stderr]).toEqual([0, ""]);
  for (const [id, name] of [
    ["a/one", "one"],
    ["b/two", "two"],
  ] as const) {
    const model = join(folder, "work/models", name);
    expect(readFileSync(join(model, "config.json"), "utf8")).toBe(`${id}\n`);
    const check = spawnSync("sha256sum", ["--check", "--strict", "SHA256SUMS"], { cwd: model, encoding: "utf8" });
    expect(check.stdout).toBe("./config.json: OK\n");
  }
  rmSync(folder, { recursive: true });
});

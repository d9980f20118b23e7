/**
 * A training stage on four nodes with eight GPUs each: programs/launch.py makes its object on a real API server, with a token of
 * the account that the plan makes for it and no other rights. The controllers of Kubeflow Trainer and JobSet do not run here:
 * what they make of the object, the runtime's pods, is made by this test and scheduled for real.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { acceleratorNodes, addDefinitions, addNodes, type KubernetesObject } from "aistack-cluster";
import { Accelerator, machines } from "aistack-core";
import { definitions, type ProgramRollout, type Rollout, rollOutProgram } from "./harness";

const launcher = join(__dirname, "../../packages/kubernetes/programs/launch.py");
const namespace = "vision";
const run = "vision-x7k2p";

interface TrainJob extends KubernetesObject {
  spec: {
    suspend?: boolean;
    trainer: { numNodes: number; resourcesPerNode: object; env: { name: string; value: string }[] };
  };
}
interface Pod extends KubernetesObject {
  spec: { nodeName?: string };
  status: { phase: string };
}
interface Runtime extends KubernetesObject {
  spec: { template: { spec: { replicatedJobs: { template: { spec: { template: PodTemplate } } }[] } } };
}
interface PodTemplate {
  metadata: { labels: { [label: string]: string } };
  spec: { containers: object[]; nodeSelector: { [label: string]: string } };
}

let program: ProgramRollout;
let rollout: Rollout;
let folder: string;

beforeAll(async () => {
  program = await rollOutProgram({ path: "examples/mlops-kubernetes", stack: "dev" });
  rollout = program.clusters[0] as Rollout;
  const kind = { apiVersion: "trainer.kubeflow.org/v1alpha1", kind: "TrainJob", metadata: { name: "any" } };
  expect(await addDefinitions(rollout.simulated.client, [kind], definitions)).toEqual([]);
  folder = mkdtempSync(join(tmpdir(), "launch-"));
}, 180_000);

afterAll(async () => {
  await program?.stop(false);
  if (folder) rmSync(folder, { recursive: true });
});

/** Object of the plan as it is in the cluster. */
async function there<T extends KubernetesObject>(apiVersion: string, kind: string, name: string): Promise<T> {
  const found = await rollout.simulated.client.get<T>({ apiVersion, kind, metadata: { name, namespace } });
  if (!found) throw new Error(`no ${kind} ${name}`);
  return found;
}

const trainJob = () => there<TrainJob>("trainer.kubeflow.org/v1alpha1", "TrainJob", `${run}-train`);

async function launched(
  account: string,
): Promise<{ child: ChildProcess; ended: Promise<number | null>; output(): string }> {
  const { client } = rollout.simulated;
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} };
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`;
  const { token } = (await client.json<{ status: { token: string } }>("POST", path, { body })).status;
  const { server, ca } = client.connection;
  const { data, metadata } = await there<KubernetesObject & { data: { [key: string]: string } }>(
    "v1",
    "ConfigMap",
    "vision-programs",
  );
  writeFileSync(join(folder, "token"), token);
  writeFileSync(join(folder, "ca.crt"), ca ?? "");
  writeFileSync(join(folder, "namespace"), namespace);
  writeFileSync(join(folder, "train.json"), data["train.json"] as string);
  const { hostname, port } = new URL(server);
  const child = spawn("python3", [launcher], {
    env: {
      PATH: process.env.PATH,
      PYTHONDONTWRITEBYTECODE: "1",
      SERVICE_ACCOUNT_FOLDER: folder,
      KUBERNETES_SERVICE_HOST: hostname,
      KUBERNETES_SERVICE_PORT: port,
      POLL_SECONDS: "0.2",
      JOB_FILE: join(folder, "train.json"),
      RESULT_FOLDER: folder,
      PIPELINE_RUN_ID: run,
      PARAMETER_RATE: "0.01",
      // In place of the workflow that it goes with.
      JOB_OWNER: JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", name: metadata.name, uid: metadata.uid }),
    },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (text) => {
      output += text;
    });
  return { child, ended: new Promise((resolve) => child.on("close", resolve)), output: () => output };
}

async function comes<T>(what: () => Promise<T | undefined>): Promise<T> {
  for (let attempt = 0; attempt < 150; attempt++) {
    const found = await what().catch(() => undefined);
    if (found !== undefined) return found;
    await wait(200);
  }
  throw new Error("does not come");
}

/** Says of the object what the controllers would. */
async function say(status: object): Promise<void> {
  await rollout.simulated.client.patch(await trainJob(), { status }, "status");
}

test("its object is admitted, its four pods are placed on four nodes with eight GPUs, and the stage ends as it does", async () => {
  const { client } = rollout.simulated;
  const stage = await launched("vision-launcher");
  const job = await comes(trainJob).catch((error) => {
    throw new Error(`${error.message}: ${stage.output()}`);
  });
  expect(job.metadata.labels).toMatchObject({
    "kueue.x-k8s.io/queue-name": "default",
    "kueue.x-k8s.io/priority-class": "vision",
  });
  expect(job.spec.trainer.numNodes).toBe(4);
  const variables = Object.fromEntries(job.spec.trainer.env.map(({ name, value }) => [name, value]));
  expect(variables).toMatchObject({ PIPELINE_RUN_ID: run, PARAMETER_RATE: "0.01" });
  await comes(async () => (stage.output().includes("was let in") ? true : undefined));
  expect(Number(readFileSync(join(folder, "queued-seconds"), "utf8"))).toBeLessThan(60);

  const runtime = await there<Runtime>("trainer.kubeflow.org/v1alpha1", "TrainingRuntime", "vision-train");
  const { template } = runtime.spec.template.spec.replicatedJobs[0]?.template.spec ?? {};
  if (!template) throw new Error("the runtime has no pods");
  const machine = machines.find(({ accelerator, count }) => accelerator === Accelerator.NvidiaH100 && count === 8);
  if (!machine) throw new Error("no machine has eight H100");
  await addNodes(client, [acceleratorNodes(machine, 4, template.spec.nodeSelector)]);
  const [container] = template.spec.containers;
  const { resourcesPerNode: resources, env } = job.spec.trainer;
  for (const index of [0, 1, 2, 3])
    await client.create({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { ...template.metadata, name: `${run}-train-node-0-${index}`, namespace },
      spec: { ...template.spec, containers: [{ ...container, resources, env }] },
    } as KubernetesObject);
  const pods = await comes(async () => {
    const all = await client.list<Pod>("v1", "Pod", namespace);
    const running = all.filter(
      ({ metadata, status }) =>
        metadata.labels?.["app.kubernetes.io/component"] === "training" && status.phase === "Running",
    );
    return running.length === 4 ? running : undefined;
  });
  const nodes = new Set(pods.map(({ spec }) => spec.nodeName));
  expect(nodes.size).toBe(4);
  for (const name of nodes) {
    const node = await client.get<KubernetesObject & { status: { allocatable: { [name: string]: string } } }>({
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: name as string },
    });
    expect(node?.status.allocatable["nvidia.com/gpu"]).toBe("8");
  }

  await say({ conditions: [condition("Complete")] });
  expect([await stage.ended, stage.output()]).toEqual([
    0,
    expect.stringContaining("TrainJob vision-x7k2p-train succeeded."),
  ]);
});

const condition = (type: string) => ({
  type,
  status: "True",
  reason: "Test",
  message: "said by the test",
  lastTransitionTime: new Date().toISOString(),
});

test("a stage that is started again takes up what runs, and fails as that does", async () => {
  await say({ conditions: [] });
  const { uid } = (await trainJob()).metadata;
  const again = await launched("vision-launcher");
  await comes(async () => (again.output().includes("was let in") ? true : undefined));
  expect((await trainJob()).metadata.uid).toBe(uid);
  await say({ conditions: [condition("Failed")] });
  expect([await again.ended, again.output()]).toEqual([
    1,
    expect.stringContaining("vision-x7k2p-train failed: see its pods."),
  ]);
});

test("one that had failed makes its object anew, and takes it along when it is stopped", async () => {
  const { uid } = (await trainJob()).metadata;
  const stage = await launched("vision-launcher");
  await comes(async () => (stage.output().includes("was let in") ? true : undefined));
  expect((await trainJob()).metadata.uid).not.toBe(uid);
  stage.child.kill("SIGTERM");
  expect([await stage.ended, stage.output()]).toEqual([
    1,
    expect.stringContaining("was deleted, as the stage was stopped."),
  ]);
  await expect(trainJob()).rejects.toThrow("no TrainJob");
});

test("the account of the programs may make no such object", async () => {
  const stage = await launched("vision");
  expect([await stage.ended, stage.output()]).toEqual([1, expect.stringContaining("403")]);
  await expect(trainJob()).rejects.toThrow("no TrainJob");
});

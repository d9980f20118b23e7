/** `aistack try` as a user runs it, and that nothing stays of it however it ends. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type SimulatedCluster, startSimulatedCluster } from "aistack-cluster";
import { plan } from "aistack-engine";
import { root } from "../programs";

let scratch: string;

beforeEach(() => {
  // All that a trial writes is below: what is left there, or runs from there, is left behind.
  scratch = mkdtempSync(join(tmpdir(), "try-"));
});

afterEach(() => rmSync(scratch, { recursive: true, force: true }));

class Trial {
  output = "";
  readonly code: Promise<number | null>;
  readonly #child: ChildProcess;

  constructor(...args: string[]) {
    const aistack = join(root, "packages/cli/bin/aistack.js");
    const env = { ...process.env, TMPDIR: scratch, NO_COLOR: "1" };
    this.#child = spawn(process.execPath, [aistack, "try", ...args], { cwd: root, env });
    this.#child.stdout?.on("data", (text) => (this.output += text));
    this.#child.stderr?.on("data", (text) => (this.output += text));
    this.code = new Promise((resolve) => this.#child.once("close", resolve));
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async says(text: string): Promise<void> {
    for (const end = Date.now() + 60_000; !this.output.includes(text); await wait(50)) {
      if (Date.now() > end || this.#child.exitCode !== null) throw new Error(`never said "${text}":\n${this.output}`);
    }
  }
}

/** Programs that run with files of the trial, and directories that are left of it, but for the planner's caches. */
function leftovers(): string[] {
  const processes = execFileSync("ps", ["-eo", "pid,args"], { encoding: "utf8" }).split("\n");
  const running = processes.filter((line) => line.includes(scratch));
  return [...running, ...readdirSync(scratch).filter((name) => !/^(aistack-types|ts-node)-/.test(name))];
}

async function nothingIsLeft(): Promise<void> {
  for (const end = Date.now() + 5_000; leftovers().length > 0 && Date.now() < end; ) await wait(100);
  expect(leftovers()).toEqual([]);
}

test("the AWS stack's vector store and model become ready on its nodes, and nothing is left behind", async () => {
  const trial = new Trial("stacks/cloud-aws");
  expect(await trial.code).toBe(0);
  expect(trial.output).toMatch(/\d nodes: 2 m7i\.large, 1 g6\.xlarge with 1 nvidia\.com\/gpu/);
  expect(trial.output).toMatch(/✓ Deployment model\/model +ready {2}on cluster-nvidia-l4-nodes-1/);
  expect(trial.output).toMatch(/✓ StatefulSet vectors\/vectors +ready {2}on cluster-system-nodes-\d/);
  expect(trial.output).toMatch(/not covered: helm Release \S+, created by the Helm chart \S+/);
  await nothingIsLeft();
});

test("Ctrl-C in the middle leaves nothing behind", async () => {
  const trial = new Trial("stacks/cloud-aws");
  await trial.says("applied StatefulSet");
  trial.kill("SIGINT");
  expect(await trial.code).toBe(1);
  expect(trial.output).toContain("Interrupted");
  await nothingIsLeft();
});

test("an end by force leaves nothing behind", async () => {
  const trial = new Trial("examples/vector-store-kubernetes");
  await trial.says("applied");
  expect(leftovers().length).toBeGreaterThan(5);
  trial.kill("SIGKILL");
  await trial.code;
  await nothingIsLeft();
});

test("--keep leaves the cluster up for kubectl until Ctrl-C", async () => {
  const trial = new Trial("examples/inference-kubernetes", "--keep");
  await trial.says("stays up until Ctrl-C");
  expect(trial.output).toMatch(/^export KUBECONFIG=\S+\/admin\.kubeconfig$/m);
  expect(leftovers().length).toBeGreaterThan(5);
  trial.kill("SIGINT");
  expect(await trial.code).toBe(0);
  await nothingIsLeft();
});

test("a stack that does not fit its nodes fails, and says why", async () => {
  const trial = new Trial("stacks/cloud-aws", "--config", "vectorMemory=64Gi");
  expect(await trial.code).toBe(1);
  expect(trial.output).toMatch(/error: StatefulSet vectors\/vectors\n.*0 of 1 ready\n.*Insufficient memory/);
  await nothingIsLeft();
});

describe("on a cluster that exists", () => {
  let cluster: SimulatedCluster;

  beforeAll(async () => {
    const machine = { machineType: "any", vcpu: 16, memoryGiB: 64, devices: { "nvidia.com/gpu": 1 } };
    cluster = await startSimulatedCluster(await plan(() => {}), [], {
      furtherNodes: [{ name: "any", count: 2, ...machine }],
    });
  });

  afterAll(async () => cluster?.stop());

  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "model" } };

  test("what was made is removed, and what is there already is never touched", async () => {
    const trial = new Trial("examples/inference-kubernetes", "--kubeconfig", cluster.kubeconfigFile);
    expect(await trial.code).toBe(0);
    expect(trial.output).toMatch(/✓ Deployment model\/model +ready {2}on any-\d/);
    expect(trial.output).toContain("9 objects removed");
    expect(await cluster.client.get(namespace)).toBeUndefined();

    await cluster.client.create(namespace);
    const refused = new Trial("examples/inference-kubernetes", "--kubeconfig", cluster.kubeconfigFile);
    expect(await refused.code).toBe(1);
    expect(refused.output).toContain("The cluster already has Namespace model.");
    expect(await cluster.client.get(namespace)).toBeDefined();
    expect(cluster.pids).toHaveLength(5);
  });
});

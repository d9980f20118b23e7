/** The Kubernetes part of every stack and example, created, changed and destroyed by the real engine on a simulated cluster. */

import type { EngineEvent, OpType, Stack } from "@pulumi/pulumi/automation";
import { type Client, plannedObjects, type SimulatedCluster, startSimulatedCluster } from "aistack-cluster";
import { type Graph, toDocument } from "aistack-engine";
import { changes } from "./changes";
import { planOnCluster, type Subject, subjects } from "./subjects";
import { type Workspace, workspaceOf } from "./workspace";

const cli = process.env.AISTACK_PULUMI_CLI;
const paths = Object.keys(changes);
let all: Subject[];

beforeAll(async () => {
  const found = await subjects();
  all = found.subjects;
  for (const reason of found.others) process.stderr.write(`not covered: ${reason}\n`);
});

test("there is a changed value for every program that runs on a cluster alone, and for no other", () => {
  expect(all.map(({ path }) => path).sort()).toEqual([...paths].sort());
});

test.each(paths)("%s: the changed value changes exactly what is expected, by its plan", async (path) => {
  const subject = subjectAt(path);
  const { config, updates, replaces = [] } = change(path);
  expect(changed(subject.graph, await planOnCluster(subject, config))).toEqual([...updates, ...replaces].sort());
});

(cli === undefined ? describe.skip : describe)(
  cli === undefined ? "skipped, as there is no Pulumi CLI here" : `with Pulumi ${cli}`,
  () => {
    describe.each(paths)("%s", (path) => {
      let subject: Subject;
      let cluster: SimulatedCluster;
      let workspace: Workspace;
      let stack: Stack;

      beforeAll(async () => {
        subject = subjectAt(path);
        cluster = await startSimulatedCluster(subject.graph, plannedObjects(subject.graph).objects);
        workspace = await workspaceOf(subject, cluster.kubeconfigFile);
        stack = workspace.stack;
      });

      afterAll(async () => {
        await cluster?.stop();
        workspace?.remove();
      });

      test("preview creates what the plan holds, and nothing else", async () => {
        const steps = new Steps();
        await stack.preview({ onEvent: steps.record });
        expect(steps.urns("create")).toEqual(urnsOf(subject.graph));
        expect(steps.other("create")).toEqual([]);
      });

      test("up creates it", async () => {
        const { summary } = await stack.up({ onOutput });
        expect(summary.result).toBe("succeeded");
        const { deployment } = await stack.exportStack();
        const urns: string[] = deployment.resources.map(({ urn }: { urn: string }) => urn);
        expect(withoutDefaultProviders(urns)).toEqual(urnsOf(subject.graph));
      });

      test("a second up changes nothing", async () => {
        const { summary } = await stack.up({ expectNoChanges: true, onOutput });
        expect(Object.keys(summary.resourceChanges ?? {})).toEqual(["same"]);
      });

      test("one changed value updates exactly what is expected", async () => {
        const { config, updates, replaces = [] } = change(path);
        for (const [key, value] of Object.entries(config))
          await stack.setConfig(`${subject.project}:${key}`, { value });
        const steps = new Steps();
        await stack.up({ onEvent: steps.record, onOutput });
        expect(steps.urns("update").map(nameOf).sort()).toEqual([...updates].sort());
        expect(steps.urns("replace").map(nameOf).sort()).toEqual([...replaces].sort());
        expect(steps.other("update", "replace", "create-replacement", "delete-replaced")).toEqual([]);
      });

      test("refresh finds what is there: nothing to change afterwards", async () => {
        await stack.refresh({ onOutput });
        const { changeSummary } = await stack.preview({ expectNoChanges: true });
        expect(Object.keys(changeSummary)).toEqual(["same"]);
      });

      test("destroy leaves what is declared as kept, and nothing else", async () => {
        await stack.destroy({ onOutput });
        const { objects } = plannedObjects(subject.graph);
        const kept = new Set(
          subject.graph.resources.filter(({ options }) => options.retainOnDelete).map(({ urn }) => urn),
        );
        const left: string[] = [];
        for (const { urn, object } of objects) if (await isThere(cluster.client, object)) left.push(urn);
        expect(left.sort()).toEqual(objects.flatMap(({ urn }) => (kept.has(urn) ? [urn] : [])).sort());
        const { deployment } = await stack.exportStack();
        expect(deployment.resources ?? []).toEqual([]);
      });
    });
  },
);

/** The steps of an operation that do something. */
class Steps {
  readonly #found: { op: OpType; urn: string }[] = [];

  readonly record = ({ resourcePreEvent }: EngineEvent): void => {
    const { op, urn } = resourcePreEvent?.metadata ?? {};
    if (op !== undefined && urn !== undefined && op !== "same") this.#found.push({ op, urn });
  };

  urns(op: OpType): string[] {
    return withoutDefaultProviders(this.#found.flatMap((step) => (step.op === op ? [step.urn] : [])));
  }

  /** Every step but those of these kinds. */
  other(...kinds: OpType[]): string[] {
    return this.#found.flatMap(({ op, urn }) => (kinds.includes(op) ? [] : [`${op} ${nameOf(urn)}`]));
  }
}

function subjectAt(path: string): Subject {
  const found = all.find((subject) => subject.path === path);
  if (!found) throw new Error(`${path} does not run on a cluster alone`);
  return found;
}

function change(path: string) {
  return changes[path] as (typeof changes)[string];
}

/** Names of the resources that are not the same in two plans. */
function changed(before: Graph, after: Graph): string[] {
  const inputs = (graph: Graph) =>
    new Map(toDocument(graph).resources.map((row) => [row.urn, JSON.stringify([row.inputs, row.options])]));
  const [old, now] = [inputs(before), inputs(after)];
  const urns = new Set([...old.keys(), ...now.keys()]);
  return [...urns]
    .filter((urn) => old.get(urn) !== now.get(urn))
    .map(nameOf)
    .sort();
}

function urnsOf({ resources }: Graph): string[] {
  return resources.map(({ urn }) => urn).sort();
}

/** The engine makes providers for what names none. They are in no program, and so in no plan. */
function withoutDefaultProviders(urns: readonly string[]): string[] {
  return urns.filter((urn) => !/::pulumi:providers:[^:]+::default/.test(urn)).sort();
}

function nameOf(urn: string): string {
  return urn.split("::").at(-1) ?? urn;
}

/** Namespaces take a moment to go. */
async function isThere(client: Client, object: Parameters<Client["get"]>[0]): Promise<boolean> {
  for (let tries = 0; tries < 40; tries++) {
    if ((await client.get(object)) === undefined) return false;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return true;
}

function onOutput(text: string): void {
  if (process.env.AISTACK_VERBOSE) process.stderr.write(text);
}

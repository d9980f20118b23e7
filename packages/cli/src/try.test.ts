/** `aistack try` as far as it goes without a cluster. What needs one is in `test/cluster`. */
import type { KubernetesObject, RolloutEvent, RolloutItem } from "aistack-cluster";
import { createColors } from "picocolors";
import { aistack, program, scratchDirectory } from "./command-line.test.fixture";
import type { Io } from "./io";
import { renderNodes, renderProblems, renderRollout, rolloutView } from "./render/rollout";

const colors = createColors(false);
const object = (kind: string, name: string): KubernetesObject => ({
  apiVersion: "v1",
  kind,
  metadata: { name, namespace: "space" },
});
const item = (kind: string, name: string, state: RolloutItem["state"], ...problems: string[]): RolloutItem => ({
  planned: { urn: name, cluster: "c", object: object(kind, name), after: [] },
  object: object(kind, name),
  state,
  problems,
  nodes: state === "ready" && kind === "Deployment" ? ["node-1"] : [],
});

describe("aistack try", () => {
  test("fails without Go, and says what to install or to pass instead", async () => {
    const { code, stderr } = await aistack(["try", "assistant"], { env: { PATH: "/nowhere", GOROOT: "/nowhere" } });
    expect(stderr).toContain(
      "aistack try builds its simulated cluster with Go 1.26 or newer; install Go (https://go.dev/dl) or pass --kubeconfig.",
    );
    expect(code).toBe(1);
  }, 30_000);

  test("needs no cluster for a program without Kubernetes objects", async () => {
    const directory = await program(await scratchDirectory(), "empty", "export const answer = 42;");
    const { code, stdout } = await aistack(["try", directory], { env: { PATH: "/nowhere", GOROOT: "/nowhere" } });
    expect(stdout).toContain("The plan has no Kubernetes object.");
    expect(code).toBe(0);
  }, 30_000);

  test.each([
    [["--kubeconfig", "none"], "--kubeconfig none: there is no such file."],
    [["--definitions", "none"], "--definitions none: there is no such folder."],
    [["--answers", "none"], "--answers none: there is no such file."],
    [["--kubeconfig", "a", "--definitions", "b"], "--definitions is for the simulated cluster"],
    [["--config", "novalue"], "Write key=value"],
  ])("%j is wrong use", async (options, message) => {
    const { code, stderr } = await aistack(["try", "assistant", ...options]);
    expect(stderr).toContain(message);
    expect(code).toBe(2);
  });

  test("a directory without a program is wrong use", async () => {
    expect(await aistack(["try", "nowhere"])).toMatchObject({ code: 2 });
  });
});

describe("a rollout", () => {
  const events: RolloutEvent[] = [
    { type: "applied", object: object("Secret", "keys") },
    { type: "ready", object: object("Secret", "keys"), nodes: [] },
    { type: "applied", object: object("Deployment", "web") },
    { type: "progress", object: object("Deployment", "web"), missing: "0 of 1 ready" },
    { type: "refused", object: object("Job", "once"), message: "no" },
    { type: "ready", object: object("Deployment", "web"), nodes: ["node-1"] },
  ];

  function shown(isTTY: boolean): string {
    let text = "";
    const stdout = { write: (part: string) => (text += part), isTTY, columns: 60 };
    const view = rolloutView({ stdout, env: {} } as unknown as Io, [object("Deployment", "web")], colors);
    for (const event of events) view.show(event);
    view.end();
    return text;
  }

  test("is a line for each event in a pipe", () => {
    expect(shown(false).split("\n")).toEqual([
      "applied Secret space/keys",
      "applied Deployment space/web",
      "waiting Deployment space/web  0 of 1 ready",
      "refused Job space/once",
      "ready   Deployment space/web  on node-1",
      "",
    ]);
  });

  test("is a picture on a terminal, which is redrawn and taken away at the end", () => {
    const pictures = shown(true)
      .replaceAll("\u001b", "ESC")
      .split(/ESC\[\d+AESC\[J/);
    expect(pictures[0]).toBe(
      "1 of 1 object applied, 0 of 1 workload ready\n· Deployment space/web  waits for what it depends on\n",
    );
    expect(pictures.at(-2)).toContain("✓ Deployment space/web  on node-1\n");
    expect(pictures.at(-1)).toBe("");
  });

  test("ends with a table of the workloads and the counts", () => {
    const items = [
      item("Secret", "keys", "ready"),
      item("Deployment", "web", "ready"),
      item("Job", "once", "ready"),
      item("StatefulSet", "store", "not-ready", "0 of 1 ready"),
      item("Deployment", "client", "not-reached", "waits for StatefulSet space/store"),
    ];
    expect(renderRollout(items, colors)).toBe(`
✓ Deployment space/web     ready  on node-1
✓ Job space/once           done
✗ StatefulSet space/store  not ready
– Deployment space/client  not reached

4 of 5 objects accepted, 2 of 4 workloads ready
`);
    expect(renderProblems(items, 80, colors)).toBe("error: StatefulSet space/store\n  0 of 1 ready\n");
  });
});

test("nodes are told by machine and accelerators", () => {
  const node = { name: "n", vcpu: 1, memoryGiB: 1 };
  expect(
    renderNodes([
      { ...node, count: 2, machineType: "m7i.large" },
      { ...node, count: 1, machineType: "g6.xlarge", devices: { "nvidia.com/gpu": 1 } },
    ]),
  ).toBe("3 nodes: 2 m7i.large, 1 g6.xlarge with 1 nvidia.com/gpu");
});

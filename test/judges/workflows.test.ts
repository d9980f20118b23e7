/** Argo Workflows' own lint judges every workflow of every stack and example. Needs `argo-lint` from `argo/`. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { planDirectory } from "aistack-engine";
import { programs, root } from "../programs";

interface Workflow {
  kind: string;
  metadata: { name: string };
  spec: { templates?: { name: string; dag?: { tasks: { when?: string; dependencies?: string[] }[] } }[] };
}

/** What Argo has against the workflows of one plan; undefined where nothing. */
function faultOf(workflows: Workflow[]): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), "workflows-"));
  try {
    // JSON is YAML.
    for (const [index, workflow] of workflows.entries())
      writeFileSync(join(folder, `${index}.yaml`), JSON.stringify(workflow));
    const judged = spawnSync("argo-lint", [folder], { encoding: "utf8" });
    if (judged.error) throw judged.error;
    return judged.status === 0 ? undefined : `${judged.stdout}${judged.stderr}`.replaceAll(folder, "").trim();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const kinds = ["Workflow", "WorkflowTemplate", "CronWorkflow"];

async function workflowsOf(path: string, stack: string): Promise<Workflow[]> {
  const graph = await planDirectory(join(root, path), { stack, mode: "simulate" });
  const objects = graph.resources.map(({ inputs }) => JSON.parse(JSON.stringify(inputs)));
  return objects.filter(
    ({ apiVersion, kind }) => String(apiVersion).startsWith("argoproj.io/") && kinds.includes(kind),
  );
}

test("Argo takes every workflow", async () => {
  let count = 0;
  for (const { path, stack } of programs()) {
    const workflows = await workflowsOf(path, stack);
    count += workflows.length;
    if (workflows.length > 0) expect([path, faultOf(workflows)]).toEqual([path, undefined]);
  }
  expect(count).toBeGreaterThan(0);
  console.log(`${count} workflows`);
}, 180_000);

describe("a test of the test", () => {
  const broken: [string, (tasks: { when?: string; dependencies?: string[] }[]) => void, RegExp][] = [
    [
      "a stage that waits for none",
      (tasks) => Object.assign(tasks.at(-1) ?? {}, { dependencies: ["nothing"] }),
      /nothing/,
    ],
    [
      "a decision of nobody",
      (tasks) =>
        Object.assign(tasks.at(-1) ?? {}, { when: "{{tasks.nobody.outputs.parameters.decision}} == approved" }),
      /tasks\.nobody/,
    ],
  ];
  test.each(broken)("%s is found", async (_, breakIt, fault) => {
    const workflows = await workflowsOf("examples/mlops-kubernetes", "dev");
    const template = workflows.find(({ kind }) => kind === "WorkflowTemplate");
    const graph = template?.spec.templates?.find(({ dag }) => dag !== undefined);
    breakIt(graph?.dag?.tasks ?? []);
    expect(faultOf(workflows)).toMatch(fault);
  });
});

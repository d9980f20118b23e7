import { join } from "node:path";
import { type Graph, type Mode, planDirectory, toDocument } from "aistack-engine";
import { programs, root } from "../programs";

const modes: Mode[] = ["preview", "simulate"];
const cases = programs().flatMap(({ path, stack }) => modes.map((mode) => [path, stack, mode] as const));

describe.each(cases)("%s, stack %s, mode %s", (path, stack, mode) => {
  let graph: Graph;
  beforeAll(async () => {
    graph = await planDirectory(join(root, path), { stack, mode });
  }, 60_000);

  test("creates something, without an error", () => {
    expect(graph.resources.filter((row) => row.custom).length).toBeGreaterThan(5);
    expect(graph.diagnostics.filter((row) => row.severity === "error")).toEqual([]);
  });

  test("every resource has a chain of parents up to the stack", () => {
    const byUrn = new Map(graph.resources.map((row) => [row.urn, row]));
    for (const row of graph.resources) {
      let top = row;
      while (top.parent !== undefined) {
        const parent = byUrn.get(top.parent);
        if (!parent) throw new Error(`${top.urn} has the parent ${top.parent}, which is not in the plan`);
        top = parent;
      }
      expect(top.type).toBe("pulumi:pulumi:Stack");
    }
  });

  test("no component of ours hangs under another's resource, and only components hang under the stack", () => {
    const [top] = graph.resources;
    const underStack = graph.resources.filter((row) => row.parent === top?.urn);
    expect(underStack.filter((row) => row.custom).map((row) => row.urn)).toEqual([]);
  });

  test("nothing that a Kubernetes object needs is unknown in simulation", () => {
    if (mode === "preview") return;
    const objects = graph.resources.filter((row) => row.type.startsWith("kubernetes:") && row.custom);
    const unknown = objects.filter((row) => JSON.stringify(row.inputs).includes('{"$unknown":true}'));
    expect(unknown.map((row) => row.urn)).toEqual([]);
  });

  test("no value of a secret is in the document", () => {
    const text = JSON.stringify(toDocument(graph));
    const passwords = graph.resources.filter((row) => row.type === "random:index/randomPassword:RandomPassword");
    for (const row of passwords) {
      const { result } = row.outputs as { result?: { reveal?: () => unknown } };
      const value = result?.reveal?.();
      if (typeof value === "string") expect(text).not.toContain(value);
      else expect(mode).toBe("preview");
    }
  });
});

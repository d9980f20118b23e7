import type { Graph } from "aistack-engine";
import type { Assessment } from "aistack-policy";
import type { Colors } from "picocolors/types";
import { renderAssessment } from "./assessment";
import { renderDiagnostics } from "./diagnostics";
import { isProvider, packageOf } from "./names";
import { renderOutputs } from "./outputs";
import { counted, duration } from "./text";
import { renderTree } from "./tree";

export interface RenderOptions {
  /** What the rules and controls say. */
  readonly assessment?: Assessment;
  readonly width: number;
  readonly colors: Colors;
  readonly debug: boolean;
  /** Wall time of the whole plan. */
  readonly milliseconds: number;
}

/** A whole plan for a reader: heading, tree, counts, outputs, diagnostics, timing. */
export function renderPlan(graph: Graph, options: RenderOptions): string {
  const { assessment, width, colors, debug, milliseconds } = options;
  const { bold, dim } = colors;
  const outputs = renderOutputs(graph.outputs, width, colors);
  const tree = renderTree(graph, width, colors);
  const lines = [
    `${bold(graph.project)} ${dim(`· stack ${graph.stack} · ${graph.mode}`)}`,
    "",
    ...(tree.length === 0 ? [] : [...tree, ""]),
    ...renderCounts(graph, colors),
    ...(outputs.length === 0 ? [] : ["", bold("outputs"), ...outputs]),
    ...(assessment === undefined ? [] : renderAssessment(assessment, width, colors)),
    ...renderDiagnostics(graph.diagnostics, debug, width, colors),
    "",
    dim(`Planned in ${duration(milliseconds)}. Nothing was created.`),
  ];
  return `${lines.join("\n")}\n`;
}

/** How many resources `up` would create, by provider, and which of them a `destroy` would leave. */
function renderCounts(graph: Graph, { bold, dim }: Colors): string[] {
  const created = graph.resources.filter(({ custom, read, type }) => custom && !read && !isProvider(type));
  const components = graph.resources.filter(({ custom, type }) => !custom && type !== "pulumi:pulumi:Stack").length;
  const byProvider = new Map<string, number>();
  for (const { type } of created) byProvider.set(packageOf(type), (byProvider.get(packageOf(type)) ?? 0) + 1);

  const providers = [...byProvider].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const column = Math.max(0, ...providers.map(([name]) => name.length));
  const digits = String(providers[0]?.[1] ?? 0).length;
  const kept = [
    [created.filter(({ options }) => options.protect).length, "protected"],
    [created.filter(({ options }) => options.retainOnDelete).length, "kept on delete"],
  ] as const;
  const marks = kept.filter(([count]) => count > 0).map(([count, mark]) => `${count} ${mark}`);
  if (created.length + components === 0) return [bold("no resources")];
  return [
    `${bold(counted(created.length, "resource"))}${components > 0 ? ` in ${counted(components, "component")}` : ""}` +
      (marks.length === 0 ? "" : dim(` (${marks.join(", ")})`)),
    ...providers.map(([name, count]) => `  ${name.padEnd(column)}  ${String(count).padStart(digits)}`),
  ];
}

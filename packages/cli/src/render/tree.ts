import type { Graph, PlannedResource } from "aistack-engine";
import type { Colors } from "picocolors/types";
import { shortType } from "./names";
import { nameList } from "./text";

interface Node {
  readonly resource: PlannedResource;
  readonly children: Node[];
}

interface Line {
  /** The branches in front. */
  readonly lead: string;
  readonly type: string;
  readonly names: readonly string[];
  readonly marks: readonly string[];
  readonly component: boolean;
}

/** A column of types wider than this is not worth the empty space that it makes in the other lines. */
const widestTypeColumn = 36;

/**
 * The components of a plan, each with what it creates beneath. Resources of one kind that have nothing beneath
 * them share a line.
 */
export function renderTree(graph: Graph, width: number, colors: Colors): string[] {
  const lines = linesOf(rootsOf(graph), "", true);
  const column = Math.min(widestTypeColumn, Math.max(0, ...lines.map((line) => labelOf(line).length)));
  return lines.map((line) => renderLine(line, column, width, colors));
}

/** The resources right under the stack, with their descendants. */
function rootsOf(graph: Graph): Node[] {
  const nodes = new Map<string, Node>(graph.resources.map((resource) => [resource.urn, { resource, children: [] }]));
  const roots: Node[] = [];
  for (const node of nodes.values()) {
    if (isStack(node.resource)) continue;
    const parent = nodes.get(node.resource.parent ?? "");
    (parent === undefined || isStack(parent.resource) ? roots : parent.children).push(node);
  }
  return roots;
}

function isStack(resource: PlannedResource): boolean {
  return resource.type === "pulumi:pulumi:Stack";
}

function linesOf(siblings: readonly Node[], indent: string, top: boolean): Line[] {
  const groups = grouped(siblings);
  return groups.flatMap((group, index) => {
    const last = index === groups.length - 1;
    const { resource, children } = group[0];
    const line: Line = {
      lead: top ? "" : `${indent}${last ? "└─ " : "├─ "}`,
      type: shortType(resource.type),
      names: group.map((node) => node.resource.name),
      marks: marksOf(resource),
      component: !resource.custom,
    };
    return [line, ...linesOf(children, top ? "" : `${indent}${last ? "   " : "│  "}`, false)];
  });
}

/** Leaves of one type and with the same marks go together, at the place of the first. */
function grouped(siblings: readonly Node[]): [Node, ...Node[]][] {
  const groups = new Map<string, [Node, ...Node[]]>();
  for (const node of siblings) {
    const { resource, children } = node;
    const key = children.length > 0 ? resource.urn : [resource.type, ...marksOf(resource)].join(" ");
    const group = groups.get(key);
    if (group) group.push(node);
    else groups.set(key, [node]);
  }
  return [...groups.values()];
}

/** What a reader must know of a resource beyond its kind and name. */
function marksOf({ options, read, remote }: PlannedResource): string[] {
  return [
    ...(options.protect ? ["protected"] : []),
    ...(options.retainOnDelete ? ["kept on delete"] : []),
    ...(options.importId ? ["imported"] : []),
    ...(read ? ["read, not created"] : []),
    ...(remote ? ["contents not shown"] : []),
  ];
}

function labelOf({ lead, type, names }: Line): string {
  return `${lead}${type}${names.length > 1 ? ` ×${names.length}` : ""}`;
}

function renderLine(line: Line, column: number, width: number, { bold, cyan, dim, yellow }: Colors): string {
  const label = labelOf(line);
  const gap = " ".repeat(Math.max(0, column - label.length) + 2);
  const marks = line.marks.length === 0 ? "" : `  ${line.marks.join(", ")}`;
  const names = nameList(line.names, Math.max(8, width - label.length - gap.length - marks.length));
  const type = line.component ? bold(line.type) : line.type;
  const count = line.names.length > 1 ? dim(` ×${line.names.length}`) : "";
  return `${dim(line.lead)}${type}${count}${gap}${line.component ? bold(names) : cyan(names)}${yellow(marks)}`;
}

/** A plan in Markdown, for a comment on a pull request. */
import type { Graph, PlannedResource } from "aistack-engine";
import { type Assessment, type Finding, messageOf, Status } from "aistack-policy";
import { isProvider, packageOf, shortType, shortUrn } from "./names";
import { counted } from "./text";

/** Findings of one rule or control that are shown; the evidence file has all. */
const shownFindings = 5;

/** What is created, by component, then what of rules and controls fails, then the controls. */
export function renderMarkdown(graph: Graph, assessment: Assessment): string {
  const parts = [
    `### ${cell(graph.project)} · stack ${cell(graph.stack)}`,
    ...changes(graph),
    ...failures(assessment),
    ...controlTable(assessment),
  ];
  return `${parts.join("\n\n")}\n`;
}

function changes({ resources }: Graph): string[] {
  const created = resources.filter(({ custom, read, type }) => custom && !read && !isProvider(type));
  if (created.length === 0) return ["No resources."];
  const byUrn = new Map(resources.map((row) => [row.urn, row]));
  const beneath = new Map<PlannedResource, PlannedResource[]>();
  for (const row of created) {
    const top = topOf(row, byUrn);
    beneath.set(top, [...(beneath.get(top) ?? []), row]);
  }
  const rows = [...beneath].map(([top, own]) => [
    cell(`${shortType(top.type)} ${top.name}`),
    String(own.length),
    cell(providers(own)),
    cell(marks(own)),
  ]);
  return [`The plan has ${counted(created.length, "resource")}.`, table(["", "resources", "of", ""], rows)];
}

/** The component under the stack that a resource belongs to, or the resource itself. */
function topOf(row: PlannedResource, byUrn: ReadonlyMap<string, PlannedResource>): PlannedResource {
  const parent = row.parent === undefined ? undefined : byUrn.get(row.parent);
  return parent === undefined || parent.type === "pulumi:pulumi:Stack" ? row : topOf(parent, byUrn);
}

function providers(rows: readonly PlannedResource[]): string {
  const counts = new Map<string, number>();
  for (const { type } of rows) counts.set(packageOf(type), (counts.get(packageOf(type)) ?? 0) + 1);
  return [...counts].map(([name, count]) => `${name} ${count}`).join(", ");
}

function marks(rows: readonly PlannedResource[]): string {
  const count = (option: "protect" | "retainOnDelete") => rows.filter(({ options }) => options[option]).length;
  const marked = [
    [count("protect"), "protected"],
    [count("retainOnDelete"), "kept on delete"],
  ] as const;
  return marked.flatMap(([number, mark]) => (number > 0 ? [`${number} ${mark}`] : [])).join(", ");
}

function failures({ rules, controls, contradictions, contradictionsLevel }: Assessment): string[] {
  const judged = [
    ...rules.map((row) => ({ ...row, name: row.level === "advisory" ? `${row.rule.name} (advisory)` : row.rule.name })),
    ...controls.map((row) => ({ ...row, name: row.control.id })),
  ];
  const failing = judged.filter(({ status }) => status === Status.Fails);
  const open = contradictionsLevel === "disabled" ? [] : contradictions.filter(({ resolution }) => !resolution);
  const lines = [
    ...failing.map(({ name, evidence }) => `- ❌ **${cell(name)}**\n${reasons(evidence)}`),
    ...open.map(({ id, question }) => `- ❌ **${cell(id)}**: ${cell(question)}`),
  ];
  const count = (status: Status) => rules.filter((row) => row.status === status).length;
  const summary = `Rules: ${count(Status.Holds)} hold, ${count(Status.Fails)} fail.`;
  return lines.length === 0 ? [summary] : [summary, lines.join("\n")];
}

function reasons(evidence: readonly Finding[]): string {
  const failing = evidence.filter(({ holds }) => holds === false);
  const more = failing.length - shownFindings;
  return [
    ...failing
      .slice(0, shownFindings)
      .map((finding) => `  - ${cell(`${shortUrn(finding.urn)}: ${messageOf(finding)}`)}`),
    ...(more > 0 ? [`  - and ${counted(more, "other")}`] : []),
  ].join("\n");
}

const symbols = { [Status.Holds]: "✅", [Status.Fails]: "❌", [Status.NotApplicable]: "➖" } as const;

function controlTable({ controls, regulations }: Assessment): string[] {
  if (controls.length === 0) return [];
  const rows = controls.map(({ control, status }) => [
    `${symbols[status]} ${cell(status)}`,
    cell(control.id),
    cell(control.article),
  ]);
  const title = cell(`Controls of ${regulations.join(", ")}: an engineering reading, not legal advice`);
  return [`<details><summary>${title}</summary>\n\n${table(["", "control", "article"], rows)}\n\n</details>`];
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Text in one line that is neither Markdown nor HTML, and mentions nobody. */
function cell(text: string): string {
  return text
    .replace(/\s+/g, " ")
    .replace(/[\\`*_[\]|~#]/g, "\\$&")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll("@", "&#64;")
    .trim();
}

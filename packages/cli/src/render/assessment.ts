import { type Assessment, type Finding, messageOf, Status, type Verdict } from "aistack-policy";
import type { Colors } from "picocolors/types";
import { shortUrn } from "./names";
import { counted, cut, nameList, wrap } from "./text";

/** Findings of one rule that are shown; the evidence file has all. */
const shownFindings = 5;

/** The rules in a line, those that fail with what is wrong, and a table of the controls. */
export function renderAssessment(assessment: Assessment, width: number, colors: Colors): string[] {
  return [
    "",
    ...renderRules(assessment, colors),
    ...failingRules(assessment, width, colors),
    ...renderControls(assessment, width, colors),
    ...renderContradictions(assessment, width, colors),
  ];
}

/** What fails, for where the plan itself is not shown; empty where nothing does. */
export function renderFailures(assessment: Assessment, width: number, colors: Colors): string {
  const lines = [
    ...failingRules(assessment, width, colors),
    ...failingControls(assessment, width, colors),
    ...renderContradictions(assessment, width, colors),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function renderRules({ rules }: Assessment, { bold, red, yellow }: Colors): string[] {
  const count = (status: Status) => rules.filter((rule) => rule.status === status).length;
  const failing = rules.filter(({ status }) => status === Status.Fails);
  const paint = failing.some(({ level }) => level !== "advisory") ? red : yellow;
  const counts = [
    ...(count(Status.Holds) > 0 ? [`${count(Status.Holds)} hold`] : []),
    ...(failing.length > 0 ? [paint(`${failing.length} ${failing.length === 1 ? "fails" : "fail"}`)] : []),
    ...(count(Status.NotApplicable) > 0 ? [`${count(Status.NotApplicable)} not applicable`] : []),
  ];
  return [`${bold("rules")}  ${counts.join(", ")}`];
}

function failingRules({ rules }: Assessment, width: number, colors: Colors): string[] {
  return rules
    .filter(({ status }) => status === Status.Fails)
    .flatMap(({ rule, level, evidence }) => {
      const paint = level === "advisory" ? colors.yellow : colors.red;
      return [
        `${paint("✗")} ${rule.name}${level === "advisory" ? colors.dim("  advisory") : ""}`,
        ...reasons(evidence, width),
      ];
    });
}

/** What is wrong, by resource. */
function reasons(evidence: readonly Finding[], width: number): string[] {
  const failing = evidence.filter(({ holds }) => holds === false);
  const more = failing.length - shownFindings;
  return [
    ...failing
      .slice(0, shownFindings)
      .flatMap((finding) => hanging(`${shortUrn(finding.urn)}: ${messageOf(finding)}`, width)),
    ...(more > 0 ? [`    and ${counted(more, "other")}`] : []),
  ];
}

/** Text under a line that it belongs to. */
function hanging(text: string, width: number): string[] {
  return wrap(text, width - 6).map((line, index) => `${index === 0 ? "    " : "      "}${line}`);
}

const symbols = {
  [Status.Holds]: "✓",
  [Status.Fails]: "✗",
  [Status.NotApplicable]: "–",
} as const;

function renderControls(assessment: Assessment, width: number, colors: Colors): string[] {
  const { controls, regulations } = assessment;
  if (controls.length === 0) return [];
  const { bold, dim, green, red } = colors;
  const paint = { [Status.Holds]: green, [Status.Fails]: red, [Status.NotApplicable]: dim };
  const ids = Math.max(...controls.map(({ control }) => control.id.length));
  const articles = Math.min(28, Math.max(...controls.map(({ control }) => control.article.length)));
  const statuses = Math.max(...controls.map(({ status }) => status.length));
  const rows = controls.flatMap((judged) => {
    const { control, status, evidence } = judged;
    const lead = `${symbols[status]} ${control.id.padEnd(ids)}  ${cut(control.article, articles).padEnd(articles)}  ${status.padEnd(statuses)}  `;
    const room = Math.max(8, width - lead.length);
    const line = `${paint[status](lead.slice(0, 1))}${lead.slice(1)}${dim(evidenceNames(evidence, room))}`.trimEnd();
    return status === Status.Fails ? [line, ...reasons(evidence, width)] : [line];
  });
  return [
    "",
    `${bold("controls")}  ${regulations.join(", ")} ${dim("· an engineering reading, not legal advice")}`,
    ...rows,
  ];
}

function failingControls({ controls }: Assessment, width: number, { red }: Colors): string[] {
  return controls
    .filter(({ status }) => status === Status.Fails)
    .flatMap(({ control, evidence }) => [`${red("✗")} ${control.id}  ${control.article}`, ...reasons(evidence, width)]);
}

/** Names of the resources that a verdict rests on. */
function evidenceNames(evidence: Verdict["evidence"], room: number): string {
  const names = [...new Set(evidence.map(({ urn }) => urn.split("::").at(-1) ?? urn))];
  return names.length === 0 ? "" : nameList(names, Math.min(room, 60));
}

function renderContradictions(
  { contradictions, contradictionsLevel }: Assessment,
  width: number,
  colors: Colors,
): string[] {
  if (contradictions.length === 0 || contradictionsLevel === "disabled") return [];
  const { bold, green, red, yellow, dim } = colors;
  const paint = contradictionsLevel === "advisory" ? yellow : red;
  return [
    "",
    bold(counted(contradictions.length, "contradiction")),
    ...contradictions.flatMap(({ id, between, question, resolution }) =>
      resolution === undefined
        ? [
            `${paint("✗")} ${id}  ${dim(between.flat().join(", "))}`,
            ...hanging(`${question} Nobody has decided: write it into \`resolutions\`.`, width),
          ]
        : [`${green("✓")} ${id}  ${dim(between.flat().join(", "))}`, ...hanging(resolution, width)],
    ),
  ];
}

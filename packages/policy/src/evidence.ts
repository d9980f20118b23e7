/** What a plan says about its controls, as a document to store and a report to read. */
import type { Assessment } from "./assess";
import type { Finding } from "./finding";

/** Said in every document, as no plan makes anybody compliant. */
export const notice =
  "An engineering reading of the texts named, judged on the plan of one program. It is not legal advice, and it says " +
  "nothing about what was changed outside of the program.";

/** `aistack/evidence/v1`. */
export interface EvidenceDocument {
  readonly schema: "aistack/evidence/v1";
  readonly notice: string;
  readonly project: string;
  readonly stack: string;
  readonly mode: string;
  readonly regulations: readonly string[];
  readonly controls: readonly ControlRow[];
  readonly contradictions: readonly {
    readonly id: string;
    readonly question: string;
    readonly between: readonly (readonly string[])[];
    /** Null while it is open. */
    readonly resolution: string | null;
  }[];
  readonly rules: readonly RuleRow[];
}

export interface ControlRow {
  readonly id: string;
  readonly regulation: string;
  readonly article: string;
  readonly requires: string;
  readonly note?: string;
  readonly level: string;
  readonly status: string;
  readonly evidence: readonly EvidenceRow[];
}

export interface RuleRow {
  readonly name: string;
  readonly description: string;
  readonly level: string;
  readonly status: string;
  readonly evidence: readonly EvidenceRow[];
}

export interface EvidenceRow {
  readonly urn: string;
  /** Path of the property; absent where a resource is missing. */
  readonly property?: string;
  /** The property's value as text; never a secret. */
  readonly value: string;
  /** Null where it cannot be told before `up`. */
  readonly holds: boolean | null;
  readonly reason?: string;
}

/** What a plan is called. */
export interface Planned {
  readonly project: string;
  readonly stack: string;
  readonly mode: string;
}

export function evidenceOf(assessment: Assessment, { project, stack, mode }: Planned): EvidenceDocument {
  return {
    schema: "aistack/evidence/v1",
    notice,
    project,
    stack,
    mode,
    regulations: assessment.regulations,
    controls: assessment.controls.map(({ control, level, status, evidence }) => {
      const { id, regulation, article, requires, note } = control;
      return {
        id,
        regulation,
        article,
        requires,
        ...(note ? { note } : {}),
        level,
        status,
        evidence: evidence.map(row),
      };
    }),
    contradictions: assessment.contradictions.map(({ id, question, between, resolution }) => ({
      id,
      question,
      between,
      resolution: resolution ?? null,
    })),
    rules: assessment.rules.map(({ rule, level, status, evidence }) => ({
      name: rule.name,
      description: rule.description,
      level,
      status,
      evidence: evidence.map(row),
    })),
  };
}

function row({ urn, property, value, holds, reason }: Finding): EvidenceRow {
  return {
    urn,
    ...(property === undefined ? {} : { property }),
    value,
    holds: holds ?? null,
    ...(reason === undefined ? {} : { reason }),
  };
}

/** The same as a page of Markdown, for people. */
export function evidenceReport(document: EvidenceDocument): string {
  const { project, stack, mode, regulations, controls, contradictions, rules } = document;
  const lines = [
    `# Controls of ${project}, stack ${stack}`,
    "",
    `${document.notice} Plan in mode ${mode}.`,
    "",
    ...(regulations.length === 0
      ? ["No component names a regulation, and none was asked for."]
      : table(
          ["Control", "Article", "Requires", "Status"],
          controls.map(({ id, article, requires, status }) => [`[${id}](#${id})`, article, requires, status]),
        )),
    "",
    "## Contradictions between the regulations",
    "",
    ...(contradictions.length === 0
      ? ["None."]
      : table(
          ["Contradiction", "Between", "Question", "Decision"],
          contradictions.map(({ id, between, question, resolution }) => [
            id,
            between.map((side) => side.join(", ")).join(" and "),
            question,
            resolution ?? "**open**",
          ]),
        )),
    "",
    "## General rules",
    "",
    ...table(
      ["Rule", "Level", "Status"],
      rules.map(({ name, description, level, status }) => [`${name}: ${description}`, level, status]),
    ),
    "",
    "## Evidence",
    ...controls.flatMap(({ id, article, requires, note, status, evidence }) => [
      "",
      `### ${id}`,
      "",
      `${article}: ${requires}${note ? ` (${note})` : ""} **${status}**`,
      "",
      ...(evidence.length === 0
        ? ["Nothing in the plan is concerned."]
        : table(
            ["Resource", "Property", "Value", ""],
            evidence.map((found) => [
              `\`${found.urn}\``,
              found.property ?? "",
              found.value,
              found.holds === null ? "known after up" : found.holds ? "holds" : `**fails**: ${found.reason}`,
            ]),
          )),
    ]),
  ];
  return `${lines.join("\n")}\n`;
}

function table(heads: string[], rows: string[][]): string[] {
  const line = (cells: string[]) => `| ${cells.map(escaped).join(" | ")} |`;
  return [line(heads), `|${" --- |".repeat(heads.length)}`, ...rows.map(line)];
}

/** Text of a plan must not break out of its cell. */
function escaped(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll(/\s*\n\s*/g, " ");
}

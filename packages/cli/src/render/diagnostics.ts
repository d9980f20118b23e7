import type { Diagnostic } from "aistack-engine";
import type { Colors } from "picocolors/types";
import { shortUrn } from "./names";
import { counted, wrap } from "./text";

const headings = [
  { severity: "error", singular: "error", plural: "errors" },
  { severity: "warning", singular: "warning", plural: "warnings" },
  { severity: "info", singular: "message", plural: "messages" },
  { severity: "debug", singular: "debug message", plural: "debug messages" },
] as const;

/** Diagnostics by severity, the gravest first; debug messages only when asked for. */
export function renderDiagnostics(
  diagnostics: readonly Diagnostic[],
  debug: boolean,
  width: number,
  colors: Colors,
): string[] {
  const paint = { error: colors.red, warning: colors.yellow, info: colors.bold, debug: colors.dim };
  return headings.flatMap(({ severity, singular, plural }) => {
    const found = diagnostics.filter((diagnostic) => diagnostic.severity === severity);
    if (found.length === 0 || (severity === "debug" && !debug)) return [];
    return [
      "",
      paint[severity](counted(found.length, singular, plural)),
      ...found.flatMap((diagnostic) => messageLines(diagnostic, width)),
    ];
  });
}

/** The lines of one message, indented, with the resource that it is about in front. */
export function messageLines({ message, urn }: Diagnostic, width: number): string[] {
  const about = urn === undefined || urn === "" ? "" : `${shortUrn(urn)}: `;
  const lines = `${about}${message.trim()}`.split("\n");
  return lines
    .flatMap((line) => wrap(line, width - 4))
    .map((line, index) => (index === 0 ? `  ${line}` : `    ${line}`));
}

import type { Diagnostic } from "aistack-engine";
import type { Colors } from "picocolors/types";
import { shortUrn } from "./names";
import { counted } from "./text";

const headings = [
  { severity: "error", singular: "error", plural: "errors" },
  { severity: "warning", singular: "warning", plural: "warnings" },
  { severity: "info", singular: "message", plural: "messages" },
  { severity: "debug", singular: "debug message", plural: "debug messages" },
] as const;

/** Diagnostics by severity, the gravest first; debug messages only when asked for. */
export function renderDiagnostics(diagnostics: readonly Diagnostic[], debug: boolean, colors: Colors): string[] {
  const paint = { error: colors.red, warning: colors.yellow, info: colors.bold, debug: colors.dim };
  return headings.flatMap(({ severity, singular, plural }) => {
    const found = diagnostics.filter((diagnostic) => diagnostic.severity === severity);
    if (found.length === 0 || (severity === "debug" && !debug)) return [];
    return [
      "",
      paint[severity](counted(found.length, singular, plural)),
      ...found.flatMap((diagnostic) => messageLines(diagnostic)),
    ];
  });
}

/** The lines of one message, indented, with the resource that it is about in front. */
export function messageLines({ message, urn }: Diagnostic): string[] {
  const about = urn === undefined || urn === "" ? "" : `${shortUrn(urn)}: `;
  return `${about}${message.trim()}`
    .split("\n")
    .map((line, index) => `${index === 0 ? "  " : "    "}${line}`.trimEnd());
}

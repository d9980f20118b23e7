import type { PlanError } from "aistack-engine";
import type { Colors } from "picocolors/types";
import { messageLines } from "./diagnostics";
import { shortUrn } from "./names";

/**
 * A plan that failed, for a reader: the component where one is at fault, the message with what is wrong and how to
 * mend it, then what the program had said; the stack trace only with `debug`.
 */
export function renderPlanError(error: PlanError, debug: boolean, width: number, { red, dim, yellow }: Colors): string {
  const about = error.urn && !error.message.includes(shortUrn(error.urn)) ? `${shortUrn(error.urn)}: ` : "";
  const place = error.kind === "program" ? placeOf(error.details) : undefined;
  const said = error.diagnostics.filter(
    ({ severity, message }) =>
      (severity === "warning" || severity === "error" || (debug && severity === "debug")) &&
      !isSame(error.message, message),
  );
  const paint = { error: red, warning: yellow, info: dim, debug: dim };
  const lines = [
    `${red("error:")} ${about}${error.message.trim()}`,
    ...(debug && error.details ? [dim(error.details.trim())] : []),
    ...(!debug && place ? [`  at ${place}; --debug shows the stack trace`] : []),
    ...said.map(
      (diagnostic) =>
        `${paint[diagnostic.severity](`${diagnostic.severity}:`)} ${messageLines(diagnostic, width).join("\n").trim()}`,
    ),
  ];
  return `${lines.join("\n")}\n`;
}

/** True for a diagnostic that tells the error once more, as Pulumi's runner does with a stack trace. */
function isSame(error: string, diagnostic: string): boolean {
  return error.includes(diagnostic.trim()) || /^Running program '.*' failed with an unhandled/.test(diagnostic);
}

/** The place in the program, and not in what it has installed, that a stack trace leads to: `/app/index.ts:3:14`. */
function placeOf(trace = ""): string | undefined {
  const places = [...trace.matchAll(/^\s+at (?:.*\()?(.+?:\d+:\d+)\)?$/gm)].map(([, place = ""]) => place);
  return places.find((place) => !place.startsWith("node:") && !place.includes("node_modules"));
}

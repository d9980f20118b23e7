import type { Colors } from "picocolors/types";
import type { PlanDiff } from "../watch/diff";
import { counted } from "./text";

/** A change of the plan, a line for each resource, by URN. */
export function renderDiff({ added, removed, changed, outputs }: PlanDiff, colors: Colors): string[] {
  const { green, red, yellow, dim } = colors;
  const lines = [
    ...added.map((urn) => `${green("+")} ${urn}`),
    ...removed.map((urn) => `${red("-")} ${urn}`),
    ...changed.map(({ urn, changed: names }) => `${yellow("~")} ${urn} ${dim(`(${names.join(", ")})`)}`),
    ...(outputs.length === 0 ? [] : [`${yellow("~")} stack outputs ${dim(`(${outputs.join(", ")})`)}`]),
  ];
  if (lines.length === 0) return ["no change in the plan"];
  const total = `${counted(added.length, "resource")} added, ${removed.length} removed, ${changed.length} changed`;
  return [...lines, total];
}

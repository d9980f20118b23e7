/** Reads an answers file and refuses what it cannot mean, all faults at once. */
import { existsSync, readFileSync } from "node:fs";
import { parseDocument } from "yaml";
import { PlanError } from "../errors";
import type { Answers } from "../options";

type Map = { [key: string]: unknown };
const SECTIONS = ["invokes", "calls", "stackReferences", "resources"];

/** Reads answers from a YAML or JSON file. Throws a `PlanError` of kind `unanswered` that names every fault. */
export function loadAnswers(file: string): Answers {
  const fault = (message: string) => new PlanError("unanswered", `The answers file ${file} ${message}`);
  if (!existsSync(file)) throw fault("does not exist.");
  const document = parseDocument(readFileSync(file, "utf8"), { prettyErrors: true });
  const broken = document.errors[0]?.message.split("\n")[0]?.replace(/:$/, "");
  if (broken !== undefined) throw fault(`is not valid YAML: ${broken}`);
  const content: unknown = document.toJS() ?? {};
  const faults = isMap(content) ? faultsOf(content) : ["should be a map of sections."];
  if (faults.length > 0) throw fault(faults.join(" It "));
  return content as Answers;
}

function faultsOf(content: Map): string[] {
  return Object.entries(content).flatMap(([section, entries]) => {
    if (!SECTIONS.includes(section)) return [`has the unknown section '${section}'; there is ${SECTIONS.join(", ")}.`];
    if (!isMap(entries)) return [`should have a map in ${section}.`];
    return Object.entries(entries).flatMap(([key, value]) =>
      section === "invokes" || section === "calls"
        ? entriesFaults(`${section}['${key}']`, value)
        : isMap(value)
          ? []
          : [`should have a map of outputs in ${section}['${key}'].`],
    );
  });
}

function entriesFaults(path: string, entries: unknown): string[] {
  if (!Array.isArray(entries)) return [`should have a list of { when, return } in ${path}.`];
  return entries.flatMap((entry, index) => {
    if (!isMap(entry) || !("return" in entry)) return [`lacks 'return' in ${path}[${index}].`];
    if (entry.when !== undefined && !isMap(entry.when))
      return [`should have a map of arguments in ${path}[${index}].when.`];
    const unknown = Object.keys(entry).find((key) => key !== "when" && key !== "return");
    return unknown === undefined
      ? []
      : [`has the unknown key '${unknown}' in ${path}[${index}]; there is when and return.`];
  });
}

function isMap(value: unknown): value is Map {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

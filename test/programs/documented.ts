/** Judges a container's command and environment by what is documented of its program. */
import type { Container } from "./containers";

export type Kind =
  | "string"
  | "integer"
  | "number"
  | "boolean"
  | "list"
  | "json"
  | { readonly oneOf: readonly string[] };

/** A file of `data/`. */
export interface Documented {
  readonly version: string;
  /** Path of the image in its registry. */
  readonly image: string;
  readonly source: string;
  readonly date: string;
  /** What the command begins with. */
  readonly command: readonly string[];
  /** Arguments without a flag that it takes. */
  readonly positional: number;
  readonly flags: Readonly<Record<string, Kind>>;
  readonly environment: Readonly<Record<string, Kind>>;
  /** Flags and variables that are documented, and on their way out. */
  readonly deprecated: Readonly<Record<string, string>>;
}

/** Variables that no program documents, as the system or the language reads them. */
const ofTheSystem: Readonly<Record<string, string>> = {
  HOME: "the user has no home folder of its own; caches go there",
  USER: "the user has no name in the image, and Python looks one up",
};

/** What is not documented, in sentences. `argv` is the command as the program gets it; a shell may stand before it. */
export function faultsOf(container: Container, argv: readonly string[], program: Documented): string[] {
  const faults = [...versionFaults(container.image, program), ...argumentFaults(argv, program)];
  for (const [name, value] of Object.entries(container.environment)) {
    const kind = program.environment[name];
    if (kind !== undefined) faults.push(...valueFaults(name, value, kind, program));
    // Where the files of a binding are is for whoever looks into the container, or puts another image there.
    else if (!(name in ofTheSystem) && !isUsed(name, container) && !container.claims.includes(value))
      faults.push(`${name} is no variable of ${program.image} ${program.version}, and the command does not use it`);
  }
  return faults.map((fault) => `${container.workload}: ${fault}`);
}

/** Settings of a minor version hold for its fixes too. */
function versionFaults(image: string, program: Documented): string[] {
  const minor = program.version.split(".").slice(0, 2).join(".");
  const tag = /:([^@]+)/.exec(image)?.[1] ?? "";
  if (new RegExp(`(^|[v-])${minor.replace(".", "\\.")}(\\.|$)`).test(tag)) return [];
  return [`the image is ${tag}, but what is known here is of ${program.version}: read its documentation again`];
}

function argumentFaults(argv: readonly string[], program: Documented): string[] {
  const start = argv.slice(0, program.command.length);
  if (start.join(" ") !== program.command.join(" "))
    return [`the command begins with ${start.join(" ")}, but must begin with ${program.command.join(" ")}`];
  const faults: string[] = [];
  const rest = argv.slice(program.command.length);
  let positional = 0;
  while (rest.length > 0) {
    const [flag = "", inline] = (rest.shift() as string).split(/=(.*)/s);
    if (!flag.startsWith("-")) {
      positional += 1;
      if (positional > program.positional) faults.push(`${JSON.stringify(flag)} belongs to no flag`);
      continue;
    }
    const negated = flag.replace(/^--no-/, "--");
    const kind = program.flags[flag] ?? (program.flags[negated] === "boolean" ? "boolean" : undefined);
    const hasValue = rest.length > 0 && !/^--?[a-z]/.test(rest[0] as string);
    if (kind === undefined) {
      faults.push(`${flag} is no flag of ${program.image} ${program.version}`);
      if (inline === undefined && hasValue) rest.shift();
    } else if (kind === "boolean") {
      if (inline !== undefined) faults.push(...valueFaults(flag, inline, kind, program));
      else faults.push(...deprecation(flag, program));
    } else if (inline === undefined && !hasValue) faults.push(`${flag} has no value`);
    else faults.push(...valueFaults(flag, inline ?? (rest.shift() as string), kind, program));
  }
  return faults;
}

function valueFaults(name: string, value: string, kind: Kind, program: Documented): string[] {
  const faults = deprecation(name, program);
  const shown = `${name} is ${JSON.stringify(value)}`;
  if (typeof kind === "object" && !kind.oneOf.includes(value))
    faults.push(`${shown}, but must be one of ${kind.oneOf.join(", ")}`);
  if (kind === "integer" && !/^-?\d+$/.test(value)) faults.push(`${shown}, but must be a whole number`);
  if (kind === "number" && (value === "" || Number.isNaN(Number(value)))) faults.push(`${shown}, but must be a number`);
  if (kind === "boolean" && !["true", "false"].includes(value)) faults.push(`${shown}, but must be true or false`);
  if (kind === "json" && !isJson(value)) faults.push(`${shown}, but must be JSON`);
  return faults;
}

function deprecation(name: string, { deprecated }: Documented): string[] {
  return name in deprecated ? [`${name} is deprecated: ${deprecated[name]}`] : [];
}

/** Whether the command, or a shell script in it, reads a variable. */
function isUsed(name: string, { command, references }: Container): boolean {
  return references.includes(name) || command.some((part) => new RegExp(`\\$\\{?${name}\\b`).test(part));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

import { execFileSync } from "node:child_process";
import { type Graph, type Mode, type PlannedResource, plan, resource, Secret, type Value } from "aistack-engine";
import type { EdgeMachineArgs } from "./gpu-cluster/args";

/** Both ways to plan; what holds in the one must hold in the other. */
export const modes: Mode[] = ["preview", "simulate"];

/** Public key for tests; nobody has its private half. */
export const hostKey =
  "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBEmKSENjQEezOmxkZMy7opKgwFB9nkt5YRrYMjNuG5N87uRgGg6CLrbo5wAdpYl0fN6sQc7Nvp5SZXuSwlZCbEE=";

/** A machine with an address for documentation. */
export function machine(name: string, last: number, args: Partial<EdgeMachineArgs> = {}): EdgeMachineArgs {
  return { name, address: `192.0.2.${last}`, hostKey, ...args };
}

/** Plans a program. */
export async function planned(program: () => unknown, mode: Mode = "simulate"): Promise<Graph> {
  // The SDK notes a stack trace with every promise; jest maps each to the sources, which takes most of the time.
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return await plan(program, { mode });
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** Reads a path such as `connection.host` in the inputs of the resource with this name, secrets in plain form. */
// biome-ignore lint/suspicious/noExplicitAny: assertions on plain data whose shape the test itself states
export function inputs(graph: Graph, name: string, path = ""): any {
  const keys = path === "" ? [] : path.split(".");
  // biome-ignore lint/suspicious/noExplicitAny: as above
  return keys.reduce((value: any, key) => value?.[key], revealed(resource(graph, name).inputs as Value));
}

/** A value with its secrets in plain form. */
export function revealed(value: Value): Value {
  if (value instanceof Secret) return revealed(value.reveal());
  if (Array.isArray(value)) return value.map(revealed);
  if (value === null || typeof value !== "object" || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, revealed(field as Value)]));
}

/** What a plan creates: `name Type` of every resource that a provider makes, sorted. */
export function created(graph: Graph): string[] {
  return custom(graph)
    .map((row) => `${row.name} ${row.type.split(":").at(-1)}`)
    .sort();
}

/** The resources that a provider makes. */
export function custom(graph: Graph): PlannedResource[] {
  return graph.resources.filter((row) => row.custom);
}

/** Names of the resources that a resource waits for. */
export function waitsFor(graph: Graph, name: string): string[] {
  return resource(graph, name).dependencies.map((urn) => urn.split("::").at(-1) as string);
}

/** The script inside of a command line that runs it as root: what the shell on the machine makes of it. */
export function script(commandLine: string): string {
  const print = commandLine.replace(/^(sudo -n )?bash -c /, "printf %s ").replace(/ aistack "\$HOME"$/, "");
  return execFileSync("sh", ["-c", print], { encoding: "utf8", maxBuffer: 1 << 24 });
}

/** The content that a script writes to a file. */
export function fileIn(text: string, path: string): string {
  const start = text.indexOf(` ${path} <<\\END_OF_FILE\n`);
  if (start < 0) throw new Error(`the script does not write ${path}`);
  const content = text.slice(text.indexOf("\n", start) + 1);
  return content.slice(0, content.indexOf("END_OF_FILE\n"));
}

/** The message that a plan is refused with; throws if it is not refused. */
export async function refusal(program: () => unknown): Promise<string> {
  const outcome = await planned(program).catch((error: Error) => error);
  if (outcome instanceof Error) return outcome.message;
  throw new Error("the program was planned, not refused");
}

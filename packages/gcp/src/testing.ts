import { type Graph, type Mode, type PlannedResource, plan, resource } from "aistack-engine";

/** Both ways to plan; what holds in the one must hold in the other. */
export const modes: Mode[] = ["preview", "simulate"];

/** Plans a program in a project and region of Google Cloud. */
export async function planned(
  program: () => unknown,
  mode: Mode = "simulate",
  region = "europe-west4",
): Promise<Graph> {
  // The SDK notes a stack trace with every promise; jest maps each to the sources, which takes most of the time.
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return await plan(program, { mode, config: { "gcp:project": "my-project", "gcp:region": region } });
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/** Reads a path such as `nodeConfig.machineType` in the inputs of the resource with this name. */
// biome-ignore lint/suspicious/noExplicitAny: assertions on plain data whose shape the test itself states
export function inputs(graph: Graph, name: string, path = ""): any {
  const keys = path === "" ? [] : path.split(".");
  // biome-ignore lint/suspicious/noExplicitAny: as above
  return keys.reduce((value: any, key) => value?.[key], resource(graph, name).inputs);
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

/** The message that a plan is refused with; throws if it is not refused. */
export async function refusal(program: () => unknown): Promise<string> {
  const outcome = await planned(program).catch((error: Error) => error);
  if (outcome instanceof Error) return outcome.message;
  throw new Error("the program was planned, not refused");
}

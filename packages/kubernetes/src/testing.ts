import { type ClusterBinding, Platform } from "aistack-core";
import { type Graph, type PlannedResource, resource } from "aistack-engine";

/** A cluster as another stack would hand it over, for tests. */
export const testCluster: ClusterBinding = {
  name: "test",
  platform: Platform.Kubernetes,
  kubeconfig: "{}",
  storageClass: "fast",
};

/** Reads a path such as `spec.template` in the inputs of the resource with this name. */
// biome-ignore lint/suspicious/noExplicitAny: assertions on plain data whose shape the test itself states
export function inputs(graph: Graph, name: string, path = ""): any {
  const row: PlannedResource = resource(graph, name);
  const keys = path === "" ? [] : path.split(".");
  // biome-ignore lint/suspicious/noExplicitAny: as above
  return keys.reduce((value: any, key) => value?.[key], row.inputs);
}

/** What a plan creates: `name Kind` of every resource that a provider makes, sorted. */
export function created(graph: Graph): string[] {
  const custom = graph.resources.filter((row) => row.custom);
  return custom.map((row) => `${row.name} ${row.type.split(":").at(-1)}`).sort();
}

/** The message that a plan is refused with; throws if it is not refused. */
export async function refusal(planned: Promise<Graph>): Promise<string> {
  const outcome = await planned.catch((error: Error) => error);
  if (outcome instanceof Error) return outcome.message;
  throw new Error("the program was planned, not refused");
}

/** Paths of the keys that one document has and another of the same kind lacks, such as values that a chart does not know. */
export function unknownKeys(given: unknown, known: unknown, path = ""): string[] {
  if (!isMap(given) || !isMap(known)) return [];
  return Object.entries(given).flatMap(([key, value]) =>
    key in known ? unknownKeys(value, known[key], `${path}.${key}`) : [`${path}.${key}`],
  );
}

function isMap(value: unknown): value is { [key: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

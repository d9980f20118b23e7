import { isDeepStrictEqual } from "node:util";
import { type Graph, type PlannedResource, Secret } from "aistack-engine";

export interface ResourceChange {
  readonly urn: string;
  /** Names of the inputs and options that differ, sorted. */
  readonly changed: readonly string[];
}

/** What a change of the program changes of its plan. Resources are told apart by URN. */
export interface PlanDiff {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly ResourceChange[];
  /** Names of stack outputs that differ, are new or are gone. */
  readonly outputs: readonly string[];
}

/** Compares two plans of one program. Values of secrets count, but only names are returned. */
export function diffPlans(before: Graph, after: Graph): PlanDiff {
  const old = new Map(before.resources.map((resource) => [resource.urn, resource]));
  const now = new Map(after.resources.map((resource) => [resource.urn, resource]));
  const changed = [...now.values()].flatMap((resource) => {
    const earlier = old.get(resource.urn);
    const names = earlier === undefined ? [] : changesOf(earlier, resource);
    return names.length === 0 ? [] : [{ urn: resource.urn, changed: names }];
  });
  return {
    added: [...now.keys()].filter((urn) => !old.has(urn)).sort(),
    removed: [...old.keys()].filter((urn) => !now.has(urn)).sort(),
    changed: changed.sort((a, b) => (a.urn < b.urn ? -1 : 1)),
    outputs: differingKeys(before.outputs, after.outputs),
  };
}

function changesOf(before: PlannedResource, after: PlannedResource): string[] {
  const others = [
    ...(before.provider === after.provider ? [] : ["provider"]),
    ...(isDeepStrictEqual(before.dependencies, after.dependencies) ? [] : ["dependencies"]),
  ];
  return [...differingKeys(before.inputs, after.inputs), ...differingKeys(before.options, after.options), ...others];
}

function differingKeys(before: object, after: object): string[] {
  const old = new Map<string, unknown>(Object.entries(before));
  const now = new Map<string, unknown>(Object.entries(after));
  const keys = [...new Set([...old.keys(), ...now.keys()])];
  return keys.filter((key) => !isDeepStrictEqual(comparable(old.get(key)), comparable(now.get(key)))).sort();
}

/** A value that compares by content; a secret's content is private to it. */
function comparable(value: unknown): unknown {
  if (value instanceof Secret) return { secret: comparable(value.reveal()) };
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, comparable(entry)]));
}

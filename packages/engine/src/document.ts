/**
 * The plan as a document to store, compare and hand on: `aistack/plan/v1`.
 *
 * Two plans of the same program give the same bytes but for `timings`: resources are sorted by URN and keys by name. A
 * secret is `{ "$secret": true }` and never its value; an unknown is `{ "$unknown": true }`.
 */
import {
  type Diagnostic,
  type Graph,
  type Mode,
  type PlannedResource,
  type ResourceOptions,
  Secret,
  Unknown,
  type Value,
} from "./graph";

export interface PlanDocument {
  readonly schema: "aistack/plan/v1";
  readonly project: string;
  readonly stack: string;
  readonly mode: Mode;
  readonly resources: readonly DocumentResource[];
  readonly outputs: JsonMap;
  readonly diagnostics: readonly Diagnostic[];
  /** Milliseconds by phase. */
  readonly timings: Readonly<Record<string, number>>;
}

export interface DocumentResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  /** Absent on the stack only. */
  readonly parent?: string;
  readonly custom: boolean;
  readonly read: boolean;
  readonly remote: boolean;
  readonly id?: string;
  readonly provider?: string;
  readonly providers?: Readonly<Record<string, string>>;
  readonly inputs: JsonMap;
  readonly outputs: JsonMap;
  readonly dependencies: readonly string[];
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  readonly aliases: readonly string[];
  /** Every other option that is set. */
  readonly options: Omit<ResourceOptions, "protect" | "retainOnDelete" | "aliases">;
}

export type Json = null | boolean | number | string | readonly Json[] | JsonMap;
export type JsonMap = { readonly [key: string]: Json };

export function toDocument(graph: Graph): PlanDocument {
  const { project, stack, mode, diagnostics, timings } = graph;
  const rounded = Object.entries(timings).map(([phase, milliseconds]) => [phase, Math.round(milliseconds)]);
  return {
    schema: "aistack/plan/v1",
    project,
    stack,
    mode,
    resources: [...graph.resources].sort((a, b) => compare(a.urn, b.urn)).map(documentResource),
    outputs: json(graph.outputs) as JsonMap,
    diagnostics,
    timings: Object.fromEntries(rounded),
  };
}

function documentResource(resource: PlannedResource): DocumentResource {
  const { urn, type, name, parent, custom, read, remote, id, provider, providers, dependencies } = resource;
  const { protect, retainOnDelete, aliases, ...options } = resource.options;
  return {
    urn,
    type,
    name,
    ...(parent === undefined ? {} : { parent }),
    custom,
    read,
    remote,
    ...(id === undefined ? {} : { id }),
    ...(provider === undefined ? {} : { provider }),
    ...(providers === undefined ? {} : { providers: sortedKeys(providers) }),
    inputs: json(resource.inputs) as JsonMap,
    outputs: json(resource.outputs) as JsonMap,
    dependencies: [...dependencies].sort(compare),
    propertyDependencies: sortedKeys(resource.propertyDependencies),
    protect: protect ?? false,
    retainOnDelete: retainOnDelete ?? false,
    aliases: aliases ?? [],
    options: sortedKeys(options),
  };
}

function json(value: Value): Json {
  if (value === null || typeof value !== "object") return value;
  if (value instanceof Secret) return { $secret: true };
  if (value instanceof Unknown) return { $unknown: true };
  if (Array.isArray(value)) return value.map(json);
  const keys = Object.keys(value).sort(compare);
  return Object.fromEntries(keys.map((key) => [key, json((value as { [key: string]: Value })[key] as Value)]));
}

function sortedKeys<T extends object>(map: T): T {
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => compare(a, b))) as T;
}

/** By code units: a locale's order differs between machines. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

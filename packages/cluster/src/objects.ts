import { type Graph, type PlannedResource, Secret, Unknown, type Value } from "aistack-engine";
import type { KubernetesObject } from "./kubernetes";

/** A Kubernetes object of a plan, ready to be applied: secrets are revealed, since the plan made them up. */
export interface PlannedObject {
  readonly urn: string;
  /** Name of the Kubernetes provider, which is to say of the cluster. */
  readonly cluster: string;
  /** URN of the Kubernetes provider; absent for the default one. */
  readonly provider?: string;
  readonly object: KubernetesObject;
  /** Namespace that the provider puts objects into which name none. */
  readonly defaultNamespace?: string;
  /** URNs of the objects that have to be there, and ready, before. */
  readonly after: readonly string[];
}

/** Something of a plan that no API server without its operator can be given, and why. */
export interface NotCovered {
  readonly urn: string;
  readonly reason: string;
}

export interface PlannedObjects {
  /** In an order to apply them in; see {@link worstOrder}. */
  readonly objects: readonly PlannedObject[];
  readonly notCovered: readonly NotCovered[];
  /** Objects with values that the plan does not know, and the paths of these. */
  readonly incomplete: readonly { readonly urn: string; readonly paths: readonly string[] }[];
}

/** The Kubernetes objects of a plan. */
export function plannedObjects(graph: Graph): PlannedObjects {
  const resources = graph.resources.filter(({ type }) => type.startsWith("kubernetes:"));
  const clusters = clustersOf(graph);
  const reach = dependenciesOf(graph);
  const objects: PlannedObject[] = [];
  const notCovered: NotCovered[] = [];
  const incomplete: { urn: string; paths: string[] }[] = [];
  for (const resource of resources) {
    const reason = whyNotCovered(resource);
    if (reason !== undefined) notCovered.push({ urn: resource.urn, reason });
    if (reason !== undefined || !resource.custom) continue;
    const paths: string[] = [];
    const inputs = plain(resource.inputs, "", paths) as unknown as KubernetesObject & { items?: KubernetesObject[] };
    if (paths.length > 0) {
      incomplete.push({ urn: resource.urn, paths });
      continue;
    }
    const provider: Cluster = clusters.get(resource.provider ?? "") ?? { cluster: "default" };
    for (const object of itemsOf(named(inputs, resource))) {
      objects.push({ urn: resource.urn, ...provider, object, after: reach(resource.urn) });
    }
  }
  return { objects: worstOrder(objects), notCovered, incomplete };
}

/** The objects of each cluster, by its name. */
export function byCluster(objects: readonly PlannedObject[]): Map<string, PlannedObject[]> {
  const found = new Map<string, PlannedObject[]>();
  for (const object of objects) found.set(object.cluster, [...(found.get(object.cluster) ?? []), object]);
  return found;
}

/**
 * The latest registered first, as far as dependencies allow: the order in which a dependency that a program forgot is
 * most likely to show. The engine may choose any order that respects the dependencies, and runs many at a time.
 */
export function worstOrder(objects: readonly PlannedObject[]): PlannedObject[] {
  const ordered: PlannedObject[] = [];
  const present = new Set(objects.map(({ urn }) => urn));
  let rest = [...objects].reverse();
  const done = new Set<string>();
  while (rest.length > 0) {
    const next = rest.filter(({ after, urn }) =>
      after.every((other) => done.has(other) || !present.has(other) || other === urn),
    );
    if (next.length === 0) throw new Error(`Objects depend on each other: ${rest.map(({ urn }) => urn).join(", ")}`);
    for (const object of next) done.add(object.urn);
    ordered.push(...next);
    rest = rest.filter((object) => !next.includes(object));
  }
  return ordered;
}

/** Every string that the plan holds secret, and that is long enough to be told from ordinary text. */
export function secretTexts(graph: Graph): Set<string> {
  const found = new Set<string>();
  const walk = (value: Value | undefined, secret: boolean): void => {
    if (value instanceof Secret) walk(value.reveal(), true);
    else if (typeof value === "string") {
      // A certificate is for everybody to see, in a Secret beside its key too.
      if (secret && value.length >= 12 && !/^-----BEGIN CERTIFICATE-----(?!.*PRIVATE KEY)/s.test(value))
        found.add(value);
    } else if (value !== null && typeof value === "object" && !(value instanceof Unknown)) {
      // The name of a user is in a Secret of the type `kubernetes.io/basic-auth` beside the password, and in plain elsewhere.
      for (const [key, entry] of Object.entries(value)) if (key !== "username") walk(entry, secret);
    }
  };
  // What is computed from secrets is held secret too, such as bindings and hashes, much of which is no secret: the secrets
  // themselves are those that something makes, or that a Secret keeps.
  for (const { type, custom, inputs, outputs } of graph.resources) {
    if (type === "kubernetes:core/v1:Secret") walk(inputs.stringData, false);
    else if (custom && !type.startsWith("kubernetes:")) walk(outputs, false);
  }
  return found;
}

function whyNotCovered({ type, read, remote, inputs }: PlannedResource): string | undefined {
  if (type.startsWith("kubernetes:helm.sh/")) return `created by the Helm chart ${plain(inputs.chart ?? null, "", [])}`;
  if (remote) return "expanded by the Kubernetes provider during up";
  return read ? "read from the cluster, where it exists" : undefined;
}

type Cluster = Pick<PlannedObject, "cluster" | "provider" | "defaultNamespace">;

/** Kubernetes providers by reference (`urn::id`). Providers of one name get a number, so that clusters stay apart. */
function clustersOf(graph: Graph): Map<string, Cluster> {
  const used = new Map<string, number>();
  const found = new Map<string, Cluster>();
  for (const { urn, type, name, inputs } of graph.resources) {
    if (type !== "pulumi:providers:kubernetes") continue;
    const count = (used.get(name) ?? 0) + 1;
    used.set(name, count);
    const defaultNamespace = typeof inputs.namespace === "string" ? inputs.namespace : undefined;
    found.set(urn, { cluster: count === 1 ? name : `${name}-${count}`, provider: urn, defaultNamespace });
  }
  const references = new Set(graph.resources.flatMap(({ provider }) => (provider === undefined ? [] : [provider])));
  return new Map(
    [...references].flatMap((reference) => {
      const cluster = found.get(reference.slice(0, reference.lastIndexOf("::")));
      return cluster === undefined ? [] : [[reference, cluster]];
    }),
  );
}

/** For a URN, the Kubernetes resources that it depends on, directly or through others. */
function dependenciesOf(graph: Graph): (urn: string) => string[] {
  const byUrn = new Map(graph.resources.map((resource) => [resource.urn, resource]));
  const known = new Map<string, ReadonlySet<string>>();
  const reach = (urn: string): ReadonlySet<string> => {
    const before = known.get(urn);
    if (before) return before;
    const found = new Set<string>();
    known.set(urn, found);
    const resource = byUrn.get(urn);
    const provider = resource?.provider?.slice(0, resource.provider.lastIndexOf("::"));
    const direct = [
      ...(resource?.dependencies ?? []),
      ...Object.values(resource?.propertyDependencies ?? {}).flat(),
      ...(provider === undefined ? [] : [provider]),
    ];
    for (const other of direct) {
      if (byUrn.get(other)?.type.startsWith("kubernetes:")) found.add(other);
      for (const further of reach(other)) found.add(further);
    }
    return found;
  };
  return (urn) => [...reach(urn)];
}

/** The value without Pulumi's wrappers; `unknowns` takes the paths of what is not known. */
function plain(value: Value, path: string, unknowns: string[]): unknown {
  if (value instanceof Secret) return plain(value.reveal(), path, unknowns);
  if (value instanceof Unknown) {
    unknowns.push(path);
    return null;
  }
  if (Array.isArray(value)) return value.map((item: Value, index) => plain(item, `${path}[${index}]`, unknowns));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value as { [key: string]: Value });
  return Object.fromEntries(
    entries.map(([key, entry]) => [key, plain(entry, path === "" ? key : `${path}.${key}`, unknowns)]),
  );
}

/** With the name that the plan gives an object whose program leaves the naming to the provider. */
function named<T extends KubernetesObject>(object: T, { outputs }: PlannedResource): T {
  if (object.metadata?.name !== undefined || "items" in object) return object;
  const planned = plain(outputs.metadata ?? null, "", []) as KubernetesObject["metadata"] | null;
  return { ...object, metadata: { name: planned?.name, ...object.metadata } };
}

/** The objects of a list kind, such as `ConfigMapList`, each with the kind that the list implies; else the object. */
function itemsOf(object: KubernetesObject & { items?: KubernetesObject[] }): KubernetesObject[] {
  const { kind, apiVersion, items } = object;
  if (!kind.endsWith("List") || !Array.isArray(items)) return [object];
  const implied = kind === "List" ? {} : { apiVersion, kind: kind.slice(0, -"List".length) };
  return items.map((item) => ({ ...implied, ...item }));
}

import type { Graph, PlannedResource, PropertyMap, Value } from "aistack-engine";
import { packageOf } from "../render/names";
import { isList, isMap } from "../values";
import { isNamespaced } from "./order";

/** A Kubernetes object of the plan, as its inputs describe it. */
export interface KubernetesObject {
  /** The resource that it comes from. */
  readonly urn: string;
  /** Name of the Kubernetes provider, which is to say of the cluster. */
  readonly cluster: string;
  readonly inputs: PropertyMap;
}

/** Something in a cluster that cannot be written as an object, and why. */
export interface Unwritten {
  readonly urn: string;
  readonly reason: string;
}

export interface KubernetesObjects {
  readonly objects: readonly KubernetesObject[];
  readonly unwritten: readonly Unwritten[];
}

/** The Kubernetes objects of a plan, sorted by URN; lists are taken apart. */
export function kubernetesObjects(graph: Graph): KubernetesObjects {
  const providers = providersOf(graph);
  const objects: KubernetesObject[] = [];
  const unwritten: Unwritten[] = [];
  const resources = graph.resources.filter(({ type }) => packageOf(type) === "kubernetes");
  for (const resource of resources.sort((a, b) => (a.urn < b.urn ? -1 : 1))) {
    const reason = whyUnwritten(resource);
    if (reason !== undefined) unwritten.push({ urn: resource.urn, reason });
    if (reason !== undefined || !resource.custom) continue;
    const provider = providers.get(resource.provider ?? "") ?? { cluster: "default" };
    const { urn } = resource;
    for (const inputs of itemsOf(named(resource))) {
      objects.push({ urn, cluster: provider.cluster, inputs: inNamespace(inputs, provider.namespace) });
    }
  }
  return { objects, unwritten };
}

/** Undefined for objects, and for components whose objects are in the plan themselves. */
function whyUnwritten({ type, read, remote, inputs }: PlannedResource): string | undefined {
  if (type === "kubernetes:helm.sh/v3:Release") {
    return `created by the chart${typeof inputs.chart === "string" ? ` ${inputs.chart}` : ""}`;
  }
  if (remote) return "expanded by the Kubernetes provider during up";
  return read ? "read from the cluster, where it exists" : undefined;
}

interface Provider {
  readonly cluster: string;
  readonly namespace?: Value;
}

/** Kubernetes providers by reference (`urn::id`). Providers of one name get a number, so that clusters stay apart. */
function providersOf(graph: Graph): Map<string, Provider> {
  const used = new Map<string, number>();
  const byUrn = new Map<string, Provider>();
  for (const { urn, type, name, inputs } of graph.resources) {
    if (type !== "pulumi:providers:kubernetes") continue;
    const count = (used.get(name) ?? 0) + 1;
    used.set(name, count);
    byUrn.set(urn, { cluster: count === 1 ? name : `${name}-${count}`, namespace: inputs.namespace });
  }
  const references = graph.resources.flatMap(({ provider }) => (provider === undefined ? [] : [provider]));
  return new Map(
    references.flatMap((reference) => {
      const provider = byUrn.get(reference.slice(0, reference.lastIndexOf("::")));
      return provider === undefined ? [] : [[reference, provider]];
    }),
  );
}

/** The inputs with the name that the plan gives an object whose program leaves the naming to the provider. */
function named({ inputs, outputs }: PlannedResource): PropertyMap {
  const metadata = isMap(inputs.metadata) ? inputs.metadata : {};
  const planned = isMap(outputs.metadata) ? outputs.metadata.name : undefined;
  if (metadata.name !== undefined || planned === undefined || isList(inputs.items)) return inputs;
  return { ...inputs, metadata: { name: planned, ...metadata } };
}

/** The objects of a list kind, such as `ConfigMapList`, each with the kind that the list implies; else the object. */
function itemsOf(inputs: PropertyMap): PropertyMap[] {
  const { kind, items, apiVersion } = inputs;
  if (typeof kind !== "string" || !kind.endsWith("List") || !isList(items)) return [inputs];
  const implied: PropertyMap =
    kind === "List" ? {} : { ...(apiVersion === undefined ? {} : { apiVersion }), kind: kind.slice(0, -"List".length) };
  return items.filter(isMap).map((item) => ({ ...implied, ...item }));
}

/** The inputs with the namespace that the provider puts objects into which name none. */
function inNamespace(inputs: PropertyMap, namespace: Value | undefined): PropertyMap {
  const { apiVersion, kind } = inputs;
  const metadata = isMap(inputs.metadata) ? inputs.metadata : {};
  if (namespace === undefined || metadata.namespace !== undefined) return inputs;
  if (typeof apiVersion !== "string" || typeof kind !== "string" || !isNamespaced(apiVersion, kind)) return inputs;
  return { ...inputs, metadata: { ...metadata, namespace } };
}

/** Finds resources in a graph, for tests. */
import type { Graph, PlannedResource } from "./graph";

/** The one resource with this URN, type or name. Throws where there is none, or more than one. */
export function resource(graph: Graph, urnTypeOrName: string): PlannedResource {
  const found = graph.resources.filter(({ urn, type, name }) => [urn, type, name].includes(urnTypeOrName));
  if (found.length === 1) return found[0] as PlannedResource;
  const all = (found.length === 0 ? graph.resources : found).map(({ urn }) => `\n  ${urn}`).join("");
  const count = found.length === 0 ? "No resource" : `${found.length} resources`;
  throw new Error(`${count} in the plan with the URN, type or name ${urnTypeOrName}; there is:${all}`);
}

/** The resources whose parent this is, in the order of registration. */
export function children(graph: Graph, parent: string | PlannedResource): readonly PlannedResource[] {
  const urn = typeof parent === "string" ? resource(graph, parent).urn : parent.urn;
  return graph.resources.filter((candidate) => candidate.parent === urn);
}

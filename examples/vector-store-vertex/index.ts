import { bindingField } from "aistack-core";
import { Network, VectorStore } from "aistack-gcp";

const network = new Network("net");
const vectors = new VectorStore("vectors", { network: network.binding, dimensions: 768, capacity: 1_000_000 });

/** Where workloads in the network search. */
export const endpoint = bindingField(vectors.binding, "endpoint");
/** What else they need to: the index to write to, and the address that takes it. */
export const environment = bindingField(vectors.binding, "environment");

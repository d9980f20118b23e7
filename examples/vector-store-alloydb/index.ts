import { bindingField, Regulation, VectorEngine } from "aistack-core";
import { Network, VectorStore } from "aistack-gcp";

const network = new Network("net");
const vectors = new VectorStore("vectors", {
  engine: VectorEngine.Pgvector,
  network: network.binding,
  dimensions: 1024,
  capacity: 1_000_000,
  compliance: [Regulation.Gdpr],
});

/** Where workloads in the network reach the store. */
export const endpoint = bindingField(vectors.binding, "endpoint");
/** Statements that are run once, and where and as whom: see the README. */
export const init = vectors.init;
export const initTarget = vectors.initTarget;

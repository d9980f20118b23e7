import { AccessGrant, Network, VectorStore } from "aistack-aws";
import { bindingField, Platform, Regulation, VectorEngine } from "aistack-core";

const network = new Network("net");
const vectors = new VectorStore("vectors", {
  engine: VectorEngine.Pgvector,
  network: network.binding,
  dimensions: 1024,
  capacity: 1_000_000,
  compliance: [Regulation.Hipaa],
});

/** Lets the workload `assistant` of a cluster that exists connect as the role that writes, with a token in place of a password. */
new AccessGrant("assistant", {
  cluster: { name: "existing", platform: Platform.Aws },
  identity: { namespace: "assistant", serviceAccount: "assistant" },
  access: bindingField(vectors.binding, "access").apply((access) => access?.write ?? []),
});

/** Where workloads in the network reach the store. */
export const endpoint = bindingField(vectors.binding, "endpoint");
/** Statements that are run once, and where: see the README. */
export const init = vectors.init;
export const initTarget = vectors.initTarget;

import { AccessGrant, Network, VectorStore } from "aistack-aws";
import { bindingField, Platform, Regulation, VectorEngine } from "aistack-core";
import { VectorStoreInit } from "aistack-kubernetes";

/** An EKS cluster that exists, with the agent of Pod Identity; kubectl's current context leads to it. */
const cluster = { name: "existing", platform: Platform.Aws };

const network = new Network("net");
const vectors = new VectorStore("vectors", {
  engine: VectorEngine.Pgvector,
  network: network.binding,
  dimensions: 1024,
  capacity: 1_000_000,
  compliance: [Regulation.Hipaa],
});

/** Makes roles, table and index: RDS runs the statements for the service account `vectors-init/vectors-init`. */
const prepares = new AccessGrant("prepare", {
  cluster,
  identity: { namespace: "vectors-init", serviceAccount: "vectors-init" },
  access: bindingField(vectors.binding, "initialisation").apply((initialisation) => initialisation?.access ?? []),
});
const ready = new VectorStoreInit("vectors-init", { cluster, store: vectors.binding, uses: [prepares.binding] });

/** Lets the workload `assistant` connect as the role that writes, with a token in place of a password. */
new AccessGrant("assistant", {
  cluster,
  identity: { namespace: "assistant", serviceAccount: "assistant" },
  access: bindingField(ready.binding, "access").apply((access) => access?.write ?? []),
});

/** Where workloads in the network reach the store, once its table is there. */
export const endpoint = bindingField(ready.binding, "endpoint");

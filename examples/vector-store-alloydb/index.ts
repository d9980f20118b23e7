import { bindingField, Regulation, VectorEngine } from "aistack-core";
import { AccessGrant, GpuCluster, Network, VectorStore } from "aistack-gcp";
import { VectorStoreInit } from "aistack-kubernetes";

const network = new Network("net");
const cluster = new GpuCluster("apps", { network: network.binding });
const vectors = new VectorStore("vectors", {
  engine: VectorEngine.Pgvector,
  network: network.binding,
  dimensions: 1024,
  capacity: 1_000_000,
  compliance: [Regulation.Gdpr],
});

/** Makes table and index: the pod fetches the administrator's password with its identity, and keeps it in memory. */
const prepares = new AccessGrant("prepare", {
  cluster: cluster.binding,
  identity: { namespace: "vectors-init", serviceAccount: "vectors-init" },
  access: bindingField(vectors.binding, "initialisation").apply((initialisation) => initialisation?.access ?? []),
});
const ready = new VectorStoreInit("vectors-init", {
  cluster: cluster.binding,
  store: vectors.binding,
  uses: [prepares.binding],
});

/** Where workloads in the network reach the store, once its table is there. */
export const endpoint = bindingField(ready.binding, "endpoint");

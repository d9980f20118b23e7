import { AccessGrant, CollectionAccess, Network, VectorStore } from "aistack-aws";
import { bindingField, Platform, VectorEngine } from "aistack-core";

const network = new Network("net");
const vectors = new VectorStore("vectors", {
  engine: VectorEngine.OpenSearchServerless,
  network: network.binding,
  dimensions: 1024,
});

/** IAM lets the workload in; what it may do with the index, the service's own policy says. */
const assistant = new AccessGrant("assistant", {
  cluster: { name: "existing", platform: Platform.Aws },
  identity: { namespace: "assistant", serviceAccount: "assistant" },
  access: bindingField(vectors.binding, "access").apply((access) => access?.read ?? []),
});
new CollectionAccess("assistant-writes", { store: vectors.binding, roleArn: assistant.roleArn, write: true });

/** Where workloads in the network reach the store. */
export const endpoint = bindingField(vectors.binding, "endpoint");
/** Body of `PUT /<index>`, which the assistant sends once. */
export const indexBody = vectors.init.apply(([body]) => body);

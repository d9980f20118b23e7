import { AccessGrant, VectorStore } from "aistack-aws";
import { bindingField, Platform } from "aistack-core";

const vectors = new VectorStore("vectors", { dimensions: 1024, capacity: 10_000_000 });

/** Lets the workload `assistant` of a cluster that exists search the store, without any stored key. */
new AccessGrant("assistant", {
  cluster: { name: "existing", platform: Platform.Aws },
  identity: { namespace: "assistant", serviceAccount: "assistant" },
  access: bindingField(vectors.binding, "access").apply((access) => access?.read ?? []),
});

/** Where workloads reach the store, and the variables that they get from it. */
export const endpoint = bindingField(vectors.binding, "endpoint");
export const environment = bindingField(vectors.binding, "environment");

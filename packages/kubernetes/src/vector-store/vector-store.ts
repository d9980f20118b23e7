import * as pulumi from "@pulumi/pulumi";
import { environmentPrefix, onCluster, VectorEngine, type VectorStoreBinding } from "aistack-core";
import { clientLabel } from "../workload/labels";
import { WorkloadNamespace } from "../workload/namespace";
import type { VectorStoreArgs } from "./args";
import { ports } from "./defaults";
import { Qdrant } from "./qdrant";
import { QdrantMaintenance } from "./qdrant-maintenance";
import { checkedSettings, type VectorStoreSettings } from "./settings";

const type = "aistack-kubernetes:index:VectorStore";

/**
 * Vector database on Kubernetes: a Qdrant cluster with an API key, snapshots and closed networks.
 *
 * Disks and the namespace outlive the component: deleting the store deletes no vector.
 */
export class VectorStore extends pulumi.ComponentResource {
  /** How to reach the store, for `uses` of a workload. A secret as a whole, since it holds the API key. */
  public readonly binding: pulumi.Output<VectorStoreBinding>;

  constructor(name: string, args: VectorStoreArgs, opts: pulumi.ComponentResourceOptions = {}) {
    const settings = checkedSettings(type, name, args);
    super(type, name, args, opts);
    if (args.existing !== undefined) {
      this.binding = pulumi.output(args.existing);
      this.registerOutputs({ binding: this.binding });
      return;
    }
    const child = onCluster(this, name, args.cluster, opts);
    const component = { parent: this, provider: child.provider };

    const namespace =
      args.namespace ??
      new WorkloadNamespace(name, { cluster: args.cluster }, { ...component, retainOnDelete: true }).namespace;
    const store = new Qdrant(name, { ...settings, cluster: args.cluster, namespace }, component);
    const ready = new QdrantMaintenance(name, { ...settings, cluster: args.cluster, namespace, store }, component);

    this.binding = bindingOf(name, namespace, settings, store, ready);
    this.registerOutputs({ binding: this.binding });
  }
}

function bindingOf(
  name: string,
  namespace: pulumi.Input<string>,
  settings: VectorStoreSettings,
  store: Qdrant,
  maintenance: QdrantMaintenance,
): pulumi.Output<VectorStoreBinding> {
  const prefix = environmentPrefix(name);
  const { endpoint, apiKey, podLabels } = store;
  return pulumi.output({
    kind: "vector-store",
    name,
    engine: VectorEngine.Qdrant,
    endpoint,
    collection: maintenance.collection,
    dimensions: settings.dimensions,
    distance: settings.distance,
    environment: { [`${prefix}_URL`]: endpoint, [`${prefix}_COLLECTION`]: maintenance.collection },
    credentials: { [`${prefix}_API_KEY`]: apiKey },
    clientLabels: clientLabel(name),
    egress: [ports.http, ports.grpc].map((port) => ({ port, namespace, podLabels })),
  });
}

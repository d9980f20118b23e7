import type * as pulumi from "@pulumi/pulumi";
import type { ClusterBinding, Distance, VectorStoreBinding } from "aistack-core";

/** Arguments of VectorStore. */
export interface VectorStoreArgs {
  /** Cluster to run on. */
  cluster: pulumi.Input<ClusterBinding>;
  /** Length of the vectors, 1 to 65536: that of the embedding model's output. */
  dimensions: pulumi.Input<number>;
  /** Measure of distance. Defaults to cosine. */
  distance?: pulumi.Input<Distance>;
  /** Name of the collection that is created. Defaults to the component's name. */
  collection?: pulumi.Input<string>;
  /** Nodes of the store, 1 to 99. With 3 or more, the store survives the loss of one. Defaults to 3. */
  replicas?: number;
  /** CPU that each node is given, as a Kubernetes quantity. Defaults to "1". */
  cpu?: pulumi.Input<string>;
  /** Memory that each node is given, as a Kubernetes quantity. Defaults to "4Gi". */
  memory?: pulumi.Input<string>;
  /** Disk of each node in GiB, 1 to 16384. Defaults to 50. */
  diskSizeGiB?: pulumi.Input<number>;
  /** Storage class of the disks, which must be block storage. Defaults to that of the cluster. */
  storageClass?: pulumi.Input<string>;
  /** Snapshots on a schedule. Defaults to one a night, of which seven are kept. */
  snapshots?: VectorSnapshotsArgs;
  /**
   * Name of a `kubernetes.io/tls` secret in the namespace, with `tls.crt`, `tls.key` and `ca.crt`, valid for
   * `<name>.<namespace>.svc` and `*.<name>-peers.<namespace>.svc`. When given, clients and nodes speak TLS only.
   */
  tlsSecretName?: pulumi.Input<string>;
  /** Namespace that exists. When omitted, one with the component's name is created. */
  namespace?: pulumi.Input<string>;
  /** Namespaces whose pods may connect, if they carry the label in the binding. Defaults to all. */
  clientNamespaces?: pulumi.Input<pulumi.Input<string>[]>;
  /** Vector store that exists: nothing is created, and `binding` is this one. */
  existing?: pulumi.Input<VectorStoreBinding>;
}

/** When snapshots are taken and how many are kept. */
export interface VectorSnapshotsArgs {
  /** Cron schedule, in UTC. Defaults to "0 3 * * *". */
  schedule?: pulumi.Input<string>;
  /** Snapshots kept on each node, 1 to 100. Defaults to 7. */
  keep?: pulumi.Input<number>;
  /** Disk of each node for snapshots in GiB, 1 to 16384. Defaults to 50. */
  diskSizeGiB?: pulumi.Input<number>;
}

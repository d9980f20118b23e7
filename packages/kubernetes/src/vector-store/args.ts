import type * as pulumi from "@pulumi/pulumi";
import type {
  Binding,
  ClusterBinding,
  Distance,
  Regulation,
  VectorBackupArgs,
  VectorEngine,
  VectorIndexArgs,
  VectorStoreBinding,
} from "aistack-core";
import type { PostgresInstallArgs } from "../database/args";
import type { PrometheusAlertsArgs } from "../workload/prometheus";

/** Arguments of VectorStore. */
export interface VectorStoreArgs {
  /** Cluster to run on. */
  cluster: pulumi.Input<ClusterBinding>;
  /** Program that keeps the vectors: qdrant or pgvector. Defaults to qdrant. */
  engine?: VectorEngine;
  /** Length of the vectors, 1 to 65536, with pgvector to 4000: that of the embedding model's output. */
  dimensions: pulumi.Input<number>;
  /** Measure of distance. Defaults to cosine. */
  distance?: pulumi.Input<Distance>;
  /**
   * Vectors that are expected. Memory and disk that are not given are sized for them, and those that are given and too small
   * are refused.
   */
  capacity?: pulumi.Input<number>;
  /** Name of the collection, with pgvector the table, that is created. Defaults to the component's name. */
  collection?: pulumi.Input<string>;
  /** Nodes of the store, 1 to 99. With 3 or more, the store survives the loss of one. Defaults to 3. */
  replicas?: number;
  /** CPU that each node is given, as a Kubernetes quantity. Defaults to "1". */
  cpu?: pulumi.Input<string>;
  /** Memory that each node is given, as a Kubernetes quantity. Defaults to what `capacity` needs, else "4Gi". */
  memory?: pulumi.Input<string>;
  /** Disk of each node in GiB, 1 to 16384. Defaults to what `capacity` needs, else 50. */
  diskSizeGiB?: pulumi.Input<number>;
  /** How the index is built. Defaults to what the engine does by itself; with pgvector to 16 neighbours and 100 candidates. */
  index?: VectorIndexArgs;
  /** Storage class of the disks, which must be block storage. Defaults to that of the cluster. */
  storageClass?: pulumi.Input<string>;
  /**
   * Snapshots on the nodes' own disks. With qdrant only, and not together with `backup`. Defaults to one a night, of which
   * seven are kept.
   */
  snapshots?: VectorSnapshotsArgs;
  /**
   * Backups in a bucket: with qdrant a snapshot of each node, with pgvector a full backup and every change after it, so that
   * any moment can be restored. Defaults to none.
   */
  backup?: VectorBackupArgs;
  /** What lets the store write its backups, such as the binding of an AccessGrant to `identity`. */
  uses?: pulumi.Input<Binding>[];
  /** Regulations that the content falls under: they set how long backups are kept, and what may not be left out. */
  compliance?: Regulation[];
  /** Alerts and metrics: `{}` makes them. Needs the Prometheus operator on the cluster. Defaults to none. */
  alerts?: PrometheusAlertsArgs;
  /** What pgvector needs in the cluster and the cluster has already. With pgvector only. */
  install?: PostgresInstallArgs;
  /**
   * Name of a `kubernetes.io/tls` secret in the namespace, with `tls.crt`, `tls.key` and `ca.crt`, valid for
   * `<name>.<namespace>.svc` and `*.<name>-peers.<namespace>.svc`. When given, clients and nodes speak TLS only. With
   * pgvector it must be valid for `<name>-rw.<namespace>.svc` and `<name>-ro.<namespace>.svc`; when omitted, the operator
   * issues one.
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

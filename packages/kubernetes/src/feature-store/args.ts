import type * as pulumi from "@pulumi/pulumi";
import type {
  Binding,
  ClusterBinding,
  DatabaseBinding,
  FeatureMaterialisationArgs,
  FeatureOidcArgs,
  FeatureServersArgs,
  FeatureStoreBinding,
  Regulation,
} from "aistack-core";
import type { DatabaseBackupArgs, PostgresInstallArgs } from "../database/args";
import type { PrometheusAlertsArgs } from "../workload/prometheus";

/** Arguments of FeatureStore. */
export interface FeatureStoreArgs {
  /** Cluster to run on. */
  cluster: pulumi.Input<ClusterBinding>;
  /**
   * Name of a `kubernetes.io/tls` secret in the namespace, with `tls.crt`, `tls.key` and `ca.crt`, valid for
   * `<name>-redis.<namespace>.svc` and, for each server, `<name>-online`, `<name>-offline`, `<name>-registry` and `<name>-ui` in
   * the same form. Nothing is spoken without TLS. Defaults to `<name>-tls`.
   */
  tlsSecretName?: pulumi.Input<string>;
  /** Project of Feast: lower-case letters, digits and underscores. Defaults to the component's name. */
  project?: pulumi.Input<string>;
  /**
   * Definitions of features, as Python source, which a job applies whenever they change; what is not in them is deleted.
   * When omitted, nothing is applied: whoever runs `feast apply` owns what there is.
   */
  definitions?: pulumi.Input<string>;
  /** Container image of Feast 0.67 with what the definitions import. Defaults to Feast's own at a pinned version. */
  image?: pulumi.Input<string>;
  /** Pods of each server, 1 to 99. Defaults to 2. */
  replicas?: number;
  /** Size of the online store, Redis. */
  online?: FeatureOnlineArgs;
  /**
   * Registry and offline store: a PostgreSQL that exists, whose role owns it, and which belongs to this store alone. Its backups
   * are its own. When omitted, a `Database` with the name `<name>-database` is made.
   */
  database?: pulumi.Input<DatabaseBinding>;
  /** Size of each instance of the database that is made. */
  offline?: FeatureOfflineArgs;
  /** Storage class of the disks, which must be block storage. Defaults to that of the cluster. */
  storageClass?: pulumi.Input<string>;
  /** Backups of the database that is made: any moment can be restored. Defaults to none. */
  backup?: DatabaseBackupArgs;
  /** What the database that is made needs in the cluster and the cluster has already. Defaults to nothing. */
  install?: PostgresInstallArgs;
  /**
   * Alerts on copies, servers, Redis and the database that is made: `{}` makes them. Needs the Prometheus operator and
   * kube-state-metrics on the cluster. Defaults to none.
   */
  alerts?: PrometheusAlertsArgs;
  /** When values are copied to the online store. Defaults to every hour where there are `definitions`, else never. */
  materialisation?: FeatureMaterialisationArgs;
  /** Which servers run. Defaults to the online server alone. */
  servers?: FeatureServersArgs;
  /** Provider whose tokens the servers ask for. When omitted, the network policy alone decides who may ask. */
  oidc?: FeatureOidcArgs;
  /** What the definitions read from, such as a bucket: pods of Feast get its variables, credentials and network access. */
  uses?: pulumi.Input<Binding>[];
  /**
   * Regulations that the features fall under: they set how long backups are kept, and that there must be some. HIPAA and PCI
   * DSS ask for `oidc`.
   */
  compliance?: Regulation[];
  /** Namespace that exists. When omitted, one with the component's name is created. */
  namespace?: pulumi.Input<string>;
  /** Namespaces whose pods may connect, if they carry the label in the binding. Defaults to all. */
  clientNamespaces?: pulumi.Input<pulumi.Input<string>[]>;
  /** Feature store that exists: nothing is created, and `binding` is this one. */
  existing?: pulumi.Input<FeatureStoreBinding>;
}

/** Size of the online store. */
export interface FeatureOnlineArgs {
  /** CPU, as a Kubernetes quantity. Defaults to "1". */
  cpu?: pulumi.Input<string>;
  /** Memory in GiB, 1 to 1024, of which three quarters hold values. Defaults to 4. */
  memoryGiB?: pulumi.Input<number>;
  /** Disk in GiB, 1 to 16384: twice the memory or more, since the log of writes is rewritten beside the old one. Defaults to 20. */
  diskSizeGiB?: pulumi.Input<number>;
}

/** Size of each instance of the registry and offline store. */
export interface FeatureOfflineArgs {
  /** CPU, as a Kubernetes quantity. Defaults to "1". */
  cpu?: pulumi.Input<string>;
  /** Memory in GiB, 1 to 1024. Defaults to 4. */
  memoryGiB?: pulumi.Input<number>;
  /** Disk in GiB, 1 to 16384. Defaults to 50. */
  diskSizeGiB?: pulumi.Input<number>;
}

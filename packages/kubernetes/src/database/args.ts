import type * as pulumi from "@pulumi/pulumi";
import type { Binding, ClusterBinding, DatabaseBinding, ObjectStoreBinding, Regulation } from "aistack-core";
import type { PrometheusAlertsArgs } from "../workload/prometheus";

/** Arguments of Database. */
export interface DatabaseArgs {
  /** Cluster to run on. */
  cluster: pulumi.Input<ClusterBinding>;
  /**
   * Name of the database and of the role that owns it: 1 to 50 lower-case letters, digits and underscores. Not to be
   * changed later. Defaults to the component's name, with `restore` to that of the database that is restored.
   */
  database?: pulumi.Input<string>;
  /**
   * Instances of PostgreSQL, 1 to 9: one takes writes, the others follow it. With 3 or more, another one confirms each
   * write, and the loss of one is survived. Defaults to 3.
   */
  replicas?: number;
  /** CPU that each instance is given, as a Kubernetes quantity. Defaults to "1". */
  cpu?: pulumi.Input<string>;
  /** Memory that each instance is given, as a Kubernetes quantity. Defaults to "4Gi". */
  memory?: pulumi.Input<string>;
  /** Disk of each instance in GiB, 1 to 16384, which can grow later. Defaults to 50. */
  diskSizeGiB?: pulumi.Input<number>;
  /** Storage class of the disks, which must be block storage. Defaults to that of the cluster. */
  storageClass?: pulumi.Input<string>;
  /** Connections at the same time, 20 to 2000. Defaults to 200. */
  connections?: pulumi.Input<number>;
  /** Whether its role may make further roles in it. Read once, when the database is made. Defaults to false. */
  createsRoles?: boolean;
  /**
   * Backups in a bucket: a full one on a schedule, and every change after it, so that any moment can be restored. Defaults to
   * none.
   */
  backup?: DatabaseBackupArgs;
  /** Backups of another database that this one starts from. Read once, when the database is made. Defaults to none. */
  restore?: DatabaseRestoreArgs;
  /** What lets the database reach the buckets, such as the binding of an AccessGrant to `identity`. */
  uses?: pulumi.Input<Binding>[];
  /** Regulations that the content falls under: they set how long backups are kept, and that there must be some. */
  compliance?: Regulation[];
  /** Alerts and metrics: `{}` makes them. Needs the Prometheus operator on the cluster. Defaults to none. */
  alerts?: PrometheusAlertsArgs;
  /** What is installed in the cluster, and what it has already. Defaults to all that is needed. */
  install?: PostgresInstallArgs;
  /**
   * Name of a `kubernetes.io/tls` secret in the namespace, with `tls.crt`, `tls.key` and `ca.crt`, valid for
   * `<name>-rw.<namespace>.svc`; together with `caCertificate`. When omitted, a certificate is made.
   */
  tlsSecretName?: pulumi.Input<string>;
  /** The authority of that certificate in PEM form, which clients are told to trust. */
  caCertificate?: pulumi.Input<string>;
  /** Namespace that exists. When omitted, one with the component's name is created. */
  namespace?: pulumi.Input<string>;
  /** Namespaces whose pods may connect, if they carry the label in the binding. Defaults to all. */
  clientNamespaces?: pulumi.Input<pulumi.Input<string>[]>;
  /** Database that exists: nothing is created, and `binding` is this one. */
  existing?: pulumi.Input<DatabaseBinding>;
}

/** Where backups of a database go, when they are taken, and how long they are kept. */
export interface DatabaseBackupArgs {
  /** Bucket for the backups. */
  store: pulumi.Input<ObjectStoreBinding>;
  /** Cron schedule, in UTC, of full backups. Defaults to "0 3 * * *". */
  schedule?: pulumi.Input<string>;
  /**
   * Days that can be gone back to, 1 to 3650. Defaults to 14; to 35 where a regulation in `compliance` asks that data can be
   * restored.
   */
  retentionDays?: pulumi.Input<number>;
}

/** Backups that a new database starts from. */
export interface DatabaseRestoreArgs {
  /** Bucket with the backups: `backup.store` of the database that wrote them. */
  store: pulumi.Input<ObjectStoreBinding>;
  /** Name of the component that wrote them, another one than this. */
  name: string;
  /** Moment to go back to, such as "2026-11-25T08:00:00Z". Defaults to the last change that got into the bucket. */
  time?: pulumi.Input<string>;
}

/** What is installed in the cluster, once for all databases of PostgreSQL. */
export interface PostgresInstallArgs {
  /** CloudNativePG. Defaults to true; false for each further database on the cluster. */
  operator?: boolean;
  /** The Barman Cloud plugin, which carries backups. Defaults to what `operator` is where there is `backup`. */
  backupPlugin?: boolean;
  /** cert-manager, which issues the plugin's certificates. Defaults to what `backupPlugin` is. */
  certManager?: boolean;
}

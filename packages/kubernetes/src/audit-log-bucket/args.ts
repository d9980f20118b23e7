import type * as pulumi from "@pulumi/pulumi";
import type { AuditReplicaArgs, ClusterBinding, Lock, ObjectStoreBinding, Regulation } from "aistack-core";
import type { PrometheusAlertsArgs } from "../workload/prometheus";

/** Arguments of AuditLogBucket. */
export interface AuditLogBucketArgs {
  /** Bucket to adopt. Nothing is created then, and no other argument may be given. */
  existing?: pulumi.Input<ObjectStoreBinding>;
  /** Cluster to run the store on. Required unless a bucket is adopted. */
  cluster?: pulumi.Input<ClusterBinding>;
  /** Regulations that the records serve; the longest retention that one of them asks for is the least that is accepted. */
  compliance?: Regulation[];
  /** What was decided where regulations contradict each other, and why: by id of the contradiction, 20 characters or more. */
  resolutions?: { [contradiction: string]: string };
  /**
   * Days a record stays undeletable, 1 to 36500; then it is deleted. Can be raised later for new records, not lowered.
   * Defaults to what `compliance` asks for, else 365.
   */
  retentionDays?: pulumi.Input<number>;
  /** Who can end the retention early. Defaults to governance: whoever is granted that right, which nobody is. */
  lock?: Lock;
  /** Whether all records are kept until further notice, beyond their retention. Defaults to false. */
  legalHold?: pulumi.Input<boolean>;
  /** A second copy of the records, made and checked every night: a bucket that exists, as `store`. Defaults to none. */
  replica?: AuditReplicaArgs;
  /**
   * Alerts on denied deletions, on changes of settings, and on an upkeep or a server that fails: `{}` makes them. Needs the
   * Prometheus operator and kube-state-metrics on the cluster. Defaults to none.
   */
  alerts?: PrometheusAlertsArgs;
  /** Namespace that exists. When omitted, one with the component's name is created. */
  namespace?: pulumi.Input<string>;
  /**
   * Servers of the store: 1, 3 or 5, which is not to be changed later. From 3 on, each object is on two, on different nodes,
   * and the store survives the loss of one. Defaults to 3.
   */
  replicas?: number;
  /** Disk of each server in GiB, 10 to 65536. Defaults to 100. */
  diskSizeGiB?: pulumi.Input<number>;
  /** Storage class of the disks. Defaults to that of the cluster. */
  storageClass?: pulumi.Input<string>;
  /** CPU that each server is given, as a Kubernetes quantity. Defaults to "250m". */
  cpu?: pulumi.Input<string>;
  /** Memory that each server is given, as a Kubernetes quantity. Defaults to "1Gi". */
  memory?: pulumi.Input<string>;
  /**
   * Key that the keys of all objects are encrypted with: 32 bytes as 64 hexadecimal digits, a secret. It can never be
   * changed. When omitted, one is made.
   */
  encryptionKey?: pulumi.Input<string>;
  /**
   * Name of a `kubernetes.io/tls` secret in the namespace, with `tls.crt`, `tls.key` and `ca.crt`, valid for
   * `<name>.<namespace>.svc`; together with `caCertificate`. When omitted, a certificate is made.
   */
  tlsSecretName?: pulumi.Input<string>;
  /** The authority of that certificate in PEM form, which clients are told to trust. */
  caCertificate?: pulumi.Input<string>;
  /** Namespaces whose pods may connect, if they carry the label in the binding. Defaults to all. */
  clientNamespaces?: pulumi.Input<pulumi.Input<string>[]>;
}

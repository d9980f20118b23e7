import type * as pulumi from "@pulumi/pulumi";
import type {
  Binding,
  ClusterBinding,
  DatabaseBinding,
  ObjectStoreBinding,
  Regulation,
  TrackingBinding,
} from "aistack-core";

/** What a user may do with experiments and models of others on which nobody gave them a right. */
export enum TrackingPermission {
  /** Nothing. */
  None = "NO_PERMISSIONS",
  /** See them. */
  Read = "READ",
}

/** Arguments of TrackingServer. */
export interface TrackingServerArgs {
  /** Cluster to run on. */
  cluster: pulumi.Input<ClusterBinding>;
  /** Database for runs, models and users, of MLflow alone, such as the binding of a Database. Required without `existing`. */
  database?: pulumi.Input<DatabaseBinding>;
  /** Bucket for files and models, which the servers alone read and write. Required without `existing`. */
  artifacts?: pulumi.Input<ObjectStoreBinding>;
  /** What lets the servers reach the bucket, such as the binding of an AccessGrant of `artifactAccess` to `identity`. */
  uses?: pulumi.Input<Binding>[];
  /** Servers, 1 to 20. Defaults to 2. */
  replicas?: number;
  /** CPU that each server is given, as a Kubernetes quantity. Defaults to "500m". */
  cpu?: pulumi.Input<string>;
  /** Memory that each server is given, as a Kubernetes quantity. Defaults to "2Gi". */
  memory?: pulumi.Input<string>;
  /** Host names beside those of the service that it is reached by, such as that of an ingress. Defaults to none. */
  hosts?: pulumi.Input<pulumi.Input<string>[]>;
  /** What users may do on which nobody gave them a right. Defaults to nothing. */
  defaultPermission?: TrackingPermission;
  /** When what users deleted is deleted for good, with its files. Defaults to every night, after 30 days. */
  cleanUp?: TrackingCleanUpArgs;
  /** Alerts: `{}` makes them. Needs the Prometheus operator and kube-state-metrics on the cluster. Defaults to none. */
  alerts?: TrackingAlertsArgs;
  /**
   * Name of a `kubernetes.io/tls` secret in the namespace, with `tls.crt` and `tls.key`, valid for `<name>.<namespace>.svc`;
   * together with `caCertificate`. When omitted, a certificate is made.
   */
  tlsSecretName?: pulumi.Input<string>;
  /** The authority of that certificate in PEM form, which clients are told to trust. */
  caCertificate?: pulumi.Input<string>;
  /** Regulations that the content falls under. HIPAA and PCI DSS ask that nobody sees what nobody gave them a right on. */
  compliance?: Regulation[];
  /** Namespace that exists. When omitted, one with the component's name is created. */
  namespace?: pulumi.Input<string>;
  /** Namespaces whose pods may connect, if they carry the label in the binding. Defaults to all. */
  clientNamespaces?: pulumi.Input<pulumi.Input<string>[]>;
  /** Server that exists, on any platform: nothing is created, and `binding` is this one. */
  existing?: pulumi.Input<TrackingBinding>;
}

/** When what users deleted is deleted for good. */
export interface TrackingCleanUpArgs {
  /** Cron schedule, in UTC. Defaults to "0 4 * * *". */
  schedule?: pulumi.Input<string>;
  /** Days in which a deletion can be undone, 1 to 3650. Defaults to 30. */
  afterDays?: pulumi.Input<number>;
}

/** Alerts as an object of the Prometheus operator. Who is told, and how, is Alertmanager's matter. */
export interface TrackingAlertsArgs {
  /** Labels by which Prometheus picks its rules, such as `release`. Defaults to none. */
  labels?: pulumi.Input<{ [label: string]: pulumi.Input<string> }>;
}

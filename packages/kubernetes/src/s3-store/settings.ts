import * as pulumi from "@pulumi/pulumi";
import {
  type Checks,
  type ClusterBinding,
  dnsLabel,
  listOf,
  matching,
  quantity,
  type Rule,
  wholeNumber,
} from "aistack-core";
import * as defaults from "./defaults";

/** How stores on a cluster run, for every component that has some. */
export interface StoreArgs {
  /** Cluster to run on. Required unless `existing` is given. */
  cluster?: pulumi.Input<ClusterBinding>;
  /** Namespace that exists. When omitted, one with the component's name is created. */
  namespace?: pulumi.Input<string>;
  /**
   * Servers of a store: 1, 3 or 5, which is not to be changed later. From 3 on, each object is on two, on different nodes,
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
   * Name of a `kubernetes.io/tls` secret in the namespace, with `tls.crt`, `tls.key` and `ca.crt`, valid for the host of each
   * store, such as `<name>.<namespace>.svc`; together with `caCertificate`. When omitted, certificates are made.
   */
  tlsSecretName?: pulumi.Input<string>;
  /** The authority of that certificate in PEM form, which clients are told to trust. */
  caCertificate?: pulumi.Input<string>;
  /** Namespaces whose pods may connect, if they carry the label in the binding. Defaults to all. */
  clientNamespaces?: pulumi.Input<pulumi.Input<string>[]>;
}

/** How the store of a component with one bucket runs. */
export interface BucketStoreArgs extends StoreArgs {
  /**
   * Key that the keys of all objects are encrypted with: 32 bytes as 64 hexadecimal digits, a secret. It can never be
   * changed. When omitted, one is made.
   */
  encryptionKey?: pulumi.Input<string>;
}

/** What a store is made from: the arguments, checked and with defaults filled in. */
export interface StoreSettings {
  cluster: pulumi.Input<ClusterBinding>;
  namespace?: pulumi.Input<string>;
  replicas: number;
  diskSizeGiB: pulumi.Input<number>;
  storageClass?: pulumi.Input<string>;
  cpu: pulumi.Input<string>;
  memory: pulumi.Input<string>;
  encryptionKey?: pulumi.Input<string>;
  tlsSecretName?: pulumi.Input<string>;
  caCertificate?: pulumi.Input<string>;
  clientNamespaces?: pulumi.Input<pulumi.Input<string>[]>;
}

/** Judges what concerns the store, and fills in the defaults. */
export function checkedStore(check: Checks, args: BucketStoreArgs, existing: boolean): StoreSettings {
  if (args.cluster === undefined && !existing)
    check.fault("cluster", "is missing; name the cluster to run on, or give `existing`");
  if ((args.tlsSecretName === undefined) !== (args.caCertificate === undefined))
    check.fault(
      args.tlsSecretName === undefined ? "tlsSecretName" : "caCertificate",
      "is missing; `tlsSecretName` and `caCertificate` belong together, so that clients know whom to trust",
    );
  return {
    cluster: args.cluster as pulumi.Input<ClusterBinding>,
    namespace: check.value("namespace", args.namespace, dnsLabel),
    replicas: check.value("replicas", args.replicas ?? defaults.replicas, replicaCount) as number,
    diskSizeGiB: check.value(
      "diskSizeGiB",
      args.diskSizeGiB ?? defaults.diskSizeGiB,
      wholeNumber(defaults.smallestDiskGiB, 65536),
    ),
    storageClass: args.storageClass,
    cpu: check.value("cpu", args.cpu ?? defaults.cpu, quantity),
    memory: check.value("memory", args.memory ?? defaults.memory, quantity),
    encryptionKey: checkedKey(check, "encryptionKey", args.encryptionKey),
    tlsSecretName: check.value("tlsSecretName", args.tlsSecretName, secretName),
    caCertificate: check.value("caCertificate", args.caCertificate, certificate),
    clientNamespaces: check.value(
      "clientNamespaces",
      args.clientNamespaces as pulumi.Input<string[]>,
      listOf(dnsLabel, 1),
    ),
  };
}

/** For a component with one bucket. It becomes the name of the bucket (3 characters or more) and of a CronJob (52 or less with what is added to it). */
export const storeName = matching(
  /^[a-z0-9]([-a-z0-9]{1,40}[a-z0-9])$/,
  "3 to 42 lower-case letters, digits and hyphens, starting and ending with a letter or digit",
);

const replicaCount: Rule<number> = (value) =>
  defaults.possibleReplicas.includes(value) ? undefined : `must be one of ${defaults.possibleReplicas.join(", ")}`;

const secretName = matching(
  /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/,
  "the name of a secret: lower-case letters, digits, hyphens and dots",
);

/** A fault must not show what was given, were it only misspelt. */
export function checkedKey(
  check: Checks,
  propertyPath: string,
  key: pulumi.Input<string> | undefined,
): pulumi.Input<string> | undefined {
  if (key === undefined) return undefined;
  if (typeof key !== "string") return check.value(propertyPath, pulumi.secret(key), hexKey);
  const reason = hexKey(key);
  if (reason) check.fault(propertyPath, reason);
  return pulumi.secret(key);
}

const hexKey = matching(/^[0-9a-f]{64}$/, "a key of 32 bytes as 64 hexadecimal digits");

/** What clients are told to trust. */
export const certificate = matching(/-----BEGIN CERTIFICATE-----/, "a certificate in PEM form, or several");

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

/** What the arguments of components that run a store have in common. */
interface StoreArgs {
  cluster?: pulumi.Input<ClusterBinding>;
  namespace?: pulumi.Input<string>;
  replicas?: number;
  diskSizeGiB?: pulumi.Input<number>;
  storageClass?: pulumi.Input<string>;
  cpu?: pulumi.Input<string>;
  memory?: pulumi.Input<string>;
  encryptionKey?: pulumi.Input<string>;
  tlsSecretName?: pulumi.Input<string>;
  caCertificate?: pulumi.Input<string>;
  clientNamespaces?: pulumi.Input<pulumi.Input<string>[]>;
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
export function checkedStore(check: Checks, name: string, args: StoreArgs, existing: boolean): StoreSettings {
  check.value("name", name, storeName);
  if (args.cluster === undefined && !existing)
    check.fault("cluster", "is missing; name the cluster to run on, or an existing bucket");
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
    encryptionKey: checkedKey(check, args.encryptionKey),
    tlsSecretName: check.value("tlsSecretName", args.tlsSecretName, secretName),
    caCertificate: check.value("caCertificate", args.caCertificate, certificate),
    clientNamespaces: check.value(
      "clientNamespaces",
      args.clientNamespaces as pulumi.Input<string[]>,
      listOf(dnsLabel, 1),
    ),
  };
}

/** It becomes the name of a bucket (3 characters or more) and of a CronJob (52 or less with what is added to it). */
const storeName = matching(
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
function checkedKey(check: Checks, key: pulumi.Input<string> | undefined): pulumi.Input<string> | undefined {
  if (key === undefined) return undefined;
  if (typeof key !== "string") return check.value("encryptionKey", pulumi.secret(key), hexKey);
  const reason = hexKey(key);
  if (reason) check.fault("encryptionKey", reason);
  return pulumi.secret(key);
}

const hexKey = matching(/^[0-9a-f]{64}$/, "a key of 32 bytes as 64 hexadecimal digits");

const certificate = matching(/-----BEGIN CERTIFICATE-----/, "a certificate in PEM form, or several");

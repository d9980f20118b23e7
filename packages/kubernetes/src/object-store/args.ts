import type * as pulumi from "@pulumi/pulumi";
import { Checks, type ClusterBinding, DataClass, type ObjectStoreBinding, oneOf, wholeNumber } from "aistack-core";
import { checkedStore, type StoreSettings } from "../s3-store/settings";

/** Arguments of ObjectStore. */
export interface ObjectStoreArgs {
  /** Bucket to adopt. Nothing is created then, and no other argument may be given. */
  existing?: pulumi.Input<ObjectStoreBinding>;
  /** Cluster to run the store on. Required unless a bucket is adopted. */
  cluster?: pulumi.Input<ClusterBinding>;
  /** How sensitive the content is, for the labels. Defaults to confidential. */
  dataClass?: DataClass;
  /** Days that what was overwritten or deleted can be brought back, 1 to 36500. Defaults to 30. */
  oldVersionDays?: pulumi.Input<number>;
  /**
   * Whether who has `binding` may delete objects, as a TrackingServer does; for `oldVersionDays` they can be brought back.
   * Defaults to false.
   */
  mayDelete?: boolean;
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

/** Arguments with defaults, gated where they are still to come. */
export interface ObjectStoreSettings extends StoreSettings {
  dataClass: DataClass;
  oldVersionDays: pulumi.Input<number>;
  mayDelete: boolean;
}

/** Judges all arguments and throws every fault at once. */
export function checkedSettings(type: string, name: string, args: ObjectStoreArgs): ObjectStoreSettings {
  const check = new Checks(type, name);
  const existing = args.existing !== undefined;
  check.existingAlone(args);
  const settings = {
    ...checkedStore(check, name, args, existing),
    dataClass: check.value(
      "dataClass",
      args.dataClass ?? DataClass.Confidential,
      oneOf(Object.values(DataClass)),
    ) as DataClass,
    oldVersionDays: check.value("oldVersionDays", args.oldVersionDays ?? oldVersionDays, wholeNumber(1, 36500)),
    mayDelete: args.mayDelete ?? false,
  };
  check.done();
  return settings;
}

/** As on the other platforms. */
const oldVersionDays = 30;

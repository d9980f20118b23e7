import type * as pulumi from "@pulumi/pulumi";
import { Checks, cronSchedule, Distance, dnsLabel, listOf, matching, oneOf, quantity, wholeNumber } from "aistack-core";
import type { VectorStoreArgs } from "./args";
import { maximumDimensions } from "./defaults";

/** What the parts of the store are made from: the arguments, checked and with defaults filled in. */
export interface VectorStoreSettings {
  dimensions: pulumi.Input<number>;
  distance: pulumi.Input<Distance>;
  collection: pulumi.Input<string>;
  replicas: number;
  cpu: pulumi.Input<string>;
  memory: pulumi.Input<string>;
  diskSizeGiB: pulumi.Input<number>;
  storageClass?: pulumi.Input<string>;
  snapshotSchedule: pulumi.Input<string>;
  snapshotsKept: pulumi.Input<number>;
  snapshotDiskSizeGiB: pulumi.Input<number>;
  tlsSecretName?: pulumi.Input<string>;
  clientNamespaces?: pulumi.Input<pulumi.Input<string>[]>;
}

/** Refuses bad arguments, all faults at once, and fills in the defaults. */
export function checkedSettings(type: string, name: string, args: VectorStoreArgs): VectorStoreSettings {
  const check = new Checks(type, name);
  const gibibytes = wholeNumber(1, 16384);
  check.value("name", name, dnsLabel);
  if (args.existing !== undefined)
    check.unusedWith(
      args,
      "existing",
      ...(["collection", "replicas", "cpu", "memory", "diskSizeGiB", "storageClass", "snapshots"] as const),
      ...(["tlsSecretName", "namespace", "clientNamespaces"] as const),
    );
  const settings = {
    dimensions: check.value("dimensions", args.dimensions, wholeNumber(1, maximumDimensions)),
    distance: check.value("distance", args.distance ?? Distance.Cosine, oneOf(Object.values(Distance))),
    collection: check.value("collection", args.collection ?? name, collectionName),
    replicas: check.value("replicas", args.replicas ?? 3, wholeNumber(1, 99)) as number,
    cpu: check.value("cpu", args.cpu ?? "1", quantity),
    memory: check.value("memory", args.memory ?? "4Gi", quantity),
    diskSizeGiB: check.value("diskSizeGiB", args.diskSizeGiB ?? 50, gibibytes),
    storageClass: args.storageClass,
    snapshotSchedule: check.value("snapshots.schedule", args.snapshots?.schedule ?? "0 3 * * *", cronSchedule),
    snapshotsKept: check.value("snapshots.keep", args.snapshots?.keep ?? 7, wholeNumber(1, 100)),
    snapshotDiskSizeGiB: check.value("snapshots.diskSizeGiB", args.snapshots?.diskSizeGiB ?? 50, gibibytes),
    tlsSecretName: args.tlsSecretName,
    clientNamespaces: check.value(
      "clientNamespaces",
      args.clientNamespaces as pulumi.Input<string[]>,
      listOf(dnsLabel, 1),
    ),
  };
  check.done();
  return settings;
}

const collectionName = matching(
  /^[A-Za-z0-9][A-Za-z0-9_-]{0,254}$/,
  "1 to 255 letters, digits, hyphens and underscores",
);

import type * as pulumi from "@pulumi/pulumi";
import {
  type Binding,
  backupControl,
  bindingField,
  Checks,
  controlsOf,
  dnsLabel,
  matching,
  type ObjectStoreBinding,
  oneOf,
  type Platform,
  Regulation,
  Requirement,
  wholeNumber,
} from "aistack-core";
import { mountPathOf } from "aistack-runtime";
import { speaksS3 } from "../workload/buckets";
import { checkUses } from "../workload/uses";
import type { SharedFileSystemArgs } from "./args";
import * as defaults from "./defaults";

/** What the parts are made from: the arguments, checked and with defaults filled in. */
export interface FileSystemSettings {
  mountPath: string;
  capacityGiB: number;
  namespace?: pulumi.Input<string>;
  /** Class that exists. */
  storageClass?: pulumi.Input<string>;
  ceph: CephSettings;
  backup?: BackupSettings;
  alerts: boolean;
}

export interface CephSettings {
  disks: string;
  storageNodes?: { [label: string]: string };
  replicas: number;
  encryptInTransit: boolean;
}

export interface BackupSettings {
  store: pulumi.Input<ObjectStoreBinding>;
  /** Platform of the store; what is made waits until it is known to speak S3. */
  platform: pulumi.Input<Platform>;
  uses: pulumi.Input<Binding>[];
  hourUtc: number;
}

const cephArguments = ["disks", "storageNodes", "replicas", "encryptInTransit"] as const;

/** Refuses bad arguments, all faults at once, and fills in the defaults. */
export function checkedSettings(type: string, name: string, args: SharedFileSystemArgs): FileSystemSettings {
  const check = new Checks(type, name);
  check.value("name", name, fileSystemName);
  check.existingAlone(args);
  if (!args.existing && args.cluster === undefined)
    check.fault("cluster", "is missing; give its binding, or `existing` to create nothing");
  if (args.throughputMiBps !== undefined)
    check.fault(
      "throughputMiBps",
      "cannot be promised: the disks and the network of the storage nodes decide; leave it out",
    );
  const capacityGiB = args.capacityGiB ?? defaults.capacityGiB;
  check.value("capacityGiB", capacityGiB, wholeNumber(1, 1024 * 1024));
  const settings: FileSystemSettings = {
    mountPath: mountPathOf(check, name, args.mountPath),
    capacityGiB,
    namespace: check.value("namespace", args.namespace, dnsLabel),
    storageClass: args.storageClass,
    ceph: cephOf(check, args),
    backup: backupOf(check, args),
    alerts: args.alerts ?? false,
  };
  checkCompliance(check, args, settings);
  check.done();
  return settings;
}

/** The names of the CronJob's own jobs are made from it. */
const fileSystemName = matching(
  /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/,
  "1 to 40 lower-case letters, digits and hyphens, starting with a letter and ending with a letter or digit",
);

function cephOf(check: Checks, args: SharedFileSystemArgs): CephSettings {
  if (args.storageClass !== undefined)
    for (const field of cephArguments)
      if (args[field] !== undefined)
        check.fault(field, "is for Ceph, which `storageClass` replaces; leave one of the two out");
  if (args.storageClass === undefined && args.disks === undefined && !args.existing)
    check.fault(
      "disks",
      "is missing; name the empty disks that become Ceph's, such as ^nvme[1-9]n1$, or a `storageClass` that exists",
    );
  check.value("disks", args.disks, (value) => {
    try {
      if (typeof value === "string" && value.length > 0) new RegExp(value);
      else return "must be a regular expression for names of disks such as ^nvme[1-9]n1$";
    } catch (error) {
      return `must be a regular expression: ${(error as Error).message}`;
    }
    return undefined;
  });
  for (const [key, value] of Object.entries(args.storageNodes ?? {}))
    if (!/^([a-z0-9.-]+\/)?[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/.test(key) || !/^[-\w.]{0,63}$/.test(value))
      check.fault(`storageNodes["${key}"]`, "must be the label of a node and its value");
  const replicas = args.replicas ?? defaults.replicas.default;
  check.value("replicas", replicas, wholeNumber(defaults.replicas.default, defaults.replicas.most));
  return {
    disks: args.disks ?? "",
    storageNodes: args.storageNodes,
    replicas,
    encryptInTransit: args.encryptInTransit ?? true,
  };
}

function backupOf(check: Checks, { backup }: SharedFileSystemArgs): BackupSettings | undefined {
  if (backup === undefined) return undefined;
  if (backup.retentionDays !== undefined)
    check.fault("backup.retentionDays", "has no effect: how long copies in a bucket are kept is the bucket's");
  const hourUtc = backup.hourUtc ?? defaults.backupHourUtc;
  check.value("backup.hourUtc", hourUtc, wholeNumber(0, 23));
  checkUses(check, backup.uses ?? []);
  if (backup.store === undefined) {
    check.fault("backup.store", "is missing; name the bucket that takes the copies");
    return undefined;
  }
  const platform = check.value("backup.store.platform", bindingField(backup.store, "platform"), speaksS3);
  return { store: backup.store, platform, uses: backup.uses ?? [], hourUtc };
}

function checkCompliance(
  check: Checks,
  { compliance, backup, existing, storageClass }: SharedFileSystemArgs,
  { ceph }: FileSystemSettings,
): void {
  for (const [index, regulation] of (compliance ?? []).entries())
    check.value(`compliance[${index}]`, regulation, oneOf(Object.values(Regulation)));
  const copies = backupControl(compliance);
  if (copies !== undefined && backup === undefined && !existing)
    check.fault("backup", `is missing, but ${copies} asks for copies of the data; name a bucket for them as \`store\``);
  const inTransit = controlsOf(compliance ?? []).find(
    ({ requirement }) => requirement === Requirement.EncryptionInTransit,
  );
  if (inTransit && !ceph.encryptInTransit && storageClass === undefined)
    check.fault(
      "encryptInTransit",
      `is false, but ${inTransit.article} (${inTransit.regulation}) asks for encryption in transit; leave it out`,
    );
}

import type * as pulumi from "@pulumi/pulumi";
import {
  backupControl,
  bindingField,
  Checks,
  type ClusterBinding,
  DataClass,
  dnsLabel,
  type FileBackupArgs,
  matching,
  type NetworkBinding,
  type ObjectStoreBinding,
  offered,
  offeredAmounts,
  oneOf,
  Platform,
  Regulation,
  type SharedFileSystemBinding,
  wholeNumber,
} from "aistack-core";
import { mountPathOf, nodesMount } from "aistack-runtime";
import { kmsKeyArn } from "../shared/rules";
import * as defaults from "./defaults";

/** What the files are on. */
export enum LustreStorage {
  /** SSDs of a size that is bought ahead: the shortest answers. */
  Ssd = "ssd",
  /** Storage that grows and shrinks with the files, of which those not read move to cheaper classes; with a cache of SSDs. */
  IntelligentTiering = "intelligent-tiering",
}

/** A bucket whose objects are files of a folder. */
export interface FileRepositoryArgs {
  /** Bucket in the same region, encrypted with a key of the account. */
  store: pulumi.Input<ObjectStoreBinding>;
  /** Folder of the bucket, such as "datasets". Defaults to the whole bucket. */
  prefix?: pulumi.Input<string>;
  /** Folder of the file system. Defaults to "/lake". */
  folder?: string;
  /** Whether new and changed files become objects. Deleted ones never delete an object. Defaults to false. */
  exportChanges?: boolean;
}

/** Arguments of SharedFileSystem. */
export interface SharedFileSystemArgs {
  /** File system to adopt. Nothing is created then, and no other argument may be given. */
  existing?: pulumi.Input<SharedFileSystemBinding>;
  /** EKS cluster whose workloads mount it; made with `lustre`, or with the add-on aws-fsx-csi-driver. */
  cluster?: pulumi.Input<ClusterBinding>;
  /** Network of the cluster. */
  network?: pulumi.Input<NetworkBinding>;
  /** Subnet of the file system, which is in one zone: that of the nodes. Defaults to the first private one. */
  subnetId?: pulumi.Input<string>;
  /** Namespace that exists and gets the claim. When omitted, one with the component's name is created. */
  namespace?: pulumi.Input<string>;
  /** Folder in which workloads find the files. Defaults to "/mnt/" and the component's name. */
  mountPath?: string;

  /** What the files are on. Defaults to SSDs. */
  storage?: LustreStorage;
  /** Space on SSDs in GiB: 1200, 2400 and on in steps of 2400, or what EFA asks for. Defaults to the smallest. */
  capacityGiB?: number;
  /**
   * Throughput of all clients together, in MB/s as AWS counts: 125, 250, 500 or 1000 for each 1000 GiB of SSDs, or 4000 and on
   * in steps of 4000. Defaults to the lowest.
   */
  throughputMiBps?: number;
  /** Files that can be made, listed or deleted in a second. Defaults to what the capacity brings, or 6000 with tiering. */
  metadataIops?: number;
  /**
   * Security groups of the EFA interfaces of nodes, such as those in `interconnectGroups` of a GpuCluster. When given,
   * the file system speaks EFA, and GPUs read and write past the processor. It cannot be added later.
   */
  efaClientGroupIds?: pulumi.Input<string>[];
  /** Bucket whose objects are files of a folder. FSx takes no backups of a file system that has one. */
  lake?: FileRepositoryArgs;
  /** Daily copies. Without `lake` they are always made. */
  backup?: FileBackupArgs;
  /**
   * Id of a backup to begin with, such as "backup-0123456789abcdef0"; `capacityGiB` must be that of the file system that it was
   * taken of. When omitted, there are no files at first.
   */
  restoreFrom?: pulumi.Input<string>;
  /**
   * Whether root of a node is nobody here. The first pod has the node's root open the top folder, so set it after a first
   * workload has run. Defaults to false.
   */
  rootSquash?: boolean;
  /** When AWS may update the servers, as day (1 is Monday), hour and minute in UTC. Defaults to "7:02:00". */
  maintenanceStart?: string;

  /** Regulations that the files are under: a region that they forbid is refused, and so is doing without copies. */
  compliance?: Regulation[];
  /** How sensitive the content is, for the tags. Defaults to confidential. */
  dataClass?: DataClass;
  /** ARN of the KMS key to encrypt with. When omitted, a key with yearly rotation is created. */
  kmsKeyArn?: pulumi.Input<string>;
  /** Tags for every resource, beside the standard ones. */
  tags?: pulumi.Input<{ [key: string]: string }>;
}

/** Arguments with defaults, gated where they are still to come. */
export interface FileSystemPlan {
  mountPath: string;
  tiered: boolean;
  /** Absent with tiering. */
  capacityGiB?: number;
  throughputMiBps: number;
  /** MB/s for each TiB; absent with tiering. */
  unitThroughput?: number;
  metadataIops?: number;
  backupDays: number;
  backupHour: number;
  maintenanceStart: string;
  restoreFrom?: pulumi.Input<string>;
  namespace?: pulumi.Input<string>;
  kmsKeyArn?: pulumi.Input<string>;
  dataClass: DataClass;
  lake?: LakePlan;
  /** What is made in the cluster waits until it is known to have the driver. */
  drivers?: pulumi.Input<string[] | undefined>;
}

export interface LakePlan {
  store: pulumi.Input<ObjectStoreBinding>;
  /** What is made for the bucket waits until it is known to be on AWS. */
  platform: pulumi.Input<Platform>;
  prefix?: pulumi.Input<string>;
  folder: string;
  exportChanges: boolean;
}

/** Judges all arguments and throws every fault at once. */
export function checkFileSystem(type: string, name: string, args: SharedFileSystemArgs): FileSystemPlan {
  const check = new Checks(type, name);
  check.value("name", name, lustreName);
  check.existingAlone(args);
  if (!args.existing)
    for (const field of ["cluster", "network"] as const)
      if (args[field] === undefined)
        check.fault(field, "is missing; give its binding, or `existing` to create nothing");
  const plan: FileSystemPlan = {
    ...sizeOf(check, args),
    ...backupOf(check, args),
    mountPath: mountPathOf(check, name, args.mountPath),
    maintenanceStart: check.value(
      "maintenanceStart",
      args.maintenanceStart ?? defaults.maintenance,
      matching(/^[1-7]:([01]\d|2[0-3]):[0-5]\d$/, 'a day from 1 to 7, hour and minute such as "7:02:00"'),
    ) as string,
    restoreFrom: check.value(
      "restoreFrom",
      args.restoreFrom,
      // Backup.BackupId, Amazon FSx API Reference
      matching(/^backup-[0-9a-f]{8,}$/, 'the id of a backup such as "backup-0123456789abcdef0"'),
    ),
    namespace: check.value("namespace", args.namespace, dnsLabel),
    kmsKeyArn: check.value("kmsKeyArn", args.kmsKeyArn, kmsKeyArn),
    dataClass: args.dataClass ?? DataClass.Confidential,
    lake: lakeOf(check, args),
    drivers:
      args.cluster &&
      check.value(
        "cluster.volumeDrivers",
        bindingField(args.cluster, "volumeDrivers"),
        nodesMount(defaults.driver, "create the GpuCluster with `lustre`"),
      ),
  };
  check.value("dataClass", plan.dataClass, oneOf(Object.values(DataClass)));
  for (const [index, regulation] of (args.compliance ?? []).entries())
    check.value(`compliance[${index}]`, regulation, oneOf(Object.values(Regulation)));
  args.efaClientGroupIds?.forEach((group, index) => {
    check.value(`efaClientGroupIds[${index}]`, group, matching(/^sg-[0-9a-f]+$/, "the id of a security group"));
  });
  check.done();
  return plan;
}

/** A claim, a storage class and a namespace are named so, and a key's description. */
const lustreName = matching(
  /^[a-z]([-a-z0-9]{0,28}[a-z0-9])?$/,
  "1 to 30 lower-case letters, digits and hyphens, starting with a letter, because a namespace and roles are named after it",
);

function sizeOf(
  check: Checks,
  args: SharedFileSystemArgs,
): Pick<FileSystemPlan, "tiered" | "capacityGiB" | "throughputMiBps" | "unitThroughput" | "metadataIops"> {
  const storage = args.storage ?? LustreStorage.Ssd;
  check.value("storage", storage, oneOf(Object.values(LustreStorage)));
  const tiered = storage === LustreStorage.IntelligentTiering;
  const iops = tiered ? defaults.metadataIops.tiered : defaults.metadataIops.ssd;
  const metadataIops = check.value("metadataIops", args.metadataIops, offered("operations per second", iops)) as
    | number
    | undefined;
  if (tiered) {
    if (args.capacityGiB !== undefined)
      check.fault("capacityGiB", "has no effect with intelligent tiering, which grows with the files; leave it out");
    const throughputMiBps = args.throughputMiBps ?? (defaults.tieredThroughputs[0]?.from as number);
    check.value("throughputMiBps", throughputMiBps, offered("MB/s", defaults.tieredThroughputs));
    return { tiered, throughputMiBps, metadataIops: metadataIops ?? 6000 };
  }
  return { tiered, metadataIops, ...ssdSize(check, args) };
}

/** The throughput decides which unit is bought, and with EFA the unit decides which capacities there are. */
function ssdSize(check: Checks, args: SharedFileSystemArgs) {
  const efa = args.efaClientGroupIds !== undefined;
  const smallest = efa ? Math.min(...Object.values(defaults.efaSteps)) : (defaults.capacities[0]?.from as number);
  const capacityGiB = args.capacityGiB ?? smallest;
  const units = defaults.unitThroughputs.filter(
    (unit) => !efa || (capacityGiB > 0 && capacityGiB % (defaults.efaSteps[unit] as number) === 0),
  );
  const step = smallest;
  const ranges = efa ? [{ from: step, to: Number.POSITIVE_INFINITY, step }] : defaults.capacities;
  check.value("capacityGiB", capacityGiB, offered(efa ? "GiB with EFA" : "GiB", ranges));
  const throughputs = units.map((unit) => throughputOf(capacityGiB, unit));
  const throughputMiBps = args.throughputMiBps ?? (throughputs[0] as number);
  if (units.length > 0)
    check.value(
      "throughputMiBps",
      throughputMiBps,
      offered(`MB/s, which is what ${capacityGiB} GiB can give${efa ? " with EFA" : ""}`, offeredAmounts(throughputs)),
    );
  return { capacityGiB, throughputMiBps, unitThroughput: units[throughputs.indexOf(throughputMiBps)] };
}

/** AWS counts a TiB as 1000 GiB: 2400 GiB with 50 MB/s for each TiB give 120 MB/s (PerUnitStorageThroughput). */
function throughputOf(capacityGiB: number, unit: number): number {
  return (capacityGiB * unit) / 1000;
}

function backupOf(
  check: Checks,
  { backup, lake, compliance }: SharedFileSystemArgs,
): Pick<FileSystemPlan, "backupDays" | "backupHour"> {
  if (backup && lake)
    check.fault(
      "backup",
      "is not possible together with `lake`: FSx takes no backups of a file system that is linked to a bucket; export to the bucket, whose versions are kept, or leave one of the two out",
    );
  const asked = backupControl(compliance);
  if (lake && !lake.exportChanges && asked !== undefined)
    check.fault(
      "lake.exportChanges",
      `is false, but ${asked} asks for copies of the data, and FSx takes no backups of a file system that is linked to a bucket; set it`,
    );
  for (const field of ["store", "uses"] as const)
    if (backup?.[field] !== undefined)
      check.fault(`backup.${field}`, "has no effect: FSx keeps its backups itself; leave it out");
  const backupDays = backup?.retentionDays ?? defaults.backup.days;
  check.value("backup.retentionDays", backupDays, wholeNumber(1, defaults.backup.mostDays));
  const backupHour = backup?.hourUtc ?? defaults.backup.hourUtc;
  check.value("backup.hourUtc", backupHour, wholeNumber(0, 23));
  return { backupDays: lake ? 0 : backupDays, backupHour };
}

function lakeOf(check: Checks, { lake, storage }: SharedFileSystemArgs): LakePlan | undefined {
  if (!lake) return undefined;
  // "Data repository associations are supported on all FSx for Lustre 2.12 and 2.15 file systems, excluding
  // Intelligent-Tiering": DataRepositoryAssociation, Amazon FSx API Reference.
  if (storage === LustreStorage.IntelligentTiering)
    check.fault(
      "lake",
      "is not possible with intelligent tiering, which FSx links to no bucket; leave one of the two out",
    );
  const folder = lake.folder ?? "/lake";
  check.value("lake.folder", folder, matching(/^(\/[\w.-]+)+$/, 'a folder such as "/lake"'));
  return {
    store: lake.store,
    platform: check.value("lake.store.platform", bindingField(lake.store, "platform"), oneOf<Platform>([Platform.Aws])),
    prefix: check.value(
      "lake.prefix",
      lake.prefix,
      matching(/^[\w.-]+(\/[\w.-]+)*$/, 'a folder such as "datasets", without a slash at either end'),
    ),
    folder,
    exportChanges: lake.exportChanges ?? false,
  };
}

import type * as pulumi from "@pulumi/pulumi";
import {
  backupControl,
  bindingField,
  Checks,
  type ClusterBinding,
  cidr,
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
import { tags } from "../shared/labels";
import { kmsKeyName, zoneName } from "../shared/rules";
import * as defaults from "./defaults";

/** Service that keeps the files. */
export enum FileService {
  /** NFS from 1 TiB on, mounted by all nodes. */
  Filestore = "filestore",
  /** Parallel file system from 9000 GiB on, for training over many nodes. */
  ManagedLustre = "managed-lustre",
}

/** Where a Filestore instance is. */
export enum FilestoreTier {
  /** In one zone. */
  Zonal = "zonal",
  /** In three zones of the region, of which one may fail. */
  Regional = "regional",
}

/** Arguments of SharedFileSystem. */
export interface SharedFileSystemArgs {
  /** File system to adopt. Nothing is created then, and no other argument may be given. */
  existing?: pulumi.Input<SharedFileSystemBinding>;
  /** GKE cluster whose workloads mount it; for Managed Lustre, made with `lustre`. */
  cluster?: pulumi.Input<ClusterBinding>;
  /** Network of the cluster. */
  network?: pulumi.Input<NetworkBinding>;
  /** Zone of the file system, that of the nodes. Required, but for regional Filestore. */
  zone?: string;
  /** Namespace that exists and gets the claim. When omitted, one with the component's name is created. */
  namespace?: pulumi.Input<string>;
  /** Folder in which workloads find the files. Defaults to "/mnt/" and the component's name. */
  mountPath?: string;

  /** Service that keeps the files. Defaults to Filestore. */
  service?: FileService;
  /** Where a Filestore instance is. Defaults to zonal. */
  tier?: FilestoreTier;
  /**
   * Space for files in GiB. Filestore: 1024 to 9984 in steps of 256, or 10240 to 102400 in steps of 2560. Managed Lustre: 9000
   * and on, in steps that the throughput decides. Defaults to the smallest.
   */
  capacityGiB?: number;
  /**
   * Throughput of all clients together, in MB/s. Filestore: 260 for each TiB, which a value is checked against. Managed
   * Lustre: 125, 250, 500 or 1000 for each TiB. Defaults to what the capacity gives at least.
   */
  throughputMiBps?: number;
  /**
   * Range that the network has reserved for Google's services and peered with them, in CIDR notation; for Managed Lustre. When
   * omitted, one is reserved and peered, which works once for each network.
   */
  peeredRange?: pulumi.Input<string>;
  /**
   * Daily copies: of Filestore into a vault, always; of Managed Lustre into the bucket `store`. That one keeps no copies by
   * itself.
   */
  backup?: FileBackupArgs;
  /**
   * Name of a copy in a vault that a Filestore instance begins with, of the same capacity or less. When omitted, there are no
   * files at first.
   */
  restoreFrom?: pulumi.Input<string>;
  /**
   * Whether root of a node is nobody here. The first pod has the node's root open the top folder, so set it after a first
   * workload has run. Defaults to false.
   */
  rootSquash?: boolean;
  /** Keeps a Filestore instance from being deleted. To destroy, set false, run `up`, then `destroy`. Defaults to true. */
  deletionProtection?: boolean;

  /** Regulations that the files are under: a region that they forbid is refused, and so is doing without copies. */
  compliance?: Regulation[];
  /** How sensitive the content is, for the labels. Defaults to confidential. */
  dataClass?: DataClass;
  /**
   * Name of the Cloud KMS key to encrypt with, in the provider's region; the agent of the service must be able to use it. When
   * omitted, a key is created that rotates each 90 days.
   */
  kmsKey?: pulumi.Input<string>;
  /** Labels for every resource that takes them, beside the standard ones; lower-case. */
  tags?: pulumi.Input<{ [key: string]: string }>;
}

/** Arguments with defaults, gated where they are still to come. */
export interface FileSystemPlan {
  service: FileService;
  tier: FilestoreTier;
  zone?: string;
  mountPath: string;
  capacityGiB: number;
  /** Absent where Google names no figure. */
  throughputMiBps?: number;
  /** MB/s for each TiB of Managed Lustre. */
  unitThroughput?: number;
  backupDays: number;
  backupHour: number;
  /** Bucket for copies of Managed Lustre, and its platform, which what is made for it waits for. */
  store?: { binding: pulumi.Input<ObjectStoreBinding>; platform: pulumi.Input<Platform> };
  restoreFrom?: pulumi.Input<string>;
  namespace?: pulumi.Input<string>;
  peeredRange?: pulumi.Input<string>;
  rootSquash: boolean;
  deletionProtection: boolean;
  kmsKey?: pulumi.Input<string>;
  dataClass: DataClass;
  tags?: pulumi.Input<{ [key: string]: string }>;
  /** What is made in the cluster waits until it is known to have the driver. */
  drivers?: pulumi.Input<string[] | undefined>;
}

/** Judges all arguments and throws every fault at once. */
export function checkFileSystem(type: string, name: string, args: SharedFileSystemArgs): FileSystemPlan {
  const check = new Checks(type, name);
  check.value("name", name, fileSystemName);
  check.existingAlone(args);
  if (!args.existing)
    for (const field of ["cluster", "network"] as const)
      if (args[field] === undefined)
        check.fault(field, "is missing; give its binding, or `existing` to create nothing");
  const service = args.service ?? FileService.Filestore;
  check.value("service", service, oneOf(Object.values(FileService)));
  const isLustre = service === FileService.ManagedLustre;
  const tier = args.tier ?? FilestoreTier.Zonal;
  check.value("tier", tier, oneOf(Object.values(FilestoreTier)));
  checkPlace(check, args, isLustre, tier);
  for (const [index, regulation] of (args.compliance ?? []).entries())
    check.value(`compliance[${index}]`, regulation, oneOf(Object.values(Regulation)));
  const plan: FileSystemPlan = {
    service,
    tier,
    zone: args.zone,
    ...(isLustre ? lustreSize(check, args) : filestoreSize(check, args, tier)),
    ...(isLustre ? lustreBackup(check, args) : filestoreBackup(check, args)),
    mountPath: mountPathOf(check, name, args.mountPath),
    restoreFrom: check.value("restoreFrom", args.restoreFrom, copyName),
    namespace: check.value("namespace", args.namespace, dnsLabel),
    peeredRange: check.value("peeredRange", args.peeredRange, cidr),
    rootSquash: args.rootSquash ?? false,
    deletionProtection: args.deletionProtection ?? true,
    kmsKey: check.value("kmsKey", args.kmsKey, kmsKeyName),
    dataClass: args.dataClass ?? DataClass.Confidential,
    tags: check.value("tags", args.tags, tags),
    drivers:
      args.cluster &&
      check.value(
        "cluster.volumeDrivers",
        bindingField(args.cluster, "volumeDrivers"),
        isLustre
          ? nodesMount(defaults.drivers.lustre, "create the GpuCluster with `lustre`")
          : nodesMount(defaults.drivers.filestore, "turn on GKE's add-on for Filestore"),
      ),
  };
  check.value("dataClass", plan.dataClass, oneOf(Object.values(DataClass)));
  check.done();
  return plan;
}

/** A namespace, a claim, a service account and ids of Google Cloud are named so. */
const fileSystemName = matching(
  /^[a-z]([-a-z0-9]{0,22}[a-z0-9])?$/,
  "1 to 24 lower-case letters, digits and hyphens, starting with a letter, because Google Cloud limits the names made from it",
);

/** FileShareConfig.sourceBackupdrBackup, Filestore API */
const copyName = matching(
  /^projects\/[^/]+\/locations\/[^/]+\/backupVaults\/[^/]+\/dataSources\/[^/]+\/backups\/[^/]+$/,
  "the name of a copy such as projects/my-project/locations/europe-west4/backupVaults/vault/dataSources/source/backups/copy",
);

function checkPlace(check: Checks, args: SharedFileSystemArgs, isLustre: boolean, tier: FilestoreTier): void {
  const regional = !isLustre && tier === FilestoreTier.Regional;
  if (args.zone === undefined && !regional && !args.existing)
    check.fault("zone", "is missing; name the zone of the nodes that use the files, such as europe-west4-a");
  if (args.zone !== undefined && regional)
    check.fault("zone", "has no effect on a regional instance, which is in three; leave it out");
  check.value("zone", args.zone, zoneName);
  if (isLustre) {
    for (const field of ["tier", "deletionProtection", "restoreFrom"] as const)
      if (args[field] !== undefined) check.fault(field, "is for Filestore; leave it out with Managed Lustre");
  } else if (args.peeredRange !== undefined)
    check.fault("peeredRange", "is for Managed Lustre; leave it out with Filestore, which peers by itself");
}

type Size = Pick<FileSystemPlan, "capacityGiB" | "throughputMiBps" | "unitThroughput">;

/** What a TiB brings is fixed, so a throughput that is asked for is a question of capacity. */
function filestoreSize(check: Checks, args: SharedFileSystemArgs, tier: FilestoreTier): Size {
  const capacityGiB = args.capacityGiB ?? (defaults.filestoreCapacities[0]?.from as number);
  check.value("capacityGiB", capacityGiB, offered("GiB", defaults.filestoreCapacities));
  if (tier === FilestoreTier.Regional) {
    if (args.throughputMiBps !== undefined)
      check.fault("throughputMiBps", "cannot be promised: Google names no figure for regional instances; leave it out");
    return { capacityGiB };
  }
  const given = Math.floor((capacityGiB / 1024) * defaults.filestoreThroughput);
  check.value("throughputMiBps", args.throughputMiBps, (asked: number) => {
    if (Number.isFinite(asked) && asked > 0 && asked <= given) return undefined;
    const needed = defaults.filestoreCapacities
      .flatMap(({ from, to, step }) =>
        Array.from({ length: (to - from) / step + 1 }, (_, index) => from + index * step),
      )
      .find((capacity) => (capacity / 1024) * defaults.filestoreThroughput >= asked);
    const fix = needed === undefined ? "take Managed Lustre for more" : `${needed} GiB give that`;
    return `must be 1 to ${given}, which ${capacityGiB} GiB give; ${fix}`;
  });
  return { capacityGiB, throughputMiBps: given };
}

/** The throughput decides which tier is bought, and the tier which capacities there are. */
function lustreSize(check: Checks, args: SharedFileSystemArgs): Size {
  const capacityGiB = args.capacityGiB ?? Math.min(...defaults.lustreCapacities.map(({ ranges }) => smallest(ranges)));
  const all = [...defaults.lustreCapacities].reverse().flatMap(({ ranges }) => ranges);
  check.value("capacityGiB", capacityGiB, offered("GiB", all));
  const tiers = defaults.lustreCapacities
    .filter(({ ranges }) => offered("GiB", ranges)(capacityGiB) === undefined)
    .map(({ unit }) => ({ unit, throughput: Math.floor((capacityGiB / 1024) * unit) }));
  if (tiers.length === 0) return { capacityGiB };
  const throughputMiBps = args.throughputMiBps ?? (tiers[0]?.throughput as number);
  const amounts = offeredAmounts(tiers.map(({ throughput }) => throughput));
  check.value("throughputMiBps", throughputMiBps, offered(`MB/s, which is what ${capacityGiB} GiB can give`, amounts));
  const unitThroughput = tiers.find(({ throughput }) => throughput === throughputMiBps)?.unit;
  return { capacityGiB, throughputMiBps, unitThroughput };
}

function smallest(ranges: { from: number }[]): number {
  return Math.min(...ranges.map(({ from }) => from));
}

type Backup = Pick<FileSystemPlan, "backupDays" | "backupHour" | "store">;

function filestoreBackup(check: Checks, { backup }: SharedFileSystemArgs): Backup {
  for (const field of ["store", "uses"] as const)
    if (backup?.[field] !== undefined)
      check.fault(`backup.${field}`, "has no effect: Google keeps copies of Filestore in a vault; leave it out");
  const backupDays = backup?.retentionDays ?? defaults.backup.days;
  check.value("backup.retentionDays", backupDays, wholeNumber(1, defaults.backup.mostDays));
  const backupHour = backup?.hourUtc ?? defaults.backup.hourUtc;
  check.value("backup.hourUtc", backupHour, wholeNumber(0, defaults.backup.lastHourUtc));
  return { backupDays, backupHour };
}

function lustreBackup(check: Checks, { backup, compliance }: SharedFileSystemArgs): Backup {
  const asked = backupControl(compliance);
  if (backup?.store === undefined && (backup !== undefined || asked !== undefined))
    check.fault(
      "backup.store",
      asked === undefined
        ? "is missing; name the bucket that takes the copies, since Managed Lustre keeps none itself"
        : `is missing, but ${asked} asks for copies of the data; name the bucket that takes them, since Managed Lustre keeps none itself`,
    );
  if (backup?.retentionDays !== undefined)
    check.fault("backup.retentionDays", "is for Filestore; how long copies in a bucket are kept is the bucket's");
  if (backup?.uses !== undefined)
    check.fault("backup.uses", "has no effect: Google's own agent copies, and is let into the bucket; leave it out");
  const backupHour = backup?.hourUtc ?? defaults.backup.hourUtc;
  check.value("backup.hourUtc", backupHour, wholeNumber(0, 23));
  const store = backup?.store && {
    binding: backup.store,
    platform: check.value(
      "backup.store.platform",
      bindingField(backup.store, "platform"),
      oneOf<Platform>([Platform.Gcp]),
    ),
  };
  return { backupDays: 0, backupHour, store };
}

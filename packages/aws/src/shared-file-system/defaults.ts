import type { OfferedRange } from "aistack-core";

/** CSI driver of FSx for Lustre, which EKS installs as an add-on. github.com/kubernetes-sigs/aws-fsx-csi-driver */
export const driver = "fsx.csi.aws.com";

/**
 * Capacities of a persistent file system on SSDs, in GiB. Each step is one pair of storage servers.
 * https://docs.aws.amazon.com/fsx/latest/APIReference/API_CreateFileSystem.html (StorageCapacity)
 */
export const capacities: OfferedRange[] = [
  { from: 1200, to: 1200, step: 1 },
  { from: 2400, to: Number.POSITIVE_INFINITY, step: 2400 },
];

/**
 * Throughput that can be bought for each TiB, in MB/s.
 * https://docs.aws.amazon.com/fsx/latest/APIReference/API_CreateFileSystemLustreConfiguration.html (PerUnitStorageThroughput)
 */
export const unitThroughputs = [125, 250, 500, 1000];

/**
 * Capacity steps of a file system that speaks EFA, by throughput for each TiB: its servers are larger.
 * https://docs.aws.amazon.com/fsx/latest/LustreGuide/increase-storage-capacity.html
 */
export const efaSteps: Readonly<Record<number, number>> = { 125: 38400, 250: 19200, 500: 9600, 1000: 4800 };

/**
 * Throughput of a file system whose storage grows with the files, in MB/s. ThroughputCapacityMbps in the model of the API,
 * and https://docs.aws.amazon.com/fsx/latest/LustreGuide/managing-throughput-capacity.html
 */
export const tieredThroughputs: OfferedRange[] = [{ from: 4000, to: 2_000_000, step: 4000 }];

/** https://docs.aws.amazon.com/fsx/latest/APIReference/API_CreateFileSystemLustreMetadataConfiguration.html */
export const metadataIops = {
  ssd: [
    { from: 1500, to: 1500, step: 1 },
    { from: 3000, to: 3000, step: 1 },
    { from: 6000, to: 6000, step: 1 },
    { from: 12000, to: 192000, step: 12000 },
  ] as OfferedRange[],
  tiered: [
    { from: 6000, to: 6000, step: 1 },
    { from: 12000, to: 12000, step: 1 },
  ] as OfferedRange[],
};

/** Size that a claim shows where storage grows with the files: Kubernetes asks for one, and the driver ignores it. */
export const shownTieredGiB = 1200;

/** The version that metadata settings and EFA need. Lustre 2.15 is supported by the client of all EKS node images. */
export const lustreVersion = "2.15";

/**
 * Ports of Lustre: of its servers, and of the connections that they open to clients.
 * https://docs.aws.amazon.com/fsx/latest/LustreGuide/limit-access-security-groups.html
 */
export const ports = [
  { from: 988, to: 988 },
  { from: 1018, to: 1023 },
];

/** Days of automatic backups. https://docs.aws.amazon.com/fsx/latest/LustreGuide/using-backups-fsx.html */
export const backup = { days: 30, mostDays: 90, hourUtc: 3 };

/** Sunday at 02:00 UTC, an hour before the backup. */
export const maintenance = "7:02:00";

/** Days that messages about files which could not be imported or exported are kept. */
export const logDays = 365;

/** Whom root becomes with `rootSquash`: nobody. */
export const squashed = "65534:65534";

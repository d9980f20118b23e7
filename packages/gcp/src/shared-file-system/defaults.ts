import type { OfferedRange } from "aistack-core";

/** CSI drivers, which GKE installs as add-ons. */
export const drivers = { filestore: "filestore.csi.storage.gke.io", lustre: "lustre.csi.storage.gke.io" };

/**
 * Capacities of Filestore in GiB: two kinds of instances, of which one never becomes the other. Regional instances have
 * come in finer steps since; these are taken in every region.
 * https://cloud.google.com/filestore/docs/service-tiers-zonal and https://cloud.google.com/filestore/docs/service-tiers-regional
 */
export const filestoreCapacities: OfferedRange[] = [
  { from: 1024, to: 9984, step: 256 },
  { from: 10240, to: 102400, step: 2560 },
];

/** MiB/s of reading that a TiB of a zonal instance brings; writing is a third. https://cloud.google.com/filestore/docs/service-tiers-zonal */
export const filestoreThroughput = 260;

/** Name of the share of an instance. */
export const share = "files";

/**
 * Capacities of Managed Lustre in GiB, by MB/s for each TiB.
 * https://cloud.google.com/managed-lustre/docs/performance-tiers (read 2026-11-25)
 */
export const lustreCapacities: { unit: number; ranges: OfferedRange[] }[] = [
  { unit: 125, ranges: [{ from: 72_000, to: 12_240_000, step: 72_000 }] },
  {
    unit: 250,
    ranges: [
      { from: 36_000, to: 6_120_000, step: 36_000 },
      { from: 6_336_000, to: 40_032_000, step: 288_000 },
    ],
  },
  {
    unit: 500,
    ranges: [
      { from: 18_000, to: 3_060_000, step: 18_000 },
      { from: 3_168_000, to: 20_016_000, step: 144_000 },
    ],
  },
  {
    unit: 1000,
    ranges: [
      { from: 9_000, to: 1_530_000, step: 9_000 },
      { from: 1_584_000, to: 10_008_000, step: 72_000 },
    ],
  },
];

/**
 * Ports on which the servers of Managed Lustre open connections to nodes; the second of instances for older GKE.
 * https://cloud.google.com/managed-lustre/docs/vpc
 */
export const lustrePorts = ["988", "6988"];

/** Size of the range that is reserved for Google's services: room for several instances and databases. */
export const peeredPrefix = 20;

/** Copies of Filestore: days they are kept, and when they are made. A window must have six hours. */
export const backup = { days: 30, mostDays: 90, hourUtc: 3, windowHours: 6, lastHourUtc: 18 };

/** Time in which nobody can delete a copy. Longer would keep a mistake, and the project, from being cleaned up. */
export const enforcedRetention = `${24 * 3600}s`;

/** Whom root becomes with `rootSquash`: nobody. */
export const squashed = 65534;

/** How fast GKE brings new versions to the cluster. https://cloud.google.com/kubernetes-engine/docs/concepts/release-channels */
export enum ReleaseChannel {
  /** Some weeks after a version's release; for tests. */
  Rapid = "rapid",
  /** Some months after Rapid. */
  Regular = "regular",
  /** Some months after Regular. */
  Stable = "stable",
  /** As Regular, but a version is kept for 24 months, at a higher hourly price once its standard support has ended. */
  Extended = "extended",
}

/** A Kubernetes version of GKE, with the day on which its standard support ends. */
export interface KubernetesVersion {
  version: string;
  /** Undefined until it is published. */
  standardSupportEnds?: string;
  source: string;
}

/** Day on which the table was read. What had ended by then is refused; the clock of the machine decides nothing. */
export const versionsRead = "2026-11-22";

const calendar =
  "GKE release schedule, by way of endoflife.date/google-kubernetes-engine (2026-02-28); Google calls the dates estimates";

/** Versions that clusters can be created with. */
export const kubernetesVersions: readonly KubernetesVersion[] = [
  { version: "1.33", standardSupportEnds: "2026-08-03", source: calendar },
  { version: "1.34", standardSupportEnds: "2026-10-01", source: calendar },
  { version: "1.35", standardSupportEnds: "2027-04-11", source: calendar },
  {
    version: "1.36",
    source: "GKE release notes, versions of the Regular channel (2026); the end is not in what was read",
  },
];

/** Versions from which on GKE has TPU7x, and networks that it sets up by itself for RDMA. */
export const minimumVersions = {
  /** cluster-toolkit's README asks for 1.34.3-gke.1318000. */
  tpu7x: "1.34",
  /** https://cloud.google.com/kubernetes-engine/docs/how-to/allocate-network-resources-dra asks for 1.34.1-gke.1829001. */
  rdma: "1.34",
};

/** What is wrong with a version in a channel; undefined if nothing is. */
export function versionFault(version: string, channel: ReleaseChannel): string | undefined {
  const row = kubernetesVersions.find((known) => known.version === version);
  if (!row) return `must be one of ${kubernetesVersions.map((known) => known.version).join(", ")}`;
  if (row.standardSupportEnds === undefined || row.standardSupportEnds > versionsRead) return undefined;
  if (channel === ReleaseChannel.Extended) return undefined;
  return `its standard support ended on ${row.standardSupportEnds}; choose a newer version, leave it out, or set releaseChannel to "extended" (at a higher price)`;
}

/** True if a version is older than another; both without a patch. */
export function isOlder(version: string, than: string): boolean {
  return Number(version.split(".")[1]) < Number(than.split(".")[1]);
}

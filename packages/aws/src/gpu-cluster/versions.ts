/** How long a Kubernetes version is kept on a cluster. */
export enum SupportType {
  /** Until the end of standard support; then AWS upgrades the cluster. No extra charge. */
  Standard = "standard",
  /** Through extended support, at AWS's higher hourly price for such clusters. */
  Extended = "extended",
}

/** A Kubernetes version of EKS, with the days on which its support ends. */
export interface KubernetesVersion {
  version: string;
  standardSupportEnds: string;
  extendedSupportEnds: string;
  source: string;
}

/** Day on which the table was read. What had ended by then is refused; the clock of the machine decides nothing. */
export const versionsRead = "2026-11-22";

const calendar =
  "EKS version calendar of aws-samples (2026-04-24) and endoflife.date; extended support is 12 months more";

/** Versions that clusters can be created with. EKS 1.36 is left out until its dates are published. */
export const kubernetesVersions: readonly KubernetesVersion[] = [
  { version: "1.33", standardSupportEnds: "2026-07-29", extendedSupportEnds: "2027-07-29", source: calendar },
  { version: "1.34", standardSupportEnds: "2026-12-02", extendedSupportEnds: "2027-12-02", source: calendar },
  { version: "1.35", standardSupportEnds: "2027-03-27", extendedSupportEnds: "2028-03-27", source: calendar },
];

/** What is wrong with a version under a kind of support; undefined if nothing is. */
export function versionFault(version: string, support: SupportType): string | undefined {
  const row = kubernetesVersions.find((known) => known.version === version);
  if (!row) return `must be one of ${kubernetesVersions.map((known) => known.version).join(", ")}`;
  if (row.standardSupportEnds > versionsRead || support === SupportType.Extended) return undefined;
  return `its standard support ended on ${row.standardSupportEnds}; choose a newer version, or set support to "extended" until ${row.extendedSupportEnds} (at a higher price)`;
}

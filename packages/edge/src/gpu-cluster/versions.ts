/** A minor version of Kubernetes and the release of k3s that stands for it. */
export interface K3sVersion {
  /** Minor version of Kubernetes. */
  minor: string;
  /** Release of k3s that is installed for it. */
  release: string;
  /** Day on which Kubernetes stops to maintain the minor version. */
  supportEnds: string;
  source: string;
}

/** Day on which the table was read. What had ended by then is refused; the clock of the machine decides nothing. */
export const versionsRead = "2026-11-23";

/** Oldest first. */
export const k3sVersions: readonly K3sVersion[] = [
  {
    minor: "1.34",
    release: "v1.34.9+k3s1",
    supportEnds: "2026-10-27",
    source: "github.com/k3s-io/k3s/releases/tag/v1.34.9%2Bk3s1, kubernetes.io/releases/1.34",
  },
  {
    minor: "1.35",
    release: "v1.35.6+k3s1",
    supportEnds: "2027-02-28",
    source: "github.com/k3s-io/k3s/releases/tag/v1.35.6%2Bk3s1, kubernetes.io/releases/1.35",
  },
  {
    minor: "1.36",
    release: "v1.36.2+k3s1",
    supportEnds: "2027-06-28",
    source: "github.com/k3s-io/k3s/releases/tag/v1.36.2%2Bk3s1, kubernetes.io/releases/1.36",
  },
];

const supported = k3sVersions.filter((row) => row.supportEnds > versionsRead);
const releaseForm = /^v(\d+\.\d+)\.\d+\+k3s\d+$/;

/** What is wrong with a version; undefined if nothing is. */
export function versionFault(version: string): string | undefined {
  const minor = minorOf(version);
  if (supported.some((row) => row.minor === minor)) return undefined;
  const ended = k3sVersions.find((row) => row.minor === minor);
  const allowed = `must be one of ${supported.map((row) => row.minor).join(", ")}, or a release of k3s of one of these such as v1.36.2+k3s1`;
  return ended ? `support of ${ended.minor} ended on ${ended.supportEnds}; it ${allowed}` : allowed;
}

/** The release of k3s to install for a version that {@link versionFault} accepts. */
export function releaseOf(version: string): string {
  return k3sVersions.find((row) => row.minor === version)?.release ?? version;
}

function minorOf(version: string): string {
  return releaseForm.exec(version)?.[1] ?? version;
}

/** A finding of a check that stays, in whichever program it is found, and why. */
export interface Accepted {
  /** How the finding begins. */
  readonly finding: string;
  readonly reason: string;
}

/** Workloads of the example of a feature store, which all speak TLS. */
const withCertificate = [
  "StatefulSet features/features-redis",
  "CronJob features/features-materialise",
  "Job features/features-apply",
  "Deployment features/features-offline",
  "Deployment features/features-online",
  "Deployment features/features-registry",
];

/** What fails where it no longer applies to any program. */
export const accepted: readonly Accepted[] = [
  {
    finding: "Namespace gpu-operator does not refuse a privileged pod as restricted does",
    reason:
      "Drivers and device plugins work on the host. The namespace holds what the operator's chart makes, no more.",
  },
  {
    finding: "Namespace gpu-operator has no policy that denies all",
    reason: "The operator talks to the API server, whose address no portable policy can name. No workload runs there.",
  },
  {
    finding: "Namespace audit-log does not refuse a privileged pod as restricted does",
    reason:
      "It reads the log of the API server, a file of the host, and keeps its buffer on the host. Nothing else runs there.",
  },
  {
    finding: "Namespace rook-ceph does not refuse a privileged pod as restricted does",
    reason:
      "Ceph writes to disks of the host and its drivers mount there. The namespace holds what Rook makes, no more.",
  },
  {
    finding: "Namespace rook-ceph has no policy that denies all",
    reason:
      "The kernel of every node talks to Ceph's servers when it mounts, from addresses that no portable policy can name.",
  },
  {
    finding: "Pod models/models-first",
    reason: "It carries models to a volume of one node, which must be a node that can serve them. It ends when it has.",
  },
  ...[
    "Deployment scorer/scorer-canary refers to the entry canary-uri",
    "Deployment scorer/scorer refers to the entry stable-uri",
    "Service scorer/scorer reaches no pod",
  ].map((finding) => ({
    finding,
    reason: "Nothing is served before the pipeline has brought a first model; there are no replicas until then.",
  })),
  {
    finding: "Deployment churn/churn-canary refers to the entry canary-uri of ConfigMap churn/churn-model",
    reason: "A canary has no replicas before a pipeline says which model it tries; with them, it would wait for that.",
  },
  ...["triggerer", "dag-processor"].map((component) => ({
    finding: `PodDisruptionBudget scoring-airflow/airflow-${component} covers no pod`,
    reason: "The pods are those of Airflow's chart, which is not rendered here.",
  })),
  ...withCertificate.map((workload) => ({
    finding: `${workload} refers to Secret features/features-tls`,
    reason: "The certificate comes from the cluster's authority, such as cert-manager, not from the program.",
  })),
];

/** The findings that nobody has accepted. */
export function unaccepted(findings: readonly string[]): string[] {
  return findings.filter((finding) => !accepted.some((entry) => finding.startsWith(entry.finding)));
}

/** What a taint does, in the words of Kubernetes for those of EKS and GKE. */
export function taintEffect(word: string): string {
  return effects[word] ?? word;
}

const effects: Readonly<Record<string, string>> = {
  NO_SCHEDULE: "NoSchedule",
  NO_EXECUTE: "NoExecute",
  PREFER_NO_SCHEDULE: "PreferNoSchedule",
};

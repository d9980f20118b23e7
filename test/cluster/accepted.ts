/** A finding of a check that stays, and why. One that no longer applies fails. */
export interface Accepted {
  /** Path of the program, from the root. */
  readonly program: string;
  /** The finding, or its beginning. */
  readonly finding: string;
  readonly reason: string;
}

export const accepted: readonly Accepted[] = ["examples/gpu-cluster-aws", "stacks/cloud-aws"].flatMap((program) => [
  {
    program,
    finding: "Namespace nvidia-device-plugin does not refuse a privileged pod as restricted does",
    reason: "The device plugin mounts the kubelet's plugin directory from the host; the namespace holds nothing else.",
  },
  {
    program,
    finding: "Namespace nvidia-device-plugin has no policy that denies all",
    reason: "The namespace holds the device plugin alone, which serves a socket of the host and no network.",
  },
]);

/** The findings that nobody has accepted, and the acceptances that apply to none of a program's findings. */
export function unaccepted(program: string, findings: readonly string[]): string[] {
  const own = accepted.filter((entry) => entry.program === program);
  return findings.filter((finding) => !own.some((entry) => finding.startsWith(entry.finding)));
}

import {
  type Accelerator,
  type Checks,
  type GpuSharingArgs,
  oneOf,
  resourceNameOf,
  SharingStrategy,
  wholeNumber,
} from "aistack-core";
import mig from "./data/mig-profiles.json";
import { nvidiaGpu } from "./defaults";
import type { RuntimePool } from "./pools";

const profiles: { [accelerator: string]: { [profile: string]: number } | undefined } = mig.accelerators;

/**
 * Labels that the nodes of a pool must carry for its `sharing` to take effect: the GPU operator reads them. The values
 * say what is shared how, such as "time-slicing-4" or "all-1g.10gb".
 */
export function sharingLabels(pool: { sharing?: GpuSharingArgs }): { [label: string]: string } {
  const { sharing } = pool;
  if (!sharing) return {};
  return sharing.strategy === SharingStrategy.Mig
    ? { "nvidia.com/mig.config": `all-${sharing.profile}` }
    : { "nvidia.com/device-plugin.config": sharingName(sharing) };
}

/** Name of a way of sharing among the settings of the device plugin. */
export function sharingName(sharing: GpuSharingArgs): string {
  return `${sharing.strategy}-${sharing.replicas}`;
}

/** How many pods one accelerator of a pool serves: what a node offers is this times its accelerators. */
export function sharesOf(pool: Pick<RuntimePool, "accelerator" | "sharing">): number {
  const { accelerator, sharing } = pool;
  if (!accelerator || !sharing) return 1;
  if (sharing.strategy !== SharingStrategy.Mig) return sharing.replicas ?? 1;
  return profiles[accelerator]?.[sharing.profile ?? ""] ?? 1;
}

/** Refuses a way of sharing that the accelerator does not have. */
export function checkSharing(
  check: Checks,
  path: string,
  pool: { accelerator?: Accelerator },
  sharing: GpuSharingArgs | undefined,
): void {
  if (!sharing) return;
  const { accelerator } = pool;
  if (!accelerator) check.fault(path, "is of no use without `accelerator`; leave it out");
  else if (!isNvidia(accelerator))
    check.fault(path, `is for NVIDIA GPUs, but the pool carries ${accelerator}; leave it out`);
  else if (sharing.strategy === SharingStrategy.Mig) checkProfile(check, path, accelerator, sharing);
  else checkReplicas(check, path, sharing);
}

function checkReplicas(check: Checks, path: string, { strategy, replicas, profile }: GpuSharingArgs): void {
  check.value(`${path}.strategy`, strategy, oneOf(Object.values(SharingStrategy)));
  if (profile !== undefined)
    check.fault(`${path}.profile`, `is for strategy "mig"; leave it out, or give \`replicas\` for "${strategy}"`);
  if (replicas === undefined)
    check.fault(`${path}.replicas`, "is missing; give the number of pods for each accelerator, 2 to 48");
  check.value(`${path}.replicas`, replicas, wholeNumber(2, 48));
}

function checkProfile(check: Checks, path: string, accelerator: Accelerator, sharing: GpuSharingArgs): void {
  const known = Object.keys(profiles[accelerator] ?? {});
  if (sharing.replicas !== undefined)
    check.fault(`${path}.replicas`, 'is not for strategy "mig", where `profile` decides; leave it out');
  if (known.length === 0)
    check.fault(
      `${path}.strategy`,
      `is "mig", but ${accelerator} cannot be partitioned; use "time-slicing" or "mps", or one of ${Object.keys(profiles).join(", ")}`,
    );
  else if (sharing.profile === undefined)
    check.fault(`${path}.profile`, `is missing; choose one of ${known.join(", ")} for ${accelerator}`);
  else check.value(`${path}.profile`, sharing.profile, oneOf(known));
}

function isNvidia(accelerator: Accelerator): boolean {
  return acceleratorResource(accelerator) === nvidiaGpu;
}

/** Extended resource of an accelerator; undefined for none and for one that the catalogue does not know. */
export function acceleratorResource(accelerator: Accelerator | undefined): string | undefined {
  try {
    return accelerator && resourceNameOf(accelerator);
  } catch {
    return undefined; // a name that no enum has: the check of the accelerator says so
  }
}

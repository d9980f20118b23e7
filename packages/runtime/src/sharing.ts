import { type Checks, type GpuSharingArgs, SharingStrategy, wholeNumber } from "aistack-core";
import type { RuntimePool } from "./pools";

/** Labels that the nodes of a pool must carry for its `sharing` to take effect: they choose what the operator does. */
export function sharingLabels(pool: Pick<RuntimePool, "name" | "sharing">): { [label: string]: string } {
  if (!pool.sharing) return {};
  return pool.sharing.strategy === SharingStrategy.Mig
    ? { "nvidia.com/mig.config": pool.name }
    : { "nvidia.com/device-plugin.config": pool.name };
}

/** Refuses a way of sharing that the accelerator does not have. */
export function checkSharing(
  check: Checks,
  path: string,
  pool: Pick<RuntimePool, "accelerator">,
  sharing: GpuSharingArgs | undefined,
): void {
  if (!sharing) return;
  if (!pool.accelerator) check.fault(path, "is of no use without `accelerator`; leave it out");
  check.value(`${path}.replicas`, sharing.replicas, wholeNumber(2, 48));
}

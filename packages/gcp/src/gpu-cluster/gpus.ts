import { SharingStrategy } from "aistack-core";
import * as defaults from "./defaults";
import type { PoolPlan } from "./plan";

/** The GPUs of a node, their driver and how pods share them; nothing for other machines. */
export function guestAccelerators({ machine, sharing }: PoolPlan) {
  if (machine?.resourceName !== defaults.nvidiaGpu || machine.gkeAccelerator === undefined) return undefined;
  const gpuSharingStrategy = sharing && strategies[sharing.strategy];
  return [
    {
      type: machine.gkeAccelerator,
      count: machine.count,
      // Not GKE's default: images for current CUDA releases need drivers newer than that.
      gpuDriverInstallationConfig: { gpuDriverVersion: "LATEST" },
      gpuPartitionSize: sharing?.strategy === SharingStrategy.Mig ? sharing.profile : undefined,
      gpuSharingConfig: gpuSharingStrategy
        ? { gpuSharingStrategy, maxSharedClientsPerGpu: sharing?.replicas as number }
        : undefined,
    },
  ];
}

/** GKE's names; partitions are no sharing to it. */
const strategies: { [strategy in SharingStrategy]?: string } = {
  [SharingStrategy.TimeSlicing]: "TIME_SHARING",
  [SharingStrategy.Mps]: "MPS",
};

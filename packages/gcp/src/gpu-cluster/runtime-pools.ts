import { Capacity } from "aistack-core";
import { nodeLabelsOf, type RuntimePool, sharesOf } from "aistack-runtime";

import * as defaults from "./defaults";
import { cpusOf } from "./machines";
import { type ClusterPlan, isRdma, type PoolPlan } from "./plan";

/** The pools as the runtime has to know them. */
export function runtimePools({ pools, systemNodes }: Pick<ClusterPlan, "pools" | "systemNodes">): RuntimePool[] {
  return [systemNodes, ...pools].map((plan) => ({
    name: plan.name,
    accelerator: plan.machine?.accelerator,
    // GKE shares the GPUs, not the operator: to the runtime each share is a GPU of its own.
    perNode: (plan.machine?.count ?? 0) * sharesOf({ accelerator: plan.machine?.accelerator, sharing: plan.sharing }),
    maxNodes: plan.maxNodes,
    cpusPerNode: plan.machine?.vcpu ?? cpusOf(plan.machineType),
    memoryGiBPerNode: plan.machine?.memoryGiB,
    nodeLabels: nodeLabelsOf(plan.name, plan.machine?.accelerator),
    taints: plan.machine?.arch === "arm64" ? [...plan.taints, defaults.armTaint] : plan.taints,
    capacity: plan.capacity,
    topologyLevels: topologyLevels(plan),
    provisioning:
      plan.capacity === Capacity.FlexStart
        ? { ...defaults.queuedProvisioning, parameters: { maxRunDurationSeconds: maxRunSeconds(plan) } }
        : undefined,
  }));
}

/** Only where the nodes stay: Kueue places pods on the nodes it sees, and would wait for those yet to come. */
function topologyLevels(plan: PoolPlan): string[] | undefined {
  if (plan.minNodes < plan.maxNodes) return undefined;
  if (plan.nodesPerSlice > 1) return defaults.sliceLabels;
  return isRdma(plan) ? defaults.topologyLabels : undefined;
}

/** Seconds after which a node is given back; for flex-start there is always a limit. */
export function maxRunSeconds(plan: PoolPlan): string {
  return String((plan.maxRunHours ?? defaults.flexStartHours) * 3600);
}

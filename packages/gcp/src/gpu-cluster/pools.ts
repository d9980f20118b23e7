import { Capacity, type Checks, type GpuPoolArgs, Interconnect } from "aistack-core";
import { acceleratorTaint, nodeLabelsOf } from "aistack-runtime";
import type { SystemNodesArgs } from "./args";
import * as defaults from "./defaults";
import { accelerated, chooseMachine, type MachineChoice, machineTypeForm } from "./machines";
import { isRdma, type PoolPlan, systemPool } from "./plan";
import { checkCapacity, checkPlacement, checkPool, checkSize, checkWithoutAccelerator } from "./pool-checks";

/** Chooses the machines of the pools; records what is wrong and leaves faulty pools out. */
export function planPools(check: Checks, pools: GpuPoolArgs[]): PoolPlan[] {
  const names = new Map<string, number>();
  return pools.flatMap((pool, index) => {
    const path = `pools[${index}]`;
    const name = checkPool(check, path, pool, names, index);
    const choice = pool.accelerator === undefined ? undefined : chooseMachine(check, path, pool);
    if (pool.accelerator === undefined) checkWithoutAccelerator(check, path, pool);
    else if (!choice) return [];
    const plan = withDefaults(pool, name, choice);
    checkSize(check, path, plan);
    checkCapacity(check, path, plan);
    checkPlacement(check, path, plan, pool);
    return [plan];
  });
}

function withDefaults(pool: GpuPoolArgs, name: string, choice: MachineChoice | undefined): PoolPlan {
  const machine = choice?.machine;
  const nodesPerSlice = choice?.nodesPerSlice ?? 1;
  const minNodes = pool.minNodes ?? 0;
  const isCompact = pool.interconnect === Interconnect.HighBandwidth && machine?.resourceName === defaults.nvidiaGpu;
  const machineType = machine?.type ?? (pool.machineType as string);
  return {
    name,
    machineType,
    machine,
    minNodes,
    maxNodes: pool.maxNodes ?? (minNodes || nodesPerSlice),
    zones: pool.zones,
    capacity: pool.capacity ?? Capacity.OnDemand,
    reservationId: pool.reservationId,
    sharing: pool.sharing,
    isCompact,
    topology: nodesPerSlice > 1 ? choice?.topology : undefined,
    nodesPerSlice,
    diskSizeGiB: pool.diskSizeGiB ?? defaults.diskSizeGiB,
    labels: {
      ...pool.labels,
      ...nodeLabelsOf(name, machine?.accelerator),
      ...(isRdma({ machineType, isCompact }) && { [defaults.rdmaLabel]: "true" }),
    },
    taints: [...(machine ? [acceleratorTaint(machine.accelerator)] : []), ...(pool.taints ?? [])],
    maxRunHours: pool.maxRunHours,
  };
}

/** Fills in the defaults of the nodes without accelerators. */
export function planSystemNodes(check: Checks, args: SystemNodesArgs = {}): PoolPlan {
  const machineType = args.machineType ?? defaults.systemNodes.machineType;
  const minNodes = args.minNodes ?? defaults.systemNodes.minNodes;
  const maxNodes = args.maxNodes ?? Math.max(minNodes, defaults.systemNodes.maxNodes);
  check.value("systemNodes.machineType", machineType, (value) => {
    if (!machineTypeForm.test(value)) return "must be a machine type such as c3-standard-4";
    const machine = accelerated(value);
    return machine && `carries ${machine.accelerator}; give it to a pool, and system nodes a type without accelerators`;
  });
  const plan: PoolPlan = {
    name: systemPool,
    machineType,
    minNodes,
    maxNodes,
    capacity: Capacity.OnDemand,
    isCompact: false,
    nodesPerSlice: 1,
    diskSizeGiB: defaults.systemDiskSizeGiB,
    labels: nodeLabelsOf(systemPool),
    taints: [],
  };
  if (minNodes < 1)
    check.fault("systemNodes.minNodes", `is ${minNodes}, but what runs the cluster needs 1 node or more`);
  checkSize(check, "systemNodes", plan);
  return plan;
}

import {
  Accelerator,
  Capacity,
  type Checks,
  type GpuPoolArgs,
  type GpuSharingArgs,
  Interconnect,
  type Machine,
  machines,
  machinesWith,
  Platform,
  type TaintArgs,
  wholeNumber,
} from "aistack-core";
import { acceleratorTaint, checkSharing, nodeLabelsOf, type RuntimePool, sharingLabels } from "aistack-runtime";
import type { SystemNodesArgs } from "./args";
import * as defaults from "./defaults";
import { checkCapacity, checkLabels, checkName, checkSize, checkTaints, checkZones, instanceType } from "./pool-checks";

/** A pool with every default filled in. */
export interface PoolPlan {
  name: string;
  /** Machine type of the nodes. */
  machineType: string;
  /** Machine types that nodes may be of; more than one for spare capacity only. */
  machineTypes: string[];
  arch: "amd64" | "arm64";
  /** EKS name of the node image. */
  image: string;
  capacity: Capacity;
  reservationId?: string;
  /** Size of the managed node group; undefined for none. */
  group?: { minNodes: number; maxNodes: number };
  /** Nodes that Karpenter may start beside the group. */
  elasticNodes: number;
  maxNodes: number;
  /** EFA interfaces of a node; 0 where the pool has the ordinary network. */
  efaInterfaces: number;
  /** Zones of the nodes. When omitted, those of the cluster; with EFA, the first of those. */
  zones?: string[];
  /** Place in the arguments, for what can only be judged later. */
  path: string;
  diskSizeGiB: number;
  /** Whether the machine has local disks, for images, logs and scratch data. */
  localDisks: boolean;
  labels: { [key: string]: string };
  taints: TaintArgs[];
  sharing?: GpuSharingArgs;
  maxRunHours?: number;
  /** Machine of the catalogue; undefined for nodes without accelerators. */
  machine?: Machine;
}

/** Name of the pool of nodes without accelerators that every cluster has. */
const systemPool = "system";

/** Accelerators that a pool can have: those on AWS whose device plugin the cluster installs. */
export const availableAccelerators: readonly string[] = Object.values(Accelerator).filter((accelerator) =>
  machinesWith(Platform.Aws, accelerator).some((machine) => defaults.servedResources.includes(machine.resourceName)),
);

/**
 * Chooses the machines of the pools; records what is wrong and leaves faulty pools out.
 *
 * @param clusterZones Zones of the cluster's network, where they are known.
 */
export function planPools(check: Checks, pools: GpuPoolArgs[], clusterZones?: string[]): PoolPlan[] {
  const names = new Map<string, number>();
  return pools.flatMap((pool, index) => planPool(check, `pools[${index}]`, pool, index, names, clusterZones));
}

function planPool(
  check: Checks,
  path: string,
  pool: GpuPoolArgs,
  index: number,
  names: Map<string, number>,
  clusterZones?: string[],
): PoolPlan[] {
  const { accelerator, minNodes = 0 } = pool;
  const name = pool.name ?? accelerator;
  const capacity = pool.capacity ?? Capacity.OnDemand;
  const maxNodes = pool.maxNodes ?? Math.max(minNodes, 1);
  checkName(check, path, pool, name, names, index, systemPool);
  checkSize(check, path, minNodes, maxNodes);
  checkLabels(check, path, pool.labels ?? {});
  checkTaints(check, path, pool);
  checkCapacity(check, path, pool, capacity, minNodes);
  checkZones(check, path, pool, capacity, minNodes, clusterZones);
  checkSharing(check, `${path}.sharing`, { accelerator }, pool.sharing);
  check.value(`${path}.diskSizeGiB`, pool.diskSizeGiB, wholeNumber(20, defaults.diskSizes.maximum));
  if (pool.topology !== undefined)
    check.fault(
      `${path}.topology`,
      `is "${pool.topology}", the shape of a TPU slice, which AWS does not offer; leave it out`,
    );
  const candidates = accelerator === undefined ? withoutAccelerator(check, path, pool) : carriers(check, path, pool);
  const [machineType] = candidates;
  if (name === undefined || machineType === undefined) return [];
  const machine = machines.find((row) => row.type === machineType);
  const efa = pool.interconnect === Interconnect.HighBandwidth;
  const arch = machine?.arch ?? (defaults.armFamily.test(machineType) ? "arm64" : "amd64");
  return [
    {
      name,
      path,
      machine,
      machineType,
      machineTypes: capacity === Capacity.Spot && !efa ? candidates : [machineType],
      arch,
      image: machine?.eksAmiTypes[0] ?? defaults.standardImages[arch],
      capacity,
      reservationId: pool.reservationId,
      // What always runs is a group that EKS keeps up without help from inside the cluster; what comes and goes is
      // Karpenter's. Karpenter's own pools of a fixed size are an alpha feature, and cannot grow.
      group: minNodes > 0 ? { minNodes, maxNodes: minNodes } : undefined,
      elasticNodes: maxNodes - minNodes,
      maxNodes,
      efaInterfaces: efa ? (machine?.efaInterfaces ?? 0) : 0,
      zones: pool.zones,
      diskSizeGiB: pool.diskSizeGiB ?? defaults.diskSizeGiB,
      localDisks: (machine?.localNvmeGb ?? 0) > 0,
      labels: {
        ...pool.labels,
        ...nodeLabelsOf(name, accelerator),
        ...sharingLabels({ sharing: pool.sharing }),
        ...(efa && defaults.interconnectLabel),
      },
      taints: [...(accelerator ? [acceleratorTaint(accelerator)] : []), ...(pool.taints ?? [])],
      sharing: pool.sharing,
      maxRunHours: pool.maxRunHours,
    },
  ];
}

/** Fills in the defaults of the nodes without accelerators that every cluster has. */
export function planSystemNodes(check: Checks, args: SystemNodesArgs = {}): PoolPlan {
  const machineType = args.machineType ?? defaults.systemNodes.machineType;
  const minNodes = args.minNodes ?? defaults.systemNodes.minNodes;
  const maxNodes = args.maxNodes ?? Math.max(minNodes, defaults.systemNodes.maxNodes);
  check.value("systemNodes.machineType", machineType, (value) => instanceType(value, "give it to a pool"));
  if (minNodes < 1) check.fault("systemNodes.minNodes", `is ${minNodes}, but the add-ons need 1 node or more`);
  checkSize(check, "systemNodes", minNodes, maxNodes);
  const arch = defaults.armFamily.test(machineType) ? "arm64" : "amd64";
  return {
    name: systemPool,
    path: "systemNodes",
    machineType,
    machineTypes: [machineType],
    arch,
    image: defaults.standardImages[arch],
    capacity: Capacity.OnDemand,
    group: { minNodes, maxNodes },
    elasticNodes: 0,
    maxNodes,
    efaInterfaces: 0,
    diskSizeGiB: defaults.systemDiskSizeGiB,
    localDisks: false,
    labels: nodeLabelsOf(systemPool),
    taints: [],
  };
}

/** A pool in the terms of the runtime, which every platform shares. */
export function runtimePool(plan: PoolPlan): RuntimePool {
  return {
    name: plan.name,
    accelerator: plan.machine?.accelerator,
    perNode: plan.machine?.count ?? 0,
    maxNodes: plan.maxNodes,
    cpusPerNode: plan.machine?.vcpu,
    memoryGiBPerNode: plan.machine?.memoryGiB,
    nodeLabels: nodeLabelsOf(plan.name, plan.machine?.accelerator),
    taints: plan.taints,
    capacity: plan.capacity,
    sharing: plan.sharing,
  };
}

function withoutAccelerator(check: Checks, path: string, pool: GpuPoolArgs): string[] {
  if (pool.perNode !== undefined)
    check.fault(`${path}.perNode`, "counts accelerators, but `accelerator` is left out; name one, or leave both out");
  if (pool.interconnect === Interconnect.HighBandwidth)
    check.fault(`${path}.interconnect`, 'is "high-bandwidth", which is offered together with `accelerator` only');
  if (pool.machineType === undefined) {
    check.fault(`${path}.machineType`, "is missing; name an instance type such as m7i.2xlarge, or an `accelerator`");
    return [];
  }
  const fault = instanceType(pool.machineType, "name it as `accelerator`");
  check.value(`${path}.machineType`, pool.machineType, () => fault);
  return fault ? [] : [pool.machineType];
}

/** Types of the machines that carry what the pool asks for, the one to take first. */
function carriers(check: Checks, path: string, pool: GpuPoolArgs): string[] {
  const { accelerator, perNode, machineType } = pool as GpuPoolArgs & { accelerator: Accelerator };
  const found = machinesWith(Platform.Aws, accelerator);
  if (!availableAccelerators.includes(accelerator)) {
    const known = (Object.values(Accelerator) as string[]).includes(accelerator);
    const reason = !known
      ? "which is not an accelerator that exists"
      : found.length === 0
        ? "which AWS does not offer"
        : "whose device plugin this cluster does not install yet, so that no pod would ever get one";
    check.fault(
      `${path}.accelerator`,
      `is "${accelerator}", ${reason}; choose one of ${availableAccelerators.join(", ")}`,
    );
    return [];
  }
  const named = found.filter((row) => machineType === undefined || row.type === machineType);
  if (named.length === 0) {
    check.fault(
      `${path}.machineType`,
      `is "${machineType}", which does not carry ${accelerator}; choose one of ${shown(found)}`,
    );
    return [];
  }
  const counted = named.filter((row) => perNode === undefined || row.count === perNode);
  if (counted.length === 0) {
    const counts = [...new Set(found.map((row) => row.count))].sort((a, b) => a - b).join(", ");
    const reason =
      machineType === undefined
        ? `but machines with ${accelerator} carry ${counts}`
        : `but ${machineType} carries ${named[0]?.count}; leave one of the two out, or choose one of ${shown(found)}`;
    check.fault(`${path}.perNode`, `is ${perNode}, ${reason}`);
    return [];
  }
  const fit = suited(check, path, pool, counted, found);
  const [first] = fit;
  return fit.filter((row) => row.count === first?.count && affordable(row, first)).map((row) => row.type);
}

/** Those of the machines that have the network and can be had the way the pool asks for. */
function suited(check: Checks, path: string, pool: GpuPoolArgs, rows: Machine[], found: Machine[]): Machine[] {
  let left = rows;
  if (pool.interconnect === Interconnect.HighBandwidth) {
    left = left.filter((row) => row.efaInterfaces > 0);
    if (left.length === 0) {
      const others = found.filter((row) => row.efaInterfaces > 0);
      const fix = others.length > 0 ? `choose one of ${shown(others)}` : "choose another accelerator";
      check.fault(`${path}.interconnect`, `is "high-bandwidth", but ${shown(rows)} has no EFA interface; ${fix}`);
    }
  }
  if (pool.capacity === Capacity.CapacityBlock && left.length > 0) {
    const blocks = left.filter((row) => row.capacityBlocks);
    if (blocks.length === 0)
      check.fault(
        `${path}.capacity`,
        `is "capacity-block", but AWS sells none of ${shown(left)}; those of p4d, p4de, p5, p5e, p5en, p6 and trn machines exist`,
      );
    left = blocks;
  }
  return left;
}

function affordable(row: Machine, cheapest: Machine): boolean {
  if (row === cheapest) return true;
  if (row.onDemandUsdPerHour === undefined || cheapest.onDemandUsdPerHour === undefined) return false;
  return row.onDemandUsdPerHour <= defaults.spotPriceRatio * cheapest.onDemandUsdPerHour;
}

function shown(rows: Machine[]): string {
  return rows.map((row) => `${row.type} (${row.count})`).join(", ");
}

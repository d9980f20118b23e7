import {
  Accelerator,
  type Checks,
  dnsLabel,
  type Machine,
  machines,
  machinesWith,
  Platform,
  wholeNumber,
} from "aistack-core";
import type { GpuPoolArgs, SystemNodesArgs } from "./args";
import * as defaults from "./defaults";

/** A pool with every default filled in. */
export interface PoolPlan {
  name: string;
  machineType: string;
  /** EKS name of the node image. */
  image: string;
  minNodes: number;
  maxNodes: number;
  diskSizeGiB: number;
  labels: { [key: string]: string };
  /** Machine of the catalogue; undefined for nodes without accelerators. */
  machine?: Machine;
}

/** Name of the pool of nodes without accelerators. */
const systemPool = "system";

const reservedLabel = /(^|\.)(kubernetes\.io|k8s\.io|eks\.amazonaws\.com|aistack\.dev)\//;

/** Accelerators that a pool can have: those on AWS whose device plugin the cluster installs. */
export const availableAccelerators: readonly string[] = Object.values(Accelerator).filter((accelerator) =>
  machinesWith(Platform.Aws, accelerator).some((machine) => machine.resourceName === defaults.nvidiaGpu),
);

/** Chooses the machines of the pools; records what is wrong and leaves faulty pools out. */
export function planPools(check: Checks, pools: GpuPoolArgs[]): PoolPlan[] {
  const names = new Map<string, number>();
  return pools.flatMap((pool, index) => {
    const path = `pools[${index}]`;
    const name = pool.name ?? pool.accelerator;
    const machine = machineOf(check, path, pool);
    checkName(check, pool.name === undefined ? `${path}.accelerator` : `${path}.name`, name, names, index);
    checkLabels(check, path, pool.labels ?? {});
    check.value(
      `${path}.diskSizeGiB`,
      pool.diskSizeGiB,
      wholeNumber(defaults.diskSizes.minimum, defaults.diskSizes.maximum),
    );
    const minNodes = pool.minNodes ?? 1;
    const maxNodes = pool.maxNodes ?? Math.max(minNodes, 1);
    checkSize(check, path, minNodes, maxNodes);
    if (!machine) return [];
    const plan: PoolPlan = {
      name,
      machine,
      machineType: machine.type,
      image: machine.eksAmiTypes[0] as string,
      minNodes,
      maxNodes,
      diskSizeGiB: pool.diskSizeGiB ?? defaults.diskSizeGiB,
      labels: {
        ...pool.labels,
        [defaults.labels.pool]: name,
        [defaults.labels.accelerator]: machine.accelerator,
        [defaults.labels.nvidiaPresent]: "true",
      },
    };
    return [plan];
  });
}

/** Fills in the defaults of the nodes without accelerators. */
export function planSystemNodes(check: Checks, args: SystemNodesArgs = {}): PoolPlan {
  const machineType = args.machineType ?? defaults.systemNodes.machineType;
  const minNodes = args.minNodes ?? defaults.systemNodes.minNodes;
  const maxNodes = args.maxNodes ?? Math.max(minNodes, defaults.systemNodes.maxNodes);
  check.value("systemNodes.machineType", machineType, (value) => {
    if (!/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/.test(value)) return "must be an EC2 instance type such as m7i.large";
    const machine = machines.find((row) => row.type === value);
    return machine && `carries ${machine.accelerator}; give it to a pool, and system nodes a type without accelerators`;
  });
  if (minNodes < 1) check.fault("systemNodes.minNodes", `is ${minNodes}, but the add-ons need 1 node or more`);
  checkSize(check, "systemNodes", minNodes, maxNodes);
  return {
    name: systemPool,
    machineType,
    image: defaults.standardImages[defaults.armFamily.test(machineType) ? "arm64" : "amd64"],
    minNodes,
    maxNodes,
    diskSizeGiB: defaults.systemDiskSizeGiB,
    labels: { [defaults.labels.pool]: systemPool },
  };
}

function machineOf(check: Checks, path: string, pool: GpuPoolArgs): Machine | undefined {
  const { accelerator, perNode, machineType } = pool;
  const found = machinesWith(Platform.Aws, accelerator);
  if (!availableAccelerators.includes(accelerator)) {
    const allowed = `choose one of ${availableAccelerators.join(", ")}`;
    const known = (Object.values(Accelerator) as string[]).includes(accelerator);
    const reason = !known
      ? "which is not an accelerator that exists"
      : found.length === 0
        ? "which AWS does not offer"
        : "whose device plugin this cluster does not install yet, so that no pod would ever get one";
    check.fault(`${path}.accelerator`, `is "${accelerator}", ${reason}; ${allowed}`);
    return undefined;
  }
  if (machineType !== undefined) {
    const machine = found.find((row) => row.type === machineType);
    const types = found.map((row) => `${row.type} (${row.count})`).join(", ");
    if (!machine)
      check.fault(
        `${path}.machineType`,
        `is "${machineType}", which does not carry ${accelerator}; choose one of ${types}`,
      );
    else if (perNode !== undefined && perNode !== machine.count)
      check.fault(
        `${path}.perNode`,
        `is ${perNode}, but ${machineType} carries ${machine.count}; leave one of the two out, or choose one of ${types}`,
      );
    return machine;
  }
  if (perNode === undefined) return found[0];
  const machine = found.find((row) => row.count === perNode);
  const counts = [...new Set(found.map((row) => row.count))].sort((a, b) => a - b).join(", ");
  if (!machine) check.fault(`${path}.perNode`, `is ${perNode}, but machines with ${accelerator} carry ${counts}`);
  return machine;
}

function checkName(check: Checks, path: string, name: string, names: Map<string, number>, index: number): void {
  const earlier = names.get(name);
  if (earlier !== undefined)
    check.fault(path, `makes "${name}" the name of this pool and of pools[${earlier}]; give each a name of its own`);
  names.set(name, index);
  if (name === systemPool) check.fault(path, `is "${systemPool}", the name of the nodes without accelerators`);
  if (path.endsWith(".name"))
    check.value(path, name, (value) =>
      value.length > 30
        ? "must have 30 characters or fewer, because AWS limits the names made from it"
        : dnsLabel(value),
    );
}

function checkLabels(check: Checks, path: string, labels: { [key: string]: string }): void {
  for (const key of Object.keys(labels))
    if (reservedLabel.test(`${key.split("/")[0]}/`) && key.includes("/"))
      check.fault(
        `${path}.labels["${key}"]`,
        "is a label that Kubernetes, EKS or this component sets; choose another prefix",
      );
}

function checkSize(check: Checks, path: string, minNodes: number, maxNodes: number): void {
  check.value(`${path}.minNodes`, minNodes, wholeNumber(0, defaults.nodesPerPool));
  check.value(`${path}.maxNodes`, maxNodes, wholeNumber(1, defaults.nodesPerPool));
  if (minNodes > maxNodes)
    check.fault(`${path}.maxNodes`, `is ${maxNodes}, but minNodes is ${minNodes}; raise the one or lower the other`);
}

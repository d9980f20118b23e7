import {
  type Accelerator,
  acceleratorNames,
  type Checks,
  type GpuPoolArgs,
  type Machine,
  machines,
  machinesWith,
  Platform,
} from "aistack-core";
import { hasShape, nodesOf, shapesOf } from "./topologies";

/** The machine of a pool, and for TPUs the slice that its nodes make. */
export interface MachineChoice {
  machine: Machine;
  topology?: string;
  /** Nodes of one slice; 1 if each node is one, and for GPUs. */
  nodesPerSlice: number;
}

/** Accelerators that Google Cloud offers. */
export const availableAccelerators: readonly string[] = acceleratorNames.filter(
  (name) => machinesWith(Platform.Gcp, name as Accelerator).length > 0,
);

/** Form of a machine type's name. */
export const machineTypeForm = /^[a-z][a-z0-9]*-[a-z0-9-]+$/;

/** Chooses the machine of a pool with an accelerator; records what is wrong. */
export function chooseMachine(check: Checks, path: string, pool: GpuPoolArgs): MachineChoice | undefined {
  const accelerator = pool.accelerator as Accelerator;
  if (!availableAccelerators.includes(accelerator)) {
    const known = (acceleratorNames as readonly string[]).includes(accelerator);
    const reason = known ? "which Google Cloud does not offer" : "which is not an accelerator that exists";
    check.fault(
      `${path}.accelerator`,
      `is "${accelerator}", ${reason}; choose one of ${availableAccelerators.join(", ")}`,
    );
    return undefined;
  }
  const found = machinesWith(Platform.Gcp, accelerator);
  const named = withType(check, path, pool, found) ?? withCount(check, path, pool, found);
  return named && withShape(check, path, pool, named);
}

function withType(check: Checks, path: string, pool: GpuPoolArgs, found: Machine[]): Machine[] | undefined {
  const { accelerator, perNode, machineType } = pool;
  if (machineType === undefined) return undefined;
  const machine = found.find((row) => row.type === machineType);
  const types = found.map((row) => `${row.type} (${row.count})`).join(", ");
  if (!machine) {
    check.fault(
      `${path}.machineType`,
      `is "${machineType}", which does not carry ${accelerator}; choose one of ${types}`,
    );
    return [];
  }
  if (perNode !== undefined && perNode !== machine.count)
    check.fault(
      `${path}.perNode`,
      `is ${perNode}, but ${machineType} carries ${machine.count}; leave one of the two out, or choose one of ${types}`,
    );
  return [machine];
}

function withCount(check: Checks, path: string, pool: GpuPoolArgs, found: Machine[]): Machine[] {
  if (pool.perNode === undefined) return found;
  const fitting = found.filter((row) => row.count === pool.perNode);
  const counts = [...new Set(found.map((row) => row.count))].sort((a, b) => a - b).join(", ");
  if (fitting.length === 0)
    check.fault(`${path}.perNode`, `is ${pool.perNode}, but machines with ${pool.accelerator} carry ${counts}`);
  return fitting;
}

/** The first machine, cheapest first; with a topology, that which makes the slice for the least, in the fewest nodes. */
function withShape(check: Checks, path: string, pool: GpuPoolArgs, found: Machine[]): MachineChoice | undefined {
  const { topology } = pool;
  const [first] = found;
  if (!first) return undefined;
  if (topology === undefined) {
    const smallest = first.tpuTopologies[0];
    return { machine: first, topology: smallest, nodesPerSlice: smallest ? nodesOf(first, smallest) : 1 };
  }
  if (first.tpuTopologies.length === 0) {
    check.fault(
      `${path}.topology`,
      `is "${topology}", but ${pool.accelerator} is no TPU, and only those come in slices; leave it out`,
    );
    return undefined;
  }
  const slices = found.filter((row) => hasShape(row, topology));
  const price = (row: Machine) => (row.onDemandUsdPerHour ?? Number.MAX_VALUE / 1e6) * nodesOf(row, topology);
  slices.sort((a, b) => price(a) - price(b) || nodesOf(a, topology) - nodesOf(b, topology));
  const [machine] = slices;
  if (machine) return { machine, topology, nodesPerSlice: nodesOf(machine, topology) };
  const allowed = found.map((row) => `${row.type}: ${shapesOf(row)}`).join("; ");
  check.fault(`${path}.topology`, `is "${topology}", which no slice of the machine has; choose one of ${allowed}`);
  return undefined;
}

/** CPUs of a machine without accelerators, which its name says; undefined for those whose name does not. */
export function cpusOf(machineType: string): number | undefined {
  const match = /^[a-z0-9]+-(standard|highmem|highcpu|megamem|ultramem)-(\d+)(-|$)/.exec(machineType);
  return match ? Number(match[2]) : undefined;
}

/** Whether a machine of that type carries accelerators, as far as the catalogue knows. */
export function accelerated(machineType: string): Machine | undefined {
  return machines.find((row) => row.cloud === Platform.Gcp && row.type === machineType);
}

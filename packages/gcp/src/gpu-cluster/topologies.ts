import type { Machine } from "aistack-core";

/** Chips of a slice: "2x2x4" has 16. */
export function chipsOf(topology: string): number {
  return topology.split("x").reduce((product, side) => product * Number(side), 1);
}

/** Nodes of a slice of a machine. */
export function nodesOf(machine: Machine, topology: string): number {
  return chipsOf(topology) / machine.count;
}

/** Slice shapes of a machine, smallest first, as a person reads them: "2x2x1, 2x2x2, ... or larger, ...". */
export function shapesOf(machine: Machine): string {
  return machine.tpuTopologies.map((shape) => shape.replace(/[()]/g, "")).join(", ");
}

/** True if slices of the machine come in a shape. */
export function hasShape(machine: Machine, topology: string): boolean {
  if (machine.tpuTopologies.includes(topology)) return true;
  // Beyond the named shapes the data says how many cubes of 4x4x4 chips there are at most: "(larger, up to 144 cubes)".
  const cubes = machine.tpuTopologies.map((shape) => /up to (\d+) cubes/.exec(shape)?.[1]).find(Boolean);
  if (cubes === undefined || !/^\d+x\d+x\d+$/.test(topology)) return false;
  const sides = topology.split("x").map(Number);
  return sides.every((side) => side > 0 && side % 4 === 0) && chipsOf(topology) / 64 <= Number(cubes);
}

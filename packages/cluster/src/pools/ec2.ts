import { machines } from "aistack-core";
import type { NodeGroup } from "../nodes";

/** An EC2 machine type, with the accelerators that the catalogue says it has. */
export function ec2Machine(machineType: string): Omit<NodeGroup, "name" | "count"> {
  const machine = machines.find(({ type }) => type === machineType);
  if (machine === undefined) return { machineType, ...ec2Size(machineType) };
  const { vcpu, memoryGiB, arch, resourceName, count } = machine;
  return { machineType, vcpu, memoryGiB, arch, devices: { [resourceName]: count } };
}

/**
 * CPUs and memory of an EC2 machine type without accelerators, from its name: GiB for each vCPU by the family's first
 * letter, vCPUs by the size. https://docs.aws.amazon.com/ec2/latest/instancetypes/gp.html, co.html, mo.html
 */
export function ec2Size(machineType: string): { vcpu: number; memoryGiB: number; arch: "amd64" | "arm64" } {
  const [, family, generation, count, size] = /^([cmr])(\d+[a-z-]*)\.(\d*)(x?large|medium)$/.exec(machineType) ?? [];
  const perVcpu = family === undefined ? undefined : { c: 2, m: 4, r: 8 }[family];
  if (perVcpu === undefined) throw new Error(`The size of machine type ${machineType} is not known.`);
  const vcpu = size === "xlarge" ? 4 * Number(count || 1) : size === "large" ? 2 : 1;
  return { vcpu, memoryGiB: vcpu * perVcpu, arch: generation?.includes("g") ? "arm64" : "amd64" };
}

import { Accelerator, bytesOfQuantity, type Checks, machinesWith, Platform, type StagePlan } from "aistack-core";
import * as defaults from "./defaults";

/** A machine as Vertex AI Training takes it. */
export interface MachineSpec {
  machine_type: string;
  accelerator_type?: string;
  accelerator_count?: number;
  tpu_topology?: string;
}

/**
 * GPUs by the name that the service has for them.
 * https://cloud.google.com/vertex-ai/docs/reference/rest/v1/MachineSpec#AcceleratorType
 */
const gpus: { [accelerator: string]: string } = {
  [Accelerator.NvidiaL4]: "NVIDIA_L4",
  [Accelerator.NvidiaA100]: "NVIDIA_TESLA_A100",
  [Accelerator.NvidiaA100With80GiB]: "NVIDIA_A100_80GB",
  [Accelerator.NvidiaH100]: "NVIDIA_H100_80GB",
  [Accelerator.NvidiaH200]: "NVIDIA_H200_141GB",
  [Accelerator.NvidiaB200]: "NVIDIA_B200",
  [Accelerator.NvidiaGb200]: "NVIDIA_GB200",
};

/** The machine with H100 on a faster network, which has a name of its own there. */
const gpusByMachine: { [machine: string]: string } = { "a3-megagpu-8g": "NVIDIA_H100_MEGA_80GB" };

/** TPUs of the service by chips on one machine: their slices, which have no type of accelerator. */
const tpuSlices: { [accelerator: string]: { [chips: number]: string } } = {
  [Accelerator.GoogleTpuV5e]: { 1: "1x1", 4: "2x2", 8: "2x4" },
};

/** What stages can be given. */
const offered: readonly string[] = [...Object.keys(gpus), ...Object.keys(tpuSlices)];

/** Judges the accelerators of a stage. */
export function checkMachine(check: Checks, path: string, stage: StagePlan): void {
  const { accelerator, acceleratorsPerNode, nodes } = stage;
  if (accelerator === undefined) return;
  if (!offered.includes(accelerator)) {
    if (Object.values(Accelerator).includes(accelerator))
      check.fault(
        `${path}.accelerator`,
        `is "${accelerator}", which Vertex AI does not offer for training; choose one of ${offered.join(", ")}`,
      );
    return;
  }
  const counts = [...new Set(machinesWith(Platform.Gcp, accelerator).map(({ count }) => count))].sort((a, b) => a - b);
  if (!counts.includes(acceleratorsPerNode))
    check.fault(
      `${path}.acceleratorsPerNode`,
      `is ${acceleratorsPerNode}, but machines with ${accelerator} carry ${counts.join(", ")}`,
    );
  if (tpuSlices[accelerator] !== undefined && nodes > 1)
    check.fault(
      `${path}.nodes`,
      `is ${nodes}, but slices of ${accelerator} over several machines are made on a cluster only; use one node, or MlopsPipeline on Kubernetes`,
    );
}

/** Fault of a stage that needs more than a machine has; undefined if one fits. */
export function machineFault(
  stage: Pick<StagePlan, "accelerator" | "acceleratorsPerNode">,
  cpu: string,
  memory: string,
): string | undefined {
  const rows = candidates(stage);
  if (rows.length === 0 || rows.some((row) => fits(row, cpu, memory))) return undefined;
  const largest = rows[rows.length - 1] as Candidate;
  return `asks for ${cpu} vCPUs and ${memory} of memory, which no machine of Vertex AI has with these accelerators; ask for ${largest.vcpu} and ${largest.memoryGiB}Gi at most`;
}

/** The cheapest machine that has what a stage asks for. */
export function machineOf(
  stage: Pick<StagePlan, "accelerator" | "acceleratorsPerNode">,
  cpu: string,
  memory: string,
): MachineSpec {
  const row = candidates(stage).find((candidate) => fits(candidate, cpu, memory));
  if (row === undefined) throw new Error(`A stage ${machineFault(stage, cpu, memory)}`);
  const { accelerator, acceleratorsPerNode } = stage;
  if (accelerator === undefined) return { machine_type: row.type };
  const slice = tpuSlices[accelerator]?.[acceleratorsPerNode];
  if (slice !== undefined) return { machine_type: row.type, tpu_topology: slice };
  return {
    machine_type: row.type,
    accelerator_type: gpusByMachine[row.type] ?? gpus[accelerator],
    accelerator_count: acceleratorsPerNode,
  };
}

interface Candidate {
  type: string;
  vcpu: number;
  memoryGiB: number;
}

function candidates({ accelerator, acceleratorsPerNode }: Pick<StagePlan, "accelerator" | "acceleratorsPerNode">) {
  if (accelerator === undefined) return defaults.cpuMachines;
  return machinesWith(Platform.Gcp, accelerator).filter(({ count }) => count === acceleratorsPerNode);
}

function fits({ vcpu, memoryGiB }: Candidate, cpu: string, memory: string): boolean {
  return (bytesOfQuantity(cpu) ?? 0) <= vcpu && (bytesOfQuantity(memory) ?? 0) <= memoryGiB * 2 ** 30;
}

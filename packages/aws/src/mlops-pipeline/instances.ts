import { bytesOfQuantity, type Machine, machinesWith, Platform, type StagePlan } from "aistack-core";

/** A machine type of SageMaker. */
export interface Instance {
  type: string;
  vcpu: number;
  memoryGiB: number;
  /** Whether it has a disk of its own, whose encryption takes no key; SageMaker refuses one then. */
  hasDisk: boolean;
}

const sizes = (family: string, memoryPerVcpu: number, ...vcpus: [string, number][]): Instance[] =>
  vcpus.map(([size, vcpu]) => ({
    type: `ml.${family}.${size}`,
    vcpu,
    memoryGiB: vcpu * memoryPerVcpu,
    hasDisk: false,
  }));

/** What both processing and training run on in all regions: https://aws.amazon.com/sagemaker/ai/pricing/ */
export const cpuInstances: readonly Instance[] = [
  ...sizes("m5", 4, ["large", 2], ["xlarge", 4], ["2xlarge", 8], ["4xlarge", 16], ["12xlarge", 48], ["24xlarge", 96]),
  ...sizes("r5", 8, ["large", 2], ["xlarge", 4], ["2xlarge", 8], ["4xlarge", 16], ["12xlarge", 48], ["24xlarge", 96]),
];

/** Machines of the catalogue that training does not take: TrainingInstanceType of the service model. */
const isOffered = ({ type, family }: Machine) => !type.endsWith(".metal") && family !== "gr6" && family !== "inf2";

/** Machines with an accelerator that SageMaker trains on, cheapest first. */
export function trainingMachines(accelerator: NonNullable<StagePlan["accelerator"]>): Machine[] {
  return machinesWith(Platform.Aws, accelerator).filter(isOffered);
}

/** What a stage needs of each machine. */
export interface Needs extends Pick<StagePlan, "accelerator" | "acceleratorsPerNode"> {
  cpu: string;
  memory: string;
}

/** The smallest machine for a stage, with accelerators the cheapest; undefined where there is none. */
export function instanceFor(needs: Needs): Instance | undefined {
  const cpu = bytesOfQuantity(needs.cpu) ?? 0;
  const memoryGiB = (bytesOfQuantity(needs.memory) ?? 0) / 2 ** 30;
  const fits = (instance: { vcpu: number; memoryGiB: number }) =>
    instance.vcpu >= cpu && instance.memoryGiB >= memoryGiB;
  if (needs.accelerator === undefined)
    return [...cpuInstances].sort((a, b) => a.vcpu - b.vcpu || a.memoryGiB - b.memoryGiB).find(fits);
  const machine = trainingMachines(needs.accelerator).find(
    (row) => row.count === needs.acceleratorsPerNode && fits(row),
  );
  return machine && { ...machine, type: `ml.${machine.type}`, hasDisk: machine.localNvmeGb > 0 };
}

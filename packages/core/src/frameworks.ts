import { matching } from "./checks";
import data from "./data/frameworks.json";
import type { Accelerator } from "./machines/accelerator";
import { computeCapabilityOf, type Machine, machines } from "./machines/catalogue";
import { type Mirror, mirroredImage } from "./mirror";

/** Frameworks that the table of images knows. */
export enum Framework {
  PyTorch = "pytorch",
  TensorFlow = "tensorflow",
  Jax = "jax",
  /** Runs on CPUs alone. */
  ScikitLearn = "scikit-learn",
  /** Runs on CPUs alone. */
  Spark = "spark",
}

/** CUDA that an image was built with, and the GPUs that it has kernels for, both bounds included. */
export interface CudaBuild {
  version: string;
  minimumComputeCapability: string;
  maximumComputeCapability: string;
}

/** An image of a framework and what it runs on, from `data/frameworks.json`, where each row names its source. */
export interface FrameworkImage {
  framework: Framework;
  version: string;
  image: string;
  /** Undefined where no source says it. */
  python?: string;
  architectures: Machine["arch"][];
  /** Whether it runs without an accelerator. */
  cpu: boolean;
  /** NVIDIA GPUs that it runs on, where it does. */
  cuda?: CudaBuild;
  /** AWS Neuron SDK in it. */
  neuronSdk?: string;
  /** TPUs or Neuron devices that it runs on. */
  accelerators: Accelerator[];
}

/** What is to run where. */
export interface FrameworkNeed {
  framework: Framework;
  /** Version or the start of one, such as `2.13`. Defaults to the newest that fits. */
  version?: string;
  /** Defaults to CPUs alone. */
  accelerator?: Accelerator;
  /** NVIDIA driver on the machines, such as `595.91.07` or its branch `595`. When omitted, the driver is not judged. */
  driver?: string;
}

/** All images, the preferred ones of a framework first. */
export const frameworkImages: readonly FrameworkImage[] = (data.images as Partial<FrameworkImage>[]).map(
  ({ accelerators = [], ...row }) => ({ ...row, accelerators }) as FrameworkImage,
);

/** Version of an NVIDIA driver, or its branch. */
export const driverVersion = matching(
  /^[1-9]\d{2}(\.\d+){0,2}$/,
  "an NVIDIA driver such as 595.91.07, or its branch such as 595",
);

/** Images that fit, the preferred one first. */
export function fittingImages(need: FrameworkNeed): FrameworkImage[] {
  return driverFault(need) ? [] : candidates(need).filter((row) => !misfit(row, need));
}

/** The image to run a framework with, from its public home or the mirror. Throws what {@link frameworkFault} says. */
export function frameworkImage(need: FrameworkNeed, mirror?: Mirror): string {
  const [row] = fittingImages(need);
  if (!row) throw new Error(frameworkFault(need));
  return mirroredImage(row.image, mirror);
}

/**
 * Says why a framework does not run on what is there, and what does; undefined if it does. As a rule:
 *
 * ```ts
 * check.value("framework", args.framework, (framework) => frameworkFault({ framework, accelerator: args.accelerator }));
 * ```
 */
export function frameworkFault(need: FrameworkNeed): string | undefined {
  const driver = driverFault(need);
  if (driver) return driver;
  if (fittingImages(need).length > 0) return undefined;
  const subject = need.version ? `${need.framework} ${need.version}` : need.framework;
  const rows = candidates(need);
  if (rows.length === 0) return `${subject} is in no image of the table; ${verb(namesOf(need), "is", "are")}`;
  // The row that came closest says what is missing.
  const [closest] = rows
    .map((row) => misfit(row, need) as Misfit)
    .sort((a, b) => b.step - a.step || a.driver - b.driver);
  return `${subject} does not run on ${closest?.on}; ${verb(alternatives(need), "does", "do")}`;
}

/** What keeps an image from running: the step at which it failed, and for the last step the driver that it needs. */
interface Misfit {
  step: number;
  on: string;
  driver: number;
}

function misfit(row: FrameworkImage, { accelerator, driver }: FrameworkNeed): Misfit | undefined {
  if (!accelerator) return row.cpu ? undefined : { step: 1, on: "CPUs alone", driver: 0 };
  const capability = computeCapabilityOf(accelerator);
  const runs = capability ? hasKernels(row.cuda, capability) : row.accelerators.includes(accelerator);
  const named = capability ? `${accelerator} (compute capability ${capability})` : accelerator;
  if (!runs) return { step: 1, on: named, driver: 0 };
  const hosts = new Set(machines.filter((machine) => machine.accelerator === accelerator).map(({ arch }) => arch));
  const missing = [...hosts].find((arch) => !row.architectures.includes(arch));
  if (missing) return { step: 2, on: `${missing}, which machines with ${accelerator} are`, driver: 0 };
  if (!row.cuda || !driver) return undefined;
  const needed = minimumDriver(row.cuda);
  if (branchOf(driver) >= needed) return undefined;
  const on = `driver ${driver}, since CUDA ${row.cuda.version} needs driver ${needed} or newer`;
  return { step: 3, on, driver: needed };
}

/** Says what no image can mend: a driver that is none, or one that has dropped the accelerator. */
function driverFault({ accelerator, driver }: FrameworkNeed): string | undefined {
  if (driver === undefined) return undefined;
  const malformed = driverVersion(driver);
  if (malformed) return `the driver "${driver}" ${malformed}`;
  const capability = accelerator && computeCapabilityOf(accelerator);
  const ended = data.ended.find((row) => capability && row.computeCapabilities.includes(capability));
  if (!ended || branchOf(driver) <= ended.lastDriver) return undefined;
  return `driver ${driver} has dropped ${accelerator} (${ended.architecture}); it needs driver ${ended.lastDriver} or older`;
}

function candidates({ framework, version }: FrameworkNeed): FrameworkImage[] {
  const matches = (row: FrameworkImage) => !version || row.version === version || row.version.startsWith(`${version}.`);
  return frameworkImages.filter((row) => row.framework === framework && matches(row));
}

/** Other versions of the framework that fit, else the newest of every other framework that does. */
function alternatives(need: FrameworkNeed): string[] {
  const own = fittingImages({ ...need, version: undefined });
  const others = Object.values(Framework).flatMap((framework) =>
    framework === need.framework ? [] : fittingImages({ ...need, framework, version: undefined }).slice(0, 1),
  );
  return [...new Set([...own, ...others].map(nameOf))];
}

function namesOf({ framework }: FrameworkNeed): string[] {
  return [...new Set(candidates({ framework }).map(nameOf))];
}

function nameOf({ framework, version }: FrameworkImage): string {
  return `${framework} ${version}`;
}

function verb(names: string[], one: string, many: string): string {
  if (names.length === 0) return `nothing in the table ${one}`;
  return `${new Intl.ListFormat("en-GB").format(names)} ${names.length > 1 ? many : one}`;
}

/** Oldest driver branch that runs what was built with a CUDA release: the same for all of a major version. */
function minimumDriver({ version }: CudaBuild): number {
  const row = data.cuda.find(({ major }) => major === Number.parseInt(version, 10));
  if (!row) throw new Error(`CUDA ${version} is in no row of data/frameworks.json`);
  return row.minimumDriver;
}

function hasKernels(cuda: CudaBuild | undefined, capability: string): boolean {
  if (!cuda) return false;
  const { minimumComputeCapability: minimum, maximumComputeCapability: maximum } = cuda;
  return comparable(minimum) <= comparable(capability) && comparable(capability) <= comparable(maximum);
}

function comparable(capability: string): number {
  const [major = 0, minor = 0] = capability.split(".").map(Number);
  return major * 100 + minor;
}

function branchOf(driver: string): number {
  return Number.parseInt(driver, 10);
}

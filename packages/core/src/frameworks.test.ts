import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import {
  Accelerator,
  Checks,
  computeCapabilityOf,
  driverVersion,
  Framework,
  type FrameworkImage,
  type FrameworkNeed,
  fittingImages,
  frameworkFault,
  frameworkImage,
  frameworkImages,
} from ".";
import accelerators from "./data/accelerators.json";
import data from "./data/frameworks.json";

const frameworks = Object.values(Framework);
const everyAccelerator = Object.values(Accelerator);
const tagOf = (image: string | undefined) => image?.replace(/@.*/, "").split("/").slice(-2).join("/");
const pytorch13 = "pytorch/pytorch:2.14.0-cuda13.0-cudnn9-runtime";
const pytorch12 = "pytorch/pytorch:2.14.0-cuda12.6-cudnn9-runtime";
const pytorchNvidia = "nvidia/pytorch:26.07-py3";
const pytorchNeuron = "neuron/pytorch-training-neuronx:2.9.0-neuronx-py312-sdk2.30.0-ubuntu24.04";
const tensorflow = "tensorflow/tensorflow:2.17.0-gpu";
const tensorflowNvidia = "nvidia/tensorflow:25.02-tf2-py3";
const jax = "nvidia/jax:26.05-py3";
const jaxNeuron = "neuron/jax-training-neuronx:0.10.0-neuronx-py313-sdk2.32.0-ubuntu24.04";

/** What runs on each accelerator: compute capability, and the preferred images of PyTorch, TensorFlow and JAX. */
const fits: { [accelerator in Accelerator]: (string | undefined)[] } = {
  [Accelerator.NvidiaV100]: ["7.0", pytorch12, tensorflow, undefined],
  [Accelerator.NvidiaT4]: ["7.5", pytorch13, tensorflow, jax],
  [Accelerator.NvidiaA100]: ["8.0", pytorch13, tensorflow, jax],
  [Accelerator.NvidiaA100With80GiB]: ["8.0", pytorch13, tensorflow, jax],
  [Accelerator.NvidiaA10g]: ["8.6", pytorch13, tensorflow, jax],
  [Accelerator.NvidiaL4]: ["8.9", pytorch13, tensorflow, jax],
  [Accelerator.NvidiaL40s]: ["8.9", pytorch13, tensorflow, jax],
  [Accelerator.NvidiaH100]: ["9.0", pytorch13, tensorflow, jax],
  [Accelerator.NvidiaH200]: ["9.0", pytorch13, tensorflow, jax],
  [Accelerator.NvidiaB200]: ["10.0", pytorch13, undefined, jax],
  [Accelerator.NvidiaB300]: ["10.3", pytorch13, undefined, jax],
  [Accelerator.NvidiaGb200]: ["10.0", pytorchNvidia, undefined, jax],
  [Accelerator.NvidiaRtxPro4500]: ["12.0", pytorch13, tensorflowNvidia, jax],
  [Accelerator.NvidiaRtxPro6000]: ["12.0", pytorch13, tensorflowNvidia, jax],
  [Accelerator.AwsInferentia2]: [undefined, pytorchNeuron, undefined, jaxNeuron],
  [Accelerator.AwsTrainium]: [undefined, pytorchNeuron, undefined, jaxNeuron],
  [Accelerator.AwsTrainium2]: [undefined, pytorchNeuron, undefined, jaxNeuron],
  [Accelerator.GoogleTpuV5e]: [undefined, undefined, undefined, "jax-ai-image/tpu:jax0.8.1-rev1"],
  [Accelerator.GoogleTpuV5p]: [undefined, undefined, undefined, "jax-ai-image/tpu:jax0.8.1-rev1"],
  [Accelerator.GoogleTpuV6e]: [undefined, undefined, undefined, "jax-ai-image/tpu:jax0.8.1-rev1"],
  [Accelerator.GoogleTpuV7x]: [undefined, undefined, undefined, "jax-ai-image/tpu:jax0.9.0-rev1"],
};

const cell = (row: FrameworkImage | undefined) => (row ? row.version : "-");

/** The tables of the README, as the data has them. */
function imageLine(row: FrameworkImage): string {
  const cuda = row.cuda;
  const range = cuda && [...new Set([cuda.minimumComputeCapability, cuda.maximumComputeCapability])].join(" to ");
  const gpus = cuda && `CUDA ${cuda.version}: ${range}`;
  const devices = row.accelerators.map((name) => name.replace(/^(aws|google)-/, "")).join(", ");
  const runsOn = [row.cpu && "CPU", gpus, devices, row.neuronSdk && `Neuron SDK ${row.neuronSdk}`].filter(Boolean);
  const digest = row.image.includes("@") ? "yes" : "no";
  const cells = [row.framework, row.version, `\`${row.image.replace(/@.*/, "")}\``, digest, runsOn.join("; ")];
  return `| ${[...cells, row.python ?? "not known", row.architectures.join(", ")].join(" | ")} |`;
}

function acceleratorLine(accelerator: Accelerator): string {
  const versions = [Framework.PyTorch, Framework.TensorFlow, Framework.Jax].map((framework) =>
    cell(fittingImages({ framework, accelerator })[0]),
  );
  return `| ${[accelerator, computeCapabilityOf(accelerator) ?? "-", ...versions].join(" | ")} |`;
}

describe("the table of frameworks", () => {
  test("every image is pinned, and every row names its source and the day it was read", () => {
    expect(frameworkImages).toHaveLength(18);
    for (const row of data.images) {
      expect(row.image).toMatch(/^[a-z.-]+\.(io|aws|dev)\/[a-z0-9./-]+:[\w.-]*\d[\w.-]*(@sha256:[0-9a-f]{64})?$/);
      expect(row.image).not.toMatch(/latest|nightly/);
    }
    for (const row of [...data.images, ...data.cuda, ...data.ended]) {
      expect(row.source).toMatch(/^https:\/\/[a-z]/);
      expect(row.date).toMatch(/^2026-\d{2}-\d{2}$/);
    }
  });

  test("frameworks and accelerators are those of the enums, and every row runs on something", () => {
    expect([...new Set(frameworkImages.map((row) => row.framework))].sort()).toEqual([...frameworks].sort());
    for (const row of frameworkImages) {
      expect(row.cpu || row.cuda !== undefined || row.accelerators.length > 0).toBe(true);
      expect(row.architectures.length).toBeGreaterThan(0);
      for (const accelerator of row.accelerators) expect(everyAccelerator).toContain(accelerator);
      expect(row.neuronSdk !== undefined).toBe(row.image.includes("neuronx"));
    }
  });

  test("every NVIDIA GPU has a compute capability with its source, and nothing else has one", () => {
    const rows: { [name: string]: { tdpWatts: unknown; computeCapabilitySource?: string } } = accelerators.accelerators;
    const sources: { [name: string]: { ref: string; date: string | null } } = accelerators.sources;
    for (const accelerator of everyAccelerator) {
      expect(computeCapabilityOf(accelerator) !== undefined).toBe(accelerator.startsWith("nvidia-"));
      const source = rows[accelerator]?.computeCapabilitySource;
      if (accelerator.startsWith("nvidia-")) expect(sources[source as string]?.date).toBe("2026-11-25");
    }
  });

  test("no image claims GPUs that its CUDA has dropped, and every CUDA has a minimum driver", () => {
    for (const { cuda } of frameworkImages) {
      if (!cuda) continue;
      const major = Number.parseInt(cuda.version, 10);
      expect(data.cuda.map((row) => row.major)).toContain(major);
      for (const row of data.ended)
        if (major > row.lastCuda)
          for (const ended of row.computeCapabilities)
            expect(Number(cuda.minimumComputeCapability)).toBeGreaterThan(Number(ended));
    }
  });

  test("the README has the tables as the data has them", () => {
    const lines = readFileSync(join(__dirname, "../README.md"), "utf8").split("\n");
    const shown = (first: string) => {
      const start = lines.findIndex((line) => line.startsWith(first)) + 2;
      return lines.slice(start, lines.indexOf("", start));
    };
    expect(shown("| Framework | Version")).toEqual(frameworkImages.map(imageLine));
    expect(shown("| Accelerator | Compute")).toEqual(everyAccelerator.map(acceleratorLine));
  });
});

describe("which framework runs on which accelerator", () => {
  test.each(Object.entries(fits))("%s", (name, [capability, ...images]) => {
    const accelerator = name as Accelerator;
    expect(computeCapabilityOf(accelerator)).toBe(capability);
    const chosen = [Framework.PyTorch, Framework.TensorFlow, Framework.Jax].map((framework) =>
      tagOf(fittingImages({ framework, accelerator })[0]?.image),
    );
    expect(chosen).toEqual(images);
    for (const framework of [Framework.ScikitLearn, Framework.Spark])
      expect(fittingImages({ framework, accelerator })).toEqual([]);
  });

  test("every accelerator has a framework, also on the driver that the GPU operator installs unless that dropped it", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...everyAccelerator),
        fc.constantFrom(undefined, "595.91.07"),
        (accelerator, driver) => {
          const some = frameworks.some((framework) => fittingImages({ framework, accelerator, driver }).length > 0);
          return some === !(accelerator === Accelerator.NvidiaV100 && driver !== undefined);
        },
      ),
    );
  });

  test("there is an image or a fault, never both and never neither", () => {
    const needs: fc.Arbitrary<FrameworkNeed> = fc.record({
      framework: fc.constantFrom(...frameworks),
      version: fc.constantFrom(undefined, "2", "2.14", "2.17.0", "0.10", "1", "4.1", "9.9", "2.1"),
      accelerator: fc.constantFrom(undefined, ...everyAccelerator),
      driver: fc.constantFrom(undefined, "470", "525.85.12", "579", "580.126.09", "595.91.07", "newest"),
    });
    fc.assert(
      fc.property(needs, (need) => {
        const fault = frameworkFault(need);
        if (fault === undefined) return frameworkImage(need) === fittingImages(need)[0]?.image;
        expect(() => frameworkImage(need)).toThrow(fault);
        return /[;,] |must be/.test(fault);
      }),
      { numRuns: 2000 },
    );
  });

  test("CPUs alone get the newest image that needs no accelerator", () => {
    expect(tagOf(frameworkImage({ framework: Framework.PyTorch }))).toBe(pytorch13);
    expect(tagOf(frameworkImage({ framework: Framework.TensorFlow }))).toBe("tensorflow/tensorflow:2.21.0");
    expect(tagOf(frameworkImage({ framework: Framework.ScikitLearn }))).toBe("mlflow/mlflow:v3.18.0");
    expect(tagOf(frameworkImage({ framework: Framework.Spark, version: "4.1" }))).toMatch(/^apache\/spark:4\.1\.2-/);
  });

  test("an older driver gets an image with older CUDA, and a mirror its name", () => {
    const need = { framework: Framework.PyTorch, accelerator: Accelerator.NvidiaH100 };
    expect(tagOf(frameworkImage({ ...need, driver: "580.126.09" }))).toBe(pytorch13);
    expect(tagOf(frameworkImage({ ...need, driver: "535.288.01" }))).toBe(pytorch12);
    expect(tagOf(frameworkImage({ ...need, version: "2.13", driver: "535" }))).toBe(
      "pytorch/pytorch:2.13.0-cuda12.6-cudnn9-runtime",
    );
    expect(frameworkImage(need, { images: "r.example/m" })).toMatch(/^r\.example\/m\/docker\.io\/pytorch\/pytorch:2/);
  });
});

describe("what is said of a pair that does not fit", () => {
  test.each<[string, FrameworkNeed, string]>([
    [
      "a GPU without kernels",
      { framework: Framework.TensorFlow, accelerator: Accelerator.NvidiaB300 },
      "tensorflow does not run on nvidia-b300 (compute capability 10.3); pytorch 2.14.0 and jax 0.10.0 do",
    ],
    [
      "another version that fits",
      { framework: Framework.TensorFlow, version: "2.21", accelerator: Accelerator.NvidiaL4 },
      "tensorflow 2.21 does not run on nvidia-l4 (compute capability 8.9); tensorflow 2.17.0, pytorch 2.14.0 and jax 0.10.0 do",
    ],
    [
      "what CUDA 13 dropped",
      { framework: Framework.Jax, accelerator: Accelerator.NvidiaV100 },
      "jax does not run on nvidia-v100-32gb (compute capability 7.0); pytorch 2.14.0 and tensorflow 2.17.0 do",
    ],
    [
      "machines of another architecture",
      { framework: Framework.PyTorch, version: "2.14", accelerator: Accelerator.NvidiaGb200 },
      "pytorch 2.14 does not run on arm64, which machines with nvidia-gb200 are; pytorch 2.13.0 and jax 0.10.0 do",
    ],
    [
      "a driver that is too old for the accelerator's images",
      { framework: Framework.PyTorch, accelerator: Accelerator.NvidiaB200, driver: "570.211.01" },
      "pytorch does not run on driver 570.211.01, since CUDA 13.0 needs driver 580 or newer; nothing in the table does",
    ],
    [
      "a driver that other frameworks can do with",
      { framework: Framework.Jax, accelerator: Accelerator.NvidiaH100, driver: "550" },
      "jax does not run on driver 550, since CUDA 13.2 needs driver 580 or newer; pytorch 2.14.0 and tensorflow 2.17.0 do",
    ],
    [
      "a driver that is too old for all: the least that is asked for",
      { framework: Framework.PyTorch, accelerator: Accelerator.NvidiaT4, driver: "470.256.02" },
      "pytorch does not run on driver 470.256.02, since CUDA 12.6 needs driver 525 or newer; nothing in the table does",
    ],
    [
      "a driver that has dropped the GPU",
      { framework: Framework.PyTorch, accelerator: Accelerator.NvidiaV100, driver: "595.91.07" },
      "driver 595.91.07 has dropped nvidia-v100-32gb (Volta); it needs driver 580 or older",
    ],
    [
      "a TPU",
      { framework: Framework.PyTorch, accelerator: Accelerator.GoogleTpuV6e },
      "pytorch does not run on google-tpu-v6e; jax 0.8.1 does",
    ],
    [
      "a version for other TPUs",
      { framework: Framework.Jax, version: "0.9.0", accelerator: Accelerator.GoogleTpuV5p },
      "jax 0.9.0 does not run on google-tpu-v5p; jax 0.8.1 does",
    ],
    [
      "an accelerator for what uses none",
      { framework: Framework.Spark, accelerator: Accelerator.AwsTrainium2 },
      "spark does not run on aws-trainium2; pytorch 2.9.0 and jax 0.10.0 do",
    ],
    [
      "CPUs alone",
      { framework: Framework.Jax },
      "jax does not run on CPUs alone; pytorch 2.14.0, tensorflow 2.21.0, scikit-learn 1 and spark 4.2.0 do",
    ],
    [
      "a version that is in no image, even if it begins like one",
      { framework: Framework.PyTorch, version: "2.1" },
      "pytorch 2.1 is in no image of the table; pytorch 2.14.0, pytorch 2.13.0 and pytorch 2.9.0 are",
    ],
    [
      "a driver that is none",
      { framework: Framework.PyTorch, accelerator: Accelerator.NvidiaT4, driver: "newest" },
      'the driver "newest" must be an NVIDIA driver such as 595.91.07, or its branch such as 595',
    ],
  ])("%s", (_, need, fault) => {
    expect(frameworkFault(need)).toBe(fault);
    expect(() => frameworkImage(need)).toThrow(fault);
  });

  test("it is a rule for arguments, beside the rule for the driver", () => {
    const check = new Checks("aistack-core:index:Thing", "thing");
    const accelerator = Accelerator.NvidiaB300;
    check.value("framework", Framework.TensorFlow, (framework) => frameworkFault({ framework, accelerator }));
    check.value("driver", "R595", driverVersion);
    expect(() => check.done()).toThrow(
      'Thing "thing" is refused:\n  framework is "tensorflow", but tensorflow does not run on nvidia-b300 (compute capability 10.3); ' +
        'pytorch 2.14.0 and jax 0.10.0 do\n  driver is "R595", but must be an NVIDIA driver such as 595.91.07, or its branch such as 595',
    );
  });
});

/**
 * What the plans hand to programs, most of which cannot run here, against what is documented of the pinned version of each: every
 * flag exists and has a value of its type, every variable is one that something reads, nothing is deprecated.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { programs, root } from "../programs";
import { type Container, containersOf } from "./containers";
import { type Documented, faultsOf } from "./documented";
import { start } from "./run";

const data = join(__dirname, "data");
const documented: Documented[] = readdirSync(data).map((file) => JSON.parse(readFileSync(join(data, file), "utf8")));

/** Images whose programs are started elsewhere, with the file that does. */
const started: Readonly<Record<string, string>> = {
  "aws-cli/aws-cli": "packages/kubernetes/src/model-sync/script.test.ts",
  "curlimages/curl": "test/programs/started.test.ts",
  "feastdev/feature-server": "test/programs/feature-store.test.ts",
  "library/node": "test/programs/started.test.ts",
  "library/postgres": "test/programs/vector-stores.test.ts",
  "library/redis": "test/programs/feature-store.test.ts",
  "mlflow/mlflow": "test/programs/mlops.test.ts",
  "otel/opentelemetry-collector-contrib": "test/programs/collector.test.ts",
};
const seen = new Set<string>();

/** The command as the program gets it: where a shell stands before it, that shell runs, with a stand-in for the program. */
async function argvOf(container: Container, { command }: Documented): Promise<readonly string[]> {
  const [first = ""] = container.command;
  if (!/^\/bin\/(ba)?sh$/.test(first)) return container.command;
  const [program = ""] = command;
  const script = `#!/bin/sh\nfor part in ${program} "$@"; do echo "$part"; done\n`;
  const shell = start(container, { programs: { [program]: script } });
  try {
    expect(await shell.ended).toBe(0);
    return shell.output().trim().split("\n");
  } finally {
    await shell.stop();
  }
}

function programOf({ image }: Container): Documented | undefined {
  return documented.find((program) => image.includes(`/${program.image}:`));
}

test.each(programs())(
  "$path, stack $stack: all that is configured is documented",
  async (program) => {
    const faults: string[] = [];
    for (const container of await containersOf(program)) {
      const own = programOf(container);
      const image = own?.image ?? Object.keys(started).find((name) => container.image.includes(`/${name}:`));
      if (image === undefined)
        faults.push(`${container.workload}: test/programs/data has nothing about ${container.image}`);
      else seen.add(image);
      if (own) faults.push(...faultsOf(container, await argvOf(container, own), own));
    }
    expect(faults).toEqual([]);
  },
  60_000,
);

test("every program that is documented here is in a plan", () => {
  for (const file of Object.values(started)) expect(existsSync(join(root, file))).toBe(true);
  expect([...seen].sort()).toEqual([...documented.map(({ image }) => image), ...Object.keys(started)].sort());
});

describe("a test of the test", () => {
  let containers: Container[];
  beforeAll(async () => {
    containers = await containersOf({ path: "stacks/cloud-aws", stack: "prod" });
  }, 60_000);

  async function faults(workload: string, change: (container: Container) => Partial<Container>): Promise<string[]> {
    const container = containers.find((found) => found.workload === workload);
    if (!container) throw new Error(`no ${workload} in the plan`);
    const changed = { ...container, ...change(container) };
    const program = programOf(changed) as Documented;
    return faultsOf(changed, await argvOf(changed, program), program);
  }
  const variables = (more: Record<string, string>) => (container: Container) => ({
    environment: { ...container.environment, ...more },
  });
  const flags =
    (...more: string[]) =>
    ({ command }: Container) => ({ command: [...command, ...more] });

  test.each<[string, string, (container: Container) => Partial<Container>, string]>([
    [
      "a key of Qdrant that does not exist",
      "StatefulSet/vectors",
      variables({ QDRANT__SERVICE__ENABLE_COR: "false" }),
      "QDRANT__SERVICE__ENABLE_COR is no variable of qdrant/qdrant 1.19.0, and the command does not use it",
    ],
    [
      "a value of Qdrant that is not of its type",
      "StatefulSet/vectors",
      variables({ QDRANT__CLUSTER__ENABLED: "yes" }),
      'QDRANT__CLUSTER__ENABLED is "yes", but must be true or false',
    ],
    [
      "a key of Qdrant that is deprecated",
      "StatefulSet/vectors",
      variables({ QDRANT__STORAGE__ON_DISK_PAYLOAD: "true" }),
      "QDRANT__STORAGE__ON_DISK_PAYLOAD is deprecated: QDRANT__STORAGE__PAYLOAD__MEMORY takes its place",
    ],
    [
      "a flag of Qdrant that does not exist, behind its shell",
      "StatefulSet/vectors",
      ({ command }) => ({ command: command.map((part) => part.replaceAll("--uri", "--url")) }),
      "--url is no flag of qdrant/qdrant 1.19.0",
    ],
    [
      "a flag of vLLM that does not exist",
      "Deployment/model",
      flags("--max-len", "1"),
      "--max-len is no flag of vllm/vllm-openai 0.30.0",
    ],
    [
      "a number of vLLM that is none",
      "Deployment/model",
      flags("--gpu-memory-utilization=most"),
      '--gpu-memory-utilization is "most", but must be a number',
    ],
    ["a flag of vLLM without its value", "Deployment/model", flags("--max-num-seqs"), "--max-num-seqs has no value"],
    [
      "a variable of vLLM that does not exist",
      "Deployment/model",
      variables({ VLLM_NO_STATS: "1" }),
      "VLLM_NO_STATS is no variable of ",
    ],
    [
      "an enumeration of text-embeddings-inference",
      "Deployment/embeddings",
      flags("--pooling", "max"),
      '--pooling is "max", but must be one of cls, mean, splade, last-token',
    ],
    [
      "another version than what was read",
      "Deployment/embeddings",
      ({ image }) => ({ image: image.replace("1.9.3", "2.0.0") }),
      "the image is cpu-2.0.0",
    ],
  ])("%s", async (_, workload, change, sentence) => {
    expect(await faults(workload, change)).toEqual([expect.stringContaining(`${workload}: ${sentence}`)]);
  });

  test("what is documented is taken", async () => {
    const more = flags(
      "--max-model-len",
      "8192",
      "--enable-prefix-caching",
      "--no-enable-log-requests",
      "--speculative-config",
      "{}",
    );
    expect(await faults("Deployment/model", more)).toEqual([]);
  });
});

/**
 * `npm run bench`: the engine against the SDK's own mocks, and the wall time of planning directories.
 *
 * Every figure is from a fresh process. In process: the same program under `runtime.setMocks` and under `plan`, the
 * fastest of several runs. Directories: the command line where it is built, beside what cannot be avoided: an empty
 * program, and one that only imports the providers' SDKs.
 */

const { execFileSync, spawnSync } = require("node:child_process");
const { existsSync } = require("node:fs");
const { join } = require("node:path");

const ROOT = join(__dirname, "..", "..", "..");
const RUNS = { 1000: 3, 10000: 2 };

function measure(how, count) {
  const runs = Array.from({ length: RUNS[count] }, () =>
    JSON.parse(
      execFileSync(process.execPath, [join(__dirname, "measure.js"), how, String(count)], { encoding: "utf8" }),
    ),
  );
  return runs.reduce((best, run) => (run.milliseconds < best.milliseconds ? run : best));
}

function inProcess() {
  console.log("In process, custom resources under components    time              peak memory");
  const times = {};
  for (const count of Object.keys(RUNS)) {
    const floor = measure("setMocks", count);
    const ours = measure("plan", count);
    times[count] = ours.milliseconds;
    const time = `${Math.round(ours.milliseconds)} ms / ${Math.round(floor.milliseconds)} ms`;
    const memory = `${Math.round(ours.megabytes)} MB / ${Math.round(floor.megabytes)} MB`;
    const ratio = (a, b) => `${(a / b).toFixed(2)}x`;
    console.log(
      `  ${count} resources, plan / setMocks: ${time} = ${ratio(ours.milliseconds, floor.milliseconds)} (at most 1.7x), ` +
        `${memory} = ${ratio(ours.megabytes, floor.megabytes)} (at most 1.3x)`,
    );
  }
  console.log(`  10000 / 1000 resources: ${(times[10000] / times[1000]).toFixed(1)}x (at most 11x)`);
}

/** Wall time of a command, the fastest of three after one that warms the caches. */
function wall(command) {
  const times = [0, 1, 2, 3].map(() => {
    const started = performance.now();
    const { status, stderr } = spawnSync(process.execPath, command, { cwd: ROOT, encoding: "utf8" });
    if (status !== 0) throw new Error(`${command.at(-1)}: ${stderr}`);
    return performance.now() - started;
  });
  return `${(Math.min(...times.slice(1)) / 1000).toFixed(2)} s`;
}

function directories() {
  console.log("\nDirectories, wall time with the start of Node, warm");
  const plan = (name) => ["-e", 'require("./packages/engine").planDirectory(process.argv[1])', name];
  const programs = join("packages", "engine", "test-programs");
  console.log(`  empty program: ${wall(plan(join(programs, "empty")))}`);
  console.log(`  program that only imports three SDKs: ${wall(plan(join(programs, "imports")))}`);
  const stack = join("stacks", "cloud-aws");
  if (existsSync(join(ROOT, stack, "Pulumi.yaml"))) {
    console.log(
      `  aistack plan ${stack}: ${wall([join("packages", "cli", "bin", "aistack.js"), "plan", stack])} (at most 3 s)`,
    );
  }
}

inProcess();
directories();

import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";
import { run } from "./cli";
import type { ExitCode, Io } from "./io";

const programs = join(__dirname, "..", "test-programs");

interface Result {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line as a pipe would see it. */
async function aistack(argv: readonly string[], given: Partial<Io> = {}): Promise<Result> {
  const written = { stdout: "", stderr: "" };
  const code = await run(argv, {
    stdout: { write: (text) => (written.stdout += text) },
    stderr: { write: (text) => (written.stderr += text) },
    cwd: programs,
    env: {},
    onInterrupt: () => () => {},
    ...given,
  });
  return { code, ...written };
}

let scratch: string;
beforeAll(async () => {
  scratch = await realpath(await mkdtemp(join(tmpdir(), "aistack-cli-")));
});
afterAll(() => rm(scratch, { recursive: true }));

describe("help", () => {
  test("lists the commands, and each has examples and exit codes", async () => {
    const top = await aistack(["--help"]);
    expect(top).toMatchObject({ code: 0, stderr: "" });
    expect(top.stdout).toMatch(/^Usage: aistack \[options\] \[command\]\n/);
    expect(top.stdout).toContain("plan [options] [dir]  show what a Pulumi program would create");
    const plan = await aistack(["plan", "--help"]);
    expect(plan).toMatchObject({ code: 0, stderr: "" });
    expect(plan.stdout).toContain("  aistack plan stacks/cloud-aws --stack prod ");
    expect(plan.stdout).toContain("  2  the command was used wrongly\n");
    for (const option of ["stack", "config", "mode", "json", "manifests", "answers", "watch", "debug"]) {
      expect(plan.stdout).toContain(`--${option}`);
    }
  });

  test("the version is the package's", async () => {
    const { version }: { version: string } = require("../package.json");
    expect(await aistack(["--version"])).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  });
});

describe("wrong use ends with exit code 2 and one sentence", () => {
  test.each([
    [["plan", "--colour"], "error: unknown option '--colour'\n"],
    [["plan", "--wach"], "error: unknown option '--wach'\n(Did you mean --watch?)\n"],
    [["paln"], "error: unknown command 'paln'\n(Did you mean plan?)\n"],
    [["plan", "a", "b"], "error: too many arguments for 'plan'. Expected 1 argument but got 2.\n"],
    [["plan", "--stack"], "error: option '-s, --stack <name>' argument missing\n"],
    [
      ["plan", "--mode", "real"],
      "error: option '--mode <mode>' argument 'real' is invalid. Allowed choices are simulate, preview.\n",
    ],
    ...["replicas", "=2", "a b=2", "a:b:c=2"].map((text): [string[], string] => [
      ["plan", "--config", text],
      `error: option '-c, --config <key=value>' argument '${text}' is invalid. Write key=value or project:key=value.\n`,
    ]),
    [["plan", "--json", "-", "--watch"], "error: --json - prints one plan; with --watch, give --json a file\n"],
    [
      ["plan", "assistant", "--manifests", "assistant"],
      "error: --manifests assistant: the directory holds Pulumi.dev.yaml, which this command has not written. " +
        "Name an empty directory or a new one.\n",
    ],
    [["plan", "."], `error: The directory ${programs} has no Pulumi.yaml: it is not a Pulumi program.\n`],
    [["plan", "nowhere"], `error: The directory ${programs}/nowhere does not exist: it is not a Pulumi program.\n`],
    [
      ["plan", "assistant", "--stack", "prod"],
      `error: The stack prod has no Pulumi.prod.yaml in ${programs}/assistant; there is dev and locked.\n`,
    ],
  ])("%j", async (argv, stderr) => {
    expect(await aistack(argv)).toEqual({ code: 2, stdout: "", stderr });
  });

  test("no command at all shows the help", async () => {
    const { code, stdout, stderr } = await aistack([]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^Usage: aistack/);
  });
});

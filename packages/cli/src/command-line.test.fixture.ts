import { mkdir, mkdtemp, realpath, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./cli";
import type { ExitCode, Io } from "./io";

/** The programs that the tests plan. */
export const programs = join(__dirname, "..", "test-programs");

/** What a command line left behind. */
export interface Result {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line as a pipe would see it. */
export async function aistack(argv: readonly string[], given: Partial<Io> = {}): Promise<Result> {
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

/** A new directory, at the path that file system events will tell. */
export async function scratchDirectory(): Promise<string> {
  return realpath(await mkdtemp(join(tmpdir(), "aistack-cli-")));
}

/** A program of a few lines, in a directory of its own that finds the packages of this repository. */
export async function program(
  parent: string,
  name: string,
  index: string,
  project = `name: ${name}\nruntime: nodejs\n`,
): Promise<string> {
  const directory = join(parent, name);
  await mkdir(directory);
  await symlink(join(__dirname, "../../../node_modules"), join(directory, "node_modules"));
  await writeFile(join(directory, "Pulumi.yaml"), project);
  await writeFile(join(directory, "package.json"), JSON.stringify({ name }));
  await writeFile(join(directory, "index.ts"), index);
  return directory;
}

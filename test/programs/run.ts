import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import type { Container } from "./containers";

export interface Started {
  readonly child: ChildProcess;
  /** Everything that it wrote so far. */
  output(): string;
  /** Its exit code. */
  readonly ended: Promise<number | null>;
  /** Removes its files; ends it where it still runs. */
  stop(): Promise<void>;
}

export interface StartOptions {
  /** Beside what the plan says: what stands for the cluster's network. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Programs that the image has: path relative to its working directory → script. */
  readonly programs?: Readonly<Record<string, string>>;
}

/**
 * Starts a container's command with its environment and its files, in a folder that stands for its root: absolute paths
 * of its files lead there.
 */
export function start({ command, environment, files }: Container, options: StartOptions = {}): Started {
  const folder = mkdtempSync(join(tmpdir(), "container-"));
  for (const [path, text] of Object.entries(files)) write(join(folder, path), text);
  for (const [path, text] of Object.entries(options.programs ?? {})) write(join(folder, path), text, 0o755);
  const inside = (part: string) =>
    Object.keys(files).reduce((moved, path) => moved.replaceAll(path, join(folder, path)), part);
  const [program = "", ...args] = command.map(inside);
  const child = spawn(basename(program) === "node" ? process.execPath : program, args, {
    cwd: folder,
    env: { PATH: process.env.PATH, ...environment, ...options.environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk) => {
      output += chunk;
    });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const stop = async () => {
    if (child.exitCode === null) child.kill("SIGTERM");
    await ended;
    rmSync(folder, { recursive: true });
  };
  return { child, output: () => output, ended, stop };
}

function write(path: string, text: string, mode = 0o644): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text, { mode });
}

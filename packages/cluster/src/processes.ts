import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Programs that run as long as this process wants them, and never longer: a watchdog ends them, and removes their
 * directory, when this process is gone without having done so, be it by `kill -9`.
 */
export class Processes {
  readonly #directory: string;
  readonly #running = new Map<string, ChildProcess>();
  readonly #watchdog: ChildProcess;
  #stopping = false;

  /** @param directory Exists; holds `logs`, and is removed with the programs. */
  constructor(directory: string) {
    this.#directory = directory;
    // Its standard input ends with this process. Detached, so that Ctrl-C in a terminal does not end it first.
    this.#watchdog = spawn("/bin/sh", ["-c", watchdog, "aistack-cluster-watchdog", directory], {
      stdio: ["pipe", "ignore", "ignore"],
      detached: true,
    });
    this.#watchdog.unref();
    this.#watchdog.stdin?.on("error", () => {});
    (this.#watchdog.stdin as unknown as { unref?(): void })?.unref?.();
  }

  /** Starts a program; its output goes to `logs/<name>.log`. */
  start(name: string, command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): void {
    const log = openSync(this.logOf(name), "a", 0o600);
    const child = spawn(command, args, {
      cwd: this.#directory,
      // Proxies of the environment must not come between the programs, nor other settings into them.
      env: { PATH: process.env.PATH, HOME: this.#directory, ...env },
      stdio: ["ignore", log, log],
      detached: true,
    });
    closeSync(log);
    child.on("error", () => {});
    child.unref();
    this.#watchdog.stdin?.write(`${child.pid ?? ""}\n`);
    this.#running.set(name, child);
  }

  logOf(name: string): string {
    return join(this.#directory, "logs", `${name}.log`);
  }

  /** Ids of the programs that run. */
  get pids(): number[] {
    return [...this.#running.values()].flatMap(({ pid, exitCode, signalCode }) =>
      pid !== undefined && exitCode === null && signalCode === null ? [pid] : [],
    );
  }

  /** Throws where a program has ended by itself, with the last of what it logged. */
  async check(): Promise<void> {
    if (this.#stopping) return;
    for (const [name, { exitCode, signalCode, pid }] of this.#running) {
      if (pid !== undefined && exitCode === null && signalCode === null) continue;
      const log = await readFile(this.logOf(name), "utf8").catch(() => "");
      throw new ProcessEndedError(name, `${name} ended (${signalCode ?? exitCode}):\n${lastLines(log)}`);
    }
  }

  /** Ends all programs at once: there is nothing in them to be kept. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const ended = [...this.#running.values()].map((child) => endOf(child));
    this.kill();
    await Promise.all(ended);
  }

  /** As {@link stop}, without waiting, for the last moments of this process. */
  kill(): void {
    this.#stopping = true;
    for (const pid of this.pids) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // Ended meanwhile.
      }
    }
  }

  /** Lets the watchdog go, once all programs have ended and the directory is dealt with. */
  release(): void {
    this.#watchdog.stdin?.end("done\n");
  }
}

export class ProcessEndedError extends Error {
  override readonly name = "ProcessEndedError";
  constructor(
    readonly program: string,
    message: string,
  ) {
    super(message);
  }
}

function endOf(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  // Else nothing may be left that keeps this process waiting.
  child.ref();
  return new Promise((resolve) => child.once("exit", () => resolve()));
}

function lastLines(log: string): string {
  return log.trimEnd().split("\n").slice(-15).join("\n");
}

/** Reads ids of processes until its input ends; unless the last line is "done", ends them and removes the directory. */
const watchdog = `
pids=
while read -r line; do
  [ "$line" = done ] && exit 0
  pids="$pids $line"
done
[ -z "$pids" ] || kill -9 $pids 2>/dev/null
rm -rf "$1"
`;

import { createHash } from "node:crypto";
import { type FSWatcher, watch } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { reasonOf, UsageError } from "../usage-error";

/** What a program's own directory holds besides the program. */
const ignoredNames = new Set(["node_modules", ".git", "dist"]);
/** Editors save in several steps, compilers many files: one change is over when it was quiet for so long. */
const quietMs = 150;

/** File contents by path, as hashes. */
type Snapshot = ReadonlyMap<string, string>;

export interface ChangesOptions {
  /** Directories and files to watch. */
  readonly roots: readonly string[];
  /** Paths below the roots that the plan itself writes. */
  readonly except: readonly string[];
}

/**
 * Waits for contents to change. The file system's events only say when to look: what counts is whether a file
 * reads differently, so that touching a file, or a program that rewrites one the same, is no change.
 */
export class Changes {
  readonly #roots: readonly string[];
  readonly #except: ReadonlySet<string>;
  #watchers: FSWatcher[] = [];
  #directories: string[] = [];
  #snapshot: Snapshot = new Map();
  /** True when an event came that nobody has waited for. */
  #pending = false;
  #wake: () => void = () => {};

  constructor({ roots, except }: ChangesOptions) {
    this.#roots = roots.map((root) => resolve(root));
    this.#except = new Set(except.map((path) => resolve(path)));
  }

  /** Takes the present contents as the ones to compare with. */
  async start(): Promise<void> {
    this.#snapshot = await this.#look();
  }

  /** The next files that changed, sorted; none when `stopped` came first. */
  async next(stopped: AbortSignal): Promise<string[]> {
    while (!stopped.aborted) {
      // Looked at before waiting: something may have changed while the last plan ran.
      const snapshot = await this.#look();
      const changed = differences(this.#snapshot, snapshot);
      if (changed.length > 0 && (await this.#quiet(stopped))) {
        const settled = await this.#look();
        const all = differences(this.#snapshot, settled);
        this.#snapshot = settled;
        if (all.length > 0) return all;
        continue;
      }
      await this.#event(stopped);
    }
    return [];
  }

  close(): void {
    for (const watcher of this.#watchers) watcher.close();
    this.#watchers = [];
    this.#directories = [];
  }

  /** Resolves at the next event, at once if one came since the last look, or when stopped. */
  async #event(stopped: AbortSignal): Promise<void> {
    if (!this.#pending && !stopped.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        stopped.addEventListener("abort", () => resolve(), { once: true });
      });
    }
    this.#pending = false;
  }

  /** Resolves with true once no event has come for a while, with false when stopped. */
  async #quiet(stopped: AbortSignal): Promise<boolean> {
    for (let busy = true; busy && !stopped.aborted; ) {
      const timeout = new AbortController();
      const timer = setTimeout(() => timeout.abort(), quietMs);
      await this.#event(AbortSignal.any([stopped, timeout.signal]));
      clearTimeout(timer);
      busy = !timeout.signal.aborted;
    }
    return !stopped.aborted;
  }

  /** Reads what is there, and watches every directory found. */
  async #look(): Promise<Snapshot> {
    this.#pending = false;
    const snapshot = new Map<string, string>();
    const directories = new Set<string>();
    const file = async (path: string): Promise<void> => {
      const content = this.#except.has(path) ? undefined : await readFile(path).catch(() => undefined);
      if (content !== undefined) snapshot.set(path, createHash("sha256").update(content).digest("base64"));
    };
    const directory = async (path: string): Promise<void> => {
      if (this.#except.has(path)) return;
      directories.add(path);
      const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
      const found = entries.filter(({ name }) => !ignoredNames.has(name));
      // Links to directories are not followed: they lead to what is watched anyway, out of the program, or in circles.
      await Promise.all(found.map((entry) => (entry.isDirectory() ? directory : file)(join(path, entry.name))));
    };
    await Promise.all(
      this.#roots.map(async (root) => {
        if ((await stat(root).catch(() => undefined))?.isDirectory()) return directory(root);
        // A file, or a build that is not there yet: its directory tells when it comes or changes.
        directories.add(dirname(root));
        return file(root);
      }),
    );
    this.#watch([...directories].sort());
    return snapshot;
  }

  #watch(directories: string[]): void {
    if (directories.join("\n") === this.#directories.join("\n")) return;
    this.close();
    this.#directories = directories;
    // What was written to a new directory before it was watched made no event: look once more.
    this.#pending = true;
    for (const directory of directories) {
      try {
        const watcher = watch(directory, () => {
          this.#pending = true;
          this.#wake();
        });
        // A directory that goes away is an event of its parent too, which is watched.
        watcher.on("error", () => watcher.close());
        this.#watchers.push(watcher);
      } catch (error) {
        const reason = reasonOf(error);
        if (reason !== "ENOENT") throw new UsageError(`--watch: ${directory} cannot be watched (${reason}).`);
      }
    }
  }
}

function differences(before: Snapshot, after: Snapshot): string[] {
  const paths = new Set([...before.keys(), ...after.keys()]);
  return [...paths].filter((path) => before.get(path) !== after.get(path)).sort();
}

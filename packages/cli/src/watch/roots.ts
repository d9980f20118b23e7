import { readFile, realpath } from "node:fs/promises";
import { dirname, join, sep } from "node:path";

interface PackageManifest {
  readonly main?: unknown;
  readonly exports?: unknown;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

/**
 * The directories that a program is made of: its own, and those of the workspace packages that it uses, directly
 * or through one another. Of a package that is built, that is the build: what has not been built is not planned.
 */
export async function watchRoots(program: string): Promise<string[]> {
  const roots = [program];
  const seen = new Set<string>();
  const queue = [program];
  for (let directory = queue.shift(); directory !== undefined; directory = queue.shift()) {
    if (seen.has(directory)) continue;
    seen.add(directory);
    const manifest = await readManifest(directory);
    if (directory !== program) roots.push(join(directory, buildFolder(manifest)));
    const names = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies });
    queue.push(...(await Promise.all(names.map((name) => workspacePackage(directory, name)))).flat());
  }
  return roots;
}

async function readManifest(directory: string): Promise<PackageManifest> {
  try {
    const manifest: unknown = JSON.parse(await readFile(join(directory, "package.json"), "utf8"));
    return typeof manifest === "object" && manifest !== null ? manifest : {};
  } catch {
    // None, or one that is just being edited: the plan itself says what is wrong with it.
    return {};
  }
}

/** The real directory of a dependency that is linked from the workspace; none for one that was installed. */
async function workspacePackage(from: string, name: string): Promise<string[]> {
  for (let directory = from; ; directory = dirname(directory)) {
    const found = await realpath(join(directory, "node_modules", name)).catch(() => undefined);
    if (found !== undefined) return found.split(sep).includes("node_modules") ? [] : [found];
    if (directory === dirname(directory)) return [];
  }
}

/** The top folder of a package's entry, such as `dist`; empty where the entry lies in the package's own folder. */
function buildFolder({ main, exports }: PackageManifest): string {
  const entry = entryOf(exports) ?? (typeof main === "string" ? main : "");
  const folders = entry.replace(/^\.\//, "").split("/");
  return folders.length > 1 ? (folders[0] ?? "") : "";
}

/** The file that `require` would take by an `exports` field. */
function entryOf(exports: unknown): string | undefined {
  if (typeof exports === "string") return exports;
  if (typeof exports !== "object" || exports === null) return undefined;
  const entries = new Map<string, unknown>(Object.entries(exports));
  return [".", "node", "require", "default"]
    .map((key) => entryOf(entries.get(key)))
    .find((entry) => entry !== undefined);
}

import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { reasonOf, UsageError } from "../usage-error";
import { type ManifestFile, marker } from "./files";

/**
 * The manifests that an earlier run left in a directory, as paths below it. Refuses a directory with anything else
 * in it, so that nothing of the user's is overwritten, and nothing stale is applied.
 */
export async function earlierManifests(directory: string, shown: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if (reasonOf(error) === "ENOENT") return [];
    throw new UsageError(`--manifests ${shown}: not a directory that can be read (${reasonOf(error)}).`);
  });
  const files = entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  for (const file of files.sort()) {
    const ours = file.endsWith(".yaml") && (await readFile(file, "utf8")).startsWith(`${marker}\n`);
    if (!ours) {
      const path = file.slice(directory.length + 1);
      throw new UsageError(
        `--manifests ${shown}: the directory holds ${path}, which this command has not written. ` +
          "Name an empty directory or a new one.",
      );
    }
  }
  return files;
}

/** Writes manifests in the place of what an earlier run left. */
export async function writeManifests(
  directory: string,
  shown: string,
  files: readonly ManifestFile[],
  earlier: readonly string[],
): Promise<void> {
  try {
    await Promise.all(earlier.map((file) => rm(file, { force: true })));
    await mkdir(directory, { recursive: true });
    for (const { path, text } of files) {
      const target = join(directory, path);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, text);
    }
  } catch (error) {
    throw new UsageError(`--manifests ${shown}: the directory cannot be written (${reasonOf(error)}).`);
  }
}

/** The collector, built with Go from the modules in `go.mod` the first time, which takes minutes; later from a cache. */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Path of the program. */
export async function collectorProgram(): Promise<string> {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/local/go/bin"];
  const go = folders.map((folder) => join(folder, "go")).find((file) => existsSync(file));
  if (go === undefined) throw new Error("Go is not installed, and the collector is built with it");
  const { stdout: version } = await run(go, ["env", "GOVERSION", "GOOS", "GOARCH"], { cwd: __dirname });
  const sources = readdirSync(__dirname, { recursive: true, encoding: "utf8" })
    .filter((file) => /\.(go|mod|sum)$/.test(file))
    .sort()
    .map((file) => readFileSync(join(__dirname, file), "utf8"));
  const key = createHash("sha256")
    .update([version, ...sources].join("\n"))
    .digest("hex");
  const cache = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  const folder = join(cache, "aistack", "collector", key.slice(0, 16));
  if (!existsSync(folder)) await build(go, folder);
  return join(folder, "otelcol-contrib");
}

/** Builds into a folder beside the wanted one and renames it, so that a broken or parallel build is never taken. */
async function build(go: string, folder: string): Promise<void> {
  const unfinished = `${folder}.${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  try {
    // The tag is that of the distribution: its manifest.yaml, `build_tags`.
    const args = ["build", "-trimpath", "-tags", "grpcnotrace", "-ldflags", "-s -w"];
    await run(go, [...args, "-o", join(unfinished, "otelcol-contrib"), "."], {
      cwd: __dirname,
      env: { ...process.env, CGO_ENABLED: "0", GOWORK: "off" },
      maxBuffer: 1 << 26,
    });
    await rename(unfinished, folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

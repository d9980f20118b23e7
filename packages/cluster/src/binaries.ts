import { execFile, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

/** The programs of the cluster; their modules and versions are in `go/go.mod`. */
export interface Binaries {
  readonly etcd: string;
  readonly apiServer: string;
  readonly controllerManager: string;
  readonly scheduler: string;
  readonly kwok: string;
  /** Kubernetes version, such as "v1.36.3". */
  readonly version: string;
}

export interface BuildOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Called with each package as it is compiled, which a first build does for minutes. */
  readonly onPackage?: (path: string) => void;
  /** Ends the build. */
  readonly signal?: AbortSignal;
}

/** Go is missing or too old, or the build failed. The message is for people. */
export class BuildError extends Error {
  override readonly name: string = "BuildError";
}

/** There is no Go that could build the programs. */
export class GoMissingError extends BuildError {
  override readonly name = "GoMissingError";
}

const moduleDirectory = join(__dirname, "..", "go");

/** What is built: the last part of a package's path names the file, but for a path that ends in a major version. */
const packages = {
  etcd: "go.etcd.io/etcd/server/v3",
  apiServer: "k8s.io/kubernetes/cmd/kube-apiserver",
  controllerManager: "k8s.io/kubernetes/cmd/kube-controller-manager",
  scheduler: "k8s.io/kubernetes/cmd/kube-scheduler",
  kwok: "sigs.k8s.io/kwok/cmd/kwok",
};

/** The programs, built with Go the first time, which takes minutes; later from a cache in the user's cache folder. */
export async function binaries(options: BuildOptions = {}): Promise<Binaries> {
  const env = options.env ?? process.env;
  const modules = await readFile(join(moduleDirectory, "go.mod"), "utf8");
  const sums = await readFile(join(moduleDirectory, "go.sum"), "utf8");
  const version = /^\s*k8s\.io\/kubernetes (v\S+)/m.exec(modules)?.[1] ?? "";
  const go = await findGo(env, /^go (\d+\.\d+)/m.exec(modules)?.[1] ?? "");
  const flags = buildFlags(version);
  const key = createHash("sha256")
    .update([modules, sums, go.version, go.platform, ...flags].join("\n"))
    .digest("hex");
  const directory = join(cacheDirectory(env), key.slice(0, 16));
  if (!existsSync(directory)) await build(go.command, flags, directory, options);
  const suffix = go.platform.startsWith("windows") ? ".exe" : "";
  const files = Object.entries(packages).map(([name, path]) => [name, join(directory, fileName(path) + suffix)]);
  return { ...(Object.fromEntries(files) as Omit<Binaries, "version">), version };
}

/** Where built programs are kept: `${XDG_CACHE_HOME:-~/.cache}/aistack/cluster`. */
export function cacheDirectory(env: Readonly<Record<string, string | undefined>>): string {
  return join(env.XDG_CACHE_HOME || join(homedir(), ".cache"), "aistack", "cluster");
}

/** The name that `go build` gives a program. */
export function fileName(path: string): string {
  const parts = path.split("/");
  return (/^v\d+$/.test(parts.at(-1) ?? "") ? parts.at(-2) : parts.at(-1)) ?? path;
}

/** The version is what the API server tells clients; a build from modules does not know it by itself. */
function buildFlags(version: string): string[] {
  const [, major = "", minor = ""] = /^v(\d+)\.(\d+)/.exec(version) ?? [];
  const values = { gitVersion: version, gitMajor: major, gitMinor: minor, gitTreeState: "clean" };
  const set = Object.entries(values).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  return ["-trimpath", "-ldflags", ["-s", "-w", ...set].join(" ")];
}

interface Go {
  command: string;
  version: string;
  platform: string;
}

/** Go from the path, or from where its installer puts it. */
async function findGo(env: BuildOptions["env"], needed: string): Promise<Go> {
  const folders = [...(env?.PATH ?? "").split(delimiter), join(env?.GOROOT || "/usr/local/go", "bin")];
  const command = folders.map((folder) => join(folder, "go")).find((file) => existsSync(file));
  if (command === undefined) throw new GoMissingError(`Go ${needed} or newer is not installed.`);
  const { stdout } = await promisify(execFile)(command, ["env", "GOVERSION", "GOOS", "GOARCH"], {
    cwd: moduleDirectory,
  }).catch((error: { stderr?: string }) => {
    // An older Go refuses the module, or fetches what the module asks for.
    throw new GoMissingError(`Go ${needed} or newer is needed: ${(error.stderr ?? "").trim()}`);
  });
  const [version = "", os = "", arch = ""] = stdout.trim().split("\n");
  if (!isAtLeast(version, needed))
    throw new GoMissingError(`Go ${needed} or newer is needed; ${version} is installed.`);
  return { command, version, platform: `${os}/${arch}` };
}

/** Whether `go1.26.8` is 1.26 or newer. */
export function isAtLeast(version: string, needed: string): boolean {
  const [major = 0, minor = 0] = (/(\d+)\.(\d+)/.exec(version) ?? []).slice(1).map(Number);
  const [neededMajor = 0, neededMinor = 0] = needed.split(".").map(Number);
  return major > neededMajor || (major === neededMajor && minor >= neededMinor);
}

/** Builds into a folder beside the wanted one and renames it, so that a broken or parallel build is never taken. */
async function build(go: string, flags: readonly string[], directory: string, options: BuildOptions): Promise<void> {
  const unfinished = `${directory}.${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  try {
    await goBuild(go, ["build", "-v", ...flags, "-o", unfinished, ...Object.values(packages)], options);
    await rename(unfinished, directory).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOTEMPTY" && error.code !== "EEXIST") throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

function goBuild(go: string, args: readonly string[], { env, onPackage, signal }: BuildOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const settings = { ...(env ?? process.env), CGO_ENABLED: "0", GOWORK: "off" };
    const child = spawn(go, args, { cwd: moduleDirectory, env: settings, signal, stdio: ["ignore", "ignore", "pipe"] });
    // Ctrl-C reaches Go by itself; on other ends of this process it would go on for minutes.
    const end = () => child.kill();
    process.once("exit", end);
    const said: string[] = [];
    let rest = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (/^[\w.-]+(\/[\w.@~+-]+)*$/.test(line)) onPackage?.(line);
        else if (!line.startsWith("go: downloading ")) said.push(line);
      }
    });
    child.on("error", reject);
    child.on("close", (code) => {
      process.removeListener("exit", end);
      if (code === 0) return resolve();
      reject(
        new BuildError(`The programs of the cluster could not be built:\n${[...said, rest].slice(-20).join("\n")}`),
      );
    });
  });
}

import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import type { Container } from "./containers";

/** Folders of this machine that a contained program has none of: those that containers mount. */
const own = ["tmp"];

export interface Contained {
  readonly child: ChildProcess;
  /** Folder that is the program's `/`, as far as it may write there. */
  readonly root: string;
  /** All it has said so far. */
  output(): string;
  /** Its exit code. */
  readonly ended: Promise<number | null>;
  /** Ends it where it still runs, and removes its files. */
  stop(): Promise<void>;
}

export interface ContainedOptions {
  /** Addresses of host names, beside `localhost`. */
  readonly hosts?: Readonly<Record<string, string>>;
  /** Beside what the plan says, or in its place. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly files?: Readonly<Record<string, string>>;
  /** Environments of Python, as `.ci/run` makes them, whose programs come before the others'. */
  readonly environments?: readonly string[];
}

/**
 * Starts a container's command with a root folder of its own, in namespaces of its own: its files are where the plan puts
 * them, this machine's programs are there too, and host names of the plan lead where a test wants them. Needs Linux, and to
 * be root or user namespaces.
 */
export function contain({ command, environment, files }: Container, options: ContainedOptions = {}): Contained {
  const root = mkdtempSync(join(tmpdir(), "contained-"));
  const put = (path: string, text: string) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const all = { ...files, ...options.files };
  for (const [path, text] of Object.entries(all)) put(path, text);
  for (const folder of ["data", ...own]) mkdirSync(join(root, folder), { recursive: true });
  put(
    "tmp/hosts",
    Object.entries({ localhost: "127.0.0.1", ...options.hosts })
      .map(([name, ip]) => `${ip} ${name}\n`)
      .join(""),
  );
  const child = spawn("unshare", ["--map-root-user", "--mount", "/bin/sh", "-c", enter, "sh", root, ...command], {
    env: {
      PATH: [...toolFolders(options.environments), process.env.PATH].join(delimiter),
      ...environment,
      ...options.environment,
    },
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
    if (child.exitCode === null) child.kill("SIGKILL");
    await ended;
    rmSync(root, { recursive: true, force: true });
  };
  return { child, root, output: () => output, ended, stop };
}

/** Where programs are that images have in `/usr/bin`, as `.ci/run` installs them. */
function toolFolders(environments: readonly string[] = []): string[] {
  const cache = join(process.env.XDG_CACHE_HOME || join(process.env.HOME ?? "/", ".cache"), "aistack");
  return [...[...environments, "programs"].map((name) => join(cache, name, "bin")), join(cache, "bin")];
}

/** Every folder of this machine is mounted into the new root, but for those that are there already. */
const enter = `set -e
root=$1; shift
for folder in /*; do
  if [ -L "$folder" ]; then cp -P "$folder" "$root$folder"; continue; fi
  if [ ! -d "$folder" ] || [ -e "$root$folder" ]; then continue; fi
  mkdir "$root$folder"
  mount --rbind "$folder" "$root$folder"
done
mount --bind "$root/tmp/hosts" "$root/etc/hosts"
exec chroot "$root" "$@"
`;

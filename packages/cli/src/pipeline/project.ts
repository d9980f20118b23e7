/** What a pipeline's file needs to know of the program that it deploys. */
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join, relative, resolve } from "node:path";
import { parse } from "yaml";
import { UsageError } from "../usage-error";

/** How a package manager installs exactly what its lockfile says. */
export interface PackageManager {
  readonly name: "npm" | "pnpm" | "yarn";
  readonly lockfile: string;
  /** Commands that bring the package manager, where Node.js does not. */
  readonly setup: readonly string[];
  readonly install: string;
  /** Folder for what it downloads, and the option that names it. */
  readonly cache: { readonly folder: string; readonly option: string };
}

export interface PipelineProject {
  readonly name: string;
  /** Folder of the program, from the root of the repository; "." is the root. */
  readonly directory: string;
  /** Folder of the lockfile, likewise. */
  readonly lockDirectory: string;
  readonly packageManager: PackageManager;
  /** Version of Pulumi's SDK, which is the one of the CLI that belongs to it. */
  readonly pulumiVersion: string;
  /** What the person should know. */
  readonly notes: readonly string[];
}

/** Reads the program in a directory, and refuses what no pipeline could run. */
export function readProject(
  directory: string,
  shown: string,
  { stacks, packageManager }: { stacks: readonly string[]; packageManager?: string },
): PipelineProject {
  const settings = join(directory, "Pulumi.yaml");
  if (!existsSync(settings))
    throw new UsageError(`The directory ${shown} has no Pulumi.yaml: it is not a Pulumi program.`);
  const { name } = parse(readFileSync(settings, "utf8")) as { name?: unknown };
  if (typeof name !== "string" || !/^[A-Za-z0-9_.-]{1,100}$/.test(name))
    throw new UsageError(
      `${shown}/Pulumi.yaml: name is no name of a project: letters, digits, hyphens, dots, underscores.`,
    );
  const { lockDirectory, lockfile } = findLockfile(directory, shown);
  const root = repositoryRoot(directory) ?? lockDirectory;
  const notes = stacks.flatMap((stack) => secretsNote(directory, shown, stack));
  return {
    name,
    directory: path(root, directory),
    lockDirectory: path(root, lockDirectory),
    packageManager: packageManagerOf(lockfile, packageManager ?? stated(lockDirectory)),
    pulumiVersion: pulumiVersion(directory, shown),
    notes: [...notes, ...aistackNote(directory, lockDirectory)],
  };
}

/** The stacks that a program has, those that come first in order first. */
export function stacksOf(directory: string, files: readonly string[]): string[] {
  const found = files.flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []);
  if (found.length === 0)
    throw new UsageError(`The directory ${directory} has no Pulumi.<stack>.yaml; name the stacks with --stack.`);
  const usual = ["dev", "prod"].filter((stack) => found.includes(stack));
  return usual.length > 0 ? usual : found;
}

function path(root: string, directory: string): string {
  const shown = relative(root, directory).replaceAll("\\", "/") || ".";
  if (!/^[A-Za-z0-9._/@+-]+$/.test(shown))
    throw new UsageError(`The path ${shown} has characters that a shell reads; rename the folder.`);
  return shown;
}

function repositoryRoot(from: string): string | undefined {
  if (existsSync(join(from, ".git"))) return from;
  const parent = dirname(from);
  return parent === from ? undefined : repositoryRoot(parent);
}

const lockfiles = ["package-lock.json", "pnpm-lock.yaml", "yarn.lock"] as const;
type Lockfile = (typeof lockfiles)[number];

/** The nearest lockfile, at the program or above it in the repository. */
function findLockfile(from: string, shown: string): { lockDirectory: string; lockfile: Lockfile } {
  const lockfile = lockfiles.find((file) => existsSync(join(from, file)));
  if (lockfile) return { lockDirectory: from, lockfile };
  const parent = dirname(from);
  if (parent === from || existsSync(join(from, ".git")))
    throw new UsageError(
      `${shown} has no lockfile (${lockfiles.join(", ")}), so that a pipeline could not install the same packages twice.`,
    );
  return findLockfile(parent, shown);
}

/** What package.json says of the package manager, such as `pnpm@12.20.0`. */
function stated(directory: string): string {
  return (manifest(directory) as { packageManager?: string }).packageManager ?? "";
}

function packageManagerOf(lockfile: Lockfile, named: string): PackageManager {
  if (lockfile === "package-lock.json")
    return {
      name: "npm",
      lockfile,
      setup: [],
      install: "npm ci --no-audit --no-fund",
      cache: { folder: ".npm", option: "--cache .npm --prefer-offline" },
    };
  const [, name, version = ""] = /^(pnpm|yarn)@(\d+\.\d+\.\d+)/.exec(named) ?? [];
  if (lockfile === "pnpm-lock.yaml") {
    if (name !== "pnpm")
      throw new UsageError(
        'package.json names no version of pnpm; add "packageManager": "pnpm@<version>" there, or pass --package-manager pnpm@<version>.',
      );
    return {
      name: "pnpm",
      lockfile,
      setup: [`npm install --global pnpm@${version}`],
      install: "pnpm install --frozen-lockfile",
      cache: { folder: ".pnpm-store", option: "--store-dir .pnpm-store" },
    };
  }
  if (name === "yarn" && !version.startsWith("1."))
    throw new UsageError(`package.json names yarn ${version}; pipelines are written for npm, pnpm and Yarn 1.`);
  return {
    name: "yarn",
    lockfile,
    setup: [`npm install --global yarn@${version || "1.22.22"}`],
    install: "yarn install --frozen-lockfile",
    cache: { folder: ".yarn-cache", option: "--cache-folder .yarn-cache" },
  };
}

function manifest(directory: string): object {
  const file = join(directory, "package.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as object) : {};
}

function pulumiVersion(directory: string, shown: string): string {
  try {
    const file = createRequire(resolve(directory, "index.js")).resolve("@pulumi/pulumi/package.json");
    return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
  } catch {
    throw new UsageError(
      `${shown} has no @pulumi/pulumi installed, whose version a pipeline has to use; install its packages first.`,
    );
  }
}

/** A passphrase would have to be stored in the pipeline. */
function secretsNote(directory: string, shown: string, stack: string): string[] {
  const file = join(directory, `Pulumi.${stack}.yaml`);
  if (!existsSync(file)) throw new UsageError(`The stack ${stack} has no Pulumi.${stack}.yaml in ${shown}.`);
  const { secretsprovider, encryptionsalt } = (parse(readFileSync(file, "utf8")) ?? {}) as Record<string, unknown>;
  const remedy = `pulumi stack change-secrets-provider --stack ${stack} "awskms://..." or "gcpkms://..."`;
  if (encryptionsalt !== undefined)
    throw new UsageError(
      `The stack ${stack} encrypts its secrets with a passphrase, which would have to be stored in the pipeline. Use a key of the cloud: ${remedy}`,
    );
  if (secretsprovider !== undefined) return [];
  return [
    `Pulumi.${stack}.yaml names no secretsprovider yet; initialise the stack with a key of the cloud, or ${remedy}.`,
  ];
}

function aistackNote(...directories: string[]): string[] {
  const has = directories.some((directory) => {
    const { dependencies, devDependencies, name } = manifest(directory) as Record<string, Record<string, string>>;
    return { ...dependencies, ...devDependencies }.aistack !== undefined || String(name) === "aistack";
  });
  return has
    ? []
    : [
        `${basename(directories[0] as string)} does not depend on aistack; add it to devDependencies, so that the lockfile pins it.`,
      ];
}

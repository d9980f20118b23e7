/** Reads `Pulumi.yaml`: where the program is, how it runs, and which configuration it declares. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join } from "node:path";
import { parseDocument } from "yaml";
import { PlanError } from "../errors";

export interface Project {
  readonly name: string;
  /** Directory of `Pulumi.yaml`. */
  readonly root: string;
  /** Where the program runs, and what is run there. */
  readonly directory: string;
  readonly entryPoint: string;
  /** Where the stacks' files are. */
  readonly stackDirectory: string;
  readonly typescript: boolean;
  readonly nodeArguments: readonly string[];
  readonly tsconfig?: string;
  readonly config: Readonly<Record<string, unknown>>;
}

type Yaml = { [key: string]: unknown };

export function readProject(root: string): Project {
  const file = ["Pulumi.yaml", "Pulumi.yml", "Pulumi.json"].map((name) => join(root, name)).find(existsSync);
  if (file === undefined) {
    const reason = existsSync(root) ? "has no Pulumi.yaml" : "does not exist";
    throw new PlanError("no-project", `The directory ${root} ${reason}: it is not a Pulumi program.`);
  }
  const fault = (message: string) => new PlanError("bad-project-file", `${file}: ${message}`);
  const project = readYaml(file);
  const { name, runtime, main, config, stackConfigDir } = project;
  if (typeof name !== "string" || name === "") throw fault("name is missing; give the project a name.");
  const runtimeName = isMap(runtime) ? runtime.name : runtime;
  if (runtimeName === undefined) throw fault("runtime is missing; it should be nodejs.");
  if (runtimeName !== "nodejs") throw fault(`runtime is ${runtimeName}, but only nodejs programs can be planned.`);
  const options = isMap(runtime) && isMap(runtime.options) ? runtime.options : {};
  if (config !== undefined && config !== null && !isMap(config) && typeof config !== "string") {
    throw fault("config should be a map of keys.");
  }
  const { directory, entryPoint } = entry(root, main, fault);
  return {
    name,
    root,
    directory,
    entryPoint,
    stackDirectory: join(root, String(stackConfigDir ?? (typeof config === "string" ? config : "."))),
    typescript: options.typescript !== false,
    nodeArguments: typeof options.nodeargs === "string" ? options.nodeargs.split(/\s+/).filter(Boolean) : [],
    ...(typeof options.tsconfig === "string" ? { tsconfig: join(root, options.tsconfig) } : {}),
    config: isMap(config) ? config : {},
  };
}

/** A program runs in the directory of its `main`, or in `main` itself if that is a directory. */
function entry(root: string, main: unknown, fault: (message: string) => PlanError) {
  if (main === undefined || main === null || main === "") return { directory: root, entryPoint: "." };
  const path = isAbsolute(String(main)) ? String(main) : join(root, String(main));
  if (!existsSync(path)) throw fault(`main is ${main}, which does not exist.`);
  if (statSync(path).isDirectory()) return { directory: path, entryPoint: "." };
  return { directory: dirname(path), entryPoint: basename(path) };
}

/**
 * The stack to plan: the one asked for, else `dev`, else the only one there is. A project without any stack file may
 * call its stack as it likes.
 */
export function chooseStack(project: Project, asked: string | undefined): string {
  const stacks = stacksOf(project);
  if (stacks.length === 0) return asked ?? "dev";
  if (asked !== undefined) {
    if (stacks.includes(asked)) return asked;
    const message = `The stack ${asked} has no Pulumi.${asked}.yaml in ${project.stackDirectory}; there is ${list(stacks)}.`;
    throw new PlanError("unknown-stack", message);
  }
  if (stacks.includes("dev")) return "dev";
  if (stacks.length === 1) return stacks[0] as string;
  const message = `The project ${project.name} has no stack dev; choose one of ${list(stacks)}.`;
  throw new PlanError("unknown-stack", message);
}

export function stacksOf(project: Project): string[] {
  if (!existsSync(project.stackDirectory)) return [];
  const names = readdirSync(project.stackDirectory).map((name) => /^Pulumi\.(.+)\.ya?ml$/.exec(name)?.[1]);
  return names.filter((name) => name !== undefined).sort();
}

function list(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** A YAML or JSON map, or an error that says where the text is broken. */
export function readYaml(file: string): Yaml {
  const document = parseDocument(readFileSync(file, "utf8"), { prettyErrors: true });
  const broken = document.errors[0];
  if (broken !== undefined) {
    throw new PlanError(
      "bad-project-file",
      `${file} is not valid YAML: ${broken.message.split("\n")[0]?.replace(/:$/, "")}`,
    );
  }
  const content: unknown = document.toJS();
  if (content === null || content === undefined) return {};
  if (!isMap(content)) throw new PlanError("bad-project-file", `${file} should be a map of keys.`);
  return content;
}

export function isMap(value: unknown): value is Yaml {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

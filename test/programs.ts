import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const root = join(__dirname, "..");

/** A stack or example with one of its configurations. */
export interface Program {
  /** Path from the root, such as `stacks/cloud-aws`. */
  path: string;
  stack: string;
}

/** Every stack and example with every configuration it has. Throws where one has no `Pulumi.dev.yaml`. */
export function programs(): Program[] {
  return ["stacks", "examples"].flatMap((folder) => {
    const found = readdirSync(join(root, folder))
      .map((name) => `${folder}/${name}`)
      .filter((path) => !isLibrary(path));
    if (found.length === 0) throw new Error(`${folder} holds no program`);
    return found.flatMap((path) => {
      const files = readdirSync(join(root, path));
      const stacks = files.flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []);
      const wanted = folder === "stacks" ? ["dev", "prod"] : ["dev"];
      for (const stack of wanted) if (!stacks.includes(stack)) throw new Error(`${path} has no Pulumi.${stack}.yaml`);
      if (!existsSync(join(root, path, "README.md"))) throw new Error(`${path} has no README.md`);
      return stacks.map((stack) => ({ path, stack }));
    });
  });
}

/** Whether a folder holds what programs share, as a package of the workspace, and no program. */
function isLibrary(path: string): boolean {
  if (existsSync(join(root, path, "Pulumi.yaml"))) return false;
  const { main } = JSON.parse(readFileSync(join(root, path, "package.json"), "utf8"));
  if (!main)
    throw new Error(`${path} has no Pulumi.yaml, and its package.json no main: it is no program and no library`);
  return true;
}

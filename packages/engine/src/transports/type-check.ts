/** Checks a TypeScript program's types in a process of its own, beside the plan. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { PlanError } from "../errors";
import type { Project } from "../project/project-file";

const CHECK = join(__dirname, "..", "..", "child", "type-check.js");

export interface TypeCheck {
  /** The first type error as a plan's error; undefined when the types are right, or nothing had to be checked. */
  readonly result: Promise<PlanError | undefined>;
  stop(): void;
}

const NOTHING: TypeCheck = { result: Promise.resolve(undefined), stop() {} };

export function typeCheck(project: Project): TypeCheck {
  const entry = [project.entryPoint, join(project.entryPoint, "index.ts")].find(
    (file) => file.endsWith(".ts") && existsSync(join(project.directory, file)),
  );
  if (!project.typescript || entry === undefined || !hasTypeScript(project)) return NOTHING;
  const tsconfig = project.tsconfig ?? join(project.directory, "tsconfig.json");
  let stop = () => {};
  const result = new Promise<PlanError | undefined>((resolve) => {
    const child = execFile(process.execPath, [CHECK, project.directory, entry, tsconfig], (error, stdout, stderr) => {
      const errors = stdout
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as string);
      const rest = errors.length > 1 ? ` (and ${errors.length - 1} more)` : "";
      if (errors.length > 0) resolve(new PlanError("compile", `The program does not compile: ${errors[0]}${rest}`));
      else
        resolve(
          error === null ? undefined : new PlanError("compile", `The program's types could not be checked: ${stderr}`),
        );
    });
    stop = () => child.kill("SIGKILL");
  });
  return { result, stop: () => stop() };
}

/** Without one of its own, a program runs by the SDK's, which is too old to check today's declarations. */
function hasTypeScript(project: Project): boolean {
  try {
    createRequire(join(project.directory, "index.js")).resolve("typescript");
    return true;
  } catch {
    return false;
  }
}

import type { Graph } from "./graph";
import type { DirectoryOptions, PlanOptions } from "./options";

export { loadAnswers } from "./answers/load";
export * from "./document";
export * from "./errors";
export * from "./find";
export * from "./graph";
export * from "./options";

/** Runs a Pulumi program in this process and returns what it would register. Rejects with a {@link PlanError}. */
export async function plan(program: () => unknown | Promise<unknown>, options?: PlanOptions): Promise<Graph> {
  // The SDK's runtime is only loaded when it is needed: planning a directory leaves it to the child.
  const { planInProcess } = require("./transports/in-process") as typeof import("./transports/in-process");
  return planInProcess(program, options);
}

/** Runs a Pulumi program's directory in a child process, as it stands. Rejects with a {@link PlanError}. */
export async function planDirectory(dir: string, options?: DirectoryOptions): Promise<Graph> {
  const { planDirectoryInChild } = require("./transports/directory") as typeof import("./transports/directory");
  return planDirectoryInChild(dir, options);
}

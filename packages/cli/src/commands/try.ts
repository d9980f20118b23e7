import type { Command } from "commander";
import type { RegisterCommand } from ".";
import { setConfig } from "./plan";

/** What `aistack try` was asked for. */
export interface TryArguments {
  readonly directory: string;
  readonly stack?: string;
  /** Keys `key` or `project:key`. */
  readonly config: Readonly<Record<string, string>>;
  /** File with answers to what the program asks of the outside world. */
  readonly answers?: string;
  /** A cluster that runs already, in the place of a simulated one. */
  readonly kubeconfig?: string;
  /** Folder with custom resource definitions, for the simulated cluster. */
  readonly definitions?: string;
  readonly keep: boolean;
  readonly debug: boolean;
}

const examples = `
Examples:
  aistack try stacks/cloud-aws                       on a simulated cluster with the stack's nodes
  aistack try stacks/cloud-aws --stack prod --keep   keep it up for kubectl, until Ctrl-C
  aistack try . --kubeconfig ~/.kube/test            on a cluster of your own; what was made is removed

Exit codes:
  0  every object was accepted, and every workload became ready
  1  something was refused or did not become ready, the program is at fault, or Ctrl-C ended the trial
  2  the command was used wrongly`;

/** `aistack try`: declares its options; the work is in `try-run.ts`, which is only loaded to run it. */
export const registerTry: RegisterCommand = (program, io, exit) => {
  program
    .command("try")
    .summary("roll out the Kubernetes part of a Pulumi program on a simulated cluster")
    .description(
      "Rolls out the Kubernetes part of a Pulumi program on a simulated cluster: a real API server, scheduler and " +
        "controllers on this machine, with simulated nodes like those of the program's node pools. No container runs. " +
        "The cluster is built with Go the first time, which takes minutes, and is gone at the end.",
    )
    .argument("[dir]", "directory of the program, the one with Pulumi.yaml", ".")
    .option("-s, --stack <name>", "stack whose Pulumi.<name>.yaml is used (default: dev)")
    .option("-c, --config <key=value>", "set a configuration value, also project:key=value; repeatable", setConfig)
    .option("--answers <file>", "YAML or JSON with answers to lookups and stack references")
    .option(
      "--kubeconfig <file>",
      "use the cluster of this file's current context, which must have none of the objects",
    )
    .option("--definitions <dir>", "folder with custom resource definitions for the simulated cluster")
    .option("--keep", "simulated: keep the cluster up until Ctrl-C; with --kubeconfig: leave the objects there")
    .option("--debug", "show stack traces and debug messages")
    .addHelpText("after", examples)
    .action(async (directory: string, options: Partial<TryArguments>, command: Command) => {
      if (options.kubeconfig !== undefined && options.definitions !== undefined) {
        command.error("error: --definitions is for the simulated cluster; leave it out with --kubeconfig");
      }
      const { runTry }: typeof import("./try-run") = require("./try-run");
      const { config = {}, keep = false, debug = false } = options;
      exit(await runTry({ ...options, directory, config, keep, debug }, io));
    });
};

import { Regulation } from "aistack-core/compliance";
import type { Mode } from "aistack-engine";
import { type Command, InvalidArgumentError, Option } from "commander";
import type { RegisterCommand } from ".";

/** What `aistack plan` was asked for. */
export interface PlanArguments {
  readonly directory: string;
  readonly stack?: string;
  /** Keys `key` or `project:key`. */
  readonly config: Readonly<Record<string, string>>;
  readonly mode: Mode;
  /** File for the JSON plan, or "-" for standard output. */
  readonly json?: string;
  /** File for the plan in Markdown. */
  readonly markdown?: string;
  /** Directory for the Kubernetes manifests. */
  readonly manifests?: string;
  /** File with answers to what the program asks of the outside world. */
  readonly answers?: string;
  /** Regulations whose controls are judged beside those that components name. */
  readonly compliance: readonly Regulation[];
  /** File for the evidence; a report goes beside it. */
  readonly evidence?: string;
  /** File with the levels of rules and controls. */
  readonly policyConfig?: string;
  /** Whether the types of a TypeScript program are checked, too. */
  readonly typeCheck: boolean;
  readonly watch: boolean;
  readonly debug: boolean;
}

/** The options as they are parsed: those that are neither given nor have a default worth showing are absent. */
type PlanOptions = Omit<PlanArguments, "directory" | "config" | "compliance" | "watch" | "debug"> &
  Partial<Pick<PlanArguments, "config" | "compliance" | "watch" | "debug">>;

const examples = `
Examples:
  aistack plan stacks/cloud-aws                              the whole picture, with stack dev
  aistack plan stacks/cloud-aws --stack prod                 another stack's configuration
  aistack plan . --config gpuNodes=4 --config aws:region=eu-central-1
  aistack plan . --json - | jq '.resources[].type'           for programs
  aistack plan . --manifests out                             Kubernetes objects as YAML
  aistack plan . --compliance hipaa,gdpr --evidence out.json which controls hold, and by what
  aistack plan . --watch                                     plan again on every change

Exit codes:
  0  planned
  1  the program or its input is at fault
  2  the command was used wrongly
  3  planned, but a mandatory rule or control fails`;

/** `aistack plan`: declares its options; the work is in `plan-run.ts`, which is only loaded to run it. */
export const registerPlan: RegisterCommand = (program, io, exit) => {
  program
    .command("plan")
    .summary("show what a Pulumi program would create")
    .description(
      "Shows what a Pulumi program would create, without a cloud account, the Pulumi CLI or the network. " +
        "Nothing is created.",
    )
    .argument("[dir]", "directory of the program, the one with Pulumi.yaml", ".")
    .option("-s, --stack <name>", "stack whose Pulumi.<name>.yaml is used (default: dev)")
    .option("-c, --config <key=value>", "set a configuration value, also project:key=value; repeatable", setConfig)
    .addOption(
      new Option(
        "--mode <mode>",
        "simulate: values computed by a provider are derived by rule where a rule exists; " +
          "preview: they are unknown, as in a first `pulumi preview`",
      )
        .choices(["simulate", "preview"])
        .default("simulate"),
    )
    .option("--json <file>", "write the plan as JSON (aistack/plan/v1); - prints it, and nothing else")
    .option("--markdown <file>", "write what is created and which controls hold in Markdown, for a comment")
    .option("--manifests <dir>", "write every Kubernetes object as YAML, for `kubectl apply --server-side -f <dir>`")
    .option("--answers <file>", "YAML or JSON with answers to lookups and stack references")
    .option("--no-type-check", "skip checking the program's types, which takes seconds after a change")
    .option(
      "--compliance <names>",
      `judge by the controls of these regulations too, separated by commas: ${Object.values(Regulation).join(", ")}`,
      addRegulations,
    )
    .option("--evidence <file>", "write what each control was judged by, as JSON, and a report in Markdown beside it")
    .option("--policy-config <file>", "JSON with the level of each rule, as for `pulumi up --policy-pack-config`")
    .option("-w, --watch", "plan again when the program changes, and show what that changed")
    .option("--debug", "show stack traces and debug messages")
    .addHelpText("after", examples)
    .action(async (directory: string, options: PlanOptions, command: Command) => {
      if (options.watch && options.json === "-") {
        command.error("error: --json - prints one plan; with --watch, give --json a file");
      }
      // Loaded here, because it brings the engine: `--help` and wrong options answer without that wait.
      const { runPlan }: typeof import("./plan-run") = require("./plan-run");
      const { config = {}, compliance = [], watch = false, debug = false } = options;
      exit(await runPlan({ ...options, directory, config, compliance, watch, debug }, io));
    });
};

/** Adds the regulations of one `--compliance`. */
export function addRegulations(argument: string, earlier: readonly Regulation[] = []): Regulation[] {
  const known = Object.values(Regulation);
  const named = argument.split(",").map((name) => {
    const found = known.find((regulation) => regulation === name.trim());
    if (found === undefined) throw new InvalidArgumentError(`There are ${known.join(", ")}.`);
    return found;
  });
  return [...earlier, ...named];
}

/** Adds one `--config`. A later one wins, and takes the later place too, as `key` and `project:key` may be the same. */
export function setConfig(argument: string, earlier: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, key, value] = /^([^=\s:]+(?::[^=\s:]+)?)=(.*)$/s.exec(argument) ?? [];
  if (key === undefined || value === undefined) {
    throw new InvalidArgumentError("Write key=value or project:key=value.");
  }
  const { [key]: _replaced, ...others } = earlier;
  return { ...others, [key]: value };
}

import { Command, CommanderError } from "commander";
import { commands } from "./commands";
import { colorsFor, type ExitCode, type Io } from "./io";
import { UsageError } from "./usage-error";

/** Runs one command line (without `node` and the script) and returns the exit code. Never throws. */
export async function run(argv: readonly string[], io: Io): Promise<ExitCode> {
  let exitCode: ExitCode = 0;
  const program = new Command("aistack")
    .description("Plans Pulumi stacks on a bare machine: no cloud account, no Pulumi CLI, no network.")
    .version(packageVersion(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand(false)
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHelpWidth: () => io.stdout.columns ?? 100,
      getErrHelpWidth: () => io.stderr.columns ?? 100,
    });
  for (const register of commands) {
    register(program, io, (code) => {
      exitCode = code;
    });
  }

  try {
    await program.parseAsync(argv, { from: "user" });
    return exitCode;
  } catch (error) {
    // Commander has already written its message; asking for help or the version is no mistake.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    const { red } = colorsFor(io.stderr, io.env);
    if (error instanceof UsageError) {
      io.stderr.write(`${red("error:")} ${error.message}\n`);
      return 2;
    }
    const trace = argv.includes("--debug") && error instanceof Error ? `\n${error.stack}` : "";
    io.stderr.write(`${red("error:")} aistack itself failed, which is a bug: ${messageOf(error)}${trace}\n`);
    if (trace === "") io.stderr.write("  Run it again with --debug for the stack trace.\n");
    return 1;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function packageVersion(): string {
  const manifest: { version: string } = require("../package.json");
  return manifest.version;
}

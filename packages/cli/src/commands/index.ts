import type { Command } from "commander";
import type { ExitCode, Io } from "../io";
import { registerPipeline } from "./pipeline";
import { registerPlan } from "./plan";
import { registerTry } from "./try";

/** Adds one command to the program; `exit` takes the exit code of its run. */
export type RegisterCommand = (program: Command, io: Io, exit: (code: ExitCode) => void) => void;

/** Every command, in the order of `aistack --help`. A new one is a file here and a line in this table. */
export const commands: readonly RegisterCommand[] = [registerPlan, registerTry, registerPipeline];

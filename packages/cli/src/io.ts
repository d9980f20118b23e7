import { createColors } from "picocolors";
import type { Colors } from "picocolors/types";

/** One of the two output streams, as far as this program needs it. */
export interface OutputStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** What a command may touch of the world outside, so that tests can stand in for it. */
export interface Io {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Calls back on Ctrl-C, instead of ending the process, until the returned function is called. */
  onInterrupt(listener: () => void): () => void;
}

/** 0: done. 1: the program or its input is at fault. 2: the command was used wrongly. 3: a mandatory rule fails. */
export type ExitCode = 0 | 1 | 2 | 3;

/** The streams of this process. */
export function processIo(): Io {
  return {
    stdout: process.stdout,
    stderr: process.stderr,
    cwd: process.cwd(),
    env: process.env,
    onInterrupt(listener) {
      process.once("SIGINT", listener);
      return () => process.removeListener("SIGINT", listener);
    },
  };
}

/** Colours for a stream: only on a terminal, and never with `NO_COLOR`. `FORCE_COLOR` colours a pipe too. */
export function colorsFor(stream: OutputStream, env: Io["env"]): Colors {
  if (env.NO_COLOR) return createColors(false);
  if (env.FORCE_COLOR && env.FORCE_COLOR !== "0") return createColors(true);
  return createColors(stream.isTTY === true && env.TERM !== "dumb");
}

/** Columns to fit text into: the terminal's, or no limit where the output is piped. */
export function widthOf(stream: OutputStream): number {
  return stream.isTTY ? Math.max(40, stream.columns ?? 80) : Number.POSITIVE_INFINITY;
}

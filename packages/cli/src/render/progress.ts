import { type Io, widthOf } from "../io";
import { counted, cut } from "./text";

/** A line on the terminal that says how far a plan is. */
export interface Progress {
  /** One more resource. */
  add(): void;
  /** Takes the line away. */
  end(): void;
}

/** Rewriting the line more often than the eye can follow would slow the plan down. */
const interval = 60;

/** Progress on standard error: one line, rewritten, and only where that is a terminal. */
export function startProgress(io: Io, what: string): Progress {
  if (!io.stderr.isTTY || io.env.TERM === "dumb") return { add() {}, end() {} };
  let resources = 0;
  let shown = 0;
  const show = () => {
    shown = Date.now();
    const text = `${what}${resources === 0 ? "" : ` ${counted(resources, "resource")}`} …`;
    // A line that the terminal wraps could not be taken back.
    io.stderr.write(`\r\u001b[2K${cut(text, widthOf(io.stderr) - 1)}`);
  };
  show();
  return {
    add() {
      resources++;
      if (Date.now() - shown >= interval) show();
    },
    end() {
      io.stderr.write("\r\u001b[2K");
    },
  };
}

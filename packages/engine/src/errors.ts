import type { Diagnostic } from "./graph";

/**
 * Why a program could not be planned.
 *
 * - `no-project`: the directory has no `Pulumi.yaml`.
 * - `bad-project-file`: a project or stack file cannot be read as what it should be.
 * - `unknown-stack`: the stack has no `Pulumi.<stack>.yaml`; the message lists those that have.
 * - `bad-config`: a configuration key or value is not what `Pulumi.yaml` declares.
 * - `missing-dependencies`: the program's packages are not installed.
 * - `compile`: the program is not valid TypeScript or JavaScript.
 * - `input`: a component or resource refused its arguments; see {@link PlanError.faults}.
 * - `program`: the program threw, or reported an error.
 * - `unanswered`: it asked the outside world for something that no answer covers.
 * - `duplicate`: two resources have the same URN.
 * - `timeout`: it did not end in time; the message lists what was pending.
 * - `exit`: it left through `process.exit`, or died.
 */
export type PlanErrorKind =
  | "no-project"
  | "bad-project-file"
  | "unknown-stack"
  | "bad-config"
  | "missing-dependencies"
  | "compile"
  | "input"
  | "program"
  | "unanswered"
  | "duplicate"
  | "timeout"
  | "exit";

export interface Fault {
  readonly propertyPath: string;
  readonly reason: string;
}

export interface PlanErrorInfo {
  urn?: string;
  faults?: readonly Fault[];
  details?: string;
  diagnostics?: readonly Diagnostic[];
}

/** A program, or what it was given, is at fault. The message is for people and holds no stack trace. */
export class PlanError extends Error {
  readonly kind: PlanErrorKind;
  /** What the program had logged by then. */
  readonly diagnostics: readonly Diagnostic[];
  /** URN of the resource at fault, where there is one. */
  readonly urn?: string;
  /** Every argument that was refused, of kind `input`. */
  readonly faults: readonly Fault[];
  /** The stack trace of the program's own error, for debugging. */
  readonly details?: string;

  constructor(kind: PlanErrorKind, message: string, info: PlanErrorInfo = {}) {
    super(message);
    this.name = "PlanError";
    this.kind = kind;
    this.diagnostics = info.diagnostics ?? [];
    this.urn = info.urn;
    this.faults = info.faults ?? [];
    this.details = info.details;
  }
}

/** What is read of an error that a program throws. Errors are told by their fields: a program may have its own SDK. */
export interface ThrownError {
  name?: string;
  message?: string;
  stack?: string;
  propertyPath?: string;
  reason?: string;
  errors?: readonly Fault[];
  __pulumiInputPropertyError?: boolean;
  __pulumiInputPropertiesError?: boolean;
  diagnosticText?: string;
}

/** The error of a plan for whatever a program threw. */
export function fromThrown(thrown: unknown): PlanError {
  if (thrown instanceof PlanError) return thrown;
  if (thrown === null || typeof thrown !== "object") return new PlanError("program", `The program threw: ${thrown}`);
  const error = thrown as ThrownError;
  const details = error.stack;
  if (error.__pulumiInputPropertiesError) {
    const faults = (error.errors ?? []).map(({ propertyPath, reason }) => ({ propertyPath, reason }));
    const lines = faults.filter(({ reason }) => !error.message?.includes(reason));
    const list = lines.map(({ propertyPath, reason }) => `\n  ${propertyPath}: ${reason}`).join("");
    return new PlanError("input", `${error.message}${list}`, { faults, details });
  }
  if (error.__pulumiInputPropertyError) {
    const fault = { propertyPath: error.propertyPath ?? "", reason: error.reason ?? "" };
    const said = error.message?.includes(fault.propertyPath);
    const message = said ? `${error.message}` : `${fault.propertyPath}: ${error.message}`;
    return new PlanError("input", message, { faults: [fault], details });
  }
  if (error.name === "TSError" || error.name === "SyntaxError") {
    return new PlanError("compile", `The program does not compile: ${compilerMessage(error)}`, { details });
  }
  return new PlanError("program", error.message || error.name || "The program threw an error without a message.", {
    details,
  });
}

/** The first error of the compiler and its place; a SyntaxError of Node has its place only in the head of its stack. */
function compilerMessage(error: ThrownError): string {
  const message = (error.message ?? "").replace(/^⨯ Unable to compile TypeScript:\s*/, "").trim();
  if (error.name === "SyntaxError") {
    const place = /^(\S+:\d+)$/m.exec(error.stack ?? "")?.[1];
    return place ? `${place}: ${message}` : message;
  }
  const [first = "", ...more] = message.split("\n").filter((line) => / error TS\d+: /.test(line));
  const readable = first.replace(/\((\d+),(\d+)\): error TS\d+:/, ":$1:$2:");
  return more.length === 0 ? readable || message : `${readable} (and ${more.length} more)`;
}

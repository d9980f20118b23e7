/** Catches what a program does to the whole process: unhandled rejections, and `process.exit`. */
import { runInThisContext } from "node:vm";
import type { Deployment } from "../core/deployment";
import { fromThrown, PlanError } from "../errors";

/** Under jest the global `process` is a copy that gets no events; the main context always has the real one. */
const realProcess: NodeJS.Process = runInThisContext("process");
const active = new Set<Deployment>();
/** The plan to which the running code belongs, by its async context. */
type Running = () => Deployment | undefined;
let running: Running = () => undefined;

/** Runs one plan; rejections of its promises end it and nothing else. */
export async function guarded<T>(deployment: Deployment, current: Running, run: () => Promise<T>): Promise<T> {
  running = current;
  if (active.size === 0) install();
  active.add(deployment);
  try {
    const result = await run();
    await settle();
    if (deployment.failure !== undefined) throw deployment.failure;
    return result;
  } catch (error) {
    // Rejections that follow from the failure come a turn later; they must not reach the next plan, or the host.
    await settle();
    throw error;
  } finally {
    active.delete(deployment);
    if (active.size === 0) uninstall();
  }
}

/** Node reports an unhandled rejection after the microtasks of its turn. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}

function onRejection(reason: unknown, promise: Promise<unknown>): void {
  const deployment = running();
  if (deployment === undefined || !active.has(deployment)) {
    // Not a plan's: what Node does when nobody listens.
    if (realProcess.listenerCount("unhandledRejection") === 1) throw reason;
    return;
  }
  // Handled from now on, for other listeners such as a test runner's.
  promise.catch(() => {});
  deployment.fail(fromThrown(reason));
}

let exit: typeof process.exit | undefined;

function install(): void {
  realProcess.on("unhandledRejection", onRejection);
  exit = process.exit;
  process.exit = ((code?: number | string | null) => {
    const deployment = running();
    if (deployment === undefined) return exit?.(code);
    const shown = code ?? process.exitCode ?? 0;
    const error = new PlanError("exit", `The program called process.exit(${shown}) before it had ended.`);
    throw deployment.fail(error);
  }) as typeof process.exit;
}

function uninstall(): void {
  realProcess.off("unhandledRejection", onRejection);
  if (exit !== undefined) process.exit = exit;
  exit = undefined;
}

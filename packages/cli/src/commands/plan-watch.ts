import { realpath } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { toDocument } from "aistack-engine";
import { colorsFor, type ExitCode, type Io, widthOf } from "../io";
import { renderFailures } from "../render/assessment";
import { renderDiff } from "../render/diff";
import { duration } from "../render/text";
import { Changes } from "../watch/changes";
import { diffPlans } from "../watch/diff";
import { watchRoots } from "../watch/roots";
import type { PlanArguments } from "./plan";
import { assessed } from "./plan-policy";
import { checkPaths, explain, makePlan, report, type TimedPlan, writeFiles } from "./plan-run";

/** `--watch`: shows the plan once, then what each change of the program does to it, until Ctrl-C. */
export async function watchPlans(args: PlanArguments, io: Io): Promise<ExitCode> {
  const program = await realpath(resolve(io.cwd, args.directory)).catch(() => undefined);
  const stop = new AbortController();
  const forget = io.onInterrupt(() => stop.abort());
  const changes = new Changes({
    roots: program === undefined ? [] : [...(await watchRoots(program)), ...filesOf(io, args.answers)],
    except: [...filesOf(io, args.json), ...filesOf(io, args.manifests)],
  });
  try {
    await checkPaths(args, io);
    await changes.start();
    const first = await attempt(args, io, stop.signal);
    if (first === 2) return first;
    let last = typeof first === "number" ? undefined : first;
    if (last !== undefined) await report(last, args, io);
    io.stdout.write("watching for changes, Ctrl-C ends\n");
    for (;;) {
      const files = await changes.next(stop.signal);
      if (files.length === 0) return 0;
      io.stdout.write(`\nchanged: ${files.map((file) => relative(io.cwd, file)).join(", ")}\n`);
      const plan = await attempt(args, io, stop.signal);
      if (typeof plan === "number") continue;
      await (last === undefined ? report(plan, args, io) : reportChange(last, plan, args, io));
      last = plan;
    }
  } finally {
    changes.close();
    forget();
  }
}

/** A plan; where there is none, says why and returns the exit code for it. */
async function attempt(args: PlanArguments, io: Io, stopped: AbortSignal): Promise<TimedPlan | ExitCode> {
  try {
    return await makePlan(args, io);
  } catch (error) {
    // Ctrl-C reaches the program that is being planned, too: that it ended early is no news then.
    return stopped.aborted ? 0 : explain(error, args, io);
  }
}

/** What differs from the last plan that succeeded. */
async function reportChange(last: TimedPlan, plan: TimedPlan, args: PlanArguments, io: Io): Promise<void> {
  const lines = renderDiff(diffPlans(last.graph, plan.graph), colorsFor(io.stdout, io.env));
  io.stdout.write(`${lines.join("\n")} · ${duration(plan.milliseconds)}\n`);
  const { graph } = plan;
  const document = toDocument(graph);
  const assessment = await assessed(document, args, io);
  io.stdout.write(renderFailures(assessment, widthOf(io.stdout), colorsFor(io.stdout, io.env)));
  await writeFiles({ graph, document, assessment }, args, io);
}

function filesOf(io: Io, file: string | undefined): string[] {
  return file === undefined ? [] : [resolve(io.cwd, file)];
}

import { realpath } from "node:fs/promises";
import { relative, resolve } from "node:path";
import { colorsFor, type ExitCode, type Io } from "../io";
import { renderDiff } from "../render/diff";
import { duration } from "../render/text";
import { Changes } from "../watch/changes";
import { diffPlans } from "../watch/diff";
import { watchRoots } from "../watch/roots";
import type { PlanArguments } from "./plan";
import { planOnce, report, type TimedPlan, writeFiles } from "./plan-run";

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
    await changes.start();
    const first = await planOnce(args, io);
    if (first === 2) return 2;
    let last = typeof first === "number" ? undefined : first;
    if (last !== undefined) await report(last, args, io);
    io.stdout.write("watching for changes, Ctrl-C ends\n");
    for (;;) {
      const files = await changes.next(stop.signal);
      if (files.length === 0) return 0;
      io.stdout.write(`\nchanged: ${files.map((file) => relative(io.cwd, file)).join(", ")}\n`);
      const plan = await planOnce(args, io);
      if (typeof plan === "number") continue;
      await reportChange(last, plan, args, io);
      last = plan;
    }
  } finally {
    changes.close();
    forget();
  }
}

/** What differs from the last plan that succeeded; the whole plan where there was none. */
async function reportChange(last: TimedPlan | undefined, plan: TimedPlan, args: PlanArguments, io: Io): Promise<void> {
  if (last === undefined) {
    await report(plan, args, io);
    return;
  }
  const lines = renderDiff(diffPlans(last.graph, plan.graph), colorsFor(io.stdout, io.env));
  io.stdout.write(`${lines.join("\n")} · ${duration(plan.milliseconds)}\n`);
  await writeFiles(plan.graph, args, io);
}

function filesOf(io: Io, file: string | undefined): string[] {
  return file === undefined ? [] : [resolve(io.cwd, file)];
}

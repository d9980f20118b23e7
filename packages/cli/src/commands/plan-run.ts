import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { type Graph, loadAnswers, PlanError, type PlanErrorKind, planDirectory, toDocument } from "aistack-engine";
import { colorsFor, type ExitCode, type Io, type OutputStream, widthOf } from "../io";
import { renderPlanError } from "../render/error";
import { startProgress } from "../render/progress";
import { renderPlan } from "../render/summary";
import { reasonOf, UsageError } from "../usage-error";
import type { PlanArguments } from "./plan";

/** Kinds of failure where the command names something that does not exist, rather than the program being wrong. */
const wrongUse: ReadonlySet<PlanErrorKind> = new Set<PlanErrorKind>(["no-project", "unknown-stack"]);

/** Runs `aistack plan`. */
export async function runPlan(args: PlanArguments, io: Io): Promise<ExitCode> {
  if (args.watch) {
    const { watchPlans }: typeof import("./plan-watch") = require("./plan-watch");
    return watchPlans(args, io);
  }
  await checkPaths(args, io);
  try {
    return await report(await makePlan(args, io), args, io);
  } catch (error) {
    return explain(error, args, io);
  }
}

/** Refuses paths that cannot be used, before time goes into a plan. */
export async function checkPaths({ manifests, answers }: PlanArguments, io: Io): Promise<void> {
  if (answers !== undefined && !existsSync(resolve(io.cwd, answers))) {
    throw new UsageError(`--answers ${answers}: there is no such file.`);
  }
  if (manifests !== undefined) {
    const { earlierManifests }: typeof import("../manifests/directory") = require("../manifests/directory");
    await earlierManifests(resolve(io.cwd, manifests), manifests);
  }
}

/** A plan, and how long it took to make. */
export interface TimedPlan {
  readonly graph: Graph;
  readonly milliseconds: number;
}

/** Plans the directory, with progress meanwhile. */
export async function makePlan(args: PlanArguments, io: Io): Promise<TimedPlan> {
  const started = performance.now();
  const answers = args.answers === undefined ? undefined : await loadAnswers(resolve(io.cwd, args.answers));
  const progress = startProgress(io, `planning ${args.directory}`);
  try {
    const graph = await planDirectory(resolve(io.cwd, args.directory), {
      stack: args.stack,
      config: args.config,
      mode: args.mode,
      answers,
      debug: args.debug,
      typeCheck: args.typeCheck,
      onResource: () => progress.add(),
    });
    return { graph, milliseconds: performance.now() - started };
  } finally {
    progress.end();
  }
}

/** Says why there is no plan, and returns the exit code for it. An error that is not about the program is thrown on. */
export function explain(error: unknown, { debug }: PlanArguments, io: Io): ExitCode {
  if (!(error instanceof PlanError)) throw error;
  io.stderr.write(renderPlanError(error, debug, widthOf(io.stderr), colorsFor(io.stderr, io.env)));
  return wrongUse.has(error.kind) ? 2 : 1;
}

/** Shows a plan, and writes the files that were asked for. */
export async function report({ graph, milliseconds }: TimedPlan, args: PlanArguments, io: Io): Promise<ExitCode> {
  if (args.json === "-") {
    io.stdout.write(jsonText(graph));
  } else {
    const colors = colorsFor(io.stdout, io.env);
    io.stdout.write(renderPlan(graph, { width: widthOf(io.stdout), colors, debug: args.debug, milliseconds }));
  }
  return writeFiles(graph, args, io);
}

/** Writes the JSON plan and the manifests that were asked for; what there is to say goes where it mixes with no JSON. */
export async function writeFiles(graph: Graph, args: PlanArguments, io: Io): Promise<ExitCode> {
  const messages: OutputStream = args.json === "-" ? io.stderr : io.stdout;
  if (args.json !== undefined && args.json !== "-") {
    await writeJson(graph, resolve(io.cwd, args.json), args.json);
    messages.write(`plan written to ${args.json}\n`);
  }
  if (args.manifests === undefined) return 0;
  const { exportManifests }: typeof import("./plan-manifests") = require("./plan-manifests");
  return exportManifests(graph, args.manifests, messages, io);
}

async function writeJson(graph: Graph, file: string, shown: string): Promise<void> {
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, jsonText(graph));
  } catch (error) {
    throw new UsageError(`--json ${shown}: the file cannot be written (${reasonOf(error)}).`);
  }
}

function jsonText(graph: Graph): string {
  return `${JSON.stringify(toDocument(graph), null, 2)}\n`;
}

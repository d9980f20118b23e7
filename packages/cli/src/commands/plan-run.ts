import { existsSync } from "node:fs";
import { resolve } from "node:path";
import {
  type Graph,
  loadAnswers,
  type PlanDocument,
  PlanError,
  type PlanErrorKind,
  planDirectory,
  toDocument,
} from "aistack-engine";
import type { Assessment } from "aistack-policy";
import { colorsFor, type ExitCode, type Io, type OutputStream, widthOf } from "../io";
import { renderFailures } from "../render/assessment";
import { renderPlanError } from "../render/error";
import { startProgress } from "../render/progress";
import { renderPlan } from "../render/summary";
import { UsageError } from "../usage-error";
import { jsonText, writeText } from "../write";
import type { PlanArguments } from "./plan";
import { assessed, exportEvidence, policySettings } from "./plan-policy";

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
export async function checkPaths(args: PlanArguments, io: Io): Promise<void> {
  const { manifests, answers } = args;
  await policySettings(args, io);
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
  const document = toDocument(graph);
  const assessment = await assessed(document, args, io);
  if (args.json === "-") {
    io.stdout.write(jsonText(document));
    io.stderr.write(renderFailures(assessment, widthOf(io.stderr), colorsFor(io.stderr, io.env)));
  } else {
    const colors = colorsFor(io.stdout, io.env);
    const width = widthOf(io.stdout);
    io.stdout.write(renderPlan(graph, { assessment, width, colors, debug: args.debug, milliseconds }));
  }
  return writeFiles({ graph, document, assessment }, args, io);
}

/** A plan in all forms that files are written from. */
export interface Reported {
  readonly graph: Graph;
  readonly document: PlanDocument;
  readonly assessment: Assessment;
}

/**
 * Writes the JSON plan, the Markdown, the evidence and the manifests that were asked for; what there is to say goes where it mixes with
 * no JSON.
 */
export async function writeFiles(reported: Reported, args: PlanArguments, io: Io): Promise<ExitCode> {
  const { graph, document, assessment } = reported;
  const failed: ExitCode = assessment.failed.length > 0 ? 3 : 0;
  const messages: OutputStream = args.json === "-" ? io.stderr : io.stdout;
  if (args.json !== undefined && args.json !== "-") {
    await writeText("--json", args.json, jsonText(document), io);
    messages.write(`plan written to ${args.json}\n`);
  }
  if (args.markdown !== undefined) {
    const { renderMarkdown }: typeof import("../render/markdown") = require("../render/markdown");
    await writeText("--markdown", args.markdown, renderMarkdown(graph, assessment), io);
    messages.write(`plan written to ${args.markdown}\n`);
  }
  if (args.evidence !== undefined) await exportEvidence(reported, args.evidence, messages, io);
  if (args.manifests === undefined) return failed;
  const { exportManifests }: typeof import("./plan-manifests") = require("./plan-manifests");
  return (await exportManifests(graph, args.manifests, messages, io)) || failed;
}

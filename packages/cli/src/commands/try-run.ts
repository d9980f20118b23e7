import { existsSync } from "node:fs";
import { resolve } from "node:path";
import {
  byCluster,
  inNamespace,
  type PlannedObject,
  type PlannedObjects,
  plannedObjects,
  type RolloutItem,
  rollOut,
} from "aistack-cluster";
import type { Graph } from "aistack-engine";
import { colorsFor, type ExitCode, type Io, widthOf } from "../io";
import { shortUrn } from "../render/names";
import { renderProblems, renderRollout, rolloutView } from "../render/rollout";
import { UsageError } from "../usage-error";
import type { PlanArguments } from "./plan";
import { explain, makePlan } from "./plan-run";
import type { TryArguments } from "./try";
import { openCluster, type TrialCluster } from "./try-clusters";

/** Runs `aistack try`. */
export async function runTry(args: TryArguments, io: Io): Promise<ExitCode> {
  checkPaths(args, io);
  const stop = new AbortController();
  const forget = io.onInterrupt(() => stop.abort());
  // Types are for `aistack plan`, as checking them takes seconds.
  const plan: PlanArguments = { ...args, mode: "simulate", compliance: [], typeCheck: false, watch: false };
  try {
    const { graph } = await makePlan(plan, io);
    return await tryPlan(graph, args, io, stop.signal);
  } catch (error) {
    // What fails because it is being ended is no news.
    if (stop.signal.aborted) return interrupted(io);
    return explainTrial(error, plan, io);
  } finally {
    forget();
  }
}

/** Refuses paths that do not exist, before time goes into a plan. */
function checkPaths({ answers, kubeconfig, definitions }: TryArguments, io: Io): void {
  for (const [option, path] of Object.entries({ answers, kubeconfig, definitions })) {
    if (path === undefined || existsSync(resolve(io.cwd, path))) continue;
    throw new UsageError(`--${option} ${path}: there is no such ${option === "definitions" ? "folder" : "file"}.`);
  }
}

async function tryPlan(graph: Graph, args: TryArguments, io: Io, signal: AbortSignal): Promise<ExitCode> {
  const planned = plannedObjects(graph);
  const clusters = [...byCluster(planned.objects)];
  const { bold, dim } = colorsFor(io.stdout, io.env);
  io.stdout.write(`${bold(graph.project)} ${dim(`· stack ${graph.stack}`)}\n\n`);
  if (args.kubeconfig !== undefined && clusters.length > 1) {
    const names = clusters.map(([name]) => name).join(", ");
    throw new UsageError(`The stack uses ${clusters.length} clusters (${names}); --kubeconfig names one.`);
  }
  if (clusters.length === 0) io.stdout.write("The plan has no Kubernetes object.\n");
  const codes: ExitCode[] = [];
  for (const [name, objects] of clusters) {
    if (clusters.length > 1) io.stdout.write(`${bold(`cluster ${name}`)}\n`);
    codes.push(await tryCluster(graph, objects, args, io, signal));
  }
  io.stdout.write(notCovered(planned, io));
  return planned.incomplete.length > 0 || codes.includes(1) ? 1 : 0;
}

/** Rolls the objects of one cluster out, and removes them again. */
async function tryCluster(
  graph: Graph,
  objects: readonly PlannedObject[],
  args: TryArguments,
  io: Io,
  signal: AbortSignal,
): Promise<ExitCode> {
  const cluster = await openCluster(graph, objects, args, io, signal);
  try {
    signal.throwIfAborted();
    const items = await watchRollout(cluster, objects, io, signal);
    io.stdout.write(renderRollout(items, colorsFor(io.stdout, io.env)));
    io.stderr.write(renderProblems(items, widthOf(io.stderr), colorsFor(io.stderr, io.env)));
    if (args.keep) await cluster.keep(signal);
    return items.every(({ state }) => state === "ready") ? 0 : 1;
  } finally {
    await cluster.close();
  }
}

async function watchRollout(
  { client, patienceMs, check }: TrialCluster,
  objects: readonly PlannedObject[],
  io: Io,
  signal: AbortSignal,
): Promise<RolloutItem[]> {
  // As they will be called once they are there, which is with their namespaces.
  const called = await Promise.all(objects.map((planned) => inNamespace(client, planned).catch(() => planned.object)));
  const view = rolloutView(io, called, colorsFor(io.stdout, io.env));
  try {
    return await rollOut(client, objects, { patienceMs, signal, onEvent: (event) => view.show(event) });
  } catch (error) {
    // A program of the cluster that ended is the better explanation of a broken connection.
    if (!signal.aborted) await check();
    throw error;
  } finally {
    view.end();
  }
}

/** What a trial says nothing about. */
function notCovered({ notCovered, incomplete }: PlannedObjects, io: Io): string {
  const { yellow, dim } = colorsFor(io.stdout, io.env);
  return [
    ...notCovered.map(({ urn, reason }) => dim(`not covered: ${shortUrn(urn)}, ${reason}`)),
    ...incomplete.map(
      ({ urn, paths }) => `${yellow("not complete:")} ${shortUrn(urn)}: ${paths.join(", ")} is only known after up`,
    ),
  ]
    .map((line) => `${line}\n`)
    .join("");
}

/** Says why there was no trial. */
function explainTrial(error: unknown, plan: PlanArguments, io: Io): ExitCode {
  const { red } = colorsFor(io.stderr, io.env);
  const name = error instanceof Error ? error.name : "";
  if (error instanceof Error && foreseen.has(name)) {
    const remedy =
      name === "GoMissingError"
        ? "aistack try builds its simulated cluster with Go 1.26 or newer; install Go (https://go.dev/dl) or pass --kubeconfig. "
        : "";
    io.stderr.write(`${red("error:")} ${remedy}${error.message}\n`);
    return 1;
  }
  return explain(error, plan, io);
}

/** Failures of what a trial is made of, whose messages are for people. */
const foreseen = new Set([
  "GoMissingError",
  "BuildError",
  "KubeconfigError",
  "ProcessEndedError",
  "ExistingObjectsError",
  "ApiError",
]);

function interrupted(io: Io): ExitCode {
  io.stderr.write("Interrupted; nothing was left behind.\n");
  return 1;
}

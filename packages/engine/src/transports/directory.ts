/** Runs an unmodified program directory in a child process, by the `cmd/run` of the program's own SDK. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { World } from "../answers/world";
import { Deployment } from "../core/deployment";
import { Monitor } from "../core/monitor";
import { engineHandlers, monitorHandlers } from "../core/services";
import { Transforms } from "../core/transforms";
import { fromThrown, PlanError, type ThrownError } from "../errors";
import type { Graph } from "../graph";
import type { DirectoryOptions } from "../options";
import { chooseStack, type Project, readProject } from "../project/project-file";
import { readStackConfig } from "../project/stack-config";
import { CallbackClients, REPLIES, serve } from "./grpc";
import { typeCheck } from "./type-check";

const PRELOAD = join(__dirname, "..", "..", "child", "preload.js");

export async function planDirectoryInChild(dir: string, options: DirectoryOptions = {}): Promise<Graph> {
  const started = performance.now();
  const project = readProject(resolve(dir));
  const stack = chooseStack(project, options.stack);
  const config = readStackConfig(project, stack, options);
  const entry = runnerOf(project);
  const deployment = new Deployment({
    project: options.project ?? project.name,
    stack,
    organization: options.organization ?? "organization",
    mode: options.mode ?? "preview",
    config: config.values,
    secretConfigKeys: config.secretKeys,
    answers: options.answers ?? {},
    onResource: options.onResource,
    debug: options.debug,
    root: project.root,
  });
  deployment.diagnostics.push(...config.warnings);

  let ended = false;
  const callbacks = new CallbackClients();
  const monitor = new Monitor(deployment, new Transforms(callbacks.run), new World(deployment));
  const handlers = monitorHandlers(monitor, deployment, REPLIES, () => {
    ended = true;
  });
  const server = await serve(deployment, handlers, engineHandlers(deployment, REPLIES));
  const ready = performance.now();
  const child = start(project, deployment, entry, server.address);
  const types = options.typeCheck === true ? typeCheck(project) : undefined;
  const timeoutMs = options.timeoutMs ?? 120_000;
  const timer = setTimeout(() => deployment.timedOut(timeoutMs), timeoutMs);
  try {
    const result = await Promise.race([outcome(child), deployment.failed]);
    // A program that does not compile may fail in any way; the compiler's word says why.
    const compileError = await types?.result;
    if (compileError !== undefined) throw deployment.fail(compileError);
    conclude(deployment, result, ended);
  } catch (error) {
    throw deployment.failure ?? deployment.fail(fromThrown(error));
  } finally {
    clearTimeout(timer);
    types?.stop();
    if (child.exitCode === null) child.kill("SIGKILL");
    callbacks.close();
    server.close();
  }
  const now = performance.now();
  return deployment.graph({ prepare: ready - started, program: now - ready });
}

/** Pulumi's runner, from the program's own dependencies. */
function runnerOf(project: Project): string {
  try {
    return createRequire(join(project.directory, "index.js")).resolve("@pulumi/pulumi/cmd/run");
  } catch {
    const command = ["pnpm-lock.yaml", "yarn.lock"].find((lock) => existsSync(join(project.root, lock)));
    const manager = command === undefined ? "npm" : command === "yarn.lock" ? "yarn" : "pnpm";
    const message = `The packages of ${project.name} are not installed: @pulumi/pulumi is not found from ${project.directory}.`;
    throw new PlanError("missing-dependencies", `${message} Run ${manager} install there first.`);
  }
}

function start(project: Project, deployment: Deployment, runner: string, address: string): ChildProcess {
  const { options } = deployment;
  const flags = {
    monitor: address,
    engine: address,
    project: options.project,
    stack: options.stack,
    organization: options.organization,
    "root-directory": project.root,
    pwd: project.directory,
    parallel: "16",
  };
  const settings = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
  // `-r` and not `--require`: the runner takes the long form for a loader of the program's own.
  const args = [...project.nodeArguments, "-r", PRELOAD, runner, ...settings, "--dry-run", project.entryPoint];
  const inherited = Object.entries(process.env).filter(([key]) => !key.startsWith("PULUMI_"));
  const env = {
    ...Object.fromEntries(inherited),
    PULUMI_CONFIG: JSON.stringify(options.config),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(options.secretConfigKeys),
    PULUMI_NODEJS_TYPESCRIPT: String(project.typescript),
    PULUMI_NODEJS_TRANSPILE_ONLY: "true",
    ...(project.tsconfig === undefined ? {} : { PULUMI_NODEJS_TSCONFIG_PATH: project.tsconfig }),
    // Warnings of Node name the process, and so differ from run to run.
    NODE_NO_WARNINGS: "1",
    no_grpc_proxy: "127.0.0.1",
    AISTACK_ENGINE_DEBUG: String(options.debug === true),
  };
  return spawn(process.execPath, args, { cwd: project.directory, env, stdio: ["ignore", "pipe", "pipe", "pipe"] });
}

interface Report {
  error?: ThrownError & { code?: string };
  exit?: number;
}
interface Outcome {
  code: number | null;
  signal: NodeJS.Signals | null;
  reports: readonly Report[];
  stdout: string;
  stderr: string;
}

/** How long a child may take to log and end once it has reported what was thrown. */
const GRACE_MS = 300;

function outcome(child: ChildProcess): Promise<Outcome> {
  const [stdout, stderr, reports] = child.stdio.slice(1).map((stream) => {
    const chunks: Buffer[] = [];
    stream?.on("data", (chunk: Buffer) => chunks.push(chunk));
    return () => Buffer.concat(chunks).toString("utf8");
  });
  const soFar = (code: number | null, signal: NodeJS.Signals | null): Outcome => {
    const lines = (reports?.() ?? "").split("\n").slice(0, -1);
    const parsed = lines.map((line) => JSON.parse(line) as Report);
    return { code, signal, reports: parsed, stdout: stdout?.() ?? "", stderr: stderr?.() ?? "" };
  };
  return new Promise((resolvePromise, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolvePromise(soFar(code, signal)));
    // Node 20.20 can loop for ever when it formats an error's stack for the log, so the end is not waited for.
    child.stdio[3]?.on("data", () => {
      if (soFar(null, null).reports.some(({ error }) => error !== undefined)) {
        setTimeout(() => resolvePromise(soFar(null, null)), GRACE_MS).unref();
      }
    });
  });
}

/** Throws what went wrong; else the program's own output joins the diagnostics. */
function conclude(deployment: Deployment, result: Outcome, ended: boolean): void {
  for (const line of `${result.stdout}\n${result.stderr}`.split("\n").filter((text) => text.trim() !== "")) {
    deployment.log("info", line);
  }
  const thrown = result.reports.find(({ error }) => error !== undefined)?.error;
  if (thrown !== undefined) {
    // The runner logs the same error with its stack, which is this error's `details`.
    const repeats = (text: string) => thrown.message !== undefined && text.includes(deployment.mask(thrown.message));
    const others = deployment.diagnostics.filter(({ severity, message }) => severity !== "error" || !repeats(message));
    deployment.diagnostics.splice(0, deployment.diagnostics.length, ...others);
    throw deployment.fail(fromThrown(thrown));
  }
  const logged = deployment.diagnostics.find(({ severity }) => severity === "error");
  if (logged !== undefined) throw deployment.error("program", logged.message, logged.urn);
  if (ended && result.code === 0) return;
  if (result.code === 32) throw deployment.error("program", entryPointMissing(result.stderr));
  const exit = result.reports.find((report) => report.exit !== undefined)?.exit;
  if (exit !== undefined) {
    throw deployment.error("exit", `The program called process.exit(${exit}) before it had ended.`);
  }
  const how = result.signal === null ? `with exit code ${result.code}` : `by ${result.signal}`;
  throw deployment.error("exit", `The program's process ended ${how} before the program had.`);
}

function entryPointMissing(stderr: string): string {
  const [first, ...rest] = stderr.split("\n").filter((line) => line.trim() !== "");
  const reason = rest.map((line) => line.trim().replace(/^\* /, "")).filter((line) => !line.startsWith("Here's"));
  return [first, ...reason].join(" ") || "The program's entry point could not be loaded.";
}

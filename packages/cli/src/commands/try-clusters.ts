import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import {
  addDefinitions,
  type Binaries,
  binaries,
  Client,
  describe,
  inNamespace,
  type KubernetesObject,
  type PlannedObject,
  readKubeconfig,
  startSimulatedCluster,
} from "aistack-cluster";
import type { Graph } from "aistack-engine";
import { type Io, widthOf } from "../io";
import { renderNodes } from "../render/rollout";
import { counted, cut, duration } from "../render/text";
import type { TryArguments } from "./try";

/** A cluster to roll out on. */
export interface TrialCluster {
  readonly client: Client;
  /** Milliseconds without progress after which a workload is given up. */
  readonly patienceMs: number;
  /** Throws where the cluster itself is broken. */
  check(): Promise<void>;
  /** Keeps what is there when the trial ends, or until the signal. */
  keep(signal: AbortSignal): Promise<void>;
  /** Leaves nothing behind, but for what is to be kept. */
  close(): Promise<void>;
}

/** Opens the cluster that the arguments ask for. */
export async function openCluster(
  graph: Graph,
  objects: readonly PlannedObject[],
  args: TryArguments,
  io: Io,
  signal: AbortSignal,
): Promise<TrialCluster> {
  if (args.kubeconfig !== undefined) return realCluster(resolve(io.cwd, args.kubeconfig), objects, io);
  return simulatedCluster(graph, objects, args, io, signal);
}

async function simulatedCluster(
  graph: Graph,
  objects: readonly PlannedObject[],
  args: TryArguments,
  io: Io,
  signal: AbortSignal,
): Promise<TrialCluster> {
  const built = await build(io, signal);
  signal.throwIfAborted();
  const simulated = await startSimulatedCluster(graph, objects, { binaries: built });
  const { client, kubeconfigFile, nodes } = simulated;
  let broken = false;
  const close = async () => {
    const logs = broken ? await mkdtemp(join(tmpdir(), "aistack-logs-")) : undefined;
    await simulated.stop(logs);
    if (logs !== undefined) io.stderr.write(`The logs of the cluster are in ${logs}\n`);
  };
  try {
    io.stdout.write(
      `simulated cluster, Kubernetes ${built.version}, up in ${duration(simulated.startedIn)}\n${renderNodes(nodes)}\n\n`,
    );
    const folder = args.definitions === undefined ? undefined : resolve(io.cwd, args.definitions);
    const kinds = objects.map(({ object }) => object);
    for (const kind of await addDefinitions(client, kinds, folder)) {
      io.stderr.write(`There is no definition of ${kind}: pass a folder that has it with --definitions.\n`);
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    client,
    patienceMs: 15_000,
    async check() {
      broken = true;
      await simulated.check();
      broken = false;
    },
    async keep(until) {
      io.stdout.write(`\nexport KUBECONFIG=${kubeconfigFile}\nThe cluster stays up until Ctrl-C.\n`);
      await untilAborted(until);
    },
    close,
  };
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) return done();
    // The listener alone would not keep the process.
    const alive = setInterval(() => {}, 60_000);
    signal.addEventListener("abort", () => {
      clearInterval(alive);
      done();
    });
  });
}

/** The cluster's programs; says what takes minutes the first time. */
async function build(io: Io, signal: AbortSignal): Promise<Binaries> {
  const live = io.stderr.isTTY === true && io.env.TERM !== "dumb";
  let compiled = 0;
  try {
    return await binaries({
      env: io.env,
      signal,
      onPackage(path) {
        if (compiled++ === 0)
          io.stderr.write("Building the simulated cluster with Go: minutes now, seconds from then on.\n");
        if (live)
          io.stderr.write(`\r\u001b[2K${cut(`${counted(compiled, "package")} ${path}`, widthOf(io.stderr) - 1)}`);
      },
    });
  } finally {
    if (live && compiled > 0) io.stderr.write("\r\u001b[2K");
  }
}

/** Objects of the plan are in the cluster already. */
class ExistingObjectsError extends Error {
  override readonly name = "ExistingObjectsError";
}

/** A cluster of the user's own: only what was not there is made, so that all of it can be removed. */
async function realCluster(file: string, objects: readonly PlannedObject[], io: Io): Promise<TrialCluster> {
  const client = new Client(await readKubeconfig(file));
  const served = await Promise.all(objects.map((planned) => inNamespace(client, planned).catch(() => undefined)));
  const own = served.filter((object): object is KubernetesObject => object !== undefined);
  const found = await Promise.all(own.map(async (object) => ((await client.get(object)) ? [describe(object)] : [])));
  const existing = found.flat();
  if (existing.length > 0) {
    client.close();
    throw new ExistingObjectsError(
      `The cluster already has ${existing.slice(0, 5).join(", ")}${existing.length > 5 ? " and more" : ""}. ` +
        "A trial only adds what is not there, so that it can remove all of it.",
    );
  }
  io.stdout.write(`cluster ${client.connection.server}\n\n`);
  let kept = false;
  return {
    client,
    patienceMs: 600_000,
    check: async () => {},
    async keep() {
      kept = true;
      io.stdout.write("The objects stay in the cluster.\n");
    },
    async close() {
      if (!kept) await remove(client, own, io);
      client.close();
    },
  };
}

/** Deletes the objects, the last of the order first, and waits until their namespaces are gone. */
async function remove(client: Client, objects: readonly KubernetesObject[], io: Io): Promise<void> {
  for (const object of [...objects].reverse()) await client.delete(object);
  const namespaces = objects.filter(({ apiVersion, kind }) => apiVersion === "v1" && kind === "Namespace");
  for (let end = Date.now() + 120_000; Date.now() < end; await wait(500)) {
    const left = await Promise.all(namespaces.map((namespace) => client.get(namespace)));
    if (left.every((namespace) => namespace === undefined)) {
      io.stdout.write(`${counted(objects.length, "object")} removed\n`);
      return;
    }
  }
  io.stderr.write(
    `Still being removed: ${namespaces.map(({ metadata }) => `Namespace ${metadata.name}`).join(", ")}\n`,
  );
}

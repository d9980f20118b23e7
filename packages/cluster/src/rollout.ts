import { setTimeout as wait } from "node:timers/promises";
import { ApiError, type Client } from "./client";
import { describe, isWorkload, type KubernetesObject, type Workload } from "./kubernetes";
import type { PlannedObject } from "./objects";
import { podsOf, readiness, whyNotReady } from "./ready";

/** One thing that happened, for a live view. */
export type RolloutEvent =
  | { readonly type: "applied"; readonly object: KubernetesObject }
  | { readonly type: "refused"; readonly object: KubernetesObject; readonly message: string }
  | { readonly type: "progress"; readonly object: KubernetesObject; readonly missing: string }
  | { readonly type: "ready"; readonly object: KubernetesObject; readonly nodes: readonly string[] };

export interface RolloutOptions {
  /** Milliseconds without any progress after which what is not ready is given up. Defaults to 30,000. */
  readonly patienceMs?: number;
  readonly onEvent?: (event: RolloutEvent) => void;
  readonly signal?: AbortSignal;
}

/** What became of an object. */
export interface RolloutItem {
  readonly planned: PlannedObject;
  /** As it is applied: with its namespace. */
  readonly object: KubernetesObject;
  readonly state: "ready" | "refused" | "not-ready" | "not-reached";
  /** Why it is not ready. */
  readonly problems: readonly string[];
  /** Names of the nodes that its pods run on, of a workload. */
  readonly nodes: readonly string[];
}

/** How often the cluster is asked, in milliseconds. */
const interval = 150;

interface Item {
  planned: PlannedObject;
  object: KubernetesObject;
  state: "waiting" | "applied" | RolloutItem["state"];
  problems: string[];
  nodes: string[];
  missing?: string;
  changed: number;
}

/**
 * Applies objects as an `up` would: each once everything is ready that it depends on, many at a time. Objects are tried
 * in the order given, as far as that allows. Nothing is thrown for what the cluster refuses or never makes ready: it is in
 * the result, as is what was not reached because of it.
 */
export async function rollOut(
  client: Client,
  objects: readonly PlannedObject[],
  options: RolloutOptions = {},
): Promise<RolloutItem[]> {
  const now = Date.now();
  const items: Item[] = objects.map((planned) => ({
    planned,
    object: planned.object,
    state: "waiting",
    problems: [],
    nodes: [],
    changed: now,
  }));
  const patience = options.patienceMs ?? 30_000;
  for (;;) {
    options.signal?.throwIfAborted();
    const moved = (await applyNext(client, items, options)) || (await judge(client, items, options));
    const open = items.filter(({ state }) => state === "applied");
    if (!moved && open.length === 0) break;
    if (Date.now() - Math.max(...items.map(({ changed }) => changed)) > patience) break;
    if (!moved) await wait(interval, undefined, { signal: options.signal });
  }
  return Promise.all(items.map((item) => conclude(client, item, items)));
}

/** Applies what has nothing left to wait for. */
async function applyNext(client: Client, items: readonly Item[], { onEvent }: RolloutOptions): Promise<boolean> {
  const unsettled = new Set(items.filter(({ state }) => state !== "ready").map(({ planned }) => planned.urn));
  const next = items.filter(
    ({ state, planned }) =>
      state === "waiting" && planned.after.every((urn) => urn === planned.urn || !unsettled.has(urn)),
  );
  for (const item of next) {
    item.changed = Date.now();
    try {
      item.object = await inNamespace(client, item.planned);
      await client.apply(item.object);
      item.state = "applied";
      onEvent?.({ type: "applied", object: item.object });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      item.state = "refused";
      item.problems.push(error.message);
      onEvent?.({ type: "refused", object: item.object, message: error.message });
    }
  }
  return next.length > 0;
}

/** Looks at what is applied. True where something became ready. */
async function judge(client: Client, items: readonly Item[], { onEvent }: RolloutOptions): Promise<boolean> {
  let moved = false;
  for (const item of items.filter(({ state }) => state === "applied")) {
    const live = await client.get(item.object);
    if (live === undefined) continue;
    const { ready, missing, failed } = await readiness(client, live);
    if (ready) {
      item.state = "ready";
      item.nodes = isWorkload(live) ? await nodesUnder(client, live) : [];
      onEvent?.({ type: "ready", object: item.object, nodes: item.nodes });
    } else if (failed) {
      item.state = "not-ready";
    } else if (missing !== undefined && missing !== item.missing) {
      item.missing = missing;
      onEvent?.({ type: "progress", object: item.object, missing });
    } else continue;
    item.changed = Date.now();
    moved = moved || item.state !== "applied";
  }
  return moved;
}

async function nodesUnder(client: Client, workload: Workload): Promise<string[]> {
  const pods = await podsOf(client, workload);
  return [...new Set(pods.flatMap(({ spec }) => spec.nodeName ?? []))].sort();
}

async function conclude(client: Client, item: Item, items: readonly Item[]): Promise<RolloutItem> {
  const { planned, object, nodes, problems } = item;
  if (item.state === "waiting") {
    const behind = items.filter(({ state, planned: { urn } }) => state !== "ready" && planned.after.includes(urn));
    const first = behind.find(({ state }) => state !== "waiting") ?? behind[0];
    const waits = first === undefined ? [] : [`waits for ${describe(first.object)}`];
    return { planned, object, nodes, state: "not-reached", problems: waits };
  }
  if (item.state === "applied" || item.state === "not-ready") {
    const live = await client.get(object);
    const reasons = live !== undefined && isWorkload(live) ? await whyNotReady(client, live) : [];
    return {
      planned,
      object,
      nodes,
      state: "not-ready",
      problems: [item.missing ?? "nothing is known of it", ...reasons],
    };
  }
  return { planned, object, nodes, state: item.state, problems };
}

/** The object in the namespace that it goes to, if its kind lives in one. */
export async function inNamespace(
  client: Client,
  { object, defaultNamespace }: PlannedObject,
): Promise<KubernetesObject> {
  const { namespaced } = await client.kind(object.apiVersion, object.kind);
  const { namespace, ...metadata } = object.metadata;
  if (!namespaced) return { ...object, metadata };
  const where = namespace ?? defaultNamespace ?? client.connection.namespace ?? "default";
  return { ...object, metadata: { ...metadata, namespace: where } };
}

/** Applies objects that are there once more. Returns those that this changed. */
export async function changedByApplyingAgain(
  client: Client,
  objects: readonly KubernetesObject[],
): Promise<KubernetesObject[]> {
  const changed: KubernetesObject[] = [];
  for (const object of objects) {
    let same = false;
    // A controller may have written its status in between.
    for (let attempt = 0; attempt < 5 && !same; attempt++) {
      const before = await client.get(object);
      const after = await client.apply(object);
      same = before?.metadata.resourceVersion === after.metadata.resourceVersion;
    }
    if (!same) changed.push(object);
  }
  return changed;
}

/** One line for each object that is not ready: what it is, and why. */
export function problemsOf(items: readonly RolloutItem[]): string[] {
  return items
    .filter(({ state }) => state !== "ready")
    .map(({ object, state, problems }) => `${describe(object)}: ${words[state]}: ${problems.join("; ")}`);
}

const words = { ready: "ready", refused: "refused", "not-ready": "not ready", "not-reached": "not reached" };

import type { QuotaArgs } from "aistack-core";
import * as defaults from "./defaults";
import type { RuntimePool } from "./pools";
import { acceleratorResource, sharesOf } from "./sharing";

/** An amount of each resource, as Kubernetes quantities. */
export type Amounts = { [resource: string]: string };

/**
 * What a quota gives a team: its accelerators, as many shares of each as pods can have, and the CPUs and memory that go
 * with them. CPUs and memory of nodes whose shape is not known are undefined.
 */
export interface Share {
  accelerators?: { resource: string; count: number };
  cpus?: number;
  memoryGiB?: number;
}

/** What `count` accelerators of a pool come with; for a pool without any, `count` CPUs. */
export function shareOf(pool: RuntimePool, count: number): Share {
  const resource = acceleratorResource(pool.accelerator);
  const usable = (perNode: number | undefined, part: number) =>
    perNode === undefined ? undefined : Math.max(1, Math.floor(perNode * part * defaults.allocatableShare));
  if (!resource) {
    const part = count / (pool.cpusPerNode ?? 1);
    return { cpus: count, memoryGiB: pool.cpusPerNode ? usable(pool.memoryGiBPerNode, part) : undefined };
  }
  const part = count / pool.perNode;
  return {
    accelerators: { resource, count: count * sharesOf(pool) },
    cpus: usable(pool.cpusPerNode, part),
    memoryGiB: usable(pool.memoryGiBPerNode, part),
  };
}

/** What a pool carries in all, in the terms of a quota; undefined if its CPUs are what counts and are not known. */
export function capacityOf(pool: RuntimePool): number | undefined {
  if (pool.accelerator) return pool.perNode * pool.maxNodes;
  return pool.cpusPerNode && pool.cpusPerNode * pool.maxNodes;
}

/** The pools that a team has a quota on, those without accelerators first: what needs none does not take one. */
export function quotasByPool(quotas: QuotaArgs[], pools: RuntimePool[]): { pool: RuntimePool; count: number }[] {
  const found = quotas.flatMap(({ pool: name, count }) => {
    const pool = pools.find((candidate) => candidate.name === name);
    return pool ? [{ pool, count }] : [];
  });
  return [...found.filter(({ pool }) => !pool.accelerator), ...found.filter(({ pool }) => pool.accelerator)];
}

/** The resources that Kueue counts for a team: all that one of its pools has. */
export function countedResources(pools: RuntimePool[]): string[] {
  const accelerators = pools.flatMap((pool) => acceleratorResource(pool.accelerator) ?? []);
  return ["cpu", "memory", ...[...new Set(accelerators)].sort()];
}

/** Quota on one pool, for every resource that Kueue counts for the team. */
export function nominalQuota(pool: RuntimePool, count: number, resources: string[]): Amounts {
  const { accelerators, cpus, memoryGiB } = shareOf(pool, count);
  const own: Amounts = {
    cpu: cpus === undefined ? defaults.uncounted.cpu : `${cpus}`,
    memory: memoryGiB === undefined ? defaults.uncounted.memory : `${memoryGiB}Gi`,
    ...(accelerators && { [accelerators.resource]: `${accelerators.count}` }),
  };
  return Object.fromEntries(resources.map((resource) => [resource, own[resource] ?? "0"]));
}

/**
 * The most that the pods of a namespace may ask for, whatever the queues say: the quota, or all that the pools carry if
 * the team may borrow. Without CPUs and memory where those are not known.
 */
export function hardLimits(quotas: { pool: RuntimePool; count: number }[], borrow: boolean): Amounts {
  const shares = quotas.map(({ pool, count }) => shareOf(pool, borrow ? (capacityOf(pool) ?? count) : count));
  const limits: Amounts = {};
  const accelerators = new Map<string, number>();
  for (const share of shares)
    if (share.accelerators) {
      const { resource, count } = share.accelerators;
      accelerators.set(resource, (accelerators.get(resource) ?? 0) + count);
    }
  for (const [resource, count] of accelerators) limits[`requests.${resource}`] = `${count}`;
  const unknownPool = borrow && quotas.some(({ pool }) => capacityOf(pool) === undefined);
  const total = (field: "cpus" | "memoryGiB") =>
    unknownPool || shares.some((share) => share[field] === undefined)
      ? undefined
      : shares.reduce((sum, share) => sum + (share[field] as number), 0);
  const cpus = total("cpus");
  const memoryGiB = total("memoryGiB");
  if (cpus !== undefined) limits["requests.cpu"] = `${cpus}`;
  if (memoryGiB !== undefined) limits["requests.memory"] = `${memoryGiB}Gi`;
  return limits;
}

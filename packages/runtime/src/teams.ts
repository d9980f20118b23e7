import type * as pulumi from "@pulumi/pulumi";
import { type Checks, dnsLabel, listOf, matching, type TeamArgs, wholeNumber } from "aistack-core";
import * as defaults from "./defaults";
import type { RuntimePool } from "./pools";
import { capacityOf } from "./quotas";

/**
 * Refuses teams that cannot be: names that are taken, quotas on pools that do not exist, more quota than the pools carry.
 * Returns the teams with what is still to come gated by its check.
 */
export function checkTeams(check: Checks, teams: TeamArgs[], pools: RuntimePool[]): TeamArgs[] {
  const names = new Map<string, number>();
  const checked = teams.map((team, index) => {
    const path = `teams[${index}]`;
    checkName(check, `${path}.name`, team.name, names, index);
    checkQuotas(check, path, team, pools);
    check.value(`${path}.priority`, team.priority, wholeNumber(0, 1000));
    const groups = check.value(`${path}.groups`, team.groups as pulumi.Input<string[]> | undefined, listOf(group, 1));
    return { ...team, groups };
  });
  for (const pool of pools) checkSum(check, teams, pool);
  return checked;
}

const group = matching(/^\S(.*\S)?$/, "the name of a group, without spaces around it");

function checkName(check: Checks, path: string, name: string, names: Map<string, number>, index: number): void {
  check.value(path, name, (value) => {
    if (defaults.reservedNamespaces.includes(value) || /^kube-/.test(value))
      return "is a namespace of the system; choose another name";
    return dnsLabel(value);
  });
  const earlier = names.get(name);
  if (earlier !== undefined)
    check.fault(path, `is "${name}", as is teams[${earlier}].name; give each team a name of its own`);
  else names.set(name, index);
}

function checkQuotas(check: Checks, path: string, team: TeamArgs, pools: RuntimePool[]): void {
  if (team.quota.length === 0)
    check.fault(
      `${path}.quota`,
      "is empty; name a pool and a count, or leave the team out, since it could run nothing",
    );
  const known = pools.map((pool) => pool.name);
  const seen = new Map<string, number>();
  for (const [index, quota] of team.quota.entries()) {
    const at = `${path}.quota[${index}]`;
    const pool = pools.find((candidate) => candidate.name === quota.pool);
    const earlier = seen.get(quota.pool);
    seen.set(quota.pool, index);
    if (!pool)
      check.fault(
        `${at}.pool`,
        `is "${quota.pool}", which is no pool of the cluster; choose one of ${known.join(", ") || "the pools to add"}`,
      );
    if (earlier !== undefined)
      check.fault(`${at}.pool`, `is "${quota.pool}", as is quota[${earlier}].pool; give one count for each pool`);
    const most = pool && capacityOf(pool);
    check.value(`${at}.count`, quota.count, (count) => {
      const fault = wholeNumber(1, 1_000_000)(count);
      if (fault || most === undefined || count <= most) return fault;
      return `pool ${quota.pool} carries ${most} at most; lower it or raise the pool's maxNodes`;
    });
  }
}

/** A quota is a promise: together the teams cannot be promised more than there is. */
function checkSum(check: Checks, teams: TeamArgs[], pool: RuntimePool): void {
  const most = capacityOf(pool);
  const counts = teams.flatMap((team) =>
    team.quota.filter((quota) => quota.pool === pool.name).map((row) => row.count),
  );
  const sum = counts.reduce((total, count) => total + count, 0);
  if (most === undefined || sum <= most || counts.some((count) => count > most)) return;
  check.fault(
    "teams",
    `promise ${sum} of pool ${pool.name}, which carries ${most} at most; lower the counts (teams borrow what others leave idle) or raise the pool's maxNodes`,
  );
}

import type { Checks, TeamArgs } from "aistack-core";
import type { RuntimePool } from "./pools";

/** Refuses teams that cannot be: names that are taken, quotas on pools that do not exist or beyond what they carry. */
export function checkTeams(check: Checks, teams: TeamArgs[], pools: RuntimePool[]): void {
  for (const [index, team] of teams.entries())
    for (const [at, quota] of team.quota.entries())
      if (!pools.some((pool) => pool.name === quota.pool))
        check.fault(`teams[${index}].quota[${at}].pool`, `is "${quota.pool}", which is no pool of the cluster`);
}

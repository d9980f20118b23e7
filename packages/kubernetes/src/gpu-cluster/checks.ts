import {
  Capacity,
  Checks,
  dnsLabel,
  type GpuPoolArgs,
  type InstallArgs,
  Interconnect,
  type TeamArgs,
} from "aistack-core";
import { checkTeams, type RuntimePool } from "aistack-runtime";
import type { GpuClusterArgs } from "./args";
import { planPools } from "./pools";

/** What the checks found out. */
export interface GpuClusterPlan {
  pools: RuntimePool[];
  teams: TeamArgs[];
}

/** Judges all arguments and throws every fault at once. */
export function checkCluster(type: string, name: string, args: GpuClusterArgs): GpuClusterPlan {
  const check = new Checks(type, name);
  check.value("name", name, dnsLabel);
  if (args.cluster === undefined) check.fault("cluster", "is missing; give the binding of the cluster that exists");
  for (const [index, pool] of (args.pools ?? []).entries()) refuseElsewhere(check, `pools[${index}]`, pool);
  const pools = planPools(check, args.pools ?? []);
  const teams = checkTeams(check, args.teams ?? [], pools);
  checkInstall(check, args.install ?? {}, pools);
  check.done();
  return { pools, teams };
}

/** What only a platform that makes the nodes can do. */
const elsewhere: { [field in keyof GpuPoolArgs]?: string } = {
  minNodes: "sets how many nodes there are; the cluster's own autoscaler decides that",
  reservationId: "is for nodes that are created",
  machineType: "is for nodes that are created; to tell nodes apart, give their `labels`",
  topology: "is for TPU slices that are created; to choose among slices, give the nodes' `labels`",
  zones: "is for nodes that are created; to choose a zone, give topology.kubernetes.io/zone in `labels`",
  diskSizeGiB: "is for nodes that are created",
  maxRunHours: "is for nodes that are created",
};

function refuseElsewhere(check: Checks, path: string, pool: GpuPoolArgs): void {
  const fix = "leave it out here, or create the cluster with the GpuCluster of a platform package";
  for (const [field, reason] of Object.entries(elsewhere))
    if (pool[field as keyof GpuPoolArgs] !== undefined)
      check.fault(`${path}.${field}`, `${reason}, but this component takes nodes as they are; ${fix}`);
  if (pool.capacity !== undefined && pool.capacity !== Capacity.OnDemand)
    check.fault(
      `${path}.capacity`,
      `is "${pool.capacity}", which says how nodes are obtained, but this component takes them as they are; ${fix}`,
    );
  if (pool.interconnect !== undefined && pool.interconnect !== Interconnect.Standard)
    check.fault(
      `${path}.interconnect`,
      `is "${pool.interconnect}", which is set up with the nodes, but this component takes them as they are; ${fix}`,
    );
}

function checkInstall(check: Checks, install: InstallArgs, pools: RuntimePool[]): void {
  if (install.gpuOperator === false && pools.some((pool) => pool.sharing))
    check.fault(
      "install.gpuOperator",
      "is false, but `sharing` is what the operator sets up; leave one of the two out, or set up the sharing where the operator was installed",
    );
}

import {
  type Accelerator,
  acceleratorNames,
  Capacity,
  type Checks,
  dnsLabel,
  type GpuPoolArgs,
  type GpuSharingArgs,
  Interconnect,
  matching,
  oneOf,
  resourceNameOf,
  type TaintArgs,
  TaintEffect,
  wholeNumber,
} from "aistack-core";
import { acceleratorTaint, checkSharing, nodeLabelsOf, type RuntimePool, sharingLabels } from "aistack-runtime";
import type { EdgeMachineArgs } from "./args";

/** A pool, checked and with defaults filled in. */
export interface PoolPlan {
  name: string;
  accelerator?: Accelerator;
  perNode: number;
  sharing?: GpuSharingArgs;
  labels: { [key: string]: string };
  taints: TaintArgs[];
  /** Machines that name the pool. */
  servers: number;
  agents: number;
}

/** What the edge cannot do, and why: refused by name. */
const impossible: { [field in keyof GpuPoolArgs]?: string } = {
  reservationId: "reserves machines of a cloud; on the edge the machines are yours already, leave it out",
  machineType: "names a machine of a cloud; on the edge `servers` and `agents` are the machines, leave it out",
  topology: "shapes TPU slices, which only Google Cloud has; leave it out",
  zones: 'places machines in a cloud; leave it out, or label machines with "topology.kubernetes.io/zone"',
  diskSizeGiB: "sizes disks of a cloud's machines; on the edge they have the disks they have, leave it out",
  maxRunHours: "replaces machines after a time; on the edge there is nothing to replace them by, leave it out",
};

const labelKey = matching(
  /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/,
  'a label key such as "example.org/line"',
);
const labelValue = matching(
  /^([A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?)?$/,
  "a label value: at most 63 letters, digits, hyphens, underscores and dots",
);

/** Accelerators that machines of one's own carry: k3s and the runtime know NVIDIA's. */
const available = acceleratorNames.filter((name) => resourceNameOf(name as Accelerator) === "nvidia.com/gpu");

/** Refuses bad pools and fills in the defaults; sorted by name, so that their order means nothing. */
export function planPools(
  check: Checks,
  pools: GpuPoolArgs[],
  machines: { servers: EdgeMachineArgs[]; agents: EdgeMachineArgs[] },
): PoolPlan[] {
  const plans = pools.map((pool, index) => planPool(check, `pools[${index}]`, pool, machines));
  for (const [index, { name }] of plans.entries())
    if (plans.findIndex((plan) => plan.name === name) !== index)
      check.fault(`pools[${index}].name`, `is "${name}", as another pool; give each a name of its own`);
  return plans.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function planPool(
  check: Checks,
  path: string,
  pool: GpuPoolArgs,
  machines: { servers: EdgeMachineArgs[]; agents: EdgeMachineArgs[] },
): PoolPlan {
  const name = pool.name ?? pool.accelerator ?? "";
  if (pool.name === undefined && pool.accelerator === undefined)
    check.fault(`${path}.name`, "is missing; a pool without an accelerator needs a name");
  else check.value(`${path}.name`, name as string, dnsLabel);
  checkAccelerator(check, path, pool);
  for (const [field, reason] of Object.entries(impossible))
    if (pool[field as keyof GpuPoolArgs] !== undefined) check.fault(`${path}.${field}`, reason as string);
  const capacity = pool.capacity ?? Capacity.OnDemand;
  if (capacity !== Capacity.OnDemand)
    check.fault(
      `${path}.capacity`,
      `is "${capacity}", but on the edge the machines are yours and always there; leave it out`,
    );
  if (pool.interconnect !== undefined && pool.interconnect !== Interconnect.Standard)
    check.fault(
      `${path}.interconnect`,
      `is "${pool.interconnect}", but the edge has the network that the machines have; leave it out`,
    );
  checkLabels(check, `${path}.labels`, pool.labels);
  checkTaints(check, `${path}.taints`, pool.taints);
  const inPool = (machine: EdgeMachineArgs) => machine.pool === name;
  const plan = {
    name: name as string,
    accelerator: pool.accelerator,
    perNode: pool.accelerator ? (check.value(`${path}.perNode`, pool.perNode ?? 1, wholeNumber(1, 16)) as number) : 0,
    sharing: pool.sharing,
    labels: pool.labels ?? {},
    taints: pool.taints ?? [],
    servers: machines.servers.filter(inPool).length,
    agents: machines.agents.filter(inPool).length,
  };
  checkSize(check, path, pool, plan);
  return plan;
}

function checkAccelerator(check: Checks, path: string, pool: GpuPoolArgs): void {
  const { accelerator } = pool;
  if (accelerator === undefined) {
    if (pool.perNode) check.fault(`${path}.perNode`, "is of no use without `accelerator`; name it or leave it out");
    if (pool.sharing) check.fault(`${path}.sharing`, "is of no use without `accelerator`; name it or leave it out");
    return;
  }
  check.value(`${path}.accelerator`, accelerator, oneOf(available as Accelerator[]));
  if (available.includes(accelerator)) checkSharing(check, `${path}.sharing`, pool, pool.sharing);
}

/** A pool is as large as the number of machines that name it; another size would be a wish that nobody grants. */
function checkSize(check: Checks, path: string, pool: GpuPoolArgs, { name, servers, agents }: PoolPlan): void {
  const size = servers + agents;
  if (size === 0 && name !== "")
    check.fault(path, `has no machine; write \`pool: "${name}"\` at one of \`servers\` or \`agents\`, or leave it out`);
  for (const field of ["minNodes", "maxNodes"] as const)
    if (pool[field] !== undefined && size > 0 && pool[field] !== size)
      check.fault(
        `${path}.${field}`,
        `is ${pool[field]}, but ${size} of the machines name the pool, and machines of one's own do not come and go; leave it out`,
      );
}

/** Refuses labels that Kubernetes does not take. */
export function checkLabels(check: Checks, path: string, labels: { [key: string]: string } = {}): void {
  for (const [key, value] of Object.entries(labels)) {
    check.value(path, key, labelKey);
    check.value(`${path}["${key}"]`, value, labelValue);
  }
}

/** Refuses taints that Kubernetes does not take. */
export function checkTaints(check: Checks, path: string, taints: TaintArgs[] = []): void {
  for (const [index, { key, value, effect }] of taints.entries()) {
    check.value(`${path}[${index}].key`, key, labelKey);
    check.value(`${path}[${index}].value`, value, labelValue);
    check.value(`${path}[${index}].effect`, effect, oneOf(Object.values(TaintEffect)));
  }
}

/** Labels of a machine's node: the pool's, those that the runtime reads, and its own. */
export function machineLabels(pool: PoolPlan | undefined, own: { [key: string]: string } = {}) {
  if (!pool) return own;
  return { ...own, ...pool.labels, ...nodeLabelsOf(pool.name, pool.accelerator), ...sharingLabels(pool) };
}

/**
 * Taints of a machine's node. A server with accelerators does not get the one that keeps other pods off: where all
 * machines carry GPUs, as with a single box, what runs the cluster would have no place.
 */
export function machineTaints(pool: PoolPlan | undefined, role: "server" | "agent", own: TaintArgs[] = []) {
  const kept = pool?.accelerator && role === "agent" ? [acceleratorTaint(pool.accelerator)] : [];
  return [...kept, ...(pool?.taints ?? []), ...own];
}

/** A pool as the runtime has to know it. */
export function runtimePool(pool: PoolPlan): RuntimePool {
  return {
    name: pool.name,
    accelerator: pool.accelerator,
    perNode: pool.perNode,
    maxNodes: pool.servers + pool.agents,
    nodeLabels: nodeLabelsOf(pool.name, pool.accelerator),
    taints: machineTaints(pool, pool.agents > 0 ? "agent" : "server"),
    sharing: pool.sharing,
  };
}

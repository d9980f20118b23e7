import {
  Capacity,
  type Checks,
  dnsLabel,
  type GpuPoolArgs,
  Interconnect,
  oneOf,
  TaintEffect,
  wholeNumber,
} from "aistack-core";
import { checkSharing } from "aistack-runtime";
import { zoneName } from "../shared/rules";
import * as defaults from "./defaults";
import { accelerated, machineTypeForm } from "./machines";
import type { PoolPlan } from "./plan";

const reservedLabel = /(^|\.)(kubernetes\.io|k8s\.io|cloud\.google\.com|gke\.io|aistack\.dev)$/;

/** Name, labels, taints and numbers of a pool; returns its name. */
export function checkPool(
  check: Checks,
  path: string,
  pool: GpuPoolArgs,
  names: Map<string, number>,
  index: number,
): string {
  const name = pool.name ?? pool.accelerator;
  checkName(check, pool.name === undefined ? `${path}.accelerator` : `${path}.name`, name, names, index);
  for (const key of Object.keys(pool.labels ?? {}))
    if (key.includes("/") && reservedLabel.test(key.split("/")[0] as string))
      check.fault(
        `${path}.labels["${key}"]`,
        "is a label that Kubernetes, GKE or this component sets; choose another prefix",
      );
  for (const [at, taint] of (pool.taints ?? []).entries()) {
    check.value(`${path}.taints[${at}].effect`, taint.effect, oneOf(Object.values(TaintEffect)));
    if (taint.key === defaults.nvidiaGpu || taint.key === "google.com/tpu")
      check.fault(
        `${path}.taints[${at}].key`,
        `is ${taint.key}, which nodes with accelerators carry anyway; leave it out`,
      );
  }
  const { minimum, maximum } = defaults.diskSizes;
  check.value(`${path}.diskSizeGiB`, pool.diskSizeGiB, wholeNumber(minimum, maximum));
  check.value(`${path}.maxRunHours`, pool.maxRunHours, wholeNumber(1, 720));
  check.value(`${path}.interconnect`, pool.interconnect, oneOf(Object.values(Interconnect)));
  pool.zones?.forEach((zone, at) => {
    check.value(`${path}.zones[${at}]`, zone, zoneName);
    if (pool.zones?.indexOf(zone) !== at) check.fault(`${path}.zones[${at}]`, `is ${zone}, which is named twice`);
  });
  if (pool.zones?.length === 0) check.fault(`${path}.zones`, "is empty; leave it out for the cluster's zones");
  return name ?? `pool-${index}`;
}

function checkName(
  check: Checks,
  path: string,
  name: string | undefined,
  names: Map<string, number>,
  index: number,
): void {
  if (name === undefined) {
    check.fault(path.replace(/accelerator$/, "name"), "is missing; without an accelerator a pool needs a name");
    return;
  }
  const earlier = names.get(name);
  if (earlier !== undefined)
    check.fault(path, `makes "${name}" the name of this pool and of pools[${earlier}]; give each a name of its own`);
  names.set(name, index);
  if (name === "system") check.fault(path, `is "system", the name of the nodes without accelerators`);
  if (path.endsWith(".name"))
    check.value(path, name, (value) =>
      value.length > 30
        ? "must have 30 characters or fewer, because Google Cloud limits the names made from it"
        : dnsLabel(value),
    );
}

/** A pool that carries no accelerator: a machine type of its own, and nothing that only accelerators have. */
export function checkWithoutAccelerator(check: Checks, path: string, pool: GpuPoolArgs): void {
  if (pool.machineType === undefined)
    check.fault(`${path}.machineType`, "is missing; name it, or an `accelerator` to have a machine chosen");
  check.value<string>(`${path}.machineType`, pool.machineType, (value) => {
    if (!machineTypeForm.test(value)) return "must be a machine type such as c3-standard-8";
    const machine = accelerated(value);
    return machine && `carries ${machine.accelerator}; say so in \`accelerator\``;
  });
  for (const field of ["perNode", "topology", "interconnect"] as const)
    if (pool[field] !== undefined && pool[field] !== Interconnect.Standard)
      check.fault(`${path}.${field}`, "is of no use without `accelerator`; leave one of the two out");
  if (pool.capacity === Capacity.FlexStart)
    check.fault(`${path}.capacity`, 'is "flex-start", which is for accelerators; choose on-demand, spot or reserved');
}

/** How many nodes, and whether they make whole slices and spread over their zones evenly. */
export function checkSize(check: Checks, path: string, plan: PoolPlan): void {
  const { minNodes, maxNodes, nodesPerSlice, zones, topology } = plan;
  check.value(`${path}.minNodes`, minNodes, wholeNumber(0, defaults.nodesPerPool));
  check.value(`${path}.maxNodes`, maxNodes, wholeNumber(1, defaults.nodesPerPool));
  if (minNodes > maxNodes)
    check.fault(`${path}.maxNodes`, `is ${maxNodes}, but minNodes is ${minNodes}; raise the one or lower the other`);
  for (const field of ["minNodes", "maxNodes"] as const)
    if (plan[field] % nodesPerSlice !== 0)
      check.fault(
        `${path}.${field}`,
        `is ${plan[field]}, but a slice of ${topology} has ${nodesPerSlice} nodes of ${plan.machineType}; choose a multiple of ${nodesPerSlice}`,
      );
  if (zones && zones.length > 0 && minNodes % zones.length !== 0)
    check.fault(
      `${path}.minNodes`,
      `is ${minNodes}, but GKE starts as many nodes in each of the ${zones.length} zones; choose a multiple of ${zones.length}, or name fewer zones`,
    );
}

/** How the machines are obtained. */
export function checkCapacity(check: Checks, path: string, plan: PoolPlan): void {
  const offered = Object.values(Capacity).filter((value) => value !== Capacity.CapacityBlock);
  const { capacity, reservationId } = plan;
  if (capacity === Capacity.CapacityBlock)
    check.fault(`${path}.capacity`, `is "capacity-block", which only AWS offers; choose one of ${offered.join(", ")}`);
  else check.value(`${path}.capacity`, capacity, oneOf(offered));
  if (capacity === Capacity.Reserved) {
    check.value(`${path}.reservationId`, reservationId ?? "", (value) =>
      /^([a-z][-a-z0-9]*|projects\/[^/]+\/reservations\/[^/]+(\/reservationBlocks\/[^/]+)?)$/.test(value)
        ? undefined
        : "must be the name of a reservation, or projects/<project>/reservations/<name> for one of another project",
    );
    if (!plan.zones)
      check.fault(`${path}.zones`, "is missing; a reservation is in one zone: name it, else no node comes of it");
  } else if (reservationId !== undefined)
    check.fault(`${path}.reservationId`, `has no effect with capacity "${capacity}"; set capacity to "reserved"`);
  if (capacity !== Capacity.FlexStart) return;
  if (plan.minNodes > 0)
    check.fault(`${path}.minNodes`, `is ${plan.minNodes}, but flex-start nodes come only when asked for; leave it out`);
  if ((plan.maxRunHours ?? 1) > defaults.flexStartHours)
    check.fault(
      `${path}.maxRunHours`,
      `is ${plan.maxRunHours}, but Google Cloud takes flex-start nodes back after ${defaults.flexStartHours}; lower it`,
    );
}

/** Where nodes are placed, and how pods share what they carry. */
export function checkPlacement(check: Checks, path: string, plan: PoolPlan, pool: GpuPoolArgs): void {
  const { machineType, isCompact } = plan;
  checkSharing(check, `${path}.sharing`, { accelerator: plan.machine?.accelerator }, plan.sharing);
  if (isCompact && defaults.tcpxMachines.includes(machineType))
    check.fault(
      `${path}.interconnect`,
      `is "high-bandwidth", but the fast network of ${machineType} is GPUDirect-TCPX, which this component does not set up; choose a machine with RDMA (${defaults.rdmaMachines.join(", ")}), or leave it out`,
    );
  if (isCompact && plan.capacity === Capacity.FlexStart)
    check.fault(
      `${path}.interconnect`,
      'is "high-bandwidth", but GKE does not place queued flex-start nodes close together; leave one of the two out',
    );
  if (isCompact && machineType === "a4x-highgpu-4g" && plan.maxNodes > defaults.nodesPerNvl72)
    check.fault(
      `${path}.maxNodes`,
      `is ${plan.maxNodes}, but an NVL72 domain has ${defaults.nodesPerNvl72} nodes; make one pool for each`,
    );
  if (isCompact || plan.nodesPerSlice > 1) {
    const what = isCompact ? "nodes that are close together" : `the nodes of a ${plan.topology} slice`;
    if (pool.zones?.length !== 1) {
      const shown = pool.zones ? `is ${JSON.stringify(pool.zones)}` : "is missing";
      check.fault(`${path}.zones`, `${shown}, but ${what} are in one zone; name the one that has ${machineType}`);
    }
  }
}

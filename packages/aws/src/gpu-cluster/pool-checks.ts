import {
  Capacity,
  type Checks,
  dnsLabel,
  type GpuPoolArgs,
  Interconnect,
  machines,
  matching,
  oneOf,
  Platform,
  TaintEffect,
  wholeNumber,
} from "aistack-core";
import { zoneName } from "../network/args";
import * as defaults from "./defaults";

/** Domains whose labels Kubernetes, EKS, Karpenter, the GPU operator or this component sets. */
const reservedDomain =
  /(^|\.)(kubernetes\.io|k8s\.io|eks\.amazonaws\.com|karpenter\.sh|karpenter\.k8s\.aws|nvidia\.com|aistack\.dev)$/;

const qualifiedName = matching(
  /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/,
  'a name such as "team" or "example.org/team"',
);

const labelValue = matching(
  /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/,
  "63 letters, digits, hyphens, dots and underscores or fewer, starting and ending with a letter or digit",
);

const reservation = matching(/^cr-[0-9a-z]+$/, 'the id of a capacity reservation such as "cr-0123456789abcdef0"');

/** What can be had on AWS. */
const capacities = Object.values(Capacity).filter((capacity) => capacity !== Capacity.FlexStart);

/** Capacity that stands ready for the account, in one zone. */
export function isReserved(capacity: Capacity): boolean {
  return capacity === Capacity.Reserved || capacity === Capacity.CapacityBlock;
}

/** Judges the type of a machine without accelerators. */
export function instanceType(type: string, fix: string): string | undefined {
  if (!/^[a-z][a-z0-9-]*\.[a-z0-9-]+$/.test(type)) return "must be an EC2 instance type such as m7i.large";
  const machine = machines.find((row) => row.type === type && row.cloud === Platform.Aws);
  return machine && `carries ${machine.accelerator}; ${fix}, or choose a type without accelerators`;
}

export function checkName(
  check: Checks,
  path: string,
  pool: GpuPoolArgs,
  name: string | undefined,
  names: Map<string, number>,
  index: number,
  systemPool: string,
): void {
  if (name === undefined) {
    check.fault(`${path}.name`, "is missing; a pool without `accelerator` has no name by default");
    return;
  }
  const at = pool.name === undefined ? `${path}.accelerator` : `${path}.name`;
  const earlier = names.get(name);
  if (earlier !== undefined)
    check.fault(at, `makes "${name}" the name of this pool and of pools[${earlier}]; give each a name of its own`);
  names.set(name, index);
  if (name === systemPool) check.fault(at, `is "${systemPool}", the name of the nodes without accelerators`);
  check.value<string>(`${path}.name`, pool.name, (value) =>
    value.length > 30 ? "must have 30 characters or fewer, because AWS limits the names made from it" : dnsLabel(value),
  );
}

export function checkSize(check: Checks, path: string, minNodes: number, maxNodes: number): void {
  check.value(`${path}.minNodes`, minNodes, wholeNumber(0, defaults.nodesPerPool));
  check.value(`${path}.maxNodes`, maxNodes, wholeNumber(1, defaults.nodesPerPool));
  if (minNodes > maxNodes)
    check.fault(`${path}.maxNodes`, `is ${maxNodes}, but minNodes is ${minNodes}; raise the one or lower the other`);
}

export function checkLabels(check: Checks, path: string, labels: { [key: string]: string }): void {
  for (const [key, value] of Object.entries(labels)) {
    const at = `${path}.labels["${key}"]`;
    const fault = qualifiedName(key);
    if (fault) check.fault(at, `has a key that ${fault}`);
    if (key.includes("/") && reservedDomain.test(key.split("/")[0] as string))
      check.fault(at, "is a label that Kubernetes, EKS, Karpenter or this component sets; choose another prefix");
    check.value(at, value, labelValue);
  }
}

export function checkTaints(check: Checks, path: string, { taints = [] }: GpuPoolArgs): void {
  const seen = new Set<string>();
  for (const [index, { key, value, effect }] of taints.entries()) {
    const at = `${path}.taints[${index}]`;
    check.value(`${at}.key`, key, (own) => {
      if (reservedDomain.test(own.split("/")[0] as string) && own.includes("/"))
        return "is a taint that Kubernetes, EKS, Karpenter or this component sets; choose another prefix";
      return qualifiedName(own);
    });
    check.value(`${at}.value`, value, labelValue);
    check.value(`${at}.effect`, effect, oneOf(Object.values(TaintEffect)));
    const same = `${key} ${effect ?? TaintEffect.NoSchedule}`;
    if (seen.has(same)) check.fault(`${at}.key`, `is "${key}", which the pool has twice with the same effect`);
    seen.add(same);
  }
}

export function checkCapacity(
  check: Checks,
  path: string,
  pool: GpuPoolArgs,
  capacity: Capacity,
  minNodes: number,
): void {
  const { reservationId, maxRunHours } = pool;
  if (capacity === Capacity.FlexStart)
    check.fault(`${path}.capacity`, `is "flex-start", which is Google Cloud's; choose one of ${capacities.join(", ")}`);
  else check.value(`${path}.capacity`, capacity, oneOf(capacities));
  check.value(`${path}.interconnect`, pool.interconnect, oneOf(Object.values(Interconnect)));
  check.value(`${path}.reservationId`, reservationId, reservation);
  if (isReserved(capacity) && reservationId === undefined)
    check.fault(`${path}.reservationId`, `is missing, but \`capacity\` is "${capacity}"; name what to use, cr-...`);
  if (!isReserved(capacity) && reservationId !== undefined)
    check.fault(
      `${path}.reservationId`,
      `is "${reservationId}", but \`capacity\` is "${capacity}"; set it to "reserved" or "capacity-block", or leave the reservation out`,
    );
  check.value(`${path}.maxRunHours`, maxRunHours, wholeNumber(1, 720));
  if (maxRunHours !== undefined && minNodes > 0)
    check.fault(
      `${path}.maxRunHours`,
      `is ${maxRunHours}, but the ${minNodes} nodes of minNodes stay; set minNodes to 0, or make a second pool`,
    );
}

export function checkZones(
  check: Checks,
  path: string,
  { zones, interconnect }: GpuPoolArgs,
  capacity: Capacity,
  minNodes: number,
  clusterZones?: string[],
): void {
  if (zones === undefined) {
    // An Auto Scaling group starts nodes in any of its zones, and fails outside that of the reservation. Karpenter asks.
    if (isReserved(capacity) && minNodes > 0)
      check.fault(`${path}.zones`, "is missing; name the zone of the reservation, in which alone its nodes can start");
    return;
  }
  if (zones.length === 0) check.fault(`${path}.zones`, "is [], but must name 1 zone or more; or leave it out");
  zones.forEach((zone, index) => {
    check.value(`${path}.zones[${index}]`, zone, (value) => {
      if (clusterZones && !clusterZones.includes(value))
        return `the cluster's network is in ${clusterZones.join(", ")}; choose among them`;
      return zoneName(value);
    });
    if (zones.indexOf(zone) !== index) check.fault(`${path}.zones[${index}]`, `is ${zone}, which is named twice`);
  });
  const single = isReserved(capacity)
    ? "a reservation is in one"
    : interconnect === Interconnect.HighBandwidth && "nodes that are placed close together share one";
  if (zones.length > 1 && single)
    check.fault(`${path}.zones`, `names ${zones.length} zones, but ${single}; name that one`);
}

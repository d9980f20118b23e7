import {
  Accelerator,
  type Checks,
  dnsLabel,
  type GpuPoolArgs,
  matching,
  oneOf,
  type TaintArgs,
  TaintEffect,
  wholeNumber,
} from "aistack-core";
import { checkSharing, type RuntimePool, sharingLabels } from "aistack-runtime";
import * as defaults from "./defaults";

type Labels = { [label: string]: string };

/** Reads what the pools say of the nodes; records what is wrong. */
export function planPools(check: Checks, pools: GpuPoolArgs[]): RuntimePool[] {
  const planned = pools.map((pool, index) => planPool(check, `pools[${index}]`, pool));
  for (const [index, pool] of planned.entries()) {
    const earlier = planned.findIndex((other) => other.name === pool.name);
    if (earlier !== index)
      check.fault(
        pools[index]?.name === undefined ? `pools[${index}].accelerator` : `pools[${index}].name`,
        `makes "${pool.name}" the name of this pool and of pools[${earlier}]; give each a name of its own`,
      );
    const container = planned.findIndex(
      (other, at) => at !== index && contains(other.nodeLabels, pool.nodeLabels, at < index),
    );
    if (container >= 0)
      check.fault(
        `pools[${index}].labels`,
        `select nodes of pools[${container}] too (${shown(planned[container]?.nodeLabels)}); give each pool labels that the nodes of the other do not carry`,
      );
  }
  return planned;
}

function planPool(check: Checks, path: string, pool: GpuPoolArgs): RuntimePool {
  const { accelerator } = pool;
  const name = pool.name ?? accelerator ?? "";
  if (pool.name === undefined && accelerator === undefined)
    check.fault(`${path}.name`, "is missing; name the pool, or the accelerator that its nodes carry");
  check.value(`${path}.name`, pool.name, dnsLabel);
  check.value(`${path}.accelerator`, accelerator, oneOf(Object.values(Accelerator)));
  if (accelerator === undefined && pool.perNode !== undefined)
    check.fault(`${path}.perNode`, "is of no use without `accelerator`; leave it out, or name the accelerator");
  check.value(`${path}.perNode`, pool.perNode, wholeNumber(1, defaults.mostPerNode));
  check.value(`${path}.maxNodes`, pool.maxNodes, wholeNumber(1, defaults.mostNodes));
  const nodeLabels = labelsOf(check, path, pool);
  for (const [index, taint] of (pool.taints ?? []).entries()) checkTaint(check, `${path}.taints[${index}]`, taint);
  if ((pool.taints ?? []).length > defaults.mostTaints)
    check.fault(`${path}.taints`, `are ${pool.taints?.length}, but a queue knows ${defaults.mostTaints} at most`);
  checkSharing(check, `${path}.sharing`, pool, pool.sharing);
  checkSharingLabels(check, path, pool, nodeLabels);
  return {
    name,
    accelerator,
    perNode: accelerator === undefined ? 0 : (pool.perNode ?? 1),
    maxNodes: pool.maxNodes ?? 1,
    nodeLabels,
    taints: pool.taints,
    sharing: pool.sharing,
  };
}

/** The labels by which the nodes are known: those given, else what the GPU operator puts on every node with NVIDIA GPUs. */
function labelsOf(check: Checks, path: string, pool: GpuPoolArgs): Labels {
  const given = Object.entries(pool.labels ?? {});
  if (given.length === 0) {
    if (pool.accelerator?.startsWith("nvidia-")) return defaults.anyNvidiaNode;
    check.fault(`${path}.labels`, "are missing; name the labels that these nodes carry and others do not");
  }
  if (given.length > defaults.mostLabels)
    check.fault(`${path}.labels`, `are ${given.length}, but a queue knows ${defaults.mostLabels} at most; name fewer`);
  for (const [key, value] of given) {
    const reason = labelKey(key) ?? labelValue(value);
    if (reason) check.fault(`${path}.labels["${key}"]`, `is ${JSON.stringify(value)}, but ${reason}`);
  }
  return pool.labels ?? {};
}

const labelKey = matching(
  /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/,
  "named like a Kubernetes label, such as example.org/pool",
);
const labelValue = matching(
  /^([A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?)?$/,
  "at most 63 letters, digits, hyphens, dots and underscores",
);

function checkTaint(check: Checks, path: string, taint: TaintArgs): void {
  check.value(`${path}.key`, taint.key, labelKey);
  check.value(`${path}.value`, taint.value, labelValue);
  check.value(`${path}.effect`, taint.effect, oneOf(Object.values(TaintEffect)));
}

/** The operator reads from a node's label how its GPUs are shared; nodes that exist must have it already. */
function checkSharingLabels(check: Checks, path: string, pool: GpuPoolArgs, labels: Labels): void {
  for (const [key, value] of Object.entries(sharingLabels(pool)))
    if (labels[key] !== value)
      check.fault(
        `${path}.sharing`,
        `takes effect on nodes with the label ${key}=${value}; label the nodes (kubectl label node NODE ${key}=${value}) and say so in \`labels\``,
      );
}

/** Whether nodes with the labels `inner` always have the labels `outer` too; equal ones count once, for the later pool. */
function contains(outer: Labels, inner: Labels, earlier: boolean): boolean {
  const keys = Object.keys(outer);
  if (keys.length === 0 || !keys.every((key) => inner[key] === outer[key])) return false;
  return keys.length < Object.keys(inner).length || earlier;
}

function shown(labels: Labels | undefined): string {
  return Object.entries(labels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(", ");
}

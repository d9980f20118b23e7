import { createHash } from "node:crypto";
import { ResourcePolicy } from "@pulumi/gcp/compute";
import { NodePool as GkeNodePool } from "@pulumi/gcp/container";
import * as pulumi from "@pulumi/pulumi";
import { Capacity, limitedName, type TaintArgs, TaintEffect } from "aistack-core";
import { inRegion, type Place } from "../shared/place";
import type { ControlPlane } from "./control-plane";
import * as defaults from "./defaults";
import { guestAccelerators } from "./gpus";
import { isRdma, type PoolPlan } from "./plan";
import { maxRunSeconds } from "./runtime-pools";

/** What a pool is made from. */
export interface NodePoolArgs {
  plan: PoolPlan;
  controlPlane: ControlPlane;
  place: Place;
  /** Zones of the cluster. */
  zones: pulumi.Output<string[]>;
  /** Number of the cluster's zones. */
  zoneCount: number;
  labels: pulumi.Output<{ [key: string]: string }>;
}

/** A pool of GKE: the whole pool, or one of its slices. */
interface Part {
  name: string;
  minNodes: number;
  maxNodes: number;
}

/** Nodes of one kind: a pool of GKE, or one for each slice of several nodes, and the policy that places them. */
export class NodePool extends pulumi.ComponentResource {
  constructor(name: string, args: NodePoolArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-gcp:index:NodePool", name, {}, opts);
    const policy = placementPolicy(`${name}-placement`, args, { parent: this });
    for (const part of partsOf(name, args.plan)) nodes(part, args, policy, { parent: this });
    this.registerOutputs({});
  }
}

/** GKE adds and removes the nodes of a slice together, and a pool holds one slice: each gets a pool of its own. */
function partsOf(name: string, { minNodes, maxNodes, nodesPerSlice }: PoolPlan): Part[] {
  if (nodesPerSlice === 1) return [{ name: `${name}-nodes`, minNodes, maxNodes }];
  return Array.from({ length: maxNodes / nodesPerSlice }, (_, index) => ({
    name: `${name}-slice-${index + 1}`,
    minNodes: index * nodesPerSlice < minNodes ? nodesPerSlice : 0,
    maxNodes: nodesPerSlice,
  }));
}

function nodes(
  part: Part,
  args: NodePoolArgs,
  policy: ResourcePolicy | undefined,
  opts: pulumi.CustomResourceOptions,
): GkeNodePool {
  const { plan, controlPlane, place, labels } = args;
  const isFixed = part.minNodes === part.maxNodes;
  return new GkeNodePool(
    part.name,
    {
      name: physicalName(part.name, plan),
      cluster: controlPlane.cluster.name,
      location: place.region,
      ...scaling(part, args),
      management: {
        // Flex-start machines are not repaired but given back; GKE refuses the two together.
        autoRepair: plan.capacity !== Capacity.FlexStart,
        autoUpgrade: true,
      },
      upgradeSettings: upgrades(plan),
      maxPodsPerNode: plan.nodesPerSlice > 1 ? defaults.podsPerSliceHost : undefined,
      placementPolicy: placement(plan, policy),
      queuedProvisioning: plan.capacity === Capacity.FlexStart ? { enabled: true } : undefined,
      networkConfig: {
        enablePrivateNodes: true,
        acceleratorNetworkProfile: isRdma(plan) ? "auto" : undefined,
      },
      nodeConfig: {
        machineType: plan.machineType,
        imageType: defaults.imageType,
        guestAccelerators: guestAccelerators(plan),
        diskSizeGb: plan.diskSizeGiB,
        bootDiskKmsKey: controlPlane.keyName,
        serviceAccount: controlPlane.nodeAccount,
        oauthScopes: defaults.nodeScopes,
        labels: plan.labels,
        taints: plan.taints.map(gkeTaint),
        resourceLabels: labels,
        metadata: { "disable-legacy-endpoints": "true" },
        // Pods get identities of their own, and never that of the node.
        workloadMetadataConfig: { mode: "GKE_METADATA" },
        shieldedInstanceConfig: { enableSecureBoot: true, enableIntegrityMonitoring: true },
        gvnic: { enabled: true },
        // NCCL's own transport over ordinary networks; where there is RDMA it would only be in the way.
        fastSocket: plan.isCompact && !isRdma(plan) ? { enabled: true } : undefined,
        ...capacity(plan),
      },
    },
    {
      ...opts,
      // The number at the start; GKE would replace the pool over a change.
      ignoreChanges: isFixed ? [] : ["initialNodeCount"],
      // Scarce machines are given back before the same ones are asked for again.
      deleteBeforeReplace: isFixed && plan.machine !== undefined,
    },
  );
}

/** A pool of a fixed size has it; any other starts with what it needs at least and is then scaled by load. */
function scaling({ minNodes, maxNodes }: Part, { plan, place, zones, zoneCount }: NodePoolArgs) {
  // GKE starts as many nodes in each zone: as many of the cluster's zones as the number can be spread over evenly.
  const fitting = Array.from({ length: zoneCount }, (_, index) => zoneCount - index);
  const used = plan.zones?.length ?? fitting.find((count) => minNodes % count === 0) ?? 1;
  const perZone = Math.ceil(minNodes / used);
  const nodeLocations = plan.zones
    ? inRegion("pools", plan.zones, place.region, ` for ${plan.name}`)
    : zones.apply((names) => names.slice(0, used));
  if (minNodes === maxNodes) return { nodeLocations, nodeCount: perZone };
  return {
    nodeLocations,
    initialNodeCount: perZone,
    autoscaling: {
      totalMinNodeCount: minNodes,
      totalMaxNodeCount: maxNodes,
      // Machines with accelerators are taken wherever they are; the others keep the zones balanced.
      locationPolicy: plan.machine ? "ANY" : "BALANCED",
    },
  };
}

function upgrades({ capacity, machine }: PoolPlan) {
  // GKE has a way of its own for flex-start: as nodes come and go, new ones have the new version.
  if (capacity === Capacity.FlexStart) return undefined;
  // Accelerators are scarce: an upgrade must not wait for a further node before it gives one back.
  return machine
    ? { strategy: "SURGE", maxSurge: 0, maxUnavailable: 1 }
    : { strategy: "SURGE", maxSurge: 1, maxUnavailable: 0 };
}

function capacity(plan: PoolPlan) {
  const limit = plan.maxRunHours === undefined ? {} : { maxRunDuration: `${maxRunSeconds(plan)}s` };
  if (plan.capacity === Capacity.Spot) return { ...limit, spot: true };
  if (plan.capacity === Capacity.FlexStart)
    return {
      flexStart: true,
      maxRunDuration: `${maxRunSeconds(plan)}s`,
      reservationAffinity: { consumeReservationType: "NO_RESERVATION" },
    };
  if (plan.capacity !== Capacity.Reserved) return limit;
  return {
    ...limit,
    reservationAffinity: {
      consumeReservationType: "SPECIFIC_RESERVATION",
      key: "compute.googleapis.com/reservation-name",
      values: [plan.reservationId as string],
    },
  };
}

/** The policy that some machines need; the placement of the others is GKE's to make. */
function placementPolicy(
  name: string,
  { plan, place }: NodePoolArgs,
  opts: pulumi.CustomResourceOptions,
): ResourcePolicy | undefined {
  const acceleratorTopology = policyTopology(plan);
  if (acceleratorTopology === undefined) return undefined;
  const workloadPolicy = { type: "HIGH_THROUGHPUT", acceleratorTopology };
  return new ResourcePolicy(name, { region: place.region, workloadPolicy }, opts);
}

function policyTopology({ machineType, topology, isCompact }: PoolPlan): string | undefined {
  if (machineType.startsWith(`${defaults.workloadPolicyFamily}-`)) return topology;
  return machineType.startsWith("a4x-") && isCompact ? "1x72" : undefined;
}

function placement({ topology, isCompact }: PoolPlan, policy: ResourcePolicy | undefined) {
  if (policy) return { type: "COMPACT", policyName: policy.name };
  if (topology !== undefined) return { type: "COMPACT", tpuTopology: topology };
  return isCompact ? { type: "COMPACT" } : undefined;
}

function gkeTaint({ key, value, effect }: TaintArgs) {
  const words = (effect ?? TaintEffect.NoSchedule).replace(/([a-z])([A-Z])/g, "$1_$2");
  return { key, value: value ?? "true", effect: words.toUpperCase() };
}

/**
 * A name that changes with what GKE replaces a pool over, so that the new pool can be made before the old one goes: the
 * provider's own names are longer than GKE allows.
 */
function physicalName(name: string, plan: PoolPlan): string {
  const { machineType, capacity, reservationId, sharing, isCompact, topology, diskSizeGiB, maxRunHours } = plan;
  const shape = { machineType, capacity, reservationId, sharing, isCompact, topology, diskSizeGiB, maxRunHours };
  const hash = createHash("sha256").update(JSON.stringify(shape)).digest("hex").slice(0, 6);
  return `${limitedName(name, defaults.nameLength - hash.length - 1)}-${hash}`;
}

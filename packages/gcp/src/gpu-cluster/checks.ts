import type * as pulumi from "@pulumi/pulumi";
import { apiAccessRange, Checks, matching, oneOf } from "aistack-core";
import { checkTeams } from "aistack-runtime";
import { checkNetwork } from "../network/args";
import * as networks from "../network/defaults";
import { tags } from "../shared/labels";
import { asName, componentName, kmsKeyName, zoneName } from "../shared/rules";
import type { GpuClusterArgs } from "./args";
import * as defaults from "./defaults";
import { type Administrator, type ClusterPlan, isRdma, type PoolPlan } from "./plan";
import { planPools, planSystemNodes } from "./pools";
import { runtimePools } from "./runtime-pools";
import { isOlder, minimumVersions, ReleaseChannel, versionFault } from "./versions";

/** Judges all arguments and throws every fault at once. */
export function checkCluster(type: string, name: string, args: GpuClusterArgs): ClusterPlan {
  const check = new Checks(type, name);
  check.value("name", name, componentName);
  check.existingAlone(args);
  if (args.network)
    for (const field of ["vpcCidr", "natGateways", "flowLogs"] as const)
      if (args[field] !== undefined)
        check.fault(field, "shapes a network that is created, but `network` adopts one; leave one of the two out");
  checkNetwork(check, args);
  checkZones(check, args.zones);
  const releaseChannel = args.releaseChannel ?? defaults.releaseChannel;
  check.value("releaseChannel", releaseChannel, oneOf(Object.values(ReleaseChannel)));
  check.value<string>("kubernetesVersion", args.kubernetesVersion, (value) => versionFault(value, releaseChannel));
  check.value(
    "securityGroup",
    args.securityGroup,
    matching(defaults.groupOfGroups, "the group gke-security-groups@<your domain>, which is the only one GKE asks"),
  );
  const plan: ClusterPlan = {
    pools: planPools(check, args.pools ?? []),
    systemNodes: planSystemNodes(check, args.systemNodes),
    zones: args.zones,
    kubernetesVersion: args.kubernetesVersion,
    releaseChannel,
    deletionProtection: args.deletionProtection ?? true,
    lustre: args.lustre ?? false,
    apiAccessCidrs: (args.apiAccessCidrs ?? []).map((range, index) =>
      check.value(`apiAccessCidrs[${index}]`, range, apiAccessRange),
    ),
    administrators: administratorsOf(check, args.administrators ?? [], args.securityGroup !== undefined),
    securityGroup: args.securityGroup,
    teams: [],
    kmsKey: check.value("kmsKey", args.kmsKey, kmsKeyName),
    tags: check.value("tags", args.tags, tags),
  };
  plan.teams = checkTeams(check, args.teams ?? [], runtimePools(plan));
  args.teams?.forEach((team, index) => {
    if (team.groups !== undefined && args.securityGroup === undefined)
      check.fault(`teams[${index}].groups`, "needs `securityGroup`: without it GKE does not tell Kubernetes of groups");
  });
  checkVersionOfPools(check, plan);
  if (!args.network) checkAddresses(check, plan, args.vpcCidr ?? networks.vpcCidr);
  if (args.natGateways === "none" && plan.pools.length > 0 && !args.mirror?.images)
    check.fault("mirror.images", 'is missing, but with natGateways "none" no node reaches the public image registries');
  check.done();
  return plan;
}

function checkZones(check: Checks, zones: string[] | undefined): void {
  if (!zones) return;
  if (zones.length === 0) check.fault("zones", "is empty; leave it out for the region's first three");
  zones.forEach((zone, index) => {
    check.value(`zones[${index}]`, zone, zoneName);
    if (zones.indexOf(zone) !== index) check.fault(`zones[${index}]`, `is ${zone}, which is named twice`);
  });
}

function administratorsOf(check: Checks, members: pulumi.Input<string>[], groups: boolean): Administrator[] {
  return members.map((member, index) => {
    const path = `administrators[${index}]`;
    if (typeof member === "string" && members.indexOf(member) !== index)
      check.fault(path, `is ${member}, which is named twice`);
    const checked = check.value(path, member, (value) => {
      if (!/^(user|serviceAccount|group):[^@\s]+@[^@\s]+\.[a-z]+$/.test(value))
        return "must be user:, serviceAccount: or group: and an e-mail address, such as group:platform@example.org";
      if (groups || !value.startsWith("group:")) return undefined;
      return "needs `securityGroup`: without it GKE does not tell Kubernetes of groups";
    });
    return { key: typeof member === "string" ? asName(member) : `${index + 1}`, member: checked };
  });
}

/** What only later versions of GKE have; without a version, the channels are there by now. */
function checkVersionOfPools(check: Checks, { pools, kubernetesVersion }: ClusterPlan): void {
  if (kubernetesVersion === undefined) return;
  for (const pool of pools) {
    const needs = isRdma(pool)
      ? minimumVersions.rdma
      : /^tpu7x-/.test(pool.machineType)
        ? minimumVersions.tpu7x
        : "1.0";
    if (isOlder(kubernetesVersion, needs))
      check.fault(
        "kubernetesVersion",
        `is "${kubernetesVersion}", but ${pool.machineType} of pool ${pool.name} needs ${needs}`,
      );
  }
}

function checkAddresses(check: Checks, { pools, systemNodes }: ClusterPlan, vpcCidr: string): void {
  // GKE reserves twice as many addresses as a node runs pods, rounded up to a power of two.
  const perHost = 2 ** Math.ceil(Math.log2(2 * defaults.podsPerSliceHost));
  const each = (plan: PoolPlan) => plan.maxNodes * (plan.nodesPerSlice > 1 ? perHost : networks.addressesPerNode);
  const needed = [systemNodes, ...pools].reduce((sum, plan) => sum + each(plan), 0);
  const prefix = Number(vpcCidr.split("/")[1]);
  if (!(needed > 2 ** (31 - prefix))) return;
  const fitting = 31 - Math.ceil(Math.log2(needed));
  check.fault(
    "vpcCidr",
    `is "${vpcCidr}", which has ${2 ** (31 - prefix)} addresses for pods, but at most nodes the pools take ${needed}; ` +
      (fitting >= networks.vpcPrefix.widest ? `make it /${fitting}` : "use fewer nodes"),
  );
}

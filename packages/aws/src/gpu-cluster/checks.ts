import type * as pulumi from "@pulumi/pulumi";
import { apiAccessRange, Checks, matching, type NetworkBinding, oneOf, type TeamArgs } from "aistack-core";
import { checkTeams } from "aistack-runtime";
import { checkNetwork } from "../network/args";
import { componentName, kmsKeyArn } from "../shared/rules";
import type { GpuClusterArgs } from "./args";
import * as defaults from "./defaults";
import { type PoolPlan, planPools, planSystemNodes, runtimePool } from "./pools";
import { SupportType, versionFault } from "./versions";

/** What the checks found out: arguments with defaults, gated where they are still to come. */
export interface ClusterPlan {
  pools: PoolPlan[];
  systemNodes: PoolPlan;
  teams: TeamArgs[];
  kubernetesVersion: string;
  support: SupportType;
  logRetentionDays: number;
  deletionProtection: boolean;
  apiAccessCidrs: pulumi.Input<string>[];
  administrators: Administrator[];
  kmsKeyArn?: pulumi.Input<string>;
}

/** A role or user with all rights in the cluster. */
export interface Administrator {
  /** Part of resource names: from the ARN, or the place in the list if the ARN is still to come. */
  key: string;
  arn: pulumi.Input<string>;
}

const principal = matching(
  /^arn:[a-z-]+:iam::\d{12}:(role|user)\/.+$/,
  "the ARN of an IAM role or user such as arn:aws:iam::111122223333:role/platform; for a session, name its role",
);

const imageRelease = matching(/^v\d{8}$/, 'the release of the EKS node images such as "v20261110"');

/** Judges all arguments and throws every fault at once. */
export function checkCluster(type: string, name: string, args: GpuClusterArgs): ClusterPlan {
  const check = new Checks(type, name);
  check.value("name", name, componentName);
  check.existingAlone(args);
  const support = args.support ?? defaults.support;
  check.value("support", support, oneOf(Object.values(SupportType)));
  const kubernetesVersion = args.kubernetesVersion ?? defaults.kubernetesVersion;
  check.value("kubernetesVersion", kubernetesVersion, (value) => versionFault(value, support));
  const logRetentionDays = args.logRetentionDays ?? defaults.logRetentionDays;
  check.value("logRetentionDays", logRetentionDays, (value) =>
    defaults.logRetentions.includes(value) ? undefined : `must be one of ${defaults.logRetentions.join(", ")}`,
  );
  if (args.network)
    for (const field of ["vpcCidr", "zones", "zoneCount", "natGateways", "flowLogs"] as const)
      if (args[field] !== undefined)
        check.fault(field, "shapes a network that is created, but `network` adopts one; leave one of the two out");
  checkNetwork(check, args);
  check.value("nodeImageRelease", args.nodeImageRelease, imageRelease);
  const plan: ClusterPlan = {
    pools: planPools(check, args.pools ?? [], knownZones(args)),
    systemNodes: planSystemNodes(check, args.systemNodes),
    teams: [],
    kubernetesVersion,
    support,
    logRetentionDays,
    deletionProtection: args.deletionProtection ?? true,
    apiAccessCidrs: (args.apiAccessCidrs ?? []).map((range, index) =>
      check.value(`apiAccessCidrs[${index}]`, range, apiAccessRange),
    ),
    administrators: administratorsOf(check, args.administrators ?? []),
    kmsKeyArn: check.value("kmsKeyArn", args.kmsKeyArn, kmsKeyArn),
  };
  // With a faulty pool left out, a quota on it would be told off as well.
  if (plan.pools.length === (args.pools ?? []).length)
    plan.teams = checkTeams(check, args.teams ?? [], plan.pools.map(runtimePool));
  if (args.natGateways === "none" && plan.pools.length > 0 && !args.mirror?.images)
    check.fault("mirror.images", 'is missing, but with natGateways "none" no node reaches the public image registries');
  check.done();
  return plan;
}

/** Zones of the cluster's network, where the arguments say them. */
function knownZones({ network, zones }: GpuClusterArgs): string[] | undefined {
  if (network === undefined) return zones;
  const named = (network as Partial<NetworkBinding>).privateSubnetZones;
  return Array.isArray(named) ? named : undefined;
}

function administratorsOf(check: Checks, arns: pulumi.Input<string>[]): Administrator[] {
  return arns.map((arn, index) => {
    const path = `administrators[${index}]`;
    if (typeof arn === "string" && arns.indexOf(arn) !== index) check.fault(path, `is ${arn}, which is named twice`);
    const key =
      typeof arn === "string" ? arn.replace(/^arn:[^:]*:iam::/, "").replace(/[^A-Za-z0-9]+/g, "-") : `${index + 1}`;
    return { key, arn: check.value(path, arn, principal) };
  });
}

import type * as pulumi from "@pulumi/pulumi";
import { type Checks, cidr, matching, type ObjectStoreBinding, oneOf, wholeNumber } from "aistack-core";
import { isAligned } from "./addresses";
import * as defaults from "./defaults";

/** How private subnets reach the internet. */
export enum NatGateways {
  /** One gateway for all zones: the cheapest; if its zone fails, the other zones lose their way out. */
  One = "one",
  /** One gateway in each zone: no zone depends on another, and no traffic crosses zones to get out. */
  PerZone = "per-zone",
  /** No way to the internet at all: AWS services are reached by endpoints inside the network. */
  None = "none",
}

/** Arguments of Network. */
export interface NetworkArgs {
  /** Address range in CIDR notation, /16 to /22. Pods take their addresses from it. Defaults to 10.0.0.0/16. */
  vpcCidr?: string;
  /** Names of two or three availability zones. When omitted, the first `zoneCount` of the region that EKS can use. */
  zones?: string[];
  /** Number of availability zones if `zones` does not name them, 2 or 3. Defaults to 3. */
  zoneCount?: number;
  /** How private subnets reach the internet. Defaults to one NAT gateway for all zones. */
  natGateways?: NatGateways;
  /** Bucket that takes a record of all traffic, such as the binding of an AuditLogBucket. When omitted, none is kept. */
  flowLogs?: pulumi.Input<ObjectStoreBinding>;
  /** Tags for every resource, beside the standard ones. */
  tags?: pulumi.Input<{ [key: string]: string }>;
}

export const zoneName = matching(/^[a-z]{2}(-[a-z]+)+-\d[a-z]$/, "the name of an availability zone such as eu-west-1a");

/** Judges the arguments, for Network itself and for a component that hands them on. */
export function checkNetwork(check: Checks, args: NetworkArgs): void {
  check.value<string>("vpcCidr", args.vpcCidr, (value) => {
    const { widest, narrowest } = defaults.vpcPrefix;
    const prefix = Number(value.split("/")[1]);
    return (
      cidr(value) ??
      (prefix < widest || prefix > narrowest ? `must be from /${widest} to /${narrowest} wide` : undefined) ??
      (isAligned(value) ? undefined : `must start on a /${prefix} boundary`)
    );
  });
  check.value("zoneCount", args.zoneCount, wholeNumber(2, 3));
  check.value("natGateways", args.natGateways, oneOf(Object.values(NatGateways)));
  if (!args.zones) return;
  check.value("zones", args.zones, (zones) =>
    zones.length < 2 || zones.length > 3 ? "must name two or three zones" : undefined,
  );
  args.zones.forEach((zone, index) => {
    check.value(`zones[${index}]`, zone, zoneName);
    if (args.zones?.indexOf(zone) !== index) check.fault(`zones[${index}]`, `is ${zone}, which is named twice`);
  });
  if (args.zoneCount !== undefined && args.zoneCount !== args.zones.length)
    check.fault(
      "zoneCount",
      `is ${args.zoneCount}, but \`zones\` names ${args.zones.length}; leave one of the two out`,
    );
}

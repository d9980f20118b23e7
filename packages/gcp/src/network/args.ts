import type * as pulumi from "@pulumi/pulumi";
import { type Checks, cidr, type ObjectStoreBinding, oneOf } from "aistack-core";
import { isAligned } from "./addresses";
import * as defaults from "./defaults";

/** How nodes reach the internet. */
export enum NatGateways {
  /** Cloud NAT of the region: no zone depends on another. */
  One = "one",
  /** Not at all: Google's own services are reached inside its network, images need a mirror there. */
  None = "none",
}

/** Arguments of Network. */
export interface NetworkArgs {
  /**
   * Address range in CIDR notation, /12 to /20: half is for pods, of which each node takes 256 addresses. Defaults to
   * 10.0.0.0/16, for 128 nodes.
   */
  vpcCidr?: string;
  /** How nodes reach the internet. Defaults to Cloud NAT. */
  natGateways?: NatGateways;
  /** Bucket that takes the flow logs, beside Cloud Logging, which always has them. When omitted, none does. */
  flowLogs?: pulumi.Input<ObjectStoreBinding>;
}

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
  check.value("natGateways", args.natGateways, oneOf(Object.values(NatGateways)));
}

/** Nodes that a network has addresses for. */
export function nodesIn(vpcCidr: string): number {
  return 2 ** (32 - Number(vpcCidr.split("/")[1]) - 1) / defaults.addressesPerNode;
}

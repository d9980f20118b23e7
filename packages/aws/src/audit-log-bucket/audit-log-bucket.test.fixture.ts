import type * as pulumi from "@pulumi/pulumi";
import { type ClusterBinding, type NetworkBinding, type ObjectStoreBinding, Platform } from "aistack-core";
import type { Graph, Mode } from "aistack-engine";
import { planned } from "../testing";
import type { AuditLogBucketArgs } from "./args";
import { AuditLogBucket } from "./audit-log-bucket";

/** Plans a bucket named `audit`, with all of its outputs. */
export function bucket(
  args?: AuditLogBucketArgs,
  mode?: Mode,
  opts?: pulumi.ComponentResourceOptions,
  region?: string,
): Promise<Graph> {
  return planned(
    () => {
      const { binding, replica, loadBalancerLogs, holdAccess } = new AuditLogBucket("audit", args, opts);
      const outputs = Object.entries({ binding, replica, loadBalancerLogs, holdAccess });
      return Object.fromEntries(outputs.filter(([, output]) => output !== undefined));
    },
    mode,
    region,
  );
}

export const cluster: ClusterBinding = { name: "train-dev", platform: Platform.Aws, region: "eu-west-1" };

export const network: NetworkBinding = {
  networkId: "vpc-0123456789abcdef0",
  cidr: "10.0.0.0/16",
  privateSubnetIds: ["subnet-0123456789abcdef0"],
};

export const lake: ObjectStoreBinding = {
  kind: "object-store",
  name: "lake",
  platform: Platform.Aws,
  bucket: "lake-objects",
  url: "s3://lake-objects",
  access: { read: [], write: [] },
};

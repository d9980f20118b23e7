import { FlowLog } from "@pulumi/aws/ec2";
import type * as pulumi from "@pulumi/pulumi";

/** Seconds over which one flow log record sums up traffic; AWS takes 60 or 600. */
const aggregationSeconds = 600;

/** What a record of a network's traffic is made from. */
export interface TrafficRecordArgs {
  networkId: pulumi.Input<string>;
  /** ARN of the bucket that takes it. */
  bucketArn: pulumi.Input<string>;
  tags: pulumi.Input<{ [key: string]: string }>;
}

/** Records all traffic of a network into a bucket, accepted and rejected. */
export function recordTraffic(name: string, args: TrafficRecordArgs, opts: pulumi.CustomResourceOptions): FlowLog {
  return new FlowLog(
    name,
    {
      vpcId: args.networkId,
      trafficType: "ALL",
      logDestinationType: "s3",
      logDestination: args.bucketArn,
      maxAggregationInterval: aggregationSeconds,
      // Parquet is what queries over months of records are cheap on; one prefix an hour keeps them narrow.
      destinationOptions: { fileFormat: "parquet", hiveCompatiblePartitions: false, perHourPartition: true },
      tags: args.tags,
    },
    opts,
  );
}

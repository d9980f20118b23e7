import { getCallerIdentityOutput } from "@pulumi/aws/getCallerIdentity";
import { getPartitionOutput } from "@pulumi/aws/getPartition";
import { getRegionOutput } from "@pulumi/aws/getRegion";
import * as pulumi from "@pulumi/pulumi";

/** Where the provider of a component puts things: what ARNs and policies are made of. */
export interface Place {
  accountId: pulumi.Output<string>;
  /** `aws`, `aws-cn`, `aws-us-gov` ... */
  partition: pulumi.Output<string>;
  region: pulumi.Output<string>;
  /** Suffix of service host names: `amazonaws.com`, or `amazonaws.com.cn` in China. */
  dnsSuffix: pulumi.Output<string>;
  /** Prefix of VPC endpoint service names: `com.amazonaws`, or `cn.com.amazonaws` in China. */
  servicePrefix: pulumi.Output<string>;
}

/** Asks the provider that the component's children use. The only lookup that policies need. */
export function placeOf(component: pulumi.ComponentResource): Place {
  const opts = { parent: component };
  const partition = getPartitionOutput({}, opts);
  return {
    accountId: getCallerIdentityOutput({}, opts).accountId,
    partition: partition.partition,
    region: getRegionOutput({}, opts).region,
    dnsSuffix: partition.dnsSuffix,
    servicePrefix: partition.reverseDnsPrefix,
  };
}

/** ARN of an EKS cluster, from its name: known before the cluster exists, so policies can name it. */
export function clusterArn(
  place: Place,
  clusterName: pulumi.Input<string>,
  region: pulumi.Input<string> = place.region,
) {
  return pulumi.interpolate`arn:${place.partition}:eks:${region}:${place.accountId}:cluster/${clusterName}`;
}

import { type RouteTable, SecurityGroup, type Vpc, VpcEndpoint } from "@pulumi/aws/ec2";
import { SecurityGroupIngressRule } from "@pulumi/aws/vpc";
import * as pulumi from "@pulumi/pulumi";
import type { Place } from "../shared/place";
import { nodeServices } from "./defaults";

/** What the S3 endpoint is made from. */
export interface S3EndpointArgs {
  vpc: Vpc;
  routeTables: RouteTable[];
  place: Place;
  tags: pulumi.Output<{ [key: string]: string }>;
}

/** A way to S3 that costs nothing and spares the NAT gateway the image layers, models and data sets. */
export function s3Endpoint(name: string, args: S3EndpointArgs, opts: pulumi.CustomResourceOptions): VpcEndpoint {
  return new VpcEndpoint(
    `${name}-s3`,
    {
      vpcId: args.vpc.id,
      vpcEndpointType: "Gateway",
      serviceName: pulumi.interpolate`com.amazonaws.${args.place.region}.s3`,
      routeTableIds: args.routeTables.map((table) => table.id),
      tags: args.tags,
    },
    opts,
  );
}

/** What interface endpoints are made from. */
export interface InterfaceEndpointArgs {
  vpc: Vpc;
  subnetIds: pulumi.Output<string>[];
  cidr: string;
  place: Place;
  tagged: (resource: string) => pulumi.Output<{ [key: string]: string }>;
}

/** Endpoints for the services that nodes call, in every zone; for networks without a way to the internet. */
export function interfaceEndpoints(
  name: string,
  args: InterfaceEndpointArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource[] {
  const group = new SecurityGroup(
    `${name}-endpoints`,
    { vpcId: args.vpc.id, description: "AWS services inside the network", tags: args.tagged(`${name}-endpoints`) },
    opts,
  );
  const fromNetwork = new SecurityGroupIngressRule(
    `${name}-endpoints-in`,
    {
      securityGroupId: group.id,
      description: "HTTPS from the network",
      cidrIpv4: args.cidr,
      ipProtocol: "tcp",
      fromPort: 443,
      toPort: 443,
      tags: args.tagged(`${name}-endpoints-in`),
    },
    opts,
  );
  const endpoints = nodeServices.map((service) => {
    const endpoint = `${name}-${service.replace(".", "-")}`;
    return new VpcEndpoint(
      endpoint,
      {
        vpcId: args.vpc.id,
        vpcEndpointType: "Interface",
        serviceName: pulumi.interpolate`${args.place.servicePrefix}.${args.place.region}.${service}`,
        privateDnsEnabled: true,
        subnetIds: args.subnetIds,
        securityGroupIds: [group.id],
        tags: args.tagged(endpoint),
      },
      opts,
    );
  });
  return [fromNetwork, ...endpoints];
}

import {
  Eip,
  type InternetGateway,
  NatGateway,
  Route,
  RouteTable,
  RouteTableAssociation,
  Subnet,
  type Vpc,
} from "@pulumi/aws/ec2";
import type * as pulumi from "@pulumi/pulumi";
import { zoneAddresses } from "./addresses";

/** What the subnets of one availability zone are made from. */
export interface Zone {
  zone: pulumi.Input<string>;
  /** Counts from 0; children are named from 1. */
  index: number;
  /** Range of the whole network. */
  cidr: string;
  vpc: Vpc;
  /** Tags for a resource of that name. */
  tagged: (resource: string, more?: { [key: string]: string }) => pulumi.Output<{ [key: string]: string }>;
  /** Name of the network. */
  name: string;
  parent: pulumi.Resource;
}

/** Public side of a zone. */
export interface PublicZone {
  subnet: Subnet;
  nat?: NatGateway;
  /** What has to exist before traffic gets out. */
  routes: pulumi.Resource[];
}

/** Private side of a zone. */
export interface PrivateZone {
  subnet: Subnet;
  routeTable: RouteTable;
  routes: pulumi.Resource[];
}

/** A subnet with a way from and to the internet, for load balancers and the NAT gateway; nothing gets a public address by itself. */
export function publicZone(zone: Zone, gateway: InternetGateway, withNat: boolean): PublicZone {
  const { tagged } = zone;
  const child = { parent: zone.parent };
  const name = `${zone.name}-public-${zone.index + 1}`;
  const subnet = subnetIn(zone, name, zoneAddresses(zone.cidr, zone.index).public, "kubernetes.io/role/elb");
  const table = new RouteTable(`${name}-routes`, { vpcId: zone.vpc.id, tags: tagged(`${name}-routes`) }, child);
  const route = new Route(
    `${name}-out`,
    { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0", gatewayId: gateway.id },
    child,
  );
  const association = new RouteTableAssociation(
    `${name}-association`,
    { subnetId: subnet.id, routeTableId: table.id },
    child,
  );
  const routes = [route, association];
  if (!withNat) return { subnet, routes };

  const nat = `${zone.name}-nat-${zone.index + 1}`;
  // An address can be had before the gateway, but is of no use and cannot be released while it is attached.
  const address = new Eip(
    `${nat}-address`,
    { domain: "vpc", tags: tagged(`${nat}-address`) },
    { ...child, dependsOn: [gateway] },
  );
  return {
    subnet,
    routes,
    nat: new NatGateway(
      nat,
      { allocationId: address.allocationId, subnetId: subnet.id, tags: tagged(nat) },
      { ...child, dependsOn: routes },
    ),
  };
}

/** A subnet without a way from the internet; out through the NAT gateway, if there is one. */
export function privateZone(zone: Zone, nat?: NatGateway): PrivateZone {
  const { tagged } = zone;
  const child = { parent: zone.parent };
  const name = `${zone.name}-private-${zone.index + 1}`;
  const subnet = subnetIn(zone, name, zoneAddresses(zone.cidr, zone.index).private, "kubernetes.io/role/internal-elb");
  // A table for each zone even with one gateway, so that going to one gateway per zone moves no subnet.
  const routeTable = new RouteTable(`${name}-routes`, { vpcId: zone.vpc.id, tags: tagged(`${name}-routes`) }, child);
  const routes: pulumi.Resource[] = [
    new RouteTableAssociation(`${name}-association`, { subnetId: subnet.id, routeTableId: routeTable.id }, child),
  ];
  if (nat)
    routes.push(
      new Route(
        `${name}-out`,
        { routeTableId: routeTable.id, destinationCidrBlock: "0.0.0.0/0", natGatewayId: nat.id },
        child,
      ),
    );
  return { subnet, routeTable, routes };
}

function subnetIn(zone: Zone, name: string, cidrBlock: string, balancerTag: string): Subnet {
  return new Subnet(
    name,
    {
      vpcId: zone.vpc.id,
      cidrBlock,
      availabilityZone: zone.zone,
      mapPublicIpOnLaunch: false,
      tags: zone.tagged(name, { [balancerTag]: "1" }),
    },
    // A zone that drops out of the region's list for a while must not shift the others and replace every subnet.
    { parent: zone.parent, ignoreChanges: ["availabilityZone"] },
  );
}

import { DefaultSecurityGroup, InternetGateway, Vpc } from "@pulumi/aws/ec2";
import { getAvailabilityZonesOutput } from "@pulumi/aws/getAvailabilityZones";
import * as pulumi from "@pulumi/pulumi";
import {
  after,
  bindingField,
  Checks,
  DataClass,
  type NetworkBinding,
  oneOf,
  Platform,
  standardTags,
} from "aistack-core";
import { recordTraffic } from "../shared/flow-log";
import { placeOf } from "../shared/place";
import { checkNetwork, NatGateways, type NetworkArgs } from "./args";
import * as defaults from "./defaults";
import { interfaceEndpoints, s3Endpoint } from "./endpoints";
import { type PublicZone, privateZone, publicZone } from "./zones";

const type = "aistack-aws:index:Network";

/** A network for clusters and services: private subnets in two or three zones, and a way out for them. */
export class Network extends pulumi.ComponentResource {
  /** Plain-data handle for clusters and services. Whoever takes it waits until the subnets have their routes. */
  public readonly binding: pulumi.Output<NetworkBinding>;

  constructor(name: string, args: NetworkArgs = {}, opts: pulumi.ComponentResourceOptions = {}) {
    const check = new Checks(type, name);
    checkNetwork(check, args);
    const logPlatform =
      args.flowLogs && check.value("flowLogs.platform", bindingField(args.flowLogs, "platform"), oneOf([Platform.Aws]));
    check.done();
    super(type, name, args, opts);

    const child = { parent: this };
    const place = placeOf(this);
    const cidr = args.vpcCidr ?? defaults.vpcCidr;
    const nat = args.natGateways ?? NatGateways.One;
    const tags = standardTags(type, DataClass.Internal, args.tags);
    const tagged = (resource: string, more: { [key: string]: string } = {}) =>
      tags.apply((own): { [key: string]: string } => ({ ...own, Name: resource, ...more }));

    const vpc = new Vpc(
      `${name}-vpc`,
      { cidrBlock: cidr, enableDnsHostnames: true, enableDnsSupport: true, tags: tagged(`${name}-vpc`) },
      child,
    );
    // The group that AWS gives to whatever names none: without a rule it lets nothing in or out.
    const closed = new DefaultSecurityGroup(
      `${name}-default`,
      { vpcId: vpc.id, tags: tagged(`${name}-default`) },
      child,
    );

    const zones = zoneNames(this, args).map((zone, index) => ({ zone, index, cidr, vpc, tagged, name, parent: this }));
    let outside: PublicZone[] = [];
    if (nat !== NatGateways.None) {
      const gateway = new InternetGateway(
        `${name}-internet`,
        { vpcId: vpc.id, tags: tagged(`${name}-internet`) },
        child,
      );
      outside = zones.map((zone) => publicZone(zone, gateway, nat === NatGateways.PerZone || zone.index === 0));
    }
    const inside = zones.map((zone) => privateZone(zone, outside[zone.index]?.nat ?? outside[0]?.nat));

    const routeTables = inside.map((zone) => zone.routeTable);
    const endpoints: pulumi.Resource[] = [
      s3Endpoint(name, { vpc, routeTables, place, tags: tagged(`${name}-s3`) }, child),
    ];
    const subnetIds = inside.map((zone) => zone.subnet.id);
    if (nat === NatGateways.None)
      endpoints.push(...interfaceEndpoints(name, { vpc, subnetIds, cidr, place, tagged }, child));

    if (args.flowLogs && logPlatform) {
      const bucket = pulumi.all([bindingField(args.flowLogs, "bucket"), logPlatform]).apply(([bucket]) => bucket);
      recordTraffic(
        `${name}-flow-log`,
        {
          networkId: vpc.id,
          bucketArn: pulumi.interpolate`arn:${place.partition}:s3:::${bucket}`,
          tags: tagged(`${name}-flow-log`),
        },
        child,
      );
    }

    const ways = [...inside, ...outside].flatMap((zone) => zone.routes);
    this.binding = pulumi.output({
      networkId: after(vpc.id, closed),
      cidr,
      privateSubnetIds: subnetIds.map((id) => after(id, ...ways, ...endpoints)),
      privateSubnetZones: inside.map((zone) => zone.subnet.availabilityZone),
      publicSubnetIds: outside.map((zone) => zone.subnet.id),
    });
    this.registerOutputs({ binding: this.binding });
  }
}

function zoneNames(component: Network, args: NetworkArgs): pulumi.Input<string>[] {
  if (args.zones) return args.zones;
  const count = args.zoneCount ?? defaults.zoneCount;
  const region = getAvailabilityZonesOutput(
    {
      state: "available",
      excludeZoneIds: defaults.zoneIdsWithoutEks,
      // Leaves out local and wavelength zones, which take no EKS control plane.
      filters: [{ name: "opt-in-status", values: ["opt-in-not-required"] }],
    },
    { parent: component },
  );
  return Array.from({ length: count }, (_, index) =>
    region.apply(({ names, region }) => {
      const name = names[index];
      if (name) return name;
      throw new pulumi.InputPropertyError({
        propertyPath: "zoneCount",
        reason: `zoneCount is ${count}, but region ${region} offers EKS ${names.length} zones (${names.join(", ")}); set zoneCount to ${names.length} or choose another region`,
      });
    }),
  );
}

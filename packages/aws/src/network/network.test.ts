import { SecurityGroup } from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import { bindingField, type ObjectStoreBinding, Platform } from "aistack-core";
import { children, type Graph, type Mode } from "aistack-engine";
import { created, custom, inputs, modes, planned, refusal, waitsFor } from "../testing";
import { zoneAddresses } from "./addresses";
import { NatGateways, type NetworkArgs } from "./args";
import { Network } from "./network";

const bucket: ObjectStoreBinding = {
  kind: "object-store",
  name: "audit",
  platform: Platform.Aws,
  bucket: "audit-records",
  url: "s3://audit-records",
  access: { read: [], write: [] },
};

const network = (args: NetworkArgs = {}, mode?: Mode, region?: string): Promise<Graph> =>
  planned(() => new Network("net", args), mode, region);

const zone = (index: number) => [
  `net-private-${index} Subnet`,
  `net-private-${index}-association RouteTableAssociation`,
  `net-private-${index}-out Route`,
  `net-private-${index}-routes RouteTable`,
  `net-public-${index} Subnet`,
  `net-public-${index}-association RouteTableAssociation`,
  `net-public-${index}-out Route`,
  `net-public-${index}-routes RouteTable`,
];

test.each(modes)("by default creates three zones with one NAT gateway, in %s", async (mode) => {
  const graph = await network({}, mode);
  expect(created(graph)).toEqual(
    [
      "net-default DefaultSecurityGroup",
      "net-internet InternetGateway",
      "net-nat-1 NatGateway",
      "net-nat-1-address Eip",
      "net-s3 VpcEndpoint",
      "net-vpc Vpc",
      ...[1, 2, 3].flatMap(zone),
    ].sort(),
  );
  expect(custom(graph).filter((row) => row.parent !== graph.resources[1]?.urn)).toEqual([]);
  expect(inputs(graph, "net-vpc", "cidrBlock")).toBe("10.0.0.0/16");
  expect([1, 2, 3].map((index) => inputs(graph, `net-private-${index}`, "availabilityZone"))).toEqual([
    "eu-west-1a",
    "eu-west-1b",
    "eu-west-1c",
  ]);
});

test("nothing gets a public address by itself, and the default security group has no rule", async () => {
  const graph = await network();
  for (const index of [1, 2, 3])
    for (const side of ["private", "public"])
      expect(inputs(graph, `net-${side}-${index}`, "mapPublicIpOnLaunch")).toBe(false);
  const group = inputs(graph, "net-default");
  expect([group.ingress, group.egress]).toEqual([undefined, undefined]);
  expect(inputs(graph, "net-private-1-out")).toMatchObject({ natGatewayId: expect.stringMatching(/^nat-/) });
  expect(inputs(graph, "net-private-1-out").gatewayId).toBeUndefined();
});

test("load balancers find their subnets by tag, and every resource that takes tags has the standard ones", async () => {
  const graph = await network({ tags: { team: "research" } });
  expect(inputs(graph, "net-private-1", "tags")["kubernetes.io/role/internal-elb"]).toBe("1");
  expect(inputs(graph, "net-public-1", "tags")["kubernetes.io/role/elb"]).toBe("1");
  const untagged = /:(Route|RouteTableAssociation)$/;
  for (const row of custom(graph).filter((own) => !untagged.test(own.type)))
    expect([row.name, row.inputs.tags]).toEqual([
      row.name,
      expect.objectContaining({ Name: row.name, team: "research", "aistack:component": "Network" }),
    ]);
});

test("whoever takes the binding waits for routes and endpoints, and a preview knows what is known", async () => {
  const program = () => {
    const { binding } = new Network("net", { zoneCount: 2 });
    new SecurityGroup("consumer", { description: pulumi.interpolate`${binding.privateSubnetIds[0]}` });
    return { cidr: bindingField(binding, "cidr") };
  };
  expect((await planned(program, "preview")).outputs.cidr).toBe("10.0.0.0/16");
  expect(waitsFor(await planned(program), "consumer")).toEqual(
    expect.arrayContaining(["net-private-1-out", "net-private-2-association", "net-public-1-out", "net-s3"]),
  );
});

test("one NAT gateway per zone keeps zones apart", async () => {
  const graph = await network({ natGateways: NatGateways.PerZone });
  const gateways = [1, 2, 3].map((index) => inputs(graph, `net-private-${index}-out`, "natGatewayId"));
  expect(new Set(gateways).size).toBe(3);
  expect(waitsFor(graph, "net-nat-2")).toEqual(
    expect.arrayContaining(["net-public-2-out", "net-public-2-association"]),
  );
});

test("without NAT gateway there is no way to the internet, and an endpoint for every service that nodes call", async () => {
  const graph = await network({ natGateways: NatGateways.None, zones: ["eu-west-1a", "eu-west-1c"] });
  const types = custom(graph).map((row) => row.type.split(":").at(-1));
  expect(types.filter((type) => ["InternetGateway", "NatGateway", "Eip", "Route"].includes(type as string))).toEqual(
    [],
  );
  const endpoints = custom(graph).filter((row) => row.type.endsWith(":VpcEndpoint"));
  expect(endpoints.map((row) => row.inputs.serviceName).sort()).toEqual(
    ["ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "logs", "s3", "sqs", "ssm", "sts"].map(
      (name) => `com.amazonaws.eu-west-1.${name}`,
    ),
  );
  expect(inputs(graph, "net-endpoints-in")).toMatchObject({ cidrIpv4: "10.0.0.0/16", fromPort: 443, toPort: 443 });
  expect(inputs(graph, "net-endpoints").ingress).toBeUndefined();
});

test("records all traffic into the audit bucket, once that takes it", async () => {
  const graph = await network({ flowLogs: pulumi.output(bucket) }, "simulate", "us-gov-west-1");
  expect(inputs(graph, "net-flow-log")).toMatchObject({
    trafficType: "ALL",
    logDestinationType: "s3",
    logDestination: "arn:aws-us-gov:s3:::audit-records",
    destinationOptions: { fileFormat: "parquet", hiveCompatiblePartitions: false, perHourPartition: true },
  });
});

test("a third zone, or a gateway per zone, moves no subnet", async () => {
  const addresses = async (args: NetworkArgs) =>
    Object.fromEntries(
      children(await network(args), "net")
        .filter((row) => row.type.endsWith(":Subnet"))
        .map((row) => [row.name, row.inputs.cidrBlock]),
    );
  const two = await addresses({ zoneCount: 2 });
  expect(await addresses({ zoneCount: 3, natGateways: NatGateways.PerZone })).toMatchObject(two);
});

test("leaves out zones that EKS cannot use, and says so when too few are left", async () => {
  const names = async (region: string) =>
    custom(await network({ zoneCount: 2 }, "simulate", region))
      .filter((row) => row.name.startsWith("net-private") && row.type.endsWith(":Subnet"))
      .map((row) => row.inputs.availabilityZone);
  expect(await names("us-west-1")).toHaveLength(2);
  await expect(network({}, "simulate", "us-west-1")).rejects.toThrow(
    /us-west-1 offers EKS 2 zones.*set zoneCount to 2/,
  );
});

test.each(["10.0.0.0/16", "172.16.64.0/18", "192.168.4.0/22"])("subnets of %s stay inside it and apart", (cidr) => {
  const ranges = [0, 1, 2].flatMap((index) => Object.values(zoneAddresses(cidr, index)).map(bounds));
  const whole = bounds(cidr);
  ranges.sort((a, b) => a[0] - b[0]);
  ranges.forEach(([from, to], index) => {
    expect(from).toBeGreaterThanOrEqual(whole[0]);
    expect(to).toBeLessThanOrEqual(whole[1]);
    expect(to - from + 1).toBeGreaterThanOrEqual(16);
    if (index > 0) expect(from).toBeGreaterThan(ranges[index - 1]?.[1] as number);
  });
});

function bounds(cidr: string): [number, number] {
  const [address = "", prefix] = cidr.split("/");
  const from = address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
  return [from, from + 2 ** (32 - Number(prefix)) - 1];
}

test.each<[string, NetworkArgs, RegExp]>([
  ["a range that is none", { vpcCidr: "ten" }, /vpcCidr is "ten", but must be an IPv4 range/],
  ["a range too wide", { vpcCidr: "10.0.0.0/8" }, /must be from \/16 to \/22/],
  ["a range too narrow", { vpcCidr: "10.0.0.0/24" }, /must be from \/16 to \/22/],
  ["a range off its boundary", { vpcCidr: "10.0.1.0/16" }, /must start on a \/16 boundary/],
  ["one zone", { zones: ["eu-west-1a"] }, /zones is .* must name two or three/],
  ["a zone twice", { zones: ["eu-west-1a", "eu-west-1a"] }, /zones\[1\] is eu-west-1a, which is named twice/],
  [
    "a local zone",
    { zones: ["us-west-2a", "us-west-2-lax-1a"] },
    /zones\[1\].*must be the name of an availability zone/,
  ],
  [
    "zones against their number",
    { zones: ["eu-west-1a", "eu-west-1b"], zoneCount: 3 },
    /zoneCount is 3, but `zones` names 2/,
  ],
  ["four zones", { zoneCount: 4 }, /zoneCount is 4, but must be a whole number from 2 to 3/],
  [
    "an unknown way out",
    { natGateways: "many" as NatGateways },
    /natGateways is "many", but must be one of one, per-zone, none/,
  ],
  [
    "logs into another platform's bucket",
    { flowLogs: { ...bucket, platform: Platform.Gcp } },
    /flowLogs.platform.*"gcp".*must be one of aws/,
  ],
])("refuses %s", async (_, args, message) => {
  expect(await refusal(() => new Network("net", args))).toMatch(message);
});

import { bindingField, type ObjectStoreBinding, Platform } from "aistack-core";
import type { Graph, Mode } from "aistack-engine";
import { created, custom, inputs, modes, planned, refusal, waitsFor } from "../testing";
import { networkAddresses } from "./addresses";
import { NatGateways, type NetworkArgs } from "./args";
import { Network } from "./network";

const bucket: ObjectStoreBinding = {
  kind: "object-store",
  name: "audit",
  platform: Platform.Gcp,
  bucket: "audit-records",
  url: "gs://audit-records",
  access: { read: [], write: [] },
};

const network = (args: NetworkArgs = {}, mode?: Mode): Promise<Graph> =>
  planned(() => ({ binding: new Network("net", args).binding }), mode);

test.each(modes)("creates one subnet without public addresses and a way out, in %s", async (mode) => {
  const graph = await network({}, mode);
  expect(created(graph)).toEqual([
    "net-deny Firewall",
    "net-nat RouterNat",
    "net-router Router",
    "net-subnet Subnetwork",
    "net-vpc Network",
  ]);
  expect(inputs(graph, "net-vpc", "autoCreateSubnetworks")).toBe(false);
  expect(inputs(graph, "net-subnet")).toMatchObject({
    region: "europe-west4",
    ipCidrRange: "10.0.0.0/18",
    secondaryIpRanges: [
      { rangeName: "pods", ipCidrRange: "10.0.128.0/17" },
      { rangeName: "services", ipCidrRange: "10.0.64.0/20" },
    ],
    privateIpGoogleAccess: true,
    logConfig: { flowSampling: 0.5, metadata: "INCLUDE_ALL_METADATA" },
  });
});

test("what no rule lets in is refused and recorded, and nothing is let in", async () => {
  const graph = await network();
  const rules = custom(graph).filter((row) => row.type.endsWith(":Firewall"));
  expect(rules.map((row) => [row.inputs.priority, row.inputs.denies, row.inputs.allows])).toEqual([
    [65534, [{ protocol: "all" }], undefined],
  ]);
  expect(rules[0]?.inputs.logConfig).toBeDefined();
});

test("nodes leave by the subnet's own NAT, of addresses that Google hands out, and the binding waits for it", async () => {
  const graph = await network();
  expect(inputs(graph, "net-nat")).toMatchObject({
    natIpAllocateOption: "AUTO_ONLY",
    sourceSubnetworkIpRangesToNat: "LIST_OF_SUBNETWORKS",
    subnetworks: [{ name: expect.stringContaining("subnetworks/net-subnet"), sourceIpRangesToNats: ["ALL_IP_RANGES"] }],
    enableDynamicPortAllocation: true,
  });
  expect(graph.outputs.binding).toMatchObject({
    networkId: expect.stringMatching(/^projects\/my-project\/global\/networks\/net-vpc-/),
    cidr: "10.0.0.0/16",
    privateSubnetIds: [expect.stringMatching(/^projects\/my-project\/regions\/europe-west4\/subnetworks\/net-subnet-/)],
  });
  const program = () => ({ cidr: bindingField(new Network("net").binding, "cidr") });
  expect((await planned(program, "preview")).outputs.cidr).toBe("10.0.0.0/16");
});

test("without NAT there is no way to the internet", async () => {
  expect(created(await network({ natGateways: NatGateways.None }))).toEqual([
    "net-deny Firewall",
    "net-subnet Subnetwork",
    "net-vpc Network",
  ]);
});

test("flow logs go into the audit bucket, by an identity that can only add to it", async () => {
  const graph = await network({ flowLogs: bucket });
  expect(inputs(graph, "net-flow-logs")).toMatchObject({
    destination: "storage.googleapis.com/audit-records",
    filter: expect.stringMatching(/vpc_flows"\) AND resource.labels.subnetwork_name="net-subnet-/),
    uniqueWriterIdentity: true,
  });
  expect(inputs(graph, "net-flow-logs-write")).toEqual({
    bucket: "audit-records",
    role: "roles/storage.objectCreator",
    member: "serviceAccount:service-123456789012@gcp-sa-logging.iam.gserviceaccount.com",
  });
  expect(waitsFor(graph, "net-flow-logs-write")).toContain("net-flow-logs");
});

test.each(["10.0.0.0/16", "172.16.0.0/12", "192.168.16.0/20"])("ranges of %s stay inside it and apart", (cidr) => {
  const ranges = Object.values(networkAddresses(cidr)).map(bounds);
  const whole = bounds(cidr);
  ranges.sort((a, b) => a[0] - b[0]);
  ranges.forEach(([from, to], index) => {
    expect(from).toBeGreaterThanOrEqual(whole[0]);
    expect(to).toBeLessThanOrEqual(whole[1]);
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
  ["a range too wide", { vpcCidr: "10.0.0.0/8" }, /must be from \/12 to \/20/],
  ["a range too narrow", { vpcCidr: "10.0.0.0/24" }, /must be from \/12 to \/20/],
  ["a range off its boundary", { vpcCidr: "10.0.1.0/16" }, /must start on a \/16 boundary/],
  [
    "AWS's gateway in each zone",
    { natGateways: "per-zone" as NatGateways },
    /"per-zone", but must be one of one, none/,
  ],
  [
    "logs into another platform's bucket",
    { flowLogs: { ...bucket, platform: Platform.Aws } },
    /flowLogs.platform.*"aws".*must be one of gcp/,
  ],
])("refuses %s", async (_, args, message) => {
  expect(await refusal(() => new Network("net", args))).toMatch(message);
});

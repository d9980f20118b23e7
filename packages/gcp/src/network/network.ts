import { Firewall, Router, RouterNat, Subnetwork, Network as Vpc } from "@pulumi/gcp/compute";
import { ProjectSink } from "@pulumi/gcp/logging";
import { BucketIAMMember } from "@pulumi/gcp/storage";
import * as pulumi from "@pulumi/pulumi";
import {
  after,
  bindingField,
  Checks,
  type NetworkBinding,
  type ObjectStoreBinding,
  oneOf,
  Platform,
} from "aistack-core";
import { flowsOf } from "../shared/log-filters";
import { placeOf } from "../shared/place";
import { nameUpTo } from "../shared/rules";
import { networkAddresses } from "./addresses";
import { checkNetwork, NatGateways, type NetworkArgs } from "./args";
import * as defaults from "./defaults";

const type = "aistack-gcp:index:Network";

/** A network for clusters and services: one subnet without public addresses in the provider's region, and a way out. */
export class Network extends pulumi.ComponentResource {
  /** Plain-data handle for clusters and services. Whoever takes it waits until there is a way out. */
  public readonly binding: pulumi.Output<NetworkBinding>;

  constructor(name: string, args: NetworkArgs = {}, opts: pulumi.ComponentResourceOptions = {}) {
    const check = new Checks(type, name);
    // Longer than a cluster's, whose network is named after it.
    check.value("name", name, nameUpTo(40));
    checkNetwork(check, args);
    const logPlatform =
      args.flowLogs && check.value("flowLogs.platform", bindingField(args.flowLogs, "platform"), oneOf([Platform.Gcp]));
    check.done();
    super(type, name, args, opts);

    const child = { parent: this };
    const { region } = placeOf(this);
    const cidr = args.vpcCidr ?? defaults.vpcCidr;
    const vpc = new Vpc(
      `${name}-vpc`,
      {
        description: `Network ${name} of the environment ${pulumi.getStack()}`,
        autoCreateSubnetworks: false,
        // The largest frames that every machine can send: collective operations move large messages.
        mtu: 8896,
        routingMode: "REGIONAL",
      },
      child,
    );
    const subnet = privateSubnet(`${name}-subnet`, vpc, cidr, region, child);
    const ready: pulumi.Resource[] = [denyIngress(`${name}-deny`, vpc, child)];
    if (args.natGateways !== NatGateways.None) ready.push(cloudNat(name, vpc, subnet, region, child));
    if (args.flowLogs && logPlatform)
      flowLogsInto(
        name,
        // Through the platform, so that nothing is made for a bucket that is elsewhere.
        pulumi
          .all([bindingField(args.flowLogs as pulumi.Input<ObjectStoreBinding>, "bucket"), logPlatform])
          .apply(([bucket]) => bucket),
        subnet,
        child,
      );

    this.binding = pulumi.output({
      networkId: vpc.id,
      cidr,
      privateSubnetIds: [after(subnet.id, ...ready)],
    });
    this.registerOutputs({ binding: this.binding });
  }
}

function privateSubnet(
  name: string,
  vpc: Vpc,
  cidr: string,
  region: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): Subnetwork {
  const addresses = networkAddresses(cidr);
  return new Subnetwork(
    name,
    {
      network: vpc.id,
      region,
      ipCidrRange: addresses.nodes,
      secondaryIpRanges: [
        { rangeName: defaults.ranges.pods, ipCidrRange: addresses.pods },
        { rangeName: defaults.ranges.services, ipCidrRange: addresses.services },
      ],
      // Nodes have no public address: without this they reach no Google service, not even the registry.
      privateIpGoogleAccess: true,
      stackType: "IPV4_ONLY",
      logConfig: { ...defaults.flowLogs, metadata: "INCLUDE_ALL_METADATA" },
    },
    opts,
  );
}

/** What no other rule lets in is refused by the network anyway; this rule says so in the logs. */
function denyIngress(name: string, vpc: Vpc, opts: pulumi.CustomResourceOptions): Firewall {
  return new Firewall(
    name,
    {
      network: vpc.id,
      description: "Refuses, and records, what no other rule lets in",
      direction: "INGRESS",
      priority: defaults.lastPriority,
      denies: [{ protocol: "all" }],
      sourceRanges: ["0.0.0.0/0"],
      logConfig: { metadata: "INCLUDE_ALL_METADATA" },
    },
    opts,
  );
}

function cloudNat(
  name: string,
  vpc: Vpc,
  subnet: Subnetwork,
  region: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): RouterNat {
  const router = new Router(`${name}-router`, { network: vpc.id, region }, opts);
  return new RouterNat(
    `${name}-nat`,
    {
      router: router.name,
      region,
      natIpAllocateOption: "AUTO_ONLY",
      sourceSubnetworkIpRangesToNat: "LIST_OF_SUBNETWORKS",
      subnetworks: [{ name: subnet.id, sourceIpRangesToNats: ["ALL_IP_RANGES"] }],
      enableDynamicPortAllocation: true,
      // Cloud NAT takes dynamic ports only without it.
      enableEndpointIndependentMapping: false,
      ...defaults.natPorts,
      logConfig: { enable: true, filter: "ERRORS_ONLY" },
    },
    opts,
  );
}

/** Cloud Logging copies the flow logs into the bucket, as an account of this sink alone that may only add objects. */
function flowLogsInto(
  name: string,
  bucket: pulumi.Input<string>,
  subnet: Subnetwork,
  opts: pulumi.CustomResourceOptions,
): void {
  const sink = new ProjectSink(
    `${name}-flow-logs`,
    {
      destination: pulumi.interpolate`storage.googleapis.com/${bucket}`,
      filter: subnet.name.apply(flowsOf),
      uniqueWriterIdentity: true,
    },
    opts,
  );
  new BucketIAMMember(
    `${name}-flow-logs-write`,
    { bucket, role: "roles/storage.objectCreator", member: sink.writerIdentity },
    opts,
  );
}

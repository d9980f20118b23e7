import { Firewall, GlobalAddress } from "@pulumi/gcp/compute";
import { Instance } from "@pulumi/gcp/lustre";
import { Connection } from "@pulumi/gcp/servicenetworking";
import * as pulumi from "@pulumi/pulumi";
import { after, bindingField, type CsiVolume, limitedName } from "aistack-core";
import type { Place } from "../shared/place";
import * as defaults from "./defaults";
import type { ServiceArgs } from "./filestore";
import { LustreExport } from "./lustre-export";

/** Files on Managed Lustre. */
export class ManagedLustre extends pulumi.ComponentResource {
  readonly server: pulumi.Output<string>;
  readonly mountName: pulumi.Output<string>;
  readonly volume: pulumi.Output<CsiVolume>;

  constructor(
    name: string,
    args: ServiceArgs & { agent: pulumi.Output<string>; place: Place },
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("aistack-gcp:index:ManagedLustre", `${name}-lustre`, {}, opts);
    const { plan, location, labels, place } = args;
    const child = { parent: this };
    const instanceId = limitedName(`${name}-${pulumi.getStack()}`, 63);
    const filesystem = fileSystemOf(instanceId);
    const instance = new Instance(
      `${name}-files`,
      {
        instanceId,
        location,
        // Nodes tell file systems apart by this name, and mount no two of the same.
        filesystem,
        description: `Files of ${name}`,
        capacityGib: `${plan.capacityGiB}`,
        perUnitStorageThroughput: `${plan.unitThroughput}`,
        network: connected(name, args, child),
        // gkeSupportEnabled is for GKE before 1.33.2, whose nodes could not use Lustre's own port:
        // https://cloud.google.com/managed-lustre/docs/lustre-csi-driver-overview
        kmsKey: args.keyName,
        ...(plan.rootSquash && {
          accessRulesOptions: {
            defaultSquashMode: "ROOT_SQUASH",
            defaultSquashUid: defaults.squashed,
            defaultSquashGid: defaults.squashed,
          },
        }),
        labels,
      },
      { ...child, retainOnDelete: args.retain },
    );
    if (plan.store)
      new LustreExport(
        `${name}-export`,
        { instance, hourUtc: plan.backupHour, store: plan.store, agent: args.agent, place },
        child,
      );

    this.server = instance.mountPoint.apply((point) => point.split("@")[0] as string);
    this.mountName = pulumi.output(filesystem);
    const attributes: { [name: string]: pulumi.Output<string> } = { ip: this.server, filesystem: this.mountName };
    this.volume = pulumi.output({
      driver: pulumi.output(plan.drivers).apply(() => defaults.drivers.lustre),
      handle: pulumi.interpolate`${place.project}/${location}/${instanceId}`,
      attributes,
      fsType: "lustre",
      mountOptions: ["flock"],
    });
    this.registerOutputs({});
  }
}

/** Eight letters and digits at most. */
function fileSystemOf(instanceId: string): string {
  const plain = instanceId.replaceAll("-", "");
  return limitedName(plain, 8).replaceAll("-", "");
}

/**
 * The network by its id, once it is connected with that of Google's services and lets their servers call its nodes.
 * https://cloud.google.com/managed-lustre/docs/vpc
 */
function connected(
  name: string,
  { plan, network }: ServiceArgs,
  child: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const networkId = bindingField(network, "networkId");
  const needs: pulumi.Resource[] = [];
  let range = plan.peeredRange;
  if (range === undefined) {
    const reserved = new GlobalAddress(
      `${name}-peered`,
      {
        network: networkId,
        purpose: "VPC_PEERING",
        addressType: "INTERNAL",
        prefixLength: defaults.peeredPrefix,
        description: `Google's services, for the files of ${name}`,
      },
      child,
    );
    needs.push(
      new Connection(
        `${name}-peering`,
        {
          network: networkId,
          service: "servicenetworking.googleapis.com",
          reservedPeeringRanges: [reserved.name],
        },
        child,
      ),
    );
    range = pulumi.interpolate`${reserved.address}/${defaults.peeredPrefix}`;
  }
  const calls = new Firewall(
    `${name}-calls`,
    {
      network: networkId,
      description: "Lets the servers of Managed Lustre open connections to nodes",
      direction: "INGRESS",
      allows: [{ protocol: "tcp", ports: defaults.lustrePorts }],
      sourceRanges: [range],
      logConfig: { metadata: "INCLUDE_ALL_METADATA" },
    },
    child,
  );
  return after(networkId, ...needs, calls);
}

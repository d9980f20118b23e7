import * as pulumi from "@pulumi/pulumi";
import {
  environmentPrefix,
  onCluster,
  Platform,
  residencyOf,
  residentIn,
  type SharedFileSystemBinding,
} from "aistack-core";
import { SharedVolume } from "aistack-runtime";
import { labelsOf } from "../shared/labels";
import { inRegion, type Place, placeOf } from "../shared/place";
import { checkFileSystem, FileService, type FileSystemPlan, type SharedFileSystemArgs } from "./args";
import { fileEncryption } from "./encryption";
import { Filestore } from "./filestore";
import { ManagedLustre } from "./managed-lustre";

const type = "aistack-gcp:index:SharedFileSystem";

/**
 * Files that all nodes of a GKE cluster read and write at the same time, on Filestore or Managed Lustre. They outlive their
 * stack unless told otherwise.
 */
export class SharedFileSystem extends pulumi.ComponentResource {
  /** Plain-data handle for `uses` of a workload in the namespace of the claim. */
  public readonly binding: pulumi.Output<SharedFileSystemBinding>;
  /** Namespace of the claim: whoever mounts it must be in there. Absent for an adopted file system. */
  public readonly namespace?: pulumi.Output<string>;

  constructor(name: string, args: SharedFileSystemArgs, opts: pulumi.ComponentResourceOptions = {}) {
    const plan = checkFileSystem(type, name, args);
    super(type, name, args, opts);
    if (args.existing || !args.cluster || !args.network) {
      this.binding = pulumi.output(args.existing as pulumi.Input<SharedFileSystemBinding>);
      this.registerOutputs({ binding: this.binding, compliance: args.compliance });
      return;
    }
    const child = { parent: this };
    const retain = opts.retainOnDelete ?? true;
    const place = placeOf(this);
    const region = residentIn(place.region, residencyOf(Platform.Gcp, args.compliance ?? []));
    const labels = labelsOf(type, plan.dataClass, plan.tags);

    const { service, kmsKey } = plan;
    const { keyName, agent } = fileEncryption(name, { service, kmsKey, place, labels, retain }, child);
    const { network } = args;
    const around = { plan, network, location: locationOf(plan, region), region, keyName, labels, retain };
    const files =
      service === FileService.ManagedLustre
        ? new ManagedLustre(name, { ...around, agent, place }, child)
        : new Filestore(name, around, child);
    const { provider } = onCluster(this, name, args.cluster, opts);
    const { capacityGiB, namespace } = plan;
    const mounted = new SharedVolume(name, { volume: files.volume, capacityGiB, namespace }, { ...child, provider });

    this.namespace = mounted.namespace;
    this.binding = bindingOf(name, plan, files, mounted);
    this.registerOutputs({ binding: this.binding, namespace: this.namespace, compliance: args.compliance });
  }
}

/** The zone that is named, once it is known to be in the region; a regional instance is in the region itself. */
function locationOf({ zone }: FileSystemPlan, region: Place["region"]): pulumi.Output<string> {
  if (zone === undefined) return region;
  return inRegion("zone", [zone], region).apply(([own]) => own as string);
}

function bindingOf(
  name: string,
  { mountPath, capacityGiB, throughputMiBps }: FileSystemPlan,
  { server, mountName, volume }: Filestore | ManagedLustre,
  { storageClass, claim, namespace }: SharedVolume,
): pulumi.Output<SharedFileSystemBinding> {
  return pulumi.output({
    kind: "shared-file-system",
    name,
    platform: Platform.Gcp,
    storageClass,
    capacityGiB,
    throughputMiBps,
    server,
    mountName,
    volume,
    environment: { [`${environmentPrefix(name)}_PATH`]: mountPath },
    volumes: [{ claim, namespace, mountPath }],
  });
}

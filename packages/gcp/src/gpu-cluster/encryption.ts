import { ServiceIdentity } from "@pulumi/gcp/projects";
import * as pulumi from "@pulumi/pulumi";
import { after } from "aistack-core";
import { grantKey, rotatedKey } from "../shared/key";
import type { Place } from "../shared/place";

/** What an encryption key is made from. */
export interface EncryptionArgs {
  place: Place;
  labels: pulumi.Input<{ [key: string]: string }>;
  deletionProtection: boolean;
}

/** The key of a cluster's secrets, node disks and volumes, which the services that encrypt them can use. */
export class Encryption extends pulumi.ComponentResource {
  /** Name of the key, once the services can use it. */
  readonly keyName: pulumi.Output<string>;

  constructor(
    name: string,
    { place, labels, deletionProtection }: EncryptionArgs,
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("aistack-gcp:index:Encryption", name, {}, opts);
    const child = { parent: this };
    // Without the key, volumes and snapshots that outlive the cluster could not be read.
    const kept = { ...child, retainOnDelete: deletionProtection };
    const key = rotatedKey(name, { place, labels }, kept);
    // GKE's service agent encrypts the secrets, Compute Engine's the disks. Without the grants the first `up` fails. In
    // a project that never had a cluster, GKE's agent does not exist before it is asked for.
    const gke = new ServiceIdentity(`${name}-agent`, { service: "container.googleapis.com" }, child);
    const compute = pulumi.interpolate`serviceAccount:service-${place.projectNumber}@compute-system.iam.gserviceaccount.com`;
    const grants = [
      grantKey(`${name}-secrets`, key, gke.member, child),
      grantKey(`${name}-disks`, key, compute, child),
    ];
    this.keyName = after(key.id, ...grants);
    this.registerOutputs({});
  }
}

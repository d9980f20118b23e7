import * as pulumi from "@pulumi/pulumi";
import type { Platform, WorkloadIdentity } from "aistack-core";
import type { Place } from "./place";

/** A workload of a GKE cluster as IAM knows it; known once it is known that the cluster is one of GKE. */
export function principalOf(
  place: Place,
  identity: pulumi.Input<WorkloadIdentity>,
  platform: pulumi.Input<Platform>,
): pulumi.Output<string> {
  const { namespace, serviceAccount } = pulumi.output(identity);
  const pool = pulumi.interpolate`projects/${place.projectNumber}/locations/global/workloadIdentityPools/${place.project}.svc.id.goog`;
  const subject = pulumi
    .all([namespace, serviceAccount, platform])
    .apply(([space, account]) => `ns/${space}/sa/${account}`);
  return pulumi.interpolate`principal://iam.googleapis.com/${pool}/subject/${subject}`;
}

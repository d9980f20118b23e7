import { NetworkAttachment } from "@pulumi/gcp/compute";
import { IAMMember, ServiceIdentity } from "@pulumi/gcp/projects";
import * as pulumi from "@pulumi/pulumi";
import { after, bindingField, type NetworkBinding } from "aistack-core";
import type { Place } from "../shared/place";
import { customRole } from "./roles";

/**
 * What Vertex AI needs to connect its jobs: it puts its own project on the list of the attachment.
 * https://cloud.google.com/vertex-ai/docs/general/vpc-psc-i-setup
 */
const permissions = [
  "compute.networkAttachments.get",
  "compute.networkAttachments.update",
  "compute.regionOperations.get",
];

/** Connects the jobs of a pipeline with a network: each machine gets an address of its subnet, and none of the internet. */
export class PipelineNetwork extends pulumi.ComponentResource {
  /** Name of the attachment, once Vertex AI may use it. */
  readonly attachment: pulumi.Output<string>;

  constructor(
    name: string,
    { network, place }: { network: pulumi.Input<NetworkBinding>; place: Place },
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("aistack-gcp:index:PipelineNetwork", name, {}, opts);
    const child = { parent: this };
    const attachment = new NetworkAttachment(
      `${name}-attachment`,
      {
        region: place.region,
        description: "Jobs of Vertex AI",
        subnetworks: bindingField(network, "privateSubnetIds").apply((ids) => [ids[0] as string]),
        connectionPreference: "ACCEPT_MANUAL",
      },
      // Vertex AI keeps the list of those who may connect.
      { ...child, ignoreChanges: ["producerAcceptLists"] },
    );
    const role = customRole(`${name}-connects`, `Connects jobs of ${name}`, permissions, child);
    const agent = new ServiceIdentity(`${name}-agent`, { service: "aiplatform.googleapis.com" }, child);
    const grant = new IAMMember(
      `${name}-agent-connects`,
      { project: place.project, role: role.name, member: agent.member },
      child,
    );
    this.attachment = after(attachment.id, grant);
    this.registerOutputs({});
  }
}

import { getProjectCmekSettingsOutput } from "@pulumi/gcp/logging/getProjectCmekSettings";
import { ServiceIdentity } from "@pulumi/gcp/projects";
import { getProjectServiceAccountOutput } from "@pulumi/gcp/storage/getProjectServiceAccount";
import * as pulumi from "@pulumi/pulumi";
import { after } from "aistack-core";
import { rotatedKey, useOfKey } from "../shared/key";

/** What the key of a pipeline is made from. */
export interface PipelineKeyParts {
  location: pulumi.Input<string>;
  labels: pulumi.Input<{ [key: string]: string }>;
  /** Services beside Cloud Storage that encrypt with it, such as `aiplatform`. */
  services: string[];
  /** Project whose Cloud Logging encrypts with it too, where it has something to. */
  logsOf?: pulumi.Input<string>;
  retainOnDelete: boolean;
}

/** The key that a pipeline's files, jobs and models are encrypted with, once the services can use it. It lives as long as the files. */
export class PipelineKey extends pulumi.ComponentResource {
  readonly keyName: pulumi.Output<string>;

  constructor(name: string, args: PipelineKeyParts, opts: pulumi.ComponentResourceOptions) {
    super("aistack-gcp:index:PipelineKey", name, {}, opts);
    const child = { parent: this };
    const kept = { ...child, retainOnDelete: args.retainOnDelete };
    const key = rotatedKey(name, args, kept);
    // Asking for them brings these accounts into being where the project has none yet.
    const storage = getProjectServiceAccountOutput({}, child).member;
    const grants = [
      useOfKey(`${name}-storage`, key, storage, kept),
      ...args.services.map((service) => {
        const agent = new ServiceIdentity(`${name}-${service}-agent`, { service: `${service}.googleapis.com` }, child);
        return useOfKey(`${name}-${service}`, key, agent.member, kept);
      }),
    ];
    if (args.logsOf !== undefined) {
      const logging = getProjectCmekSettingsOutput({ project: args.logsOf }, child).serviceAccountId;
      grants.push(useOfKey(`${name}-logging`, key, pulumi.interpolate`serviceAccount:${logging}`, kept));
    }
    this.keyName = after(key.id, ...grants);
    this.registerOutputs({});
  }
}

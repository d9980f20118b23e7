import { Job } from "@pulumi/gcp/cloudscheduler";
import type { Instance } from "@pulumi/gcp/lustre";
import { IAMCustomRole, IAMMember } from "@pulumi/gcp/projects";
import { Account } from "@pulumi/gcp/serviceaccount";
import { BucketIAMMember } from "@pulumi/gcp/storage";
import * as pulumi from "@pulumi/pulumi";
import { after, bindingField, limitedName, type ObjectStoreBinding, type Platform } from "aistack-core";
import type { Place } from "../shared/place";

/** What a daily export is made from. */
export interface LustreExportArgs {
  instance: Instance;
  hourUtc: number;
  store: { binding: pulumi.Input<ObjectStoreBinding>; platform: pulumi.Input<Platform> };
  /** Google's agent of Managed Lustre, which copies. */
  agent: pulumi.Output<string>;
  place: Place;
}

/** Has Managed Lustre write its files into a bucket every day, called by an account that may do nothing else. */
export class LustreExport extends pulumi.ComponentResource {
  constructor(name: string, args: LustreExportArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-gcp:index:LustreExport", name, {}, opts);
    const child = { parent: this };
    const { instance, store, place } = args;
    // Through the platform, so that nothing is made for a bucket that is elsewhere.
    const bucket = pulumi.all([bindingField(store.binding, "bucket"), store.platform]).apply(([own]) => own);
    // The smallest role that the transfer is documented with, on this bucket alone.
    // https://cloud.google.com/managed-lustre/docs/transfer-data
    const agentWrites = new BucketIAMMember(
      `${name}-write`,
      { bucket, role: "roles/storage.admin", member: args.agent },
      child,
    );

    const account = new Account(
      `${name}-account`,
      { accountId: limitedName(name, 30), displayName: `Starts the export of ${name}`.slice(0, 100) },
      child,
    );
    // Of the roles that Google offers, only that of the administrator of all instances has this permission.
    const role = new IAMCustomRole(
      `${name}-role`,
      {
        roleId: `${name}_${pulumi.getStack()}`.replace(/[^a-zA-Z0-9_.]/g, "_").slice(0, 64),
        title: `Export files (${name})`.slice(0, 100),
        permissions: ["lustre.instances.exportData"],
      },
      child,
    );
    const allowed = new IAMMember(
      `${name}-allowed`,
      { project: place.project, role: role.name, member: account.member },
      child,
    );
    new Job(
      `${name}-schedule`,
      {
        region: place.region,
        description: `Copies the files of ${name} into a bucket`,
        schedule: `0 ${args.hourUtc} * * *`,
        timeZone: "Etc/UTC",
        retryConfig: { retryCount: 3 },
        httpTarget: {
          httpMethod: "POST",
          uri: pulumi.interpolate`https://lustre.googleapis.com/v1/${instance.name}:exportData`,
          headers: { "Content-Type": "application/json" },
          body: pulumi
            .jsonStringify({
              lustrePath: { path: "/" },
              gcsPath: { uri: pulumi.interpolate`gs://${bucket}/${instance.instanceId}/` },
            })
            .apply((text) => Buffer.from(text).toString("base64")),
          oauthToken: {
            serviceAccountEmail: after(account.email, allowed, agentWrites),
            scope: "https://www.googleapis.com/auth/cloud-platform",
          },
        },
      },
      child,
    );
    this.registerOutputs({});
  }
}

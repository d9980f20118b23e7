import { getDefaultServiceAccountOutput } from "@pulumi/gcp/bigquery/getDefaultServiceAccount";
import { getProjectServiceAccountOutput } from "@pulumi/gcp/storage/getProjectServiceAccount";
import * as pulumi from "@pulumi/pulumi";
import { after } from "aistack-core";
import { rotatedKey, useOfKey } from "../shared/key";

/** What a key for a data class is made from. */
export interface LakeKeyParts {
  location: pulumi.Input<string>;
  labels: pulumi.Input<{ [key: string]: string }>;
  retainOnDelete: boolean;
}

/** The key of a data class, once Cloud Storage and BigQuery can use it. It lives as long as the data. */
export class LakeKey extends pulumi.ComponentResource {
  readonly keyName: pulumi.Output<string>;

  constructor(name: string, args: LakeKeyParts, opts: pulumi.ComponentResourceOptions) {
    super("aistack-gcp:index:LakeKey", name, {}, opts);
    const child = { parent: this };
    const kept = { ...child, retainOnDelete: args.retainOnDelete };
    const key = rotatedKey(name, args, kept);
    // Asking for them brings these accounts into being where the project has none yet.
    const storage = getProjectServiceAccountOutput({}, child).member;
    const bigquery = getDefaultServiceAccountOutput({}, child).member;
    this.keyName = after(
      key.id,
      useOfKey(`${name}-storage`, key, storage, kept),
      useOfKey(`${name}-bigquery`, key, bigquery, kept),
    );
    this.registerOutputs({});
  }
}

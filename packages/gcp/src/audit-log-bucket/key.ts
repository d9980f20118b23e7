import { getDefaultServiceAccountOutput } from "@pulumi/gcp/bigquery/getDefaultServiceAccount";
import { getProjectServiceAccountOutput } from "@pulumi/gcp/storage/getProjectServiceAccount";
import * as pulumi from "@pulumi/pulumi";
import { after } from "aistack-core";
import { rotatedKey, useOfKey } from "../shared/key";

/** What a key for records is made from. */
export interface AuditKeyArgs {
  location: pulumi.Input<string>;
  labels: pulumi.Input<{ [key: string]: string }>;
  /** Whether BigQuery encrypts with it too. */
  query: boolean;
  retainOnDelete: boolean;
}

/** The key that records are encrypted with, once the services can use it. It lives as long as the records. */
export class AuditKey extends pulumi.ComponentResource {
  readonly keyName: pulumi.Output<string>;

  constructor(name: string, args: AuditKeyArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-gcp:index:AuditKey", name, {}, opts);
    const child = { parent: this };
    const kept = { ...child, retainOnDelete: args.retainOnDelete };
    const key = rotatedKey(name, args, kept);
    // Asking for them brings these accounts into being where the project has none yet.
    const storage = getProjectServiceAccountOutput({}, child).member;
    const grants = [useOfKey(`${name}-storage`, key, storage, kept)];
    if (args.query)
      grants.push(useOfKey(`${name}-bigquery`, key, getDefaultServiceAccountOutput({}, child).member, child));
    this.keyName = after(key.id, ...grants);
    this.registerOutputs({});
  }
}

/** A key that is given, once it is known to lie where the bucket does; Cloud Storage takes no other. */
export function keyIn(
  propertyPath: string,
  keyName: pulumi.Input<string>,
  location: pulumi.Input<string>,
): pulumi.Output<string> {
  return pulumi.all([keyName, location]).apply(([name, own]) => {
    const other = name.split("/")[3] as string;
    if (other.toLowerCase() === own.toLowerCase()) return name;
    const reason = `${propertyPath} lies in ${other}, but the bucket in ${own}; name a key of that location`;
    throw new pulumi.InputPropertyError({ propertyPath, reason });
  });
}

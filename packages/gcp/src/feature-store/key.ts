import { getDefaultServiceAccountOutput } from "@pulumi/gcp/bigquery/getDefaultServiceAccount";
import { ServiceIdentity } from "@pulumi/gcp/projects";
import { getProjectServiceAccountOutput } from "@pulumi/gcp/storage/getProjectServiceAccount";
import * as pulumi from "@pulumi/pulumi";
import { after } from "aistack-core";
import { rotatedKey, useOfKey } from "../shared/key";

interface FeatureKeyArgs {
  location: pulumi.Input<string>;
  labels: pulumi.Input<{ [key: string]: string }>;
}

/** The key that features are encrypted with, once Bigtable, BigQuery and Cloud Storage can use it. */
export class FeatureKey extends pulumi.ComponentResource {
  public readonly keyName: pulumi.Output<string>;

  constructor(name: string, args: FeatureKeyArgs, opts: pulumi.CustomResourceOptions) {
    super("aistack-gcp:feature-store:FeatureKey", name, {}, opts);
    const child = { parent: this };
    const kept = { ...child, retainOnDelete: opts.retainOnDelete };
    const key = rotatedKey(name, args, kept);
    // Asking for them brings these accounts into being where the project has none yet.
    const bigtable = new ServiceIdentity(`${name}-bigtable-agent`, { service: "bigtableadmin.googleapis.com" }, child);
    const members = {
      bigtable: bigtable.member,
      bigquery: getDefaultServiceAccountOutput({}, child).member,
      storage: getProjectServiceAccountOutput({}, child).member,
    };
    const grants = Object.entries(members).map(([service, member]) =>
      useOfKey(`${name}-${service}`, key, member, kept),
    );
    this.keyName = after(key.id, ...grants);
    this.registerOutputs();
  }
}

/** The key that features are encrypted with, once Vertex AI and BigQuery can use it. */
export function vertexKey(
  name: string,
  location: pulumi.Input<string>,
  labels: pulumi.Input<{ [key: string]: string }>,
  agent: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const key = rotatedKey(name, { location, labels }, opts);
  const bigquery = getDefaultServiceAccountOutput({}, { parent: opts.parent }).member;
  return after(
    key.id,
    useOfKey(`${name}-vertex-key`, key, agent, opts),
    useOfKey(`${name}-bigquery-key`, key, bigquery, opts),
  );
}

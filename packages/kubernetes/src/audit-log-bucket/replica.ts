import type { types } from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { bindingField, environmentPrefix, type ObjectStoreBinding, Platform } from "aistack-core";
import { usesOf } from "../workload/uses";

/** What the upkeep needs to write to the replica. */
export interface Replica {
  environment: pulumi.Output<{ [name: string]: string }>;
  credentials: pulumi.Output<{ [name: string]: string }>;
  egress: pulumi.Output<types.input.networking.v1.NetworkPolicyEgressRule[]>;
  volumes: pulumi.Output<types.input.core.v1.Volume[]>;
  mounts: pulumi.Output<types.input.core.v1.VolumeMount[]>;
}

/** Where Google Cloud Storage speaks S3: https://cloud.google.com/storage/docs/interoperability */
const googleEndpoint = "https://storage.googleapis.com";

/** Takes a binding apart. What reaches its store gets a prefix, since the records' own store has the same names. */
export function replicaOf(
  store: pulumi.Input<ObjectStoreBinding> | undefined,
  namespace: pulumi.Input<string>,
): Replica | undefined {
  if (store === undefined) return undefined;
  const uses = usesOf([store], namespace);
  const field = <K extends keyof ObjectStoreBinding>(name: K) => bindingField(store, name);
  const environment = pulumi
    .all([
      pulumi.all([field("bucket"), field("region"), field("endpoint"), field("platform"), field("name")]),
      uses.environment,
    ])
    .apply(([[bucket, region, endpoint, platform, name], used]): { [name: string]: string } => ({
      ...prefixed(Object.fromEntries(Object.entries(used).filter(([variable]) => variable.startsWith("AWS_")))),
      REPLICA_BUCKET: bucket,
      REPLICA_CA_CERTIFICATE: used[`${environmentPrefix(name)}_CA_CERTIFICATE`] ?? "",
      ...prefixed({
        AWS_REGION: region ?? "us-east-1",
        AWS_ENDPOINT_URL_S3: endpoint ?? (platform === Platform.Gcp ? googleEndpoint : undefined),
      }),
    }));
  const credentials = pulumi.secret(uses.credentials.apply(prefixed));
  return { ...uses, environment, credentials };
}

function prefixed(variables: { [name: string]: string | undefined }): { [name: string]: string } {
  const given = Object.entries(variables).filter((row): row is [string, string] => row[1] !== undefined);
  return Object.fromEntries(given.map(([name, value]) => [`REPLICA_${name}`, value]));
}

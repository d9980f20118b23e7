import { Secret, SecretIamMember, SecretVersion } from "@pulumi/gcp/secretmanager";
import * as pulumi from "@pulumi/pulumi";
import { after, type Binding } from "aistack-core";
import type { Place } from "../shared/place";

/** What secrets are made from. */
export interface CredentialParts {
  place: Place;
  keyName: pulumi.Input<string>;
  labels: pulumi.Input<{ [key: string]: string }>;
  /** Account of the stages. */
  member: pulumi.Input<string>;
}

/**
 * Puts what bindings hold as credentials into one secret, which the stages read when they start: a job's own variables can be
 * read by all who may look at the job. Returns the URL of its version.
 */
export function credentialsOf(
  name: string,
  bindings: pulumi.Output<Binding>[],
  { place, keyName, labels, member }: CredentialParts,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const secret = new Secret(
    name,
    {
      secretId: `${name}-${pulumi.getStack()}`,
      replication: {
        userManaged: {
          replicas: [{ location: place.region, customerManagedEncryption: { kmsKeyName: keyName } }],
        },
      },
      labels,
    },
    opts,
  );
  const variables = pulumi
    .all(bindings.map((binding) => (binding as pulumi.Output<Required<Binding>>).credentials))
    .apply((all) => JSON.stringify(Object.assign({}, ...all)));
  const version = new SecretVersion(
    `${name}-version`,
    { secret: secret.id, secretData: pulumi.secret(variables) },
    opts,
  );
  const grant = new SecretIamMember(
    `${name}-reader`,
    { secretId: secret.id, role: "roles/secretmanager.secretAccessor", member },
    opts,
  );
  return after(pulumi.interpolate`https://secretmanager.googleapis.com/v1/${version.name}:access`, grant);
}

/** Variables of bindings that are no secret. */
export function environmentOf(bindings: pulumi.Output<Binding>[]): pulumi.Output<{ [name: string]: string }> {
  return pulumi
    .all(bindings.map((binding) => pulumi.unsecret((binding as pulumi.Output<Required<Binding>>).environment)))
    .apply((all) => Object.assign({}, ...all) as { [name: string]: string });
}

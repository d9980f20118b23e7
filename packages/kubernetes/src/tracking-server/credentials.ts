import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random";
import { type Binding, type DatabaseBinding, databasePassword, type ObjectStoreBinding } from "aistack-core";
import { contentHash } from "../workload/hash";
import { usesOf } from "../workload/uses";

interface CredentialsArgs {
  artifacts?: pulumi.Input<ObjectStoreBinding>;
  uses?: pulumi.Input<Binding>[];
  metadata: { namespace: pulumi.Input<string>; labels: { [label: string]: string } };
}

/** Secrets of the pods, by who reads them, and what changes with them. */
export interface TrackingCredentials {
  /** Of the servers: how to reach database and bucket, and keys of their own. Its key `PGPASSWORD` is that of the database. */
  serverSecret: pulumi.Output<string>;
  /** Of what makes the users, and of people who look the first password up: `ADMIN_PASSWORD` and `CLIENT_PASSWORD`. */
  userSecret: pulumi.Output<string>;
  clientPassword: pulumi.Output<string>;
  /** Changes with any of them, so that pods restart with the new ones. */
  hash: pulumi.Output<string>;
}

/** Makes the users' passwords and the servers' keys, and puts each where it is read, and nowhere else. */
export function credentialsOf(
  name: string,
  database: pulumi.Input<DatabaseBinding>,
  { artifacts, uses, metadata }: CredentialsArgs,
  child: pulumi.CustomResourceOptions,
): TrackingCredentials {
  const made = (purpose: string) =>
    new RandomPassword(`${name}-${purpose}`, { length: 40, special: false }, { parent: child.parent }).result;
  const [admin, client] = [made("admin-password"), made("client-password")];
  const own = {
    PGPASSWORD: databasePassword(database),
    // The same in all servers, or a form that one has made would be refused by another.
    MLFLOW_FLASK_SERVER_SECRET_KEY: made("session-key"),
    // Without it, keys of providers of models would be encrypted by one that everybody knows.
    MLFLOW_CRYPTO_KEK_PASSPHRASE: made("encryption-key"),
  };
  const used = usesOf([artifacts as pulumi.Input<Binding>, ...(uses ?? [])], metadata.namespace).credentials;
  const servers = secretMap(pulumi.all([used, own]).apply(([theirs, mine]) => ({ ...theirs, ...mine })));
  const users = secretMap({ ADMIN_PASSWORD: admin, CLIENT_PASSWORD: client });
  const secret = (purpose: string, stringData: pulumi.Output<{ [key: string]: string }>) =>
    new kubernetes.core.v1.Secret(
      `${name}-${purpose}`,
      { metadata: { ...metadata, name: `${name}-${purpose}` }, stringData },
      child,
    ).metadata.name;
  return {
    serverSecret: secret("credentials", servers),
    userSecret: secret("users", users),
    clientPassword: client,
    hash: contentHash(servers.apply(JSON.stringify), users.apply(JSON.stringify)),
  };
}

function secretMap(values: pulumi.Input<{ [key: string]: pulumi.Input<string> }>) {
  return pulumi.secret(pulumi.output(values) as pulumi.Output<{ [key: string]: string }>);
}

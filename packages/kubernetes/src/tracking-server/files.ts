import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { bindingField, environmentPrefix } from "aistack-core";
import { contentHash } from "../workload/hash";
import { databaseUri } from "./defaults";
import type { TrackingSettings } from "./settings";

/** Three folders up both from `src/tracking-server` and from `dist/tracking-server`. */
const program = readFileSync(join(__dirname, "../../programs/tracking-server/prepare.py"), "utf8");

/** Names of the files in a pod. Those of authorities are empty where there is none of their own. */
export const fileNames = {
  users: "users.ini",
  prepare: "prepare.py",
  authority: "ca.crt",
  databaseAuthority: "database-ca.crt",
  storeAuthority: "store-ca.crt",
};

/** A ConfigMap, and what changes with its content. */
export interface TrackingFiles {
  configMap: pulumi.Output<string>;
  hash: pulumi.Output<string>;
  /** Whether database and bucket have authorities of their own. */
  hasDatabaseAuthority: pulumi.Output<boolean>;
  hasStoreAuthority: pulumi.Output<boolean>;
}

interface FilesArgs {
  metadata: { namespace: pulumi.Input<string>; labels: { [label: string]: string } };
  /** That of the servers' own certificate. */
  authority: pulumi.Input<string>;
}

/** The files of the pods; none of them is secret. */
export function trackingFiles(
  name: string,
  settings: TrackingSettings,
  { metadata, authority }: FilesArgs,
  child: pulumi.CustomResourceOptions,
): TrackingFiles {
  const { database, artifacts } = settings;
  const databaseAuthority = bindingField(database, "caCertificate").apply((text) => text ?? "");
  const storeAuthority = pulumi
    .all([bindingField(artifacts, "name"), bindingField(artifacts, "environment")])
    .apply(([store, variables]) => variables?.[`${environmentPrefix(store)}_CA_CERTIFICATE`] ?? "");
  const data = {
    [fileNames.users]: usersFile(settings),
    [fileNames.prepare]: program,
    [fileNames.authority]: authority,
    [fileNames.databaseAuthority]: databaseAuthority,
    [fileNames.storeAuthority]: storeAuthority,
  };
  const map = new kubernetes.core.v1.ConfigMap(
    `${name}-files`,
    { metadata: { ...metadata, name: `${name}-files` }, data },
    child,
  );
  return {
    configMap: map.metadata.name,
    hash: contentHash(...Object.values(data)),
    hasDatabaseAuthority: databaseAuthority.apply((text) => text !== ""),
    hasStoreAuthority: storeAuthority.apply((text) => text !== ""),
  };
}

/** Read by mlflow/server/auth/config.py. Passwords are given by variables, to those alone that need them. */
function usersFile({ defaultPermission }: TrackingSettings): string {
  return `[mlflow]
default_permission = ${defaultPermission}
database_uri = ${databaseUri}
authorization_function = mlflow.server.auth:authenticate_request_basic_auth
grant_default_workspace_access = false
`;
}

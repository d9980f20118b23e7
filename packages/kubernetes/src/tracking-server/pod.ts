import type { types } from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { type Binding, bindingField, type ClusterBinding, imagePin } from "aistack-core";
import { restrictedContainer, restrictedPod } from "../workload/security";
import { type Uses, usesOf } from "../workload/uses";
import type { TrackingCredentials } from "./credentials";
import { databaseUri, paths } from "./defaults";
import { fileNames, type TrackingFiles } from "./files";
import type { TrackingSettings } from "./settings";

/** What the servers and the job beside them are made from. */
export interface TrackingParts extends TrackingSettings {
  cluster: pulumi.Input<ClusterBinding>;
  uses: pulumi.Input<Binding>[];
  namespace: pulumi.Input<string>;
  /** Host name of the service. */
  host: pulumi.Output<string>;
  serviceAccount: pulumi.Output<string>;
  tlsSecretName: pulumi.Input<string>;
  /** Changes with the certificate. */
  certificate: pulumi.Input<string>;
  credentials: TrackingCredentials;
  files: TrackingFiles;
}

type Variables = { [name: string]: pulumi.Input<string> };
type Container = types.input.core.v1.Container;

/** What the database calls for: its label and the way to it. */
export function databaseUses({ database, namespace }: TrackingParts): Uses {
  return usesOf([database], namespace);
}

export function environmentRows(variables: Variables): types.input.core.v1.EnvVar[] {
  return Object.entries(variables).map(([name, value]) => ({ name, value }));
}

/** Variables of all containers: how libpq finds the database and knows it. */
export function databaseEnvironment({ database, files }: TrackingParts): Variables {
  const field = <K extends "host" | "database" | "user">(name: K) => bindingField(database, name);
  return {
    PGHOST: field("host"),
    PGPORT: bindingField(database, "port").apply(String),
    PGDATABASE: field("database"),
    PGUSER: field("user"),
    PGSSLMODE: files.hasDatabaseAuthority.apply((own) => (own ? "verify-full" : "require")),
    PGSSLROOTCERT: files.hasDatabaseAuthority.apply((own) =>
      own ? `${paths.files}/${fileNames.databaseAuthority}` : "",
    ),
    MLFLOW_BACKEND_STORE_URI: databaseUri,
    MLFLOW_DISABLE_TELEMETRY: "true",
    // The user has no home folder of its own, and the root is read-only.
    HOME: "/tmp",
    PYTHONDONTWRITEBYTECODE: "1",
  };
}

/** What every container of MLflow has in common. */
export function mlflowContainer(
  parts: TrackingParts,
  container: Partial<Container> & { name: string; command: Container["command"] },
): Container {
  return {
    image: bindingField(parts.cluster, "mirror").apply((mirror) => imagePin("mlflow", mirror)),
    // Pinned by tag alone, which may come to name another image.
    imagePullPolicy: "Always",
    securityContext: restrictedContainer,
    volumeMounts: commonMounts,
    ...container,
  };
}

export const commonMounts = [
  { name: "files", mountPath: paths.files, readOnly: true },
  { name: "tmp", mountPath: "/tmp" },
];

/** What every pod of MLflow has in common. */
export function mlflowPod(
  { serviceAccount, files }: TrackingParts,
  scratch: string,
): Omit<types.input.core.v1.PodSpec, "containers"> & { volumes: types.input.core.v1.Volume[] } {
  return {
    serviceAccountName: serviceAccount,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: restrictedPod,
    volumes: [
      { name: "files", configMap: { name: files.configMap } },
      { name: "tmp", emptyDir: { sizeLimit: scratch } },
    ],
  };
}

/** A variable whose value stands in a secret. */
export function secretVariable(name: string, secret: pulumi.Input<string>, key = name): types.input.core.v1.EnvVar {
  return { name, valueFrom: { secretKeyRef: { name: secret, key } } };
}

import type * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { restrictedContainer, restrictedPod } from "../workload/security";
import type { Uses } from "../workload/uses";
import { authorityFile, repositoryPath, tlsPath } from "./defaults";

/** What all of Feast's pods have in common. */
export interface FeastParts {
  image: pulumi.Input<string>;
  serviceAccount: pulumi.Input<string>;
  /** Secret with the passwords, by variable. */
  credentials: pulumi.Input<string>;
  /** ConfigMap with `feature_store.yaml` and the definitions. */
  files: pulumi.Input<string>;
  hasDefinitions: boolean;
  tlsSecretName: pulumi.Input<string>;
  uses: Uses;
  /** What reaching the database calls for. */
  database: Uses;
}

/** The certificate of the store, readable for the group of the pod alone. */
export function tlsVolume(secretName: pulumi.Input<string>): kubernetes.types.input.core.v1.Volume {
  return { name: "tls", secret: { secretName, defaultMode: 0o440 } };
}

/** Labels of Feast's pods: by them they are let in where they connect to. */
export function feastLabels(
  parts: FeastParts,
  own: { [label: string]: string },
): pulumi.Output<{ [label: string]: string }> {
  return pulumi
    .all([parts.uses.podLabels, parts.database.podLabels])
    .apply(([used, database]) => ({ ...own, ...used, ...database }));
}

/** A pod of Feast with one container. */
export function feastPod(
  parts: FeastParts,
  container: Partial<kubernetes.types.input.core.v1.Container> & { name: string },
  pod: Partial<kubernetes.types.input.core.v1.PodSpec> = {},
): kubernetes.types.input.core.v1.PodSpec {
  // Single files: a ConfigMap that is mounted as a folder holds every file twice, and Feast would read both.
  const file = (path: string) => ({
    name: "repository",
    mountPath: `${repositoryPath}/${path}`,
    subPath: path,
    readOnly: true,
  });
  const mounts = [
    file("feature_store.yaml"),
    file(authorityFile),
    ...(parts.hasDefinitions ? [file("definitions.py")] : []),
    { name: "tls", mountPath: tlsPath, readOnly: true },
    { name: "tmp", mountPath: "/tmp" },
  ];
  const volumes = [
    { name: "repository", configMap: { name: parts.files } },
    tlsVolume(parts.tlsSecretName),
    { name: "tmp", emptyDir: { sizeLimit: "4Gi" } },
  ];
  return {
    serviceAccountName: parts.serviceAccount,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: restrictedPod,
    ...pod,
    containers: [
      {
        image: parts.image,
        // Pinned by tag alone, which may come to name another image.
        imagePullPolicy: "Always",
        env: parts.uses.environment.apply((used) =>
          Object.entries({ ...used, ...ownEnvironment }).map(([name, value]) => ({ name, value })),
        ),
        envFrom: [{ secretRef: { name: parts.credentials } }],
        securityContext: restrictedContainer,
        volumeMounts: parts.uses.mounts.apply((used) => [...mounts, ...used]),
        ...container,
      },
    ],
    volumes: parts.uses.volumes.apply((used) => [...volumes, ...used]),
  };
}

const ownEnvironment = {
  FEAST_REPOSITORY: repositoryPath,
  // The user has no home folder of its own.
  HOME: "/tmp",
  PYTHONDONTWRITEBYTECODE: "1",
};

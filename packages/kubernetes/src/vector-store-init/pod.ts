import type { types } from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  bindingField,
  type ClusterBinding,
  imagePin,
  type Mirror,
  Platform,
  type VectorStoreInitialisation,
} from "aistack-core";
import { restrictedContainer, restrictedPod } from "../workload/security";
import type { Uses } from "../workload/uses";
import { fetchPassword, runByDataApi, runByPsql } from "./scripts";

interface InitPodArgs {
  cluster: pulumi.Input<ClusterBinding>;
  endpoint: pulumi.Input<string>;
  initialisation: pulumi.Output<VectorStoreInitialisation>;
  uses: Uses;
  labels: { [label: string]: string };
  serviceAccount: pulumi.Input<string>;
}

/** Addresses that no cluster changes. */
const metadataUrl = "http://169.254.169.254";
const secretsUrl = "https://secretmanager.googleapis.com";

/** The password is in memory for as long as the pod runs, and nowhere else. */
const credentials = { name: "credentials", mountPath: "/credentials" };
const temporary = { name: "tmp", mountPath: "/tmp" };

/** The pod that runs the statements. */
export function initPod(args: InitPodArgs): types.input.core.v1.PodTemplateSpec {
  const mirror = bindingField(args.cluster, "mirror");
  const own = pulumi.all([args.initialisation, args.endpoint, mirror, args.uses.environment, args.uses.mounts]).apply(
    ([initialisation, url, from, environment, mounts]): PodParts =>
      initialisation.platform === Platform.Aws
        ? { containers: [dataApi(initialisation, from, environment, mounts)], volumes: [temporaryVolume] }
        : {
            initContainers: [password(initialisation, from, environment)],
            containers: [psql(initialisation, url, from)],
            volumes: [temporaryVolume, credentialsVolume],
          },
  );
  return {
    metadata: { labels: args.uses.podLabels.apply((clients) => ({ ...args.labels, ...clients })) },
    spec: {
      restartPolicy: "Never",
      serviceAccountName: args.serviceAccount,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: restrictedPod,
      initContainers: own.apply(({ initContainers }) => initContainers as Container[]),
      containers: own.apply(({ containers }) => containers),
      volumes: pulumi.all([own, args.uses.volumes]).apply(([{ volumes }, used]) => [...volumes, ...used]),
    },
  };
}

type Container = types.input.core.v1.Container;

interface PodParts {
  initContainers?: Container[];
  containers: Container[];
  volumes: types.input.core.v1.Volume[];
}

const temporaryVolume = { name: temporary.name, emptyDir: { sizeLimit: "50Mi" } };
const credentialsVolume = { name: credentials.name, emptyDir: { medium: "Memory", sizeLimit: "1Mi" } };

function dataApi(
  { statements, clusterArn, secret, database }: VectorStoreInitialisation,
  mirror: Mirror | undefined,
  environment: { [name: string]: string },
  mounts: types.input.core.v1.VolumeMount[],
): Container {
  return {
    name: "init",
    image: imagePin("aws-cli", mirror),
    command: ["/bin/bash", "-c", runByDataApi],
    env: variables({
      HOME: temporary.mountPath,
      // Credentials come from what is used, never from the machine that the pod happens to run on.
      AWS_EC2_METADATA_DISABLED: "true",
      ...environment,
      CLUSTER_ARN: clusterArn as string,
      SECRET_ID: secret,
      DATABASE: database,
      STATEMENTS: statements.join("\n"),
    }),
    resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "512Mi" } },
    securityContext: restrictedContainer,
    volumeMounts: [temporary, ...mounts],
  };
}

const passwordFile = `${credentials.mountPath}/pgpass`;

function password(
  { secret }: VectorStoreInitialisation,
  mirror: Mirror | undefined,
  environment: { [name: string]: string },
): Container {
  return {
    name: "password",
    image: imagePin("curl", mirror),
    command: ["/bin/sh", "-c", fetchPassword],
    env: variables({
      ...environment,
      SECRET_ID: secret,
      PGPASSFILE: passwordFile,
      METADATA_URL: metadataUrl,
      SECRETS_URL: secretsUrl,
    }),
    resources: { requests: { cpu: "20m", memory: "32Mi" }, limits: { memory: "64Mi" } },
    securityContext: restrictedContainer,
    volumeMounts: [credentials],
  };
}

function psql({ statements, user }: VectorStoreInitialisation, url: string, mirror: Mirror | undefined): Container {
  return {
    name: "init",
    image: imagePin("postgres", mirror),
    command: ["/bin/bash", "-c", runByPsql],
    env: variables({
      HOME: temporary.mountPath,
      URL: url,
      PGUSER: user,
      PGPASSFILE: passwordFile,
      PGCHANNELBINDING: "require",
      PGCONNECT_TIMEOUT: "10",
      STATEMENTS: statements.join("\n"),
    }),
    resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "256Mi" } },
    securityContext: restrictedContainer,
    volumeMounts: [temporary, { ...credentials, readOnly: true }],
  };
}

function variables(values: { [name: string]: string }): types.input.core.v1.EnvVar[] {
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}

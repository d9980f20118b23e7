import type { types } from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Platform } from "aistack-core";
import {
  type CheckedStore,
  type CollectorContainerArgs,
  collectorContainer,
  collectorPaths,
  collectorPorts,
  googleCloudContainer,
  type Uses,
} from "aistack-runtime";
import { restrictedPod } from "../workload/security";

/** Names of the objects that a pod refers to. */
interface PodParts extends Omit<CollectorContainerArgs, "ports" | "mounts"> {
  uses: Uses;
  store: CheckedStore;
  selector: { [label: string]: string };
  serviceAccount: pulumi.Output<string>;
  files: pulumi.Output<string>;
  tlsSecretName?: pulumi.Input<string>;
}

/** A collector, and what writes to Google Cloud for it where the bucket is there. */
export function collectorPod(parts: PodParts): types.input.core.v1.PodSpec {
  const { cluster, store, selector, uses, tlsSecretName } = parts;
  const spread = { maxSkew: 1, whenUnsatisfiable: "ScheduleAnyway", labelSelector: { matchLabels: selector } };
  const volumes: types.input.core.v1.Volume[] = [
    { name: "configuration", configMap: { name: parts.files } },
    ...(tlsSecretName === undefined ? [] : [{ name: "tls", secret: { secretName: tlsSecretName } }]),
  ];
  const collector = collectorContainer({
    ...parts,
    ports: [
      { name: "otlp-grpc", containerPort: collectorPorts.otlpGrpc },
      { name: "otlp-http", containerPort: collectorPorts.otlpHttp },
    ],
    mounts: tlsSecretName === undefined ? [] : [{ name: "tls", mountPath: collectorPaths.tls, readOnly: true }],
  });
  const googleCloud = googleCloudContainer(cluster, store);
  return {
    serviceAccountName: parts.serviceAccount,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: restrictedPod,
    terminationGracePeriodSeconds: 60,
    topologySpreadConstraints: [
      { ...spread, topologyKey: "kubernetes.io/hostname" },
      { ...spread, topologyKey: "topology.kubernetes.io/zone" },
    ],
    containers: pulumi
      .output(store.platform)
      .apply((where) => (where === Platform.Gcp ? [collector, googleCloud] : [collector])),
    volumes: uses.volumes.apply((used) => [...volumes, ...used]),
  };
}

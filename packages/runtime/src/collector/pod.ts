import { createHash } from "node:crypto";
import type { types } from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { bindingField, type ClusterBinding, imagePin } from "aistack-core";
import { restrictedContainer } from "../security";
import type { Uses } from "../uses";
import { collectorPaths, collectorPorts, configurationFile, storeCertificateFile } from "./defaults";

type Container = types.input.core.v1.Container;
type VolumeMount = types.input.core.v1.VolumeMount;

/** What a collector's container is made from. */
export interface CollectorContainerArgs {
  cluster: pulumi.Input<ClusterBinding>;
  /** What it is given by bindings. Defaults to nothing. */
  uses?: Uses;
  /** Variables that are no secret. */
  environment: pulumi.Output<{ [name: string]: string }>;
  /** Name of the secret whose keys become variables. */
  secret: pulumi.Input<string>;
  cpu: pulumi.Input<string>;
  memory: pulumi.Input<string>;
  /** Beside that which names the configuration. */
  flags?: string[];
  ports?: types.input.core.v1.ContainerPort[];
  /** Of the collector's own metrics. Defaults to the usual one. */
  metricsPort?: number;
  /** Where the buffer is. Defaults to a volume of its own. */
  buffer?: Pick<VolumeMount, "name" | "subPath">;
  /** Beside the configuration, the buffer and the tokens. */
  mounts?: VolumeMount[];
}

/** The container of a collector; its volumes, which are `configuration` and `buffer`, are the pod's. */
export function collectorContainer(args: CollectorContainerArgs): Container {
  const mounts: VolumeMount[] = [
    { name: "configuration", mountPath: collectorPaths.configuration, readOnly: true },
    { name: "buffer", ...args.buffer, mountPath: collectorPaths.buffer },
    ...(args.mounts ?? []),
  ];
  const probe = { httpGet: { path: "/", port: "health" }, timeoutSeconds: 3 };
  return {
    name: "collector",
    image: bindingField(args.cluster, "mirror").apply((mirror) => imagePin("opentelemetry-collector", mirror)),
    command: ["/otelcol-contrib"],
    args: [`--config=${collectorPaths.configuration}/${configurationFile}`, ...(args.flags ?? [])],
    env: args.environment.apply((variables) => [
      { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
      ...Object.entries(variables).map(([name, value]) => ({ name, value })),
    ]),
    envFrom: [{ secretRef: { name: args.secret } }],
    ports: [
      ...(args.ports ?? []),
      { name: "health", containerPort: collectorPorts.health },
      { name: "metrics", containerPort: args.metricsPort ?? collectorPorts.metrics },
    ],
    resources: { requests: { cpu: args.cpu, memory: args.memory }, limits: { memory: args.memory } },
    startupProbe: { ...probe, periodSeconds: 5, failureThreshold: 60 },
    readinessProbe: { ...probe, periodSeconds: 5, failureThreshold: 3 },
    livenessProbe: { ...probe, periodSeconds: 10, failureThreshold: 6 },
    securityContext: restrictedContainer,
    volumeMounts: args.uses ? args.uses.mounts.apply((used) => [...mounts, ...used]) : mounts,
  };
}

/** The files of a collector's ConfigMap. */
export function collectorFiles(
  configuration: pulumi.Input<string>,
  certificate: pulumi.Input<string> | undefined,
): { [file: string]: pulumi.Input<string> } {
  return {
    [configurationFile]: configuration,
    ...(certificate !== undefined && { [storeCertificateFile]: certificate }),
  };
}

/** Changes when the files change, so that pods restart with the new ones. */
export function filesHash(files: { [file: string]: pulumi.Input<string> }): pulumi.Output<string> {
  return pulumi.output(files).apply((map) =>
    createHash("sha256")
      .update(JSON.stringify(Object.entries(map).sort()))
      .digest("hex"),
  );
}

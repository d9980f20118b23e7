import type { types } from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  type Accelerator,
  bindingField,
  type ClusterBinding,
  frameworkImage,
  mirroredImage,
  resourceNameOf,
  type StagePlan,
} from "aistack-core";
import { nodesWith } from "../workload/nodes";
import { restrictedContainer } from "../workload/security";
import type { Uses } from "../workload/uses";
import { programPath } from "./defaults";

/** A stage as a pod: what any way of running it is made from. */
export interface StagePod {
  container: StageContainer;
  volumes: types.input.core.v1.Volume[];
  labels: { [label: string]: string };
  nodeSelector: { [label: string]: string };
  tolerations: types.input.core.v1.Toleration[];
}

/** Its only container. */
export interface StageContainer {
  image: string;
  command: string[];
  env: { name: string; value: string }[];
  envFrom: { secretRef: { name: string } }[];
  resources: { requests: { [name: string]: string }; limits: { [name: string]: string } };
  securityContext: types.input.core.v1.SecurityContext;
  volumeMounts: types.input.core.v1.VolumeMount[];
}

/** What a stage's pod is made from. */
export interface StagePodParts {
  image: pulumi.Input<string>;
  command: pulumi.Input<pulumi.Input<string>[]>;
  environment: { [name: string]: pulumi.Input<string> };
  uses: Uses;
  /** Labels of the pod, beside those that let it in somewhere. */
  labels: pulumi.Input<{ [label: string]: string }>;
  /** Secret with the credentials of what it uses. */
  credentials: pulumi.Input<string>;
  /** ConfigMap with the programs. */
  programs: pulumi.Input<string>;
  /** Programs of the pod: the key in the ConfigMap of each file. */
  files: { [file: string]: string };
  size: PodSize;
  nodeSelector?: pulumi.Input<{ [label: string]: string }>;
}

/** What a pod asks for. */
export interface PodSize {
  cpu: pulumi.Input<string>;
  memory: pulumi.Input<string>;
  accelerator?: Accelerator;
  accelerators?: number;
}

/** A pod that runs a program of a pipeline. */
export function stagePod(parts: StagePodParts): pulumi.Output<StagePod> {
  const { uses, size } = parts;
  const resource = size.accelerator && resourceNameOf(size.accelerator);
  const devices = resource ? { [resource]: `${size.accelerators}` } : {};
  return pulumi
    .all([
      pulumi.all([parts.image, parts.command, size.cpu, size.memory, parts.credentials, parts.programs]),
      pulumi.all([uses.environment, parts.environment, parts.labels, parts.nodeSelector]),
      pulumi.all([uses.podLabels, uses.volumes, uses.mounts]),
    ])
    .apply(
      ([
        [image, command, cpu, memory, secret, programs],
        [used, own, labels, nodeSelector],
        [clientLabels, volumes, mounts],
      ]): StagePod => ({
        container: {
          image: image as string,
          command: command as string[],
          env: Object.entries({ ...used, ...own }).map(([name, value]) => ({ name, value })),
          envFrom: [{ secretRef: { name: secret as string } }],
          resources: {
            requests: { cpu: cpu as string, memory: memory as string, ...devices },
            limits: { memory: memory as string, ...devices },
          },
          securityContext: restrictedContainer,
          volumeMounts: [
            ...Object.entries(parts.files).map(([file, subPath]) => ({
              name: "programs",
              mountPath: `${programPath}/${file}`,
              subPath,
              readOnly: true,
            })),
            { name: "scratch", mountPath: "/tmp" },
            // Processes of one node share memory, as those that load data for PyTorch do.
            { name: "shared-memory", mountPath: "/dev/shm" },
            ...mounts,
          ],
        },
        volumes: [
          ...(Object.keys(parts.files).length > 0
            ? [{ name: "programs", configMap: { name: programs as string } }]
            : []),
          { name: "scratch", emptyDir: { sizeLimit: "20Gi" } },
          { name: "shared-memory", emptyDir: { medium: "Memory", sizeLimit: memory as string } },
          ...volumes,
        ],
        labels: { ...labels, ...clientLabels },
        nodeSelector: nodeSelector ?? {},
        tolerations: resource ? [{ key: resource, operator: "Exists", effect: "NoSchedule" }] : [],
      }),
    );
}

/** Image of a stage: its own, that of its framework, or the pipeline's. */
export function stageImage(
  { framework, frameworkVersion: version, accelerator, image }: StagePlan,
  cluster: pulumi.Input<ClusterBinding>,
  ofPipeline: pulumi.Input<string>,
): pulumi.Output<string> {
  const mirror = bindingField(cluster, "mirror");
  if (framework) return mirror.apply((from) => frameworkImage({ framework, version, accelerator }, from));
  if (image === undefined) return pulumi.output(ofPipeline);
  return pulumi.all([image, mirror]).apply(([own, from]) => mirroredImage(own, from));
}

/** Labels of the nodes that a stage runs on; refuses a cluster that has none of them. */
export function stageNodes(stage: StagePlan, cluster: pulumi.Input<ClusterBinding>) {
  const { name, accelerator, acceleratorsPerNode } = stage;
  return accelerator && nodesWith(`stage "${name}"`, cluster, accelerator, acceleratorsPerNode);
}

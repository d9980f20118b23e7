import { SupportType } from "./versions";

/** Kubernetes version of a cluster that names none. */
export const kubernetesVersion = "1.35";

/** Support of a cluster that names none: the kind without extra charge. */
export const support = SupportType.Standard;

/** Days that control-plane logs are kept. A year, as for the audit bucket. */
export const logRetentionDays = 365;

/** Days that CloudWatch Logs can keep a log group, from the typings of @pulumi/aws 7.48 `cloudwatch.LogGroup`. */
export const logRetentions = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** All that the control plane can log. https://docs.aws.amazon.com/eks/latest/userguide/control-plane-logs.html */
export const logTypes = ["api", "audit", "authenticator", "controllerManager", "scheduler"];

/** Days between the order to delete a key and its deletion; the longest that KMS offers, because a lost key loses data. */
export const keyDeletionDays = 30;

/**
 * Nodes for what needs no accelerator. Two, so that losing one stops nothing that has replicas; m7i.large (2 vCPU,
 * 8 GiB) is the smallest current size whose memory leaves room for workloads beside the add-ons.
 */
export const systemNodes = { machineType: "m7i.large", minNodes: 2, maxNodes: 3 };

/** GiB of a system node's root volume: images and logs, no models. */
export const systemDiskSizeGiB = 50;

/** GiB of an accelerator node's root volume: images for accelerated work run to tens of GiB each. */
export const diskSizeGiB = 200;

/** GiB that the EKS node images need at least, and that a gp3 volume can have at most. */
export const diskSizes = { minimum: 20, maximum: 16384 };

/** Nodes of one managed node group by EKS's standing quota. https://docs.aws.amazon.com/eks/latest/userguide/service-quotas.html */
export const nodesPerPool = 450;

/** Root device of the Amazon Linux 2023 node images. */
export const rootDevice = "/dev/xvda";

/** Widest range that may be let to the public API endpoint. Wider ones belong to nobody who could name them as his own. */
export const widestApiAccess = 8;

/**
 * Ranges that EKS refuses for the public endpoint: private, shared, loopback and link-local ones.
 * https://docs.aws.amazon.com/eks/latest/APIReference/API_VpcConfigRequest.html
 */
export const privateAddress =
  /^(10|127|169\.254|192\.168|172\.(1[6-9]|2[0-9]|3[01])|100\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7]))\./;

/**
 * Families on AWS's own Arm processors carry a `g` right after the generation number (m7g, c8gn, im4gn); a1 was before
 * that. https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html
 */
export const armFamily = /^(a1|[a-z]+[0-9]+g[a-z]*)\./;

/** Node images without accelerator drivers, by processor. */
export const standardImages = { amd64: "AL2023_x86_64_STANDARD", arm64: "AL2023_ARM_64_STANDARD" };

/** Node labels. */
export const labels = {
  accelerator: "aistack.dev/accelerator",
  pool: "aistack.dev/pool",
  /** What the NVIDIA device plugin looks for; without it the plugin runs on no node. */
  nvidiaPresent: "nvidia.com/gpu.present",
};

/** Resource name of NVIDIA GPUs. */
export const nvidiaGpu = "nvidia.com/gpu";

/** Image of the NVIDIA device plugin; the chart brings the tag. */
export const devicePluginImage = "nvcr.io/nvidia/k8s-device-plugin";

/** What the device plugin asks for on each GPU node: it counts devices and answers the kubelet, nothing more. */
export const devicePluginResources = {
  requests: { cpu: "50m", memory: "64Mi" },
  limits: { cpu: "200m", memory: "256Mi" },
};

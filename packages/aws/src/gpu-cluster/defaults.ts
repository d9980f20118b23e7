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

/**
 * Families on AWS's own Arm processors carry a `g` right after the generation number (m7g, c8gn, im4gn); a1 was before
 * that. https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html
 */
export const armFamily = /^(a1|[a-z]+[0-9]+g[a-z]*)\./;

/** Node images without accelerator drivers, by processor. */
export const standardImages = { amd64: "AL2023_x86_64_STANDARD", arm64: "AL2023_ARM_64_STANDARD" };

/**
 * Node label of pools with EFA interfaces: where the EFA device plugin runs. The labels by which pods and queues find a
 * pool are the same on every platform and stand in aistack-runtime.
 */
export const interconnectLabel = { "aistack.dev/interconnect": "efa" };

/** Resource names of accelerators whose device plugin the cluster installs. */
export const servedResources: readonly string[] = ["nvidia.com/gpu", "aws.amazon.com/neuron"];

/**
 * Machines whose first network card takes no EFA interface, so that theirs begin at the second card.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-acc-inst-types.html tells the two kinds apart; that
 * p6-b300 (17 cards for 16 interfaces) is of the second kind was not seen in a machine-readable source.
 */
export const firstCardWithoutEfa: readonly string[] = ["p6-b300.48xlarge"];

/**
 * How much dearer by list price a machine may be than the cheapest with the same accelerators to stand in for it in a
 * spot pool. Spare machines cost a fraction of the list price, and more kinds to choose from means fewer interruptions.
 */
export const spotPriceRatio = 2;

/** Hours between the end of `maxRunHours` and the end of pods that will not leave the node by themselves. */
export const hoursToLeave = 1;

/** Time that a node stays after its last pod: an accelerator node takes minutes to start and to load images. */
export const idleTime = { accelerator: "10m", cpu: "2m" };

/** Karpenter's place in the cluster. Its documentation asks for kube-system, whose requests the API server puts first. */
export const karpenter = { namespace: "kube-system", serviceAccount: "karpenter" };

/** Image of Karpenter's controller; the chart brings tag and digest. */
export const karpenterImage = "public.ecr.aws/karpenter/controller";

/** What each of the two controllers asks for: enough for hundreds of nodes, beside the add-ons on a small system node. */
export const karpenterResources = {
  requests: { cpu: "250m", memory: "512Mi" },
  limits: { cpu: "1", memory: "1Gi" },
};

/** Seconds that an event waits for Karpenter: after five minutes an interruption is over. */
export const interruptionRetention = 300;

/**
 * Events of EC2 and AWS Health that Karpenter acts upon.
 * github.com/aws/karpenter-provider-aws v1.14.1 website/content/en/docs/getting-started/.../cloudformation.yaml
 */
export const interruptionEvents = {
  "spot-interruption": { source: "aws.ec2", detailType: "EC2 Spot Instance Interruption Warning" },
  rebalance: { source: "aws.ec2", detailType: "EC2 Instance Rebalance Recommendation" },
  health: { source: "aws.health", detailType: "AWS Health Event" },
  "state-change": { source: "aws.ec2", detailType: "EC2 Instance State-change Notification" },
  "reservation-interruption": {
    source: "aws.ec2",
    detailType: "EC2 Capacity Reservation Instance Interruption Warning",
  },
};

/** Image of the EFA device plugin; the chart brings the tag. AWS serves it from this registry only. */
export const efaPluginImage = "602401143452.dkr.ecr.us-west-2.amazonaws.com/eks/aws-efa-k8s-device-plugin";

/** What the EFA plugin asks for on each node: it counts interfaces and answers the kubelet, nothing more. */
export const efaPluginResources = {
  requests: { cpu: "10m", memory: "32Mi" },
  limits: { cpu: "100m", memory: "128Mi" },
};

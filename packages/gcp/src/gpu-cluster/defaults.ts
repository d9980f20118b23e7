import { ReleaseChannel } from "./versions";

/** Channel of a cluster that names none. */
export const releaseChannel = ReleaseChannel.Regular;

/** Zones of a cluster that names none: GKE's own number for a region. */
export const zoneCount = 3;

/**
 * Nodes for what needs no accelerator: one in each zone. c3-standard-4 (4 vCPU, 16 GiB) is the smallest series whose
 * machines attach both Persistent Disk and Hyperdisk balanced, so a volume can follow its pod from any accelerator node.
 * https://cloud.google.com/compute/docs/disks/hyperdisks#machine-type-support
 */
export const systemNodes = { machineType: "c3-standard-4", minNodes: 3, maxNodes: 6 };

/** GiB of a system node's boot disk: images and logs, no models. */
export const systemDiskSizeGiB = 100;

/** GiB of an accelerator node's boot disk: images for accelerated work run to tens of GiB each. */
export const diskSizeGiB = 200;

/** GiB that are allowed for a boot disk on every platform. */
export const diskSizes = { minimum: 20, maximum: 16384 };

/** Nodes of a pool in one zone. https://cloud.google.com/kubernetes-engine/quotas */
export const nodesPerPool = 1000;

/** Nodes of one NVL72 domain, of four GB200 each. */
export const nodesPerNvl72 = 18;

/** GKE's longest name of a node pool or cluster. */
export const nameLength = 40;

/** Hours that a flex-start node can run at most. https://cloud.google.com/kubernetes-engine/docs/concepts/dws */
export const flexStartHours = 168;

/**
 * What GKE taints nodes with Arm processors with, so that images for other processors stay away.
 * https://cloud.google.com/kubernetes-engine/docs/how-to/prepare-arm-workloads-for-deployment
 */
export const armTaint = { key: "kubernetes.io/arch", value: "arm64" };

/** Node image: Google's own, for all machines; the GPU drivers that GKE installs fit it. */
export const imageType = "COS_CONTAINERD";

/** What the control plane and the nodes log. Audit logs of the API are always kept, by Cloud Audit Logs. */
export const logComponents = ["SYSTEM_COMPONENTS", "WORKLOADS", "APISERVER", "CONTROLLER_MANAGER", "SCHEDULER"];

/** Metrics that are free. GPU metrics come from the GPU operator, as on every platform. */
export const metricComponents = ["SYSTEM_COMPONENTS"];

/** When GKE may upgrade: nights of the weekend. GKE asks for 48 hours in 32 days at least. */
export const maintenanceWindow = {
  startTime: "2026-01-03T00:00:00Z",
  endTime: "2026-01-03T08:00:00Z",
  recurrence: "FREQ=WEEKLY;BYDAY=SA,SU",
};

/**
 * What the credentials of a node are good for: pulling images, writing logs and metrics. Pods have credentials of
 * their own. These are the scopes that GKE gives a node by default.
 * https://cloud.google.com/kubernetes-engine/docs/how-to/access-scopes
 */
export const nodeScopes = [
  "devstorage.read_only",
  "logging.write",
  "monitoring",
  "service.management.readonly",
  "servicecontrol",
  "trace.append",
].map((scope) => `https://www.googleapis.com/auth/${scope}`);

/** What the account of the nodes may do: write logs, metrics and their own metadata, and nothing else. */
export const nodeRole = "roles/container.defaultNodeServiceAccount";

/** Resource name of NVIDIA GPUs. */
export const nvidiaGpu = "nvidia.com/gpu";

/**
 * Directory of the drivers that GKE installs.
 * https://github.com/NVIDIA/aicr (values-gke-cos.yaml), read 2026-03-21
 */
export const driverDirectory = "/home/kubernetes/bin/nvidia";

/** Machines whose GPUs reach those of other nodes by RDMA, over networks that GKE sets up by itself. */
export const rdmaMachines = ["a3-ultragpu-8g", "a4-highgpu-8g", "a4x-highgpu-4g"];

/** Machines whose fast network needs GPUDirect-TCPX: four to eight further networks and a daemon in each pod. */
export const tcpxMachines = ["a3-highgpu-8g", "a3-megagpu-8g"];

/** Turns on the driver that hands RDMA devices to pods. */
export const rdmaLabel = "cloud.google.com/gke-networking-dra-driver";

/**
 * Where a node is, from the widest place to the narrowest, on machines with RDMA.
 * https://cloud.google.com/ai-hypercomputer/docs/workloads/schedule-gke-workloads-tas
 */
export const topologyLabels = [
  "cloud.google.com/gce-topology-block",
  "cloud.google.com/gce-topology-subblock",
  "cloud.google.com/gce-topology-host",
  "kubernetes.io/hostname",
];

/** One slice is one node pool of GKE. */
export const sliceLabels = ["cloud.google.com/gke-nodepool", "kubernetes.io/hostname"];

/**
 * How Kueue asks for flex-start nodes, and how it ties the pods to those that it was given.
 * https://cloud.google.com/kubernetes-engine/docs/how-to/provisioningrequest
 */
export const queuedProvisioning = {
  className: "queued-provisioning.gke.io",
  nodeSelectorFromDetails: { "autoscaling.gke.io/provisioning-request": "ResizeRequestName" },
};

/** Pods of one host of a slice: one works, the rest is the system's. The fewer, the fewer addresses a slice takes. */
export const podsPerSliceHost = 15;

/**
 * Series that attach Hyperdisk only.
 * https://cloud.google.com/compute/docs/disks/hyperdisks#machine-type-support
 */
export const hyperdiskOnly = /^(a3-ultragpu|a4|a4x|ct6e|tpu7x|c4|c4a|c4d|n4|n4a|n4d|g4)-/;

/** TPU generation whose slices need a workload policy; a placement of its own would exclude it. */
export const workloadPolicyFamily = "tpu7x";

/** Google's own administrators group, which has to have this name. */
export const groupOfGroups = /^gke-security-groups@[a-z0-9.-]+\.[a-z]{2,}$/;

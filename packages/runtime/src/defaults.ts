/** Resource names of the accelerators that need a device plugin. */
export const nvidiaGpu = "nvidia.com/gpu";
export const awsNeuron = "aws.amazon.com/neuron";

/** What the device plugin asks for on each GPU node: it counts devices and answers the kubelet, nothing more. */
export const devicePluginResources = {
  requests: { cpu: "50m", memory: "64Mi" },
  limits: { cpu: "200m", memory: "256Mi" },
};

/** What the DCGM exporter asks for: it keeps the counters of up to 16 GPUs. */
export const exporterResources = {
  requests: { cpu: "100m", memory: "256Mi" },
  limits: { cpu: "500m", memory: "1Gi" },
};

/** Cohort of all teams' queues: within it they lend each other what they leave idle. */
export const cohort = "aistack";

/**
 * Name of the local queue of a team's namespace. Kueue puts into the queue of this name what names none, so that nothing
 * runs past it. https://kueue.sigs.k8s.io/docs/tasks/manage/enforce_job_management/setup_default_local_queue/
 */
export const localQueue = "default";

/** Label of a team's namespace. */
export const teamLabel = "aistack.dev/team";

/** Priority of a team that names none, in the middle of what most will ever set. */
export const priority = 100;

/** Part of a node's CPU and memory that the kubelet and the pods of every node leave to workloads. */
export const allocatableShare = 0.9;

/** Quota for what cannot be counted, because the shape of the nodes is not known: more than any cluster has. */
export const uncounted = { cpu: "1M", memory: "1Ei" };

/** What a container of a team asks for if it says nothing; a quota counts only what is asked for. */
export const containerRequests = { cpu: "500m", memory: "1Gi" };

/** Namespaces that no team can have: those of Kubernetes and of what this package installs. */
export const reservedNamespaces = [
  ...["default", "kube-system", "kube-public", "kube-node-lease"],
  ...["gpu-operator", "kueue-system", "jobset-system", "cert-manager"],
  ...["argo", "kubeflow-system", "kuberay-operator"],
];

/** Kinds of work that pass through the queues; for those whose definitions a cluster lacks, Kueue waits. */
export const frameworks = [
  "batch/job",
  "jobset.x-k8s.io/jobset",
  "ray.io/rayjob",
  "ray.io/rayservice",
  "ray.io/raycluster",
  "kubeflow.org/mpijob",
  "kubeflow.org/pytorchjob",
  "trainer.kubeflow.org/trainjob",
  "leaderworkerset.x-k8s.io/leaderworkerset",
  "pod",
  "deployment",
  "statefulset",
];

/** Resources that no quota counts: local disk, huge pages and network devices go with the accelerators. */
export const uncountedPrefixes = [
  "ephemeral-storage",
  "hugepages-",
  "vpc.amazonaws.com/",
  "networking.gke.io",
  "rdma/",
];

/**
 * Time that all pods of an admitted workload may take to become ready: ten minutes for nodes, and half an hour for a
 * model to load, with room. After it the workload gives its place to another and comes again later.
 */
export const podsReadyTimeout = "1h";

/** Ports that API servers listen on behind the cluster's own 443: clouds, kubeadm and k3s, MicroK8s. */
export const apiServerPorts = [443, 6443, 16443];

/** Ports that the pods of a controller serve: webhooks, metrics, and what the API server asks them for. */
export const controllerPorts = {
  // Metrics. Its server lets in who carries a label.
  argo: [9090],
  "cert-manager": [9402, 10250],
  // Webhook and metrics of the operator, and its calls to the backup plugin.
  "cnpg-system": [8080, 9090, 9443],
  "jobset-system": [8443, 9443],
  // Metrics, webhooks, and what training processes tell of their progress.
  "kubeflow-system": [8443, 9443, 10443],
  "kuberay-operator": [8080],
  "kueue-system": [8082, 8443, 9443],
};

/** What NVIDIA's feature discovery, part of the GPU operator, puts on every node with GPUs. */
export const anyNvidiaNode = { "nvidia.com/gpu.present": "true" };

/** Accelerators on one node; no machine that is sold has more. */
export const mostPerNode = 64;

/** Nodes of one pool: as many as Kubernetes is tested with in a whole cluster. https://kubernetes.io/docs/setup/best-practices/cluster-large/ */
export const mostNodes = 5000;

/** Labels and taints that Kueue's ResourceFlavor takes. */
export const mostLabels = 8;
export const mostTaints = 8;

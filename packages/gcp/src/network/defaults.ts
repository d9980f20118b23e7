/** Address range of a network that is created. */
export const vpcCidr = "10.0.0.0/16";

/** Widest and narrowest range of a network that is created; the narrowest has addresses for 8 nodes with their pods. */
export const vpcPrefix = { widest: 12, narrowest: 20 };

/** Addresses that GKE reserves for the pods of one node, which runs up to 110 pods. */
export const addressesPerNode = 256;

/** Names of the subnet's secondary ranges. */
export const ranges = { pods: "pods", services: "services" };

/** How much of the traffic flow logs record, and over how long it is summed up: half shows who talks to whom. */
export const flowLogs = { flowSampling: 0.5, aggregationInterval: "INTERVAL_5_MIN" };

/** Below whatever rule GKE makes, above the implied rule, which does not log. */
export const lastPriority = 65534;

/** Ports that Cloud NAT gives a node at first, and at most: pulling images and models opens many connections. */
export const natPorts = { minPortsPerVm: 64, maxPortsPerVm: 4096 };

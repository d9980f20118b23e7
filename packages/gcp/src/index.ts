export * from "./access-grant/access-grant";
export * from "./gpu-cluster/args";
export * from "./gpu-cluster/gpu-cluster";
export { ReleaseChannel } from "./gpu-cluster/versions";
export { NatGateways, type NetworkArgs } from "./network/args";
export * from "./network/network";
export type { VectorStoreArgs } from "./vector-store/args";
export * from "./vector-store/vector-store";

export * from "./gpu-cluster/args";
export * from "./gpu-cluster/gpu-cluster";

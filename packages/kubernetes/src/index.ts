export * from "./gpu-cluster/args";
export * from "./gpu-cluster/gpu-cluster";
export * from "./inference-service/args";
export * from "./inference-service/inference-service";
export * from "./vector-store/args";
export * from "./vector-store/vector-store";
export * from "./workload/namespace";

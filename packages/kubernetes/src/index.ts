export * from "./inference-service/inference-service";
export * from "./vector-store/vector-store";
export * from "./workload/namespace";

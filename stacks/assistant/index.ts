export * from "./settings";
export * from "./workloads";

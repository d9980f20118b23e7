export * from "./configuration";
export { collectorPaths, collectorPorts, usableShare } from "./defaults";
export * from "./pod";
export { type CheckedStore, checkStore, storeEnvironment } from "./store";

export * from "./configuration";
export { collectorPaths, collectorPorts } from "./defaults";
export * from "./pod";
export { type CheckedStore, checkStore, storeEnvironment } from "./store";

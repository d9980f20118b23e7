export * from "./configuration";
export { collectorPaths, collectorPorts } from "./defaults";
export { googleCloudContainer } from "./google-cloud";
export * from "./pod";
export { type CheckedStore, checkStore, storeEnvironment } from "./store";

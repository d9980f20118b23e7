export * from "./cluster-runtime";
export * from "./gpu-settings";
export * from "./pools";
export * from "./sharing";
export * from "./teams";

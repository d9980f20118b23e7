export * from "./audit-log-forwarder/args";
export * from "./audit-log-forwarder/audit-log-forwarder";
export * from "./gpu-cluster/args";
export * from "./gpu-cluster/gpu-cluster";

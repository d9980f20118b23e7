export * from "./access-grant/access-grant";
export type { AuditLogBucketArgs } from "./audit-log-bucket/args";
export * from "./audit-log-bucket/audit-log-bucket";
export * from "./gpu-cluster/args";
export * from "./gpu-cluster/gpu-cluster";
export { ReleaseChannel } from "./gpu-cluster/versions";
export { NatGateways, type NetworkArgs } from "./network/args";
export * from "./network/network";

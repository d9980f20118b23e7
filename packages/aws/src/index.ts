export * from "./access-grant/access-grant";
export type { AccessGrantArgs } from "./access-grant/args";
export type { AuditLogBucketArgs } from "./audit-log-bucket/args";
export * from "./audit-log-bucket/audit-log-bucket";
export type { DataLakeArgs } from "./data-lake/args";
export * from "./data-lake/data-lake";
export {
  type FeatureArgs,
  type FeatureGroupArgs,
  type FeatureStoreArgs,
  FeatureType,
} from "./feature-store/args";
export { FeatureStore } from "./feature-store/feature-store";
export * from "./gpu-cluster/args";
export * from "./gpu-cluster/gpu-cluster";
export { SupportType } from "./gpu-cluster/versions";
export { NatGateways, type NetworkArgs } from "./network/args";
export * from "./network/network";
export type { ObjectStoreArgs } from "./object-store/args";
export * from "./object-store/object-store";
export * from "./shared-file-system/args";
export * from "./shared-file-system/shared-file-system";
export type { VectorStoreArgs } from "./vector-store/args";
export { CollectionAccess, type CollectionAccessArgs } from "./vector-store/collection-access";
export * from "./vector-store/vector-store";
export type { WorkloadIssuerArgs } from "./workload-issuer/args";
export * from "./workload-issuer/workload-issuer";

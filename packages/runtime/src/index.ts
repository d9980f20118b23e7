export { ClusterRuntime, type ClusterRuntimeArgs } from "./cluster-runtime";
export * from "./gpu-settings";
export * from "./labels";
export { type ClosedNamespaceArgs, closedNamespace } from "./namespaces";
export { dnsEgress } from "./network-policy";
export * from "./pools";
export { checkSharing, sharesOf, sharingLabels } from "./sharing";
export type { TeamBinding } from "./team";
export * from "./teams";

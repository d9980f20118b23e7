import { isBuiltinGroup } from "../render/names";

/**
 * Kinds in the order in which a cluster wants them: what others need first. The position makes the number in
 * front of a file's name, and `kubectl apply -f` goes by file name.
 */
const steps: readonly (readonly string[])[] = [
  ["Namespace"],
  ["CustomResourceDefinition"],
  [
    "PriorityClass",
    "RuntimeClass",
    "StorageClass",
    "CSIDriver",
    "VolumeAttributesClass",
    "IngressClass",
    "DeviceClass",
  ],
  ["ResourceQuota", "LimitRange"],
  ["ServiceAccount"],
  ["ClusterRole", "Role"],
  ["ClusterRoleBinding", "RoleBinding"],
  ["NetworkPolicy"],
  ["ConfigMap"],
  ["Secret"],
  ["PersistentVolume"],
  ["PersistentVolumeClaim", "ResourceClaimTemplate", "ResourceClaim"],
  ["Service", "Endpoints", "EndpointSlice"],
  ["PodDisruptionBudget"],
  ["DaemonSet"],
  ["StatefulSet", "Deployment", "ReplicaSet", "ReplicationController", "Pod"],
  ["HorizontalPodAutoscaler"],
  ["Job", "CronJob"],
  ["Ingress"],
  ["APIService"],
  [
    "MutatingWebhookConfiguration",
    "ValidatingWebhookConfiguration",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
  ],
];

const stepOfKind = new Map(steps.flatMap((kinds, index) => kinds.map((kind) => [kind, (index + 1) * 10])));
/** Custom resources come last: the operators that serve them, and their webhooks, run by then. */
const customStep = (steps.length + 1) * 10;

/** Built-in kinds that belong to no namespace. */
const clusterScoped = new Set([
  "Namespace",
  "CustomResourceDefinition",
  "PriorityClass",
  "RuntimeClass",
  "StorageClass",
  "CSIDriver",
  "CSINode",
  "VolumeAttributesClass",
  "VolumeAttachment",
  "IngressClass",
  "DeviceClass",
  "ResourceSlice",
  "ClusterRole",
  "ClusterRoleBinding",
  "PersistentVolume",
  "Node",
  "APIService",
  "CertificateSigningRequest",
  "FlowSchema",
  "PriorityLevelConfiguration",
  "MutatingWebhookConfiguration",
  "ValidatingWebhookConfiguration",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
]);

/** The number in front of the file's name of an object of this kind. */
export function stepOf(apiVersion: string, kind: string): number {
  return isBuiltin(apiVersion) ? (stepOfKind.get(kind) ?? customStep) : customStep;
}

/** True for a built-in kind that lives in a namespace; of custom resources only the cluster knows. */
export function isNamespaced(apiVersion: string, kind: string): boolean {
  return isBuiltin(apiVersion) && !clusterScoped.has(kind);
}

function isBuiltin(apiVersion: string): boolean {
  const [group = ""] = apiVersion.includes("/") ? apiVersion.split("/") : [""];
  return isBuiltinGroup(group);
}

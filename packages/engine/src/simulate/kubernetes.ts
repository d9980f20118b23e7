/**
 * Kubernetes: an object is what it is given, with the name and namespace that the provider fills in. What a controller
 * or the API server adds stays unknown.
 */
import { type PropertyMap, Secret, unknown, type Value } from "../graph";
import { known, type Rule, type Subject } from "./subject";

/** Kinds of the built-in API groups that live in no namespace. */
const CLUSTER_SCOPED = new Set([
  "APIService",
  "CSIDriver",
  "CSINode",
  "CertificateSigningRequest",
  "ClusterRole",
  "ClusterRoleBinding",
  "ClusterTrustBundle",
  "CustomResourceDefinition",
  "DeviceClass",
  "FlowSchema",
  "IngressClass",
  "IPAddress",
  "MutatingAdmissionPolicy",
  "MutatingAdmissionPolicyBinding",
  "MutatingWebhookConfiguration",
  "Namespace",
  "Node",
  "PersistentVolume",
  "PriorityClass",
  "PriorityLevelConfiguration",
  "ResourceSlice",
  "RuntimeClass",
  "ServiceCIDR",
  "StorageClass",
  "StorageVersion",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
  "ValidatingWebhookConfiguration",
  "VolumeAttachment",
  "VolumeAttributesClass",
]);

/** Whether the kind lives in a namespace; undefined for a custom resource, whose definition says so. */
function isNamespaced(type: string): boolean | undefined {
  const [, groupVersion = "", kind = ""] = type.split(":");
  const group = groupVersion.split("/")[0] as string;
  if (group.includes(".") && !group.endsWith(".k8s.io")) return undefined;
  return !CLUSTER_SCOPED.has(kind);
}

export const kubernetesObject: Rule = (r) => {
  const metadata = r.has("metadata") ? r.map("metadata") : {};
  if (metadata === undefined) return {};
  const namespace = metadata.namespace ?? (isNamespaced(r.type) ? defaultNamespace(r) : undefined);
  const name = metadata.name ?? (metadata.generateName === undefined ? `${r.name}-${r.hex(8, "name")}` : unknown);
  const inNamespace = namespace === undefined ? {} : { namespace };
  const id = namespace === undefined ? plain(name) : known`${plain(namespace)}/${plain(name)}`;
  return { id, metadata: { ...metadata, name, ...inNamespace }, ...computed(r) };
};

/**
 * In a preview too, what is computed inside of a given map has to be unknown: left out, the program would take it for
 * known to be absent. A name that auto-naming would choose is such a part.
 */
export const kubernetesPreview: Rule = (r) => {
  const metadata = r.has("metadata") ? r.map("metadata") : {};
  if (metadata === undefined) return {};
  const namespace = metadata.namespace ?? (isNamespaced(r.type) ? defaultNamespace(r) : undefined);
  const inNamespace = namespace === undefined ? {} : { namespace };
  return { metadata: { ...metadata, name: metadata.name ?? unknown, ...inNamespace }, ...computed(r) };
};

function computed(r: Subject): PropertyMap {
  if (r.type !== "kubernetes:core/v1:Service") return {};
  const spec = r.map("spec");
  if (spec === undefined || spec.clusterIP !== undefined || spec.type === "ExternalName") return {};
  return { spec: { ...spec, clusterIP: unknown } };
}

function defaultNamespace(r: Subject): Value {
  return r.providerInput("namespace") ?? "default";
}

function plain(value: Value | undefined): string | undefined {
  if (value instanceof Secret) return plain(value.reveal());
  return typeof value === "string" ? value : undefined;
}

export const helmRelease: Rule = (r) => {
  const name = r.has("name") ? r.text("name") : `${r.name}-${r.hex(8, "name")}`;
  const namespace = r.has("namespace") ? r.text("namespace") : "default";
  const status = {
    name,
    namespace,
    chart: r.text("chart"),
    version: r.text("version"),
    revision: 1,
    status: "deployed",
  };
  const given = Object.entries(status).filter(([, value]) => value !== undefined);
  return {
    id: known`${namespace}/${name}`,
    name,
    namespace,
    // What only the chart itself says.
    status: { appVersion: unknown, ...Object.fromEntries(given) } as PropertyMap,
  };
};

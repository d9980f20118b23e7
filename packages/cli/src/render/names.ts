/** The package that a type token belongs to: `aws` of `aws:s3/bucket:Bucket`. */
export function packageOf(type: string): string {
  const [name = ""] = type.split(":", 1);
  return name;
}

/** True for a provider's own resource, which configures a provider and is nothing in the world. */
export function isProvider(type: string): boolean {
  return type.startsWith("pulumi:providers:");
}

/**
 * A type token in two words: `eks Cluster` for `aws:eks/cluster:Cluster`, `aws GpuCluster` for
 * `aistack-aws:index:GpuCluster`, `k8s Service` for `kubernetes:core/v1:Service`.
 */
export function shortType(type: string): string {
  const parts = type.split(":");
  const kind = parts.at(-1) ?? type;
  if (isProvider(type)) return `provider ${kind}`;
  const [group = ""] = (parts.length > 2 ? (parts[1] ?? "") : "").split("/");
  if (packageOf(type) === "kubernetes" && isBuiltinGroup(group)) return `k8s ${kind}`;
  const [area = ""] = group.split(".");
  const own = packageOf(type).startsWith("aistack-");
  return own || area === "" || area === "index"
    ? `${packageOf(type).replace(/^aistack-/, "")} ${kind}`
    : `${area} ${kind}`;
}

/** API groups with a domain that Kubernetes itself serves; others of `k8s.io`, such as the gateway's, are add-ons. */
const builtinGroups = new Set([
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "apiregistration.k8s.io",
  "authentication.k8s.io",
  "authorization.k8s.io",
  "certificates.k8s.io",
  "coordination.k8s.io",
  "discovery.k8s.io",
  "events.k8s.io",
  "flowcontrol.apiserver.k8s.io",
  "internal.apiserver.k8s.io",
  "networking.k8s.io",
  "node.k8s.io",
  "rbac.authorization.k8s.io",
  "resource.k8s.io",
  "scheduling.k8s.io",
  "storage.k8s.io",
  "storagemigration.k8s.io",
]);

/** True for an API group that Kubernetes itself serves, such as `apps`. */
export function isBuiltinGroup(group: string): boolean {
  return !group.includes(".") || builtinGroups.has(group);
}

/** Short type and name of the resource that a URN stands for. */
export function shortUrn(urn: string): string {
  const [, , types = "", ...name] = urn.split("::");
  return name.length === 0 ? urn : `${shortType(types.split("$").at(-1) ?? types)} ${name.join("::")}`;
}

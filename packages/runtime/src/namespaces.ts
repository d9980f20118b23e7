import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { standardLabels } from "./labels";

/** What a closed namespace is made from. */
export interface ClosedNamespaceArgs {
  /** Name of the namespace. */
  namespace: pulumi.Input<string>;
  /** Labels of what is made. */
  labels: { [label: string]: string };
}

/**
 * A namespace in which nothing is open: the Pod Security Standard `restricted` is enforced and all traffic is denied that
 * no other policy allows. Returns its name, known only once its policies are in force.
 */
export function closedNamespace(
  name: string,
  { namespace, labels }: ClosedNamespaceArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const made = new kubernetes.core.v1.Namespace(
    `${name}-namespace`,
    { metadata: { name: namespace, labels: { ...labels, ...podSecurity("restricted") } } },
    opts,
  );
  const denied = new kubernetes.networking.v1.NetworkPolicy(
    `${name}-default-deny`,
    {
      metadata: { name: "default-deny", namespace: made.metadata.name, labels },
      spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
    },
    opts,
  );
  return denied.metadata.namespace;
}

/** The namespace of a vendor's operator, at the strictest pod-security level that its pods satisfy. */
export function operatorNamespace(
  name: string,
  namespace: string,
  level: "restricted" | "privileged",
  opts: pulumi.CustomResourceOptions,
): kubernetes.core.v1.Namespace {
  const labels = { ...standardLabels(namespace, namespace, "namespace"), ...podSecurity(level) };
  return new kubernetes.core.v1.Namespace(`${name}-namespace`, { metadata: { name: namespace, labels } }, opts);
}

function podSecurity(level: string): { [label: string]: string } {
  return {
    "pod-security.kubernetes.io/enforce": level,
    "pod-security.kubernetes.io/enforce-version": "latest",
    "pod-security.kubernetes.io/warn": level,
  };
}

import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { controllerPorts } from "./defaults";
import { standardLabels } from "./labels";
import { apiServerEgress, dnsEgress, ingressOn } from "./network-policy";

/** What a closed namespace is made from. */
export interface ClosedNamespaceArgs {
  /** Name of the namespace. */
  namespace: pulumi.Input<string>;
  /** Labels of what is made. */
  labels: { [label: string]: string };
  /** Pod Security Standard that is enforced. Defaults to `restricted`; another one needs a reason where it is given. */
  podSecurity?: string;
}

/**
 * A namespace in which nothing is open: the Pod Security Standard `restricted` is enforced and all traffic is denied that
 * no other policy allows. Returns its name, known only once its policies are in force.
 */
export function closedNamespace(
  name: string,
  { namespace, labels, podSecurity: level = "restricted" }: ClosedNamespaceArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const made = new kubernetes.core.v1.Namespace(
    `${name}-namespace`,
    { metadata: { name: namespace, labels: { ...labels, ...podSecurity(level) } } },
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

/**
 * The closed namespace of a vendor's controllers: they reach the API server and are reached on what they serve. Returns its
 * name, known only once its policies are in force.
 */
export function controllerNamespace(
  name: string,
  namespace: keyof typeof controllerPorts,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const labels = standardLabels(namespace, namespace, "namespace");
  const closed = closedNamespace(name, { namespace, labels }, opts);
  const opened = new kubernetes.networking.v1.NetworkPolicy(
    `${name}-controllers`,
    {
      metadata: { name: "controllers", namespace: closed, labels },
      spec: {
        podSelector: {},
        policyTypes: ["Ingress", "Egress"],
        ingress: [ingressOn(controllerPorts[namespace])],
        egress: [dnsEgress, apiServerEgress],
      },
    },
    opts,
  );
  return opened.metadata.namespace;
}

/** A namespace for pods that work on the host; nothing else belongs there. */
export function hostNamespace(
  name: string,
  namespace: string,
  opts: pulumi.CustomResourceOptions,
): kubernetes.core.v1.Namespace {
  const labels = { ...standardLabels(namespace, namespace, "namespace"), ...podSecurity("privileged") };
  return new kubernetes.core.v1.Namespace(`${name}-namespace`, { metadata: { name: namespace, labels } }, opts);
}

function podSecurity(level: string): { [label: string]: string } {
  return {
    "pod-security.kubernetes.io/enforce": level,
    "pod-security.kubernetes.io/enforce-version": "latest",
    "pod-security.kubernetes.io/warn": level,
  };
}

import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Checks, type ClusterBinding, dnsLabel, onCluster } from "aistack-core";
import { standardLabels } from "./labels";

/** Arguments of {@link WorkloadNamespace}. */
export interface WorkloadNamespaceArgs {
  /** Cluster to create it on. */
  cluster: pulumi.Input<ClusterBinding>;
  /** Name of the namespace. Defaults to the component's name. */
  namespace?: pulumi.Input<string>;
}

const type = "aistack-kubernetes:index:WorkloadNamespace";

/**
 * A namespace in which nothing is open: the Pod Security Standard `restricted` is enforced and all traffic is denied that
 * no other policy allows.
 */
export class WorkloadNamespace extends pulumi.ComponentResource {
  /** Name of the namespace; known only once its policies are in force. */
  public readonly namespace: pulumi.Output<string>;

  constructor(name: string, args: WorkloadNamespaceArgs, opts: pulumi.ComponentResourceOptions = {}) {
    const check = new Checks(type, name);
    const namespaceName = check.value("namespace", args.namespace ?? name, dnsLabel);
    check.done();
    super(type, name, args, opts);
    const child = { ...onCluster(this, name, args.cluster, opts), retainOnDelete: opts.retainOnDelete };
    const labels = standardLabels(name, "namespace", "namespace");

    const namespace = new kubernetes.core.v1.Namespace(
      `${name}-namespace`,
      {
        metadata: {
          name: namespaceName,
          labels: {
            ...labels,
            "pod-security.kubernetes.io/enforce": "restricted",
            "pod-security.kubernetes.io/enforce-version": "latest",
            "pod-security.kubernetes.io/warn": "restricted",
          },
        },
      },
      child,
    );
    const denied = new kubernetes.networking.v1.NetworkPolicy(
      `${name}-default-deny`,
      {
        metadata: { name: "default-deny", namespace: namespace.metadata.name, labels },
        spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
      },
      child,
    );

    this.namespace = denied.metadata.namespace;
    this.registerOutputs({ namespace: this.namespace });
  }
}

import * as pulumi from "@pulumi/pulumi";
import { Checks, type ClusterBinding, dnsLabel, onCluster } from "aistack-core";
import { closedNamespace, standardLabels } from "aistack-runtime";

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
    this.namespace = closedNamespace(name, { namespace: namespaceName, labels }, child);
    this.registerOutputs({ namespace: this.namespace });
  }
}

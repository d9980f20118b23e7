import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterBinding } from "./bindings";

/** Providers by deployment and binding: one process can run several deployments, which share no resources. */
const providers = new WeakMap<object, WeakMap<object, kubernetes.Provider>>();

function providersOfThisDeployment(): WeakMap<object, kubernetes.Provider> {
  const deployment = pulumi.runtime.getStackResource() ?? providers;
  const known = providers.get(deployment) ?? new WeakMap<object, kubernetes.Provider>();
  providers.set(deployment, known);
  return known;
}

/**
 * The Kubernetes provider of a cluster, made once per binding, because every explicit provider costs a process.
 * A cluster component makes it as its own child, under its own name; for a binding that comes from elsewhere, such as
 * another stack, the first consumer names it.
 *
 * @param name Name of the provider resource if it has to be made.
 * @param opts Options of the provider resource if it has to be made.
 */
export function kubernetesProvider(
  cluster: pulumi.Input<ClusterBinding>,
  name: string,
  opts?: pulumi.ResourceOptions,
): kubernetes.Provider {
  const memo = providersOfThisDeployment();
  const known = memo.get(cluster);
  if (known) return known;
  const kubeconfig = (pulumi.output(cluster) as unknown as { kubeconfig: pulumi.Output<string | undefined> })
    .kubeconfig;
  const provider = new kubernetes.Provider(name, { kubeconfig, enableServerSideApply: true }, opts);
  memo.set(cluster, provider);
  return provider;
}

/**
 * Makes a second binding of a cluster share the provider of the first: a cluster component makes the provider from a
 * binding that waits for nodes only, uses it itself, and puts out a binding that waits for what it made with it.
 */
export function shareKubernetesProvider(from: pulumi.Input<ClusterBinding>, to: pulumi.Input<ClusterBinding>): void {
  const memo = providersOfThisDeployment();
  const known = memo.get(from);
  if (known) memo.set(to, known);
}

/**
 * Options for the Kubernetes children of a component: the provider given to the component if there is one, else that of
 * the cluster.
 */
export function onCluster(
  parent: pulumi.ComponentResource,
  name: string,
  cluster: pulumi.Input<ClusterBinding>,
  opts: pulumi.ComponentResourceOptions,
): pulumi.CustomResourceOptions {
  if (givenProvider(opts)) return { parent };
  return { parent, provider: kubernetesProvider(cluster, `${name}-cluster`, { parent }) };
}

function givenProvider(opts: pulumi.ComponentResourceOptions): boolean {
  const given = [opts.provider, ...Object.values(opts.providers ?? {})];
  return given.some((provider) => provider instanceof kubernetes.Provider);
}

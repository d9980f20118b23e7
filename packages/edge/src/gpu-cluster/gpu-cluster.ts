import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random";
import {
  after,
  type ClusterBinding,
  kubernetesProvider,
  type NodeAccelerator,
  Platform,
  shareKubernetesProvider,
} from "aistack-core";
import { ClusterRuntime, nodeLabelsOf, type TeamBinding } from "aistack-runtime";
import type { GpuClusterArgs } from "./args";
import { type ClusterPlan, checkCluster } from "./checks";
import * as defaults from "./defaults";
import { K3sAgent, K3sServer } from "./k3s-machine";
import { kubeconfigFor } from "./kubeconfig";
import type { MachinePlan } from "./machines";
import { type PoolPlan, runtimePool } from "./pools";
import { bootstrapScript, kubeconfigScript, tokensScript } from "./scripts/machine";
import { remoteScript } from "./ssh";

const type = "aistack-edge:index:GpuCluster";

/** Kubernetes cluster of k3s on machines of your own, whose accelerators pods can ask for. */
export class GpuCluster extends pulumi.ComponentResource {
  /** Plain-data handle for workloads. Whoever takes it waits until all machines and the runtime can be used. */
  public readonly binding: pulumi.Output<ClusterBinding>;
  /** The teams: where their workloads run, and the labels that they carry. Absent for an adopted cluster. */
  public readonly teams?: pulumi.Output<TeamBinding[]>;

  constructor(name: string, args: GpuClusterArgs = {}, opts: pulumi.ComponentResourceOptions = {}) {
    const plan = checkCluster(type, name, args);
    super(type, name, withSecrets(args), opts);
    if (args.existing) {
      this.binding = adopted(args.existing);
      this.registerOutputs({ binding: this.binding });
      return;
    }
    const child = { parent: this };

    const servers = createServers(name, plan, child);
    const agents = createAgents(name, plan, servers, child);
    const kubeconfig = administratorsKubeconfig(name, plan, servers, child);

    const fields = {
      name: `${name}-${pulumi.getStack()}`,
      platform: Platform.Edge,
      // Everything in the cluster goes through a provider that is made from the kubeconfig: on destroy, the machines
      // outlive the workloads.
      kubeconfig: after(
        kubeconfig,
        ...servers.machines.map((one) => one.installed),
        ...agents.map((one) => one.member),
      ),
      accelerators: plan.pools.flatMap(nodeAccelerator),
      mirror: args.mirror,
    };
    const reachable: pulumi.Output<ClusterBinding> = pulumi.output(fields);
    const provider = kubernetesProvider(reachable, `${name}-kubernetes`, child);
    const runtime = new ClusterRuntime(
      `${name}-runtime`,
      {
        provider,
        pools: plan.pools.map(runtimePool),
        teams: plan.teams,
        install: args.install,
        mirror: args.mirror,
        // The installation refuses GPU machines without them, and k3s finds the container runtime by itself.
        gpu: { driverInstalled: true, toolkitInstalled: true },
      },
      child,
    );
    const storageClass = plan.storageClass ?? localVolumes(name, { ...child, provider });
    this.binding = pulumi.output({ ...fields, storageClass: after(storageClass, runtime) });
    shareKubernetesProvider(reachable, this.binding);
    this.teams = after(runtime.teams, runtime);
    this.registerOutputs({ binding: this.binding, teams: this.teams });
  }
}

/** The arguments as the component registers them: keys and passwords are secrets even if they came as plain text. */
function withSecrets(args: GpuClusterArgs): GpuClusterArgs {
  const hidden = (value: pulumi.Input<string> | undefined) => value && pulumi.secret(value);
  return {
    ...args,
    privateKey: hidden(args.privateKey),
    bastion: args.bastion && { ...args.bastion, privateKey: hidden(args.bastion.privateKey) },
    serviceAccountIssuer: args.serviceAccountIssuer && {
      ...args.serviceAccountIssuer,
      signingKeyPem: pulumi.secret(args.serviceAccountIssuer.signingKeyPem),
    },
    registry: args.registry && { ...args.registry, password: hidden(args.registry.password) },
  };
}

function adopted(existing: pulumi.Input<ClusterBinding>): pulumi.Output<ClusterBinding> {
  // The same object where possible: consumers share a Kubernetes provider by it.
  return pulumi.Output.isInstance(existing) ? (existing as pulumi.Output<ClusterBinding>) : pulumi.output(existing);
}

/** The servers, and what machines join them by. */
interface Servers {
  first: MachinePlan;
  machines: K3sServer[];
  /** Address to join at. */
  join: pulumi.Output<string>;
  /** Token by which agents join, with the fingerprint of the cluster's authority; absent without machines that join. */
  agentToken?: pulumi.Output<string>;
}

/** The servers, one after another: an upgrade never takes more than one from the database. */
function createServers(name: string, cluster: ClusterPlan, opts: pulumi.CustomResourceOptions): Servers {
  const [first, ...others] = cluster.servers as [MachinePlan, ...MachinePlan[]];
  const token = joinToken(`${name}-token`, opts);
  const agentToken = joinToken(`${name}-agent-token`, opts);
  const join = pulumi
    .all([cluster.apiAddress, first.internalAddress, first.address])
    .apply(([api, internal, address]) => api ?? internal ?? address);

  const bootstrap = remoteScript(
    `${name}-bootstrap`,
    cluster,
    first,
    {
      create: pulumi
        .all(others.map((server) => server.internalAddress ?? server.address))
        .apply((addresses) => bootstrapScript(addresses)),
      triggers: [first.address],
    },
    opts,
  );
  const initial = new K3sServer(
    `${name}-${first.name}`,
    { cluster, machine: first, join: undefined, token, agentToken, needs: [bootstrap] },
    opts,
  );
  const machines = [initial];
  if (others.length === 0 && cluster.agents.length === 0) return { first, machines, join };

  const tokens = remoteScript(
    `${name}-tokens`,
    cluster,
    first,
    { create: tokensScript, triggers: [first.address], secretOutput: true },
    { ...opts, dependsOn: [initial.installed] },
  );
  const [serverToken, secureAgentToken] = [0, 1].map((line) =>
    pulumi.secret(tokens.stdout.apply((text) => text.split("\n")[line] as string)),
  ) as [pulumi.Output<string>, pulumi.Output<string>];
  for (const machine of others) {
    const needs = [(machines.at(-1) as K3sServer).installed];
    machines.push(
      new K3sServer(`${name}-${machine.name}`, { cluster, machine, join, token: serverToken, agentToken, needs }, opts),
    );
  }
  return { first, machines, join, agentToken: secureAgentToken };
}

/** The agents, all after the servers: a node is never newer than the API. */
function createAgents(
  name: string,
  cluster: ClusterPlan,
  { first, machines, join, agentToken }: Servers,
  opts: pulumi.CustomResourceOptions,
): K3sAgent[] {
  const needs = machines.map((server) => server.installed);
  return cluster.agents.map(
    (machine) =>
      new K3sAgent(
        `${name}-${machine.name}`,
        { cluster, machine, join, token: agentToken as pulumi.Output<string>, needs, server: first },
        opts,
      ),
  );
}

/** Random, long enough not to be guessed, and a secret. */
function joinToken(name: string, opts: pulumi.CustomResourceOptions): pulumi.Output<string> {
  return new RandomPassword(name, { length: 48, special: false }, opts).result;
}

/** The kubeconfig, read anew after each upgrade: the certificate in it is valid for a year. */
function administratorsKubeconfig(
  name: string,
  cluster: ClusterPlan,
  { first, machines }: Servers,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const read = remoteScript(
    `${name}-kubeconfig`,
    cluster,
    first,
    { create: kubeconfigScript, triggers: [first.address, cluster.release], secretOutput: true },
    { ...opts, dependsOn: machines.map((server) => server.installed) },
  );
  const address = pulumi.all([cluster.apiAddress, first.address]).apply(([api, own]) => api ?? own);
  return pulumi.secret(pulumi.all([read.stdout, address]).apply(([text, host]) => kubeconfigFor(text, host)));
}

/** The class of volumes on the machines' own disks; a volume is made where its pod is placed. */
function localVolumes(name: string, opts: pulumi.CustomResourceOptions): pulumi.Output<string> {
  const made = new kubernetes.storage.v1.StorageClass(
    `${name}-local-volumes`,
    {
      metadata: { name: defaults.storageClass.name },
      provisioner: defaults.storageClass.provisioner,
      volumeBindingMode: "WaitForFirstConsumer",
      reclaimPolicy: "Delete",
    },
    opts,
  );
  return made.metadata.name;
}

function nodeAccelerator({ name, accelerator, perNode, servers, agents }: PoolPlan): NodeAccelerator[] {
  if (!accelerator) return [];
  return [{ accelerator, perNode, maxNodes: servers + agents, nodeLabels: nodeLabelsOf(name, accelerator) }];
}

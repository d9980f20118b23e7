import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterPlan } from "./checks";
import * as defaults from "./defaults";
import { type JoinAddress, k3sConfig, registriesConfig } from "./k3s-config";
import type { MachinePlan } from "./machines";
import { imagesScript } from "./scripts/bundle";
import { installScript } from "./scripts/install";
import { leaveScript, memberScript, uninstallScript } from "./scripts/machine";
import { connectionTo, remoteScript } from "./ssh";

/** What a machine of the cluster is made from. */
export interface K3sMachineArgs {
  cluster: ClusterPlan;
  machine: MachinePlan;
  /** Where it joins; the first server does not. */
  join: JoinAddress;
  /** Token by which it joins. */
  token: pulumi.Input<string>;
  /** Token by which agents join; servers keep it. */
  agentToken?: pulumi.Input<string>;
  /** What must be there before k3s is started. */
  needs: pulumi.Resource[];
}

/** A machine that runs the Kubernetes API and its database. */
export class K3sServer extends pulumi.ComponentResource {
  /** Done when the machine's API answers. */
  readonly installed: remote.Command;

  constructor(name: string, args: K3sMachineArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-edge:index:K3sServer", name, {}, opts);
    this.installed = installed(this, name, args, { protect: args.cluster.deletionProtection });
    this.registerOutputs({});
  }
}

/** A machine that runs workloads only. */
export class K3sAgent extends pulumi.ComponentResource {
  /** Done when the machine is a node that takes pods. */
  readonly member: remote.Command;

  constructor(name: string, args: K3sMachineArgs & { server: MachinePlan }, opts: pulumi.ComponentResourceOptions) {
    super("aistack-edge:index:K3sAgent", name, {}, opts);
    const { cluster, machine, server } = args;
    const k3s = installed(this, name, args, {});
    // An agent has no rights in the cluster: a server sets its labels, and moves its pods elsewhere before it goes.
    this.member = remoteScript(
      `${name}-member`,
      cluster,
      server,
      { create: memberScript(machine), delete: leaveScript(machine), triggers: [machine.address] },
      { parent: this, dependsOn: [k3s], deleteBeforeReplace: true },
    );
    this.registerOutputs({});
  }
}

function installed(
  parent: pulumi.ComponentResource,
  name: string,
  args: K3sMachineArgs,
  opts: pulumi.CustomResourceOptions,
): remote.Command {
  const { cluster, machine } = args;
  const config = k3sConfig(cluster, machine, args.join);
  const create = pulumi
    .all([config, cluster.registry.caCertificate])
    .apply(([text, certificate]) => installScript(cluster, machine, { config: text, certificate }));
  const stdin = pulumi
    .all([args.token, args.agentToken, signingKeyOf(args), registriesConfig(cluster)])
    .apply(([token, agentToken = "", signingKey, registries]) =>
      [token, agentToken, signingKey, registries].join("\n"),
    );
  return remoteScript(
    `${name}-k3s`,
    cluster,
    machine,
    {
      create,
      delete: uninstallScript(machine, cluster.bundlePath),
      stdin: pulumi.secret(stdin),
      // Another address is another machine. It can only join under the name when the old one has left.
      triggers: [machine.address],
    },
    {
      parent,
      dependsOn: [...args.needs, ...unpackedBundle(parent, name, args)],
      deleteBeforeReplace: true,
      customTimeouts: { create: "30m", update: "30m", delete: "30m" },
      ...opts,
    },
  );
}

/** The key that signs tokens of service accounts, in one line; empty on agents, which sign nothing. */
function signingKeyOf({ cluster, machine }: K3sMachineArgs): pulumi.Output<string> {
  if (machine.role !== "server" || !cluster.serviceAccountIssuer) return pulumi.output("");
  return cluster.serviceAccountIssuer.signingKey.apply((pem) => Buffer.from(pem).toString("base64"));
}

/** The files of the bundle on the machine, and its images where k3s looks for them. */
function unpackedBundle(parent: pulumi.ComponentResource, name: string, args: K3sMachineArgs): pulumi.Resource[] {
  const { cluster, machine } = args;
  if (cluster.bundlePath === undefined) return [];
  const source = new pulumi.asset.FileArchive(cluster.bundlePath);
  const copied = new remote.CopyToRemote(
    `${name}-bundle`,
    {
      connection: connectionTo(cluster, machine),
      source,
      remotePath: defaults.bundleDirectory,
      triggers: [machine.address],
    },
    { parent },
  );
  const images = remoteScript(
    `${name}-images`,
    cluster,
    machine,
    { create: imagesScript(cluster.bundlePath), triggers: [machine.address, source] },
    { parent, dependsOn: [copied] },
  );
  return [images];
}

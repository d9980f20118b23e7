import { remote, type types } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterPlan } from "./checks";
import type { MachinePlan } from "./machines";
import { asRoot } from "./scripts/prelude";

/** How a machine is reached. A secret as a whole: the provider treats it so too. */
export function connectionTo(
  { privateKey, bastion }: ClusterPlan,
  machine: MachinePlan,
): pulumi.Output<types.input.remote.ConnectionArgs> {
  const proxy = bastion && {
    host: bastion.address,
    user: bastion.user,
    port: bastion.port,
    hostKey: bastion.hostKey,
    privateKey: bastion.privateKey ?? privateKey,
  };
  const { address: host, user, port, hostKey } = machine;
  // Machines that are just starting answer after minutes.
  const args = { host, user, port, hostKey, privateKey, dialErrorLimit: 30, ...(proxy && { proxy }) };
  return pulumi.secret(args) as pulumi.Output<types.input.remote.ConnectionArgs>;
}

/** What runs on a machine, as root. */
export interface RemoteScripts {
  create: pulumi.Input<string>;
  delete?: pulumi.Input<string>;
  /** What the script reads on standard input: the place for secrets. */
  stdin?: pulumi.Input<string>;
  /** What makes it run from the start again. */
  triggers?: unknown[];
  /** What it prints is a secret. */
  secretOutput?: boolean;
}

/** Runs scripts as root on a machine. They run again when anything of them changes, so they only do what is left to do. */
export function remoteScript(
  name: string,
  cluster: ClusterPlan,
  machine: MachinePlan,
  scripts: RemoteScripts,
  opts: pulumi.CustomResourceOptions,
): remote.Command {
  const command = (script: pulumi.Input<string>) => pulumi.output(script).apply((text) => asRoot(machine.user, text));
  return new remote.Command(
    name,
    {
      connection: connectionTo(cluster, machine),
      create: command(scripts.create),
      delete: scripts.delete && command(scripts.delete),
      stdin: scripts.stdin,
      triggers: scripts.triggers,
      // It would take variables that SSH servers refuse, and show an earlier output to whoever lists processes.
      addPreviousOutputInEnv: false,
      ...(scripts.secretOutput && { logging: remote.Logging.None }),
    },
    {
      ...opts,
      ...(scripts.secretOutput && { additionalSecretOutputs: ["stdout", "stderr"] }),
    },
  );
}

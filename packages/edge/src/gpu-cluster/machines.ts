import type * as pulumi from "@pulumi/pulumi";
import { type Checks, dnsLabel, matching, type Rule, type TaintArgs, wholeNumber } from "aistack-core";
import type { EdgeMachineArgs } from "./args";
import { checkLabels, checkTaints, machineLabels, machineTaints, type PoolPlan } from "./pools";

/** A machine, checked and with defaults filled in. */
export interface MachinePlan {
  name: string;
  role: "server" | "agent";
  address: pulumi.Input<string>;
  internalAddress?: pulumi.Input<string>;
  user: string;
  port: number;
  hostKey?: pulumi.Input<string>;
  labels: { [key: string]: string };
  taints: TaintArgs[];
  /** Whether it carries GPUs, for which driver and container toolkit must be on it. */
  gpu: boolean;
}

/** Address or host name: also what goes into scripts, so nothing that a shell would read. */
export const hostName = matching(
  /^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/,
  "an IPv4 address or a host name such as gpu-1.example.org",
);
export const ipv4: Rule<string> = (value) =>
  /^(\d{1,3})(\.\d{1,3}){3}$/.test(value) && value.split(".").every((octet) => Number(octet) <= 255)
    ? undefined
    : "must be an IPv4 address such as 192.0.2.10";
export const userName = matching(/^[a-z_][a-z0-9_-]{0,31}$/, "the name of a Linux user");
export const portNumber = wholeNumber(1, 65535);
export const publicKey = matching(
  /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]+={0,2}( [^\n]*)?$/,
  'a public key as ssh-keyscan prints it behind the address, such as "ecdsa-sha2-nistp256 AAAA..."',
);

const machineName: Rule<string> = (value) =>
  dnsLabel(value) || value.length > 40
    ? "must be 1 to 40 lower-case letters, digits and hyphens, starting and ending with a letter or digit"
    : undefined;

/** Refuses bad machines and fills in the defaults. */
export function planMachines(
  check: Checks,
  lists: { servers: EdgeMachineArgs[]; agents: EdgeMachineArgs[] },
  pools: PoolPlan[],
  allowUnknownHostKeys: boolean,
): { servers: MachinePlan[]; agents: MachinePlan[] } {
  const all = [
    ...lists.servers.map((machine, index) => ({ machine, path: `servers[${index}]`, role: "server" as const })),
    ...lists.agents.map((machine, index) => ({ machine, path: `agents[${index}]`, role: "agent" as const })),
  ];
  for (const [index, { machine, path }] of all.entries())
    for (const field of ["name", "address"] as const) {
      const other = all.slice(0, index).find((earlier) => earlier.machine[field] === machine[field]);
      if (other && typeof machine[field] === "string")
        check.fault(`${path}.${field}`, `is "${machine[field]}", as ${other.path}; each machine has one of its own`);
    }
  const plans = all.map(({ machine, path, role }) =>
    planMachine(check, path, machine, role, pools, allowUnknownHostKeys),
  );
  const [first, ...others] = plans.filter((plan) => plan.role === "server");
  return {
    // The order of the others is that in which they are upgraded, which is the same however they are listed.
    servers: [...(first ? [first] : []), ...others.sort(byName)],
    agents: plans.filter((plan) => plan.role === "agent").sort(byName),
  };
}

const byName = (a: MachinePlan, b: MachinePlan) => (a.name < b.name ? -1 : 1);

function planMachine(
  check: Checks,
  path: string,
  machine: EdgeMachineArgs,
  role: "server" | "agent",
  pools: PoolPlan[],
  allowUnknownHostKeys: boolean,
): MachinePlan {
  const pool = pools.find((plan) => plan.name === machine.pool);
  if (machine.pool !== undefined && !pool)
    check.fault(
      `${path}.pool`,
      `is "${machine.pool}", but the pools are: ${pools.map((plan) => plan.name).join(", ") || "none"}; add it or choose one`,
    );
  checkHostKey(check, path, machine.hostKey, allowUnknownHostKeys);
  checkLabels(check, `${path}.labels`, machine.labels);
  checkTaints(check, `${path}.taints`, machine.taints);
  return {
    name: check.value(`${path}.name`, machine.name, machineName) as string,
    role,
    address: check.value(`${path}.address`, machine.address, hostName),
    internalAddress: check.value(`${path}.internalAddress`, machine.internalAddress, ipv4),
    user: check.value(`${path}.user`, machine.user ?? "root", userName) as string,
    port: check.value(`${path}.port`, machine.port ?? 22, portNumber) as number,
    hostKey: check.value(`${path}.hostKey`, machine.hostKey, publicKey),
    labels: machineLabels(pool, machine.labels),
    taints: machineTaints(pool, role, machine.taints),
    gpu: pool?.accelerator !== undefined,
  };
}

/** Without the key anyone who answers at the address would be sent the join token. */
export function checkHostKey(
  check: Checks,
  path: string,
  hostKey: pulumi.Input<string> | undefined,
  allowUnknownHostKeys: boolean,
): void {
  if (hostKey === undefined && !allowUnknownHostKeys)
    check.fault(
      `${path}.hostKey`,
      "is missing; give what `ssh-keyscan -t ecdsa <address>` prints behind the address, compared with the machine's own " +
        "/etc/ssh/ssh_host_ecdsa_key.pub, or set `allowUnknownHostKeys`",
    );
}

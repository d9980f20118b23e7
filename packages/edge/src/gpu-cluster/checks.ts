import * as pulumi from "@pulumi/pulumi";
import {
  Checks,
  cronSchedule,
  dnsLabel,
  listOf,
  type Mirror,
  matching,
  type TeamArgs,
  wholeNumber,
} from "aistack-core";
import { checkTeams } from "aistack-runtime";
import type { EdgeBastionArgs, EdgeRegistryArgs, GpuClusterArgs, ServiceAccountIssuerArgs } from "./args";
import * as defaults from "./defaults";
import { checkHostKey, hostName, type MachinePlan, planMachines, portNumber, publicKey, userName } from "./machines";
import { type PoolPlan, planPools, runtimePool } from "./pools";
import { releaseOf, versionFault } from "./versions";

/** What the checks found out: arguments with defaults, gated where they are still to come. */
export interface ClusterPlan {
  /** The first one starts the cluster. */
  servers: MachinePlan[];
  agents: MachinePlan[];
  pools: PoolPlan[];
  teams: TeamArgs[];
  /** Release of k3s. */
  release: string;
  privateKey?: pulumi.Output<string>;
  bastion?: EdgeBastionArgs;
  apiAddress?: pulumi.Input<string>;
  tlsSans: pulumi.Input<string>[];
  bundlePath?: string;
  mirror?: Mirror;
  registry: EdgeRegistryArgs;
  /** Undefined if the cluster signs tokens with a key of its own. */
  serviceAccountIssuer?: { url: pulumi.Input<string>; signingKey: pulumi.Output<string> };
  encryptPodTraffic: boolean;
  podSecurityExemptions: string[];
  etcdSnapshots: { schedule: string; keep: number };
  /** Class that exists; when omitted, one is created. */
  storageClass?: string;
  deletionProtection: boolean;
}

const componentName = matching(
  /^[A-Za-z][A-Za-z0-9-]{0,29}$/,
  "1 to 30 letters, digits and hyphens, starting with a letter",
);
const pem = (kind: string) =>
  matching(
    new RegExp(`^-----BEGIN [A-Z ]*${kind}-----[\\s\\S]+-----END [A-Z ]*${kind}-----\\s*$`),
    `PEM text of a ${kind}`,
  );
/** One line without quotes: it stands in a settings file. */
const oneLine = matching(/^[^\s"'\\]+$/, "text without blanks, quotes and backslashes");
const directory = matching(
  /^[^\0\n"'`$\\]*[^\0\n"'`$\\/]$/,
  "the path of a directory, without quotes and without / at the end",
);
const issuerUrl = matching(
  /^https:\/\/[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?(\/[\w.-]+)*$/,
  "a URL such as https://d111111abcdef8.cloudfront.net, without / at the end",
);
const registryHost = matching(
  /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?(\/[a-z0-9._-]+)*$/,
  "a registry's host and path such as registry.local:5000/mirror",
);

/** Judges all arguments and throws every fault at once. */
export function checkCluster(type: string, name: string, args: GpuClusterArgs): ClusterPlan {
  const check = new Checks(type, name);
  check.value("name", name, componentName);
  check.existingAlone(args);
  if (args.existing) {
    check.done();
  } else checkServers(check, args);

  const lists = { servers: args.servers ?? [], agents: args.agents ?? [] };
  const pools = planPools(check, args.pools ?? [], lists);
  const unknownHosts = args.allowUnknownHostKeys ?? false;
  const machines = planMachines(check, lists, pools, unknownHosts);
  const teams = checkTeams(check, args.teams ?? [], pools.map(runtimePool));

  const version = args.kubernetesVersion ?? defaults.kubernetesVersion;
  check.value("kubernetesVersion", version, versionFault);
  checkRegistry(check, args);
  const plan: ClusterPlan = {
    ...machines,
    pools,
    teams,
    release: releaseOf(version),
    privateKey: secret(check, "privateKey", args.privateKey, pem("PRIVATE KEY")),
    bastion: args.bastion && checkBastion(check, args.bastion, unknownHosts),
    apiAddress: check.value("apiAddress", args.apiAddress, hostName),
    tlsSans: (args.tlsSans ?? []).map((san, index) => check.value(`tlsSans[${index}]`, san, hostName)),
    bundlePath: check.value("bundlePath", args.bundlePath, directory) as string | undefined,
    mirror: args.mirror,
    registry: {
      caCertificate: check.value("registry.caCertificate", args.registry?.caCertificate, pem("CERTIFICATE")),
      username: check.value("registry.username", args.registry?.username, oneLine),
      password: secret(check, "registry.password", args.registry?.password, oneLine),
    },
    serviceAccountIssuer: args.serviceAccountIssuer && checkIssuer(check, args.serviceAccountIssuer),
    encryptPodTraffic: args.encryptPodTraffic ?? true,
    podSecurityExemptions: args.podSecurityExemptions ?? [],
    etcdSnapshots: {
      schedule: check.value(
        "etcdSnapshots.schedule",
        args.etcdSnapshots?.schedule ?? defaults.etcdSnapshots.schedule,
        cronSchedule,
      ) as string,
      keep: check.value(
        "etcdSnapshots.keep",
        args.etcdSnapshots?.keep ?? defaults.etcdSnapshots.keep,
        wholeNumber(1, 1000),
      ) as number,
    },
    storageClass: check.value("storageClass", args.storageClass, dnsLabel) as string | undefined,
    deletionProtection: args.deletionProtection ?? true,
  };
  check.value("podSecurityExemptions", plan.podSecurityExemptions, listOf(dnsLabel));
  check.done();
  return plan;
}

function checkServers(check: Checks, { servers = [] }: GpuClusterArgs): void {
  const count = servers.length;
  if (count === 0) check.fault("servers", "is missing; name at least one machine that runs the Kubernetes API");
  else if (count % 2 === 0)
    check.fault(
      "servers",
      `has ${count} machines, but must have one or an odd number from three: the database needs more than half of its ` +
        `members, so that ${count} survive the loss of no more machines than ${count - 1} do; make one an agent or add one`,
    );
}

/** A secret is never shown, not even when it is refused. */
function secret(
  check: Checks,
  path: string,
  value: pulumi.Input<string> | undefined,
  rule: (value: string) => string | undefined,
): pulumi.Output<string> | undefined {
  if (value === undefined) return undefined;
  return check.value(path, pulumi.secret(value), rule) as pulumi.Output<string>;
}

function checkBastion(check: Checks, bastion: EdgeBastionArgs, unknownHosts: boolean): EdgeBastionArgs {
  checkHostKey(check, "bastion", bastion.hostKey, unknownHosts);
  return {
    address: check.value("bastion.address", bastion.address, hostName),
    user: check.value("bastion.user", bastion.user ?? "root", userName) as string,
    port: check.value("bastion.port", bastion.port ?? 22, portNumber) as number,
    hostKey: check.value("bastion.hostKey", bastion.hostKey, publicKey),
    privateKey: secret(check, "bastion.privateKey", bastion.privateKey, pem("PRIVATE KEY")),
  };
}

function checkIssuer(check: Checks, { url, signingKeyPem }: ServiceAccountIssuerArgs) {
  const path = "serviceAccountIssuer";
  return {
    url: check.value(`${path}.url`, url, issuerUrl),
    signingKey: secret(check, `${path}.signingKeyPem`, signingKeyPem, pem("PRIVATE KEY")) as pulumi.Output<string>,
  };
}

function checkRegistry(check: Checks, { mirror, registry }: GpuClusterArgs): void {
  check.value("mirror.images", mirror?.images, registryHost);
  if (!registry) return;
  if (!mirror?.images)
    check.fault(
      "registry",
      "is of no use without `mirror.images`, which names the registry; give that or leave it out",
    );
  if ((registry.username === undefined) !== (registry.password === undefined))
    check.fault("registry", "has only one of `username` and `password`; give both or none");
}

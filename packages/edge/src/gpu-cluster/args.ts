import type * as pulumi from "@pulumi/pulumi";
import type { ClusterBinding, GpuPoolArgs, InstallArgs, Mirror, TaintArgs, TeamArgs } from "aistack-core";

/** A machine with Linux and systemd that is reached by SSH. */
export interface EdgeMachineArgs {
  /**
   * Name, unique in the cluster: the node's name in Kubernetes, and part of resource names. 1 to 40 lower-case letters,
   * digits and hyphens.
   */
  name: string;
  /** Address or host name for SSH. Another one means another machine: k3s is removed here and installed there. */
  address: pulumi.Input<string>;
  /** IPv4 address by which the other machines reach it. Defaults to `address` and to what k3s finds. */
  internalAddress?: pulumi.Input<string>;
  /** User to log in as; one other than root must be allowed to use `sudo` without a password. Defaults to root. */
  user?: string;
  /** Port of SSH. Defaults to 22. */
  port?: number;
  /**
   * Public key of the machine's SSH server, such as "ssh-ed25519 AAAA...", so that nobody can pose as the machine:
   * `ssh-keyscan -t ecdsa <address>`. Required unless `allowUnknownHostKeys` is true.
   */
  hostKey?: pulumi.Input<string>;
  /** Pool that the machine belongs to, by name. When omitted, a machine without accelerators. */
  pool?: string;
  /** Further node labels. */
  labels?: { [key: string]: string };
  /** Further taints. */
  taints?: TaintArgs[];
}

/** A machine through which the others are reached by SSH. */
export interface EdgeBastionArgs {
  /** Address or host name. */
  address: pulumi.Input<string>;
  /** User to log in as. Defaults to root. */
  user?: string;
  /** Port of SSH. Defaults to 22. */
  port?: number;
  /** Public key of its SSH server. Required unless `allowUnknownHostKeys` is true. */
  hostKey?: pulumi.Input<string>;
  /** Private key to log in with. Defaults to the cluster's. A secret. */
  privateKey?: pulumi.Input<string>;
}

/** How the machines are let into the registry that `mirror.images` names. */
export interface EdgeRegistryArgs {
  /** Certificate of the authority that signed the registry's certificate, as PEM text. Defaults to those of the machine. */
  caCertificate?: pulumi.Input<string>;
  /** User to log in as; together with `password`. When omitted, nobody logs in. */
  username?: pulumi.Input<string>;
  /** Password of the user. A secret. */
  password?: pulumi.Input<string>;
}

/** How the cluster signs the tokens of its service accounts, where a cloud is to trust them. */
export interface ServiceAccountIssuerArgs {
  /** URL at which the public key is published, such as `url` of a WorkloadIssuer: the issuer that new tokens name. */
  url: pulumi.Input<string>;
  /** Private key that signs them, as PEM text: RSA or elliptic curve. A secret. The same on all servers. */
  signingKeyPem: pulumi.Input<string>;
}

/** Copies of the cluster's state that each server keeps on its disk. */
export interface EtcdSnapshotsArgs {
  /** When one is taken, as a cron schedule of five fields in the machine's time. Defaults to every six hours. */
  schedule?: string;
  /** How many are kept, 1 to 1000. Defaults to 28: a week. */
  keep?: number;
}

/** Arguments of GpuCluster. */
export interface GpuClusterArgs {
  /** Cluster to adopt. Nothing is created then, and no other argument may be given. */
  existing?: pulumi.Input<ClusterBinding>;
  /**
   * Machines that run the Kubernetes API and its database, and workloads besides: one, or an odd number from three.
   * The first starts the cluster and is the one that the others join; the order of the rest means nothing.
   */
  servers?: EdgeMachineArgs[];
  /** Machines that run workloads only. Their order means nothing. Defaults to none. */
  agents?: EdgeMachineArgs[];
  /** Kinds of machines with accelerators; a machine names its pool. Their order means nothing. Defaults to none. */
  pools?: GpuPoolArgs[];
  /** Who shares the pools, each with a namespace, a queue and a quota. Defaults to nobody: no queues. */
  teams?: TeamArgs[];
  /** Parts of the runtime that are installed, where not all of them should be. */
  install?: InstallArgs;

  /** Private key for SSH, as PEM text. A secret. When omitted, the keys of the SSH agent of whoever runs Pulumi. */
  privateKey?: pulumi.Input<string>;
  /** Machine through which the others are reached. When omitted, they are reached directly. */
  bastion?: EdgeBastionArgs;
  /** Accepts machines whose host key is not given; whoever is between can then read the join token. Defaults to false. */
  allowUnknownHostKeys?: boolean;

  /**
   * Fixed address in front of the servers, such as a virtual IP or a DNS name of a load balancer for port 6443: machines
   * join by it and the kubeconfig holds it. Defaults to the first server's.
   */
  apiAddress?: pulumi.Input<string>;
  /** Further names and addresses that the certificate of the API is valid for. */
  tlsSans?: pulumi.Input<string>[];
  /** Kubernetes version such as "1.36", or a release of k3s such as "v1.36.2+k3s1". Defaults to 1.36. */
  kubernetesVersion?: string;
  /**
   * Directory with the files of a k3s release, for machines without the internet; the README lists them. When omitted,
   * each machine downloads them from get.k3s.io and GitHub.
   */
  bundlePath?: string;
  /** Registries to take images, charts and packages from, where the machines cannot reach the public ones. */
  mirror?: Mirror;
  /** How the machines are let into the registry that `mirror.images` names. */
  registry?: EdgeRegistryArgs;

  /**
   * How the cluster signs the tokens of its service accounts, where a cloud is to trust them. Tokens that the cluster signed
   * before stay valid. When omitted, with a key of its own that nobody else knows.
   */
  serviceAccountIssuer?: ServiceAccountIssuerArgs;

  /** Whether traffic between pods on different machines is encrypted, with WireGuard. Defaults to true. */
  encryptPodTraffic?: boolean;
  /** Namespaces in which pods may do what the Pod Security Standard "restricted" forbids. kube-system always is one. */
  podSecurityExemptions?: string[];
  /** Copies of the cluster's state that each server keeps on its disk. */
  etcdSnapshots?: EtcdSnapshotsArgs;
  /**
   * Storage class for volumes that the cluster has. When omitted, "aistack-local" is created: directories on the machine's
   * disk, by the provisioner that k3s brings.
   */
  storageClass?: string;
  /**
   * Keeps the servers from being removed, and with them all state of the cluster. To remove or replace one, set false,
   * run `up`, then remove it. Defaults to true.
   */
  deletionProtection?: boolean;
}

import * as pulumi from "@pulumi/pulumi";
import type { TaintArgs } from "aistack-core";
import type { ClusterPlan } from "./checks";
import * as defaults from "./defaults";
import { apiServerArguments, controllerManagerArguments, issuerArguments, kubeletArguments } from "./hardening";
import type { MachinePlan } from "./machines";
import { yaml } from "./yaml";

/** Where a machine joins the cluster; the first server has none. */
export type JoinAddress = pulumi.Output<string> | undefined;

/** The settings of k3s on a machine, /etc/rancher/k3s/config.yaml. Keys are the flags of https://docs.k3s.io/cli/server. */
export function k3sConfig(plan: ClusterPlan, machine: MachinePlan, join: JoinAddress): pulumi.Output<string> {
  const { address, internalAddress } = machine;
  return pulumi
    .all([address, internalAddress, plan.apiAddress, plan.tlsSans, join, plan.serviceAccountIssuer?.url])
    .apply(([own, internal, api, further, server, issuer]) =>
      yaml({
        "node-name": machine.name,
        ...(server && { server: `https://${server}:${defaults.apiPort}` }),
        "token-file": defaults.paths.token,
        ...(internal && { "node-ip": internal }),
        ...(machine.role === "server" && serverSettings(plan, [own, internal, api, ...further], issuer)),
        "protect-kernel-defaults": true,
        "kubelet-arg": kubeletArguments,
        // Where images come from a mirror or are on the disk, nothing is ever asked of a public registry.
        ...((plan.mirror?.images || plan.bundlePath) && { "disable-default-registry-endpoint": true }),
        // k3s finds NVIDIA's runtime by itself; as the default, pods need not ask for the runtime class.
        ...(machine.gpu && { "default-runtime": "nvidia" }),
        "node-label": Object.entries(machine.labels)
          .map(([key, value]) => `${key}=${value}`)
          .sort(),
        "node-taint": machine.taints.map(taintText).sort(),
      }),
    );
}

function serverSettings(plan: ClusterPlan, names: (string | undefined)[], issuer: string | undefined): object {
  const { paths } = defaults;
  return {
    "agent-token-file": paths.agentToken,
    "tls-san": [...new Set(names.filter((name) => name !== undefined))],
    "write-kubeconfig-mode": "0600",
    "secrets-encryption": true,
    disable: defaults.disabledComponents,
    "flannel-backend": plan.encryptPodTraffic ? "wireguard-native" : "vxlan",
    "etcd-snapshot-schedule-cron": plan.etcdSnapshots.schedule,
    "etcd-snapshot-retention": plan.etcdSnapshots.keep,
    "etcd-snapshot-compress": true,
    "kube-apiserver-arg": [
      ...apiServerArguments(paths),
      ...(issuer === undefined ? [] : issuerArguments(issuer, paths.signingKey)),
    ],
    "kube-controller-manager-arg": controllerManagerArguments,
  };
}

/** A taint as kubectl and k3s write it. */
export function taintText({
  key,
  value = "true",
  effect = "NoSchedule",
}: Omit<TaintArgs, "effect"> & { effect?: string }) {
  return `${key}=${value}:${effect}`;
}

/**
 * Where containerd takes images from, /etc/rancher/k3s/registries.yaml; empty without a mirror. Each public registry is
 * found in the mirror under its own name, as `mirroredImage` of aistack-core names images.
 */
export function registriesConfig({ mirror, registry }: ClusterPlan): pulumi.Output<string> {
  if (!mirror?.images) return pulumi.output("");
  const [host = "", ...folders] = mirror.images.replace(/\/+$/, "").split("/");
  const prefix = [...folders, ""].join("/");
  return pulumi
    .all([registry.username, registry.password, registry.caCertificate])
    .apply(([username, password, certificate]) =>
      yaml({
        mirrors: Object.fromEntries(
          defaults.publicRegistries.map((name) => [
            name,
            { endpoint: [`https://${host}`], rewrite: { "^(.*)$": `${prefix}${name}/$1` } },
          ]),
        ),
        ...((username || certificate) && {
          configs: {
            [host]: {
              ...(username && { auth: { username, password } }),
              ...(certificate && { tls: { ca_file: defaults.paths.registryCertificate } }),
            },
          },
        }),
      }),
    );
}

import * as pulumi from "@pulumi/pulumi";
import { Accelerator, Platform } from "aistack-core";
import { GpuCluster } from "aistack-kubernetes";

const config = new pulumi.Config();
const nodes = config.requireNumber("nodes");

const cluster = new GpuCluster("gpus", {
  cluster: pulumi.output({
    name: "existing",
    platform: Platform.Kubernetes,
    // Left out, it is the current context of this machine.
    kubeconfig: config.getSecret("kubeconfig"),
  }),
  pools: [{ name: "h100", accelerator: Accelerator.NvidiaH100, perNode: 8, maxNodes: nodes }],
  teams: [
    { name: "vision", quota: [{ pool: "h100", count: 5 * nodes }], groups: ["vision"] },
    { name: "speech", quota: [{ pool: "h100", count: 3 * nodes }], groups: ["speech"], priority: 200 },
  ],
  // A cluster that has cert-manager already says so here: `certManager: false`.
  install: { certManager: config.getBoolean("installCertManager") ?? true },
});

/** Where each team works, and the labels that its workloads carry. */
export const teams = cluster.teams;

import * as pulumi from "@pulumi/pulumi";
import { Accelerator } from "aistack-core";
import { type EdgeMachineArgs, GpuCluster } from "aistack-edge";

const config = new pulumi.Config();
const server = config.requireObject<EdgeMachineArgs>("server");
const gpuMachine = config.requireObject<EdgeMachineArgs>("gpuMachine");
if (`${server.address}`.startsWith("192.0.2."))
  pulumi.log.warn("Before `pulumi up`, replace the machines in Pulumi.dev.yaml by yours.");

const cluster = new GpuCluster("plant", {
  servers: [server],
  agents: [{ ...gpuMachine, pool: "inference" }],
  pools: [{ name: "inference", accelerator: Accelerator.NvidiaL4 }],
  // Left out, the keys of your SSH agent are used.
  privateKey: config.getSecret("privateKey"),
  // An example is there to be destroyed again.
  deletionProtection: false,
});

/** Kubeconfig for kubectl: `pulumi stack output kubeconfig --show-secrets > kubeconfig.yaml`. */
export const kubeconfig = cluster.binding.kubeconfig;

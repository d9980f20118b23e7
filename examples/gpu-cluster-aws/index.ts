import * as pulumi from "@pulumi/pulumi";
import { GpuCluster } from "aistack-aws";
import { Accelerator } from "aistack-core";

const config = new pulumi.Config();

const cluster = new GpuCluster("train", {
  pools: [{ accelerator: Accelerator.NvidiaL4 }],
  apiAccessCidrs: config.requireObject<string[]>("apiAccessCidrs"),
  // An example is there to be destroyed again.
  deletionProtection: false,
});

/** Kubeconfig for kubectl: `pulumi stack output kubeconfig > kubeconfig.json`. */
export const kubeconfig = cluster.binding.kubeconfig;

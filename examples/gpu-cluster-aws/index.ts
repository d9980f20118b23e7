import * as pulumi from "@pulumi/pulumi";
import { GpuCluster } from "aistack-aws";
import { Accelerator } from "aistack-core";

const apiAccessCidrs = new pulumi.Config().requireObject<string[]>("apiAccessCidrs");
if (apiAccessCidrs.includes("203.0.113.0/24"))
  pulumi.log.warn("Before `pulumi up`, replace the range in apiAccessCidrs with the one that you run from.");

const cluster = new GpuCluster("train", {
  pools: [{ accelerator: Accelerator.NvidiaL4 }],
  apiAccessCidrs,
  // An example is there to be destroyed again.
  deletionProtection: false,
});

/** Kubeconfig for kubectl: `pulumi stack output kubeconfig > kubeconfig.json`. */
export const kubeconfig = cluster.binding.kubeconfig;

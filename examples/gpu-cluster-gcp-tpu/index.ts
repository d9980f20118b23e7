import * as pulumi from "@pulumi/pulumi";
import { Accelerator, Capacity } from "aistack-core";
import { GpuCluster } from "aistack-gcp";

const config = new pulumi.Config();
const apiAccessCidrs = config.requireObject<string[]>("apiAccessCidrs");
if (apiAccessCidrs.includes("203.0.113.0/24"))
  pulumi.log.warn("Before `pulumi up`, replace the range in apiAccessCidrs with the one that you run from.");
const zones = [config.require("zone")];

const cluster = new GpuCluster("train", {
  pools: [
    // Two slices of 16 chips on four nodes each. A slice comes as a whole when a job asks for it, and goes as a whole.
    {
      name: "slices",
      accelerator: Accelerator.GoogleTpuV6e,
      topology: "4x4",
      maxNodes: 8,
      capacity: Capacity.Spot,
      zones,
    },
    // Single machines with eight chips, for what fits on one; obtained when Google has them, for a day at most.
    {
      name: "queued",
      accelerator: Accelerator.GoogleTpuV6e,
      topology: "2x4",
      maxNodes: 4,
      capacity: Capacity.FlexStart,
      maxRunHours: 24,
      zones,
    },
  ],
  teams: [
    { name: "research", quota: [{ pool: "slices", count: 32 }] },
    { name: "evaluation", quota: [{ pool: "queued", count: 32 }], priority: 50 },
  ],
  apiAccessCidrs,
  // An example is there to be destroyed again.
  deletionProtection: false,
});

/** Kubeconfig for kubectl: `pulumi stack output kubeconfig > kubeconfig.json`. */
export const kubeconfig = cluster.binding.kubeconfig;
/** Namespace and queue of each team. */
export const teams = cluster.teams;

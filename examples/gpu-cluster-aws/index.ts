import * as pulumi from "@pulumi/pulumi";
import { GpuCluster } from "aistack-aws";
import { Accelerator, Capacity, type GpuPoolArgs, Interconnect } from "aistack-core";

const config = new pulumi.Config();
const apiAccessCidrs = config.requireObject<string[]>("apiAccessCidrs");
if (apiAccessCidrs.includes("203.0.113.0/24"))
  pulumi.log.warn("Before `pulumi up`, replace the range in apiAccessCidrs with the one that you run from.");

// Both start at no node and cost nothing until a pod asks for a GPU.
const pools: GpuPoolArgs[] = [
  { accelerator: Accelerator.NvidiaL4, name: "inference", maxNodes: 2 },
  { accelerator: Accelerator.NvidiaL4, name: "batch", capacity: Capacity.Spot, maxNodes: 4, maxRunHours: 72 },
];

// A reservation of machines for training: two always run, with EFA between them.
const reservationId = config.get("reservationId");
if (reservationId)
  pools.push({
    accelerator: Accelerator.NvidiaH100,
    name: "training",
    perNode: 8,
    minNodes: 2,
    capacity: Capacity.Reserved,
    reservationId,
    zones: [config.require("reservationZone")],
    interconnect: Interconnect.HighBandwidth,
  });

const cluster = new GpuCluster("train", {
  pools,
  teams: [
    { name: "research", quota: [{ pool: "batch", count: 3 }] },
    { name: "product", quota: [{ pool: "inference", count: 2 }], priority: 200 },
  ],
  apiAccessCidrs,
  // An example is there to be destroyed again.
  deletionProtection: false,
});

/** Kubeconfig for kubectl: `pulumi stack output kubeconfig > kubeconfig.json`. */
export const kubeconfig = cluster.binding.kubeconfig;
/** Namespace and queue of each team. */
export const teams = cluster.teams;

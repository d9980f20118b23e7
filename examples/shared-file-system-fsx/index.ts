import * as pulumi from "@pulumi/pulumi";
import { GpuCluster, ObjectStore, SharedFileSystem } from "aistack-aws";
import { Accelerator, bindingField, type NetworkBinding } from "aistack-core";
import { InferenceService } from "aistack-kubernetes";

const config = new pulumi.Config();
const apiAccessCidrs = config.requireObject<string[]>("apiAccessCidrs");
if (apiAccessCidrs.includes("203.0.113.0/24"))
  pulumi.log.warn("Before `pulumi up`, replace the range in apiAccessCidrs with the one that you run from.");

const accelerator = Accelerator.NvidiaL4;
const cluster = new GpuCluster("train", {
  pools: [{ accelerator, maxNodes: 2 }],
  lustre: true,
  apiAccessCidrs,
  // An example is there to be destroyed again.
  deletionProtection: false,
});

// What is in the bucket is in /mnt/files/lake, fetched when it is read first; what is written there goes to the bucket.
const lake = new ObjectStore("lake");
const files = new SharedFileSystem("files", {
  cluster: cluster.binding,
  network: cluster.network as pulumi.Output<NetworkBinding>,
  lake: { store: lake.binding, exportChanges: true },
});

// Each server reads the model from the files: nothing is downloaded when one more starts.
const model = new InferenceService("model", {
  cluster: cluster.binding,
  namespace: files.namespace,
  uses: [files.binding],
  accelerator,
  model: `/mnt/files/lake/${config.require("model")}`,
});

/** Bucket to put models and data into. */
export const bucket = bindingField(lake.binding, "bucket");
/** Where workloads on the cluster reach the model. */
export const endpoint = bindingField(model.binding, "endpoint");

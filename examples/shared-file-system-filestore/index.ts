import * as pulumi from "@pulumi/pulumi";
import { Accelerator, bindingField, type NetworkBinding } from "aistack-core";
import { GpuCluster, SharedFileSystem } from "aistack-gcp";
import { InferenceService } from "aistack-kubernetes";

const config = new pulumi.Config();
const apiAccessCidrs = config.requireObject<string[]>("apiAccessCidrs");
if (apiAccessCidrs.includes("203.0.113.0/24"))
  pulumi.log.warn("Before `pulumi up`, replace the range in apiAccessCidrs with the one that you run from.");
const zone = config.require("zone");

const accelerator = Accelerator.NvidiaL4;
const cluster = new GpuCluster("train", {
  pools: [{ accelerator, maxNodes: 2, zones: [zone] }],
  apiAccessCidrs,
  // An example is there to be destroyed again.
  deletionProtection: false,
});

const files = new SharedFileSystem("files", {
  cluster: cluster.binding,
  network: cluster.network as pulumi.Output<NetworkBinding>,
  zone,
  deletionProtection: false,
});

// Each server reads the model from the files: nothing is downloaded when one more starts.
const model = new InferenceService("model", {
  cluster: cluster.binding,
  namespace: files.namespace,
  uses: [files.binding],
  accelerator,
  model: `/mnt/files/${config.require("model")}`,
});

/** Claim to mount in a pod that puts models and data into the files. */
export const claims = bindingField(files.binding, "volumes");
/** Where workloads on the cluster reach the model. */
export const endpoint = bindingField(model.binding, "endpoint");

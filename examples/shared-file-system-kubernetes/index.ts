import * as pulumi from "@pulumi/pulumi";
import { Accelerator, bindingField, type FileBackupArgs, Platform } from "aistack-core";
import { InferenceService, SharedFileSystem } from "aistack-kubernetes";

const config = new pulumi.Config();

const cluster = pulumi.output({
  name: "existing",
  platform: Platform.Kubernetes,
  // Left out, it is the current context of this machine.
  kubeconfig: config.getSecret("kubeconfig"),
});

const files = new SharedFileSystem("files", {
  cluster,
  disks: config.require("disks"),
  capacityGiB: 2000,
  backup: copies(config.get("copies")),
  alerts: config.getBoolean("alerts"),
});

// Each server reads the model from the files: nothing is downloaded when one more starts.
const model = new InferenceService("model", {
  cluster,
  namespace: files.namespace,
  uses: [files.binding],
  accelerator: Accelerator.NvidiaL4,
  model: `/mnt/files/${config.require("model")}`,
});

/** Where workloads on the cluster reach the model. */
export const endpoint = bindingField(model.binding, "endpoint");

/** A bucket of your own that takes a copy every day, if there is one. */
function copies(bucket: string | undefined): FileBackupArgs | undefined {
  if (bucket === undefined) return undefined;
  const store = {
    kind: "object-store",
    name: "copies",
    platform: Platform.Edge,
    bucket,
    url: `s3://${bucket}`,
    endpoint: config.require("copiesEndpoint"),
    credentials: {
      AWS_ACCESS_KEY_ID: config.requireSecret("copiesKeyId"),
      AWS_SECRET_ACCESS_KEY: config.requireSecret("copiesKey"),
    },
    egress: [{ port: 443 }],
    access: { read: [], write: [] },
  };
  return { store: pulumi.output(store) };
}

import * as pulumi from "@pulumi/pulumi";
import { AccessGrant, ObjectStore, WorkloadIssuer } from "aistack-aws";
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
  backup: copies(config.get("signingPublicKey")),
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

/** A bucket on AWS that takes a copy every day, where AWS is told by which key it knows the cluster's service accounts. */
function copies(signingPublicKeyPem: string | undefined): FileBackupArgs | undefined {
  if (signingPublicKeyPem === undefined) return undefined;
  const store = new ObjectStore("copies", { oldVersionDays: 90 }).binding;
  const grant = new AccessGrant("files-copies", {
    cluster,
    issuer: new WorkloadIssuer("cluster", { signingPublicKeyPem }).binding,
    identity: { namespace: "files", serviceAccount: "files-backup" },
    access: store.access.apply(({ read, write }) => [...read, ...write]),
  });
  return { store, uses: [grant.binding] };
}

import * as pulumi from "@pulumi/pulumi";
import { bindingField, Contradiction, type ObjectStoreBinding, Platform, Regulation } from "aistack-core";
import { AuditLogBucket } from "aistack-kubernetes";

const config = new pulumi.Config();

const cluster = pulumi.output({
  name: "existing",
  platform: Platform.Kubernetes,
  // Left out, it is the current context of this machine.
  kubeconfig: config.getSecret("kubeconfig"),
});

// A bucket in another place, with an access key that may write to it: see the README.
const copy = config.getSecretObject<ObjectStoreBinding>("replica");

const audit = new AuditLogBucket("audit", {
  cluster,
  replicas: config.getNumber("replicas"),
  compliance: Object.values(Regulation),
  resolutions: {
    [Contradiction.RetentionAgainstErasure]:
      "Records hold pseudonyms; erasing the table that resolves them meets a request.",
    [Contradiction.RetentionAgainstStorageLimitation]:
      "Six years are what HIPAA asks for; older records are deleted nightly.",
    [Contradiction.RecordingAgainstErasure]:
      "Events carry a case number, which leads to the person for those entitled to know.",
    [Contradiction.ReplicaAgainstResidency]:
      "The copy lies in a second data centre of the same country, as the contract says.",
  },
  replica: copy && { store: copy },
  // Their definitions come with the Prometheus operator.
  alerts: config.getBoolean("alerts") ? {} : undefined,
});

/** Where workloads on the cluster add records. */
export const endpoint = bindingField(audit.binding, "endpoint");
/** Name of the bucket. */
export const bucket = bindingField(audit.binding, "bucket");

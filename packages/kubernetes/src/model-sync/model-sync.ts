import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { after, bindingField, onCluster, type WorkloadIdentity } from "aistack-core";
import { cachePath } from "../inference-service/defaults";
import { selectorLabels, standardLabels } from "../workload/labels";
import { WorkloadNamespace } from "../workload/namespace";
import { dnsEgress } from "../workload/network-policy";
import { usesOf } from "../workload/uses";
import type { ModelSyncArgs } from "./args";
import { syncPod } from "./pod";
import { checkedSettings, type SyncSettings } from "./settings";

const type = "aistack-kubernetes:index:ModelSync";

/**
 * Carries models from a bucket to a volume of a cluster, at once and then on a schedule. The cluster goes on serving what it
 * has while the link is down. The volume and the namespace outlive the component.
 */
export class ModelSync extends pulumi.ComponentResource {
  /** Claim of the volume, for `modelCache.existingClaim` of InferenceService. Known once models are there. */
  public readonly claimName: pulumi.Output<string>;
  /** Namespace of the claim: whoever mounts it must be in there. */
  public readonly namespace: pulumi.Output<string>;
  /** Folder in which an InferenceService finds what the bucket holds: `/models/current`. Known once models are there. */
  public readonly path: pulumi.Output<string>;
  /**
   * Service account that the pods run as: the component's name, in its namespace. Grant it access to the bucket first, and
   * give the binding of the grant to `uses`.
   */
  public readonly identity: pulumi.Output<WorkloadIdentity>;

  constructor(name: string, args: ModelSyncArgs, opts: pulumi.ComponentResourceOptions = {}) {
    const settings = checkedSettings(type, name, args);
    super(type, name, args, opts);
    const child = onCluster(this, name, args.cluster, opts);
    const component = { parent: this, provider: child.provider };

    // Kept with the claim in it.
    const namespace =
      settings.namespace ??
      new WorkloadNamespace(name, { cluster: args.cluster }, { ...component, retainOnDelete: true }).namespace;
    const uses = usesOf([args.source, ...(args.uses ?? [])], namespace);
    const labels = standardLabels(name, "model-sync", "sync");
    const metadata = { name, namespace, labels };

    const account = new kubernetes.core.v1.ServiceAccount(
      `${name}-account`,
      { metadata, automountServiceAccountToken: false },
      child,
    );
    const credentials = new kubernetes.core.v1.Secret(
      `${name}-credentials`,
      { metadata: { ...metadata, name: `${name}-credentials` }, stringData: uses.credentials },
      child,
    );
    const claim = modelsClaim(`${name}-models`, args, settings, metadata, child);
    const policy = new kubernetes.networking.v1.NetworkPolicy(
      `${name}-network`,
      {
        metadata,
        spec: {
          podSelector: { matchLabels: selectorLabels(name, "sync") },
          policyTypes: ["Ingress", "Egress"],
          egress: uses.egress.apply((used) => [dnsEgress, ...used]),
        },
      },
      child,
    );

    const job = {
      backoffLimit: 3,
      activeDeadlineSeconds: settings.timeoutHours * 3600,
      template: syncPod(args, settings, uses, {
        labels,
        serviceAccount: account.metadata.name,
        credentials: credentials.metadata.name,
        claim: claim.metadata.name,
      }),
    };
    // So that the first `up` ends with models, or says why not. The schedule does not wait for it: it tries again.
    const first = new kubernetes.batch.v1.Job(
      `${name}-first`,
      { metadata: { ...metadata, name: `${name}-first` }, spec: job },
      {
        ...child,
        dependsOn: [policy],
        deleteBeforeReplace: true,
        customTimeouts: { create: `${settings.timeoutHours * 60 + 10}m` },
      },
    );
    new kubernetes.batch.v1.CronJob(
      `${name}-schedule`,
      {
        metadata,
        spec: {
          schedule: settings.schedule,
          timeZone: "Etc/UTC",
          concurrencyPolicy: "Forbid",
          // Of the runs that were missed while the cluster was off, one is made up for.
          startingDeadlineSeconds: 3600,
          successfulJobsHistoryLimit: 1,
          failedJobsHistoryLimit: 3,
          jobTemplate: { metadata: { labels }, spec: job },
        },
      },
      { ...child, dependsOn: [policy] },
    );

    this.claimName = after(claim.metadata.name, first);
    this.path = after(`${cachePath}/current`, first);
    this.namespace = pulumi.output(namespace);
    this.identity = pulumi.output({ namespace, serviceAccount: account.metadata.name });
    this.registerOutputs({
      claimName: this.claimName,
      namespace: this.namespace,
      path: this.path,
      identity: this.identity,
    });
  }
}

/** The volume. It outlives the component: what took days to arrive is not deleted with it. */
function modelsClaim(
  name: string,
  { cluster, volume }: ModelSyncArgs,
  settings: SyncSettings,
  metadata: kubernetes.types.input.meta.v1.ObjectMeta,
  child: pulumi.CustomResourceOptions,
): kubernetes.core.v1.PersistentVolumeClaim {
  return new kubernetes.core.v1.PersistentVolumeClaim(
    name,
    {
      // The class may wait for a first consumer, which cannot start before this claim is there.
      metadata: { ...metadata, annotations: { "pulumi.com/skipAwait": "true" } },
      spec: {
        accessModes: [settings.shared ? "ReadWriteMany" : "ReadWriteOnce"],
        storageClassName: pulumi
          .all([volume?.storageClass, bindingField(cluster, "storageClass")])
          .apply(([own, ofCluster]) => (own ?? ofCluster) as string),
        resources: { requests: { storage: pulumi.interpolate`${settings.sizeGiB}Gi` } },
      },
    },
    { ...child, retainOnDelete: true },
  );
}

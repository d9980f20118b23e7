import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { bindingField, type ClusterBinding, imagePin, type WorkloadIdentity } from "aistack-core";
import { selectorLabels, standardLabels } from "../workload/labels";
import { dnsEgress } from "../workload/network-policy";
import { restrictedContainer, restrictedPod } from "../workload/security";
import { type Uses, usesOf } from "../workload/uses";
import * as defaults from "./defaults";
import { copyFiles } from "./script";
import type { BackupSettings } from "./settings";

/** What copies of a claim's files are made from. */
export interface FileBackupSpec extends BackupSettings {
  cluster: pulumi.Input<ClusterBinding>;
  namespace: pulumi.Output<string>;
  claim: pulumi.Output<string>;
}

/** Copies of a claim's files in a bucket, made every day, and a job that brings them back, run by hand. */
export class FileBackup extends pulumi.ComponentResource {
  /** Service account that copies, to be granted access to the bucket. */
  readonly identity: pulumi.Output<WorkloadIdentity>;

  constructor(name: string, spec: FileBackupSpec, opts: pulumi.ComponentResourceOptions) {
    super("aistack-kubernetes:shared-file-system:FileBackup", name, {}, opts);
    const child = { parent: this };
    const { namespace, store } = spec;
    const uses = usesOf([store, ...spec.uses], namespace);
    const metadata = { name, namespace, labels: standardLabels(name, "aws-cli", "backup") };

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
    const policy = new kubernetes.networking.v1.NetworkPolicy(
      `${name}-network`,
      {
        metadata,
        spec: {
          podSelector: { matchLabels: selectorLabels(name, "backup") },
          policyTypes: ["Ingress", "Egress"],
          egress: uses.egress.apply((used) => [dnsEgress, ...used]),
        },
      },
      child,
    );
    // Through the platform, so that nothing runs for a bucket that does not speak S3.
    const bucket = pulumi
      .all([bindingField(store, "url"), spec.platform, namespace, spec.claim])
      .apply(([url, , own, claim]) => `${url}/${own}/${claim}`);
    const pod = (from: pulumi.Input<string>, to: pulumi.Input<string>, readOnly: boolean) =>
      podOf(spec, uses, {
        labels: metadata.labels,
        from,
        to,
        readOnly,
        serviceAccount: account.metadata.name,
        credentials: credentials.metadata.name,
      });
    const cron = (
      role: string,
      suspend: boolean,
      schedule: string,
      template: kubernetes.types.input.core.v1.PodTemplateSpec,
    ) =>
      new kubernetes.batch.v1.CronJob(
        `${name}-${role}`,
        {
          metadata: { ...metadata, name: role === "schedule" ? name : `${name}-${role}` },
          spec: {
            schedule,
            timeZone: "Etc/UTC",
            suspend,
            concurrencyPolicy: "Forbid",
            startingDeadlineSeconds: 3600,
            successfulJobsHistoryLimit: 1,
            failedJobsHistoryLimit: 3,
            jobTemplate: {
              metadata: { labels: metadata.labels },
              spec: { backoffLimit: 3, activeDeadlineSeconds: defaults.backupHours * 3600, template },
            },
          },
        },
        { ...child, dependsOn: [policy] },
      );
    cron("schedule", false, `0 ${spec.hourUtc} * * *`, pod(defaults.filesPath, bucket, true));
    // Never by itself: `kubectl create job --from=cronjob/<name>-restore <job>` starts it.
    cron("restore", true, "0 0 1 1 *", pod(bucket, defaults.filesPath, false));

    this.identity = pulumi.output({ namespace, serviceAccount: account.metadata.name });
    this.registerOutputs({});
  }
}

interface PodParts {
  labels: { [label: string]: string };
  from: pulumi.Input<string>;
  to: pulumi.Input<string>;
  readOnly: boolean;
  serviceAccount: pulumi.Output<string>;
  credentials: pulumi.Output<string>;
}

function podOf(
  { cluster, store, claim }: FileBackupSpec,
  uses: Uses,
  { labels, from, to, readOnly, serviceAccount, credentials }: PodParts,
): kubernetes.types.input.core.v1.PodTemplateSpec {
  const mounts = [
    { name: "files", mountPath: defaults.filesPath, ...(readOnly && { readOnly }) },
    { name: "tmp", mountPath: "/tmp" },
  ];
  const volumes = [
    { name: "files", persistentVolumeClaim: { claimName: claim } },
    { name: "tmp", emptyDir: { sizeLimit: "100Mi" } },
  ];
  return {
    metadata: { labels: uses.podLabels.apply((clients) => ({ ...labels, ...clients })) },
    spec: {
      restartPolicy: "OnFailure",
      serviceAccountName: serviceAccount,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: restrictedPod,
      containers: [
        {
          name: "copy",
          image: bindingField(cluster, "mirror").apply((mirror) => imagePin("aws-cli", mirror)),
          command: ["/bin/bash", "-c", copyFiles],
          env: pulumi
            .all([from, to, bindingField(store, "region"), bindingField(store, "endpoint"), uses.environment])
            .apply(([source, target, region, endpoint, used]) =>
              Object.entries({
                HOME: "/tmp",
                // Credentials come from what is used, never from the machine that the pod happens to run on.
                AWS_EC2_METADATA_DISABLED: "true",
                ...used,
                FROM: source,
                TO: target,
                REGION: region ?? "",
                ...(endpoint && { AWS_ENDPOINT_URL_S3: endpoint }),
              }).map(([key, value]) => ({ name: key, value })),
            ),
          envFrom: [{ secretRef: { name: credentials } }],
          resources: defaults.backupResources,
          securityContext: restrictedContainer,
          volumeMounts: uses.mounts.apply((used) => [...mounts, ...used]),
        },
      ],
      volumes: uses.volumes.apply((used) => [...volumes, ...used]),
    },
  };
}

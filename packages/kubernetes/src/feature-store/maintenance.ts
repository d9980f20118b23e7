import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { bindingField, type ClusterBinding, imagePin, type MaterialisationSettings, onCluster } from "aistack-core";
import { selectorLabels, standardLabels } from "../workload/labels";
import { dnsEgress } from "../workload/network-policy";
import { restrictedContainer, restrictedPod } from "../workload/security";
import { backupScript, materialiseScript, passwordVariables } from "./configuration";
import { feastUser, ports, repositoryPath, tlsPath } from "./defaults";
import { type FeastParts, feastPod } from "./feast-pod";
import { feastEgress } from "./servers";
import type { FeatureStoreSettings } from "./settings";
import { claimSpec, storeClientLabel, tlsVolume } from "./store";

interface FeastMaintenanceArgs extends FeatureStoreSettings {
  cluster: pulumi.Input<ClusterBinding>;
  namespace: pulumi.Input<string>;
  parts: FeastParts;
  filesHash: pulumi.Output<string>;
  postgresHost: pulumi.Input<string>;
}

/** What is done to the stores: definitions are applied, values are copied, PostgreSQL is backed up. */
export class FeastMaintenance extends pulumi.ComponentResource {
  /** Namespace, known once the definitions are applied. */
  public readonly namespace: pulumi.Output<string>;

  constructor(name: string, args: FeastMaintenanceArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-kubernetes:feature-store:FeastMaintenance", name, {}, opts);
    const child = onCluster(this, name, args.cluster, opts);
    const policy = new kubernetes.networking.v1.NetworkPolicy(
      `${name}-maintenance-network`,
      {
        metadata: { ...metadataOf(name, args), name: `${name}-maintenance` },
        spec: {
          podSelector: { matchLabels: selectorLabels(name, "maintenance") },
          policyTypes: ["Ingress", "Egress"],
          egress: feastEgress(name, args),
        },
      },
      child,
    );
    const guarded = { ...child, dependsOn: [policy] };
    const applied = args.parts.hasDefinitions ? applyJob(name, args, guarded) : undefined;
    if (args.materialisation)
      materialiseJob(name, args, args.materialisation, { ...child, dependsOn: applied ? [applied] : [policy] });
    backupJob(name, args, child);
    this.namespace = pulumi.all([args.namespace, applied?.metadata.name]).apply(([namespace]) => namespace as string);
    this.registerOutputs();
  }
}

function metadataOf(name: string, args: FeastMaintenanceArgs) {
  return { namespace: args.namespace, labels: standardLabels(name, "feast", "maintenance") };
}

const resources = { requests: { cpu: "500m", memory: "2Gi" }, limits: { memory: "4Gi" } };

function template(
  name: string,
  args: FeastMaintenanceArgs,
  container: Pick<kubernetes.types.input.core.v1.Container, "command">,
) {
  const { labels } = metadataOf(name, args);
  return {
    metadata: {
      labels: args.parts.uses.podLabels.apply((used) => ({ ...labels, ...used, ...storeClientLabel(name) })),
      annotations: { "aistack.dev/files-hash": args.filesHash },
    },
    spec: feastPod(args.parts, { name: "feast", resources, ...container }, { restartPolicy: "Never" }),
  };
}

function applyJob(
  name: string,
  args: FeastMaintenanceArgs,
  opts: pulumi.CustomResourceOptions,
): kubernetes.batch.v1.Job {
  return new kubernetes.batch.v1.Job(
    `${name}-apply`,
    {
      metadata: { ...metadataOf(name, args), name: `${name}-apply` },
      spec: {
        backoffLimit: 3,
        activeDeadlineSeconds: 900,
        template: template(name, args, {
          command: ["feast", "--chdir", repositoryPath, "apply", "--no-progress", "--skip-source-validation"],
        }),
      },
    },
    { ...opts, customTimeouts: { create: "20m", update: "20m" } },
  );
}

function materialiseJob(
  name: string,
  args: FeastMaintenanceArgs,
  settings: MaterialisationSettings,
  opts: pulumi.CustomResourceOptions,
): void {
  new kubernetes.batch.v1.CronJob(
    `${name}-materialise`,
    {
      metadata: { ...metadataOf(name, args), name: `${name}-materialise` },
      spec: {
        ...schedule(settings.schedule),
        jobTemplate: {
          spec: {
            backoffLimit: 2,
            activeDeadlineSeconds: settings.timeoutSeconds,
            template: template(name, args, {
              command: ["/bin/bash", "-c", materialiseScript(settings.lookbackDays)],
            }),
          },
        },
      },
    },
    opts,
  );
}

/** Every hour of every zone comes once in UTC. A job that is still at work is not joined by a second one. */
function schedule(cron: pulumi.Input<string>) {
  return {
    schedule: cron,
    timeZone: "Etc/UTC",
    concurrencyPolicy: "Forbid",
    startingDeadlineSeconds: 3600,
    successfulJobsHistoryLimit: 1,
    failedJobsHistoryLimit: 3,
  };
}

const backupsPath = "/backups";

function backupJob(name: string, args: FeastMaintenanceArgs, child: pulumi.CustomResourceOptions): void {
  const labels = standardLabels(name, "postgres", "backup");
  const metadata = { name: `${name}-backup`, namespace: args.namespace, labels };
  const disk = new kubernetes.core.v1.PersistentVolumeClaim(
    `${name}-backups`,
    {
      // The class may wait for a first consumer, which comes at night.
      metadata: { ...metadata, name: `${name}-backups`, annotations: { "pulumi.com/skipAwait": "true" } },
      spec: claimSpec(args, args.backup.diskSizeGiB),
    },
    { ...child, retainOnDelete: true },
  );
  const policy = new kubernetes.networking.v1.NetworkPolicy(
    `${name}-backup-network`,
    {
      metadata,
      spec: {
        podSelector: { matchLabels: selectorLabels(name, "backup") },
        policyTypes: ["Ingress", "Egress"],
        egress: [
          dnsEgress,
          {
            to: [{ podSelector: { matchLabels: selectorLabels(name, "postgres") } }],
            ports: [{ protocol: "TCP", port: ports.postgres }],
          },
        ],
      },
    },
    child,
  );
  new kubernetes.batch.v1.CronJob(
    `${name}-backup`,
    {
      metadata,
      spec: {
        ...schedule(args.backup.schedule),
        jobTemplate: {
          spec: {
            backoffLimit: 2,
            activeDeadlineSeconds: 4 * 3600,
            template: {
              metadata: { labels: { ...labels, ...storeClientLabel(name) } },
              spec: backupPod(args, disk.metadata.name),
            },
          },
        },
      },
    },
    { ...child, dependsOn: [policy] },
  );
}

function backupPod(args: FeastMaintenanceArgs, claimName: pulumi.Input<string>) {
  const variables: { [name: string]: pulumi.Input<string> } = {
    PGHOST: args.postgresHost,
    PGUSER: feastUser,
    PGDATABASE: feastUser,
    PGSSLMODE: "verify-full",
    PGSSLROOTCERT: `${tlsPath}/ca.crt`,
    BACKUPS: backupsPath,
    KEEP: pulumi.output(args.backup.keep).apply(String),
  };
  return {
    serviceAccountName: args.parts.serviceAccount,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    restartPolicy: "Never",
    securityContext: restrictedPod,
    containers: [
      {
        name: "backup",
        image: bindingField(args.cluster, "mirror").apply((mirror) => imagePin("postgres", mirror)),
        command: ["/bin/bash", "-c", backupScript],
        env: [
          ...Object.entries(variables).map(([name, value]) => ({ name, value })),
          {
            name: "PGPASSWORD",
            valueFrom: { secretKeyRef: { name: args.parts.credentials, key: passwordVariables.postgres } },
          },
        ],
        resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "1Gi" } },
        securityContext: restrictedContainer,
        volumeMounts: [
          { name: "backups", mountPath: backupsPath },
          { name: "tls", mountPath: tlsPath, readOnly: true },
        ],
      },
    ],
    volumes: [{ name: "backups", persistentVolumeClaim: { claimName } }, tlsVolume(args.tlsSecretName)],
  };
}

import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type ClusterBinding, type MaterialisationSettings, onCluster } from "aistack-core";
import { selectorLabels, standardLabels } from "../workload/labels";
import { materialiseScript } from "./configuration";
import { repositoryPath } from "./defaults";
import { type FeastParts, feastLabels, feastPod } from "./feast-pod";
import { redisClientLabel } from "./redis";
import { feastEgress } from "./servers";
import type { FeatureStoreSettings } from "./settings";

interface FeastMaintenanceArgs extends FeatureStoreSettings {
  cluster: pulumi.Input<ClusterBinding>;
  namespace: pulumi.Input<string>;
  parts: FeastParts;
  filesHash: pulumi.Output<string>;
}

/** What is done to the stores: definitions are applied, values are copied. */
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
      labels: feastLabels(args.parts, { ...labels, ...redisClientLabel(name) }),
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

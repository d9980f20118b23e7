import type * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { credentialsHash, type Uses } from "../workload/uses";
import { modelVariables, type Track, trackSelector } from "./delivery";
import { podSpec } from "./pod";
import type { InferenceSettings } from "./settings";

/** Objects that replicas refer to. */
interface ReplicaParts {
  account: kubernetes.core.v1.ServiceAccount;
  secret: kubernetes.core.v1.Secret;
  files?: kubernetes.core.v1.ConfigMap;
  cache?: kubernetes.core.v1.PersistentVolumeClaim;
  models?: kubernetes.core.v1.ConfigMap;
  uses: Uses;
  credentials: pulumi.Output<{ [name: string]: string }>;
}

/** Names and labels of the service. */
interface ServiceMetadata {
  name: string;
  namespace: pulumi.Input<string>;
  labels: { [label: string]: string };
}

/** Whether nothing runs before a pipeline has brought a model. */
export function startsEmpty({ delivery }: InferenceSettings): boolean {
  return delivery !== undefined && delivery.initialModel === undefined;
}

/** A Deployment of the service: the only one, or with a track one of the two that a pipeline brings models to. */
export function replicasOf(
  metadata: ServiceMetadata,
  settings: InferenceSettings,
  parts: ReplicaParts,
  track: Track | undefined,
) {
  const { name } = metadata;
  const selector = trackSelector(name, track);
  const labels = { ...metadata.labels, ...selector };
  const isCanary = track === "canary";
  return {
    metadata: {
      ...metadata,
      labels,
      name: isCanary ? `${name}-canary` : name,
      // A delivery that is under way must not hold up an update.
      ...(isCanary && { annotations: { "pulumi.com/skipAwait": "true" } }),
    },
    spec: {
      replicas: isCanary ? 0 : stableReplicas(settings),
      selector: { matchLabels: selector },
      progressDeadlineSeconds: settings.startupTimeoutSeconds + 600,
      // A spare accelerator for an extra replica rarely exists: waiting for one would block every update.
      strategy: {
        rollingUpdate: settings.resourceName ? { maxSurge: 0, maxUnavailable: 1 } : { maxSurge: 1, maxUnavailable: 0 },
      },
      template: {
        metadata: {
          labels: parts.uses.podLabels.apply((clients) => ({ ...labels, ...clients })),
          annotations: { "aistack.dev/credentials-hash": credentialsHash(parts.credentials) },
        },
        spec: podSpec(settings, parts.uses, {
          serviceAccount: parts.account.metadata.name,
          credentials: parts.secret.metadata.name,
          files: parts.files?.metadata.name,
          cache: parts.cache?.metadata.name,
          selector,
          modelVariables: track && parts.models ? modelVariables(parts.models.metadata.name, track) : [],
        }),
      },
    },
  };
}

function stableReplicas(settings: InferenceSettings): number | undefined {
  if (startsEmpty(settings)) return 0;
  // An autoscaler, where there is one, owns the number.
  return settings.autoscaled ? undefined : settings.minReplicas;
}

import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { restrictedContainer, restrictedPod } from "../workload/security";
import type { Uses } from "../workload/uses";
import { cachePath, filesPath } from "./defaults";
import type { InferenceSettings } from "./settings";

/** Names of the objects that a replica refers to. */
interface PodParts {
  serviceAccount: pulumi.Output<string>;
  credentials: pulumi.Output<string>;
  files?: pulumi.Output<string>;
  cache?: pulumi.Output<string>;
  selector: { [label: string]: string };
  /** Variables that say which model is served, where a pipeline decides it. */
  modelVariables: kubernetes.types.input.core.v1.EnvVar[];
}

/** One replica. */
export function podSpec(
  settings: InferenceSettings,
  uses: Uses,
  parts: PodParts,
): kubernetes.types.input.core.v1.PodSpec {
  const probe = { httpGet: { path: settings.healthPath, port: "http" }, timeoutSeconds: 5 };
  const spread = { maxSkew: 1, whenUnsatisfiable: "ScheduleAnyway", labelSelector: { matchLabels: parts.selector } };
  const accelerators = settings.resourceName ? { [settings.resourceName]: `${settings.accelerators}` } : {};
  const volumes = volumesOf(settings, parts);
  return {
    serviceAccountName: parts.serviceAccount,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: restrictedPod,
    // Requests in flight may take minutes: let them end.
    terminationGracePeriodSeconds: 300,
    nodeSelector: settings.nodeSelector,
    tolerations: settings.resourceName
      ? [{ key: settings.resourceName, operator: "Exists", effect: "NoSchedule" }]
      : undefined,
    topologySpreadConstraints: [
      { ...spread, topologyKey: "kubernetes.io/hostname" },
      { ...spread, topologyKey: "topology.kubernetes.io/zone" },
    ],
    containers: [
      {
        name: "server",
        image: settings.image,
        command: settings.command,
        env: environmentOf(settings, uses, parts),
        envFrom: [{ secretRef: { name: parts.credentials } }],
        ports: [{ name: "http", containerPort: settings.port }],
        resources: {
          requests: { cpu: settings.cpu, memory: settings.memory, ...accelerators },
          limits: { memory: settings.memory, ...accelerators },
        },
        startupProbe: { ...probe, periodSeconds: 10, failureThreshold: Math.ceil(settings.startupTimeoutSeconds / 10) },
        readinessProbe: { ...probe, periodSeconds: 5, failureThreshold: 3 },
        livenessProbe: { ...probe, periodSeconds: 10, failureThreshold: 6 },
        // Lets the service forget the replica before it closes its connections.
        lifecycle: { preStop: { sleep: { seconds: 10 } } },
        securityContext: restrictedContainer,
        volumeMounts: uses.mounts.apply((used) => [...volumes.map(({ mount }) => mount), ...used]),
      },
    ],
    volumes: uses.volumes.apply((used) => [...volumes.map(({ volume }) => volume), ...used]),
  };
}

/** The claim of a model cache that all replicas share. It outlives the service. */
export function cacheClaim(
  name: string,
  metadata: kubernetes.types.input.meta.v1.ObjectMeta,
  settings: InferenceSettings,
  child: pulumi.CustomResourceOptions,
): kubernetes.core.v1.PersistentVolumeClaim {
  return new kubernetes.core.v1.PersistentVolumeClaim(
    `${name}-models`,
    {
      // The class may wait for a first consumer, which cannot start before this claim is there.
      metadata: { ...metadata, name: `${name}-models`, annotations: { "pulumi.com/skipAwait": "true" } },
      spec: claimSpec(settings, "ReadWriteMany"),
    },
    { ...child, retainOnDelete: true },
  );
}

function claimSpec(settings: InferenceSettings, accessMode: string) {
  return {
    accessModes: [accessMode],
    storageClassName: settings.cacheStorageClass,
    resources: { requests: { storage: pulumi.interpolate`${settings.cacheSizeGiB}Gi` } },
  };
}

interface MountedVolume {
  volume: kubernetes.types.input.core.v1.Volume;
  mount: kubernetes.types.input.core.v1.VolumeMount;
}

function volumesOf(settings: InferenceSettings, parts: PodParts): MountedVolume[] {
  const mounted = (
    name: string,
    mountPath: string,
    source: Omit<kubernetes.types.input.core.v1.Volume, "name">,
    readOnly = false,
  ): MountedVolume => ({ volume: { name, ...source }, mount: { name, mountPath, ...(readOnly && { readOnly }) } });

  const volumes = [mounted("tmp", "/tmp", { emptyDir: { sizeLimit: "10Gi" } })];
  if (settings.existingClaim)
    // Read-only for this container alone: who carries the models to the volume writes to it meanwhile.
    volumes.push(mounted("models", cachePath, { persistentVolumeClaim: { claimName: settings.existingClaim } }, true));
  else if (settings.vllm || settings.model) volumes.push(mounted("models", cachePath, cacheOf(settings, parts)));
  if (settings.vllm) {
    const sharedMemory = { medium: "Memory", sizeLimit: `${settings.sharedMemoryGiB}Gi` };
    volumes.push(mounted("shared-memory", "/dev/shm", { emptyDir: sharedMemory }));
  }
  if (parts.files) volumes.push(mounted("files", filesPath, { configMap: { name: parts.files } }, true));
  return volumes;
}

function cacheOf(settings: InferenceSettings, parts: PodParts) {
  if (parts.cache) return { persistentVolumeClaim: { claimName: parts.cache } };
  return { ephemeral: { volumeClaimTemplate: { spec: claimSpec(settings, "ReadWriteOnce") } } };
}

function environmentOf(settings: InferenceSettings, uses: Uses, { modelVariables }: PodParts) {
  const ofServer = settings.vllm ? vllmEnvironment(settings) : { HOME: "/tmp", ...settings.serverEnvironment };
  return pulumi
    .all([uses.environment, settings.environment])
    .apply(([used, own]) => [
      ...Object.entries({ ...ofServer, ...used, ...own }).map(([name, value]) => ({ name, value })),
      ...modelVariables,
    ]);
}

/** Points every cache at a volume, since the root file system is read-only, and sends no usage reports. */
function vllmEnvironment({ existingClaim }: InferenceSettings): { [name: string]: string } {
  // Models that were brought here are read-only, and nothing is missing that would have to be downloaded.
  const caches = existingClaim ? "/tmp" : cachePath;
  return {
    HOME: "/tmp",
    // The user has no entry in the image's passwd; PyTorch asks for a name all the same.
    USER: "vllm",
    HF_HOME: `${caches}/huggingface`,
    HF_HUB_DISABLE_TELEMETRY: "1",
    ...(existingClaim && { HF_HUB_OFFLINE: "1" }),
    VLLM_CACHE_ROOT: `${caches}/vllm`,
    VLLM_NO_USAGE_STATS: "1",
  };
}

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
        env: environmentOf(settings, uses),
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
        volumeMounts: volumes.map(({ mountPath, volume }) => ({
          name: volume.name,
          mountPath,
          ...(volume.configMap && { readOnly: true }),
        })),
      },
    ],
    volumes: volumes.map(({ volume }) => volume),
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

function volumesOf(settings: InferenceSettings, parts: PodParts) {
  const own = { ephemeral: { volumeClaimTemplate: { spec: claimSpec(settings, "ReadWriteOnce") } } };
  const cache = parts.cache ? { persistentVolumeClaim: { claimName: parts.cache } } : own;
  const sharedMemory = { medium: "Memory", sizeLimit: `${settings.sharedMemoryGiB}Gi` };
  const volumes: { mountPath: string; volume: kubernetes.types.input.core.v1.Volume }[] = [
    { mountPath: "/tmp", volume: { name: "tmp", emptyDir: { sizeLimit: "10Gi" } } },
  ];
  if (settings.vllm || settings.model) volumes.push({ mountPath: cachePath, volume: { name: "models", ...cache } });
  if (settings.vllm) volumes.push({ mountPath: "/dev/shm", volume: { name: "shared-memory", emptyDir: sharedMemory } });
  if (parts.files) volumes.push({ mountPath: filesPath, volume: { name: "files", configMap: { name: parts.files } } });
  return volumes;
}

function environmentOf(settings: InferenceSettings, uses: Uses) {
  return pulumi.all([uses.environment, settings.environment]).apply(([used, own]) =>
    Object.entries({ ...(settings.vllm ? vllmEnvironment : { HOME: "/tmp" }), ...used, ...own }).map(
      ([name, value]) => ({
        name,
        value,
      }),
    ),
  );
}

/** Points every cache at a volume, since the root file system is read-only, and sends no usage reports. */
const vllmEnvironment = {
  HOME: "/tmp",
  // The user has no entry in the image's passwd; PyTorch asks for a name all the same.
  USER: "vllm",
  HF_HOME: `${cachePath}/huggingface`,
  HF_HUB_DISABLE_TELEMETRY: "1",
  VLLM_CACHE_ROOT: `${cachePath}/vllm`,
  VLLM_NO_USAGE_STATS: "1",
};

import type { Client } from "./client";
import {
  type Condition,
  describe,
  type EndpointSlice,
  type Event,
  isWorkload,
  type KubernetesObject,
  matches,
  type PersistentVolumeClaim,
  type Pod,
  type Service,
  type Workload,
} from "./kubernetes";

/** Whether an object is what Pulumi waits for before it goes on to what depends on it. */
export interface Readiness {
  readonly ready: boolean;
  /** What is still missing, in a few words. */
  readonly missing?: string;
  /** It failed for good. */
  readonly failed?: boolean;
}

const done: Readiness = { ready: true };

/**
 * Whether an object, as the cluster has it now, is ready. The kinds are those that the Kubernetes provider waits for; with
 * `pulumi.com/skipAwait` it waits for none. Workloads are always judged.
 */
export async function readiness(client: Client, object: KubernetesObject): Promise<Readiness> {
  if (isWorkload(object)) return workloadReadiness(object);
  if (object.metadata.annotations?.["pulumi.com/skipAwait"] === "true") return done;
  switch (`${object.apiVersion} ${object.kind}`) {
    case "v1 Service":
      return serviceReadiness(client, object as Service);
    case "networking.k8s.io/v1 Ingress":
      return addressed(object as Service);
    case "v1 Pod":
      return podReadiness(object as Pod);
    case "apiextensions.k8s.io/v1 CustomResourceDefinition":
      return condition(object, "Established")?.status === "True"
        ? done
        : { ready: false, missing: "to be established" };
    default:
      return done;
  }
}

function workloadReadiness(workload: Workload): Readiness {
  const { kind, metadata, spec, status } = workload;
  if (kind === "Job") {
    const failed = condition(workload, "Failed");
    if (failed?.status === "True") return { ready: false, failed: true, missing: failed.message ?? "failed" };
    return condition(workload, "Complete")?.status === "True" ? done : { ready: false, missing: "not complete" };
  }
  // Its controller has not seen it yet: what the status says is of before.
  if ((status?.observedGeneration ?? 0) < (metadata.generation ?? 0)) return { ready: false };
  if (kind === "DaemonSet") {
    return count(status?.numberAvailable, status?.updatedNumberScheduled, status?.desiredNumberScheduled ?? 0);
  }
  const available = kind === "Deployment" ? status?.availableReplicas : status?.readyReplicas;
  return count(available, status?.updatedReplicas, spec.replicas ?? 1);
}

function count(ready: number | undefined, updated: number | undefined, wanted: number): Readiness {
  const now = Math.min(ready ?? 0, updated ?? 0);
  return now >= wanted ? done : { ready: false, missing: `${now} of ${wanted} ready` };
}

async function serviceReadiness(client: Client, service: Service): Promise<Readiness> {
  const { type, selector } = service.spec;
  const { name, namespace } = service.metadata;
  if (type === "ExternalName" || Object.keys(selector ?? {}).length === 0) return done;
  const slices = await client.list<EndpointSlice>("discovery.k8s.io/v1", "EndpointSlice", namespace);
  const own = slices.filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === name);
  const ready = own.some(({ endpoints }) => endpoints?.some(({ conditions }) => conditions?.ready));
  if (!ready) return { ready: false, missing: "no endpoint is ready" };
  return type === "LoadBalancer" ? addressed(service) : done;
}

function addressed({ status }: Service): Readiness {
  return status?.loadBalancer?.ingress?.length ? done : { ready: false, missing: "no address" };
}

function podReadiness(pod: Pod): Readiness {
  if (pod.status?.phase === "Succeeded" || condition(pod, "Ready")?.status === "True") return done;
  return { ready: false, failed: pod.status?.phase === "Failed", missing: "not ready" };
}

/** The pods of a workload. */
export async function podsOf(client: Client, workload: Workload): Promise<Pod[]> {
  const { namespace } = workload.metadata;
  const pods = await client.list<Pod>("v1", "Pod", namespace);
  const { selector } = workload.spec;
  return pods.filter(
    ({ metadata }) =>
      metadata.deletionTimestamp === undefined && selector !== undefined && matches(selector, metadata.labels),
  );
}

/** Why a workload is not ready, from what the cluster says about it, its pods and their volumes; each reason once. */
export async function whyNotReady(client: Client, workload: Workload): Promise<string[]> {
  const { namespace, name } = workload.metadata;
  const reasons = new Set<string>();
  const refused = condition(workload, "ReplicaFailure");
  if (refused?.status === "True" && refused.message) reasons.add(refused.message);
  const events = await client.list<Event>("v1", "Event", namespace);
  for (const { type, message, involvedObject } of events) {
    const own = involvedObject.name === name && involvedObject.kind === workload.kind;
    if (own && type === "Warning" && message) reasons.add(message);
  }
  const claims = await client.list<PersistentVolumeClaim>("v1", "PersistentVolumeClaim", namespace);
  for (const pod of await podsOf(client, workload)) {
    const scheduled = condition(pod, "PodScheduled");
    if (scheduled?.status !== "True" && scheduled?.message) reasons.add(`${describe(pod)}: ${scheduled.message}`);
    const pending = claims.filter(
      ({ metadata, status }) =>
        status?.phase !== "Bound" && pod.spec.volumes?.some((volume) => claimName(pod, volume) === metadata.name),
    );
    for (const claim of pending) {
      reasons.add(
        `${describe(claim)} has no volume (storage class ${claim.spec.storageClassName ?? "not set, and there is no default class"})`,
      );
    }
  }
  return [...reasons];
}

/** The claim behind a volume; that of a generic ephemeral volume is named after the pod. */
function claimName(pod: Pod, volume: { name: string; persistentVolumeClaim?: { claimName: string } }): string {
  return volume.persistentVolumeClaim?.claimName ?? `${pod.metadata.name}-${volume.name}`;
}

function condition(
  object: { status?: { conditions?: Condition[] } } | KubernetesObject,
  type: string,
): Condition | undefined {
  return (object as { status?: { conditions?: Condition[] } }).status?.conditions?.find((entry) => entry.type === type);
}

/**
 * What has to hold of a plan that is rolled out. Each check returns what does not hold, one sentence each; none throws
 * for a plan that is wrong. `broken.test.ts` shows that each finds what it is there for.
 */
import { setTimeout as wait } from "node:timers/promises";
import {
  type Client,
  type CronJob,
  type EndpointSlice,
  hasAccelerator,
  isWorkload,
  type KubernetesObject,
  type LabelSelector,
  matches,
  type NodeObject,
  describe as nameOf,
  type Pod,
  podsOf,
  podTemplateOf,
  readiness,
  type Service,
  secretTexts,
  type Workload,
  whyNotReady,
} from "aistack-cluster";
import type { Graph } from "aistack-engine";

/** Accelerators that a pod asks for, and nodes offer. */
const isDevice = (resource: string): boolean => /^(nvidia\.com|google\.com|aws\.amazon\.com)\//.test(resource);

/** Every workload runs somewhere, and what runs on an accelerator node has asked for its accelerator. */
export async function placement(client: Client, objects: readonly KubernetesObject[]): Promise<string[]> {
  const nodes = new Map((await client.list<NodeObject>("v1", "Node")).map((node) => [node.metadata.name, node]));
  const found: string[] = [];
  for (const planned of objects.filter(isWorkload)) {
    // As the cluster has it: the selector of a Job is the cluster's. A Job may be gone, as it may say how long it stays.
    const workload = await client.get<Workload>(planned);
    if (workload === undefined) continue;
    const pods = await podsOf(client, workload);
    if (pods.length === 0 && (workload.spec.replicas ?? 1) > 0) found.push(`${nameOf(workload)} has no pod`);
    for (const pod of pods) {
      const node = nodes.get(pod.spec.nodeName);
      if (node === undefined) {
        found.push(`${nameOf(pod)} is on no node`);
        continue;
      }
      const asked = devicesOf(pod);
      const missing = asked.filter((resource) => node.status?.allocatable?.[resource] === undefined);
      for (const resource of missing)
        found.push(`${nameOf(pod)} asks for ${resource}, which ${node.metadata.name} lacks`);
      const daemon = pod.metadata.ownerReferences?.some(({ kind }) => kind === "DaemonSet");
      if (asked.length === 0 && !daemon && hasAccelerator(node))
        found.push(`${nameOf(pod)} is on accelerator node ${node.metadata.name} and asks for no accelerator`);
    }
  }
  return found;
}

function devicesOf({ spec }: Pod): string[] {
  return spec.containers.flatMap(({ resources }) => Object.keys(resources?.limits ?? {}).filter(isDevice));
}

interface NetworkPolicy extends KubernetesObject {
  spec: { podSelector?: LabelSelector; policyTypes?: string[]; ingress?: unknown[]; egress?: unknown[] };
}

/** Every namespace of the plan denies all traffic that no policy opens. */
export async function defaultDeny(client: Client, objects: readonly KubernetesObject[]): Promise<string[]> {
  const found: string[] = [];
  for (const { metadata } of namespacesOf(objects)) {
    const policies = await client.list<NetworkPolicy>("networking.k8s.io/v1", "NetworkPolicy", metadata.name);
    for (const [type, rules] of [["Ingress", "ingress"] as const, ["Egress", "egress"] as const]) {
      const denied = policies.some(
        ({ spec }) => isEmpty(spec.podSelector) && spec.policyTypes?.includes(type) && (spec[rules]?.length ?? 0) === 0,
      );
      if (!denied) found.push(`Namespace ${metadata.name} has no policy that denies all ${rules} by default`);
    }
  }
  return found;
}

function isEmpty({ matchLabels = {}, matchExpressions = [] }: LabelSelector = {}): boolean {
  return Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;
}

/** Every namespace of the plan refuses a privileged pod, by the Pod Security Standard `restricted`. */
export async function restricted(client: Client, objects: readonly KubernetesObject[]): Promise<string[]> {
  const found: string[] = [];
  for (const { metadata } of namespacesOf(objects)) {
    const answer = await client
      .json("POST", `/api/v1/namespaces/${metadata.name}/pods`, { query: { dryRun: "All" }, body: privilegedPod })
      .then(
        () => "accepted",
        (error: Error) => error.message,
      );
    if (!answer.includes('violates PodSecurity "restricted'))
      found.push(`Namespace ${metadata.name} does not refuse a privileged pod as restricted does: ${answer}`);
  }
  return found;
}

const privilegedPod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "privileged" },
  spec: { containers: [{ name: "any", image: "any", securityContext: { privileged: true } }] },
};

/** What pods refer to is there: a kubelet would not start them, which a simulated one does. */
export async function references(client: Client, objects: readonly KubernetesObject[]): Promise<string[]> {
  const found: string[] = [];
  for (const object of objects) {
    const spec = podTemplateOf(object)?.spec;
    if (spec === undefined) continue;
    const { namespace } = object.metadata;
    const need = async (kind: string, name: string | undefined, optional = false, key?: string) => {
      if (name === undefined || optional) return;
      const wanted = { apiVersion: "v1", kind, metadata: { name, namespace } };
      const live = await client.get<KubernetesObject & { data?: object; binaryData?: object }>(wanted);
      if (live === undefined) found.push(`${nameOf(object)} refers to ${nameOf(wanted)}, which is not there`);
      else if (key !== undefined && !(key in { ...live.data, ...live.binaryData }))
        found.push(`${nameOf(object)} refers to the entry ${key} of ${nameOf(wanted)}, which it lacks`);
    };
    for (const volume of spec.volumes ?? []) {
      await need("ConfigMap", volume.configMap?.name, volume.configMap?.optional);
      await need("Secret", volume.secret?.secretName, volume.secret?.optional);
      await need("PersistentVolumeClaim", volume.persistentVolumeClaim?.claimName);
    }
    for (const { env = [], envFrom = [] } of [...spec.containers, ...(spec.initContainers ?? [])]) {
      for (const { configMapRef, secretRef } of envFrom) {
        await need("ConfigMap", configMapRef?.name, configMapRef?.optional);
        await need("Secret", secretRef?.name, secretRef?.optional);
      }
      for (const { valueFrom: { configMapKeyRef: map, secretKeyRef: secret } = {} } of env) {
        await need("ConfigMap", map?.name, map?.optional, map?.key);
        await need("Secret", secret?.name, secret?.optional, secret?.key);
      }
    }
  }
  return found;
}

/** No secret of the plan stands in an object that is no Secret. */
export function secretsInPlainText(graph: Graph, objects: readonly KubernetesObject[]): string[] {
  const secrets = [...secretTexts(graph)];
  return objects
    .filter(({ kind }) => kind !== "Secret")
    .flatMap((object) =>
      pathsOf(object, (text) => secrets.some((secret) => text.includes(secret))).map(
        (path) => `${nameOf(object)} holds a secret in plain text: ${path}`,
      ),
    );
}

/** Paths of the strings below a value for which a condition holds. */
function pathsOf(value: unknown, holds: (text: string) => boolean, path = ""): string[] {
  if (typeof value === "string") return holds(value) ? [path] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, entry]) =>
    pathsOf(entry, holds, Array.isArray(value) ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`),
  );
}

/** Every Service with a selector finds a pod that is ready. */
export async function endpoints(client: Client, objects: readonly KubernetesObject[]): Promise<string[]> {
  const found: string[] = [];
  for (const service of objects.filter(
    ({ apiVersion, kind }) => apiVersion === "v1" && kind === "Service",
  ) as Service[]) {
    const { name, namespace } = service.metadata;
    if (service.spec.type === "ExternalName" || !service.spec.selector) continue;
    const slices = await client.list<EndpointSlice>("discovery.k8s.io/v1", "EndpointSlice", namespace);
    const own = slices.filter(({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === name);
    if (!own.some((slice) => slice.endpoints?.some(({ conditions }) => conditions?.ready)))
      found.push(`${nameOf(service)} reaches no pod`);
  }
  return found;
}

interface Quota extends KubernetesObject {
  spec: { hard?: Record<string, string>; scopeSelector?: object; scopes?: string[] };
  status?: { hard?: Record<string, string>; used?: Record<string, string> };
}

/** Quotas are counted, and what asks for more than one allows is refused. */
export async function quotas(client: Client, objects: readonly KubernetesObject[]): Promise<string[]> {
  const found: string[] = [];
  for (const quota of objects.filter(({ kind }) => kind === "ResourceQuota") as Quota[]) {
    const counted = await eventually(async () => (await client.get<Quota>(quota))?.status?.used !== undefined);
    if (!counted) found.push(`${nameOf(quota)} is not in force`);
    // Those with a scope count some pods only, such as those of a priority.
    if (!counted || quota.spec.scopeSelector || quota.spec.scopes) continue;
    for (const { what, kind, object } of excesses(quota)) {
      const path = `/api/v1/namespaces/${quota.metadata.namespace}/${kind}`;
      const answer = await client.json("POST", path, { query: { dryRun: "All" }, body: object }).then(
        () => "accepted",
        (error: Error) => error.message,
      );
      if (!/exceeded quota|maximum .* usage per/.test(answer))
        found.push(`${nameOf(quota)} lets in what asks for ${what}: ${answer}`);
    }
  }
  return found;
}

interface Excess {
  what: string;
  kind: string;
  object: object;
}

/** For each limit of a quota, an object that asks for more, where one object can. */
function excesses({ spec }: Quota): Excess[] {
  return Object.entries(spec.hard ?? {}).flatMap(([key, limit]): Excess[] => {
    const metadata = { name: "more-than-the-quota" };
    const resource = /^(?:requests\.)?(cpu|memory|[\w.-]+\/[\w.-]+)$/.exec(key)?.[1];
    if (resource !== undefined && !key.startsWith("count/")) {
      const asked = `${resource === "memory" ? "1000000Gi" : (Number.parseInt(limit, 10) || 0) + 1}`;
      const resources = { requests: { [resource]: asked }, limits: { [resource]: asked } };
      const containers = [{ name: "any", image: "any", resources, securityContext: restrictedContainer }];
      return [{ what: `${asked} ${resource}`, kind: "pods", object: { metadata, spec: { containers } } }];
    }
    const type = { "services.loadbalancers": "LoadBalancer", "services.nodeports": "NodePort" }[key];
    if (type === undefined || limit !== "0") return [];
    return [
      {
        what: `a Service of type ${type}`,
        kind: "services",
        object: { metadata, spec: { type, ports: [{ port: 80 }] } },
      },
    ];
  });
}

const restrictedContainer = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  runAsNonRoot: true,
  seccompProfile: { type: "RuntimeDefault" },
};

interface Budget extends KubernetesObject {
  spec: { selector?: LabelSelector };
  status?: { disruptionsAllowed?: number };
}

/** Each PodDisruptionBudget lets one of its pods be evicted, and its workload becomes ready again. */
export async function drain(client: Client, objects: readonly KubernetesObject[]): Promise<string[]> {
  const found: string[] = [];
  for (const budget of objects.filter(({ kind }) => kind === "PodDisruptionBudget") as Budget[]) {
    const { namespace } = budget.metadata;
    const allowed = await eventually(
      async () => ((await client.get<Budget>(budget))?.status?.disruptionsAllowed ?? 0) > 0,
    );
    const pods = await client.list<Pod>("v1", "Pod", namespace);
    const [pod] = pods.filter(({ metadata }) => matches(budget.spec.selector ?? {}, metadata.labels));
    if (pod === undefined || !allowed) {
      found.push(
        `${nameOf(budget)} ${pod === undefined ? "covers no pod" : "lets no pod be evicted, so a drain never ends"}`,
      );
      continue;
    }
    const { name } = pod.metadata;
    const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace } };
    const refused = await client
      .json("POST", `/api/v1/namespaces/${namespace}/pods/${name}/eviction`, { body: eviction })
      .then(
        () => undefined,
        (error: Error) => error.message,
      );
    if (refused !== undefined) {
      found.push(`${nameOf(budget)} refuses to let ${nameOf(pod)} be evicted: ${refused}`);
      continue;
    }
    const owners = objects.filter(isWorkload).filter((workload) => owns(workload, pod));
    for (const workload of owners) {
      const { uid } = pod.metadata;
      // By the pods themselves: the workload's own count may be that of before.
      const back = await eventually(async () => {
        const now = await podsOf(client, workload);
        const running = await Promise.all(now.map((each) => readiness(client, each)));
        const ready = running.filter((each) => each.ready).length;
        return now.every(({ metadata }) => metadata.uid !== uid) && ready >= (workload.spec.replicas ?? 1);
      });
      if (!back) found.push(`${nameOf(workload)} did not become ready after ${nameOf(pod)} was evicted`);
    }
  }
  return found;
}

function owns(workload: Workload, pod: Pod): boolean {
  const { selector } = workload.spec;
  return (
    workload.metadata.namespace === pod.metadata.namespace &&
    selector !== undefined &&
    matches(selector, pod.metadata.labels)
  );
}

interface Autoscaler extends KubernetesObject {
  spec: { scaleTargetRef: { apiVersion: string; kind: string; name: string } };
}

/** Each autoscaler scales something that is there and can be scaled. */
export async function autoscalers(client: Client, objects: readonly KubernetesObject[]): Promise<string[]> {
  const found: string[] = [];
  for (const scaler of objects.filter(({ kind }) => kind === "HorizontalPodAutoscaler") as Autoscaler[]) {
    const { apiVersion, kind, name } = scaler.spec.scaleTargetRef;
    const target = { apiVersion, kind, metadata: { name, namespace: scaler.metadata.namespace } };
    const scale = await client.json("GET", `${await client.pathOf(target)}/scale`).catch(() => undefined);
    if (scale === undefined) found.push(`${nameOf(scaler)} scales ${nameOf(target)}, which cannot be scaled`);
  }
  return found;
}

/** Each CronJob, started once by hand, completes. */
export async function cronJobs(client: Client, objects: readonly KubernetesObject[]): Promise<string[]> {
  const found: string[] = [];
  for (const cron of objects.filter(({ kind }) => kind === "CronJob") as CronJob[]) {
    const { metadata, spec } = cron.spec.jobTemplate;
    const named = { ...metadata, name: `${cron.metadata.name}-by-hand`.slice(-63), namespace: cron.metadata.namespace };
    const job: Workload = { apiVersion: "batch/v1", kind: "Job", metadata: named, spec };
    await client.create(job);
    const completes = await eventually(async () => {
      const live = await client.get(job);
      return live !== undefined && (await readiness(client, live)).ready;
    });
    const live = await client.get<Workload>(job);
    const reasons = completes || live === undefined ? [] : await whyNotReady(client, live);
    if (!completes) found.push(`${nameOf(cron)}, started by hand, does not complete: ${reasons.join("; ")}`);
    await client.delete(job);
  }
  return found;
}

function namespacesOf(objects: readonly KubernetesObject[]): KubernetesObject[] {
  return objects.filter(({ apiVersion, kind }) => apiVersion === "v1" && kind === "Namespace");
}

/** Whether something comes to hold within ten seconds. */
async function eventually(probe: () => Promise<boolean>): Promise<boolean> {
  for (let end = Date.now() + 10_000; Date.now() < end; await wait(100)) if (await probe()) return true;
  return false;
}

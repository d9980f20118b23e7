/** The containers of a plan as a node would start them: command, environment and files, with all references resolved. */
import { join } from "node:path";
import { plannedObjects } from "aistack-cluster";
import { type Graph, planDirectory } from "aistack-engine";
import { type Program, root } from "../programs";

export interface Container {
  /** `Deployment/assistant`. */
  readonly workload: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** By absolute path: what ConfigMaps and Secrets hold. */
  readonly files: Readonly<Record<string, string>>;
  /** Variables that Kubernetes puts into the command or into other variables. */
  readonly references: readonly string[];
  /** Folders in which claims are mounted. */
  readonly claims: readonly string[];
  /** Path of the readiness probe. */
  readonly readyPath?: string;
}

interface Variable {
  name: string;
  value?: string;
  valueFrom?: { secretKeyRef?: KeyRef; configMapKeyRef?: KeyRef; fieldRef?: { fieldPath: string } };
}
interface KeyRef {
  name: string;
  key: string;
  optional?: boolean;
}
interface KeyPath {
  key: string;
  path: string;
}
interface PlannedContainer {
  image: string;
  restartPolicy?: string;
  command?: string[];
  args?: string[];
  env?: Variable[];
  envFrom?: { prefix?: string; secretRef?: { name: string }; configMapRef?: { name: string } }[];
  volumeMounts?: { name: string; mountPath: string; subPath?: string }[];
  readinessProbe?: { httpGet?: { path: string } };
}
interface PodSpec {
  containers?: PlannedContainer[];
  initContainers?: PlannedContainer[];
  volumes?: {
    name: string;
    configMap?: { name: string };
    persistentVolumeClaim?: object;
    secret?: { secretName: string; items?: KeyPath[] };
  }[];
}
interface Planned {
  kind: string;
  metadata: { name: string; namespace?: string };
  data?: Record<string, string>;
  stringData?: Record<string, string>;
  // biome-ignore lint/suspicious/noExplicitAny: a pod template is in another place in each kind
  spec?: any;
}

/** The containers of a program's own workloads. */
export async function containersOf({ path, stack }: Program): Promise<Container[]> {
  return containersIn(await planDirectory(join(root, path), { stack, mode: "simulate" }));
}

/** The same of a plan. `ordinal` is which pod of a StatefulSet is meant. */
export function containersIn(graph: Graph, ordinal = 0): Container[] {
  return resolvedIn(graph, ordinal, ({ containers = [], initContainers = [] }) => [
    ...containers,
    // Those that start before the others, and go on beside them, have this policy.
    ...initContainers.filter(({ restartPolicy }) => restartPolicy === "Always"),
  ]);
}

/** Those of a plan that run to their end before the others start. */
export function initContainersIn(graph: Graph): Container[] {
  return resolvedIn(graph, 0, ({ initContainers = [] }) =>
    initContainers.filter(({ restartPolicy }) => restartPolicy !== "Always"),
  );
}

function resolvedIn(graph: Graph, ordinal: number, chosen: (pod: PodSpec) => PlannedContainer[]): Container[] {
  const objects = plannedObjects(graph).objects.map(({ object }) => object as unknown as Planned);
  return objects.flatMap((workload) => {
    // What has no replicas yet may refer to what is not there yet.
    if (workload.spec?.replicas === 0) return [];
    const pod: PodSpec | undefined =
      workload.spec?.template?.spec ?? workload.spec?.jobTemplate?.spec?.template?.spec ?? undefined;
    return pod ? chosen(pod).map((container) => resolved(container, pod, workload, objects, ordinal)) : [];
  });
}

function resolved(
  container: PlannedContainer,
  pod: PodSpec,
  workload: Planned,
  objects: readonly Planned[],
  ordinal: number,
): Container {
  const find = (kind: string, name: string): Planned | undefined =>
    objects.find(
      (object) =>
        object.kind === kind &&
        object.metadata.name === name &&
        object.metadata.namespace === workload.metadata.namespace,
    );
  const named = (kind: string, name: string): Planned => {
    const found = find(kind, name);
    if (!found)
      throw new Error(`${workload.kind} ${workload.metadata.name} refers to a ${kind} ${name} that no plan holds`);
    return found;
  };
  const environment: Record<string, string> = {};
  for (const { prefix = "", secretRef, configMapRef } of container.envFrom ?? []) {
    const all = secretRef
      ? named("Secret", secretRef.name).stringData
      : named("ConfigMap", configMapRef?.name ?? "").data;
    for (const [key, value] of Object.entries(all ?? {})) environment[`${prefix}${key}`] = value;
  }
  for (const { name, value, valueFrom } of container.env ?? []) {
    const { secretKeyRef: secret, configMapKeyRef: map, fieldRef } = valueFrom ?? {};
    if (secret) environment[name] = named("Secret", secret.name).stringData?.[secret.key] ?? missing(secret);
    else if (map) {
      const found = named("ConfigMap", map.name).data?.[map.key];
      // Without a value, a container has no such variable.
      if (found !== undefined || !map.optional) environment[name] = found ?? missing(map);
    } else if (fieldRef) environment[name] = field(fieldRef.fieldPath, workload, ordinal);
    else environment[name] = expanded(value ?? "", environment);
  }
  const secretFiles = (secret?: { secretName: string; items?: KeyPath[] }): Record<string, string> => {
    // A secret that no plan holds, such as a certificate of somebody else's, has files that nobody knows here.
    const data = secret && find("Secret", secret.secretName)?.stringData;
    if (data === undefined) return {};
    const items = secret?.items ?? Object.keys(data).map((key) => ({ key, path: key }));
    return Object.fromEntries(items.map(({ key, path }) => [path, data[key] ?? missing({ name: path, key })]));
  };
  const files: Record<string, string> = {};
  for (const { name, mountPath, subPath } of container.volumeMounts ?? []) {
    const { configMap, secret } = pod.volumes?.find((volume) => volume.name === name) ?? {};
    const held = configMap ? named("ConfigMap", configMap.name).data : secretFiles(secret);
    for (const [file, text] of Object.entries(held ?? {}))
      if (subPath === undefined) files[join(mountPath, file)] = text;
      else if (subPath === file) files[mountPath] = text;
  }
  const claims = (container.volumeMounts ?? [])
    .filter(({ name }) => pod.volumes?.find((volume) => volume.name === name)?.persistentVolumeClaim)
    .map(({ mountPath }) => mountPath);
  return {
    workload: `${workload.kind}/${workload.metadata.name}`,
    image: container.image,
    command: [...(container.command ?? []), ...(container.args ?? [])].map((part) => expanded(part, environment)),
    environment,
    files,
    references: [...JSON.stringify([container.command, container.args, container.env]).matchAll(reference)].map(
      ([, name]) => name as string,
    ),
    claims,
    readyPath: container.readinessProbe?.httpGet?.path,
  };
}

/** Kubernetes replaces `$(NAME)` by a variable that stands before. */
const reference = /\$\(([A-Za-z_][A-Za-z0-9_]*)\)/g;

function expanded(text: string, environment: Readonly<Record<string, string>>): string {
  return text.replace(reference, (whole, name) => environment[name] ?? whole);
}

function field(path: string, { kind, metadata }: Planned, ordinal: number): string {
  if (path === "metadata.name")
    return kind === "StatefulSet" ? `${metadata.name}-${ordinal}` : `${metadata.name}-abcde`;
  // An address of this machine for each pod.
  if (path === "status.podIP") return `127.0.1.${ordinal + 1}`;
  if (path === "metadata.namespace") return metadata.namespace ?? "default";
  throw new Error(`what the field ${path} of a pod holds is not known here`);
}

function missing({ name, key }: KeyRef): never {
  throw new Error(`${name} has no key ${key}`);
}

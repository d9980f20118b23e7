/** The parts of Kubernetes objects that this package reads. */

export interface ObjectMeta {
  name?: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  deletionTimestamp?: string;
  labels?: { [key: string]: string };
  annotations?: { [key: string]: string };
  ownerReferences?: { kind: string; name: string; uid: string }[];
}

export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
}

export interface LabelSelector {
  matchLabels?: { [label: string]: string };
  matchExpressions?: { key: string; operator: "In" | "NotIn" | "Exists" | "DoesNotExist"; values?: string[] }[];
}

export interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}

export interface Toleration {
  key?: string;
  operator?: string;
  value?: string;
  effect?: string;
}

export interface Taint {
  key: string;
  value?: string;
  effect: string;
}

export interface Container {
  name: string;
  image?: string;
  command?: string[];
  args?: string[];
  env?: EnvVar[];
  envFrom?: { configMapRef?: Reference; secretRef?: Reference }[];
  resources?: { requests?: { [resource: string]: string }; limits?: { [resource: string]: string } };
  securityContext?: { [key: string]: unknown };
}

export interface EnvVar {
  name: string;
  value?: string;
  valueFrom?: { configMapKeyRef?: Reference & { key: string }; secretKeyRef?: Reference & { key: string } };
}

export interface Reference {
  name?: string;
  optional?: boolean;
}

export interface Volume {
  name: string;
  configMap?: Reference;
  secret?: { secretName?: string; optional?: boolean };
  persistentVolumeClaim?: { claimName: string };
  projected?: { sources?: { configMap?: Reference; secret?: Reference }[] };
}

export interface PodSpec {
  nodeName?: string;
  nodeSelector?: { [label: string]: string };
  tolerations?: Toleration[];
  serviceAccountName?: string;
  containers: Container[];
  initContainers?: Container[];
  volumes?: Volume[];
}

export interface Pod extends KubernetesObject {
  spec: PodSpec;
  status?: { phase?: string; conditions?: Condition[] };
}

export interface PodTemplate {
  metadata?: ObjectMeta;
  spec: PodSpec;
}

/** Deployment, StatefulSet, DaemonSet, ReplicaSet or Job. */
export interface Workload extends KubernetesObject {
  spec: { replicas?: number; completions?: number; selector?: LabelSelector; template: PodTemplate };
  status?: {
    observedGeneration?: number;
    replicas?: number;
    readyReplicas?: number;
    updatedReplicas?: number;
    availableReplicas?: number;
    desiredNumberScheduled?: number;
    updatedNumberScheduled?: number;
    numberAvailable?: number;
    conditions?: Condition[];
  };
}

export interface CronJob extends KubernetesObject {
  spec: { jobTemplate: { metadata?: ObjectMeta; spec: Workload["spec"] } };
}

export interface Service extends KubernetesObject {
  spec: { type?: string; selector?: { [label: string]: string } };
  status?: { loadBalancer?: { ingress?: { ip?: string; hostname?: string }[] } };
}

export interface EndpointSlice extends KubernetesObject {
  endpoints?: { conditions?: { ready?: boolean } }[];
}

export interface PersistentVolumeClaim extends KubernetesObject {
  spec: {
    storageClassName?: string;
    volumeName?: string;
    volumeMode?: string;
    accessModes: string[];
    resources: { requests: { storage: string } };
  };
  status?: { phase?: string };
}

export interface StorageClass extends KubernetesObject {
  provisioner: string;
  volumeBindingMode?: string;
  reclaimPolicy?: string;
  mountOptions?: string[];
}

export interface NodeObject extends KubernetesObject {
  spec?: { taints?: Taint[]; unschedulable?: boolean };
  status?: {
    capacity?: { [resource: string]: string };
    allocatable?: { [resource: string]: string };
    conditions?: Condition[];
  };
}

export interface Event extends KubernetesObject {
  type?: string;
  reason?: string;
  message?: string;
  involvedObject: { kind?: string; name?: string; namespace?: string; uid?: string };
}

/** What a person calls an object: `Deployment assistant/model`. */
export function describe({ kind, metadata }: KubernetesObject): string {
  return `${kind} ${metadata.namespace === undefined ? "" : `${metadata.namespace}/`}${metadata.name}`;
}

/** True for what runs pods until told otherwise, or to completion. */
export function isWorkload(object: KubernetesObject): object is Workload {
  return workloadKinds.has(`${object.apiVersion} ${object.kind}`);
}

const workloadKinds = new Set(["apps/v1 Deployment", "apps/v1 StatefulSet", "apps/v1 DaemonSet", "batch/v1 Job"]);

/** The pod template of any built-in kind that has one. */
export function podTemplateOf(object: KubernetesObject): PodTemplate | undefined {
  if (isWorkload(object)) return object.spec.template;
  if (object.apiVersion === "batch/v1" && object.kind === "CronJob")
    return (object as CronJob).spec.jobTemplate.spec.template;
  if (object.apiVersion === "v1" && object.kind === "Pod") return object as Pod;
  return undefined;
}

/** Whether labels meet a selector; an empty selector takes everything. */
export function matches(selector: LabelSelector, labels: { [label: string]: string } = {}): boolean {
  const wanted = Object.entries(selector.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
  return (
    wanted &&
    (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      const value = labels[key];
      if (operator === "Exists") return value !== undefined;
      if (operator === "DoesNotExist") return value === undefined;
      const listed = value !== undefined && values.includes(value);
      return operator === "In" ? listed : !listed;
    })
  );
}

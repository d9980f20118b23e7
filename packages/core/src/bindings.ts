import * as pulumi from "@pulumi/pulumi";
import type { AuditEventClass } from "./audit-log";
import type { Accelerator } from "./machines/accelerator";
import type { Mirror } from "./mirror";
import type { Platform } from "./platform";

/**
 * What a component puts out for others: plain data that says where a thing is, how to reach it and what may be
 * granted on it. Bindings hold no resources, so they cross platforms, stacks (`StackReference`) and languages.
 * Every component that makes a thing also takes the same binding as `existing`, to adopt one instead.
 *
 * A binding with `credentials` is a secret as a whole in Pulumi's eyes; {@link bindingField} and `uses` take it apart,
 * so that only the credentials stay secret.
 */
export interface Binding {
  /** Kind of thing, such as "vector-store" or "object-store". */
  kind: string;
  /** Name, unique among the things that one workload uses. */
  name: string;
  /** Environment variables that a workload is given. Never a secret. */
  environment?: { [name: string]: string };
  /** Environment variables that hold credentials. Secret. */
  credentials?: { [name: string]: string };
  /** Labels that a pod must carry to be let in by the network policy that guards the thing. */
  clientLabels?: { [label: string]: string };
  /** Where a workload connects to; its network policy opens this and nothing else. */
  egress?: EgressRule[];
  /** Tokens of its service account that a workload is given as files, to prove who it is. */
  tokens?: ProjectedToken[];
  /** Claims that a workload mounts; it has to be in their namespace. */
  volumes?: ClaimVolume[];
}

/** A claim of a volume, and where a workload that uses it finds the files. */
export interface ClaimVolume {
  /** Name of the PersistentVolumeClaim. */
  claim: string;
  /** Namespace of the claim; pods of no other can mount it. */
  namespace: string;
  /** Folder that the files are in, such as "/mnt/files". */
  mountPath: string;
  /** Whether the workload may only read. Defaults to false. */
  readOnly?: boolean;
}

/** A token of a workload's service account for one recipient, in a file that the cluster keeps fresh. */
export interface ProjectedToken {
  /** Recipient, such as "sts.amazonaws.com"; nobody else accepts the token. */
  audience: string;
  /** Path of the file below {@link tokenFolder}, such as "reader/token". */
  path: string;
  /** Seconds that a token is valid, 600 to 86400; it is renewed before. Defaults to 3600. */
  expirationSeconds?: number;
}

/** Where a workload finds the tokens that its bindings call for. */
export const tokenFolder = "/var/run/secrets/aistack.dev";

/** A destination that a workload may connect to. */
export interface EgressRule {
  /** TCP port. */
  port: number;
  /** Namespace of the destination pods, for a destination in the cluster. */
  namespace?: string;
  /** Labels of the destination pods. Defaults to all pods of the namespace. */
  podLabels?: { [label: string]: string };
  /** Addresses of a destination outside the cluster, in CIDR notation. Defaults to all but link-local ones. */
  cidr?: string;
}

/** A permission on a thing, in the terms of the platform that enforces it. */
export interface AccessRule {
  /** Platform that enforces the rule. */
  platform: Platform;
  /** AWS: IAM actions. Google Cloud: IAM roles. */
  actions: string[];
  /** AWS: ARNs, `*` for a suffix allowed. Google Cloud: full resource names. */
  resources: string[];
}

/** A workload as platforms know it: its Kubernetes service account. */
export interface WorkloadIdentity {
  /** Namespace of the service account. */
  namespace: string;
  /** Name of the service account. */
  serviceAccount: string;
}

/** A cluster's service-account tokens as a cloud trusts them: what its workloads have in place of a key of that cloud. */
export interface WorkloadIssuerBinding {
  /** Cloud that trusts the tokens. */
  platform: Platform;
  /** URL that the tokens name as their issuer, such as `https://d111111abcdef8.cloudfront.net`. */
  url: string;
  /** What the cloud calls the trust: on AWS, the ARN of an OpenID Connect provider. */
  provider: string;
  /** Recipient that the tokens must name. */
  audience: string;
}

/** A Kubernetes cluster and what its nodes carry. */
export interface ClusterBinding {
  /** Name of the cluster. */
  name: string;
  /** Where the cluster runs. */
  platform: Platform;
  /**
   * Kubeconfig, as YAML or JSON text. A secret if it holds a token or a client key. When omitted, the current context of
   * the machine that runs Pulumi.
   */
  kubeconfig?: string;
  /** Region of the cloud, if it runs in one. */
  region?: string;
  /** Accelerators that its nodes carry. */
  accelerators?: NodeAccelerator[];
  /** Storage class for block volumes. When omitted, the cluster's default class. */
  storageClass?: string;
  /** Drivers of shared file systems that its nodes have, such as "fsx.csi.aws.com". When omitted, not known. */
  volumeDrivers?: string[];
  /** Registries to take images, charts and packages from, where the cluster cannot reach the public ones. */
  mirror?: Mirror;
}

/** One kind of accelerator in a cluster, and how a pod gets onto its nodes. */
export interface NodeAccelerator {
  /** Accelerator model. */
  accelerator: Accelerator;
  /** Accelerators on one node. */
  perNode: number;
  /** Nodes at most. */
  maxNodes: number;
  /** Labels of the nodes, for a pod's node selector. */
  nodeLabels: { [label: string]: string };
}

/** A network that clusters and services are put into. */
export interface NetworkBinding {
  /** Id of the network: the VPC id on AWS. */
  networkId: string;
  /** Address range, in CIDR notation. */
  cidr: string;
  /** Subnets without a route from the internet, in two availability zones or more. */
  privateSubnetIds: string[];
  /** Zones of `privateSubnetIds`, in the same order, on clouds whose subnets belong to zones. When omitted, looked up. */
  privateSubnetZones?: string[];
  /** Subnets for public load balancers. */
  publicSubnetIds?: string[];
}

/** A bucket, on any platform. */
export interface ObjectStoreBinding extends Binding {
  /** Platform that holds the bucket. */
  platform: Platform;
  /** Name of the bucket. */
  bucket: string;
  /** URL that data tools take: `s3://bucket` or `gs://bucket`. */
  url: string;
  /** Region of the bucket. */
  region?: string;
  /** Endpoint of an S3-compatible store. When omitted, the platform's own. */
  endpoint?: string;
  /** What may be granted on the bucket. */
  access: ObjectStoreAccess;
}

/** What may be granted on a bucket. */
export interface ObjectStoreAccess {
  /** List the bucket and read its objects. */
  read: AccessRule[];
  /** Write new objects, without reading, overwriting protection or deleting. */
  write: AccessRule[];
}

/** Files that many nodes read and write at the same time, on any platform. */
export interface SharedFileSystemBinding extends Binding {
  /** Platform that holds the files. */
  platform: Platform;
  /** Storage class of its volumes. */
  storageClass: string;
  /** Space for files in GiB; absent where it grows with them. */
  capacityGiB?: number;
  /** Throughput of all clients together, in the megabytes per second of the service; absent where none is promised. */
  throughputMiBps?: number;
  /** Host name or address of the server. */
  server?: string;
  /** What clients mount from the server: the name of the Lustre file system, or of the share. */
  mountName?: string;
  /** How nodes mount it, for a claim in one more namespace; absent where each claim is a volume of its own. */
  volume?: CsiVolume;
}

/** A volume that exists, as a driver on the nodes mounts it. */
export interface CsiVolume {
  /** Name of the driver, such as "fsx.csi.aws.com". */
  driver: string;
  /** What the driver calls the volume. */
  handle: string;
  /** What the driver has to know to mount it. */
  attributes: { [name: string]: string };
  /** Kind of file system, such as "lustre". */
  fsType: string;
  /** Options of the mount. */
  mountOptions?: string[];
}

/** Program that keeps and searches vectors. */
export enum VectorEngine {
  /** Qdrant. */
  Qdrant = "qdrant",
  /** PostgreSQL with the pgvector extension: CloudNativePG, Aurora, AlloyDB. */
  Pgvector = "pgvector",
  /** Amazon S3 Vectors. */
  S3Vectors = "s3-vectors",
  /** Amazon OpenSearch Serverless. */
  OpenSearchServerless = "opensearch-serverless",
  /** Vertex AI Vector Search. */
  VertexVectorSearch = "vertex-vector-search",
}

/** How the distance of two vectors is measured. */
export enum Distance {
  /** Angle; for embeddings of text. */
  Cosine = "cosine",
  /** Straight line. */
  Euclidean = "euclidean",
  /** Dot product; for normalised vectors. */
  Dot = "dot",
}

/** A store of vectors, on any platform. */
export interface VectorStoreBinding extends Binding {
  /** Program that keeps the vectors, which decides the protocol. */
  engine: VectorEngine;
  /** URL of the store, such as `https://vectors.vectors.svc:6333`. */
  endpoint: string;
  /** Name of the collection, table or index. */
  collection: string;
  /** Length of the vectors. */
  dimensions: number;
  /** Measure of distance that the collection is built for. */
  distance: Distance;
  /** What may be granted on the store, for an AccessGrant, where a cloud decides who gets in. */
  access?: VectorStoreAccess;
  /** What has to be run before the table is there, where nothing has done it yet. */
  initialisation?: VectorStoreInitialisation;
}

/** Statements that make a table of vectors, and who may run them where. Holds no credential. */
export interface VectorStoreInitialisation {
  /** Cloud that the database is in. */
  platform: Platform;
  /** Statements, in order, of one line each. They may run again. */
  statements: string[];
  /** Database that they are run in. */
  database: string;
  /** Role that runs them. */
  user: string;
  /** Where its password is kept: on AWS the ARN of the secret, on Google Cloud `projects/<number>/secrets/<name>`. */
  secret: string;
  /** On AWS, ARN of the cluster whose Data API runs them. */
  clusterArn?: string;
  /** What whoever runs them must be granted, for an AccessGrant. */
  access: AccessRule[];
  /** Where whoever runs them connects to. */
  egress: EgressRule[];
}

/** What may be granted on a store of vectors. */
export interface VectorStoreAccess {
  /** Search vectors and read them. */
  read: AccessRule[];
  /** Write vectors and delete them; without `read`, no search. */
  write: AccessRule[];
}

/** A database of PostgreSQL, and the role that owns it, on any platform. */
export interface DatabaseBinding extends Binding {
  /** Platform that runs the database. */
  platform: Platform;
  /** Host name of the server that takes writes, which its certificate is valid for. */
  host: string;
  /** Port of the server. */
  port: number;
  /** Name of the database. */
  database: string;
  /** Role that owns the database, and nothing else. Its password is in `credentials`; `databasePassword` takes it out. */
  user: string;
  /**
   * The authority that signed the server's certificate, in PEM form, for clients that verify it. When omitted, the
   * connection is encrypted, and the client has to know whom to trust.
   */
  caCertificate?: string;
}

/** A model that answers requests, on any platform. */
export interface InferenceBinding extends Binding {
  /** URL of the API, such as `http://assistant.assistant.svc:8000`. */
  endpoint: string;
  /** Name that requests address the model by. */
  model?: string;
  /** Service account that the service runs as, where that is known. */
  identity?: WorkloadIdentity;
  /** How a pipeline changes which model is served, where one does. */
  delivery?: InferenceDelivery;
}

/** What a pipeline changes on Kubernetes to bring a model to a service, first to its canary, then to all its replicas. */
export interface InferenceDelivery {
  /** Namespace of all that is named here. */
  namespace: string;
  /** Deployment that answers. */
  stable: string;
  /** Deployment that tries a new model behind the same address; it has replicas during a delivery only. */
  canary: string;
  /** ConfigMap that says which model each of the two serves: `stable-uri`, `stable-version`, `canary-uri`, `canary-version`. */
  models: string;
  /** Labels of the canary's pods. */
  canaryLabels: { [label: string]: string };
  /** Port that a replica answers on. */
  port: number;
  /** Path that answers 200 when a replica is ready. */
  healthPath: string;
  /** Replicas of the stable Deployment at least. */
  replicas: number;
  /** Replicas that try a new model. */
  canaryReplicas: number;
  /** Seconds that a replica may take to start. */
  startupTimeoutSeconds: number;
}

/** What takes audit events of applications, over OpenTelemetry's protocol, and writes them to a bucket. */
export interface AuditEventsBinding extends Binding {
  /** URL for OTLP over HTTP, such as `http://events.events.svc:4318`; logs go to `/v1/logs` there. */
  endpoint: string;
  /** URL for OTLP over gRPC, such as `http://events.events.svc:4317`. */
  grpcEndpoint: string;
  /** Classes of events that are taken; others are kept apart. */
  classes: AuditEventClass[];
}

/**
 * One field of a binding that is not a credential, without the secrecy of the whole.
 * Known fields stay known while others are not yet, as in a first preview.
 */
export function bindingField<T extends object, K extends keyof T & string>(
  binding: pulumi.Input<T>,
  field: K,
): pulumi.Output<T[K]> {
  // Lifted access, unlike `apply`, sees the known fields of a partly unknown object.
  const lifted = pulumi.output(binding) as unknown as { [F in K]: pulumi.Output<T[F]> };
  return pulumi.unsecret(lifted[field]);
}

import * as pulumi from "@pulumi/pulumi";
import * as aws from "aistack-aws";
import {
  type Binding,
  type ClusterBinding,
  type ObjectStoreBinding,
  Platform,
  type WorkloadIssuerBinding,
} from "aistack-core";
import * as edge from "aistack-edge";
import { gpuPool, type Settings } from "./config";
import { EdgeIdentity } from "./identity";

/** The cloud's side, as the rest of the stack needs it. */
export interface Cloud {
  cluster: pulumi.Output<ClusterBinding>;
  /** Bucket that models are published to. */
  store: pulumi.Output<ObjectStoreBinding>;
  /** What lets training publish; undefined where the store brings credentials. */
  publish?: pulumi.Output<Binding>;
  /** Bucket with the audit records; undefined where nothing is created in AWS. */
  records?: pulumi.Output<ObjectStoreBinding>;
}

/** Namespace and service account of training, and of what carries models at the edge. */
export const training = { namespace: "training", serviceAccount: "training" };
export const carrier = { namespace: "models", serviceAccount: "models" };

/** The training cluster with the audit bucket and the bucket for models. */
export function createCloud({ cloud }: Settings): Cloud {
  const { binding: cluster, network } = new aws.GpuCluster("cloud", {
    // Machines for training come when a job asks for them, and go when none does.
    pools: [
      {
        name: "training",
        accelerator: cloud.trainingAccelerator,
        perNode: cloud.trainingGpusPerNode,
        minNodes: 0,
        maxNodes: cloud.trainingMaxNodes,
      },
    ],
    systemNodes: { machineType: cloud.systemMachineType, minNodes: cloud.systemNodes },
    apiAccessCidrs: cloud.apiAccessCidrs,
    administrators: cloud.administrators,
    deletionProtection: cloud.deletionProtection,
  });
  const { binding: store } = new aws.ObjectStore("store");
  // Made at once, and waiting for none of its sources: only the ways from them to it wait for them.
  const audit = new aws.AuditLogBucket("audit", {
    compliance: cloud.compliance,
    resolutions: cloud.resolutions,
    trail: {},
    clusters: [cluster],
    networks: network && [network],
    buckets: [store],
  });
  const { binding: publish } = new aws.AccessGrant("training-publishes", {
    cluster,
    identity: training,
    // `aws s3 sync` looks at what is there before it writes.
    access: pulumi.all([store.access.read, store.access.write]).apply(([read, write]) => [...read, ...write]),
  });
  return { cluster, store, publish, records: audit.binding };
}

/** A cluster for training and a bucket that exist: nothing is created in AWS. */
export function existingCloud({ cloud, models }: Settings): Cloud {
  const { bucket, endpoint, accessKeyId, secretAccessKey } = models;
  const credentials = accessKeyId && { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey };
  return {
    cluster: existing("cloud", cloud.kubeconfig),
    store: pulumi.output({
      kind: "object-store",
      name: "store",
      platform: Platform.Kubernetes,
      bucket,
      url: `s3://${bucket}`,
      endpoint,
      credentials,
      egress: [{ port: 443 }],
      access: { read: [], write: [] },
    }) as pulumi.Output<ObjectStoreBinding>,
  };
}

/** The edge's side, as the rest of the stack needs it. */
export interface Edge {
  cluster: pulumi.Output<ClusterBinding>;
  /** What lets the carrier read the bucket; undefined where the store brings credentials. */
  read?: pulumi.Output<Binding>;
  /** By which AWS knows who the workloads are; undefined where nothing is created there. */
  issuer?: pulumi.Output<WorkloadIssuerBinding>;
}

/** @param store Bucket in AWS that the edge reads; undefined where nothing is created there. */
export function createEdge(settings: Settings, store?: pulumi.Output<ObjectStoreBinding>): Edge {
  const identity = store && new EdgeIdentity("edge-identity", settings.edge.signingPublicKey);
  const { binding: cluster } = new edge.GpuCluster("edge", clusterArgs(settings, identity));
  return {
    cluster,
    read: store && identity && readGrant(cluster, identity.issuer, store),
    issuer: identity?.issuer,
  };
}

function clusterArgs({ edge: own, assistant }: Settings, identity?: EdgeIdentity): edge.GpuClusterArgs {
  if (own.kubeconfig) return { existing: existing("edge", own.kubeconfig) };
  return {
    servers: own.servers,
    agents: own.agents,
    pools: [{ name: gpuPool, accelerator: assistant.accelerator, perNode: assistant.gpusPerNode }],
    privateKey: own.privateKey,
    apiAddress: own.apiAddress,
    serviceAccountIssuer: identity?.signing,
    deletionProtection: own.deletionProtection,
  };
}

function readGrant(
  cluster: pulumi.Output<ClusterBinding>,
  issuer: pulumi.Output<WorkloadIssuerBinding>,
  store: pulumi.Output<ObjectStoreBinding>,
): pulumi.Output<Binding> {
  const args = { cluster, issuer, identity: carrier, access: store.access.read };
  return new aws.AccessGrant("edge-reads", args).binding;
}

function existing(name: string, kubeconfig: pulumi.Output<string> | undefined): pulumi.Output<ClusterBinding> {
  return pulumi.output({ name, platform: Platform.Kubernetes, kubeconfig }) as pulumi.Output<ClusterBinding>;
}

import type * as pulumi from "@pulumi/pulumi";
import type { Accelerator, Binding, ClusterBinding, ObjectStoreBinding } from "aistack-core";

/** Arguments of ModelSync. */
export interface ModelSyncArgs {
  /** Cluster to carry the models to. */
  cluster: pulumi.Input<ClusterBinding>;
  /** Bucket that holds the models: on AWS, or another that speaks S3. */
  source: pulumi.Input<ObjectStoreBinding>;
  /** Folder of the bucket to carry, such as "published". Defaults to the whole bucket. */
  prefix?: pulumi.Input<string>;
  /** What lets the pods read the bucket, such as the binding of an AccessGrant to the identity of this component. */
  uses?: pulumi.Input<Binding>[];
  /** Cron schedule, in UTC, on which the bucket is looked at. Defaults to every fifteen minutes. */
  schedule?: pulumi.Input<string>;
  /** Hours after which a run is given up; the next one goes on where it ended. 1 to 168. Defaults to 12. */
  timeoutHours?: number;
  /** Most that a run takes of the link, in MiB per second, 1 to 10000. Defaults to all it can get. */
  maxMiBPerSecond?: pulumi.Input<number>;
  /** Volume to carry the models to. Defaults to one of 200 GiB on one node. */
  volume?: ModelVolumeArgs;
  /**
   * Accelerator whose nodes the models are for. The pods then run there: a volume that belongs to one node, as on k3s, is
   * made where the first pod runs. When omitted, they run on any node without accelerators.
   */
  accelerator?: Accelerator;
  /** CPU that a run is given, as a Kubernetes quantity. Defaults to "500m". */
  cpu?: pulumi.Input<string>;
  /** Memory that a run is given, as a Kubernetes quantity. Defaults to "1Gi". */
  memory?: pulumi.Input<string>;
  /** Namespace that exists. When omitted, one with the component's name is created. */
  namespace?: pulumi.Input<string>;
}

/** Volume that models are carried to. */
export interface ModelVolumeArgs {
  /**
   * Size in GiB, 1 to 65536. Defaults to 200. Room for the models that are served, those before, and those on their way is
   * needed; what is the same among them is kept once.
   */
  sizeGiB?: pulumi.Input<number>;
  /** Storage class. Defaults to that of the cluster. */
  storageClass?: pulumi.Input<string>;
  /** Whether nodes share the volume; the storage class must allow that. Defaults to false: one node has it. */
  shared?: boolean;
}

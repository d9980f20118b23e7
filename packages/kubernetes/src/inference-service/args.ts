import type * as pulumi from "@pulumi/pulumi";
import type { Accelerator, Binding, ClusterBinding, InferenceBinding } from "aistack-core";

/** Arguments of InferenceService. */
export interface InferenceServiceArgs {
  /** Cluster to run on. */
  cluster: pulumi.Input<ClusterBinding>;
  /**
   * Model that vLLM serves: a Hugging Face id such as "Qwen/Qwen3-8B", or an absolute path in the model cache.
   * This, `image` or `delivery` is required.
   */
  model?: pulumi.Input<string>;
  /** Revision of the model: a commit, tag or branch. Defaults to the newest; pin a commit in production. */
  modelRevision?: pulumi.Input<string>;
  /** Further arguments of `vllm serve`. */
  engineArgs?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Container image that serves HTTP on `port`. Defaults to vLLM at a pinned version; with `delivery` to MLflow's model
   * server, which takes the models of any framework that MLflow's image has.
   */
  image?: pulumi.Input<string>;
  /** Command of `image`. Defaults to the image's own. */
  command?: pulumi.Input<pulumi.Input<string>[]>;
  /** Port that the server listens on, 1024 to 65535. Defaults to 8000. */
  port?: number;
  /** Path that answers 200 when the server is ready. Defaults to "/health". */
  healthPath?: pulumi.Input<string>;
  /** Seconds that a replica may take to start, the download of the model included, 30 to 14400. Defaults to 1800. */
  startupTimeoutSeconds?: number;
  /** Accelerator that each replica runs on. When omitted, replicas run on CPUs. */
  accelerator?: Accelerator;
  /** Accelerators for each replica, 1 to 16; vLLM spreads the model over them. Defaults to 1 with `accelerator`. */
  acceleratorsPerReplica?: number;
  /** CPU that each replica is given, as a Kubernetes quantity. Defaults to "2". */
  cpu?: pulumi.Input<string>;
  /** Memory that each replica is given, as a Kubernetes quantity, shared memory included. Defaults to "12Gi". */
  memory?: pulumi.Input<string>;
  /** Shared memory of each replica in GiB, 1 to 512, which engines use between processes. Defaults to 2. */
  sharedMemoryGiB?: number;
  /** How many replicas run. Defaults to one. */
  scaling?: InferenceScalingArgs;
  /**
   * Leaves it to a pipeline which model is served, such as an MlopsPipeline: replicas find it in the variables `MODEL_URI`
   * and `MODEL_VERSION`, and a new one is tried on some of the requests first.
   */
  delivery?: InferenceDeliveryArgs;
  /** Volume that keeps downloaded models. Defaults to 100 GiB for each replica. */
  modelCache?: ModelCacheArgs;
  /** Token for models that Hugging Face gives to named users only. A secret. */
  huggingFaceToken?: pulumi.Input<string>;
  /** Whether replicas may connect to public addresses on port 443 to download models. Defaults to true for a model id. */
  allowDownload?: boolean;
  /**
   * Bindings that the workload uses: their variables, credentials, volumes and network rules are given to it. Where several
   * have the same variable, such as `AWS_ACCESS_KEY_ID`, the first one's counts.
   */
  uses?: pulumi.Input<Binding>[];
  /** Further environment variables. No secrets: use `uses`. */
  environment?: pulumi.Input<{ [name: string]: pulumi.Input<string> }>;
  /** Files by name, mounted read-only in /app. */
  files?: pulumi.Input<{ [name: string]: pulumi.Input<string> }>;
  /** Namespace that exists. When omitted, one with the component's name is created. */
  namespace?: pulumi.Input<string>;
  /** Namespaces whose pods may connect, if they carry the label in the binding. Defaults to all. */
  clientNamespaces?: pulumi.Input<pulumi.Input<string>[]>;
  /** Service that exists: nothing is created, and `binding` is this one. */
  existing?: pulumi.Input<InferenceBinding>;
}

/** How a pipeline brings models to a service. */
export interface InferenceDeliveryArgs {
  /**
   * What is served until the first delivery: "models:/name/version" in MLflow, an absolute path, or an S3 URL. When
   * omitted, no replica runs until then. Later changes of it have no effect.
   */
  initialModel?: pulumi.Input<string>;
  /** Replicas that try a new model, 1 to 100; their part of all replicas is their part of the requests. Defaults to 1. */
  canaryReplicas?: number;
}

/** How many replicas run, and what decides. */
export interface InferenceScalingArgs {
  /** Replicas at least, 1 to 1000. Defaults to 1. */
  minReplicas?: number;
  /** Replicas at most, 1 to 1000. Defaults to `minReplicas`, which means no scaling. */
  maxReplicas?: number;
  /** What is measured. Defaults to waiting requests for vLLM, to CPU for other images. */
  metric?: ScalingMetric;
  /** Value of the metric to hold: waiting requests for each replica, or percent of the requested CPU. Defaults to 5 or 80. */
  target?: pulumi.Input<number>;
}

/** What horizontal scaling measures. */
export enum ScalingMetric {
  /** Requests that wait in vLLM; the cluster needs an adapter that serves them as custom metrics. */
  WaitingRequests = "waiting-requests",
  /** CPU; the cluster needs the metrics server. */
  Cpu = "cpu",
}

/** Volume that keeps models. */
export interface ModelCacheArgs {
  /**
   * Claim in `namespace` that holds models already, such as that of a ModelSync: mounted at /models, read-only. `model` is
   * then a path there, and nothing is downloaded. When omitted, a volume is created.
   */
  existingClaim?: pulumi.Input<string>;
  /** Size in GiB, 1 to 16384. Defaults to 100. */
  sizeGiB?: pulumi.Input<number>;
  /** Storage class. Defaults to that of the cluster. */
  storageClass?: pulumi.Input<string>;
  /**
   * One volume for all replicas that outlives them, instead of one for each that goes with it. The storage class must
   * allow access from many nodes. Defaults to false.
   */
  shared?: boolean;
}

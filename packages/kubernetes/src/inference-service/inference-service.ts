import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import {
  type Accelerator,
  type Binding,
  bindingField,
  type ClusterBinding,
  environmentPrefix,
  type InferenceBinding,
  onCluster,
  type WorkloadIdentity,
} from "aistack-core";
import { clientLabel, selectorLabels, standardLabels } from "../workload/labels";
import { WorkloadNamespace } from "../workload/namespace";
import { dnsEgress, ingressFrom, internetEgress } from "../workload/network-policy";
import { credentialsHash, type Uses, usesOf } from "../workload/uses";
import { autoscalerSpec } from "./autoscaler";
import { cacheClaim, podSpec } from "./pod";
import { checkedSettings, type InferenceSettings } from "./settings";

/** Arguments of {@link InferenceService}. */
export interface InferenceServiceArgs {
  /** Cluster to run on. */
  cluster: pulumi.Input<ClusterBinding>;
  /**
   * Model that vLLM serves: a Hugging Face id such as "Qwen/Qwen3-8B", or an absolute path in the model cache.
   * Either this or `image` is required.
   */
  model?: pulumi.Input<string>;
  /** Revision of the model: a commit, tag or branch. Defaults to the newest; pin a commit in production. */
  modelRevision?: pulumi.Input<string>;
  /** Further arguments of `vllm serve`. */
  engineArgs?: pulumi.Input<pulumi.Input<string>[]>;
  /** Container image that serves HTTP on `port`. Defaults to vLLM at a pinned version. */
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
  /** Volume that keeps downloaded models. Defaults to 100 GiB for each replica. */
  modelCache?: ModelCacheArgs;
  /** Token for models that Hugging Face gives to named users only. A secret. */
  huggingFaceToken?: pulumi.Input<string>;
  /** Whether replicas may connect to public addresses on port 443 to download models. Defaults to true for a model id. */
  allowDownload?: boolean;
  /** Bindings that the workload uses: their variables, credentials and network rules are given to it. */
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

/** Volume that keeps downloaded models. */
export interface ModelCacheArgs {
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

const type = "aistack-kubernetes:index:InferenceService";

/** A model behind an HTTP API on Kubernetes: vLLM with an API key, or any image. */
export class InferenceService extends pulumi.ComponentResource {
  /** How to reach the service, for `uses` of another workload. A secret as a whole, since it holds the API key. */
  public readonly binding: pulumi.Output<InferenceBinding>;
  /**
   * Service account that the replicas run as: the component's name, in its namespace. To grant it access before the
   * replicas start, name both in the grant and let this component depend on it.
   */
  public readonly identity: pulumi.Output<WorkloadIdentity>;

  constructor(name: string, args: InferenceServiceArgs, opts: pulumi.ComponentResourceOptions = {}) {
    const settings = checkedSettings(type, name, args);
    super(type, name, args, opts);
    if (args.existing !== undefined) {
      this.binding = pulumi.output(args.existing);
      this.identity = bindingField(this.binding, "identity") as pulumi.Output<WorkloadIdentity>;
      this.registerOutputs({ binding: this.binding, identity: this.identity });
      return;
    }
    const child = onCluster(this, name, args.cluster, opts);
    const component = { parent: this, provider: child.provider };
    const uses = usesOf(args.uses ?? []);

    const namespace = args.namespace ?? new WorkloadNamespace(name, { cluster: args.cluster }, component).namespace;
    const metadata = { name, namespace, labels: standardLabels(name, settings.application, "server") };
    const selector = selectorLabels(name, "server");

    const apiKey = settings.vllm
      ? new random.RandomPassword(`${name}-api-key`, { length: 48, special: false }, { parent: this }).result
      : undefined;
    const credentials = credentialsOf(args, uses, apiKey);
    const account = new kubernetes.core.v1.ServiceAccount(
      `${name}-account`,
      { metadata, automountServiceAccountToken: false },
      child,
    );
    const secret = new kubernetes.core.v1.Secret(
      `${name}-credentials`,
      { metadata: { ...metadata, name: `${name}-credentials` }, stringData: credentials },
      child,
    );
    const files =
      args.files && new kubernetes.core.v1.ConfigMap(`${name}-files`, { metadata, data: args.files }, child);
    const cache = settings.sharedCache ? cacheClaim(name, metadata, settings, child) : undefined;
    const policy = new kubernetes.networking.v1.NetworkPolicy(
      `${name}-network`,
      { metadata, spec: networkPolicy(name, args, settings, uses, selector) },
      child,
    );
    const service = new kubernetes.core.v1.Service(
      `${name}-service`,
      {
        // Else the provider would wait ten minutes for endpoints, which a model that is still loading does not have.
        metadata: { ...metadata, annotations: { "pulumi.com/skipAwait": "true" } },
        spec: { selector, ports: [{ name: "http", port: settings.port, targetPort: "http" }] },
      },
      child,
    );
    const timeout = `${settings.startupTimeoutSeconds + 900}s`;
    const replicas = new kubernetes.apps.v1.Deployment(
      `${name}-replicas`,
      {
        metadata,
        spec: {
          // An autoscaler, where there is one, owns the number.
          replicas: settings.autoscaled ? undefined : settings.minReplicas,
          selector: { matchLabels: selector },
          progressDeadlineSeconds: settings.startupTimeoutSeconds + 600,
          // A spare accelerator for an extra replica rarely exists: waiting for one would block every update.
          strategy: {
            rollingUpdate: settings.resourceName
              ? { maxSurge: 0, maxUnavailable: 1 }
              : { maxSurge: 1, maxUnavailable: 0 },
          },
          template: {
            metadata: {
              labels: uses.podLabels.apply((clients) => ({ ...metadata.labels, ...clients })),
              annotations: { "aistack.dev/credentials-hash": credentialsHash(credentials) },
            },
            spec: podSpec(settings, uses, {
              serviceAccount: account.metadata.name,
              credentials: secret.metadata.name,
              files: files?.metadata.name,
              cache: cache?.metadata.name,
              selector,
            }),
          },
        },
      },
      { ...child, dependsOn: [policy], customTimeouts: { create: timeout, update: timeout } },
    );
    if (settings.maxReplicas > 1)
      new kubernetes.policy.v1.PodDisruptionBudget(
        `${name}-disruption`,
        { metadata, spec: { maxUnavailable: 1, selector: { matchLabels: selector } } },
        child,
      );
    if (settings.autoscaled)
      new kubernetes.autoscaling.v2.HorizontalPodAutoscaler(
        `${name}-autoscaler`,
        { metadata, spec: autoscalerSpec(settings, replicas) },
        child,
      );

    // Reading the name from the replicas makes clients wait until they are ready.
    const endpoint = pulumi.interpolate`http://${service.metadata.name}.${replicas.metadata.namespace}.svc:${settings.port}`;
    this.identity = pulumi.output({ namespace, serviceAccount: account.metadata.name });
    this.binding = bindingOf(name, this.identity, settings, endpoint, apiKey, selector);
    this.registerOutputs({ binding: this.binding, identity: this.identity });
  }
}

function credentialsOf(
  args: InferenceServiceArgs,
  uses: Uses,
  apiKey: pulumi.Output<string> | undefined,
): pulumi.Output<{ [name: string]: string }> {
  const own: { [name: string]: pulumi.Input<string> } = {
    ...(apiKey && { VLLM_API_KEY: apiKey }),
    ...(args.huggingFaceToken && { HF_TOKEN: args.huggingFaceToken }),
  };
  return pulumi.secret(pulumi.all([uses.credentials, own]).apply(([used, mine]) => ({ ...used, ...mine })));
}

function networkPolicy(
  name: string,
  args: InferenceServiceArgs,
  settings: InferenceSettings,
  uses: Uses,
  selector: { [label: string]: string },
): kubernetes.types.input.networking.v1.NetworkPolicySpec {
  const clients = pulumi
    .output(args.clientNamespaces)
    .apply((namespaces) => ingressFrom(clientLabel(name), [settings.port], namespaces));
  const download = settings.allowDownload ? [internetEgress] : [];
  return {
    podSelector: { matchLabels: selector },
    policyTypes: ["Ingress", "Egress"],
    ingress: [clients],
    egress: uses.egress.apply((used) => [dnsEgress, ...download, ...used]),
  };
}

function bindingOf(
  name: string,
  identity: pulumi.Output<WorkloadIdentity>,
  settings: InferenceSettings,
  endpoint: pulumi.Output<string>,
  apiKey: pulumi.Output<string> | undefined,
  podLabels: { [label: string]: string },
): pulumi.Output<InferenceBinding> {
  const prefix = environmentPrefix(name);
  return pulumi.output({
    kind: "inference",
    name,
    endpoint,
    model: settings.model,
    environment: { [`${prefix}_URL`]: endpoint, ...(settings.model && { [`${prefix}_MODEL`]: settings.model }) },
    credentials: apiKey && { [`${prefix}_API_KEY`]: apiKey },
    clientLabels: clientLabel(name),
    egress: [{ port: settings.port, namespace: identity.namespace, podLabels }],
    identity,
  });
}

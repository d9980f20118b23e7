import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import {
  bindingField,
  environmentPrefix,
  type InferenceBinding,
  type InferenceDelivery,
  onCluster,
  type WorkloadIdentity,
} from "aistack-core";
import { clientLabel, selectorLabels, standardLabels } from "../workload/labels";
import { WorkloadNamespace } from "../workload/namespace";
import { dnsEgress, ingressFrom, internetEgress } from "../workload/network-policy";
import { type Uses, usesOf } from "../workload/uses";
import type { InferenceServiceArgs } from "./args";
import { autoscalerSpec } from "./autoscaler";
import { deliveredModels, deliveryOf } from "./delivery";
import { cacheClaim } from "./pod";
import { replicasOf, startsEmpty } from "./replicas";
import { checkedSettings, type InferenceSettings } from "./settings";

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
    const namespace = args.namespace ?? new WorkloadNamespace(name, { cluster: args.cluster }, component).namespace;
    const uses = usesOf(args.uses ?? [], namespace);
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
    const models = settings.delivery && deliveredModels(name, metadata, settings.delivery, child);
    const parts = { account, secret, files, cache, models, uses, credentials };
    const rollout = `${settings.startupTimeoutSeconds + 900}s`;
    const awaited = { ...child, dependsOn: [policy], customTimeouts: { create: rollout, update: rollout } };
    const stable = replicasOf(metadata, settings, parts, models && "stable");
    const replicas = new kubernetes.apps.v1.Deployment(`${name}-replicas`, stable, {
      ...awaited,
      // The first delivery starts them.
      ignoreChanges: startsEmpty(settings) ? ["spec.replicas"] : undefined,
    });
    const canary =
      models &&
      new kubernetes.apps.v1.Deployment(`${name}-canary`, replicasOf(metadata, settings, parts, "canary"), {
        ...awaited,
        ignoreChanges: ["spec.replicas"],
      });
    if (settings.maxReplicas > 1)
      new kubernetes.policy.v1.PodDisruptionBudget(
        `${name}-disruption`,
        { metadata, spec: { maxUnavailable: 1, selector: stable.spec.selector } },
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
    const delivery = canary && models && deliveryOf(settings, { name, namespace, replicas, canary, models });
    this.binding = bindingOf(name, this.identity, settings, { endpoint, apiKey, podLabels: selector, delivery });
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

interface BindingParts {
  endpoint: pulumi.Output<string>;
  apiKey?: pulumi.Output<string>;
  podLabels: { [label: string]: string };
  delivery?: pulumi.Output<InferenceDelivery>;
}

function bindingOf(
  name: string,
  identity: pulumi.Output<WorkloadIdentity>,
  settings: InferenceSettings,
  { endpoint, apiKey, podLabels, delivery }: BindingParts,
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
    delivery,
  });
}

import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { chartPin, type InstallArgs, type Mirror, mirroredImage, TaintEffect } from "aistack-core";
import * as defaults from "./defaults";
import { controllerNamespace } from "./namespaces";
import type { RuntimePool } from "./pools";
import { release } from "./release";
import { acceleratorResource } from "./sharing";

/** API version of Kueue's resources. */
export const kueueApi = "kueue.x-k8s.io/v1beta2";

/** What the queues are made from. */
export interface QueuesArgs {
  pools: RuntimePool[];
  install: Required<Pick<InstallArgs, "queues" | "certManager">>;
  mirror?: pulumi.Input<Mirror | undefined>;
}

/** What others wait for: the controllers, and what belongs to each pool. */
const needs = new WeakMap<Queues, { controllers: pulumi.Resource[]; pools: Map<string, pulumi.Resource[]> }>();

/** Kueue and JobSet, and the kinds of nodes that quotas are given on. */
export class Queues extends pulumi.ComponentResource {
  constructor(name: string, args: QueuesArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-runtime:index:Queues", name, {}, opts);
    const child = { parent: this };
    const certificates = args.install.certManager ? [certManager(name, args.mirror, child)] : [];
    const controllers = args.install.queues
      ? [
          kueue(name, args.mirror, { ...child, dependsOn: certificates }),
          jobSet(name, args.mirror, { ...child, dependsOn: certificates }),
        ]
      : [];
    const pools = args.pools.map(
      (pool) => [pool.name, flavorOf(name, pool, { ...child, dependsOn: controllers })] as const,
    );
    needs.set(this, { controllers, pools: new Map(pools) });
    this.registerOutputs({});
  }

  /** What understands the resources of Kueue; empty if the cluster had it before. */
  get controllers(): pulumi.Resource[] {
    return needs.get(this)?.controllers ?? [];
  }

  /** What a quota on a pool needs to be there. */
  flavor(pool: string): pulumi.Resource[] {
    return needs.get(this)?.pools.get(pool) ?? [];
  }
}

/** Name of the admission check of a pool whose nodes are asked for all at once. */
export function admissionCheckOf(pool: RuntimePool): string {
  return `provision-${pool.name}`;
}

/** cert-manager in a namespace of its own. */
export function certManager(
  name: string,
  mirror: pulumi.Input<Mirror | undefined> | undefined,
  opts: pulumi.CustomResourceOptions,
): kubernetes.helm.v3.Release {
  const twice = { replicaCount: 2, podDisruptionBudget: { enabled: true } };
  return release(
    `${name}-cert-manager`,
    {
      chart: "cert-manager",
      release: "cert-manager",
      namespace: controllerNamespace(`${name}-cert-manager`, "cert-manager", opts),
      mirror,
      values: (from) => ({
        // Kept when the release goes: with the definitions every certificate of the cluster would go.
        crds: { enabled: true, keep: true },
        ...(from?.images && { imageRegistry: `${from.images.replace(/\/+$/, "")}/quay.io` }),
        ...twice,
        webhook: twice,
        cainjector: twice,
      }),
    },
    opts,
  );
}

function kueue(
  name: string,
  mirror: pulumi.Input<Mirror | undefined> | undefined,
  opts: pulumi.CustomResourceOptions,
): kubernetes.helm.v3.Release {
  const { parent } = opts;
  return release(
    `${name}-kueue`,
    {
      chart: "kueue",
      release: "kueue",
      namespace: controllerNamespace(`${name}-kueue`, "kueue-system", { parent }),
      mirror,
      values: (from) => ({
        enableCertManager: true,
        controllerManager: {
          // No pod of a team is let in without Kueue's webhook: two, on two nodes where there are two.
          replicas: 2,
          podDisruptionBudget: { enabled: true, minAvailable: 1 },
          manager: { image: released("kueue", from) },
        },
        managerConfig: { controllerManagerConfigYaml: JSON.stringify(kueueConfiguration, undefined, 2) },
      }),
    },
    opts,
  );
}

/** Settings of Kueue, as JSON, which is YAML too. https://kueue.sigs.k8s.io/docs/reference/kueue-config.v1beta2/ */
const kueueConfiguration = {
  apiVersion: "config.kueue.x-k8s.io/v1beta2",
  kind: "Configuration",
  health: { healthProbeBindAddress: ":8081" },
  metrics: { bindAddress: ":8443" },
  webhook: { port: 9443 },
  leaderElection: { leaderElect: true, resourceName: "c1f6bfd2.kueue.x-k8s.io" },
  clientConnection: { qps: 300, burst: 500 },
  // In the teams' namespaces nothing runs past the queues; elsewhere they concern nobody.
  manageJobsWithoutQueueName: true,
  managedJobsNamespaceSelector: { matchExpressions: [{ key: defaults.teamLabel, operator: "Exists" }] },
  // All pods of a job or none: what does not get all of them in time gives its place to another.
  waitForPodsReady: {
    timeout: defaults.podsReadyTimeout,
    blockAdmission: false,
    requeuingStrategy: { timestamp: "Eviction", backoffBaseSeconds: 60, backoffMaxSeconds: 3600 },
  },
  integrations: { frameworks: defaults.frameworks },
  fairSharing: { preemptionStrategies: ["LessThanOrEqualToFinalShare", "LessThanInitialShare"] },
  resources: { excludeResourcePrefixes: defaults.uncountedPrefixes },
};

function jobSet(
  name: string,
  mirror: pulumi.Input<Mirror | undefined> | undefined,
  opts: pulumi.CustomResourceOptions,
): kubernetes.helm.v3.Release {
  const { parent } = opts;
  return release(
    `${name}-jobset`,
    {
      chart: "jobset",
      release: "jobset",
      namespace: controllerNamespace(`${name}-jobset`, "jobset-system", { parent }),
      mirror,
      values: (from) => ({
        certManager: { enable: true },
        controller: { replicas: 2, podDisruptionBudget: { enabled: true, minAvailable: 1 } },
        image: released("jobset", from),
      }),
    },
    opts,
  );
}

/** The released image of a controller: the values in the charts' sources name one that changes with each build. */
function released(project: "kueue" | "jobset", mirror: Mirror | undefined): object {
  return {
    repository: mirroredImage(`registry.k8s.io/${project}/${project}`, mirror),
    tag: `v${chartPin(project).version}`,
    pullPolicy: "IfNotPresent",
  };
}

/** The pool as Kueue knows it, and how its nodes are asked for. */
function flavorOf(name: string, pool: RuntimePool, opts: pulumi.CustomResourceOptions): pulumi.Resource[] {
  const custom = (role: string, kind: string, object: string, spec: object, needs: pulumi.Resource[] = []) =>
    new kubernetes.apiextensions.CustomResource(
      `${name}-${pool.name}-${role}`,
      {
        apiVersion: kueueApi,
        kind,
        metadata: { name: object, labels: { "app.kubernetes.io/part-of": "aistack" } },
        spec,
      },
      needs.length > 0 ? { ...opts, dependsOn: needs } : opts,
    );
  const resource = acceleratorResource(pool.accelerator);
  const taints = (pool.taints ?? []).map(({ key, value, effect }) => ({
    key,
    value: value ?? "true",
    effect: effect ?? TaintEffect.NoSchedule,
  }));
  const topology =
    pool.topologyLevels &&
    custom("topology", "Topology", pool.name, { levels: pool.topologyLevels.map((nodeLabel) => ({ nodeLabel })) });
  const flavor = custom(
    "flavor",
    "ResourceFlavor",
    pool.name,
    {
      nodeLabels: pool.nodeLabels,
      ...(taints.length > 0 && { nodeTaints: taints }),
      ...tolerations(taints.filter((taint) => taint.key !== resource)),
      ...(topology && { topologyName: pool.name }),
    },
    topology && [topology],
  );
  if (!pool.provisioning) return [flavor];
  const { className, parameters, nodeSelectorFromDetails } = pool.provisioning;
  const request = custom("provisioning", "ProvisioningRequestConfig", pool.name, {
    provisioningClassName: className,
    managedResources: resource ? [resource] : [],
    ...(parameters && { parameters }),
    ...(nodeSelectorFromDetails && {
      podSetUpdates: {
        nodeSelector: Object.entries(nodeSelectorFromDetails).map(([key, valueFromProvisioningClassDetail]) => ({
          key,
          valueFromProvisioningClassDetail,
        })),
      },
    }),
  });
  const check = custom(
    "check",
    "AdmissionCheck",
    admissionCheckOf(pool),
    {
      controllerName: "kueue.x-k8s.io/provisioning-request",
      parameters: { apiGroup: "kueue.x-k8s.io", kind: "ProvisioningRequestConfig", name: pool.name },
    },
    [request],
  );
  return [flavor, check];
}

/**
 * What a team has a quota on, its pods may tolerate. Not so the accelerator's own taint: a pod that asks for none must not
 * take the place of one that does.
 */
function tolerations(taints: { key: string; value: string; effect: string }[]): object {
  if (taints.length === 0) return {};
  return { tolerations: taints.map((taint) => ({ ...taint, operator: "Equal" })) };
}

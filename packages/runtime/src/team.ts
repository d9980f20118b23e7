import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { after, type TeamArgs } from "aistack-core";
import * as defaults from "./defaults";
import { standardLabels } from "./labels";
import { closedNamespace } from "./namespaces";
import { dnsEgress } from "./network-policy";
import type { RuntimePool } from "./pools";
import { admissionCheckOf, kueueApi, type Queues } from "./queues";
import { countedResources, hardLimits, nominalQuota, quotasByPool } from "./quotas";

/** What a team's workloads need to know. */
export interface TeamBinding {
  /** Name of the team. */
  name: string;
  /** Namespace that its workloads run in. */
  namespace: string;
  /** Local queue of the namespace. */
  queue: string;
  /** Labels for its workloads: the queue, and the priority that they have in it. */
  labels: { [label: string]: string };
}

/** What a team is made from. */
export interface TeamSpaceArgs {
  team: TeamArgs;
  pools: RuntimePool[];
  queues: Queues;
}

type Quotas = { pool: RuntimePool; count: number }[];

/** A team's place in the cluster: a closed namespace with its limits and rights, and a queue with its quota. */
export class TeamSpace extends pulumi.ComponentResource {
  /** What its workloads need to know; known once the queue is open. */
  public readonly binding: pulumi.Output<TeamBinding>;

  constructor(name: string, { team, pools, queues }: TeamSpaceArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-runtime:index:TeamSpace", name, {}, opts);
    const child = { parent: this };
    const labels = { ...standardLabels(team.name, "team", "team"), [defaults.teamLabel]: team.name };
    const quotas = quotasByPool(team.quota, pools);

    const namespace = closedNamespace(name, { namespace: team.name, labels }, child);
    const metadata = (own: string) => ({ name: own, namespace, labels });
    openWithin(name, metadata("same-namespace"), child);
    limit(name, metadata("team"), hardLimits(quotas, team.borrow ?? true), child);
    if (team.groups) admit(name, metadata, team.groups, child);

    const priority = new kubernetes.apiextensions.CustomResource(
      `${name}-priority`,
      {
        apiVersion: kueueApi,
        kind: "WorkloadPriorityClass",
        metadata: { name: team.name, labels },
        value: team.priority ?? defaults.priority,
        description: `Workloads of team ${team.name}`,
      },
      { ...child, dependsOn: queues.controllers },
    );
    const needs = quotas.flatMap(({ pool }) => queues.flavor(pool.name));
    const clusterQueue = new kubernetes.apiextensions.CustomResource(
      `${name}-cluster-queue`,
      {
        apiVersion: kueueApi,
        kind: "ClusterQueue",
        metadata: { name: team.name, labels },
        spec: clusterQueueSpec(team, quotas),
      },
      { ...child, dependsOn: needs },
    );
    const queue = new kubernetes.apiextensions.CustomResource(
      `${name}-local-queue`,
      {
        apiVersion: kueueApi,
        kind: "LocalQueue",
        metadata: metadata(defaults.localQueue),
        spec: { clusterQueue: clusterQueue.metadata.name },
      },
      child,
    );
    const binding: TeamBinding = {
      name: team.name,
      namespace: team.name,
      queue: defaults.localQueue,
      labels: {
        "kueue.x-k8s.io/queue-name": defaults.localQueue,
        "kueue.x-k8s.io/priority-class": team.name,
      },
    };
    this.binding = after(binding, queue, priority);
    this.registerOutputs({ binding: this.binding });
  }
}

/** The pods of a job talk to one another and look up names; all else stays closed until a policy opens it. */
function openWithin(
  name: string,
  metadata: kubernetes.types.input.meta.v1.ObjectMeta,
  opts: pulumi.CustomResourceOptions,
): void {
  const own = [{ podSelector: {} }];
  new kubernetes.networking.v1.NetworkPolicy(
    `${name}-same-namespace`,
    {
      metadata,
      spec: {
        podSelector: {},
        policyTypes: ["Ingress", "Egress"],
        ingress: [{ from: own }],
        egress: [{ to: own }, dnsEgress],
      },
    },
    opts,
  );
}

function limit(
  name: string,
  metadata: kubernetes.types.input.meta.v1.ObjectMeta,
  limits: { [resource: string]: string },
  opts: pulumi.CustomResourceOptions,
): void {
  new kubernetes.core.v1.ResourceQuota(
    `${name}-quota`,
    // A team's services stay inside the cluster; what must be reached from outside is for the platform to open.
    { metadata, spec: { hard: { ...limits, "services.loadbalancers": "0", "services.nodeports": "0" } } },
    opts,
  );
  new kubernetes.core.v1.LimitRange(
    `${name}-limits`,
    {
      metadata,
      // Requests only: a default limit would refuse every pod that asks for more than it and names no limit.
      spec: { limits: [{ type: "Container", defaultRequest: defaults.containerRequests }] },
    },
    opts,
  );
}

/**
 * Lets groups work in the namespace: `edit` of Kubernetes, and Kueue's role for all kinds of jobs. Neither lets them change
 * quotas, queues or the namespace.
 */
function admit(
  name: string,
  metadata: (name: string) => kubernetes.types.input.meta.v1.ObjectMeta,
  groups: pulumi.Input<pulumi.Input<string>[]>,
  opts: pulumi.CustomResourceOptions,
): void {
  const apiGroup = "rbac.authorization.k8s.io";
  const subjects = pulumi
    .output(groups)
    .apply((names) => names.map((group) => ({ kind: "Group", apiGroup, name: group })));
  for (const [role, clusterRole] of [
    ["members", "edit"],
    ["jobs", "kueue-batch-user-role"],
  ] as const)
    new kubernetes.rbac.v1.RoleBinding(
      `${name}-${role}`,
      { metadata: metadata(role), roleRef: { apiGroup, kind: "ClusterRole", name: clusterRole }, subjects },
      opts,
    );
}

function clusterQueueSpec(team: TeamArgs, quotas: Quotas): object {
  const borrow = team.borrow ?? true;
  const coveredResources = countedResources(quotas.map(({ pool }) => pool));
  const checks = quotas.filter(({ pool }) => pool.provisioning);
  return {
    cohortName: defaults.cohort,
    namespaceSelector: { matchLabels: { [defaults.teamLabel]: team.name } },
    queueingStrategy: "BestEffortFIFO",
    // What a team lent it gets back at once, from whoever has it; within the team, priorities decide.
    preemption: { reclaimWithinCohort: "Any", withinClusterQueue: "LowerPriority" },
    // Of what is idle, a team with twice the priority gets twice as much.
    fairSharing: { weight: `${(team.priority ?? defaults.priority) / 100}` },
    resourceGroups: [
      {
        coveredResources,
        flavors: quotas.map(({ pool, count }) => ({
          name: pool.name,
          resources: Object.entries(nominalQuota(pool, count, coveredResources)).map(([resource, nominal]) => ({
            name: resource,
            nominalQuota: nominal,
            ...(!borrow && { borrowingLimit: "0" }),
          })),
        })),
      },
    ],
    ...(checks.length > 0 && {
      admissionChecksStrategy: {
        admissionChecks: checks.map(({ pool }) => ({ name: admissionCheckOf(pool), onFlavors: [pool.name] })),
      },
    }),
  };
}

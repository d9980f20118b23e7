import { EventRule, EventTarget } from "@pulumi/aws/cloudwatch";
import { AccessEntry, PodIdentityAssociation } from "@pulumi/aws/eks";
import { InstanceProfile, Role, RolePolicy } from "@pulumi/aws/iam";
import { Queue, QueuePolicy } from "@pulumi/aws/sqs";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { after, chartPin, limitedName, type Mirror, mirroredImage } from "aistack-core";
import { nodeLabelsOf } from "aistack-runtime";
import { clusterArn, type Place } from "../shared/place";
import { trustServiceAccount } from "../shared/policy";
import type { ControlPlane } from "./control-plane";
import * as defaults from "./defaults";
import { clusterIntegration, discovery, eventQueue, nodeLifecycle } from "./karpenter-policy";
import { nodeRole } from "./node-pool";
import { volumeEncryption } from "./policy";

/** What Karpenter is made from. */
export interface KarpenterArgs {
  controlPlane: ControlPlane;
  provider: kubernetes.Provider;
  /** Whether the network has no way to the internet. */
  isolated: boolean;
  place: Place;
  mirror?: Mirror;
  tags: pulumi.Output<{ [key: string]: string }>;
}

/** Starts nodes when pods wait for them, and ends them when they are idle, interrupted or broken. */
export class Karpenter extends pulumi.ComponentResource {
  /** Instance profile of the nodes, once nodes with it may join the cluster. */
  readonly instanceProfile: pulumi.Output<string>;
  /** What makes and ends nodes: must outlive the pools. */
  readonly release: kubernetes.helm.v3.Release;

  constructor(name: string, args: KarpenterArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-aws:index:Karpenter", name, {}, opts);
    const nodes = this.#nodeIdentity(name, args);
    const queue = this.#events(name, args);
    const access = this.#controllerIdentity(name, args, nodes.roleArn, queue);
    this.instanceProfile = nodes.profile;
    this.release = this.#controller(name, args, queue, access);
    this.registerOutputs({});
  }

  /** A role of their own for these nodes: the controller may hand on this one, and no other. */
  #nodeIdentity(name: string, { controlPlane, place, tags }: KarpenterArgs) {
    const child = { parent: this };
    const description = `Nodes that Karpenter starts for EKS cluster ${controlPlane.clusterName}`;
    const { role, arn } = nodeRole(`${name}-node-role`, description, place, tags, child);
    const profile = new InstanceProfile(
      `${name}-node-profile`,
      { role: pulumi.all([role.name, arn]).apply(([roleName]) => roleName), tags },
      child,
    );
    // EKS makes such an entry for the role of a managed group by itself; nobody makes it for these nodes.
    const entry = new AccessEntry(
      `${name}-node-access`,
      { clusterName: controlPlane.cluster.name, principalArn: arn, type: "EC2_LINUX", tags },
      child,
    );
    return { roleArn: role.arn, profile: after(profile.name, entry) };
  }

  /** Queue of what EC2 and AWS Health say about instances, so that pods leave before the machine does. */
  #events(name: string, { controlPlane, place, tags }: KarpenterArgs): { queue: Queue; ready: pulumi.Resource[] } {
    const child = { parent: this };
    const queue = new Queue(
      `${name}-events`,
      {
        messageRetentionSeconds: defaults.interruptionRetention,
        // The service's own key: the events name instances and hold nothing else, and EventBridge needs no grant for it.
        sqsManagedSseEnabled: true,
        tags,
      },
      child,
    );
    // Named by us, so that the queue can name them in its policy before they exist.
    const ruleName = (event: string) => limitedName(`${controlPlane.clusterName}-karpenter-${event}`, 64);
    const rules = Object.entries(defaults.interruptionEvents).map(([event, { source, detailType }]) => {
      const rule = new EventRule(
        `${name}-${event}`,
        {
          name: ruleName(event),
          description: `${detailType}, for Karpenter`,
          eventPattern: JSON.stringify({ source: [source], "detail-type": [detailType] }),
          tags,
        },
        child,
      );
      return { event, rule };
    });
    const policy = new QueuePolicy(
      `${name}-events-policy`,
      {
        queueUrl: queue.url,
        policy: eventQueue(
          queue.arn,
          rules.map(
            ({ event }) =>
              pulumi.interpolate`arn:${place.partition}:events:${place.region}:${place.accountId}:rule/${ruleName(event)}`,
          ),
        ),
      },
      child,
    );
    const targets = rules.map(
      ({ event, rule }) =>
        new EventTarget(
          `${name}-${event}-target`,
          { rule: after(ruleName(event), rule), arn: queue.arn },
          { ...child, dependsOn: [policy] },
        ),
    );
    return { queue, ready: [policy, ...targets] };
  }

  #controllerIdentity(
    name: string,
    { controlPlane, place, tags }: KarpenterArgs,
    nodeRoleArn: pulumi.Input<string>,
    { queue }: { queue: Queue },
  ): pulumi.Resource {
    const child = { parent: this };
    const { clusterName } = controlPlane;
    const { namespace, serviceAccount } = defaults.karpenter;
    const realm = { place, clusterName };
    const role = new Role(
      `${name}-role`,
      {
        description: `Service account ${namespace}/${serviceAccount} of EKS cluster ${clusterName}`,
        assumeRolePolicy: trustServiceAccount(clusterArn(place, clusterName), namespace, serviceAccount),
        tags,
      },
      child,
    );
    const policies = Object.entries({
      nodes: nodeLifecycle(realm),
      cluster: clusterIntegration(realm, nodeRoleArn, queue.arn),
      discovery: discovery(realm),
      key: volumeEncryption(controlPlane.keyArn),
    }).map(([part, policy]) => new RolePolicy(`${name}-role-${part}`, { role: role.name, policy }, child));
    return new PodIdentityAssociation(
      `${name}-identity`,
      {
        clusterName: controlPlane.cluster.name,
        namespace,
        serviceAccount,
        roleArn: after(role.arn, ...policies),
        tags,
      },
      child,
    );
  }

  #controller(
    name: string,
    args: KarpenterArgs,
    { queue, ready }: { queue: Queue; ready: pulumi.Resource[] },
    identity: pulumi.Resource,
  ): kubernetes.helm.v3.Release {
    const { controlPlane, mirror } = args;
    const child = { parent: this, provider: args.provider };
    const { namespace, serviceAccount } = defaults.karpenter;
    // A chart of their own, because Helm never updates definitions that come along with another chart.
    const definitions = new kubernetes.helm.v3.Release(
      `${name}-crd`,
      { name: "karpenter-crd", namespace, ...chart("karpenter-crd", mirror), atomic: true },
      child,
    );
    return new kubernetes.helm.v3.Release(
      `${name}-controller`,
      {
        name: "karpenter",
        namespace,
        ...chart("karpenter", mirror),
        skipCrds: true,
        atomic: true,
        values: {
          serviceAccount: { name: serviceAccount },
          // It must not run on nodes that it may end.
          nodeSelector: nodeLabelsOf("system"),
          controller: {
            ...(mirror?.images && { image: { repository: mirroredImage(defaults.karpenterImage, mirror) } }),
            resources: defaults.karpenterResources,
          },
          settings: {
            clusterName: controlPlane.clusterName,
            clusterEndpoint: controlPlane.cluster.endpoint,
            eksControlPlane: true,
            interruptionQueue: queue.name,
            isolatedVPC: args.isolated,
            // Off by default as an alpha feature. Managed groups have node repair too; without it a node whose GPU has
            // fallen off would stay and be billed, because its pods never leave.
            featureGates: { nodeRepair: true },
          },
        },
      },
      // Without its role the controller does not start, and without rules it would miss the first interruption.
      { ...child, dependsOn: [definitions, identity, ...ready] },
    );
  }
}

function chart(name: "karpenter" | "karpenter-crd", mirror?: Mirror) {
  const { chart, version } = chartPin(name, mirror);
  return { chart, version };
}

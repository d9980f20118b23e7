import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Capacity, type TaintArgs, TaintEffect } from "aistack-core";
import type { ControlPlane } from "./control-plane";
import * as defaults from "./defaults";
import { nodeInterfaces, type PoolInterconnect } from "./interconnect";
import type { Karpenter } from "./karpenter";
import { metadataOptions } from "./launch-template";
import { isReserved } from "./pool-checks";
import type { PoolPlan } from "./pools";

/** What nodes that come and go are made from. */
export interface ElasticPoolArgs {
  plan: PoolPlan;
  controlPlane: ControlPlane;
  karpenter: Karpenter;
  provider: kubernetes.Provider;
  subnetIds: pulumi.Output<string[]>;
  /** With EFA only. */
  interconnect?: PoolInterconnect;
  /** Release of the node image; the newest when omitted. */
  imageRelease?: string;
  tags: pulumi.Output<{ [key: string]: string }>;
}

/** Nodes of one kind that Karpenter starts when pods wait for them, from none to as many as the pool allows. */
export class ElasticPool extends pulumi.ComponentResource {
  constructor(name: string, args: ElasticPoolArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-aws:index:ElasticPool", name, {}, opts);
    const { plan, karpenter } = args;
    // The definitions come with Karpenter; and Karpenter must be there to end the nodes when the pool goes.
    const child = { parent: this, provider: args.provider, dependsOn: [karpenter.release] };
    const nodeClass = new kubernetes.apiextensions.CustomResource(
      `${name}-class`,
      {
        apiVersion: "karpenter.k8s.aws/v1",
        kind: "EC2NodeClass",
        metadata: { name: plan.name, labels: ownLabels },
        spec: nodeClassSpec(args),
      },
      child,
    );
    // Goes only when its nodes have: pods are asked to leave, and those that hesitate take their time.
    new kubernetes.apiextensions.CustomResource(
      `${name}-pool`,
      {
        apiVersion: "karpenter.sh/v1",
        kind: "NodePool",
        metadata: { name: plan.name, labels: ownLabels },
        spec: nodePoolSpec(plan),
      },
      { ...child, dependsOn: [karpenter.release, nodeClass], customTimeouts: { delete: "1h" } },
    );
    this.registerOutputs({});
  }
}

const ownLabels = { "app.kubernetes.io/part-of": "aistack" };

function nodeClassSpec({
  plan,
  controlPlane,
  karpenter,
  subnetIds,
  interconnect,
  imageRelease,
  tags,
}: ElasticPoolArgs) {
  const securityGroups = [controlPlane.securityGroupId, ...(interconnect ? [interconnect.securityGroupId] : [])];
  return {
    // From the family the machine's processor and accelerator choose the image: plain, with NVIDIA's driver or with
    // Neuron's.
    amiSelectorTerms: [{ alias: `al2023@${imageRelease ?? "latest"}` }],
    instanceProfile: karpenter.instanceProfile,
    subnetSelectorTerms: subnetIds.apply((ids) => ids.map((id) => ({ id }))),
    securityGroupSelectorTerms: securityGroups.map((id) => ({ id })),
    ...(plan.reservationId && { capacityReservationSelectorTerms: [{ id: plan.reservationId }] }),
    ...(interconnect?.placementGroup && { placementGroupSelector: { name: interconnect.placementGroup } }),
    // EC2 takes no word about public addresses for an instance with several interfaces, and gives it none.
    ...(interconnect ? { networkInterfaces: nodeInterfaces(plan) } : { associatePublicIPAddress: false }),
    blockDeviceMappings: [
      {
        deviceName: defaults.rootDevice,
        ebs: {
          volumeType: "gp3",
          volumeSize: `${plan.diskSizeGiB}Gi`,
          encrypted: true,
          kmsKeyID: controlPlane.keyArn,
          deleteOnTermination: true,
        },
      },
    ],
    ...(plan.localDisks && { instanceStorePolicy: "RAID0" }),
    metadataOptions,
    tags,
  };
}

function nodePoolSpec(plan: PoolPlan) {
  const requirement = (key: string, ...values: string[]) => ({ key, operator: "In", values });
  return {
    template: {
      metadata: { labels: plan.labels },
      spec: {
        nodeClassRef: { group: "karpenter.k8s.aws", kind: "EC2NodeClass", name: plan.name },
        requirements: [
          requirement("node.kubernetes.io/instance-type", ...plan.machineTypes),
          requirement("kubernetes.io/arch", plan.arch),
          requirement("kubernetes.io/os", "linux"),
          requirement("karpenter.sh/capacity-type", capacityType(plan.capacity)),
          ...(plan.zones ? [requirement("topology.kubernetes.io/zone", ...plan.zones)] : []),
        ],
        // No startup taints: Karpenter counts a node as ready once it offers the resources that its pods asked for, and
        // until the device plugin is there the node offers none.
        ...(plan.taints.length > 0 && { taints: plan.taints.map(nodeTaint) }),
        expireAfter: plan.maxRunHours === undefined ? "Never" : `${plan.maxRunHours}h`,
        // Without an end, one pod that will not leave would keep the node beyond its time.
        ...(plan.maxRunHours !== undefined && { terminationGracePeriod: `${defaults.hoursToLeave}h` }),
      },
    },
    disruption: {
      // Work on accelerators is dear to interrupt: only idle nodes go.
      consolidationPolicy: plan.machine ? "WhenEmpty" : "WhenEmptyOrUnderutilized",
      consolidateAfter: plan.machine ? defaults.idleTime.accelerator : defaults.idleTime.cpu,
      budgets: [
        { nodes: "100%", reasons: ["Empty"] },
        { nodes: "1", reasons: ["Drifted", "Underutilized"] },
      ],
    },
    limits: limitsOf(plan),
  };
}

/**
 * As many nodes as the pool allows, counted two ways: as nodes, and by what they carry, which also holds while several
 * nodes start at once. A shared accelerator counts once for each share as soon as its node is up, so CPUs count there.
 */
function limitsOf({ machine, machineTypes, sharing, elasticNodes }: PoolPlan): { [resource: string]: string } {
  const nodes = { nodes: `${elasticNodes}` };
  if (!machine) return nodes;
  if (!sharing) return { ...nodes, [machine.resourceName]: `${machine.count * elasticNodes}` };
  return machineTypes.length > 1 ? nodes : { ...nodes, cpu: `${machine.vcpu * elasticNodes}` };
}

function capacityType(capacity: Capacity): string {
  if (isReserved(capacity)) return "reserved";
  return capacity === Capacity.Spot ? "spot" : "on-demand";
}

function nodeTaint({ key, value = "true", effect = TaintEffect.NoSchedule }: TaintArgs) {
  return { key, value, effect };
}

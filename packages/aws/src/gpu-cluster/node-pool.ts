import { LaunchTemplate } from "@pulumi/aws/ec2";
import { NodeGroup } from "@pulumi/aws/eks";
import * as pulumi from "@pulumi/pulumi";
import type { Place } from "../shared/place";
import { trustService } from "../shared/policy";
import { type ManagedRole, managedRole } from "../shared/role";
import type { ControlPlane } from "./control-plane";
import * as defaults from "./defaults";
import type { PoolPlan } from "./pools";

/** What a pool is made from. */
export interface NodePoolArgs {
  plan: PoolPlan;
  controlPlane: ControlPlane;
  kubernetesVersion: string;
  roleArn: pulumi.Input<string>;
  subnetIds: pulumi.Input<string[]>;
  tags: pulumi.Output<{ [key: string]: string }>;
  /** What nodes need to become ready. */
  nodeAddons: pulumi.Resource;
}

/** Nodes of one kind: a launch template that hardens them, and the managed group that runs them. */
export class NodePool extends pulumi.ComponentResource {
  constructor(name: string, args: NodePoolArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-aws:index:NodePool", name, {}, opts);
    const { plan } = args;
    const template = this.#template(name, args);
    new NodeGroup(
      `${name}-nodes`,
      {
        clusterName: args.controlPlane.cluster.name,
        version: args.kubernetesVersion,
        nodeRoleArn: args.roleArn,
        subnetIds: args.subnetIds,
        amiType: plan.image,
        instanceTypes: [plan.machineType],
        capacityType: "ON_DEMAND",
        launchTemplate: { id: template.id, version: pulumi.interpolate`${template.latestVersion}` },
        scalingConfig: { minSize: plan.minNodes, desiredSize: plan.minNodes, maxSize: plan.maxNodes },
        labels: plan.labels,
        // Keeps what did not ask for the accelerator off the nodes that cost the most.
        taints: plan.machine && [{ key: plan.machine.resourceName, value: "present", effect: "NO_SCHEDULE" }],
        nodeRepairConfig: { enabled: true },
        updateConfig: {
          maxUnavailable: 1,
          // Accelerators are scarce: an update must not wait for a further node before it gives one back.
          updateStrategy: plan.machine ? "MINIMAL" : "DEFAULT",
        },
        tags: args.tags,
      },
      {
        parent: this,
        // Without addresses for pods a node never becomes ready, and EKS gives the group up.
        dependsOn: [args.nodeAddons],
        // An autoscaler, or a person in an incident, sets the number of nodes; a later `up` leaves it.
        ignoreChanges: ["scalingConfig.desiredSize"],
      },
    );
    this.registerOutputs({});
  }

  #template(name: string, { plan, controlPlane, tags }: NodePoolArgs): LaunchTemplate {
    const named = tags.apply((own): { [key: string]: string } => ({ ...own, Name: name }));
    return new LaunchTemplate(
      `${name}-template`,
      {
        description: `Nodes of pool ${plan.name} in EKS cluster ${controlPlane.clusterName}`,
        updateDefaultVersion: true,
        metadataOptions: {
          httpEndpoint: "enabled",
          httpTokens: "required",
          // One hop reaches the node's own processes and no pod, so that pods never get the node's role. They have Pod
          // Identity; the EBS driver takes from the Kubernetes API what it would read here.
          httpPutResponseHopLimit: 1,
        },
        blockDeviceMappings: [
          {
            deviceName: defaults.rootDevice,
            ebs: {
              volumeType: "gp3",
              volumeSize: plan.diskSizeGiB,
              encrypted: "true",
              kmsKeyId: controlPlane.keyArn,
              deleteOnTermination: "true",
            },
          },
        ],
        tagSpecifications: ["instance", "volume", "network-interface"].map((resourceType) => ({
          resourceType,
          tags: named,
        })),
        tags,
      },
      { parent: this },
    );
  }
}

/**
 * The role of all nodes: what a kubelet needs and nothing for pods. Networking has a role of its own through Pod
 * Identity.
 */
export function nodeRole(
  name: string,
  clusterName: string,
  place: Place,
  tags: pulumi.Output<{ [key: string]: string }>,
  opts: pulumi.CustomResourceOptions,
): ManagedRole {
  return managedRole(
    name,
    {
      description: `Nodes of EKS cluster ${clusterName}`,
      trust: trustService("ec2.amazonaws.com"),
      managedPolicies: ["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"],
      place,
      tags,
    },
    opts,
  );
}

import { LaunchTemplate, type LaunchTemplateArgs } from "@pulumi/aws/ec2";
import type * as pulumi from "@pulumi/pulumi";
import { Capacity } from "aistack-core";
import type { ControlPlane } from "./control-plane";
import * as defaults from "./defaults";
import { nodeInterfaces, type PoolInterconnect } from "./interconnect";
import type { PoolPlan } from "./pools";

/** What a launch template is made from. */
export interface TemplateArgs {
  plan: PoolPlan;
  controlPlane: ControlPlane;
  interconnect?: PoolInterconnect;
  tags: pulumi.Output<{ [key: string]: string }>;
}

/**
 * Metadata of an instance, for managed groups and Karpenter alike. One hop reaches the node's own processes and no pod,
 * so that pods never get the node's role. They have Pod Identity; the EBS driver takes from the Kubernetes API what it
 * would read here.
 */
export const metadataOptions = { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 };

/** How the nodes of a managed group are started: hardened, and where the pool asks for it in a reservation or with EFA. */
export function launchTemplate(name: string, args: TemplateArgs, opts: pulumi.CustomResourceOptions): LaunchTemplate {
  const { plan, controlPlane, tags } = args;
  const named = tags.apply((own): { [key: string]: string } => ({ ...own, Name: name }));
  return new LaunchTemplate(
    `${name}-template`,
    {
      description: `Nodes of pool ${plan.name} in EKS cluster ${controlPlane.clusterName}`,
      updateDefaultVersion: true,
      metadataOptions,
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
      userData: plan.localDisks ? Buffer.from(localDisks).toString("base64") : undefined,
      ...reservation(plan),
      ...interfaces(args),
      tagSpecifications: ["instance", "volume", "network-interface"].map((resourceType) => ({
        resourceType,
        tags: named,
      })),
      tags,
    },
    opts,
  );
}

/** Into a reservation, and nowhere else: a node beside it would be billed on top of what is reserved. */
function reservation({ capacity, reservationId, machineType }: PoolPlan): Partial<LaunchTemplateArgs> {
  if (reservationId === undefined) return {};
  const capacityReservationSpecification = {
    capacityReservationTarget: { capacityReservationId: reservationId },
  };
  if (capacity !== Capacity.CapacityBlock) return { capacityReservationSpecification };
  // https://docs.aws.amazon.com/eks/latest/userguide/capacity-blocks-mng.html: these two and the type, in the template.
  return {
    capacityReservationSpecification,
    instanceMarketOptions: { marketType: "capacity-block" },
    instanceType: machineType,
  };
}

/** With interfaces of its own a template must name the cluster's security group, which EKS adds by itself otherwise. */
function interfaces({ plan, controlPlane, interconnect }: TemplateArgs): Partial<LaunchTemplateArgs> {
  if (!interconnect) return {};
  const securityGroups = [controlPlane.securityGroupId, interconnect.securityGroupId];
  return {
    // No word about public addresses: EC2 gives none to an instance with several interfaces, and takes no such setting.
    networkInterfaces: nodeInterfaces(plan).map((own) => ({ ...own, securityGroups, deleteOnTermination: "true" })),
    placement: interconnect.placementGroup && { groupName: interconnect.placementGroup },
  };
}

/** Makes one volume of the machine's local disks, for images, logs and scratch data of pods. EKS adds its own part. */
const localDisks = `MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="//"

--//
Content-Type: application/node.eks.aws

---
apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  instance:
    localStorage:
      strategy: RAID0

--//--
`;

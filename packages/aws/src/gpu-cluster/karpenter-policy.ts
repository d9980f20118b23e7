/**
 * What Karpenter's controller may do, from the policy that Karpenter publishes:
 * github.com/aws/karpenter-provider-aws v1.14.1,
 * website/content/en/docs/getting-started/getting-started-with-karpenter/cloudformation.yaml.
 * Left out: making and changing instance profiles, because the nodes' one is made here; and zonal shifts.
 */
import * as pulumi from "@pulumi/pulumi";
import { clusterArn, type Place } from "../shared/place";
import { policyDocument, type Statement } from "../shared/policy";

/** Where Karpenter works: everything it makes carries the cluster's tags, and it touches nothing without them. */
export interface Realm {
  place: Place;
  clusterName: string;
}

/** Starts and ends instances with the cluster's tags, and no others. */
export function nodeLifecycle(realm: Realm): pulumi.Output<string> {
  const { clusterName } = realm;
  const made = ec2(realm, "*", [
    "fleet",
    "instance",
    "volume",
    "network-interface",
    "launch-template",
    "spot-instances-request",
  ]);
  const owned = { [`aws:ResourceTag/kubernetes.io/cluster/${clusterName}`]: "owned" };
  const byKarpenter = { "aws:ResourceTag/karpenter.sh/nodepool": "*" };
  const asksForTags = {
    [`aws:RequestTag/kubernetes.io/cluster/${clusterName}`]: "owned",
    "aws:RequestTag/eks:eks-cluster-name": clusterName,
  };
  const asksForPool = { "aws:RequestTag/karpenter.sh/nodepool": "*" };
  return policyDocument([
    {
      Sid: "UseWhatInstancesAreMadeFrom",
      Effect: "Allow",
      Action: ["ec2:CreateFleet", "ec2:RunInstances"],
      Resource: [
        ...ec2(realm, "", ["image", "snapshot"]),
        // Of other accounts too: subnets and reservations can be shared ones.
        ...ec2(realm, "*", ["security-group", "subnet", "capacity-reservation", "placement-group"]),
      ],
    },
    {
      Sid: "UseOwnLaunchTemplates",
      Effect: "Allow",
      Action: ["ec2:CreateFleet", "ec2:RunInstances"],
      Resource: ec2(realm, "*", ["launch-template"]),
      Condition: { StringEquals: owned, StringLike: byKarpenter },
    },
    {
      Sid: "MakeInstancesWithTheClustersTags",
      Effect: "Allow",
      Action: ["ec2:CreateFleet", "ec2:CreateLaunchTemplate", "ec2:RunInstances"],
      Resource: made,
      Condition: { StringEquals: asksForTags, StringLike: asksForPool },
    },
    {
      Sid: "TagWhatIsBeingMade",
      Effect: "Allow",
      Action: "ec2:CreateTags",
      Resource: made,
      Condition: {
        StringEquals: {
          ...asksForTags,
          "ec2:CreateAction": ["CreateFleet", "CreateLaunchTemplate", "RunInstances"],
        },
        StringLike: asksForPool,
      },
    },
    {
      Sid: "NameOwnInstances",
      Effect: "Allow",
      Action: "ec2:CreateTags",
      Resource: ec2(realm, "*", ["instance"]),
      Condition: {
        StringEquals: owned,
        StringLike: byKarpenter,
        StringEqualsIfExists: { "aws:RequestTag/eks:eks-cluster-name": clusterName },
        "ForAllValues:StringEquals": { "aws:TagKeys": ["eks:eks-cluster-name", "karpenter.sh/nodeclaim", "Name"] },
      },
    },
    {
      Sid: "EndOwnInstances",
      Effect: "Allow",
      Action: ["ec2:DeleteLaunchTemplate", "ec2:TerminateInstances"],
      Resource: ec2(realm, "*", ["instance", "launch-template"]),
      Condition: { StringEquals: owned, StringLike: byKarpenter },
    },
  ]);
}

/** What else the controller needs of the cluster: the nodes' role, the events, and where the API is. */
export function clusterIntegration(
  { place, clusterName }: Realm,
  nodeRoleArn: pulumi.Input<string>,
  queueArn: pulumi.Input<string>,
): pulumi.Output<string> {
  return policyDocument([
    {
      Sid: "GiveNodesTheirRole",
      Effect: "Allow",
      Action: "iam:PassRole",
      Resource: nodeRoleArn,
      Condition: { StringEquals: { "iam:PassedToService": ["ec2.amazonaws.com", "ec2.amazonaws.com.cn"] } },
    },
    {
      Sid: "ReadEvents",
      Effect: "Allow",
      Action: ["sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"],
      Resource: queueArn,
    },
    {
      Sid: "FindTheApi",
      Effect: "Allow",
      Action: "eks:DescribeCluster",
      Resource: clusterArn(place, clusterName),
    },
  ]);
}

/** What the controller looks up. AWS takes no narrower resource than `*` for lists and prices. */
export function discovery({ place }: Realm): pulumi.Output<string> {
  return policyDocument([
    {
      Sid: "SeeWhatTheRegionHas",
      Effect: "Allow",
      Action: [
        "ec2:DescribeCapacityReservations",
        "ec2:DescribeImages",
        "ec2:DescribeInstanceStatus",
        "ec2:DescribeInstanceTypeOfferings",
        "ec2:DescribeInstanceTypes",
        "ec2:DescribeInstances",
        "ec2:DescribeLaunchTemplates",
        "ec2:DescribePlacementGroups",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSpotPriceHistory",
        "ec2:DescribeSubnets",
      ],
      Resource: "*",
      Condition: { StringEquals: { "aws:RequestedRegion": place.region } },
    },
    {
      Sid: "FindNodeImages",
      Effect: "Allow",
      Action: "ssm:GetParameter",
      Resource: pulumi.interpolate`arn:${place.partition}:ssm:${place.region}::parameter/aws/service/*`,
    },
    { Sid: "ReadPrices", Effect: "Allow", Action: "pricing:GetProducts", Resource: "*" },
    // Before it lets a node class go, the controller looks for instance profiles that it might have made for it. If it
    // must not look, the class stays for ever, and `destroy` with it.
    { Sid: "ListInstanceProfiles", Effect: "Allow", Action: "iam:ListInstanceProfiles", Resource: "*" },
    {
      Sid: "LookForOwnInstanceProfiles",
      Effect: "Allow",
      Action: "iam:GetInstanceProfile",
      Resource: pulumi.interpolate`arn:${place.partition}:iam::${place.accountId}:instance-profile/*`,
    },
  ]);
}

/** Policy of the queue: EventBridge may put in what the cluster's rules send, and nothing goes unencrypted. */
export function eventQueue(queueArn: pulumi.Input<string>, ruleArns: pulumi.Input<string>[]): pulumi.Output<string> {
  const statements: Statement[] = [
    {
      Sid: "EventsOfTheClustersRules",
      Effect: "Allow",
      Principal: { Service: "events.amazonaws.com" },
      Action: "sqs:SendMessage",
      Resource: queueArn,
      Condition: { ArnEquals: { "aws:SourceArn": ruleArns } },
    },
    {
      Sid: "TlsOnly",
      Effect: "Deny",
      Principal: "*",
      Action: "sqs:*",
      Resource: queueArn,
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
  ];
  return policyDocument(statements);
}

/** ARNs of all resources of some kinds in the region; `account` is "" for those that belong to no account. */
function ec2({ place }: Realm, account: "" | "*", kinds: string[]): pulumi.Output<string>[] {
  return kinds.map((kind) => pulumi.interpolate`arn:${place.partition}:ec2:${place.region}:${account}:${kind}/*`);
}

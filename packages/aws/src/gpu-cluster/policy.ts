import * as pulumi from "@pulumi/pulumi";
import type { Place } from "../shared/place";
import { accountAdministers, encryptsLogs, policyDocument, type Statement, thisKey, useOfKey } from "../shared/policy";

/** Policy of the cluster's key: who beside the account's own roles may use it, and for what. */
export function clusterKeyPolicy(place: Place, logGroupName: pulumi.Input<string>): pulumi.Output<string> {
  return policyDocument([
    accountAdministers(place),
    encryptsLogs("CloudWatchEncryptsControlPlaneLogs", place, logGroupName),
    ...launchesNodes(place),
  ]);
}

/**
 * Nodes start from an Auto Scaling group, whose service-linked role must be able to use the key of their volumes; else
 * they fail to launch. The role is named by condition, not as principal: KMS refuses a principal that does not exist,
 * and in a new account AWS makes this role only when the first group needs it.
 * https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html
 */
function launchesNodes(place: Place): Statement[] {
  const path = "aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling";
  const isAutoScaling = {
    StringEquals: { "kms:CallerAccount": place.accountId },
    ArnEquals: {
      "aws:PrincipalArn": pulumi.interpolate`arn:${place.partition}:iam::${place.accountId}:role/${path}`,
    },
  };
  return [
    {
      Sid: "AutoScalingEncryptsNodeVolumes",
      Effect: "Allow",
      Principal: { AWS: "*" },
      Action: useOfKey,
      Resource: thisKey,
      Condition: isAutoScaling,
    },
    {
      Sid: "AutoScalingHandsKeyToNodeVolumes",
      Effect: "Allow",
      Principal: { AWS: "*" },
      Action: "kms:CreateGrant",
      Resource: thisKey,
      Condition: { ...isAutoScaling, Bool: { "kms:GrantIsForAWSResource": "true" } },
    },
  ];
}

/** What the control plane does with the key of Kubernetes secrets. https://docs.aws.amazon.com/eks/latest/userguide/enable-kms.html */
export function secretsEncryption(keyArn: pulumi.Input<string>): pulumi.Output<string> {
  return policyDocument([
    {
      Sid: "EncryptSecrets",
      Effect: "Allow",
      Action: ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:ListGrants"],
      Resource: keyArn,
    },
  ]);
}

/** What the EBS driver does with the key of volumes. https://docs.aws.amazon.com/eks/latest/userguide/ebs-csi.html */
export function volumeEncryption(keyArn: pulumi.Input<string>): pulumi.Output<string> {
  return policyDocument([
    { Sid: "EncryptVolumes", Effect: "Allow", Action: useOfKey, Resource: keyArn },
    {
      Sid: "HandKeyToVolumes",
      Effect: "Allow",
      Action: ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"],
      Resource: keyArn,
      Condition: { Bool: { "kms:GrantIsForAWSResource": "true" } },
    },
  ]);
}

/** What the FSx driver does where no claim makes a file system. github.com/kubernetes-sigs/aws-fsx-csi-driver, docs/install.md */
export function lookAtFileSystems(place: Place): pulumi.Output<string> {
  const fileSystems = pulumi.interpolate`arn:${place.partition}:fsx:${place.region}:${place.accountId}:file-system/*`;
  return policyDocument([
    { Sid: "LookAtFileSystems", Effect: "Allow", Action: "fsx:DescribeFileSystems", Resource: fileSystems },
  ]);
}

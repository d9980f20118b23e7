import * as pulumi from "@pulumi/pulumi";
import type { WorkloadIssuerBinding } from "aistack-core";
import type { Place } from "./place";

/** A statement of an IAM, key or bucket policy. */
export interface Statement {
  Sid: string;
  Effect: "Allow" | "Deny";
  Principal?: "*" | { [type: string]: pulumi.Input<string> };
  Action: string | string[];
  /** Left out in the trust policy of a role, which is the resource. */
  Resource?: pulumi.Input<string> | pulumi.Input<string>[];
  Condition?: { [operator: string]: { [key: string]: pulumi.Input<string> | pulumi.Input<string>[] } };
}

/** Only on behalf of resources of the own account, by their ARNs; a service cannot be made to act for somebody else. */
export function onBehalfOf(place: Place, ...sourceArns: pulumi.Input<string>[]) {
  return {
    StringEquals: { "aws:SourceAccount": place.accountId },
    ArnLike: { "aws:SourceArn": sourceArns.length === 1 ? (sourceArns[0] as pulumi.Input<string>) : sourceArns },
  };
}

/** A policy document as JSON. */
export function policyDocument(statements: Statement[]): pulumi.Output<string> {
  return pulumi.jsonStringify({ Version: "2012-10-17", Statement: statements });
}

/** What a service or principal needs to encrypt and decrypt with a key, spelled out instead of `kms:ReEncrypt*`. */
export const useOfKey = [
  "kms:Decrypt",
  "kms:DescribeKey",
  "kms:Encrypt",
  "kms:GenerateDataKey",
  "kms:GenerateDataKeyWithoutPlaintext",
  "kms:ReEncryptFrom",
  "kms:ReEncryptTo",
];

/** In a key policy, `*` is the key that the policy belongs to; no other resource can be meant. */
export const thisKey = "*";

/**
 * Lets IAM policies of the account decide about the key. Without it nobody could change the key any more, and no role
 * could be granted its use; AWS puts the same statement into every key it makes.
 */
export function accountAdministers(place: Place): Statement {
  return {
    Sid: "AccountAdministersKey",
    Effect: "Allow",
    Principal: { AWS: pulumi.interpolate`arn:${place.partition}:iam::${place.accountId}:root` },
    Action: "kms:*",
    Resource: thisKey,
  };
}

/**
 * Lets CloudWatch encrypt one log group.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
 */
export function encryptsLogs(sid: string, place: Place, logGroupName: pulumi.Input<string>): Statement {
  const group = pulumi.interpolate`arn:${place.partition}:logs:${place.region}:${place.accountId}:log-group:${logGroupName}`;
  return {
    Sid: sid,
    Effect: "Allow",
    Principal: { Service: pulumi.interpolate`logs.${place.region}.${place.dnsSuffix}` },
    Action: useOfKey,
    Resource: thisKey,
    Condition: { ArnEquals: { "kms:EncryptionContext:aws:logs:arn": group } },
  };
}

/** Lets an AWS service assume a role; with a condition, only on behalf of what it names. */
export function trustService(service: string, condition?: Statement["Condition"]): pulumi.Output<string> {
  return policyDocument([
    {
      Sid: "TrustService",
      Effect: "Allow",
      Principal: { Service: service },
      Action: "sts:AssumeRole",
      Condition: condition,
    },
  ]);
}

/**
 * Lets one service account of one cluster assume a role through EKS Pod Identity, by the session tags that the service
 * sets: https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html
 */
export function trustServiceAccount(
  cluster: pulumi.Input<string>,
  namespace: pulumi.Input<string>,
  serviceAccount: pulumi.Input<string>,
): pulumi.Output<string> {
  return policyDocument([
    {
      Sid: "TrustServiceAccount",
      Effect: "Allow",
      Principal: { Service: "pods.eks.amazonaws.com" },
      Action: ["sts:AssumeRole", "sts:TagSession"],
      Condition: {
        StringEquals: {
          "aws:RequestTag/eks-cluster-arn": cluster,
          "aws:RequestTag/kubernetes-namespace": namespace,
          "aws:RequestTag/kubernetes-service-account": serviceAccount,
        },
      },
    },
  ]);
}

/**
 * Lets one service account assume a role with a token of its cluster, by what the issuer says in it.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html
 */
export function trustWebIdentity(
  issuer: pulumi.Input<WorkloadIssuerBinding>,
  namespace: pulumi.Input<string>,
  serviceAccount: pulumi.Input<string>,
): pulumi.Output<string> {
  return pulumi.all([issuer, namespace, serviceAccount]).apply(([{ url, provider, audience }, ns, account]) => {
    const host = url.replace(/^https:\/\//, "");
    return policyDocument([
      {
        Sid: "TrustServiceAccount",
        Effect: "Allow",
        Principal: { Federated: provider },
        Action: "sts:AssumeRoleWithWebIdentity",
        Condition: {
          StringEquals: { [`${host}:sub`]: `system:serviceaccount:${ns}:${account}`, [`${host}:aud`]: audience },
        },
      },
    ]);
  });
}

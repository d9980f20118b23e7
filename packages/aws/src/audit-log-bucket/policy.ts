import * as pulumi from "@pulumi/pulumi";
import { type AccessRule, type ObjectStoreAccess, Platform } from "aistack-core";
import type { Place } from "../shared/place";
import { accountAdministers, policyDocument, type Statement, thisKey, useOfKey } from "../shared/policy";
import { minimumTls } from "./defaults";

/** The service that writes VPC flow logs and other vended logs. */
const logDelivery = { Service: "delivery.logs.amazonaws.com" };

/** Log sources of the own account, in any region; nobody else's logs get in. */
function fromOwnAccount(place: Place) {
  return {
    StringEquals: { "aws:SourceAccount": place.accountId },
    ArnLike: { "aws:SourceArn": pulumi.interpolate`arn:${place.partition}:logs:*:${place.accountId}:*` },
  };
}

/** Policy of the bucket's key. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-S3.html */
export function recordsKeyPolicy(place: Place): pulumi.Output<string> {
  return policyDocument([
    accountAdministers(place),
    {
      Sid: "LogDeliveryEncryptsRecords",
      Effect: "Allow",
      Principal: logDelivery,
      Action: useOfKey,
      Resource: thisKey,
      Condition: fromOwnAccount(place),
    },
  ]);
}

/** The one policy of the bucket. */
export function recordsBucketPolicy(
  place: Place,
  bucketArn: pulumi.Input<string>,
  keyArn: pulumi.Input<string>,
): pulumi.Output<string> {
  return policyDocument([
    ...onlyTls(bucketArn),
    ...onlyOwnKey(bucketArn, keyArn),
    ...takesLogDelivery(place, bucketArn),
  ]);
}

function everything(bucketArn: pulumi.Input<string>): pulumi.Input<string>[] {
  return [bucketArn, pulumi.interpolate`${bucketArn}/*`];
}

function onlyTls(bucketArn: pulumi.Input<string>): Statement[] {
  return [
    {
      Sid: "DenyWithoutTls",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*",
      Resource: everything(bucketArn),
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    },
    {
      Sid: "DenyOldTls",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:*",
      Resource: everything(bucketArn),
      Condition: { NumericLessThan: { "s3:TlsVersion": minimumTls } },
    },
  ];
}

/**
 * A request that names no encryption gets the bucket's, and is fine; one that names another is refused. `Null` is
 * there because "not equals" is also true of a header that is missing.
 */
function onlyOwnKey(bucketArn: pulumi.Input<string>, keyArn: pulumi.Input<string>): Statement[] {
  const deny = (sid: string, header: string, allowed: pulumi.Input<string>): Statement => ({
    Sid: sid,
    Effect: "Deny",
    Principal: "*",
    Action: "s3:PutObject",
    Resource: pulumi.interpolate`${bucketArn}/*`,
    Condition: { Null: { [header]: "false" }, StringNotEquals: { [header]: allowed } },
  });
  return [
    deny("DenyOtherEncryption", "s3:x-amz-server-side-encryption", "aws:kms"),
    deny("DenyOtherKeys", "s3:x-amz-server-side-encryption-aws-kms-key-id", keyArn),
  ];
}

/** https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-permissions.html */
function takesLogDelivery(place: Place, bucketArn: pulumi.Input<string>): Statement[] {
  const { StringEquals, ArnLike } = fromOwnAccount(place);
  return [
    {
      Sid: "LogDeliveryWritesRecords",
      Effect: "Allow",
      Principal: logDelivery,
      Action: "s3:PutObject",
      Resource: pulumi.interpolate`${bucketArn}/AWSLogs/${place.accountId}/*`,
      Condition: { StringEquals: { ...StringEquals, "s3:x-amz-acl": "bucket-owner-full-control" }, ArnLike },
    },
    {
      Sid: "LogDeliveryChecksBucket",
      Effect: "Allow",
      Principal: logDelivery,
      Action: ["s3:GetBucketAcl", "s3:ListBucket"],
      Resource: bucketArn,
      Condition: { StringEquals, ArnLike },
    },
  ];
}

/** What may be granted on the bucket; reading and writing need the key too. */
export function recordsAccess(
  bucketArn: pulumi.Output<string>,
  keyArn: pulumi.Output<string>,
): pulumi.Output<ObjectStoreAccess> {
  const rule = (actions: string[], resource: pulumi.Output<string>): pulumi.Output<AccessRule> =>
    resource.apply((arn) => ({ platform: Platform.Aws, actions, resources: [arn] }));
  const objects = pulumi.interpolate`${bucketArn}/*`;
  return pulumi.output({
    read: [
      rule(["s3:ListBucket"], bucketArn),
      rule(["s3:GetObject", "s3:GetObjectVersion"], objects),
      rule(["kms:Decrypt"], keyArn),
    ],
    write: [
      rule(["s3:AbortMultipartUpload", "s3:PutObject"], objects),
      // Decrypt is what S3 asks for to put the parts of a large upload together; without s3:GetObject it reads nothing.
      rule(["kms:Decrypt", "kms:GenerateDataKey"], keyArn),
    ],
  });
}

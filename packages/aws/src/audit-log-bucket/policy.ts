import * as pulumi from "@pulumi/pulumi";
import type { Place } from "../shared/place";
import { accountAdministers, onBehalfOf, policyDocument, type Statement, thisKey, useOfKey } from "../shared/policy";
import { prefixes } from "./prefixes";

/** The service that writes VPC flow logs, access logs of network load balancers and other vended logs. */
export const logDelivery = { Service: "delivery.logs.amazonaws.com" };

const cloudTrail = { Service: "cloudtrail.amazonaws.com" };

/** What a policy asks of a service that writes into a bucket whose owner owns every object. */
const ownerOwns = { "s3:x-amz-acl": "bucket-owner-full-control" };

/** Log sources of the own account, in any region; nobody else's logs get in. */
export function vendedLogs(place: Place) {
  return onBehalfOf(place, pulumi.interpolate`arn:${place.partition}:logs:*:${place.accountId}:*`);
}

/** Which trail writes into the bucket, and whose activity. */
export interface TrailAccess {
  arn: pulumi.Output<string>;
  organization: boolean;
}

/** Policy of the bucket's key. https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-S3.html */
export function recordsKeyPolicy(place: Place, trail: TrailAccess | undefined): pulumi.Output<string> {
  const statements: Statement[] = [
    accountAdministers(place),
    {
      Sid: "LogDeliveryEncryptsRecords",
      Effect: "Allow",
      Principal: logDelivery,
      Action: useOfKey,
      Resource: thisKey,
      Condition: vendedLogs(place),
    },
  ];
  // https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html; to decrypt is
  // what S3 asks for where one call to KMS serves many objects.
  if (trail)
    statements.push({
      Sid: "CloudTrailEncryptsRecords",
      Effect: "Allow",
      Principal: cloudTrail,
      Action: ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
      Resource: thisKey,
      Condition: onBehalfOf(place, trail.arn),
    });
  return policyDocument(statements);
}

/** https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-permissions.html */
export function takesLogDelivery(place: Place, bucketArn: pulumi.Input<string>, prefix = ""): Statement[] {
  const { StringEquals, ArnLike } = vendedLogs(place);
  return [
    {
      Sid: "LogDeliveryWritesRecords",
      Effect: "Allow",
      Principal: logDelivery,
      Action: "s3:PutObject",
      Resource: pulumi.interpolate`${bucketArn}/${prefix}${prefixes.vended}${place.accountId}/*`,
      Condition: { StringEquals: { ...StringEquals, ...ownerOwns }, ArnLike },
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

/**
 * A trail of an organisation writes below the id of the organisation, and below the account before it is one; it is let
 * in by its own ARN, so that the id need not be known.
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html
 */
export function takesTrail(place: Place, bucketArn: pulumi.Input<string>, trail: TrailAccess): Statement[] {
  const { StringEquals, ArnLike } = onBehalfOf(place, trail.arn);
  return [
    {
      Sid: "CloudTrailWritesRecords",
      Effect: "Allow",
      Principal: cloudTrail,
      Action: "s3:PutObject",
      Resource: trail.organization
        ? pulumi.interpolate`${bucketArn}/${prefixes.vended}*`
        : pulumi.interpolate`${bucketArn}/${prefixes.vended}${place.accountId}/*`,
      Condition: { StringEquals: { ...StringEquals, ...ownerOwns }, ArnLike },
    },
    {
      Sid: "CloudTrailChecksBucket",
      Effect: "Allow",
      Principal: cloudTrail,
      Action: "s3:GetBucketAcl",
      Resource: bucketArn,
      Condition: { StringEquals, ArnLike },
    },
  ];
}

/** Access logs of the records themselves. https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html */
export function takesAccessLogs(
  place: Place,
  bucketArn: pulumi.Input<string>,
  recordsArn: pulumi.Input<string>,
): Statement {
  return {
    Sid: "S3WritesAccessLogs",
    Effect: "Allow",
    Principal: { Service: "logging.s3.amazonaws.com" },
    Action: "s3:PutObject",
    Resource: pulumi.interpolate`${bucketArn}/${prefixes.access}*`,
    Condition: onBehalfOf(place, recordsArn),
  };
}

/** Lists of the records. https://docs.aws.amazon.com/AmazonS3/latest/userguide/configure-inventory.html */
export function takesInventory(
  place: Place,
  bucketArn: pulumi.Input<string>,
  recordsArn: pulumi.Input<string>,
): Statement {
  const { StringEquals, ArnLike } = onBehalfOf(place, recordsArn);
  return {
    Sid: "S3WritesInventory",
    Effect: "Allow",
    Principal: { Service: "s3.amazonaws.com" },
    Action: "s3:PutObject",
    Resource: pulumi.interpolate`${bucketArn}/${prefixes.inventory}/*`,
    Condition: { StringEquals: { ...StringEquals, ...ownerOwns }, ArnLike },
  };
}

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html */
export function takesLoadBalancerLogs(place: Place, bucketArn: pulumi.Input<string>): Statement[] {
  const balancers = pulumi.interpolate`arn:${place.partition}:elasticloadbalancing:${place.region}:${place.accountId}:loadbalancer/*`;
  return [
    {
      Sid: "LoadBalancersWriteAccessLogs",
      Effect: "Allow",
      Principal: { Service: "logdelivery.elasticloadbalancing.amazonaws.com" },
      Action: "s3:PutObject",
      Resource: pulumi.interpolate`${bucketArn}/${prefixes.loadBalancers}/${prefixes.vended}${place.accountId}/*`,
      Condition: { ArnLike: { "aws:SourceArn": balancers } },
    },
    ...takesLogDelivery(place, bucketArn, `${prefixes.loadBalancers}/`),
  ];
}

/** Tag of a principal who may end a legal hold; its value is "release". */
export const holdReleaseTag = "aistack:legal-hold";

/**
 * Nobody deletes a version, locked or not, or what would have S3 delete them. Object Lock has legal holds for single
 * objects only, so a hold on everything is a matter of the policy.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html#object-lock-legal-holds
 */
export function holdsEverything(bucketArn: pulumi.Input<string>): Statement[] {
  const objects = pulumi.interpolate`${bucketArn}/*`;
  return [
    {
      Sid: "HoldKeepsVersions",
      Effect: "Deny",
      Principal: "*",
      Action: ["s3:BypassGovernanceRetention", "s3:DeleteObjectVersion"],
      Resource: objects,
    },
    {
      Sid: "HoldKeepsHolds",
      Effect: "Deny",
      Principal: "*",
      Action: "s3:PutObjectLegalHold",
      Resource: objects,
      Condition: { StringEquals: { "s3:object-lock-legal-hold": "OFF" } },
    },
    {
      Sid: "HoldKeepsSettings",
      Effect: "Deny",
      Principal: "*",
      Action: [
        "s3:DeleteBucket",
        "s3:PutBucketObjectLockConfiguration",
        "s3:PutBucketVersioning",
        "s3:PutLifecycleConfiguration",
      ],
      Resource: bucketArn,
      // Whoever ends the hold has to put the lifecycle back before the policy falls.
      Condition: { StringNotEquals: { [`aws:PrincipalTag/${holdReleaseTag}`]: "release" } },
    },
  ];
}

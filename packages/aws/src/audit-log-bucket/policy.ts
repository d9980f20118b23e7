import * as pulumi from "@pulumi/pulumi";
import { onlyOwnKey, onlyTls } from "../shared/bucket-policy";
import type { Place } from "../shared/place";
import { accountAdministers, policyDocument, type Statement, thisKey, useOfKey } from "../shared/policy";

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

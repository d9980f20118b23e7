import type * as pulumi from "@pulumi/pulumi";

/** What is watched: names of the buckets and ARNs of the keys, of the records and of their copy. */
export interface Watched {
  buckets: pulumi.Input<string>[];
  keyArns: pulumi.Input<string>[];
}

/** An EventBridge rule on what CloudTrail records. */
export interface AlertRule {
  /** Ends the name of the child. */
  name: string;
  description: string;
  pattern: (watched: Watched) => object;
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html */
function calls(service: string, eventName: string[], more: object = {}): object {
  return {
    source: [`aws.${service}`],
    "detail-type": ["AWS API Call via CloudTrail"],
    detail: { eventSource: [`${service}.amazonaws.com`], eventName, ...more },
  };
}

/** As CloudTrail names them. https://docs.aws.amazon.com/AmazonS3/latest/userguide/cloudtrail-logging-s3-info.html */
const deletions = ["DeleteObject", "DeleteObjects", "PutObjectRetention", "PutObjectLegalHold"];

/** Calls that weaken what protects a bucket. */
const weakenings = [
  "DeleteBucket",
  "DeleteBucketEncryption",
  "DeleteBucketLifecycle",
  "DeleteBucketPolicy",
  "DeleteBucketPublicAccessBlock",
  "DeleteBucketReplication",
  "PutBucketAcl",
  "PutBucketEncryption",
  "PutBucketLifecycle",
  "PutBucketLifecycleConfiguration",
  "PutBucketLogging",
  "PutBucketObjectLockConfiguration",
  "PutBucketOwnershipControls",
  "PutBucketPolicy",
  "PutBucketPublicAccessBlock",
  "PutBucketReplication",
  "PutBucketVersioning",
  "PutObjectLockConfiguration",
];

/** What is done to the bucket or the keys. */
const of = ({ buckets }: Watched) => ({ requestParameters: { bucketName: buckets } });
const ofKeys = ({ keyArns }: Watched) => ({ resources: { ARN: keyArns } });

/** The events that somebody is told of. */
export const alertRules: AlertRule[] = [
  {
    name: "denied-deletions",
    description: "Somebody tried to delete audit records, or to shorten their retention, and was denied",
    pattern: (watched) => calls("s3", deletions, { ...of(watched), errorCode: ["AccessDenied"] }),
  },
  {
    name: "deletions",
    description: "Somebody deleted audit records, or changed their retention or a hold",
    pattern: (watched) => calls("s3", deletions, { ...of(watched), errorCode: [{ exists: false }] }),
  },
  {
    name: "protection",
    description: "Somebody changed what protects the audit records, or tried to",
    pattern: (watched) => calls("s3", weakenings, of(watched)),
  },
  {
    name: "keys",
    description: "Somebody changed the key of the audit records, or tried to",
    pattern: (watched) =>
      calls("kms", ["DisableKey", "DisableKeyRotation", "PutKeyPolicy", "ScheduleKeyDeletion"], ofKeys(watched)),
  },
  {
    name: "trail",
    description: "Somebody stopped, changed or deleted a trail, or tried to",
    pattern: () => calls("cloudtrail", ["DeleteTrail", "PutEventSelectors", "StopLogging", "UpdateTrail"]),
  },
];

/** What has to be handed on from the region of the copy. */
export const copiedRule: AlertRule = {
  name: "replica",
  description: "Whatever is done to the copy of the audit records or its key",
  pattern: (watched) => ({
    source: ["aws.s3", "aws.kms"],
    "detail-type": ["AWS API Call via CloudTrail"],
    detail: { $or: [of(watched), ofKeys(watched)] },
  }),
};

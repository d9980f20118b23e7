/** What IAM policy documents may hold beside what the service models know. */

/**
 * Actions that are no operations of the service's API, with the operations that they allow.
 * Source: Service Authorization Reference, "Actions, resources, and condition keys" of each service; read 2025-11.
 */
export const furtherActions: Readonly<Record<string, string>> = {
  "aoss:APIAccessAll": "the API of a collection of OpenSearch Serverless, whose own policies say what of it",
  "athena:GetQueryResultsStream": "GetQueryResults, as drivers stream them",
  "iam:PassRole": "any operation that hands a role to a service",
  "kms:ReEncryptFrom": "ReEncrypt, for the key that encrypts now",
  "kms:ReEncryptTo": "ReEncrypt, for the key that encrypts then",
  "sagemaker:CallMlflowAppApi": "the API of an MLflow app, whose calls are MLflow's own",
  "s3:BypassGovernanceRetention": "deleting a version or shortening its retention before its time, in governance mode",
  "s3:DeleteObjectVersion": "DeleteObject and DeleteObjects, of a version",
  "rds-db:connect": "no operation: a connection to a database as one of its roles",
  "s3:GetObjectVersion": "GetObject, of a version that is not the newest",
  "s3:GetObjectVersionAcl": "GetObjectAcl, of a version",
  "s3:GetObjectVersionForReplication": "what replication reads of a version",
  "s3:GetObjectVersionTagging": "GetObjectTagging, of a version",
  "s3:GetReplicationConfiguration": "GetBucketReplication",
  "s3:ListBucket": "ListObjects, ListObjectsV2 and HeadBucket",
  "s3:ListBucketMultipartUploads": "ListMultipartUploads",
  "s3:ListMultipartUploadParts": "ListParts",
  "s3:PutBucketObjectLockConfiguration": "PutObjectLockConfiguration",
  "s3:PutLifecycleConfiguration": "PutBucketLifecycleConfiguration and DeleteBucketLifecycle",
  "s3:PutReplicationConfiguration": "PutBucketReplication and DeleteBucketReplication",
  "s3:ReplicateObject": "what replication writes",
  "s3:ReplicateTags": "the tags that replication writes",
  "sts:TagSession": "session tags in AssumeRole, which EKS Pod Identity sets",
};

export type DocumentKind = "identity" | "trust" | "key" | "resource";

/** Inputs that are policy documents, and how many characters one may have without white space. */
export const documents: Readonly<Record<string, { kind: DocumentKind; max: number; source: string }>> = {
  "aws:iam/role:Role assumeRolePolicy": { kind: "trust", max: 2048, source: "IAM and AWS STS quotas, IAM User Guide" },
  "aws:iam/policy:Policy policy": { kind: "identity", max: 6144, source: "IAM and AWS STS quotas, IAM User Guide" },
  "aws:iam/rolePolicy:RolePolicy policy": {
    kind: "identity",
    max: 10_240,
    source: "IAM and AWS STS quotas, IAM User Guide",
  },
  "aws:kms/key:Key policy": { kind: "key", max: 32_768, source: "resource quotas, AWS KMS Developer Guide" },
  "aws:s3/bucketPolicy:BucketPolicy policy": {
    kind: "resource",
    max: 20_480,
    source: "bucket policies, Amazon S3 User Guide",
  },
  "aws:sns/topicPolicy:TopicPolicy policy": {
    kind: "resource",
    max: 30_720,
    source: "policy quotas, Amazon SNS in the AWS General Reference",
  },
  "aws:s3/vectorsVectorBucketPolicy:VectorsVectorBucketPolicy policy": {
    kind: "resource",
    max: 20_480,
    source: "bucket policies, Amazon S3 User Guide",
  },
  "aws:sqs/queuePolicy:QueuePolicy policy": {
    kind: "resource",
    max: 8192,
    source: "policies quotas, Amazon SQS Developer Guide",
  },
};

const onlyWildcard =
  "AWS knows no narrower resource for what lists or describes, says the Service Authorization Reference";

/** What pipelines may use all of. */
const pipelineServices = [
  ...["aoss", "athena", "autoscaling", "cloudtrail", "cloudwatch", "dynamodb", "ec2", "ecr", "eks", "events", "fsx"],
  ...["elasticloadbalancing", "firehose", "glue", "kms", "logs", "pricing", "rds", "s3", "s3vectors", "sagemaker"],
  ...["secretsmanager", "sns", "sqs", "ssm"],
];

/** Wildcards in statements that allow something: the document, the statement's id, what it holds, why. */
export const wildcards: readonly { document: string; sid: string; what: string; reason: string }[] = [
  {
    document: "aws:kms/key:Key policy",
    sid: "AccountAdministersKey",
    what: "Action kms:*",
    reason:
      "without it nobody could ever change the key's policy again; the account's own IAM policies decide who may, as KMS asks for in its default key policy",
  },
  {
    document: "aws:kms/key:Key policy",
    sid: "AutoScalingEncryptsNodeVolumes",
    what: "Principal *",
    reason: "KMS refuses a role that is not there yet; conditions name the account and the service-linked role",
  },
  {
    document: "aws:kms/key:Key policy",
    sid: "AutoScalingHandsKeyToNodeVolumes",
    what: "Principal *",
    reason: "KMS refuses a role that is not there yet; conditions name the account and the service-linked role",
  },
  ...["aws:iam/policy:Policy policy", "aws:iam/rolePolicy:RolePolicy policy"].flatMap((document) => [
    ...["Resource *", ...pipelineServices.map((service) => `Action ${service}:*`)].map((what) => ({
      document,
      sid: "UseServices",
      what,
      reason:
        "a pipeline makes whatever its stacks hold of these services; a condition names the regions, and roles are made under a boundary alone",
    })),
    {
      document,
      sid: "UseCloudFront",
      what: "Action cloudfront:*",
      reason: "the same, of the account's own distributions: CloudFront is in no region",
    },
  ]),
  ...["SeeWhatTheRegionHas", "ReadPrices", "ListInstanceProfiles", "SeeNetwork", "SignInToRegistry"].map((sid) => ({
    document: "aws:iam/rolePolicy:RolePolicy policy",
    sid,
    what: "Resource *",
    reason: onlyWildcard,
  })),
  {
    document: "aws:iam/rolePolicy:RolePolicy policy",
    sid: "WriteMetrics",
    what: "Resource *",
    reason: "metrics are no resources; a condition names the namespaces of SageMaker's jobs",
  },
];

/** Source: IAM JSON policy elements, "Condition operators", IAM User Guide; read 2025-11. */
export const conditionOperators: readonly string[] = [
  ...["StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike"],
  ...["StringNotLike", "NumericEquals", "NumericNotEquals", "NumericLessThan", "NumericLessThanEquals"],
  ...["NumericGreaterThan", "NumericGreaterThanEquals", "DateEquals", "DateNotEquals", "DateLessThan"],
  ...["DateLessThanEquals", "DateGreaterThan", "DateGreaterThanEquals", "Bool", "BinaryEquals", "IpAddress"],
  ...["NotIpAddress", "ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "Null"],
];

/** Claims of some issuers that AWS compares. Source: "Available keys for AWS OIDC federation", IAM User Guide; read 2026-11. */
export const issuerClaims: Readonly<Record<string, readonly string[]>> = {
  "token.actions.githubusercontent.com": [
    ...["actor", "actor_id", "enterprise_id", "environment", "job_workflow_ref", "ref", "repository", "repository_id"],
    "workflow",
  ],
};

/** Source: "AWS global condition context keys", IAM User Guide; read 2025-11. Those with a part of one's own end in `/`. */
export const globalConditionKeys: readonly string[] = [
  ...[
    "CalledVia",
    "CalledViaFirst",
    "CalledViaLast",
    "CurrentTime",
    "Ec2InstanceSourceVpc",
    "EpochTime",
    "FederatedProvider",
  ],
  ...["MultiFactorAuthAge", "MultiFactorAuthPresent", "PrincipalAccount", "PrincipalArn", "PrincipalIsAWSService"],
  ...["PrincipalOrgID", "PrincipalOrgPaths", "PrincipalServiceName", "PrincipalServiceNamesList", "PrincipalTag/"],
  ...["PrincipalType", "RequestTag/", "RequestedRegion", "ResourceAccount", "ResourceOrgID", "ResourceOrgPaths"],
  ...["ResourceTag/", "SecureTransport", "SourceAccount", "SourceArn", "SourceIdentity", "SourceIp", "SourceOrgID"],
  ...[
    "SourceOrgPaths",
    "SourceVpc",
    "SourceVpce",
    "TagKeys",
    "TokenIssueTime",
    "UserAgent",
    "ViaAWSService",
    "VpcSourceIp",
  ],
  ...["referer", "userid", "username"],
];

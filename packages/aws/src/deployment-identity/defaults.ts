/** The recipient that AWS asks tokens for. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html */
export const audience = "sts.amazonaws.com";

/**
 * Issuer whose further claims AWS compares: `repository_id`, `ref` and more. Of all others it knows `sub` and `aud` alone.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
 */
export const claimsIssuer = "https://token.actions.githubusercontent.com";

/** Seconds that a session lasts at most: the least that IAM allows for a role. */
export const sessionSeconds = 3600;

/** Path of the roles and policies that pipelines make. */
export const rolePath = "/aistack/";

/** Policies of one role. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
export const mostPolicies = 10;

/**
 * What a plan may read: how things are set up, and no data in them. Job functions that AWS keeps up to date.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_job-functions.html
 */
export const planPolicies = ["SecurityAudit", "job-function/ViewOnlyAccess"];

/** Services that the components of this package use, by the prefix of their actions. */
export const services = [
  ...["aoss", "athena", "autoscaling", "cloudfront", "cloudtrail", "cloudwatch", "dynamodb", "ec2", "ecr", "eks"],
  ...["elasticloadbalancing", "events", "firehose", "fsx", "glue", "kms", "logs", "pricing", "rds", "s3", "s3vectors"],
  ...["sagemaker", "secretsmanager", "sns", "sqs", "ssm"],
];

/** Services by which a pipeline could give itself rights, or leave its account. */
export const refusedServices = ["account", "iam", "identitystore", "organizations", "sso", "sso-admin", "sts"];

/** Policies that allow nearly everything. */
export const widePolicies = /:policy\/(AdministratorAccess|PowerUserAccess|IAMFullAccess)$/;

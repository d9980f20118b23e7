/** The recipient that AWS asks tokens for. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html */
export const audience = "sts.amazonaws.com";

/**
 * CloudFront's managed policy CachingOptimized, which keeps what an object's Cache-Control allows.
 * https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
 */
export const cachePolicyId = "658327ea-f89d-4fab-a63d-7e88639e58f6";

/** Seconds for which the documents may be cached: a new key is known after five minutes. */
export const cacheSeconds = 300;

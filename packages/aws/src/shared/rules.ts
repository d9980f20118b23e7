import { matching, type Rule } from "aistack-core";

/** ARN of a KMS key. An alias does not do: policies and condition keys compare the key's own ARN. */
export const kmsKeyArn = matching(
  /^arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key\/[a-zA-Z0-9-]+$/,
  "the ARN of a KMS key such as arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
);

/**
 * Name of a component whose children put it into physical names: IAM role names end at 64 characters, of which a
 * suffix and Pulumi's random part take their share.
 */
export const componentName: Rule<string> = matching(
  /^[A-Za-z][A-Za-z0-9-]{0,29}$/,
  "1 to 30 letters, digits and hyphens, starting with a letter, because AWS limits the names made from it",
);

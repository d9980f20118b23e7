import { Platform, type Rule } from "aistack-core";

/** Platform of a bucket that the AWS CLI reads and writes. */
export const speaksS3: Rule<Platform> = (platform) =>
  platform === Platform.Gcp
    ? "must be that of a bucket that speaks S3: on AWS, or of your own; one of Google Cloud does not"
    : undefined;

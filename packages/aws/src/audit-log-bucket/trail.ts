import { Trail } from "@pulumi/aws/cloudtrail";
import type { cloudtrail } from "@pulumi/aws/types/input";
import * as pulumi from "@pulumi/pulumi";
import { type AuditTrailArgs, limitedName } from "aistack-core";
import type { Place } from "../shared/place";
import type { TrailAccess } from "./policy";

/** Longest name of a trail. https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-trail-naming-requirements.html */
const longestName = 128;

/** Name of a trail: fixed, because bucket and key let the trail in before it can be created. */
export function trailName(name: string): string {
  return limitedName(`${name}-${pulumi.getStack()}`, longestName);
}

/** Whom bucket and key let in. */
export function trailAccess(name: string, args: AuditTrailArgs, place: Place): TrailAccess {
  return {
    arn: pulumi.interpolate`arn:${place.partition}:cloudtrail:${place.region}:${place.accountId}:trail/${trailName(name)}`,
    organization: args.organization ?? false,
  };
}

/** What a trail is made from. */
export interface TrailArgs {
  /** Bucket that takes the trail, once it lets it in. */
  bucket: pulumi.Output<string>;
  keyArn: pulumi.Output<string>;
  /** ARNs of the buckets that hold records, on their way included. */
  recordArns: pulumi.Output<string>[];
  /** ARNs of further buckets of which each access is recorded. */
  bucketArns: pulumi.Output<string>[];
  organization: boolean;
  tags: pulumi.Output<{ [key: string]: string }>;
}

/** Records who called which interface of AWS in all regions, signed hourly, and who accessed which object. */
export function recordActivity(name: string, args: TrailArgs, opts: pulumi.CustomResourceOptions): Trail {
  return new Trail(
    `${name}-trail`,
    {
      name: trailName(name),
      s3BucketName: args.bucket,
      kmsKeyId: args.keyArn,
      enableLogFileValidation: true,
      includeGlobalServiceEvents: true,
      isMultiRegionTrail: true,
      isOrganizationTrail: args.organization,
      advancedEventSelectors: selectors(args),
      tags: args.tags,
    },
    opts,
  );
}

/** https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html */
function selectors({ recordArns, bucketArns }: TrailArgs): cloudtrail.TrailAdvancedEventSelector[] {
  const objectsIn = (arns: pulumi.Output<string>[]): cloudtrail.TrailAdvancedEventSelectorFieldSelector[] => [
    { field: "eventCategory", equals: ["Data"] },
    { field: "resources.type", equals: ["AWS::S3::Object"] },
    { field: "resources.ARN", startsWiths: arns.map((arn) => pulumi.interpolate`${arn}/`) },
  ];
  const all: cloudtrail.TrailAdvancedEventSelector[] = [
    { name: "Calls to AWS", fieldSelectors: [{ field: "eventCategory", equals: ["Management"] }] },
    {
      name: "Accesses to the records",
      // Without the additions, of which the trail's own would each cause another.
      fieldSelectors: [...objectsIn(recordArns), { field: "eventName", notEquals: ["PutObject"] }],
    },
  ];
  if (bucketArns.length > 0) all.push({ name: "Accesses to buckets", fieldSelectors: objectsIn(bucketArns) });
  return all;
}

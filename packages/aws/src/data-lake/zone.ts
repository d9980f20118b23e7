import { CatalogDatabase } from "@pulumi/aws/glue";
import type { s3 } from "@pulumi/aws/types/input";
import * as pulumi from "@pulumi/pulumi";
import { type AccessRule, after, mergedRules, type ObjectStoreBinding, Platform, type ZonePlan } from "aistack-core";
import { abandonedUploadDays, bucketBinding } from "../shared/bucket";
import type { Place } from "../shared/place";
import { readZone, writeZone, type ZoneArns } from "./access";
import { closedBucket } from "./closed-bucket";
import * as defaults from "./defaults";

/** What a zone is made from. */
export interface LakeZoneParts {
  lake: string;
  plan: ZonePlan;
  keyArn: pulumi.Output<string>;
  oldVersionDays: pulumi.Input<number>;
  stays: boolean;
  place: Place;
  tags: pulumi.Output<{ [key: string]: string }>;
  retainOnDelete: boolean;
}

/** One zone of a lake: a bucket for its objects and tables, and a database of the catalogue that says what the tables are. */
export class LakeZone extends pulumi.ComponentResource {
  readonly binding: pulumi.Output<ObjectStoreBinding>;
  readonly arns: ZoneArns;

  constructor(name: string, args: LakeZoneParts, opts: pulumi.ComponentResourceOptions) {
    super("aistack-aws:index:LakeZone", name, {}, opts);
    const { place, keyArn, tags } = args;
    const kept = { parent: this, retainOnDelete: args.retainOnDelete };
    const lifecycle = pulumi
      .all([args.oldVersionDays, args.plan.archiveAfterDays, args.plan.expireAfterDays])
      .apply(([old, archive, expire]) => lifecycleRules(old, archive, expire));
    const { bucket, policy } = closedBucket(
      name,
      { keyArn, region: place.region, lifecycle, stays: args.stays, tags },
      kept,
    );
    const ready = after(bucket.bucket, policy);
    const database = new CatalogDatabase(
      `${name}-database`,
      {
        name: databaseName(args.lake, args.plan.zone),
        description: `Tables of the zone ${args.plan.zone} of ${args.lake}`,
        region: place.region,
        // Iceberg tables that name no location lie here. Athena cleans up tables in a folder only.
        locationUri: pulumi.interpolate`s3://${ready}/${defaults.prefixes.tables}`,
        // IAM decides, in accounts that have Lake Formation decide about new tables too.
        createTableDefaultPermissions: [
          { permissions: ["ALL"], principal: { dataLakePrincipalIdentifier: "IAM_ALLOWED_PRINCIPALS" } },
        ],
        tags,
      },
      kept,
    );
    this.arns = { bucketArn: bucket.arn, keyArn, database: database.name };
    this.binding = bucketBinding(name, place.region, ready, bucket.arn, keyArn, this.#access(place));
    this.registerOutputs({});
  }

  #access(place: Place): pulumi.Output<{ read: AccessRule[]; write: AccessRule[] }> {
    return pulumi.output({
      read: mergedRules(Platform.Aws, readZone(place, this.arns)),
      write: mergedRules(Platform.Aws, writeZone(place, this.arns)),
    });
  }
}

/** Objects get colder and go; tables do not, since a table that lacks a file can no longer be read. */
function lifecycleRules(
  noncurrentDays: number,
  archiveAfterDays: number | undefined,
  expireAfterDays: number | undefined,
): s3.BucketLifecycleConfigurationRule[] {
  const cleanUp = {
    id: "clean-up",
    status: "Enabled",
    filter: { prefix: "" },
    noncurrentVersionExpiration: { noncurrentDays },
    expiration: { expiredObjectDeleteMarker: true },
    abortIncompleteMultipartUpload: { daysAfterInitiation: abandonedUploadDays },
  };
  if (archiveAfterDays === undefined && expireAfterDays === undefined) return [cleanUp];
  const age = {
    id: "age",
    status: "Enabled",
    filter: { prefix: defaults.prefixes.objects },
    ...(archiveAfterDays === undefined
      ? {}
      : { transitions: [{ days: archiveAfterDays, storageClass: defaults.archiveClass }] }),
    ...(expireAfterDays === undefined ? {} : { expiration: { days: expireAfterDays } }),
  };
  return [cleanUp, age];
}

/** Glue takes lower-case letters, digits and underscores. https://docs.aws.amazon.com/athena/latest/ug/tables-databases-columns-names.html */
function databaseName(lake: string, zone: string): string {
  return `${lake}_${zone}_${pulumi.getStack()}`.toLowerCase().replace(/[^a-z0-9_]/g, "_");
}

import { Connection, Dataset } from "@pulumi/gcp/bigquery";
import { Bucket, BucketIAMMember } from "@pulumi/gcp/storage";
import type { storage } from "@pulumi/gcp/types/input";
import * as pulumi from "@pulumi/pulumi";
import { after, type LakeTeamPlan, type ObjectStoreBinding, type ZonePlan } from "aistack-core";
import { bucketBinding } from "../audit-log-bucket/binding";
import type { Place } from "../shared/place";
import { readZone, rulesOf, writeZone, type ZoneNames, zoneNames } from "./access";
import * as defaults from "./defaults";

/** What a zone is made from. */
export interface LakeZoneParts {
  lake: string;
  plan: ZonePlan;
  teams: LakeTeamPlan[];
  keyName: pulumi.Output<string>;
  oldVersionDays: pulumi.Input<number>;
  place: Place;
  labels: pulumi.Output<{ [key: string]: string }>;
  retainOnDelete: boolean;
}

/** One zone of a lake: a bucket for its objects and tables, and a data set that says what the tables are. */
export class LakeZone extends pulumi.ComponentResource {
  readonly binding: pulumi.Output<ObjectStoreBinding>;
  readonly names: ZoneNames;
  readonly datasetId: pulumi.Output<string>;

  constructor(name: string, args: LakeZoneParts, opts: pulumi.ComponentResourceOptions) {
    super("aistack-gcp:index:LakeZone", name, {}, opts);
    const { place } = args;
    const kept = { parent: this, retainOnDelete: args.retainOnDelete };
    const bucket = zoneBucket(name, args, kept);
    const tables = tablesIn(name, bucket, args, kept);
    grantObjects(name, bucket, args, { parent: this });

    this.datasetId = after(tables.datasetId, tables.writer);
    this.names = zoneNames(place.project, bucket.name, tables.datasetId);
    this.binding = pulumi.output({
      ...bucketBindingParts(name, bucket, place),
      access: { read: rulesOf(readZone(this.names)), write: rulesOf(writeZone(this.names)) },
    });
    this.registerOutputs({});
  }
}

function bucketBindingParts(name: string, bucket: Bucket, place: Place) {
  const {
    kind,
    platform,
    url,
    region,
    environment,
    egress,
    bucket: own,
  } = bucketBinding(name, bucket.name, place.region);
  return { kind, name, platform, bucket: own, url, region, environment, egress };
}

function zoneBucket(
  name: string,
  { plan, keyName, oldVersionDays, place, labels }: LakeZoneParts,
  opts: pulumi.CustomResourceOptions,
): Bucket {
  return new Bucket(
    `${name}-objects`,
    {
      location: place.region,
      storageClass: "STANDARD",
      labels,
      versioning: { enabled: true },
      // Versions bring back what was deleted; what is erased has to be gone at once, which soft deletion would prevent.
      softDeletePolicy: { retentionDurationSeconds: 0 },
      lifecycleRules: pulumi
        .all([oldVersionDays, plan.archiveAfterDays, plan.expireAfterDays])
        .apply(([old, archive, expire]) => lifecycleRules(old, archive, expire)),
      encryption: {
        defaultKmsKeyName: keyName,
        // Nobody can bring a key of another kind.
        googleManagedEncryptionEnforcementConfig: { restrictionMode: "FullyRestricted" },
        customerSuppliedEncryptionEnforcementConfig: { restrictionMode: "FullyRestricted" },
      },
      uniformBucketLevelAccess: true,
      publicAccessPrevention: "enforced",
      forceDestroy: false,
    },
    opts,
  );
}

/** Objects get colder and go; tables do not, since a table that lacks a file can no longer be read. */
function lifecycleRules(
  oldVersionDays: number,
  archiveAfterDays: number | undefined,
  expireAfterDays: number | undefined,
): storage.BucketLifecycleRule[] {
  const { tables, objects } = defaults.prefixes;
  const live = { matchesPrefixes: [objects], withState: "LIVE" };
  return [
    { action: { type: "Delete" }, condition: { daysSinceNoncurrentTime: oldVersionDays, withState: "ARCHIVED" } },
    {
      action: { type: "Delete" },
      condition: {
        daysSinceNoncurrentTime: defaults.droppedFileDays,
        matchesPrefixes: [tables],
        withState: "ARCHIVED",
      },
    },
    { action: { type: "AbortIncompleteMultipartUpload" }, condition: { age: defaults.abandonedUploadDays } },
    ...(archiveAfterDays === undefined
      ? []
      : [
          {
            action: { type: "SetStorageClass", storageClass: defaults.archiveClass },
            condition: { ...live, age: archiveAfterDays },
          },
        ]),
    ...(expireAfterDays === undefined
      ? []
      : [{ action: { type: "Delete" }, condition: { ...live, age: expireAfterDays } }]),
  ];
}

/** The data set, and the connection by which BigQuery writes the files of Iceberg tables into the bucket. */
function tablesIn(
  name: string,
  bucket: Bucket,
  { lake, plan, teams, keyName, place, labels }: LakeZoneParts,
  kept: pulumi.CustomResourceOptions,
): { datasetId: pulumi.Output<string>; writer: pulumi.Resource } {
  const dataset = new Dataset(
    `${name}-dataset`,
    {
      datasetId: `${lake}_${plan.zone}_${pulumi.getStack()}`.replace(/[^A-Za-z0-9_]/g, "_"),
      description: `Tables of the zone ${plan.zone} of ${lake}`,
      location: place.region,
      defaultEncryptionConfiguration: { kmsKeyName: keyName },
      maxTimeTravelHours: String(defaults.timeTravelHours),
      accesses: accessesOf(plan.zone, teams),
      labels,
      deleteContentsOnDestroy: false,
    },
    kept,
  );
  const connection = new Connection(
    `${name}-connection`,
    {
      connectionId: `${lake}-${plan.zone}-${pulumi.getStack()}`,
      description: `Files of the Iceberg tables in the zone ${plan.zone} of ${lake}`,
      location: place.region,
      cloudResource: {},
    },
    kept,
  );
  const member = pulumi.interpolate`serviceAccount:${connection.cloudResource.apply((own) => own?.serviceAccountId)}`;
  // https://cloud.google.com/bigquery/docs/iceberg-tables: it reads, writes and cleans up, and looks at the bucket itself.
  new BucketIAMMember(
    `${name}-connection-bucket`,
    { bucket: bucket.name, role: defaults.roles.seeBucket, member },
    kept,
  );
  const writer = new BucketIAMMember(
    `${name}-connection-objects`,
    { bucket: bucket.name, role: defaults.roles.useObjects, member },
    kept,
  );
  return { datasetId: dataset.datasetId, writer };
}

/**
 * Who may use the tables. Else every reader and writer of the project could; and what is granted by resources of their own
 * would be taken away whenever this list changes. BigQuery writes READER and WRITER for its predefined roles.
 */
function accessesOf(zone: ZonePlan["zone"], teams: LakeTeamPlan[]) {
  const grant = (role: string, members: pulumi.Input<string>[]) => members.map((iamMember) => ({ role, iamMember }));
  return [
    { role: "OWNER", specialGroup: "projectOwners" },
    ...teams.flatMap(({ read, write, principals }) => [
      ...(read.includes(zone) ? grant("READER", principals) : []),
      ...(write.includes(zone) ? grant("WRITER", principals) : []),
    ]),
  ];
}

function grantObjects(
  name: string,
  bucket: Bucket,
  { plan: { zone }, teams }: LakeZoneParts,
  opts: pulumi.CustomResourceOptions,
): void {
  for (const team of teams)
    team.principals.forEach((member, index) => {
      const grant = (verb: string, role: string) =>
        new BucketIAMMember(`${name}-${team.name}-${index + 1}-${verb}`, { bucket: bucket.name, role, member }, opts);
      if (team.read.includes(zone)) grant("reads", defaults.roles.readObjects);
      if (team.write.includes(zone)) grant("adds", defaults.roles.addObjects);
    });
}

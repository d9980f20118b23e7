import { ServiceIdentity } from "@pulumi/gcp/projects";
import { type Bucket, BucketIAMMember, InsightsReportConfig } from "@pulumi/gcp/storage";
import * as pulumi from "@pulumi/pulumi";
import * as defaults from "./defaults";
import { type BucketPlace, lockedBucket, type Protection } from "./locked-bucket";

/** What lists of digests are made from. */
export interface AuditDigestsArgs {
  records: Bucket;
  place: BucketPlace;
  protection: Protection;
  retainOnDelete: boolean;
}

/** A list of all records with their checksums, each day, in a locked bucket of its own: a change shows in the next. */
export class AuditDigests extends pulumi.ComponentResource {
  readonly bucket: Bucket;

  constructor(name: string, args: AuditDigestsArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-gcp:index:AuditDigests", name, {}, opts);
    const child = { parent: this };
    const kept = { ...child, retainOnDelete: args.retainOnDelete };
    this.bucket = lockedBucket(`${name}-bucket`, args.place, args.protection, kept);

    const agent = new ServiceIdentity(`${name}-agent`, { service: "storageinsights.googleapis.com" }, child);
    const grant = (suffix: string, bucket: Bucket, role: string) =>
      new BucketIAMMember(`${name}-${suffix}`, { bucket: bucket.name, role, member: agent.member }, child);
    // https://cloud.google.com/storage/docs/insights/using-inventory-reports#grant_the_required_roles_to_your_service_agent
    const granted = [
      grant("collect", args.records, "roles/storage.insightsCollectorService"),
      grant("write", this.bucket, "roles/storage.objectCreator"),
    ];
    new InsightsReportConfig(
      `${name}-daily`,
      {
        location: args.place.location,
        displayName: name,
        frequencyOptions: { frequency: "DAILY", startDate: inTwoDays(), endDate: defaults.lastDigest },
        csvOptions: { delimiter: ",", headerRequired: true, recordSeparator: "\n" },
        objectMetadataReportOptions: {
          metadataFields: defaults.digestFields,
          storageFilters: { bucket: args.records.name },
          storageDestinationOptions: { bucket: this.bucket.name, destinationPath: "digests/" },
        },
      },
      // The first day is in the past for every run but the first.
      { ...child, dependsOn: granted, ignoreChanges: ["frequencyOptions"] },
    );
    this.registerOutputs({});
  }
}

/** The first list has to be for tomorrow or later, by UTC; a run may go on past midnight. */
function inTwoDays(): { year: number; month: number; day: number } {
  const date = new Date(Date.now() + 2 * 24 * 3600 * 1000);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
}

import { Workgroup } from "@pulumi/aws/athena";
import * as pulumi from "@pulumi/pulumi";
import { after } from "aistack-core";
import { abandonedUploadDays } from "../shared/bucket";
import type { Place } from "../shared/place";
import type { WorkgroupArns } from "./access";
import { closedBucket } from "./closed-bucket";
import * as defaults from "./defaults";

/** What the places for queries are made from. */
export interface LakeQueriesParts {
  /** Names of the teams. */
  teams: string[];
  /** Key of the most sensitive data class: a result may come from any zone. */
  keyArn: pulumi.Output<string>;
  stays: boolean;
  place: Place;
  tags: pulumi.Output<{ [key: string]: string }>;
  retainOnDelete: boolean;
}

/** Where Athena is asked: a workgroup for each team and one for those who see all, each with results of its own. */
export class LakeQueries extends pulumi.ComponentResource {
  /** Workgroup of those who may read all zones, and of the procedure of erasure. */
  readonly own: WorkgroupArns;
  readonly teams: { [team: string]: WorkgroupArns };

  constructor(name: string, args: LakeQueriesParts, opts: pulumi.ComponentResourceOptions) {
    super("aistack-aws:index:LakeQueries", name, {}, opts);
    const child = { parent: this };
    const { keyArn, place, tags } = args;
    const lifecycle = [
      {
        id: "expire",
        status: "Enabled",
        filter: { prefix: "" },
        expiration: { days: defaults.resultDays },
        noncurrentVersionExpiration: { noncurrentDays: 1 },
        abortIncompleteMultipartUpload: { daysAfterInitiation: abandonedUploadDays },
      },
    ];
    // Kept like the zones: what is in it comes from them.
    const { bucket, policy } = closedBucket(
      name,
      { keyArn, region: place.region, lifecycle, stays: args.stays, tags },
      { ...child, retainOnDelete: args.retainOnDelete },
    );
    const results = after(bucket.bucket, policy);
    const workgroup = (suffix: string, prefix: string, description: string): WorkgroupArns => {
      const made = new Workgroup(
        `${name}-${suffix}`,
        {
          description,
          region: place.region,
          // Its history alone, no data, would keep it from being deleted.
          forceDestroy: true,
          configuration: {
            enforceWorkgroupConfiguration: true,
            bytesScannedCutoffPerQuery: defaults.mostBytesOfQuery,
            publishCloudwatchMetricsEnabled: true,
            resultConfiguration: {
              outputLocation: pulumi.interpolate`s3://${results}/${prefix}`,
              encryptionConfiguration: { encryptionOption: "SSE_KMS", kmsKeyArn: keyArn },
            },
          },
          tags,
        },
        child,
      );
      return { workgroup: made.arn, resultsArn: bucket.arn, prefix, keyArn };
    };
    this.own = workgroup("all", "all/", "All zones");
    this.teams = Object.fromEntries(
      args.teams.map((team) => [team, workgroup(`team-${team}`, `teams/${team}/`, `Team ${team}`)]),
    );
    this.registerOutputs({});
  }
}

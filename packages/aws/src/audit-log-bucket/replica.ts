import * as pulumi from "@pulumi/pulumi";
import { after, type ObjectStoreBinding } from "aistack-core";
import { bucketBinding, rotatedKey } from "../shared/bucket";
import type { Place } from "../shared/place";
import { accountAdministers, policyDocument } from "../shared/policy";
import type { RecordsPlan } from "./checks";
import { type LockedBucket, lockedBucket } from "./locked-bucket";
import { type Destination, replicate } from "./replication";

/** What a copy of the records is made from. */
export interface ReplicaArgs {
  plan: RecordsPlan;
  /** Where the copy lies; every child that has a place is there. */
  region: pulumi.Output<string>;
  kmsKeyArn?: pulumi.Input<string>;
  records: LockedBucket;
  recordsKeyArn: pulumi.Input<string>;
  place: Place;
  tags: pulumi.Output<{ [key: string]: string }>;
}

/** A second bucket of the same kind in another region, with a key there, and what copies each record into it. */
export class Replica extends pulumi.ComponentResource {
  readonly binding: pulumi.Output<ObjectStoreBinding>;
  readonly bucket: pulumi.Output<string>;
  readonly keyArn: pulumi.Output<string>;
  /** For other buckets whose files have to get here too. */
  readonly destination: Destination;

  constructor(name: string, args: ReplicaArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-aws:index:AuditReplica", name, {}, opts);
    const { plan, region, place, tags } = args;
    const kept = { parent: this, retainOnDelete: opts.retainOnDelete };

    const key = {
      description: `Copies of the audit records of ${name}`,
      policy: policyDocument([accountAdministers(place)]),
      tags,
      region,
    };
    this.keyArn = pulumi.output(args.kmsKeyArn ?? rotatedKey(`${name}-key`, key, kept).arn);
    const { bucket, policy } = lockedBucket(name, { plan, keyArn: this.keyArn, tags, region }, kept);
    this.destination = { bucketArn: after(bucket.arn, policy), keyArn: this.keyArn, region };
    replicate(
      `${name}-copy`,
      {
        source: args.records.bucket,
        sourceKeyArn: args.recordsKeyArn,
        prefix: "",
        destinations: [this.destination],
        place,
        tags,
      },
      // S3 refuses a source whose versions are not kept yet.
      { ...kept, dependsOn: [args.records.policy] },
    );
    this.bucket = after(bucket.bucket, policy);
    this.binding = bucketBinding(name, region, this.bucket, bucket.arn, this.keyArn);
    this.registerOutputs({});
  }
}

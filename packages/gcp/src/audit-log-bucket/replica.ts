import type { Bucket } from "@pulumi/gcp/storage";
import * as pulumi from "@pulumi/pulumi";
import type { Place } from "../shared/place";
import { AuditKey, keyIn } from "./key";
import { lockedBucket, type Protection } from "./locked-bucket";
import { Replication } from "./replication";

/** What a copy of the records is made from. */
export interface AuditReplicaCopyArgs {
  records: Bucket;
  region: pulumi.Input<string>;
  kmsKey?: pulumi.Input<string>;
  place: Place;
  protection: Protection;
  retainOnDelete: boolean;
}

/**
 * A copy of the records in another region, as locked as they are, with a key of that region. It is a bucket of its own
 * rather than a dual-region one, whose two halves have one key, one policy and one delete.
 */
export class AuditReplica extends pulumi.ComponentResource {
  readonly bucket: Bucket;
  readonly keyName: pulumi.Output<string>;

  constructor(name: string, args: AuditReplicaCopyArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-gcp:index:AuditReplica", name, {}, opts);
    const child = { parent: this };
    const { retainOnDelete, protection, place } = args;
    const location = elsewhere(args.region, place.region);
    this.keyName = args.kmsKey
      ? keyIn("replica.kmsKey", args.kmsKey, location)
      : new AuditKey(name, { location, labels: protection.labels, query: false, retainOnDelete }, child).keyName;
    this.bucket = lockedBucket(`${name}-bucket`, { location, keyName: this.keyName }, protection, {
      ...child,
      retainOnDelete,
    });
    new Replication(name, { from: args.records, to: this.bucket, place }, child);
    this.registerOutputs({});
  }
}

/** The replica's region, once it is known not to be that of the records. */
function elsewhere(region: pulumi.Input<string>, records: pulumi.Output<string>): pulumi.Output<string> {
  return pulumi.all([region, records]).apply(([replica, own]) => {
    if (replica !== own) return replica;
    const reason = `replica.region is ${replica}, where the records are; name another region`;
    throw new pulumi.InputPropertyError({ propertyPath: "replica.region", reason });
  });
}

import { Bucket, BucketLifecycleConfiguration, BucketNotification, BucketPolicy } from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import { after, type ObjectStoreBinding, standardTags } from "aistack-core";
import {
  abandonedUploadDays,
  blockPublicAccess,
  bucketBinding,
  encryptWith,
  keepVersions,
  ownEverything,
  rotatedKey,
} from "../shared/bucket";
import { onlyOwnKey, onlyTls } from "../shared/bucket-policy";
import { placeOf } from "../shared/place";
import { accountAdministers, policyDocument } from "../shared/policy";
import { checkStore, type ObjectStoreArgs } from "./args";

const type = "aistack-aws:index:ObjectStore";

/** Private, encrypted bucket with versions, for models and data. It outlives its stack unless told otherwise. */
export class ObjectStore extends pulumi.ComponentResource {
  /** Plain-data handle that a workload on any platform can be given. Whoever takes it waits until the bucket is closed. */
  public readonly binding: pulumi.Output<ObjectStoreBinding>;

  constructor(name: string, args: ObjectStoreArgs = {}, opts: pulumi.ComponentResourceOptions = {}) {
    const plan = checkStore(type, name, args);
    super(type, name, args, opts);
    if (args.existing) {
      this.binding = pulumi.output(args.existing);
      this.registerOutputs({ binding: this.binding });
      return;
    }

    // What is kept of a destroyed stack keeps its protection.
    const kept = { parent: this, retainOnDelete: opts.retainOnDelete ?? true };
    const place = placeOf(this);
    const tags = standardTags(type, plan.dataClass, args.tags);

    const key = { description: `Objects of ${name}`, policy: policyDocument([accountAdministers(place)]), tags };
    const keyArn = pulumi.output(plan.kmsKeyArn ?? rotatedKey(`${name}-key`, key, kept).arn);
    const objects = new Bucket(`${name}-objects`, { tags }, kept);
    const versions = keepVersions(`${name}-versions`, objects, kept);
    const closed = [
      blockPublicAccess(`${name}-private`, objects, kept),
      ownEverything(`${name}-owner`, objects, kept),
      encryptWith(`${name}-encryption`, objects, keyArn, kept),
      versions,
      dropOldVersions(`${name}-lifecycle`, objects, plan.oldVersionDays, { ...kept, dependsOn: [versions] }),
    ];
    const policy = new BucketPolicy(
      `${name}-policy`,
      {
        bucket: objects.bucket,
        policy: policyDocument([...onlyTls(objects.arn), ...onlyOwnKey(objects.arn, keyArn)]),
      },
      // S3 answers with a conflict where a policy and a public access block change at the same time.
      { ...kept, dependsOn: closed },
    );

    if (plan.events) new BucketNotification(`${name}-events`, { bucket: objects.bucket, eventbridge: true }, kept);
    this.binding = bucketBinding(name, place.region, after(objects.bucket, policy), objects.arn, keyArn);
    this.registerOutputs({ binding: this.binding });
  }
}

function dropOldVersions(
  name: string,
  objects: Bucket,
  noncurrentDays: pulumi.Input<number>,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource {
  return new BucketLifecycleConfiguration(
    name,
    {
      bucket: objects.bucket,
      rules: [
        {
          id: "clean-up",
          status: "Enabled",
          filter: { prefix: "" },
          noncurrentVersionExpiration: { noncurrentDays },
          expiration: { expiredObjectDeleteMarker: true },
          abortIncompleteMultipartUpload: { daysAfterInitiation: abandonedUploadDays },
        },
      ],
    },
    opts,
  );
}

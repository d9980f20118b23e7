import { MlflowApp } from "@pulumi/aws/sagemaker";
import * as pulumi from "@pulumi/pulumi";
import type { Place } from "../shared/place";
import { folders } from "./defaults";
import { roleWith, trustSageMaker } from "./roles";

/** What a place to record runs in is made from. */
export interface TrackingAppArgs {
  place: Place;
  bucket: pulumi.Input<string>;
  keyArn: pulumi.Input<string>;
  tags: pulumi.Input<{ [key: string]: string }>;
}

/**
 * An MLflow app of SageMaker. Unlike a tracking server of SageMaker it costs nothing while nobody calls it, and AWS keeps its
 * version up to date.
 */
export class TrackingApp extends pulumi.ComponentResource {
  /** What clients of MLflow take as their tracking URI. */
  public readonly arn: pulumi.Output<string>;

  constructor(name: string, args: TrackingAppArgs, opts: pulumi.CustomResourceOptions) {
    super("aistack-aws:mlops-pipeline:TrackingApp", name, {}, opts);
    const { place, bucket, keyArn, tags } = args;
    const kept = { parent: this, retainOnDelete: opts.retainOnDelete };
    const bucketArn = pulumi.interpolate`arn:${place.partition}:s3:::${bucket}`;
    const roleArn = roleWith(
      `${name}-role`,
      {
        description: `MLflow keeps the files of ${name}`,
        trust: trustSageMaker(place),
        statements: [
          {
            Sid: "KeepFiles",
            Effect: "Allow",
            Action: ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"],
            Resource: pulumi.interpolate`${bucketArn}/${folders.tracking}/*`,
          },
          {
            Sid: "SeeBucket",
            Effect: "Allow",
            Action: ["s3:GetBucketLocation", "s3:ListBucket"],
            Resource: bucketArn,
          },
          { Sid: "UseKey", Effect: "Allow", Action: ["kms:Decrypt", "kms:GenerateDataKey"], Resource: keyArn },
        ],
        tags,
      },
      kept,
    );
    const app = new MlflowApp(
      `${name}-app`,
      {
        name,
        artifactStoreUri: pulumi.interpolate`s3://${bucket}/${folders.tracking}`,
        roleArn,
        // The pipeline registers versions itself, after their approval.
        modelRegistrationMode: "AutoModelRegistrationDisabled",
        accountDefaultStatus: "DISABLED",
        weeklyMaintenanceWindowStart: "Sun:03:00",
        tags,
      },
      kept,
    );
    this.arn = app.arn;
    this.registerOutputs({});
  }
}

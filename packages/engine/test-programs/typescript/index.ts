import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
pulumi.runtime.registerResourceTransform(({ type, props, opts }) =>
  type === "aws:s3/bucket:Bucket" ? { props: { ...props, forceDestroy: true }, opts } : undefined,
);

const bucket = new aws.s3.Bucket("goods", { tags: { replicas: String(config.requireNumber("replicas")) } });
console.log("made the goods");

export const arn = bucket.arn;
export const limits = config.requireObject<{ cpu: number }>("limits");
export const region = new pulumi.Config("aws").require("region");
export const zones = config.requireObject<string[]>("zones");

import { type Fact, fact } from "../finding";
import type { PlanView, Resource } from "../view";

export const bucketType = "aws:s3/bucket:Bucket";

/** The resources that hold one kind of setting of an S3 bucket. */
export function settingsOf(plan: PlanView, bucket: Resource, kind: string): Resource[] {
  const type = `aws:s3/${kind[0]?.toLowerCase()}${kind.slice(1)}:${kind}`;
  return plan.attachedTo(bucket, type, "bucket");
}

/** A setting of an S3 bucket; of the bucket itself, where no resource holds it. */
export function settingOf(plan: PlanView, bucket: Resource, kind: string, path: string): Fact | undefined {
  const [resource] = settingsOf(plan, bucket, kind);
  return resource && fact(resource, path);
}

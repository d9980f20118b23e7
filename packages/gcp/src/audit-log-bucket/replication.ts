import { IAMCustomRole, IAMMember } from "@pulumi/gcp/projects";
import { type Bucket, BucketIAMMember, TransferJob } from "@pulumi/gcp/storage";
import { getProjectServiceAccountOutput } from "@pulumi/gcp/storage/getProjectServiceAccount";
import { getTransferProjectServiceAccountOutput } from "@pulumi/gcp/storage/getTransferProjectServiceAccount";
import * as pulumi from "@pulumi/pulumi";
import { limitedName } from "aistack-core";
import type { Place } from "../shared/place";
import * as defaults from "./defaults";

/** The longest id of a role of one's own. https://cloud.google.com/iam/docs/creating-custom-roles */
const roleIdLength = 64;

/** Between which buckets records are copied. */
export interface ReplicationArgs {
  from: Bucket;
  to: Bucket;
  place: Place;
}

/** Storage Transfer Service copies each new record within minutes, as an account that can add to the copy alone. */
export class Replication extends pulumi.ComponentResource {
  constructor(name: string, { from, to, place }: ReplicationArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-gcp:index:Replication", `${name}-replication`, {}, opts);
    const child = { parent: this };
    const { project } = place;
    const member = getTransferProjectServiceAccountOutput({}, child).member;
    const role = (kind: keyof typeof defaults.replicationPermissions) =>
      new IAMCustomRole(
        `${name}-${kind}-role`,
        {
          project,
          roleId: limitedName(`${name}-${pulumi.getStack()}-${kind}`, roleIdLength).replace(/[^A-Za-z0-9_.]/g, "_"),
          title: `${name} ${kind}`.slice(0, 100),
          permissions: defaults.replicationPermissions[kind],
        },
        child,
      ).name;
    const granted: pulumi.Resource[] = [
      new BucketIAMMember(`${name}-source`, { bucket: from.name, role: role("source"), member }, child),
      new BucketIAMMember(`${name}-sink`, { bucket: to.name, role: role("sink"), member }, child),
      new IAMMember(`${name}-events`, { project, role: role("events"), member }, child),
      // Cloud Storage tells of new records over a topic that the job makes.
      new IAMMember(
        `${name}-publish`,
        { project, role: "roles/pubsub.publisher", member: getProjectServiceAccountOutput({}, child).member },
        child,
      ),
    ];
    new TransferJob(
      `${name}-job`,
      {
        project,
        description: `Copies new audit records of ${name}`,
        replicationSpec: {
          gcsDataSource: { bucketName: from.name },
          gcsDataSink: { bucketName: to.name },
          transferOptions: {
            // A record is never written twice: what comes under its name later is no record.
            overwriteWhen: "NEVER",
            metadataOptions: {
              acl: "ACL_DESTINATION_BUCKET_DEFAULT",
              kmsKey: "KMS_KEY_DESTINATION_BUCKET_DEFAULT",
              storageClass: "STORAGE_CLASS_DESTINATION_BUCKET_DEFAULT",
            },
          },
        },
        loggingConfig: { logActions: ["COPY"], logActionStates: ["FAILED"] },
      },
      { ...child, dependsOn: granted },
    );
    this.registerOutputs({});
  }
}

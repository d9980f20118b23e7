import { DataRepositoryAssociation, type LustreFileSystem } from "@pulumi/aws/fsx";
import { Grant } from "@pulumi/aws/kms";
import * as pulumi from "@pulumi/pulumi";
import { type AccessRule, bindingField } from "aistack-core";
import type { Place } from "../shared/place";
import type { LakePlan } from "./args";

/** What a link to a bucket is made from. */
export interface LakeArgs {
  fileSystem: LustreFileSystem;
  lake: LakePlan;
  place: Place;
  tags: pulumi.Output<{ [key: string]: string }>;
}

/** Objects of a bucket as files of a folder, which are fetched when they are read first. */
export class Lake extends pulumi.ComponentResource {
  constructor(name: string, { fileSystem, lake, place, tags }: LakeArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-aws:index:Lake", name, {}, opts);
    const child = { parent: this };
    const { store, platform, prefix, folder, exportChanges } = lake;
    // Through the platform, so that nothing is made for a bucket that is elsewhere.
    const bucket = pulumi.all([bindingField(store, "bucket"), platform]).apply(([own]) => own);
    const link = new DataRepositoryAssociation(
      `${name}-link`,
      {
        fileSystemId: fileSystem.id,
        fileSystemPath: folder,
        dataRepositoryPath: pulumi
          .all([bucket, prefix])
          .apply(([own, path]) => `s3://${own}/${path === undefined ? "" : `${path}/`}`),
        batchImportMetaDataOnCreate: true,
        // What is in the bucket stays there, and the files go with the file system.
        deleteDataInFilesystem: false,
        s3: {
          autoImportPolicy: { events: ["NEW", "CHANGED", "DELETED"] },
          ...(exportChanges && { autoExportPolicy: { events: ["NEW", "CHANGED"] } }),
        },
        tags,
      },
      child,
    );
    // FSx gives the role that it makes for the link the rights on the bucket, but not on the bucket's key. The role
    // is there once the link is. https://docs.aws.amazon.com/fsx/latest/LustreGuide/s3-server-side-encryption-support.html
    const path = "aws-service-role/s3.data-source.lustre.fsx.amazonaws.com/AWSServiceRoleForFSxS3Access_";
    new Grant(
      `${name}-key`,
      {
        keyId: pulumi.all([bindingField(store, "access"), platform]).apply(([{ read }]) => keyOf(read)),
        granteePrincipal: pulumi.interpolate`arn:${place.partition}:iam::${place.accountId}:role/${path}${fileSystem.id}`,
        operations: exportChanges
          ? ["Decrypt", "DescribeKey", "Encrypt", "GenerateDataKey", "ReEncryptFrom", "ReEncryptTo"]
          : ["Decrypt", "DescribeKey"],
      },
      { ...child, dependsOn: [link] },
    );
    this.registerOutputs({});
  }
}

/** The key that a bucket's readers may decrypt with. */
function keyOf(read: AccessRule[]): string {
  const key = read.find(({ actions }) => actions.includes("kms:Decrypt"))?.resources[0];
  if (key !== undefined) return key;
  const propertyPath = "lake.store.access.read";
  throw new pulumi.InputPropertyError({
    propertyPath,
    reason: `${propertyPath} names no key; the bucket must be encrypted with a key of the account, as that of an ObjectStore is`,
  });
}

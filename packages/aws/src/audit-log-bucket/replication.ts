import { Role, RolePolicy } from "@pulumi/aws/iam";
import { type Bucket, BucketReplicationConfig } from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import { after } from "aistack-core";
import type { Place } from "../shared/place";
import { policyDocument, type Statement, trustService } from "../shared/policy";

/** A bucket that takes a copy, and the key that encrypts it there. */
export interface Destination {
  bucketArn: pulumi.Output<string>;
  keyArn: pulumi.Input<string>;
  region: pulumi.Input<string>;
}

/** What a replication is made from. */
export interface ReplicationArgs {
  source: Bucket;
  /** Key of what is copied; undefined where S3's own keys encrypt it. */
  sourceKeyArn?: pulumi.Input<string>;
  /** What is copied: everything below. */
  prefix: string;
  destinations: Destination[];
  place: Place;
  tags: pulumi.Input<{ [key: string]: string }>;
}

/**
 * Copies what is written to a bucket into others, and encrypts it there with their keys. Retention goes along; what has
 * none gets the default of where it arrives. A copy is not copied on, so each bucket has all of its destinations.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-what-is-isnot-replicated.html
 */
export function replicate(name: string, args: ReplicationArgs, opts: pulumi.CustomResourceOptions): pulumi.Resource {
  const { source, destinations, tags } = args;
  const role = new Role(
    `${name}-role`,
    { description: `Copies audit records as ${name}`, assumeRolePolicy: trustService("s3.amazonaws.com"), tags },
    { parent: opts.parent, retainOnDelete: opts.retainOnDelete },
  );
  const rights = new RolePolicy(
    `${name}-rights`,
    { role: role.name, policy: policyDocument(copying(args)) },
    { parent: opts.parent, retainOnDelete: opts.retainOnDelete },
  );
  return new BucketReplicationConfig(
    name,
    {
      bucket: source.bucket,
      role: after(role.arn, rights),
      rules: destinations.map((destination, index) => ({
        id: `copy-${index + 1}`,
        priority: index + 1,
        status: "Enabled",
        filter: { prefix: args.prefix },
        // Deleting in one place deletes nothing in the other.
        deleteMarkerReplication: { status: "Disabled" },
        sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: "Enabled" } },
        destination: {
          bucket: destination.bucketArn,
          encryptionConfiguration: { replicaKmsKeyId: destination.keyArn },
        },
      })),
    },
    opts,
  );
}

/**
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html and, for retention and
 * keys, .../object-lock-managing.html and .../replication-config-for-kms-objects.html
 */
function copying({ source, sourceKeyArn, destinations, place }: ReplicationArgs): Statement[] {
  const arrived = destinations.map(({ bucketArn }) => pulumi.interpolate`${bucketArn}/*`);
  const throughS3 = (region: pulumi.Input<string>) => ({
    StringEquals: { "kms:ViaService": pulumi.interpolate`s3.${region}.${place.dnsSuffix}` },
  });
  const statements: Statement[] = [
    {
      Sid: "ReadConfiguration",
      Effect: "Allow",
      Action: ["s3:GetReplicationConfiguration", "s3:ListBucket"],
      Resource: source.arn,
    },
    {
      Sid: "ReadVersions",
      Effect: "Allow",
      Action: [
        "s3:GetObjectLegalHold",
        "s3:GetObjectRetention",
        "s3:GetObjectVersionAcl",
        "s3:GetObjectVersionForReplication",
        "s3:GetObjectVersionTagging",
      ],
      Resource: pulumi.interpolate`${source.arn}/*`,
    },
    { Sid: "WriteCopies", Effect: "Allow", Action: ["s3:ReplicateObject", "s3:ReplicateTags"], Resource: arrived },
    ...destinations.map(
      ({ keyArn, region }, index): Statement => ({
        Sid: `EncryptCopies${index + 1}`,
        Effect: "Allow",
        // To decrypt is what S3 asks for where one call to KMS serves many objects.
        Action: ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
        Resource: keyArn,
        Condition: throughS3(region),
      }),
    ),
  ];
  if (sourceKeyArn)
    statements.push({
      Sid: "DecryptVersions",
      Effect: "Allow",
      Action: ["kms:Decrypt"],
      Resource: sourceKeyArn,
      Condition: throughS3(place.region),
    });
  return statements;
}

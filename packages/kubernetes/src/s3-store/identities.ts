import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

/** Access key of one identity. */
export interface AccessKey {
  id: string;
  secret: pulumi.Output<string>;
}

/** What an identity may do. Nobody may end a retention early, delete the bucket, or change who may what. */
export interface Grants {
  /** Actions on the bucket itself. */
  bucket?: string[];
  /** Actions on its objects. */
  objects?: string[];
  /** Actions on the objects below one folder. */
  within?: { folder: string; actions: string[] };
  /** Folders whose objects it may not touch, whatever else it may. */
  except?: string[];
}

/**
 * Names of actions in SeaweedFS 4.53: weed/s3api/s3_constants/s3_action_strings.go. As on S3, the parts of an upload count as
 * PutObject.
 */
const readActions = ["s3:GetObject", "s3:GetObjectLegalHold", "s3:GetObjectRetention", "s3:GetObjectVersion"];
const writeActions = ["s3:AbortMultipartUpload", "s3:PutObject"];
const listActions = ["s3:ListBucket", "s3:ListBucketVersions"];

export const reads: Grants = { bucket: ["s3:GetBucketObjectLockConfiguration", ...listActions], objects: readActions };
export const readsAndWrites: Grants = { bucket: listActions, objects: [...readActions, ...writeActions] };
/** As well as that: hides objects, whose versions stay. */
export const deletesToo: Grants = {
  bucket: listActions,
  objects: [...readActions, ...writeActions, "s3:DeleteObject"],
};
/** Adds records and nothing else, and none to folders that are others'. */
export const addsRecords = (...except: string[]): Grants => ({ objects: writeActions, except });

/** Adds to one folder and nothing else. */
export const addsWithin = (folder: string): Grants => ({ within: { folder, actions: ["s3:PutObject"] } });

/** Creates the bucket and sets what protects it. */
export const setsUp: Grants = {
  bucket: [
    "s3:CreateBucket",
    "s3:GetBucketObjectLockConfiguration",
    "s3:GetBucketVersioning",
    "s3:GetEncryptionConfiguration",
    "s3:ListBucket",
    "s3:PutBucketObjectLockConfiguration",
    "s3:PutBucketVersioning",
    "s3:PutEncryptionConfiguration",
  ],
};

/** Deletes versions whose time is over: what is locked, the store keeps from it as from everybody. */
export const expires: Grants = { bucket: listActions, objects: ["s3:DeleteObjectVersion"] };

/** As well as that: reads records for their digests and copies, holds them, and remembers in tags how far it has come. */
export const keepsRecords = (digests: string): Grants => ({
  bucket: [...listActions, "s3:GetBucketTagging", "s3:PutBucketTagging"],
  objects: ["s3:DeleteObjectVersion", "s3:GetObject", "s3:GetObjectVersion", "s3:PutObjectLegalHold"],
  within: { folder: digests, actions: ["s3:PutObject"] },
});

/**
 * A key for each identity, and the file that tells the store what they may do, which it reads at its start. An id is the
 * identity's name, so that the store's log tells who it was.
 */
export function identities<Roles extends { [role: string]: Grants }>(
  name: string,
  bucket: string,
  roles: Roles,
  opts: pulumi.CustomResourceOptions,
): { keys: { [Role in keyof Roles]: AccessKey }; file: pulumi.Output<string> } {
  const rows = Object.entries(roles).map(([role, grants]) => {
    const { result } = new random.RandomPassword(`${name}-${role}-secret`, { length: 40, special: false }, opts);
    return { role, grants, key: { id: `${name}.${role}`, secret: result } };
  });
  const keys = Object.fromEntries(rows.map(({ role, key }) => [role, key])) as { [Role in keyof Roles]: AccessKey };
  // Format: message S3ApiConfiguration in weed/pb/iam.proto of SeaweedFS 4.53.
  const file = pulumi.all(rows.map(({ key }) => key.secret)).apply((secrets) =>
    JSON.stringify({
      identities: rows.map(({ key }, index) => ({
        name: key.id,
        credentials: [{ accessKey: key.id, secretKey: secrets[index] }],
        policyNames: [key.id],
      })),
      policies: rows.map(({ key, grants }) => ({ name: key.id, content: policyOf(bucket, grants) })),
    }),
  );
  return { keys, file };
}

function policyOf(bucket: string, { bucket: onBucket, objects, within, except = [] }: Grants): string {
  const arn = `arn:aws:s3:::${bucket}`;
  const statement = (Effect: string, resource: string, actions?: string[]) =>
    actions ? [{ Effect, Action: actions, Resource: [resource] }] : [];
  return JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      ...statement("Allow", arn, onBucket),
      ...statement("Allow", `${arn}/*`, objects),
      ...statement("Allow", `${arn}/${within?.folder}/*`, within?.actions),
      ...except.flatMap((folder) => statement("Deny", `${arn}/${folder}/*`, objects)),
    ],
  });
}

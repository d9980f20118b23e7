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

/** An identity of a store, and what it may do in each bucket there. */
export interface Member {
  key: AccessKey;
  /** By the name of the bucket. */
  grants: { [bucket: string]: Grants };
}

/** A key for an identity. Its id is the identity's name, so that the store's log tells who it was. */
export function accessKey(name: string, role: string, opts: pulumi.CustomResourceOptions): AccessKey {
  const { result } = new random.RandomPassword(`${name}-${role}-secret`, { length: 40, special: false }, opts);
  return { id: `${name}.${role}`, secret: result };
}

/**
 * The file that tells a store who may do what, which it reads at its start. Format: message S3ApiConfiguration in
 * weed/pb/iam.proto of SeaweedFS 4.53.
 */
export function identitiesFile(members: Member[]): pulumi.Output<string> {
  return pulumi.all(members.map(({ key }) => key.secret)).apply((secrets) =>
    JSON.stringify({
      identities: members.map(({ key }, index) => ({
        name: key.id,
        credentials: [{ accessKey: key.id, secretKey: secrets[index] }],
        policyNames: [key.id],
      })),
      policies: members.map(({ key, grants }) => ({ name: key.id, content: policyOf(grants) })),
    }),
  );
}

/** A key for each identity of a store with one bucket, and the file with what they may do. */
export function identities<Roles extends { [role: string]: Grants }>(
  name: string,
  bucket: string,
  roles: Roles,
  opts: pulumi.CustomResourceOptions,
): { keys: { [Role in keyof Roles]: AccessKey }; file: pulumi.Output<string> } {
  const keys = Object.fromEntries(Object.keys(roles).map((role) => [role, accessKey(name, role, opts)]));
  const members = Object.entries(roles).map(([role, grants]) => ({
    key: keys[role] as AccessKey,
    grants: { [bucket]: grants },
  }));
  return { keys: keys as { [Role in keyof Roles]: AccessKey }, file: identitiesFile(members) };
}

function policyOf(grants: Member["grants"]): string {
  const Statement = Object.entries(grants).flatMap(([bucket, own]) => statementsOf(bucket, own));
  return JSON.stringify({ Version: "2012-10-17", Statement });
}

function statementsOf(bucket: string, { bucket: onBucket, objects, within, except = [] }: Grants): object[] {
  const arn = `arn:aws:s3:::${bucket}`;
  const statement = (Effect: string, resource: string, actions?: string[]) =>
    actions ? [{ Effect, Action: actions, Resource: [resource] }] : [];
  return [
    ...statement("Allow", arn, onBucket),
    ...statement("Allow", `${arn}/*`, objects),
    ...statement("Allow", `${arn}/${within?.folder}/*`, within?.actions),
    ...except.flatMap((folder) => statement("Deny", `${arn}/${folder}/*`, objects)),
  ];
}

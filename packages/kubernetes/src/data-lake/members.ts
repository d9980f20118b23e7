import type * as pulumi from "@pulumi/pulumi";
import { type DataZone, dataZones, type LakeTeamPlan } from "aistack-core";
import { type AccessKey, accessKey, expires, type Grants, type Member, setsUp } from "../s3-store/identities";
import { folders } from "./defaults";

/** An identity that uses the lake, with one key for all of it. */
export interface LakeMember {
  key: AccessKey;
  read: readonly DataZone[];
  write: readonly DataZone[];
  erase: readonly DataZone[];
}

/** Those who use a lake. */
export interface LakeMembers {
  /** Reads and adds in all zones. */
  client: LakeMember;
  /** Reads all zones. */
  reader: LakeMember;
  /** Finds and deletes what is about one person. */
  eraser: LakeMember;
  teams: { [team: string]: LakeMember };
}

const none: DataZone[] = [];

/** A key for each. Its id is the name that stores, catalogue and logs know it by. */
export function lakeMembers(name: string, teams: LakeTeamPlan[], opts: pulumi.CustomResourceOptions): LakeMembers {
  const member = (role: string, rights: Partial<LakeMember>): LakeMember => ({
    key: accessKey(name, role, opts),
    read: none,
    write: none,
    erase: none,
    ...rights,
  });
  return {
    client: member("client", { read: dataZones, write: dataZones }),
    reader: member("reader", { read: dataZones }),
    eraser: member("eraser", { erase: dataZones }),
    teams: Object.fromEntries(
      teams.map(({ name: team, read, write }) => [team, member(`team-${team}`, { read, write })]),
    ),
  };
}

export function everyone({ client, reader, eraser, teams }: LakeMembers): LakeMember[] {
  return [client, reader, eraser, ...Object.values(teams)];
}

/** Zones that somebody uses in any way. */
export function zonesOf({ read, write, erase }: LakeMember): DataZone[] {
  return dataZones.filter((zone) => [...read, ...write, ...erase].includes(zone));
}

/** Lists and reads. */
const reads: Grants = {
  bucket: ["s3:GetBucketLocation", "s3:ListBucket"],
  objects: ["s3:GetObject", "s3:GetObjectTagging", "s3:GetObjectVersion", "s3:GetObjectVersionTagging"],
};

/** Adds objects and names in a tag whom they are about; deletes none, and what it overwrites can be brought back. */
const writes: Grants = {
  objects: ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject", "s3:PutObjectTagging"],
};

/**
 * Finds and deletes what is about one person, in all versions, and writes tables anew without it. No right to delete depends
 * on the tags of an object, so this is one to delete anything: for the procedure of erasure alone.
 */
const erases: Grants = {
  bucket: [...(reads.bucket as string[]), "s3:ListBucketVersions"],
  objects: [...(reads.objects as string[]), "s3:DeleteObject", "s3:DeleteObjectVersion"],
  within: { folder: folders.tables, actions: ["s3:AbortMultipartUpload", "s3:PutObject"] },
};

/** Deletes what has expired, and later its versions. */
const keepsZone: Grants = { ...expires, within: { folder: folders.objects, actions: ["s3:DeleteObject"] } };

/** Keys of those who see to the bucket of a zone. */
export interface ZoneKeys {
  setup: AccessKey;
  upkeep: AccessKey;
}

export function zoneKeys(bucket: string, opts: pulumi.CustomResourceOptions): ZoneKeys {
  return { setup: accessKey(bucket, "setup", opts), upkeep: accessKey(bucket, "upkeep", opts) };
}

/** All who may do something in a store, by the buckets of its zones. */
export function storeMembers(
  members: LakeMember[],
  buckets: { zone: DataZone; bucket: string; keys: ZoneKeys }[],
): Member[] {
  const users = members.map((member) => ({
    key: member.key,
    grants: Object.fromEntries(
      buckets
        .filter(({ zone }) => zonesOf(member).includes(zone))
        .map(({ zone, bucket }) => [bucket, grantsIn(member, zone)]),
    ),
  }));
  return [
    ...buckets.flatMap(({ bucket, keys }) => [
      { key: keys.setup, grants: { [bucket]: setsUp } },
      { key: keys.upkeep, grants: { [bucket]: keepsZone } },
    ]),
    ...users.filter(({ grants }) => Object.keys(grants).length > 0),
  ];
}

function grantsIn({ read, write, erase }: LakeMember, zone: DataZone): Grants {
  if (erase.includes(zone)) return erases;
  if (!write.includes(zone)) return reads;
  return read.includes(zone)
    ? { bucket: reads.bucket, objects: [...(reads.objects as string[]), ...(writes.objects as string[])] }
    : writes;
}

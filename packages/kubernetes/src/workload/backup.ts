import * as pulumi from "@pulumi/pulumi";
import {
  type AccessRule,
  type Binding,
  backupRetention,
  bindingField,
  type Checks,
  cronSchedule,
  defaultBackupDays,
  environmentPrefix,
  type ObjectStoreBinding,
  Platform,
  type Regulation,
  type Rule,
} from "aistack-core";
import { type Uses, usesOf } from "./uses";

/** Days that a backup can be kept; ten years are beyond every schedule that is restored from. */
const mostBackupDays = 3650;

/** A bucket, of which it is known that what writes to it or reads from it can reach it. */
export interface BucketSettings {
  store: pulumi.Input<ObjectStoreBinding>;
  /** Platform of the bucket; what is made waits until it is judged. */
  platform: pulumi.Input<Platform>;
}

/** Backups in a bucket. */
export interface BackupSettings extends BucketSettings {
  schedule: pulumi.Input<string>;
  retentionDays: pulumi.Input<number>;
}

/** What a component says of its backups. */
interface BackupArgs {
  store?: pulumi.Input<ObjectStoreBinding>;
  schedule?: pulumi.Input<string>;
  retentionDays?: pulumi.Input<number>;
}

/** Judges where backups go, when, and how long they are kept. `reached` judges whether the platform of the bucket is. */
export function checkedBackup(
  check: Checks,
  backup: BackupArgs | undefined,
  regulations: Regulation[],
  reached: Rule<Platform>,
): BackupSettings | undefined {
  if (!backup) return undefined;
  const { store } = backup;
  const retentionDays = check.value(
    "backup.retentionDays",
    backup.retentionDays ?? defaultBackupDays(regulations),
    backupRetention(regulations, mostBackupDays),
  );
  const schedule = check.value("backup.schedule", backup.schedule ?? "0 3 * * *", cronSchedule);
  if (store === undefined) {
    check.fault("backup.store", "is left out, but must be a bucket; or leave out `backup` as a whole");
    return undefined;
  }
  const platform = check.value("backup.store.platform", bindingField(store, "platform"), reached);
  return { store, platform, schedule, retentionDays };
}

/** A bucket, and what reaching it calls for. */
export interface BucketTarget {
  platform: pulumi.Input<Platform>;
  uses: Uses;
  bucket: pulumi.Output<string>;
  url: pulumi.Output<string>;
  region: pulumi.Output<string | undefined>;
  /** Address of the store, where it is not AWS's own. */
  endpoint: pulumi.Output<string | undefined>;
  /** The authority of the store's certificate in PEM form, where the store has one of its own. */
  authority: pulumi.Output<string | undefined>;
  /** Whether the bucket comes with credentials of its own, instead of an identity that it lets in. */
  hasCredentials: pulumi.Output<boolean>;
}

/** A bucket for backups. */
export type BackupTarget = BucketTarget & BackupSettings;

/** Takes a bucket's binding apart. Nothing of it is told before it is known to be one that the engine reaches. */
export function bucketTarget<T extends BucketSettings>(
  settings: T | undefined,
  uses: pulumi.Input<Binding>[] | undefined,
  namespace: pulumi.Input<string>,
): (T & BucketTarget) | undefined {
  if (!settings) return undefined;
  const store = settings.store;
  const field = <K extends keyof ObjectStoreBinding & string>(name: K) =>
    pulumi.all([bindingField(store, name), settings.platform]).apply(([value]) => value as ObjectStoreBinding[K]);
  const used = usesOf([store, ...(uses ?? [])], namespace);
  return {
    ...settings,
    uses: used,
    bucket: field("bucket"),
    url: field("url"),
    region: field("region"),
    endpoint: field("endpoint"),
    authority: pulumi
      .all([field("name"), used.environment])
      .apply(([name, environment]) => environment[`${environmentPrefix(name)}_CA_CERTIFICATE`]),
    hasCredentials: bindingField(store, "credentials").apply((all) => Object.keys(all ?? {}).length > 0),
  };
}

/** What the store must be granted on the bucket: to list, read and write, and to delete what is older than it is kept. */
export function backupAccess(store: pulumi.Input<ObjectStoreBinding> | undefined): pulumi.Output<AccessRule[]> {
  if (store === undefined) return pulumi.output([]);
  return bindingField(store, "access").apply(({ read, write }) => [
    ...read,
    ...write,
    ...write.flatMap(({ platform, actions, resources }) => {
      if (actions.includes("s3:PutObject")) return [{ platform, actions: ["s3:DeleteObject"], resources }];
      return platform === Platform.Gcp ? [{ platform, actions: ["roles/storage.objectUser"], resources }] : [];
    }),
  ]);
}

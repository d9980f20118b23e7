import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type AccessRule, type Binding, bindingField, type ObjectStoreBinding, Platform } from "aistack-core";
import { type Uses, usesOf } from "../workload/uses";
import type { BackupSettings } from "./settings";

/** A bucket for backups, and what reaching it calls for. */
export interface BackupTarget extends BackupSettings {
  uses: Uses;
  bucket: pulumi.Output<string>;
  url: pulumi.Output<string>;
  region: pulumi.Output<string | undefined>;
  /** Address of the store, where it is not AWS's own. */
  endpoint: pulumi.Output<string | undefined>;
  /** Whether the bucket comes with credentials of its own, instead of an identity that it lets in. */
  hasCredentials: pulumi.Output<boolean>;
}

/** Takes a bucket's binding apart. Nothing of it is told before it is known to be one that the engine reaches. */
export function backupTarget(
  settings: BackupSettings | undefined,
  uses: pulumi.Input<Binding>[] | undefined,
  namespace: pulumi.Input<string>,
): BackupTarget | undefined {
  if (!settings) return undefined;
  const store = settings.store as pulumi.Input<ObjectStoreBinding>;
  const field = <K extends keyof ObjectStoreBinding & string>(name: K) =>
    pulumi.all([bindingField(store, name), settings.platform]).apply(([value]) => value as ObjectStoreBinding[K]);
  return {
    ...settings,
    uses: usesOf([store, ...(uses ?? [])], namespace),
    bucket: field("bucket"),
    url: field("url"),
    region: field("region"),
    endpoint: field("endpoint"),
    hasCredentials: bindingField(store, "credentials").apply((all) => Object.keys(all ?? {}).length > 0),
  };
}

/** The secret with a bucket's own credentials; empty where an identity takes their place. */
export function backupCredentials(
  name: string,
  metadata: pulumi.Input<kubernetes.types.input.meta.v1.ObjectMeta>,
  target: BackupTarget,
  opts: pulumi.CustomResourceOptions,
): kubernetes.core.v1.Secret {
  return new kubernetes.core.v1.Secret(
    `${name}-backup-credentials`,
    { metadata, stringData: target.uses.credentials },
    opts,
  );
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

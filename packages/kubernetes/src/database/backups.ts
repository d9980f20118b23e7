import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Platform } from "aistack-core";
import type { BackupTarget, BucketTarget } from "../workload/backup";

/** API versions of CloudNativePG and its backup plugin. */
export const postgresApi = "postgresql.cnpg.io/v1";
const backupApi = "barmancloud.cnpg.io/v1";

/** Name by which clusters ask for the plugin. */
export const backupPlugin = "barman-cloud.cloudnative-pg.io";

type Metadata = { namespace: pulumi.Input<string>; labels: { [label: string]: string } };

/** Where full backups and changes go, and how long they are kept. */
export function backupStore(
  name: string,
  target: BackupTarget,
  metadata: Metadata,
  opts: pulumi.CustomResourceOptions,
): kubernetes.apiextensions.CustomResource {
  const secret = bucketSecret(name, "backup", target, metadata, opts);
  const retentionPolicy = pulumi.interpolate`${target.retentionDays}d`;
  const spec = { retentionPolicy, configuration: bucketFolder(name, target, secret) };
  return objectStore(`${name}-backups`, { ...metadata, name }, spec, opts);
}

/** Where the backups of another database are, of which none is deleted. */
export function originStore(
  name: string,
  target: BucketTarget & { name: string },
  metadata: Metadata,
  opts: pulumi.CustomResourceOptions,
): kubernetes.apiextensions.CustomResource {
  const secret = bucketSecret(name, "origin", target, metadata, opts);
  const spec = { configuration: bucketFolder(target.name, target, secret) };
  return objectStore(`${name}-origin`, { ...metadata, name: `${name}-origin` }, spec, opts);
}

function objectStore(
  resource: string,
  metadata: Metadata & { name: string },
  spec: object,
  opts: pulumi.CustomResourceOptions,
): kubernetes.apiextensions.CustomResource {
  return new kubernetes.apiextensions.CustomResource(
    resource,
    { apiVersion: backupApi, kind: "ObjectStore", metadata, spec },
    opts,
  );
}

/** The bucket's own credentials, none where an identity takes their place, and the authority of its certificate. */
function bucketSecret(
  name: string,
  purpose: "backup" | "origin",
  target: BucketTarget,
  metadata: Metadata,
  { parent, provider }: pulumi.CustomResourceOptions,
): kubernetes.core.v1.Secret {
  return new kubernetes.core.v1.Secret(
    `${name}-${purpose}-credentials`,
    {
      metadata: { ...metadata, name: `${name}-${purpose}` },
      stringData: pulumi
        .all([target.uses.credentials, target.authority])
        .apply(([credentials, authority]): { [key: string]: string } => ({
          ...credentials,
          ...(authority && { [authorityKey]: authority }),
        })),
    },
    { parent, provider },
  );
}

const authorityKey = "ca.crt";

/** Each database has a folder of the bucket to itself. */
function bucketFolder(folder: string, target: BucketTarget, secret: kubernetes.core.v1.Secret): pulumi.Output<object> {
  const key = (field: string) => ({ name: secret.metadata.name, key: field });
  return pulumi
    .all([target.url, target.platform, target.endpoint, target.authority, target.hasCredentials])
    .apply(([url, platform, endpoint, authority, hasCredentials]) => ({
      destinationPath: `${url}/${folder}`,
      ...(endpoint && { endpointURL: endpoint }),
      ...(authority && { endpointCA: key(authorityKey) }),
      ...(platform === Platform.Gcp
        ? { googleCredentials: { gkeEnvironment: true } }
        : {
            s3Credentials: hasCredentials
              ? { accessKeyId: key("AWS_ACCESS_KEY_ID"), secretAccessKey: key("AWS_SECRET_ACCESS_KEY") }
              : { inheritFromIAMRole: true },
          }),
      wal: { compression: "gzip" },
      data: { compression: "gzip" },
    }));
}

/** Full backups on the schedule. */
export function scheduledBackup(
  name: string,
  target: BackupTarget,
  metadata: Metadata,
  servers: pulumi.Resource,
  opts: pulumi.CustomResourceOptions,
): void {
  new kubernetes.apiextensions.CustomResource(
    `${name}-schedule`,
    {
      apiVersion: postgresApi,
      kind: "ScheduledBackup",
      metadata: { ...metadata, name },
      spec: {
        schedule: pulumi.output(target.schedule).apply(withSeconds),
        // The first one at once: until there is one, no change after it can be restored.
        immediate: true,
        backupOwnerReference: "self",
        cluster: { name },
        method: "plugin",
        pluginConfiguration: { name: backupPlugin },
      },
    },
    { ...opts, dependsOn: [servers] },
  );
}

/** CloudNativePG's schedules have six fields, of which the first is seconds. */
function withSeconds(schedule: string): string {
  return schedule.startsWith("@") ? schedule : `0 ${schedule}`;
}

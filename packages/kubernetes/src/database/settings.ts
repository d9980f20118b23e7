import * as pulumi from "@pulumi/pulumi";
import {
  asPostgresName,
  type Binding,
  bindingField,
  Checks,
  checkedRegulations,
  dnsLabel,
  listOf,
  matching,
  missingBackupFault,
  oneOf,
  Platform,
  type ProjectedToken,
  postgresName,
  quantity,
  type Regulation,
  type Rule,
  wholeNumber,
} from "aistack-core";
import { type BackupSettings, type BucketSettings, checkedBackup } from "../workload/backup";
import { checkedAlerts } from "../workload/prometheus";
import { checkUses } from "../workload/uses";
import type { DatabaseArgs } from "./args";
import * as defaults from "./defaults";
import type { PostgresSettings, RestoreSettings } from "./postgres";

/** What the parts are made from: the arguments, checked and with defaults filled in. */
export interface DatabaseSettings extends PostgresSettings {
  backup?: BackupSettings;
  restore?: RestoreSettings;
}

/** Refuses bad arguments, all faults at once, and fills in the defaults. */
export function checkedSettings(type: string, name: string, args: DatabaseArgs): DatabaseSettings {
  const check = new Checks(type, name);
  check.existingAlone(args, "cluster");
  check.value("name", name, clusterName);
  const regulations = checkedRegulations(check, args.compliance);
  checkUses(check, args.uses ?? []);
  if ((args.tlsSecretName === undefined) !== (args.caCertificate === undefined))
    check.fault(
      args.tlsSecretName === undefined ? "tlsSecretName" : "caCertificate",
      "is missing; `tlsSecretName` and `caCertificate` belong together, so that clients know whom to trust",
    );
  const whole = (path: keyof DatabaseArgs, otherwise: number, least: number, most: number) =>
    check.value(path, (args[path] as pulumi.Input<number>) ?? otherwise, wholeNumber(least, most));
  const settings: DatabaseSettings = {
    database: check.value("database", args.database ?? asPostgresName(args.restore?.name ?? name), databaseName),
    replicas: whole("replicas", defaults.replicas, 1, defaults.mostReplicas) as number,
    cpu: check.value("cpu", args.cpu ?? defaults.cpu, quantity),
    memory: check.value("memory", args.memory ?? defaults.memory, quantity),
    diskSizeGiB: whole("diskSizeGiB", defaults.diskSizeGiB, 1, defaults.largestDisk),
    storageClass: args.storageClass,
    connections: whole("connections", defaults.connections, 20, 2000),
    backup: checkedBackups(check, regulations, args, args.existing !== undefined),
    restore: checkedRestore(check, name, args),
    alerts: checkedAlerts(check, args.alerts),
    tlsSecretName: check.value("tlsSecretName", args.tlsSecretName, dnsLabel),
    clientNamespaces: check.value(
      "clientNamespaces",
      args.clientNamespaces as pulumi.Input<string[]>,
      listOf(dnsLabel, 1),
    ),
  };
  check.value("namespace", args.namespace, dnsLabel);
  check.value("caCertificate", args.caCertificate, certificate);
  check.done();
  return settings;
}

/** Backups of a database; `isAdopted` where they are the matter of whoever made the database. */
export function checkedBackups(
  check: Checks,
  regulations: Regulation[],
  { backup, uses }: Pick<DatabaseArgs, "backup" | "uses">,
  isAdopted: boolean,
): BackupSettings | undefined {
  const missing = isAdopted ? undefined : missingBackupFault(regulations);
  if (missing && !backup) check.fault("backup", `is left out, but ${missing}; give a bucket as \`store\``);
  return withoutTokens(check, checkedBackup(check, backup, regulations, anyPlatform), uses);
}

function checkedRestore(check: Checks, name: string, { restore, uses }: DatabaseArgs): RestoreSettings | undefined {
  if (!restore) return undefined;
  check.value("restore.name", restore.name, (from) =>
    from === name
      ? "must be the name of another one: a database does not write its backups over those that it is made from"
      : clusterName(from),
  );
  const time = check.value("restore.time", restore.time, moment);
  if (restore.store === undefined) {
    check.fault("restore.store", "is missing; name the bucket with the backups");
    return undefined;
  }
  const platform = check.value("restore.store.platform", bindingField(restore.store, "platform"), anyPlatform);
  return withoutTokens(check, { store: restore.store, platform, name: restore.name, time }, uses);
}

/** A bucket that PostgreSQL's backups reach: what carries them runs beside it, with what the operator gives it. */
export function withoutTokens<T extends BucketSettings>(
  check: Checks,
  settings: T | undefined,
  uses: pulumi.Input<Binding>[] = [],
): T | undefined {
  if (!settings) return undefined;
  const judged = uses.map((binding, index) =>
    check.value(`uses[${index}].tokens`, bindingField(binding, "tokens"), noTokens),
  );
  return { ...settings, platform: pulumi.all([settings.platform, ...judged]).apply(([first]) => first as Platform) };
}

const noTokens: Rule<ProjectedToken[] | undefined> = (tokens) =>
  tokens?.length
    ? "must be empty: backups of PostgreSQL read no tokens; use a bucket with credentials, or run on EKS or GKE"
    : undefined;

/** The platform of a bucket that is one at all. */
export const anyPlatform: Rule<Platform> = oneOf(Object.values(Platform));

/** The name gets into those of services and pods, with a suffix. */
const clusterName: Rule<string> = (name) =>
  typeof name === "string" && name.length > defaults.longestName
    ? `must be of ${defaults.longestName} characters or fewer`
    : dnsLabel(name);

const databaseName: Rule<string> = (name) =>
  postgresName(name) ??
  (defaults.reservedNames.includes(name) || name.startsWith("pg_")
    ? "must be another one: PostgreSQL has this for itself"
    : undefined);

/** RFC 3339, with its offset: a moment without one would be read in the zone of the server. */
const moment = matching(
  /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})$/,
  'a moment such as "2026-11-25T08:00:00Z"',
);

const certificate = matching(/^\s*-----BEGIN CERTIFICATE-----/, "a certificate in PEM form");

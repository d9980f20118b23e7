import * as pulumi from "@pulumi/pulumi";
import {
  type Binding,
  bindingField,
  Checks,
  type ClusterBinding,
  checkedRegulations,
  checkResidency,
  checkTeams,
  checkZones,
  type DatabaseBinding,
  DataClass,
  type DataLakeBinding,
  type LakeTeamArgs,
  type LakeTeamPlan,
  type LakeZoneArgs,
  matching,
  type ObjectStoreBinding,
  oneOf,
  Platform,
  type Regulation,
  type Residency,
  resolutionFault,
  wholeNumber,
  type ZonePlan,
} from "aistack-core";
import type { DatabaseBackupArgs, PostgresInstallArgs } from "../database/args";
import { checkedBackups } from "../database/settings";
import { certificate, checkedKey, checkedStore, type StoreArgs, type StoreSettings } from "../s3-store/settings";
import { checkedAlerts, type PrometheusAlertsArgs } from "../workload/prometheus";
import * as defaults from "./defaults";

/** Arguments of DataLake. */
export interface DataLakeArgs extends StoreArgs {
  /** Lake to adopt. Nothing is created then, and no other argument may be given. */
  existing?: pulumi.Input<DataLakeBinding>;
  /**
   * Database of the catalogue, which says what the tables are: PostgreSQL 15 or later with a certificate that can be verified,
   * which belongs to the catalogue alone, and whose role owns it and may create roles. Its backups are its own. When omitted, a
   * `Database` with the name `<name>-database` is made.
   */
  database?: pulumi.Input<DatabaseBinding>;
  /** Backups of the database that is made: any moment can be restored. Defaults to none. */
  backup?: DatabaseBackupArgs;
  /**
   * Alerts and metrics of the database and of the log of requests, where these are made. Needs the Prometheus operator on the
   * cluster. Defaults to none.
   */
  alerts?: PrometheusAlertsArgs;
  /** What the database that is made needs in the cluster and the cluster has already. Defaults to nothing. */
  install?: PostgresInstallArgs;
  /** Regulations that the data is under: where it may lie, and how long requests of persons are kept. */
  compliance?: Regulation[];
  /** What was decided where the regulations contradict each other, by the contradiction. What is open, a warning names. */
  resolutions?: { [contradiction: string]: string };
  /**
   * Regions that data may lie in: the lake is made on no cluster of another, nor on one that does not say where it is. Defaults,
   * under the GDPR, to any but those of clouds in countries that are not adequate, else to any.
   */
  allowedRegions?: string[];
  /** What differs from the defaults in the zones; all four are made. */
  zones?: LakeZoneArgs[];
  /** Who uses which zones. */
  teams?: LakeTeamArgs[];
  /** Days that what was overwritten or deleted can be brought back, 1 to 36500. Defaults to 30. */
  oldVersionDays?: pulumi.Input<number>;
  /** Bucket that exists and takes the requests of persons and the answers. When omitted, an AuditLogBucket is created. */
  requestLog?: pulumi.Input<ObjectStoreBinding>;
  /** Service that takes lineage events: the binding of a LineageService. Workloads that use the lake are told of it. */
  lineage?: pulumi.Input<Binding>;
  /**
   * Keys that the keys of all objects are encrypted with, by data class: 32 bytes as 64 hexadecimal digits, secrets. They can
   * never be changed. For a class that is omitted, one is made.
   */
  encryptionKeys?: { [dataClass: string]: pulumi.Input<string> };
}

/** Arguments with defaults, gated where they are still to come. */
export interface LakePlan extends StoreSettings {
  zones: ZonePlan[];
  teams: LakeTeamPlan[];
  /** Host of a database that exists, gated by what else is asked of it. */
  databaseHost?: pulumi.Output<string>;
  /** Region of the cluster, once it is known that data may lie there. */
  region: pulumi.Output<string | undefined>;
  /** Whether there are regions that data may not lie in. */
  isLimited: boolean;
  oldVersionDays: pulumi.Input<number>;
  requestLog?: pulumi.Output<ObjectStoreBinding>;
  encryptionKeys: { [dataClass: string]: pulumi.Input<string> | undefined };
}

/** Stores, buckets and jobs put suffixes to the name. */
const lakeName = matching(
  /^[a-z]([-a-z0-9]{0,18}[a-z0-9])?$/,
  "1 to 20 lower-case letters, digits and hyphens, starting with a letter and ending with a letter or digit",
);

const teamName = matching(
  /^[a-z]([-a-z0-9]{0,28}[a-z0-9])?$/,
  "1 to 30 lower-case letters, digits and hyphens, starting with a letter",
);

/** Judges all arguments and throws every fault at once. */
export function checkLake(type: string, name: string, args: DataLakeArgs): LakePlan {
  const check = new Checks(type, name);
  check.value("name", name, lakeName);
  check.existingAlone(args);
  const existing = args.existing !== undefined;
  const { compliance = [] } = args;
  const regulations = checkedRegulations(check, args.compliance);
  check.value("resolutions", args.resolutions, resolutionFault);
  const residency = checkResidency(check, platformOf(args.cluster), args.allowedRegions, compliance);
  const plan: LakePlan = {
    ...checkedStore(check, args, existing),
    zones: checkZones(check, args.zones),
    teams: checkTeams(check, args.teams, { name: teamName, principal: () => undefined }),
    databaseHost: checkDatabase(check, args, regulations),
    region: checkRegion(check, args, residency),
    isLimited: residency !== undefined,
    oldVersionDays: check.value(
      "oldVersionDays",
      args.oldVersionDays ?? defaults.oldVersionDays,
      wholeNumber(1, defaults.mostDays),
    ),
    requestLog: checkRequestLog(check, args.requestLog),
    encryptionKeys: checkKeys(check, args.encryptionKeys ?? {}),
  };
  refuseOthers(check, args);
  check.done();
  return plan;
}

/** What other platforms have and this one has not. */
function refuseOthers(check: Checks, { zones = [], teams = [] }: DataLakeArgs): void {
  zones.forEach(({ archiveAfterDays }, index) => {
    if (archiveAfterDays !== undefined)
      check.fault(`zones[${index}].archiveAfterDays`, "cannot be: the store has one kind of disk; leave it out");
  });
  teams.forEach(({ name, cluster, identities, principals }, index) => {
    for (const [field, value] of Object.entries({ cluster, identities, principals }))
      if (value !== undefined)
        check.fault(
          `teams[${index}].${field}`,
          `is for clouds; whoever is of the team takes its binding, such as \`teamBindings["${name}"]\` in \`uses\``,
        );
  });
}

/** Judges the database: that which exists by its certificate, that which is made by its arguments. */
function checkDatabase(
  check: Checks,
  args: DataLakeArgs,
  regulations: Regulation[],
): pulumi.Output<string> | undefined {
  checkedAlerts(check, args.alerts);
  if (args.database === undefined) {
    if (args.existing === undefined) checkedBackups(check, regulations, args, false);
    return undefined;
  }
  for (const field of ["backup", "install"] as const)
    if (args[field] !== undefined)
      check.fault(field, "has no effect together with `database`, which exists; leave one of the two out");
  const authority = bindingField(args.database, "caCertificate") as pulumi.Output<string>;
  const gate = check.value("database.caCertificate", authority, certificate);
  return pulumi.all([bindingField(args.database, "host"), gate]).apply(([host]) => host);
}

function checkKeys(check: Checks, given: { [dataClass: string]: pulumi.Input<string> }): LakePlan["encryptionKeys"] {
  const known: string[] = Object.values(DataClass);
  return Object.fromEntries(
    Object.entries(given).map(([dataClass, key]) => {
      const path = `encryptionKeys.${dataClass}`;
      if (!known.includes(dataClass)) check.fault(path, `is for no data class; name one of ${known.join(", ")}`);
      return [dataClass, checkedKey(check, path, key)];
    }),
  );
}

function isPlain(cluster: pulumi.Input<ClusterBinding>): cluster is ClusterBinding {
  return !pulumi.Output.isInstance(cluster) && !(cluster instanceof Promise);
}

/** Whose regions are meant. A cluster that is still to come may be anywhere. */
function platformOf(cluster: DataLakeArgs["cluster"]): Platform {
  return cluster !== undefined && isPlain(cluster) ? cluster.platform : Platform.Kubernetes;
}

/** The cluster's region. Where no list of regions was given, a cluster need not say one. */
function checkRegion(
  check: Checks,
  { cluster, allowedRegions }: DataLakeArgs,
  residency: Residency,
): pulumi.Output<string | undefined> {
  if (cluster === undefined) return pulumi.output(undefined);
  const faultOf = (region: string | undefined) => {
    if (region !== undefined) return residency?.(region);
    return allowedRegions && "the cluster does not say where it is; add `region` to its binding";
  };
  const explained = (region: string | undefined, fault: string) =>
    region === undefined ? fault : `is ${region}, but ${fault}`;
  if (isPlain(cluster)) {
    const fault = faultOf(cluster.region);
    if (fault !== undefined) check.fault("cluster.region", explained(cluster.region, fault));
    return pulumi.output(cluster.region);
  }
  return bindingField(cluster, "region").apply((region) => {
    const fault = faultOf(region);
    if (fault === undefined) return region;
    const propertyPath = "cluster.region";
    throw new pulumi.InputPropertyError({ propertyPath, reason: `${propertyPath} ${explained(region, fault)}` });
  });
}

/** The bucket, gated by its platform: the procedure of erasure writes to it with the key in its binding. */
function checkRequestLog(
  check: Checks,
  requestLog: DataLakeArgs["requestLog"],
): pulumi.Output<ObjectStoreBinding> | undefined {
  if (requestLog === undefined) return undefined;
  const platform = bindingField(requestLog, "platform");
  const gate = check.value("requestLog.platform", platform, oneOf<Platform>([Platform.Kubernetes]));
  return pulumi.all([requestLog, gate]).apply(([binding]) => binding as ObjectStoreBinding);
}

import * as pulumi from "@pulumi/pulumi";
import {
  type Binding,
  bindingField,
  Checks,
  checkResidency,
  checkTeams,
  checkZones,
  DataClass,
  type DataLakeBinding,
  type LakeTeamArgs,
  type LakeTeamPlan,
  type LakeZoneArgs,
  matching,
  type ObjectStoreBinding,
  oneOf,
  Platform,
  Regulation,
  type Residency,
  resolutionFault,
  wholeNumber,
  type ZonePlan,
} from "aistack-core";
import { tags } from "../shared/labels";
import { kmsKeyName, nameUpTo } from "../shared/rules";
import * as defaults from "./defaults";

/** Arguments of DataLake. */
export interface DataLakeArgs {
  /** Lake to adopt. Nothing is created then, and no other argument may be given. */
  existing?: pulumi.Input<DataLakeBinding>;
  /** Regulations that the data is under: where it may lie, and how long requests of persons are kept. */
  compliance?: Regulation[];
  /** What was decided where the regulations contradict each other, by the contradiction. What is open, a warning names. */
  resolutions?: { [contradiction: string]: string };
  /**
   * Regions that data may lie in; the lake is not made elsewhere. Defaults, under the GDPR, to those of the European Economic
   * Area and of countries that the Commission found adequate, else to any.
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
   * Names of KMS keys to encrypt with, by data class; Cloud Storage and BigQuery have to be let in. For a class that is
   * omitted, a key that rotates is created.
   */
  kmsKeys?: { [dataClass: string]: pulumi.Input<string> };
  /** Labels for every resource, beside the standard ones. */
  tags?: pulumi.Input<{ [key: string]: string }>;
}

/** Arguments with defaults, gated where they are still to come. */
export interface LakePlan {
  zones: ZonePlan[];
  teams: LakeTeamPlan[];
  residency: Residency;
  oldVersionDays: pulumi.Input<number>;
  requestLog?: pulumi.Output<ObjectStoreBinding>;
  kmsKeys: { [dataClass: string]: pulumi.Input<string> };
  tags?: pulumi.Input<{ [key: string]: string }>;
}

/** The bucket for requests puts a suffix to the name, and has a limit of its own. */
const lakeName = nameUpTo(20);

const teamName = matching(
  /^[a-z]([-a-z0-9]{0,28}[a-z0-9])?$/,
  "1 to 30 lower-case letters, digits and hyphens, starting with a letter",
);

/** Somebody whom data may be granted to: never everybody. https://cloud.google.com/iam/docs/principal-identifiers */
const member = matching(
  /^(user|group|serviceAccount):[^@\s]+@[^@\s]+\.[^@\s]+$/,
  "a user, a group or a service account such as group:vision@example.com",
);

/** Judges all arguments and throws every fault at once. */
export function checkLake(type: string, name: string, args: DataLakeArgs): LakePlan {
  const check = new Checks(type, name);
  check.value("name", name, lakeName);
  check.existingAlone(args);
  const { compliance = [], kmsKeys = {} } = args;
  compliance.forEach((regulation, index) => {
    check.value(`compliance[${index}]`, regulation, oneOf(Object.values(Regulation)));
  });
  check.value("resolutions", args.resolutions, resolutionFault);
  const plan: LakePlan = {
    zones: checkZones(check, args.zones),
    teams: checkTeams(check, args.teams, { name: teamName, principal: member }),
    residency: checkResidency(check, Platform.Gcp, args.allowedRegions, compliance),
    oldVersionDays: check.value(
      "oldVersionDays",
      args.oldVersionDays ?? defaults.oldVersionDays,
      wholeNumber(1, defaults.mostDays),
    ),
    requestLog: checkRequestLog(check, args.requestLog),
    kmsKeys: checkKeys(check, kmsKeys),
    tags: check.value("tags", args.tags, tags),
  };
  check.done();
  return plan;
}

function checkKeys(check: Checks, given: { [dataClass: string]: pulumi.Input<string> }): LakePlan["kmsKeys"] {
  const known: string[] = Object.values(DataClass);
  return Object.fromEntries(
    Object.entries(given).map(([dataClass, key]) => {
      const path = `kmsKeys.${dataClass}`;
      if (!known.includes(dataClass)) check.fault(path, `is for no data class; name one of ${known.join(", ")}`);
      return [dataClass, check.value(path, key, kmsKeyName)];
    }),
  );
}

/** The bucket, gated by its platform: the procedure of erasure writes to Cloud Storage. */
function checkRequestLog(
  check: Checks,
  requestLog: DataLakeArgs["requestLog"],
): pulumi.Output<ObjectStoreBinding> | undefined {
  if (requestLog === undefined) return undefined;
  const platform = bindingField(requestLog, "platform");
  const gate = check.value("requestLog.platform", platform, oneOf<Platform>([Platform.Gcp]));
  return pulumi.all([requestLog, gate]).apply(([binding]) => binding as ObjectStoreBinding);
}

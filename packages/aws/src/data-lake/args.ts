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
import { kmsKeyArn } from "../shared/rules";
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
  /** ARNs of KMS keys to encrypt with, by data class. For a class that is omitted, a key with yearly rotation is created. */
  kmsKeyArns?: { [dataClass: string]: pulumi.Input<string> };
  /** Tags for every resource, beside the standard ones. */
  tags?: pulumi.Input<{ [key: string]: string }>;
}

/** Arguments with defaults, gated where they are still to come. */
export interface LakePlan {
  zones: ZonePlan[];
  teams: LakeTeamPlan[];
  residency: Residency;
  oldVersionDays: pulumi.Input<number>;
  requestLog?: pulumi.Output<ObjectStoreBinding>;
  kmsKeyArns: { [dataClass: string]: pulumi.Input<string> };
}

/** The bucket for requests and the grants of teams put a suffix to the name, and have limits of their own. */
const lakeName = matching(
  /^[A-Za-z][A-Za-z0-9-]{0,19}$/,
  "1 to 20 letters, digits and hyphens, starting with a letter, because AWS limits the names made from it",
);

const teamName = matching(
  /^[a-z]([-a-z0-9]{0,28}[a-z0-9])?$/,
  "1 to 30 lower-case letters, digits and hyphens, starting with a letter",
);

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html */
const roleName = matching(
  /^[\w+=,.@-]{1,64}$/,
  "the name of an IAM role of this account, without its path: 1 to 64 letters, digits and the characters _+=,.@-",
);

/** Judges all arguments and throws every fault at once. */
export function checkLake(type: string, name: string, args: DataLakeArgs): LakePlan {
  const check = new Checks(type, name);
  check.value("name", name, lakeName);
  check.existingAlone(args);
  const { compliance = [], kmsKeyArns = {} } = args;
  compliance.forEach((regulation, index) => {
    check.value(`compliance[${index}]`, regulation, oneOf(Object.values(Regulation)));
  });
  check.value("resolutions", args.resolutions, resolutionFault);
  const plan: LakePlan = {
    zones: checkZones(check, args.zones),
    teams: checkTeams(check, args.teams, { name: teamName, principal: roleName }),
    residency: checkResidency(check, Platform.Aws, args.allowedRegions, compliance),
    oldVersionDays: check.value(
      "oldVersionDays",
      args.oldVersionDays ?? defaults.oldVersionDays,
      wholeNumber(1, defaults.mostDays),
    ),
    requestLog: checkRequestLog(check, args.requestLog),
    kmsKeyArns: checkKeys(check, kmsKeyArns),
  };
  check.done();
  return plan;
}

function checkKeys(check: Checks, given: { [dataClass: string]: pulumi.Input<string> }): LakePlan["kmsKeyArns"] {
  const known: string[] = Object.values(DataClass);
  return Object.fromEntries(
    Object.entries(given).map(([dataClass, arn]) => {
      const path = `kmsKeyArns.${dataClass}`;
      if (!known.includes(dataClass)) check.fault(path, `is for no data class; name one of ${known.join(", ")}`);
      return [dataClass, check.value(path, arn, kmsKeyArn)];
    }),
  );
}

/** The bucket, gated by its platform: the procedure of erasure writes to S3. */
function checkRequestLog(
  check: Checks,
  requestLog: DataLakeArgs["requestLog"],
): pulumi.Output<ObjectStoreBinding> | undefined {
  if (requestLog === undefined) return undefined;
  const platform = bindingField(requestLog, "platform");
  const gate = check.value("requestLog.platform", platform, oneOf<Platform>([Platform.Aws]));
  return pulumi.all([requestLog, gate]).apply(([binding]) => binding as ObjectStoreBinding);
}

import type * as pulumi from "@pulumi/pulumi";
import { auditLogRetention, Checks, Lock, type ObjectStoreBinding, oneOf, Regulation, wholeNumber } from "aistack-core";
import { componentName, kmsKeyArn } from "../shared/rules";
import * as defaults from "./defaults";

/** Arguments of AuditLogBucket. */
export interface AuditLogBucketArgs {
  /** Bucket to adopt. Nothing is created then, and no other argument may be given. */
  existing?: pulumi.Input<ObjectStoreBinding>;
  /** Regulations that the records serve; the longest retention that one of them asks for is the least that is accepted. */
  compliance?: Regulation[];
  /** Days a record stays undeletable, 1 to 36500. Defaults to what `compliance` asks for, else 365. */
  retentionDays?: pulumi.Input<number>;
  /** Who can end the retention early. Defaults to governance: whoever holds s3:BypassGovernanceRetention. */
  lock?: Lock;
  /**
   * Days after which a record moves to a colder storage class, 1 to 36500; not below the retention for never. Defaults
   * to 90.
   */
  archiveAfterDays?: pulumi.Input<number>;
  /**
   * ARN of the KMS key to encrypt with; its policy must let the log delivery service use it. When omitted, a key with
   * yearly rotation is created.
   */
  kmsKeyArn?: pulumi.Input<string>;
  /** Tags for every resource, beside the standard ones. */
  tags?: pulumi.Input<{ [key: string]: string }>;
}

/** Arguments with defaults, gated where they are still to come. */
export interface RecordsPlan {
  retentionDays: pulumi.Input<number>;
  archiveAfterDays: pulumi.Input<number>;
  lock: Lock;
  kmsKeyArn?: pulumi.Input<string>;
}

/** Judges all arguments and throws every fault at once. */
export function checkRecords(type: string, name: string, args: AuditLogBucketArgs): RecordsPlan {
  const check = new Checks(type, name);
  check.value("name", name, componentName);
  if (args.existing) {
    const others = Object.keys(args).filter((field) => field !== "existing");
    check.unusedWith(args, "existing", ...(others as (keyof AuditLogBucketArgs)[]));
  }
  (args.compliance ?? []).forEach((regulation, index) => {
    check.value(`compliance[${index}]`, regulation, oneOf(Object.values(Regulation)));
  });
  const required = auditLogRetention(args.compliance ?? []);
  const days = wholeNumber(1, defaults.maximumRetentionDays);
  const plan: RecordsPlan = {
    retentionDays: check.value(
      "retentionDays",
      args.retentionDays ?? required?.minimumDays ?? defaults.retentionDays,
      (value) =>
        days(value) ??
        (required && value < required.minimumDays
          ? `${required.regulation} asks for ${required.minimumDays} at least (${required.article})`
          : undefined),
    ),
    archiveAfterDays: check.value("archiveAfterDays", args.archiveAfterDays ?? defaults.archiveAfterDays, days),
    lock: args.lock ?? Lock.Governance,
    kmsKeyArn: check.value("kmsKeyArn", args.kmsKeyArn, kmsKeyArn),
  };
  check.value("lock", plan.lock, oneOf(Object.values(Lock)));
  check.done();
  return plan;
}

import type * as pulumi from "@pulumi/pulumi";
import { auditLogRetention, Checks, Lock, oneOf, Regulation, resolutionFault, wholeNumber } from "aistack-core";
import { checkedStore, type StoreSettings, storeName } from "../s3-store/settings";
import { checkedAlerts, type PrometheusSettings } from "../workload/prometheus";
import type { AuditLogBucketArgs } from "./args";

/** Where no regulation says more. */
const retentionDays = 365;

/** Longest default retention that the store takes: weed/s3api/s3api_object_handlers_put.go of SeaweedFS 4.53. */
const longestRetentionDays = 36500;

/** What the parts are made from: the arguments, checked and with defaults filled in. */
export interface RecordsSettings extends StoreSettings {
  retentionDays: pulumi.Input<number>;
  lock: Lock;
  legalHold: pulumi.Input<boolean>;
  alerts?: PrometheusSettings;
}

/** Refuses bad arguments, all faults at once, and fills in the defaults. */
export function checkedRecords(type: string, name: string, args: AuditLogBucketArgs): RecordsSettings {
  const check = new Checks(type, name);
  const existing = args.existing !== undefined;
  check.value("name", name, storeName);
  check.existingAlone(args);
  (args.compliance ?? []).forEach((regulation, index) => {
    check.value(`compliance[${index}]`, regulation, oneOf(Object.values(Regulation)));
  });
  check.value("resolutions", args.resolutions, resolutionFault);
  checkReplica(check, args);
  const required = auditLogRetention(args.compliance ?? []);
  const days = wholeNumber(1, longestRetentionDays);
  const settings = {
    ...checkedStore(check, args, existing),
    retentionDays: check.value(
      "retentionDays",
      args.retentionDays ?? required?.minimumDays ?? retentionDays,
      (value) =>
        days(value) ??
        (required && value < required.minimumDays
          ? `${required.regulation} asks for ${required.minimumDays} at least (${required.article})`
          : undefined),
    ),
    lock: check.value("lock", args.lock ?? Lock.Governance, oneOf(Object.values(Lock))) as Lock,
    legalHold: check.value("legalHold", args.legalHold ?? false, (value) =>
      typeof value === "boolean" ? undefined : "must be true or false",
    ),
    alerts: judgedAlerts(check, args),
  };
  check.done();
  return settings;
}

function checkReplica(check: Checks, { replica }: AuditLogBucketArgs): void {
  if (replica === undefined) return;
  for (const field of ["region", "kmsKey"] as const)
    if (replica[field] !== undefined)
      check.fault(
        `replica.${field}`,
        "is for clouds, which create a second bucket; name one that exists as `replica.store`",
      );
  if (replica.store === undefined) check.fault("replica.store", "is missing; name the bucket that takes the copy");
}

function judgedAlerts(check: Checks, { alerts }: AuditLogBucketArgs): PrometheusSettings | undefined {
  for (const field of ["emails", "targets"])
    if (field in (alerts ?? {}))
      check.fault(`alerts.${field}`, "is for clouds; on Kubernetes Alertmanager knows who is told, so leave it out");
  return checkedAlerts(check, alerts);
}

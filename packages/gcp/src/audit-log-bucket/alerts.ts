import { AlertPolicy } from "@pulumi/gcp/monitoring";
import * as pulumi from "@pulumi/pulumi";
import { channelsOf } from "../shared/alerts";
import { anyOf, oneOfValues } from "../shared/log-filters";
import type { AuditPlan } from "./args";
import * as defaults from "./defaults";

/** What alerts are made from. */
export interface AuditAlertPoliciesArgs {
  alerts: NonNullable<AuditPlan["alerts"]>;
  /** Buckets that hold records, copies or digests. */
  buckets: pulumi.Output<string>[];
  /** Keys that they are encrypted with. */
  keys: pulumi.Output<string>[];
  labels: pulumi.Output<{ [key: string]: string }>;
}

/** Tells somebody, within minutes, of what should not happen to records. */
export class AuditAlerts extends pulumi.ComponentResource {
  constructor(name: string, args: AuditAlertPoliciesArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-gcp:index:AuditAlerts", `${name}-alerts`, {}, opts);
    const child = { parent: this };
    const { alerts, labels } = args;
    const notificationChannels = channelsOf(name, alerts, labels, child);
    const buckets = pulumi.all(args.buckets);
    const filters: { [what: string]: { says: string; filter: pulumi.Input<string> } } = {
      deletions: { says: "somebody deleted a record, or tried to", filter: buckets.apply(deletions) },
      protection: { says: "a bucket with records was changed", filter: buckets.apply(protection) },
      logging: { says: "what is recorded was changed, or is not recorded any more", filter: logging },
      keys: { says: "the key of the records was changed", filter: pulumi.all(args.keys).apply(keys) },
    };
    for (const [what, { says, filter }] of Object.entries(filters))
      new AlertPolicy(
        `${name}-${what}`,
        {
          displayName: `${name}: ${says}`,
          combiner: "OR",
          severity: "CRITICAL",
          conditions: [{ displayName: says, conditionMatchedLog: { filter } }],
          alertStrategy: {
            notificationRateLimit: { period: defaults.notificationPeriod },
            autoClose: defaults.incidentDuration,
          },
          notificationChannels,
          userLabels: labels,
        },
        child,
      );
    this.registerOutputs({});
  }
}

const bucketIs = (buckets: readonly string[]) => oneOfValues("resource.labels.bucket_name", buckets);

/**
 * Nobody has to delete records: the lifecycle does, and leaves no entry. So each deletion counts, denied or not.
 * Names of methods: https://cloud.google.com/storage/docs/audit-logging
 */
function deletions(buckets: readonly string[]): string {
  return `protoPayload.serviceName="storage.googleapis.com" AND protoPayload.methodName="storage.objects.delete" AND ${bucketIs(buckets)}`;
}

/** Retention, lifecycle, holds, key and versions are fields of the bucket; who may do what is its IAM policy. */
function protection(buckets: readonly string[]): string {
  const methods = String.raw`^storage\.(buckets\.(update|patch|delete|lockRetentionPolicy)|setIamPermissions)$`;
  return `protoPayload.serviceName="storage.googleapis.com" AND protoPayload.methodName=~"${methods}" AND ${bucketIs(buckets)}`;
}

/**
 * Sinks, exclusions and audit configurations; and what sinks and replication could not write.
 * https://cloud.google.com/logging/docs/audit-logging and
 * https://cloud.google.com/storage-transfer/docs/read-transfer-logs
 */
const logging = anyOf([
  String.raw`protoPayload.serviceName="logging.googleapis.com" AND protoPayload.methodName=~"ConfigServiceV2\.((Update|Delete)Sink|(Create|Update|Delete)Exclusion)$"`,
  `protoPayload.methodName="SetIamPolicy" AND protoPayload.serviceData.policyDelta.auditConfigDeltas:*`,
  `log_id("logging.googleapis.com/sink_error")`,
  `log_id("storagetransfer.googleapis.com/transfer_activity") AND severity>=ERROR`,
]);

/** https://cloud.google.com/kms/docs/audit-logging */
function keys(names: readonly string[]): string {
  const methods = ["DestroyCryptoKeyVersion", "UpdateCryptoKeyVersion", "UpdateCryptoKey", "SetIamPolicy"];
  const isKey = names.map((name) => `protoPayload.resourceName:${JSON.stringify(name)}`).join(" OR ");
  return `protoPayload.serviceName="cloudkms.googleapis.com" AND ${oneOfValues("protoPayload.methodName", methods)} AND (${isKey})`;
}

import type * as pulumi from "@pulumi/pulumi";
import type { AuditReplicaArgs, Lock, ObjectStoreBinding, Regulation } from "aistack-core";
import type { BucketStoreArgs } from "../s3-store/settings";
import type { PrometheusAlertsArgs } from "../workload/prometheus";

/** Arguments of AuditLogBucket. */
export interface AuditLogBucketArgs extends BucketStoreArgs {
  /** Bucket to adopt. Nothing is created then, and no other argument may be given. */
  existing?: pulumi.Input<ObjectStoreBinding>;
  /** Regulations that the records serve; the longest retention that one of them asks for is the least that is accepted. */
  compliance?: Regulation[];
  /** What was decided where regulations contradict each other, and why: by id of the contradiction, 20 characters or more. */
  resolutions?: { [contradiction: string]: string };
  /**
   * Days a record stays undeletable, 1 to 36500; then it is deleted. Can be raised later for new records, not lowered.
   * Defaults to what `compliance` asks for, else 365.
   */
  retentionDays?: pulumi.Input<number>;
  /** Who can end the retention early. Defaults to governance: whoever is granted that right, which nobody is. */
  lock?: Lock;
  /** Whether all records are kept until further notice, beyond their retention. Defaults to false. */
  legalHold?: pulumi.Input<boolean>;
  /** A second copy of the records, made and checked every night: a bucket that exists, as `store`. Defaults to none. */
  replica?: AuditReplicaArgs;
  /**
   * Alerts on denied deletions, on changes of settings, and on an upkeep or a server that fails: `{}` makes them. Needs the
   * Prometheus operator and kube-state-metrics on the cluster. Defaults to none.
   */
  alerts?: PrometheusAlertsArgs;
}

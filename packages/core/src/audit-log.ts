/** What AuditLogBucket has on every platform. What a platform cannot do, it refuses by name. */
import type * as pulumi from "@pulumi/pulumi";
import type { ObjectStoreBinding } from "./bindings";

/** Who can end the retention of a record early. */
export enum Lock {
  /** Whoever is granted that right by name; nobody is by default. */
  Governance = "governance",
  /**
   * Nobody, not even the owner of the account or the cloud itself. The bucket cannot be destroyed until the last record
   * expires.
   */
  Compliance = "compliance",
}

/** What an application event is about; events of another class are not taken. */
export enum AuditEventClass {
  /** A request to a model: who asked which model, when, with how much text. */
  InferenceRequest = "inference.request",
  /** What a model decided or answered, and what became of it. */
  InferenceDecision = "inference.decision",
  /** A person or a threshold let a model into production, or did not. */
  ModelApproval = "model.approval",
  /** Somebody read, changed or exported data. */
  DataAccess = "data.access",
  /** A person asked to see, correct or erase data about them, and the answer. */
  SubjectRequest = "subject.request",
}

/** A second copy of the records, in another place. */
export interface AuditReplicaArgs {
  /** Region of a bucket that is created for it, as locked as the first one. On clouds only. */
  region?: pulumi.Input<string>;
  /** Name of the key for the replica: on AWS an ARN, in the replica's region. When omitted, one is created. */
  kmsKey?: pulumi.Input<string>;
  /** Bucket that exists and takes the copy, on any platform. On Kubernetes only. */
  store?: pulumi.Input<ObjectStoreBinding>;
}

/** Who is told of denied deletions and of changes to what protects the records. */
export interface AuditAlertsArgs {
  /** E-mail addresses, which confirm by a link that they are sent. Defaults to none. */
  emails?: pulumi.Input<string>[];
  /** AWS: ARNs of SNS topics. Google Cloud: names of notification channels. Defaults to none. */
  targets?: pulumi.Input<string>[];
}

/** The cloud's own record of who called which of its interfaces. */
export interface AuditTrailArgs {
  /** Whether all accounts or projects of the organisation are recorded; only its management account may. Defaults to false. */
  organization?: boolean;
}

/** Labels of the Kubernetes objects that a plan's judges read settings of records from. */
export const auditPurpose = {
  /** The Job that sets up a store's bucket; variables BUCKET, LOCK_MODE, RETENTION_DAYS, EXPIRE_AFTER_DAYS. */
  records: { "aistack.dev/purpose": "audit-records" },
  /** The CronJob that lists and checks the records of that bucket, and copies them; variable REPLICA_BUCKET. */
  upkeep: { "aistack.dev/purpose": "audit-upkeep" },
  /** The ConfigMap of a collector; `collector.yaml` is its configuration. */
  events: { "aistack.dev/purpose": "audit-events" },
};

/** Tag, and in other writing label, that tells how many days a store keeps what it holds: "2192". */
export const retentionTag = "aistack:retention-days";

import type * as pulumi from "@pulumi/pulumi";
import type {
  AuditAlertsArgs,
  AuditReplicaArgs,
  AuditTrailArgs,
  ClusterBinding,
  Lock,
  NetworkBinding,
  ObjectStoreBinding,
  Regulation,
} from "aistack-core";

/** Arguments of AuditLogBucket. */
export interface AuditLogBucketArgs {
  /** Bucket to adopt. Nothing is created then, and no other argument may be given. */
  existing?: pulumi.Input<ObjectStoreBinding>;
  /** Regulations that the records serve; the longest retention that one of them asks for is the least that is accepted. */
  compliance?: Regulation[];
  /** What was decided where the regulations contradict each other, by the contradiction. What is open, a warning names. */
  resolutions?: { [contradiction: string]: string };
  /** Days a record stays undeletable, 1 to 36500. Defaults to what `compliance` asks for, else 365. */
  retentionDays?: pulumi.Input<number>;
  /** Who can end the retention early. Defaults to governance: whoever holds s3:BypassGovernanceRetention. */
  lock?: Lock;
  /**
   * Days after which a record moves to a colder storage class, 1 to 36500; not below the retention for never. Defaults
   * to 90.
   */
  archiveAfterDays?: pulumi.Input<number>;
  /** Whether nothing may be deleted, expired records included, because a court or an inquiry asks for it. Defaults to false. */
  legalHold?: pulumi.Input<boolean>;
  /** A second copy of all records, in another region of the same partition. Its `store` does not apply on AWS. */
  replica?: AuditReplicaArgs;
  /** Who is told of denied deletions and of changes to what protects the records. Needs `trail`. */
  alerts?: AuditAlertsArgs;
  /** Records who called which interface of AWS, in all regions. When omitted, nothing does. */
  trail?: AuditTrailArgs;
  /** EKS clusters of this region whose control planes' audit logs are recorded. The order decides names: add at the end. */
  clusters?: pulumi.Input<ClusterBinding>[];
  /**
   * Networks of this region whose traffic is recorded; not those that have the bucket as their `flowLogs`. The order
   * decides names: add at the end.
   */
  networks?: pulumi.Input<NetworkBinding>[];
  /** Buckets of which each access to an object is recorded. Needs `trail`. */
  buckets?: pulumi.Input<ObjectStoreBinding>[];
  /** Whether access logs of load balancers in this region are taken, at `loadBalancerLogs`. Defaults to false. */
  loadBalancers?: boolean;
  /** Whether tables and saved queries are made, for Athena. Defaults to true where a source is given, else to false. */
  query?: boolean;
  /**
   * ARN of the KMS key to encrypt with; its policy must let in the services that the README lists. When omitted, a key
   * with yearly rotation is created.
   */
  kmsKeyArn?: pulumi.Input<string>;
  /** Tags for every resource, beside the standard ones. */
  tags?: pulumi.Input<{ [key: string]: string }>;
}

import * as pulumi from "@pulumi/pulumi";
import {
  type AuditAlertsArgs,
  type AuditReplicaArgs,
  type AuditTrailArgs,
  auditLogRetention,
  bindingField,
  Checks,
  type ClusterBinding,
  Lock,
  listOf,
  matching,
  type NetworkBinding,
  type ObjectStoreBinding,
  oneOf,
  Platform,
  Regulation,
  type Rule,
  resolutionFault,
  wholeNumber,
} from "aistack-core";
import { type AlertsPlan, checkAlerts } from "../shared/alerts";
import { tags } from "../shared/labels";
import { componentName, kmsKeyName } from "../shared/rules";
import * as defaults from "./defaults";

/** Arguments of AuditLogBucket. */
export interface AuditLogBucketArgs {
  /** Bucket to adopt. Nothing is created then, and no other argument may be given. */
  existing?: pulumi.Input<ObjectStoreBinding>;

  /** Regulations that the records serve; the longest retention that one of them asks for is the least that is accepted. */
  compliance?: Regulation[];
  /** What was decided where the regulations contradict each other, by the contradiction's name. */
  resolutions?: { [contradiction: string]: string };
  /** Days a record stays undeletable, 1 to 36500. Defaults to what `compliance` asks for, else 365. */
  retentionDays?: pulumi.Input<number>;
  /** Who can end the retention early. Defaults to governance: whoever may change the bucket. */
  lock?: Lock;
  /**
   * Days after which a record moves to the coldest storage class that it outlasts the minimum of, 1 to 36500; not below
   * the retention for never. Defaults to 90.
   */
  archiveAfterDays?: pulumi.Input<number>;
  /** Whether new records are held beyond their retention, until each is released. Defaults to false. */
  legalHold?: pulumi.Input<boolean>;
  /** A second copy of the records, in another region. When omitted, there is none. */
  replica?: AuditReplicaArgs;
  /** Who is told of deletions and of changes to what protects the records. When omitted, nobody is. */
  alerts?: AuditAlertsArgs;

  /** Records the audit logs of the project, or of the whole organisation. When omitted, those of the records alone. */
  trail?: AuditTrailArgs;
  /** Number of the organisation, for a `trail` of all of it, such as "123456789012". */
  organizationId?: pulumi.Input<string>;
  /** GKE clusters of the project whose Kubernetes audit logs are recorded. Defaults to none. */
  clusters?: pulumi.Input<ClusterBinding>[];
  /** Networks of the project whose flow logs are recorded. Defaults to none. */
  networks?: pulumi.Input<NetworkBinding>[];
  /** Buckets of the project whose reads and writes are recorded. Defaults to none. */
  buckets?: pulumi.Input<ObjectStoreBinding>[];
  /** Whether requests to the project's external application load balancers are recorded. Defaults to false. */
  loadBalancers?: boolean;
  /** Tables and the queries that an auditor asks, in BigQuery. Defaults to true where a source is given, else false. */
  query?: boolean;

  /**
   * Name of the Cloud KMS key to encrypt with, in the provider's region; the service agents must be able to use it, as
   * the README of this concept says. When omitted, a key is created that rotates each 90 days.
   */
  kmsKey?: pulumi.Input<string>;
  /**
   * Has an organisation policy refuse unencrypted requests to every bucket of the project; only who administers such
   * policies may. Defaults to false.
   */
  tlsOnly?: boolean;
  /** Labels for every resource that takes them, beside the standard ones; lower-case. */
  tags?: pulumi.Input<{ [key: string]: string }>;
}

/** A cluster as the filter of a log knows it. */
export interface LoggedCluster {
  name: string;
  region?: string;
}

/** Arguments with defaults, gated where they are still to come. */
export interface AuditPlan {
  compliance: Regulation[];
  retentionDays: pulumi.Input<number>;
  archiveAfterDays: pulumi.Input<number>;
  lock: Lock;
  legalHold?: pulumi.Input<boolean>;
  replica?: { region: pulumi.Input<string>; kmsKey?: pulumi.Input<string> };
  alerts?: AlertsPlan;
  trail: boolean;
  /** Present for a trail of the organisation. */
  organizationId?: pulumi.Input<string>;
  clusters: pulumi.Output<LoggedCluster>[];
  /** Names of the subnets of each network. */
  subnets: pulumi.Output<string[]>[];
  buckets: pulumi.Output<string>[];
  loadBalancers: boolean;
  query: boolean;
  kmsKey?: pulumi.Input<string>;
  tlsOnly: boolean;
  tags?: pulumi.Input<{ [key: string]: string }>;
}

const regionName = matching(/^[a-z]+(-[a-z]+)+\d+$/, "the name of a region such as europe-west3");
const organizationNumber = matching(/^\d+$/, 'the number of an organisation such as "123456789012"');
const subnetId = matching(
  /^(https:\/\/.*\/)?projects\/[^/]+\/regions\/[^/]+\/subnetworks\/[^/]+$/,
  "the id of a subnet on Google Cloud such as projects/my-project/regions/europe-west4/subnetworks/nodes",
);

/** Judges all arguments and throws every fault at once. */
export function checkAudit(type: string, name: string, args: AuditLogBucketArgs): AuditPlan {
  const check = new Checks(type, name);
  check.value("name", name, componentName);
  check.existingAlone(args);
  const compliance = args.compliance ?? [];
  compliance.forEach((regulation, index) => {
    check.value(`compliance[${index}]`, regulation, oneOf(Object.values(Regulation)));
  });
  check.value("resolutions", args.resolutions, resolutionFault);
  const lock = args.lock ?? Lock.Governance;
  check.value("lock", lock, oneOf(Object.values(Lock)));
  const sources = checkSources(check, args);
  const plan: AuditPlan = {
    compliance,
    retentionDays: check.value(
      "retentionDays",
      args.retentionDays ?? auditLogRetention(compliance)?.minimumDays ?? defaults.retentionDays,
      retentionFor(compliance),
    ),
    archiveAfterDays: check.value(
      "archiveAfterDays",
      args.archiveAfterDays ?? defaults.archiveAfterDays,
      wholeNumber(1, defaults.maximumRetentionDays),
    ),
    lock,
    legalHold: args.legalHold,
    replica: args.replica && checkReplica(check, args.replica),
    alerts: args.alerts && checkAlerts(check, args.alerts),
    ...sources,
    query: args.query ?? hasSource(args),
    kmsKey: check.value("kmsKey", args.kmsKey, kmsKeyName),
    tlsOnly: args.tlsOnly ?? false,
    tags: check.value("tags", args.tags, tags),
  };
  check.done();
  return plan;
}

function retentionFor(compliance: Regulation[]): Rule<number> {
  const required = auditLogRetention(compliance);
  const days = wholeNumber(1, defaults.maximumRetentionDays);
  return (value) =>
    days(value) ??
    (required && value < required.minimumDays
      ? `${required.regulation} asks for ${required.minimumDays} at least (${required.article})`
      : undefined);
}

function checkReplica(check: Checks, { region, kmsKey, store }: AuditReplicaArgs): AuditPlan["replica"] {
  if (store !== undefined)
    check.fault("replica.store", "is for records on Kubernetes; here, name a `region`, and a bucket is created in it");
  if (region === undefined) check.fault("replica.region", "is missing; name a region such as europe-west3");
  return {
    region: check.value("replica.region", region ?? "", (value) =>
      region === undefined ? undefined : regionName(value),
    ),
    kmsKey: check.value("replica.kmsKey", kmsKey, kmsKeyName),
  };
}

function checkSources(
  check: Checks,
  args: AuditLogBucketArgs,
): Pick<AuditPlan, "trail" | "organizationId" | "clusters" | "subnets" | "buckets" | "loadBalancers"> {
  const isOrganization = args.trail?.organization === true;
  if (isOrganization && args.organizationId === undefined)
    check.fault("organizationId", "is missing, but `trail` is of the organisation; name its number");
  if (!isOrganization && args.organizationId !== undefined)
    check.fault("organizationId", "has no effect without `trail: { organization: true }`; leave it out");
  const organizationId = check.value("organizationId", args.organizationId, organizationNumber);
  const onGoogleCloud = (path: string, binding: pulumi.Input<ClusterBinding> | pulumi.Input<ObjectStoreBinding>) =>
    check.value(
      `${path}.platform`,
      bindingField(binding as pulumi.Input<ObjectStoreBinding>, "platform"),
      oneOf([Platform.Gcp]),
    );
  return {
    trail: args.trail !== undefined,
    organizationId: isOrganization ? organizationId : undefined,
    clusters: (args.clusters ?? []).map((cluster, index) =>
      pulumi
        .all([
          bindingField(cluster, "name"),
          bindingField(cluster, "region"),
          onGoogleCloud(`clusters[${index}]`, cluster),
        ])
        .apply(([name, region]) => ({ name, region })),
    ),
    subnets: (args.networks ?? []).map((network, index) =>
      pulumi
        .output(
          check.value(
            `networks[${index}].privateSubnetIds`,
            pulumi.output(network).privateSubnetIds as pulumi.Output<string[]>,
            listOf(subnetId, 1),
          ),
        )
        .apply((ids) => ids.map((id) => id.split("/").at(-1) as string)),
    ),
    buckets: (args.buckets ?? []).map((bucket, index) =>
      pulumi.all([bindingField(bucket, "bucket"), onGoogleCloud(`buckets[${index}]`, bucket)]).apply(([own]) => own),
    ),
    loadBalancers: args.loadBalancers ?? false,
  };
}

function hasSource({ trail, clusters, networks, buckets, loadBalancers }: AuditLogBucketArgs): boolean {
  const lists = [clusters, networks, buckets].some((list) => (list?.length ?? 0) > 0);
  return trail !== undefined || lists || loadBalancers === true;
}

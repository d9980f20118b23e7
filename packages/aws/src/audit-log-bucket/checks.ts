import * as pulumi from "@pulumi/pulumi";
import {
  auditLogRetention,
  bindingField,
  Checks,
  Lock,
  matching,
  oneOf,
  Platform,
  Regulation,
  type Rule,
  resolutionFault,
  wholeNumber,
} from "aistack-core";
import { componentName, kmsKeyArn } from "../shared/rules";
import type { AuditLogBucketArgs } from "./args";
import * as defaults from "./defaults";

/** Arguments with defaults, gated where they are still to come. */
export interface RecordsPlan {
  retentionDays: pulumi.Input<number>;
  archiveAfterDays: pulumi.Input<number>;
  lock: Lock;
  legalHold: pulumi.Input<boolean>;
  kmsKeyArn?: pulumi.Input<string>;
  replica?: { region: pulumi.Input<string>; kmsKeyArn?: pulumi.Input<string> };
  alerts?: { emails: pulumi.Input<string>[]; topicArns: pulumi.Input<string>[] };
  clusters: ClusterSource[];
  /** Ids of networks. */
  networks: pulumi.Output<string>[];
  /** Names of buckets. */
  buckets: pulumi.Output<string>[];
  query: boolean;
}

/** What of a cluster's binding is needed to get at its records. */
export interface ClusterSource {
  name: pulumi.Output<string>;
  region: pulumi.Output<string | undefined>;
}

const regionName = matching(/^[a-z]{2,4}(-[a-z]+)+-\d$/, "the name of a region such as eu-central-1");

const emailAddress = matching(/^[^@\s]+@[^@\s]+\.[^@\s]+$/, "an e-mail address such as security@example.com");

const topicArn = matching(
  /^arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,256}$/,
  "the ARN of an SNS topic such as arn:aws:sns:eu-west-1:111122223333:security",
);

/** https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html */
const clusterName = matching(
  /^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$/,
  "the name of an EKS cluster: 1 to 100 letters, digits, hyphens and underscores",
);

const networkId = matching(/^vpc-[0-9a-f]{8,17}$/, "the id of a VPC such as vpc-0a1b2c3d4e5f60718");

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const bucketName = matching(
  /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
  "the name of a bucket: 3 to 63 lower-case letters, digits, hyphens and dots",
);

/** Judges all arguments and throws every fault at once. */
export function checkRecords(type: string, name: string, args: AuditLogBucketArgs): RecordsPlan {
  const check = new Checks(type, name);
  check.value("name", name, componentName);
  check.existingAlone(args);
  const plan: RecordsPlan = {
    ...checkKeeping(check, args),
    kmsKeyArn: check.value("kmsKeyArn", args.kmsKeyArn, kmsKeyArn),
    replica: checkReplica(check, args),
    alerts: checkAlerts(check, args),
    ...checkSources(check, args),
  };
  check.done();
  return plan;
}

/** How long records are kept, how firmly, and where the time comes from. */
function checkKeeping(check: Checks, args: AuditLogBucketArgs) {
  (args.compliance ?? []).forEach((regulation, index) => {
    check.value(`compliance[${index}]`, regulation, oneOf(Object.values(Regulation)));
  });
  check.value("resolutions", args.resolutions, resolutionFault);
  const required = auditLogRetention(args.compliance ?? []);
  const days = wholeNumber(1, defaults.maximumRetentionDays);
  const lock = args.lock ?? Lock.Governance;
  check.value("lock", lock, oneOf(Object.values(Lock)));
  return {
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
    lock,
    legalHold: args.legalHold ?? false,
  };
}

function checkReplica(check: Checks, { replica }: AuditLogBucketArgs): RecordsPlan["replica"] {
  if (!replica) return undefined;
  if (replica.store !== undefined)
    check.fault(
      "replica.store",
      "does not apply on AWS, where the copy goes to a bucket that is created for it; name its `region` instead",
    );
  if (replica.region === undefined) {
    check.fault("replica.region", "is missing; name the region that the copy goes to, such as eu-central-1");
    return undefined;
  }
  return {
    region: check.value("replica.region", replica.region, regionName),
    kmsKeyArn: check.value("replica.kmsKey", replica.kmsKey, kmsKeyArn),
  };
}

function checkAlerts(check: Checks, { alerts, trail }: AuditLogBucketArgs): RecordsPlan["alerts"] {
  if (!alerts) return undefined;
  const { emails = [], targets = [] } = alerts;
  if (!trail)
    check.fault(
      "alerts",
      "needs `trail`: what is done to the records is known to EventBridge through CloudTrail alone",
    );
  if (emails.length + targets.length === 0)
    check.fault("alerts", "names nobody who would be told; add `emails` or `targets`");
  return {
    emails: emails.map((email, index) => check.value(`alerts.emails[${index}]`, email, emailAddress)),
    topicArns: targets.map((target, index) => check.value(`alerts.targets[${index}]`, target, topicArn)),
  };
}

function checkSources(check: Checks, args: AuditLogBucketArgs) {
  const { clusters = [], networks = [], buckets = [] } = args;
  if (buckets.length > 0 && !args.trail)
    check.fault("buckets", "needs `trail`: CloudTrail is what records each access to an object");
  for (const [field, list] of Object.entries({ clusters, networks }))
    if (list.length > defaults.mostSources)
      check.fault(
        field,
        `has ${list.length} items, but may have ${defaults.mostSources}; make a second bucket for more`,
      );

  const hasSource = clusters.length + networks.length + buckets.length > 0 || args.trail || args.loadBalancers;
  return {
    clusters: clusters.map((cluster, index) => ({
      name: onAws(check, `clusters[${index}]`, bindingField(cluster, "platform"), [
        "name",
        bindingField(cluster, "name"),
        clusterName,
      ]),
      region: bindingField(cluster, "region"),
    })),
    networks: networks.map((network, index) => {
      const path = `networks[${index}].networkId`;
      return pulumi.output(check.value(path, bindingField(network, "networkId"), networkId));
    }),
    buckets: buckets.map((bucket, index) =>
      onAws(check, `buckets[${index}]`, bindingField(bucket, "platform"), [
        "bucket",
        bindingField(bucket, "bucket"),
        bucketName,
      ]),
    ),
    query: args.query ?? Boolean(hasSource),
  };
}

/** A name, gated by its own rule and by the platform that it is on: what is elsewhere has no such logs. */
function onAws(
  check: Checks,
  path: string,
  platform: pulumi.Output<Platform>,
  [field, name, rule]: [string, pulumi.Output<string>, Rule<string>],
): pulumi.Output<string> {
  const gate = check.value(`${path}.platform`, platform, oneOf<Platform>([Platform.Aws]));
  return pulumi.all([check.value(`${path}.${field}`, name, rule), gate]).apply(([checked]) => checked);
}

/** The region of a replica, which must be another than that of the records. */
export function elsewhere(here: pulumi.Input<string>, region: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.all([here, region]).apply(([own, other]) => {
    if (other !== own) return other;
    throw new pulumi.InputPropertyError({
      propertyPath: "replica.region",
      reason: `replica.region is ${other}, where the records themselves are; name another region`,
    });
  });
}

/** The name of a cluster, which must be in the region of the records: CloudWatch hands its logs to Firehose there. */
export function nearby(
  here: pulumi.Input<string>,
  { name, region }: ClusterSource,
  index: number,
): pulumi.Output<string> {
  return pulumi.all([here, name, region]).apply(([own, cluster, there]) => {
    if (there === undefined || there === own) return cluster;
    throw new pulumi.InputPropertyError({
      propertyPath: `clusters[${index}].region`,
      reason: `clusters[${index}].region is ${there}, but the records are in ${own}; make an AuditLogBucket in ${there} for this cluster`,
    });
  });
}

/** The ARN of a topic, which must be in the region of the records: a rule publishes to no other. */
export function reachable(
  here: pulumi.Input<string>,
  topic: pulumi.Input<string>,
  index: number,
): pulumi.Output<string> {
  return pulumi.all([here, topic]).apply(([own, arn]) => {
    const there = arn.split(":")[3];
    if (there === own) return arn;
    throw new pulumi.InputPropertyError({
      propertyPath: `alerts.targets[${index}]`,
      reason: `alerts.targets[${index}] is in ${there}, but the records are in ${own}; name a topic in ${own}`,
    });
  });
}

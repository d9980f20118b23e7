/** Stores of audit records: what cannot be changed in them, for how long, and what becomes of it. */
import { auditPurpose, retentionTag } from "aistack-core/compliance";
import { type Check, type Fact, type Finding, fact, isSet, judged, planLacks } from "../finding";
import { entryOf, listAt, type PlanView, pointsTo, type Resource, unknown, type Value, valueAt } from "../view";
import { bucketType, settingOf, settingsOf } from "./buckets";

/** A store of audit records, in the words that all platforms share. */
export interface Records {
  readonly resource: Resource;
  /** What keeps records from being changed or deleted: set where something does. */
  readonly lock: Fact;
  /** Set where an overwritten record stays. */
  readonly versions: Fact;
  /** Days that a record is locked. */
  readonly lockedDays: Fact;
  /** Days after which a record is deleted. */
  readonly expiresAfterDays: Fact;
  /** Days after which a record has to be restored before it can be read; one for each such class. */
  readonly offlineAfterDays: readonly Fact[];
  /** Days that the store says it keeps records. */
  readonly statedDays: Fact;
  /** What copies the records elsewhere; undefined where nothing does. */
  readonly replica?: Fact;
}

/** Every store of audit records in a plan. */
export function recordsOf(plan: PlanView): Records[] {
  return [...onAws(plan), ...onGoogleCloud(plan), ...onKubernetes(plan)];
}

/** Whether the plan's AuditLogBucket adopts its store, which is judged where it is made. */
export function adoptsRecords(plan: PlanView): boolean {
  return plan.resources.some(({ type }) => /^aistack-.*:AuditLogBucket$/.test(type)) && recordsOf(plan).length === 0;
}

const hoursPerDay = 24;
const secondsPerDay = hoursPerDay * 3600;
const daysPerYear = 365;

/** Classes of S3 whose objects are restored, within hours, before they can be read. */
const offlineClasses = ["GLACIER", "DEEP_ARCHIVE"];

/** What nothing sets. */
const never = (resource: Resource): Fact => ({ resource, path: "retention", value: undefined });

function onAws(plan: PlanView): Records[] {
  const locks = plan.ofType("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration");
  const replications = plan.ofType("aws:s3/bucketReplicationConfig:BucketReplicationConfig");
  const buckets = plan.ofType(bucketType).filter((bucket) => {
    const ofBucket = settingsOf(plan, bucket, "BucketObjectLockConfiguration");
    return bucket.props.objectLockEnabled === true || ofBucket.some((lock) => locks.includes(lock));
  });
  return buckets.map((resource): Records => {
    const setting = (kind: string, path: string): Fact => settingOf(plan, resource, kind, path) ?? never(resource);
    const rules = settingsOf(plan, resource, "BucketLifecycleConfiguration").flatMap(lifecycleRules);
    const expiry = rules.find(({ rule }) => valueAt(rule, "expiration.days") !== undefined);
    const unknownRules = settingOf(plan, resource, "BucketLifecycleConfiguration", "rules");
    const mode = "rule.defaultRetention";
    return {
      resource,
      lock: setting("BucketObjectLockConfiguration", `${mode}.mode`),
      versions: setting("BucketVersioning", "versioningConfiguration.status"),
      lockedDays: inDays(setting("BucketObjectLockConfiguration", mode)),
      expiresAfterDays: expiry
        ? fact(expiry.lifecycle, `${expiry.path}.expiration.days`)
        : unknownRules?.value === unknown
          ? unknownRules
          : never(resource),
      offlineAfterDays: rules.flatMap(({ lifecycle, rule, path }) =>
        listAt(rule, "transitions").flatMap((transition, index) =>
          offlineClasses.includes(String(valueAt(transition, "storageClass")))
            ? [fact(lifecycle, `${path}.transitions[${index}].days`)]
            : [],
        ),
      ),
      statedDays: { resource, path: `tags["${retentionTag}"]`, value: entryOf(resource.props.tags, retentionTag) },
      replica: replicaOf(resource, buckets, replications),
    };
  });
}

interface LifecycleRule {
  readonly lifecycle: Resource;
  readonly rule: Value;
  readonly path: string;
}

function lifecycleRules(lifecycle: Resource): LifecycleRule[] {
  return listAt(lifecycle.props, "rules").map((rule, index) => ({ lifecycle, rule, path: `rules[${index}]` }));
}

/** The replication from a bucket of records, or where the bucket itself is the copy, the one that it comes from. */
function replicaOf(
  bucket: Resource,
  buckets: readonly Resource[],
  replications: readonly Resource[],
): Fact | undefined {
  const found = replications.find((replication) => {
    const source = buckets.find((own) => pointsTo(replication, "bucket", own));
    // What is copied into the records from elsewhere is no copy of them.
    if (source === undefined) return false;
    return source === bucket || replication.dependsOn.rules?.includes(bucket.urn) || namesBucket(replication, bucket);
  });
  return found && fact(found, "rules[0].destination.bucket");
}

function namesBucket({ props }: Resource, bucket: Resource): boolean {
  return listAt(props, "rules").some((rule) => {
    const destination = valueAt(rule, "destination.bucket");
    return destination !== unknown && destination === bucket.props.arn;
  });
}

/** A default retention in days or years. */
function inDays(retention: Fact): Fact {
  const years = valueAt(retention.value, "years");
  if (typeof years === "number") return { ...retention, path: `${retention.path}.years`, value: years * daysPerYear };
  return { ...retention, path: `${retention.path}.days`, value: valueAt(retention.value, "days") };
}

function onGoogleCloud(plan: PlanView): Records[] {
  const buckets = plan
    .ofType("gcp:storage/bucket:Bucket")
    .filter((bucket) => valueAt(bucket.props, "retentionPolicy") !== undefined)
    // Digests are about records, and are none.
    .filter((bucket) => !plan.ancestors(bucket).some(({ type }) => /:AuditDigests$/.test(type)));
  const label = retentionTag.replace(/[^a-z0-9_-]+/g, "-");
  return buckets.map((resource): Records => {
    const period: Fact = fact(resource, "retentionPolicy.retentionPeriod");
    const seconds = Number(period.value === unknown ? Number.NaN : period.value);
    const rules = listAt(resource.props, "lifecycleRules");
    const index = rules.findIndex(
      (rule) => valueAt(rule, "action.type") === "Delete" && Number(valueAt(rule, "condition.age")) > 0,
    );
    const lockedDays: Fact = period.value === unknown ? period : { ...period, value: seconds / secondsPerDay };
    return {
      resource,
      lock: period,
      // Under a retention policy an object cannot be overwritten, which is what versions are for.
      versions: period,
      lockedDays,
      expiresAfterDays: index < 0 ? never(resource) : fact(resource, `lifecycleRules[${index}].condition.age`),
      // Each class of Cloud Storage is read at once.
      offlineAfterDays: [],
      statedDays: { resource, path: `labels["${label}"]`, value: entryOf(resource.props.labels, label) },
      replica: googleReplica(plan, resource),
    };
  });
}

function googleReplica(plan: PlanView, bucket: Resource): Fact | undefined {
  const job = plan
    .ofType("gcp:storage/transferJob:TransferJob")
    .find(({ dependsOn, props }) =>
      ["replicationSpec", "transferSpec"].some(
        (key) =>
          dependsOn[key]?.includes(bucket.urn) ||
          JSON.stringify(props[key] ?? "")?.includes(`"${String(bucket.props.name)}"`),
      ),
    );
  if (job !== undefined) return fact(job, job.props.replicationSpec === undefined ? "transferSpec" : "replicationSpec");
  const places = fact(bucket, "customPlacementConfig.dataLocations");
  return places.value === undefined ? undefined : places;
}

/** Whether a Kubernetes object carries the label of a purpose. */
export function hasPurpose({ props }: Resource, purpose: { [label: string]: string }): boolean {
  const labels = valueAt(props, "metadata.labels");
  return Object.entries(purpose).every(([key, value]) => entryOf(labels, key) === value);
}

function onKubernetes(plan: PlanView): Records[] {
  const jobs = plan.ofType("kubernetes:batch/v1:Job").filter((job) => hasPurpose(job, auditPurpose.records));
  return jobs.map((resource): Records => {
    const variable = (name: string) => variableOf(resource, "spec.template.spec", name);
    const days = (name: string): Fact => {
      const found = variable(name);
      return typeof found.value === "string" ? { ...found, value: Number(found.value) } : found;
    };
    const upkeep = upkeepOf(plan, resource);
    const copy = upkeep && variableOf(upkeep, "spec.jobTemplate.spec.template.spec", "REPLICA_BUCKET");
    return {
      resource,
      lock: variable("LOCK_MODE"),
      versions: variable("LOCK_MODE"),
      lockedDays: days("RETENTION_DAYS"),
      expiresAfterDays: days("EXPIRE_AFTER_DAYS"),
      offlineAfterDays: [],
      statedDays: fact(resource, "metadata.labels").value === unknown ? variable("RETENTION_DAYS") : statedBy(resource),
      replica: copy && isSet(copy.value) ? copy : undefined,
    };
  });
}

function statedBy(job: Resource): Fact {
  const label = `aistack.dev/${retentionTag.split(":").at(-1)}`;
  return {
    resource: job,
    path: `metadata.labels["${label}"]`,
    value: entryOf(valueAt(job.props, "metadata.labels"), label),
  };
}

/** A variable of the first container of a pod. */
export function variableOf(resource: Resource, pod: string, name: string): Fact {
  const path = `${pod}.containers[0].env`;
  const index = listAt(resource.props, path).findIndex((row) => valueAt(row, "name") === name);
  return index < 0 ? { resource, path: name, value: undefined } : fact(resource, `${path}[${index}].value`);
}

/** What lists, checks and copies the records that a Job has made room for. */
export function upkeepOf(plan: PlanView, job: Resource): Resource | undefined {
  return plan
    .ofType("kubernetes:batch/v1:CronJob")
    .find((upkeep) => upkeep.parent === job.parent && hasPurpose(upkeep, auditPurpose.upkeep));
}

/** Looks at every store of records; a plan without one fails, unless it adopts one. */
function ofRecords(look: (records: Records) => Finding | Finding[]): Check {
  return (plan) => {
    const found = recordsOf(plan);
    if (found.length > 0) return found.flatMap(look);
    return adoptsRecords(plan)
      ? []
      : [planLacks(plan, "the plan has no store of audit records; add an AuditLogBucket")];
  };
}

export const writeOnce: Check = ofRecords(({ lock, versions }) => [
  judged(lock, isSet, "lets records be changed and deleted; set a default retention"),
  judged(
    versions,
    (value) => isSet(value) && value !== "Suspended",
    "keeps no versions, without which nothing is locked",
  ),
]);

export const keptLongEnough: Check = (plan, options) => {
  const { minimumDays = 1 } = options;
  return ofRecords(({ lockedDays }) =>
    judged(
      lockedDays,
      (value) => typeof value === "number" && value >= minimumDays,
      `keeps records for less than ${minimumDays} days; set retentionDays to ${minimumDays} or more`,
    ),
  )(plan, options);
};

export const deletedInTime: Check = ofRecords(({ expiresAfterDays }) =>
  judged(
    expiresAfterDays,
    (value) => typeof value === "number" && value > 0,
    "keeps records for ever; let the lifecycle delete them when their retention is over",
  ),
);

export const retentionStated: Check = ofRecords(({ statedDays, lockedDays }) =>
  judged(
    statedDays,
    (value) => isSet(value) && (lockedDays.value === unknown || Number(value) === Number(lockedDays.value)),
    `does not say how long it keeps records; set the tag ${retentionTag} to the days of its retention`,
  ),
);

/** Days of which PCI DSS asks that they can be analysed at once: three months. */
const atHandDays = 92;

export const readAtOnce: Check = ofRecords(({ resource, offlineAfterDays }): Finding[] =>
  offlineAfterDays.length === 0
    ? [{ urn: resource.urn, property: "lifecycle", value: "only classes that are read at once", holds: true }]
    : offlineAfterDays.map((days) =>
        judged(
          days,
          (value) => typeof value === "number" && value >= atHandDays,
          `puts records of the last ${atHandDays} days where they have to be restored first; move them later`,
        ),
      ),
);

export const replicated: Check = ofRecords(
  ({ resource, replica }): Finding =>
    replica === undefined
      ? { urn: resource.urn, value: "missing", holds: false, reason: "has no copy in another place; set `replica`" }
      : { urn: replica.resource.urn, property: replica.path, value: "set", holds: true },
);

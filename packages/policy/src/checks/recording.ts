/** What clouds and clusters record, who can search it, and who is told. */
import { type Check, type Finding, fact, isSet, isTrue, judged, missing, planLacks } from "../finding";
import { type PlanView, type Resource, textOf, unknown, valueAt } from "../view";
import { collectorsOf, configurationPath } from "./events";
import { adoptsRecords, recordsOf, upkeepOf, variableOf } from "./records";

const trailType = "aws:cloudtrail/trail:Trail";
const sinkTypes = [
  "gcp:logging/projectSink:ProjectSink",
  "gcp:logging/folderSink:FolderSink",
  "gcp:logging/organizationSink:OrganizationSink",
];

/** Sinks that take audit logs: of everything, or of things of one type too. */
function auditSinks(plan: PlanView, type?: string): Resource[] {
  return plan.ofType(...sinkTypes).filter(({ props }) => {
    const filter = textOf(props.filter);
    if (props.filter === undefined || props.filter === unknown) return true;
    if (!filter.includes("cloudaudit.googleapis.com")) return false;
    return !filter.includes("resource.type") || (type !== undefined && filter.includes(type));
  });
}

/** A plan on AWS without a trail: nothing is recorded of what is called there. */
function trailMissing(plan: PlanView): Finding[] {
  if (!plan.hasPackage("aws") || plan.ofType(trailType).length > 0 || adoptsRecords(plan)) return [];
  return [planLacks(plan, "no CloudTrail records calls to AWS; set `trail` on the AuditLogBucket")];
}

export const activityRecorded: Check = (plan) => {
  const findings: Finding[] = [];
  findings.push(...trailMissing(plan));
  for (const trail of plan.ofType(trailType))
    findings.push(
      judged(fact(trail, "isMultiRegionTrail"), isTrue, "records one region only; set isMultiRegionTrail"),
      judged(fact(trail, "enableLogging"), (value) => value !== false, "is switched off; set enableLogging"),
    );
  if (plan.hasPackage("gcp")) {
    const sinks = auditSinks(plan);
    if (sinks.length === 0)
      findings.push(planLacks(plan, "no sink keeps Google Cloud's audit logs; set `trail` on the AuditLogBucket"));
    for (const sink of sinks)
      findings.push(judged(fact(sink, "disabled"), (value) => !isTrue(value), "is switched off; remove `disabled`"));
  }
  return findings;
};

export const tamperEvident: Check = (plan) => [
  ...trailMissing(plan),
  ...plan
    .ofType(trailType)
    .map((trail) =>
      judged(
        fact(trail, "enableLogFileValidation"),
        isTrue,
        "writes no digests of its files; set enableLogFileValidation",
      ),
    ),
  ...recordsOf(plan).flatMap(({ resource }): Finding[] => digestsOf(plan, resource)),
];

/** What tells later which records there were, with their checksums. */
function digestsOf(plan: PlanView, records: Resource): Finding[] {
  if (records.type.startsWith("kubernetes:")) {
    const upkeep = upkeepOf(plan, records);
    return upkeep === undefined
      ? [missing(records, "has no digests of its records")]
      : [judged(fact(upkeep, "spec.suspend"), (value) => !isTrue(value), "is suspended, and lists no records")];
  }
  if (records.type.startsWith("gcp:")) {
    // A copy is compared with what it is a copy of.
    if (plan.ancestors(records).some(({ type }) => /:AuditReplica$/.test(type))) return [];
    const report = plan
      .ofType("gcp:storage/insightsReportConfig:InsightsReportConfig")
      .find(
        ({ dependsOn, props }) =>
          dependsOn.objectMetadataReportOptions?.includes(records.urn) ||
          textOf(props).includes(`"${String(records.props.name)}"`),
      );
    return [
      report
        ? judged(
            fact(report, "objectMetadataReportOptions.metadataFields"),
            (fields) => textOf(fields).includes("crc32c") || textOf(fields).includes("md5Hash"),
            "reports no checksums",
          )
        : missing(records, "has no inventory with checksums"),
    ];
  }
  return [];
}

export const clustersRecorded: Check = (plan) => [
  ...plan
    .ofType("aws:eks/cluster:Cluster")
    .map((cluster) =>
      judged(
        fact(cluster, "enabledClusterLogTypes"),
        (types) => Array.isArray(types) && types.includes("audit"),
        'does not record calls to its API; add "audit" to enabledClusterLogTypes',
      ),
    ),
  ...plan.ofType("aws:eks/cluster:Cluster").flatMap((cluster) => eksDelivery(plan, cluster)),
  ...edgeClusters(plan),
  ...plan.ofType("gcp:container/cluster:Cluster").flatMap((cluster) => {
    const sinks = auditSinks(plan, "k8s_cluster");
    if (sinks.length === 0)
      return [missing(cluster, "has its audit logs in no bucket; name it in `clusters` of the AuditLogBucket")];
    return sinks.map((sink) => judged(fact(sink, "disabled"), (value) => !isTrue(value), "is switched off"));
  }),
];

/** Clusters on machines of one's own log to a file, which a forwarder brings to the records. */
function edgeClusters(plan: PlanView): Finding[] {
  const servers = plan.ofType("aistack-edge:index:K3sServer");
  const clusters = plan
    .ofType("aistack-edge:index:GpuCluster")
    .filter(({ urn }) => servers.some(({ parent }) => parent === urn));
  const forwarders = collectorsOf(plan).filter(({ configuration }) => !isSet(valueAt(configuration, "receivers.otlp")));
  return clusters.map((cluster) =>
    forwarders.length === 0
      ? missing(cluster, "has its audit logs on its servers only; add an AuditLogForwarder")
      : { urn: forwarders[0]?.resource.urn as string, property: configurationPath, value: "set", holds: true },
  );
}

/** EKS keeps its logs in CloudWatch; a subscription brings them to the records. */
function eksDelivery(plan: PlanView, cluster: Resource): Finding[] {
  const subscriptions = plan.ofType("aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter");
  const name = cluster.props.name;
  const own = subscriptions.filter(({ props, dependsOn }) => {
    const group = props.logGroup;
    return (
      dependsOn.logGroup?.includes(cluster.urn) ||
      (typeof group === "string" && group === `/aws/eks/${String(name)}/cluster`) ||
      group === unknown
    );
  });
  const reason = "has its audit logs in no bucket; name it in `clusters` of the AuditLogBucket";
  if (own.length === 0) return [missing(cluster, reason)];
  return own.map((subscription) => judged(fact(subscription, "destinationArn"), isSet, reason));
}

export const networksRecorded: Check = (plan) => [
  ...plan.ofType("aws:ec2/vpc:Vpc").flatMap((vpc): Finding[] => {
    const logs = plan.attachedTo(vpc, "aws:ec2/flowLog:FlowLog", "vpcId");
    if (logs.length === 0) return [missing(vpc, "has no flow logs; set `flowLogs`")];
    return logs.map((log) =>
      judged(
        fact(log, "trafficType"),
        (value) => value === undefined || value === "ALL" || value === "REJECT",
        "records accepted connections only",
      ),
    );
  }),
  ...plan
    .ofType("gcp:compute/subnetwork:Subnetwork")
    // Ranges for load balancers cannot have flow logs.
    .filter(({ props }) => props.purpose === undefined || props.purpose === "PRIVATE")
    .map((subnet) => judged(fact(subnet, "logConfig"), isSet, "has no flow logs; set logConfig")),
];

export const accessRecorded: Check = (plan) => [
  ...trailMissing(plan),
  ...plan.ofType(trailType).map((trail) => {
    const selectors = textOf(trail.props.advancedEventSelectors) + textOf(trail.props.eventSelectors);
    return judged(
      { resource: trail, path: "advancedEventSelectors", value: trail.props.advancedEventSelectors },
      () => selectors.includes("AWS::S3::Object"),
      "does not record who reads and writes objects; name the buckets in `buckets` of the AuditLogBucket",
    );
  }),
  ...(plan.hasPackage("gcp") ? dataAccessLogs(plan) : []),
];

function dataAccessLogs(plan: PlanView): Finding[] {
  const reason = "does not record who reads and writes objects; set `trail` on the AuditLogBucket";
  const configs = plan
    .ofType("gcp:projects/iAMAuditConfig:IAMAuditConfig", "gcp:organizations/iamAuditConfig:IamAuditConfig")
    .filter(({ props }) => ["storage.googleapis.com", "allServices"].includes(String(props.service)));
  if (configs.length === 0) return [planLacks(plan, reason)];
  return configs.map((config) =>
    judged(
      fact(config, "auditLogConfigs"),
      (value) => ["DATA_READ", "DATA_WRITE"].every((kind) => textOf(value).includes(kind)),
      reason,
    ),
  );
}

export const examinable: Check = (plan) => {
  const findings: Finding[] = [];
  const records = recordsOf(plan);
  if (records.some(({ resource }) => resource.type.startsWith("aws:"))) {
    const tables = plan.ofType("aws:glue/catalogTable:CatalogTable");
    const workgroups = plan.ofType("aws:athena/workgroup:Workgroup");
    if (tables.length === 0 || workgroups.length === 0)
      findings.push(planLacks(plan, "records on AWS cannot be searched; set `query` on the AuditLogBucket"));
    else
      for (const table of tables)
        findings.push(judged(fact(table, "storageDescriptor.location"), isSet, "reads nothing"));
  }
  if (records.some(({ resource }) => resource.type.startsWith("gcp:"))) {
    const tables = plan.ofType("gcp:bigquery/table:Table");
    if (tables.length === 0)
      findings.push(planLacks(plan, "records on Google Cloud cannot be searched; set `query` on the AuditLogBucket"));
    for (const table of tables.filter(({ props }) => props.externalDataConfiguration !== undefined))
      findings.push(judged(fact(table, "externalDataConfiguration.sourceUris"), isSet, "reads nothing"));
  }
  return findings;
};

/** Calls that take protection away; an alert that names none of them tells of nothing. */
const protection =
  /PutBucketPolicy|DeleteBucket|PutBucketObjectLockConfiguration|setIamPermissions|audit_denied_deletions|audit_setting_changes/;

export const alerted: Check = (plan) => {
  const findings: Finding[] = [];
  const records = recordsOf(plan);
  if (records.some(({ resource }) => resource.type.startsWith("aws:"))) {
    const rules = plan
      .ofType("aws:cloudwatch/eventRule:EventRule")
      .filter(({ props }) => props.eventPattern === unknown || protection.test(textOf(props.eventPattern)));
    if (rules.length === 0)
      findings.push(planLacks(plan, "nobody is told of changes to what protects the records; set `alerts`"));
    for (const rule of rules) {
      findings.push(judged(fact(rule, "state"), (value) => value !== "DISABLED", "is switched off"));
      const targets = plan.attachedTo(rule, "aws:cloudwatch/eventTarget:EventTarget", "rule");
      if (targets.length === 0) findings.push(missing(rule, "tells nobody; add a target"));
    }
  }
  if (records.some(({ resource }) => resource.type.startsWith("gcp:"))) {
    const policies = plan
      .ofType("gcp:monitoring/alertPolicy:AlertPolicy")
      .filter(({ props }) => props.conditions === unknown || protection.test(textOf(props.conditions)));
    if (policies.length === 0)
      findings.push(planLacks(plan, "nobody is told of changes to what protects the records; set `alerts`"));
    for (const policy of policies)
      findings.push(judged(fact(policy, "enabled"), (value) => value !== false, "is switched off"));
  }
  for (const { resource } of records)
    if (resource.type.startsWith("kubernetes:")) findings.push(alertedByPrometheus(plan, resource));
  return findings;
};

const rulesPath = "spec.groups[0].rules";

/** A rule of Prometheus that names a store's bucket; one rule may be about several. */
function alertedByPrometheus(plan: PlanView, records: Resource): Finding {
  const bucket = variableOf(records, "spec.template.spec", "BUCKET").value;
  const rule = plan.ofType("kubernetes:monitoring.coreos.com/v1:PrometheusRule").find(({ props }) => {
    const text = textOf(props.spec);
    const named = typeof bucket !== "string" || text.includes(`bucket=\\"${bucket}\\"`);
    return valueAt(props, rulesPath) === unknown || (protection.test(text) && named);
  });
  return rule
    ? judged(fact(rule, rulesPath), isSet, "alerts on nothing")
    : missing(records, "tells nobody of changes to what protects its records; set `alerts`");
}

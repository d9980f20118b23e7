import { GpuCluster } from "../gpu-cluster/gpu-cluster";
import { created, custom, inputs, modes, planned, statements, waitsFor } from "../testing";
import { AuditLogBucket } from "./audit-log-bucket";
import { bucket, cluster, lake, network } from "./audit-log-bucket.test.fixture";

const account = "123456789012";
const ownTrail = {
  StringEquals: { "aws:SourceAccount": account },
  ArnLike: { "aws:SourceArn": `arn:aws:cloudtrail:eu-west-1:${account}:trail/audit-dev` },
};

describe.each(modes)("the trail, in %s", (mode) => {
  test("records all regions, signed and encrypted with the key of the records", async () => {
    const graph = await bucket({ trail: {} }, mode);
    expect(inputs(graph, "audit-trail")).toMatchObject({
      name: "audit-dev",
      enableLogFileValidation: true,
      includeGlobalServiceEvents: true,
      isMultiRegionTrail: true,
      isOrganizationTrail: false,
      kmsKeyId: expect.anything(),
    });
    expect(inputs(graph, "audit-trail").enableLogging).not.toBe(false);
    expect(waitsFor(graph, "audit-trail")).toEqual(expect.arrayContaining(["audit-policy", "audit-key"]));
    expect(custom(graph).find(({ name }) => name === "audit-trail")?.options.retainOnDelete).not.toBe(true);
  });

  test("there is none unless it is asked for", async () => {
    expect(created(await bucket({}, mode)).filter((row) => row.endsWith(" Trail"))).toEqual([]);
  });
});

describe("the trail", () => {
  test("is let in by its own ARN and account alone", async () => {
    const graph = await bucket({ trail: {} });
    const records = inputs(graph, "audit-policy", "bucket");
    const { CloudTrailWritesRecords, CloudTrailChecksBucket } = statements(graph, "audit-policy");
    expect(CloudTrailWritesRecords).toEqual({
      Sid: "CloudTrailWritesRecords",
      Effect: "Allow",
      Principal: { Service: "cloudtrail.amazonaws.com" },
      Action: "s3:PutObject",
      Resource: `arn:aws:s3:::${records}/AWSLogs/${account}/*`,
      Condition: {
        ...ownTrail,
        StringEquals: { ...ownTrail.StringEquals, "s3:x-amz-acl": "bucket-owner-full-control" },
      },
    });
    expect(CloudTrailChecksBucket).toMatchObject({ Action: "s3:GetBucketAcl", Condition: ownTrail });
    expect(statements(graph, "audit-key").CloudTrailEncryptsRecords).toMatchObject({
      Principal: { Service: "cloudtrail.amazonaws.com" },
      Action: ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"],
      Condition: ownTrail,
    });
    const without = await bucket();
    expect(statements(without, "audit-policy").CloudTrailWritesRecords).toBeUndefined();
    expect(statements(without, "audit-key").CloudTrailEncryptsRecords).toBeUndefined();
  });

  test("has ARNs of the partition that it is in", async () => {
    const graph = await bucket({ trail: {} }, "simulate", {}, "us-gov-west-1");
    expect(statements(graph, "audit-policy").CloudTrailChecksBucket?.Condition.ArnLike["aws:SourceArn"]).toBe(
      `arn:aws-us-gov:cloudtrail:us-gov-west-1:${account}:trail/audit-dev`,
    );
  });

  test("of an organisation writes below the organisation's id", async () => {
    const graph = await bucket({ trail: { organization: true }, query: false });
    expect(inputs(graph, "audit-trail", "isOrganizationTrail")).toBe(true);
    const statement = statements(graph, "audit-policy").CloudTrailWritesRecords;
    expect(statement?.Resource).toBe(`arn:aws:s3:::${inputs(graph, "audit-policy", "bucket")}/AWSLogs/*`);
    expect(statement?.Condition).toMatchObject({ ArnLike: ownTrail.ArnLike });
  });

  test("records who accesses the records, without its own additions, and each access to other buckets", async () => {
    const graph = await bucket({ trail: {}, buckets: [lake], replica: { region: "eu-central-1" } });
    const objects = (...arns: string[]) => [
      { field: "eventCategory", equals: ["Data"] },
      { field: "resources.type", equals: ["AWS::S3::Object"] },
      { field: "resources.ARN", startsWiths: arns.map((name) => `arn:aws:s3:::${name}/`) },
    ];
    const [records, deliveries, replica] = ["audit-policy", "audit-deliveries-policy", "audit-replica-policy"].map(
      (name): string => inputs(graph, name, "bucket"),
    ) as [string, string, string];
    expect(inputs(graph, "audit-trail", "advancedEventSelectors")).toEqual([
      { name: "Calls to AWS", fieldSelectors: [{ field: "eventCategory", equals: ["Management"] }] },
      {
        name: "Accesses to the records",
        fieldSelectors: [...objects(records, deliveries, replica), { field: "eventName", notEquals: ["PutObject"] }],
      },
      { name: "Accesses to buckets", fieldSelectors: objects("lake-objects") },
    ]);
  });
});

describe.each(modes)("clusters, in %s", (mode) => {
  test("hand their audit logs, and nothing else of their logs, to the records", async () => {
    const graph = await bucket({ clusters: [cluster, { ...cluster, name: "serve" }] }, mode);
    expect(created(graph).filter((row) => row.startsWith("audit-cluster-"))).toEqual(
      [1, 2].flatMap((index) => [
        `audit-cluster-${index}-delivery FirehoseDeliveryStream`,
        `audit-cluster-${index}-delivery-rights RolePolicy`,
        `audit-cluster-${index}-delivery-role Role`,
        `audit-cluster-${index}-filter LogSubscriptionFilter`,
        `audit-cluster-${index}-filter-rights RolePolicy`,
        `audit-cluster-${index}-filter-role Role`,
      ]),
    );
    expect(inputs(graph, "audit-cluster-2-filter")).toMatchObject({
      logGroup: "/aws/eks/serve/cluster",
      filterPattern: '{ $.kind = "Event" && $.apiVersion = "audit.k8s.io/v1" }',
    });
    expect(inputs(graph, "audit-cluster-1-delivery")).toMatchObject({
      destination: "extended_s3",
      serverSideEncryption: { enabled: true, keyType: "CUSTOMER_MANAGED_CMK" },
      extendedS3Configuration: {
        compressionFormat: "GZIP",
        prefix: "clusters/train-dev/!{timestamp:yyyy/MM/dd}/",
        errorOutputPrefix: "clusters-failed/train-dev/!{firehose:error-output-type}/!{timestamp:yyyy/MM/dd}/",
      },
    });
    const processors = inputs(graph, "audit-cluster-1-delivery", "extendedS3Configuration.processingConfiguration");
    expect(processors.processors.map((row: { type: string }) => row.type)).toEqual([
      "Decompression",
      "CloudWatchLogProcessing",
      "AppendDelimiterToRecord",
    ]);
  });
});

test("each step of a cluster's way has the rights that it needs, once it has them", async () => {
  const graph = await bucket({ clusters: [cluster] });
  const records = inputs(graph, "audit-policy", "bucket");
  const rights = statements(graph, "audit-cluster-1-delivery-rights");
  expect(Object.keys(rights)).toEqual(["FindBucket", "WriteRecords", "EncryptRecords"]);
  expect(rights.WriteRecords).toMatchObject({
    Action: ["s3:AbortMultipartUpload", "s3:PutObject"],
    Resource: [`arn:aws:s3:::${records}/clusters/*`, `arn:aws:s3:::${records}/clusters-failed/*`],
  });
  expect(rights.EncryptRecords).toMatchObject({
    Action: ["kms:Decrypt", "kms:GenerateDataKey"],
    Resource: expect.stringMatching(/:key\//),
    Condition: { StringEquals: { "kms:ViaService": "s3.eu-west-1.amazonaws.com" } },
  });
  expect(statements(graph, "audit-cluster-1-filter-rights")).toEqual({
    HandOn: expect.objectContaining({
      Action: ["firehose:PutRecord", "firehose:PutRecordBatch"],
      Resource: expect.stringMatching(/:deliverystream\/audit-cluster-1-delivery-/),
    }),
  });
  const trust = (name: string) => statements(graph, name, "assumeRolePolicy").TrustService;
  expect(trust("audit-cluster-1-delivery-role")).toMatchObject({ Principal: { Service: "firehose.amazonaws.com" } });
  expect(trust("audit-cluster-1-filter-role")).toMatchObject({
    Principal: { Service: "logs.amazonaws.com" },
    Condition: { ArnLike: { "aws:SourceArn": `arn:aws:logs:eu-west-1:${account}:*` } },
  });
  expect(waitsFor(graph, "audit-cluster-1-delivery")).toContain("audit-cluster-1-delivery-rights");
  expect(waitsFor(graph, "audit-cluster-1-filter")).toContain("audit-cluster-1-filter-rights");
});

test("networks that exist are recorded as those are that name the bucket", async () => {
  const graph = await bucket({ networks: [network] });
  expect(inputs(graph, "audit-flow-log-1")).toMatchObject({
    vpcId: "vpc-0123456789abcdef0",
    trafficType: "ALL",
    logDestinationType: "s3",
    logDestination: `arn:aws:s3:::${inputs(graph, "audit-policy", "bucket")}`,
    destinationOptions: { fileFormat: "parquet", hiveCompatiblePartitions: false, perHourPartition: true },
  });
  expect(waitsFor(graph, "audit-flow-log-1")).toContain("audit-policy");
});

test("the bucket waits for none of its sources, so a cluster can both be one and write to it", async () => {
  const graph = await planned(() => {
    const { binding, network: created } = new GpuCluster("train");
    new AuditLogBucket("audit", { trail: {}, clusters: [binding], networks: created ? [created] : [] });
  }, "preview");
  expect(waitsFor(graph, "audit-policy").filter((name) => name.startsWith("train"))).toEqual([]);
  expect(waitsFor(graph, "audit-trail").filter((name) => name.startsWith("train"))).toEqual([]);
  expect(waitsFor(graph, "audit-cluster-1-filter")).toContain("train-cluster");
  expect(waitsFor(graph, "audit-flow-log-1")).toContain("train-network-vpc");
});

describe.each(modes)("deliveries, in %s", (mode) => {
  test("pass through a closed bucket that S3's own keys encrypt, and that keeps nothing", async () => {
    const graph = await bucket({}, mode);
    expect(inputs(graph, "audit-deliveries-bucket").objectLockEnabled).toBeUndefined();
    expect(inputs(graph, "audit-deliveries-bucket", "tags")["aistack:retention-days"]).toBeUndefined();
    expect(inputs(graph, "audit-deliveries-encryption", "rules")).toEqual([
      { applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } },
    ]);
    expect(inputs(graph, "audit-deliveries-private")).toMatchObject({
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    expect(inputs(graph, "audit-deliveries-versions", "versioningConfiguration")).toEqual({ status: "Enabled" });
    expect(inputs(graph, "audit-deliveries-lifecycle", "rules")).toEqual([
      expect.objectContaining({ expiration: { days: 14 }, noncurrentVersionExpiration: { noncurrentDays: 1 } }),
    ]);
  });

  test("access logs and a daily list of the records come from S3 itself", async () => {
    const graph = await bucket({}, mode);
    expect(inputs(graph, "audit-deliveries-access")).toMatchObject({
      targetPrefix: "deliveries/s3-access/",
      targetObjectKeyFormat: { partitionedPrefix: { partitionDateSource: "EventTime" } },
    });
    expect(inputs(graph, "audit-deliveries-inventory")).toMatchObject({
      includedObjectVersions: "All",
      schedule: { frequency: "Daily" },
      optionalFields: expect.arrayContaining([
        "ChecksumAlgorithm",
        "ObjectLockLegalHoldStatus",
        "ObjectLockMode",
        "ObjectLockRetainUntilDate",
      ]),
      destination: { bucket: { format: "Parquet", prefix: "deliveries/inventory", encryption: { sseS3: {} } } },
    });
  });
});

describe("deliveries", () => {
  test("are copied into the records, encrypted with their key", async () => {
    const graph = await bucket();
    const records = inputs(graph, "audit-policy", "bucket");
    expect(inputs(graph, "audit-deliveries-copy", "rules")).toEqual([
      {
        id: "copy-1",
        priority: 1,
        status: "Enabled",
        filter: { prefix: "deliveries/" },
        deleteMarkerReplication: { status: "Disabled" },
        sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: "Enabled" } },
        destination: {
          bucket: `arn:aws:s3:::${records}`,
          encryptionConfiguration: { replicaKmsKeyId: expect.stringMatching(/:key\//) },
        },
      },
    ]);
    const rights = statements(graph, "audit-deliveries-copy-rights");
    expect(Object.keys(rights)).toEqual(["ReadConfiguration", "ReadVersions", "WriteCopies", "EncryptCopies1"]);
    expect(rights.WriteCopies).toMatchObject({
      Action: ["s3:ReplicateObject", "s3:ReplicateTags"],
      Resource: [`arn:aws:s3:::${records}/*`],
    });
    expect(waitsFor(graph, "audit-deliveries-copy")).toEqual(
      expect.arrayContaining(["audit-deliveries-versions", "audit-policy", "audit-deliveries-copy-rights"]),
    );
  });

  test("are taken from S3 on behalf of the records, and from load balancers only where asked for", async () => {
    const graph = await bucket();
    const deliveries = inputs(graph, "audit-deliveries-policy", "bucket");
    const own = {
      StringEquals: { "aws:SourceAccount": account },
      ArnLike: { "aws:SourceArn": `arn:aws:s3:::${inputs(graph, "audit-policy", "bucket")}` },
    };
    const policy = statements(graph, "audit-deliveries-policy");
    expect(Object.keys(policy)).toEqual(["DenyWithoutTls", "DenyOldTls", "S3WritesAccessLogs", "S3WritesInventory"]);
    expect(policy.S3WritesAccessLogs).toMatchObject({
      Principal: { Service: "logging.s3.amazonaws.com" },
      Resource: `arn:aws:s3:::${deliveries}/deliveries/s3-access/*`,
      Condition: own,
    });
    expect(policy.S3WritesInventory).toMatchObject({
      Principal: { Service: "s3.amazonaws.com" },
      Resource: `arn:aws:s3:::${deliveries}/deliveries/inventory/*`,
      Condition: own,
    });
    expect(graph.outputs.loadBalancerLogs).toBeUndefined();
  });

  test("of load balancers are those of the account and region", async () => {
    const graph = await bucket({ loadBalancers: true });
    const deliveries = inputs(graph, "audit-deliveries-policy", "bucket");
    const policy = statements(graph, "audit-deliveries-policy");
    const path = `arn:aws:s3:::${deliveries}/deliveries/load-balancers/AWSLogs/${account}/*`;
    expect(policy.LoadBalancersWriteAccessLogs).toMatchObject({
      Principal: { Service: "logdelivery.elasticloadbalancing.amazonaws.com" },
      Resource: path,
      Condition: {
        ArnLike: { "aws:SourceArn": `arn:aws:elasticloadbalancing:eu-west-1:${account}:loadbalancer/*` },
      },
    });
    expect(policy.LogDeliveryWritesRecords).toMatchObject({
      Principal: { Service: "delivery.logs.amazonaws.com" },
      Resource: path,
    });
    expect(graph.outputs.loadBalancerLogs).toBe(deliveries);
  });
});

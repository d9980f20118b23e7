import { SecurityGroup } from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import {
  bindingField,
  type ClusterBinding,
  Contradiction,
  Lock,
  type ObjectStoreBinding,
  Platform,
  Regulation,
} from "aistack-core";
import { allStatements, created, custom, inputs, modes, planned, refusal, statements, waitsFor } from "../testing";
import type { AuditLogBucketArgs } from "./args";
import { AuditLogBucket } from "./audit-log-bucket";
import { bucket, cluster, lake, network } from "./audit-log-bucket.test.fixture";

describe.each(modes)("in %s", (mode) => {
  test("creates these children and no others, all of which outlive the stack", async () => {
    const graph = await bucket(undefined, mode);
    expect(created(graph)).toEqual([
      "audit-deliveries-access BucketLogging",
      "audit-deliveries-bucket Bucket",
      "audit-deliveries-copy BucketReplicationConfig",
      "audit-deliveries-copy-rights RolePolicy",
      "audit-deliveries-copy-role Role",
      "audit-deliveries-encryption BucketServerSideEncryptionConfiguration",
      "audit-deliveries-inventory Inventory",
      "audit-deliveries-lifecycle BucketLifecycleConfiguration",
      "audit-deliveries-owner BucketOwnershipControls",
      "audit-deliveries-policy BucketPolicy",
      "audit-deliveries-private BucketPublicAccessBlock",
      "audit-deliveries-versions BucketVersioning",
      "audit-encryption BucketServerSideEncryptionConfiguration",
      "audit-key Key",
      "audit-lifecycle BucketLifecycleConfiguration",
      "audit-lock BucketObjectLockConfiguration",
      "audit-owner BucketOwnershipControls",
      "audit-policy BucketPolicy",
      "audit-private BucketPublicAccessBlock",
      "audit-records Bucket",
      "audit-versions BucketVersioning",
    ]);
    expect(custom(graph).filter((row) => row.options.retainOnDelete !== true)).toEqual([]);
    expect(graph.diagnostics).toEqual([]);
  });

  test("is locked for a year, versioned, closed, and encrypted with a key of its own", async () => {
    const graph = await bucket({}, mode);
    expect(inputs(graph, "audit-records")).toEqual({
      objectLockEnabled: true,
      tags: {
        "aistack:component": "AuditLogBucket",
        "aistack:environment": "dev",
        "aistack:data-class": "restricted",
        "aistack:retention-days": "365",
      },
    });
    expect(inputs(graph, "audit-lock", "rule")).toEqual({ defaultRetention: { mode: "GOVERNANCE", days: 365 } });
    expect(inputs(graph, "audit-versions", "versioningConfiguration")).toEqual({ status: "Enabled" });
    expect(inputs(graph, "audit-private")).toMatchObject({
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    expect(inputs(graph, "audit-owner", "rule")).toEqual({ objectOwnership: "BucketOwnerEnforced" });
    expect(inputs(graph, "audit-encryption", "rules")).toEqual([
      {
        applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: expect.anything() },
        bucketKeyEnabled: true,
      },
    ]);
    expect(inputs(graph, "audit-key")).toMatchObject({ enableKeyRotation: true, deletionWindowInDays: 30 });
  });

  test("records get colder, then expire; unfinished uploads go", async () => {
    expect(inputs(await bucket({}, mode), "audit-lifecycle", "rules")).toEqual([
      {
        id: "keep-then-expire",
        status: "Enabled",
        filter: { prefix: "" },
        transitions: [{ days: 90, storageClass: "GLACIER_IR" }],
        expiration: { days: 365 },
        noncurrentVersionExpiration: { noncurrentDays: 1 },
      },
      {
        id: "clean-up",
        status: "Enabled",
        filter: { prefix: "" },
        expiration: { expiredObjectDeleteMarker: true },
        abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
      },
    ]);
    const short = await bucket({ retentionDays: 60 }, mode);
    expect(inputs(short, "audit-lifecycle", "rules")[0]).toMatchObject({ transitions: [], expiration: { days: 60 } });
  });

  test("is kept as long as the strictest regulation asks for", async () => {
    const graph = await bucket({ compliance: [Regulation.EuAiAct, Regulation.Hipaa, Regulation.Gdpr] }, mode);
    expect(inputs(graph, "audit-lock", "rule.defaultRetention.days")).toBe(2192);
    expect(inputs(graph, "audit-records", "tags")["aistack:retention-days"]).toBe("2192");
    const longer = await bucket({ compliance: [Regulation.EuAiAct], retentionDays: 400 }, mode);
    expect(inputs(longer, "audit-lock", "rule.defaultRetention.days")).toBe(400);
  });

  test("contradictions are told until they are decided", async () => {
    const compliance = [Regulation.EuAiAct, Regulation.Gdpr];
    const open = await bucket({ compliance }, mode);
    expect(open.diagnostics).toEqual([
      expect.objectContaining({ severity: "warning", message: expect.stringContaining("retention-against-erasure") }),
    ]);
    const resolutions = Object.fromEntries(
      Object.values(Contradiction).map((id) => [id, "Decided by the data protection officer: see record 12."]),
    );
    expect((await bucket({ compliance, resolutions }, mode)).diagnostics).toEqual([]);
  });

  test("compliance mode says that nobody can undo it", async () => {
    const graph = await bucket({ lock: Lock.Compliance }, mode);
    expect(inputs(graph, "audit-lock", "rule.defaultRetention.mode")).toBe("COMPLIANCE");
    expect(graph.diagnostics).toEqual([
      expect.objectContaining({
        severity: "warning",
        message: expect.stringMatching(/nobody.*destroying the bucket fails/),
      }),
    ]);
  });

  test("an adopted bucket is passed on and nothing is created", async () => {
    const existing: ObjectStoreBinding = {
      kind: "object-store",
      name: "shared",
      platform: Platform.Aws,
      bucket: "shared-records",
      url: "s3://shared-records",
      access: { read: [], write: [] },
    };
    const graph = await bucket({ existing }, mode);
    expect(created(graph)).toEqual([]);
    expect(graph.outputs.binding).toEqual(existing);
  });
});

describe("policies", () => {
  test("of the bucket: TLS only, own key only, records of the own account only", async () => {
    const graph = await bucket();
    const name = inputs(graph, "audit-policy", "bucket");
    const policy = statements(graph, "audit-policy");
    const all = [`arn:aws:s3:::${name}`, `arn:aws:s3:::${name}/*`];
    expect(policy.DenyWithoutTls).toMatchObject({
      Effect: "Deny",
      Principal: "*",
      Resource: all,
      Condition: { Bool: { "aws:SecureTransport": "false" } },
    });
    expect(policy.DenyOldTls).toMatchObject({
      Resource: all,
      Condition: { NumericLessThan: { "s3:TlsVersion": "1.2" } },
    });
    expect(policy.DenyOtherEncryption?.Condition).toEqual({
      Null: { "s3:x-amz-server-side-encryption": "false" },
      StringNotEquals: { "s3:x-amz-server-side-encryption": "aws:kms" },
    });
    const header = "s3:x-amz-server-side-encryption-aws-kms-key-id";
    expect(policy.DenyOtherKeys?.Condition.StringNotEquals[header]).toMatch(
      /^arn:aws:kms:eu-west-1:123456789012:key\//,
    );
    const own = {
      StringEquals: { "aws:SourceAccount": "123456789012" },
      ArnLike: { "aws:SourceArn": "arn:aws:logs:*:123456789012:*" },
    };
    expect(policy.LogDeliveryWritesRecords).toMatchObject({
      Principal: { Service: "delivery.logs.amazonaws.com" },
      Action: "s3:PutObject",
      Resource: `arn:aws:s3:::${name}/AWSLogs/123456789012/*`,
      Condition: { ...own, StringEquals: { ...own.StringEquals, "s3:x-amz-acl": "bucket-owner-full-control" } },
    });
    expect(policy.LogDeliveryChecksBucket?.Condition).toEqual(own);
    expect(statements(graph, "audit-key").LogDeliveryEncryptsRecords).toMatchObject({
      Principal: { Service: "delivery.logs.amazonaws.com" },
      Condition: own,
    });
  });

  test("allow no wildcard action, and nobody at large", async () => {
    const everything: AuditLogBucketArgs = {
      trail: {},
      alerts: { emails: ["security@example.com"] },
      replica: { region: "eu-central-1" },
      loadBalancers: true,
      clusters: [cluster],
    };
    const allowed = allStatements(await bucket(everything)).filter(({ statement }) => statement.Effect === "Allow");
    const wide = allowed.filter(({ statement }) => [statement.Action].flat().some((action) => action.includes("*")));
    expect(wide.map(({ owner, statement }) => `${owner} ${statement.Sid}`).sort()).toEqual([
      "audit-alerts-key AccountAdministersKey",
      "audit-key AccountAdministersKey",
      "audit-replica-key AccountAdministersKey",
    ]);
    const principals = allowed.flatMap(({ statement }) => statement.Principal ?? []);
    expect(principals.filter((principal) => JSON.stringify(principal).includes('"*"'))).toEqual([]);
  });

  test("grants on the bucket include its key, and writers can neither read nor delete", async () => {
    const graph = await bucket();
    const { access, ...binding } = graph.outputs.binding as unknown as ObjectStoreBinding;
    expect(binding).toMatchObject({
      kind: "object-store",
      name: "audit",
      platform: "aws",
      url: `s3://${binding.bucket}`,
      region: "eu-west-1",
      environment: { AUDIT_BUCKET: binding.bucket, AUDIT_URL: `s3://${binding.bucket}`, AUDIT_REGION: "eu-west-1" },
      egress: expect.arrayContaining([{ port: 443 }]),
    });
    expect(access.read.flatMap((rule) => rule.actions)).toEqual([
      "s3:ListBucket",
      "s3:GetObject",
      "s3:GetObjectVersion",
      "kms:Decrypt",
    ]);
    expect(access.write.flatMap((rule) => rule.actions)).toEqual([
      "s3:AbortMultipartUpload",
      "s3:PutObject",
      "kms:Decrypt",
      "kms:GenerateDataKey",
    ]);
  });
});

test("whoever takes the binding waits until the bucket is closed", async () => {
  const graph = await planned(() => {
    const { binding } = new AuditLogBucket("audit");
    new SecurityGroup("consumer", { description: bindingField(binding, "bucket") });
  });
  expect(waitsFor(graph, "consumer")).toContain("audit-policy");
  expect(waitsFor(graph, "audit-policy")).toEqual(
    expect.arrayContaining(["audit-private", "audit-encryption", "audit-lock", "audit-lifecycle", "audit-owner"]),
  );
});

test("a key that is given is used, and retention that is still to come is checked when it is there", async () => {
  const kmsKeyArn = "arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000000";
  const graph = await bucket({ kmsKeyArn, retentionDays: pulumi.output(700) });
  expect(custom(graph).some((row) => row.type.endsWith(":Key"))).toBe(false);
  expect(JSON.stringify(inputs(graph, "audit-encryption"))).toContain(kmsKeyArn);
  expect(inputs(graph, "audit-lifecycle", "rules")[0].expiration).toEqual({ days: 700 });
  await expect(bucket({ retentionDays: pulumi.output(0) })).rejects.toThrow(
    /retentionDays is 0, but must be a whole number/,
  );
});

test("is destroyed with its stack when that is asked for", async () => {
  const graph = await bucket({}, "simulate", { retainOnDelete: false });
  expect(custom(graph).filter((row) => row.options.retainOnDelete)).toEqual([]);
});

const refused: [string, AuditLogBucketArgs, RegExp][] = [
  ["no retention", { retentionDays: 0 }, /retentionDays is 0, but must be a whole number from 1 to 36500/],
  ["a retention beyond a hundred years", { retentionDays: 40000 }, /from 1 to 36500/],
  [
    "less than a regulation asks for",
    { retentionDays: 365, compliance: [Regulation.Hipaa] },
    /retentionDays is 365, but hipaa asks for 2192 at least \(45 CFR 164.316\(b\)\(2\)\(i\)\)/,
  ],
  [
    "a regulation that is not known",
    { compliance: ["sox" as Regulation] },
    /compliance\[0\] is "sox", but must be one of gdpr, ccpa, hipaa, eu-ai-act, pci-dss, soc-2/,
  ],
  ["an unknown lock", { lock: "hard" as Lock }, /lock is "hard", but must be one of governance, compliance/],
  ["archiving before the record is there", { archiveAfterDays: 0 }, /archiveAfterDays is 0, but must be/],
  ["a key that is none", { kmsKeyArn: "mine" }, /kmsKeyArn is "mine", but must be the ARN of a KMS key/],
  [
    "a decision that says nothing",
    { resolutions: { [Contradiction.RetentionAgainstErasure]: "yes" } },
    /resolutions is .*the text of "retention-against-erasure" must say in 20 characters or more/,
  ],
  [
    "a decision of nothing that is known",
    { resolutions: { sox: "It was decided not to decide this." } },
    /"sox" is no contradiction; name one of retention-against-erasure/,
  ],
  [
    "a copy in a store that exists",
    { replica: { region: "eu-central-1", store: lake } },
    /replica.store does not apply on AWS.*name its `region`/,
  ],
  ["a copy that is nowhere", { replica: {} }, /replica.region is missing; name the region/],
  ["a copy in no region", { replica: { region: "Frankfurt" } }, /replica.region is "Frankfurt", but must be the name/],
  [
    "a copy beside the records",
    { replica: { region: "eu-west-1" } },
    /replica.region is eu-west-1, where the records themselves are; name another region/,
  ],
  [
    "a key of the copy that is none",
    { replica: { region: "eu-central-1", kmsKey: "alias/mine" } },
    /replica.kmsKey is "alias\/mine", but must be the ARN of a KMS key/,
  ],
  [
    "alerts without what they come from",
    { alerts: { emails: ["security@example.com"] } },
    /alerts needs `trail`: what is done to the records is known to EventBridge through CloudTrail alone/,
  ],
  ["alerts to nobody", { trail: {}, alerts: {} }, /alerts names nobody who would be told; add `emails` or `targets`/],
  [
    "an address that is none",
    { trail: {}, alerts: { emails: ["security"] } },
    /alerts.emails\[0\] is "security", but must be an e-mail address/,
  ],
  [
    "a target that is no topic",
    { trail: {}, alerts: { targets: ["arn:aws:sqs:eu-west-1:111122223333:jobs"] } },
    /alerts.targets\[0\] is .* but must be the ARN of an SNS topic/,
  ],
  [
    "a target of another region",
    { trail: {}, alerts: { targets: ["arn:aws:sns:us-east-1:111122223333:pager"] } },
    /alerts.targets\[0\] is in us-east-1, but the records are in eu-west-1; name a topic in eu-west-1/,
  ],
  ["accesses without a trail", { buckets: [lake] }, /buckets needs `trail`: CloudTrail is what records each access/],
  [
    "accesses to another platform's bucket",
    { trail: {}, buckets: [{ ...lake, platform: Platform.Gcp }] },
    /buckets\[0\].platform is "gcp", but must be one of aws/,
  ],
  [
    "a bucket without a name",
    { trail: {}, buckets: [{ ...lake, bucket: "*" }] },
    /buckets\[0\].bucket is "\*", but must be the name of a bucket/,
  ],
  [
    "a cluster that is not EKS",
    { clusters: [{ ...cluster, platform: Platform.Edge }] },
    /clusters\[0\].platform is "edge", but must be one of aws/,
  ],
  [
    "a cluster of another region",
    { clusters: [{ ...cluster, region: "eu-north-1" }] },
    /clusters\[0\].region is eu-north-1, but the records are in eu-west-1; make an AuditLogBucket in eu-north-1/,
  ],
  [
    "a cluster whose name is none",
    { clusters: [{ ...cluster, name: "a b" } as ClusterBinding] },
    /clusters\[0\].name is "a b", but must be the name of an EKS cluster/,
  ],
  [
    "a network that is none",
    { networks: [{ ...network, networkId: "main" }] },
    /networks\[0\].networkId is "main", but must be the id of a VPC/,
  ],
  [
    "more networks than names have room for",
    { networks: Array.from({ length: 51 }, () => network) },
    /networks has 51 items, but may have 50/,
  ],
  [
    "arguments beside an adopted bucket",
    { existing: pulumi.output({} as ObjectStoreBinding), retentionDays: 5 },
    /retentionDays has no effect together with `existing`/,
  ],
];
test.each(refused)("refuses %s", async (_, args, message) => {
  expect(await refusal(() => new AuditLogBucket("audit", args))).toMatch(message);
});

import { SecurityGroup } from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import { bindingField, Lock, type ObjectStoreBinding, Platform, Regulation } from "aistack-core";
import type { Graph, Mode } from "aistack-engine";
import { allStatements, created, custom, inputs, modes, planned, refusal, statements, waitsFor } from "../testing";
import type { AuditLogBucketArgs } from "./args";
import { AuditLogBucket } from "./audit-log-bucket";

const bucket = (args?: AuditLogBucketArgs, mode?: Mode, opts?: pulumi.ComponentResourceOptions): Promise<Graph> =>
  planned(() => ({ binding: new AuditLogBucket("audit", args, opts).binding }), mode);

describe.each(modes)("in %s", (mode) => {
  test("creates these children and no others, all of which outlive the stack", async () => {
    const graph = await bucket(undefined, mode);
    expect(created(graph)).toEqual([
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
      tags: { "aistack:component": "AuditLogBucket", "aistack:environment": "dev", "aistack:data-class": "restricted" },
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
    const longer = await bucket({ compliance: [Regulation.EuAiAct], retentionDays: 400 }, mode);
    expect(inputs(longer, "audit-lock", "rule.defaultRetention.days")).toBe(400);
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
    const allowed = allStatements(await bucket()).filter(({ statement }) => statement.Effect === "Allow");
    const wide = allowed.filter(({ statement }) => [statement.Action].flat().some((action) => action.includes("*")));
    expect(wide.map(({ owner, statement }) => `${owner} ${statement.Sid}`)).toEqual([
      "audit-key AccountAdministersKey",
    ]);
    expect(allowed.filter(({ statement }) => JSON.stringify(statement.Principal).includes('"*"'))).toEqual([]);
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
    "arguments beside an adopted bucket",
    { existing: pulumi.output({} as ObjectStoreBinding), retentionDays: 5 },
    /retentionDays has no effect together with `existing`/,
  ],
];
test.each(refused)("refuses %s", async (_, args, message) => {
  expect(await refusal(() => new AuditLogBucket("audit", args))).toMatch(message);
});

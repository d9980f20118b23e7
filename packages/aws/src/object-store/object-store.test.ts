import * as pulumi from "@pulumi/pulumi";
import { DataClass, type ObjectStoreBinding, Platform } from "aistack-core";
import type { Graph, Mode } from "aistack-engine";
import { allStatements, created, custom, inputs, modes, planned, refusal, statements, waitsFor } from "../testing";
import type { ObjectStoreArgs } from "./args";
import { ObjectStore } from "./object-store";

const store = (args?: ObjectStoreArgs, mode?: Mode, opts?: pulumi.ComponentResourceOptions): Promise<Graph> =>
  planned(() => ({ binding: new ObjectStore("models", args, opts).binding }), mode);

describe.each(modes)("in %s", (mode) => {
  test("creates these children and no others, all of which outlive the stack", async () => {
    const graph = await store(undefined, mode);
    expect(created(graph)).toEqual([
      "models-encryption BucketServerSideEncryptionConfiguration",
      "models-key Key",
      "models-lifecycle BucketLifecycleConfiguration",
      "models-objects Bucket",
      "models-owner BucketOwnershipControls",
      "models-policy BucketPolicy",
      "models-private BucketPublicAccessBlock",
      "models-versions BucketVersioning",
    ]);
    expect(custom(graph).filter((row) => row.options.retainOnDelete !== true)).toEqual([]);
    expect(graph.diagnostics).toEqual([]);
  });

  test("is versioned, closed, and encrypted with a key of its own; nothing is locked", async () => {
    const graph = await store({}, mode);
    expect(inputs(graph, "models-objects")).toEqual({
      tags: { "aistack:component": "ObjectStore", "aistack:environment": "dev", "aistack:data-class": "confidential" },
    });
    expect(inputs(graph, "models-versions", "versioningConfiguration")).toEqual({ status: "Enabled" });
    expect(inputs(graph, "models-private")).toMatchObject({
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    expect(inputs(graph, "models-owner", "rule")).toEqual({ objectOwnership: "BucketOwnerEnforced" });
    expect(inputs(graph, "models-encryption", "rules")).toEqual([
      {
        applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms", kmsMasterKeyId: expect.anything() },
        bucketKeyEnabled: true,
      },
    ]);
    expect(inputs(graph, "models-key")).toMatchObject({ enableKeyRotation: true, deletionWindowInDays: 30 });
  });

  test("objects stay; older versions go after a while, and unfinished uploads", async () => {
    const rules = (days: number) => [
      {
        id: "clean-up",
        status: "Enabled",
        filter: { prefix: "" },
        noncurrentVersionExpiration: { noncurrentDays: days },
        expiration: { expiredObjectDeleteMarker: true },
        abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
      },
    ];
    expect(inputs(await store({}, mode), "models-lifecycle", "rules")).toEqual(rules(30));
    expect(inputs(await store({ oldVersionDays: 365 }, mode), "models-lifecycle", "rules")).toEqual(rules(365));
  });

  test("takes a key, a class and tags", async () => {
    const kmsKeyArn = "arn:aws:kms:eu-west-1:123456789012:key/1234";
    const graph = await store({ kmsKeyArn, dataClass: DataClass.Internal, tags: { team: "vision" } }, mode);
    expect(created(graph)).not.toContain("models-key Key");
    expect(inputs(graph, "models-encryption", "rules.0.applyServerSideEncryptionByDefault.kmsMasterKeyId")).toBe(
      kmsKeyArn,
    );
    expect(inputs(graph, "models-objects", "tags")).toMatchObject({ "aistack:data-class": "internal", team: "vision" });
  });

  test("tells EventBridge of new objects where that is asked for", async () => {
    expect(created(await store({}, mode))).not.toContain("models-events BucketNotification");
    const graph = await store({ events: true }, mode);
    expect(inputs(graph, "models-events")).toEqual({ bucket: expect.anything(), eventbridge: true });
  });

  test("an adopted bucket is passed on and nothing is created", async () => {
    const existing: ObjectStoreBinding = {
      kind: "object-store",
      name: "shared",
      platform: Platform.Aws,
      bucket: "shared-models",
      url: "s3://shared-models",
      access: { read: [], write: [] },
    };
    const graph = await store({ existing }, mode);
    expect(created(graph)).toEqual([]);
    expect(graph.outputs.binding).toEqual(existing);
  });
});

test("the bucket's policy only denies: other encryption, other keys, no TLS, old TLS", async () => {
  const graph = await store();
  const policy = statements(graph, "models-policy");
  expect(Object.keys(policy)).toEqual(["DenyWithoutTls", "DenyOldTls", "DenyOtherEncryption", "DenyOtherKeys"]);
  expect(Object.values(policy).map((statement) => statement.Effect)).toEqual(["Deny", "Deny", "Deny", "Deny"]);
  const allowed = allStatements(graph).filter(({ statement }) => statement.Effect === "Allow");
  expect(allowed.map(({ owner, statement }) => `${owner} ${statement.Sid}`)).toEqual([
    "models-key AccountAdministersKey",
  ]);
  expect(waitsFor(graph, "models-policy")).toEqual(
    expect.arrayContaining(["models-private", "models-owner", "models-encryption", "models-versions"]),
  );
});

test("readers list and read, writers add; both may use the key, nobody deletes", async () => {
  const { access, ...binding } = (await store()).outputs.binding as unknown as ObjectStoreBinding;
  expect(binding).toMatchObject({
    kind: "object-store",
    name: "models",
    url: `s3://${binding.bucket}`,
    region: "eu-west-1",
    environment: { MODELS_BUCKET: binding.bucket, MODELS_URL: `s3://${binding.bucket}`, MODELS_REGION: "eu-west-1" },
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

test("can be made to go with its stack", async () => {
  const graph = await store({}, "simulate", { retainOnDelete: false });
  expect(custom(graph).filter((row) => row.options.retainOnDelete === true)).toEqual([]);
});

const refused: [string, ObjectStoreArgs, RegExp][] = [
  [
    "versions kept for no day",
    { oldVersionDays: 0 },
    /oldVersionDays is 0, but must be a whole number from 1 to 36500/,
  ],
  ["an unknown class", { dataClass: "secret" as DataClass }, /dataClass is "secret", but must be one of public/],
  ["a key that is none", { kmsKeyArn: "mine" }, /kmsKeyArn is "mine", but must be the ARN of a KMS key/],
  ["a key that turns out to be none", { kmsKeyArn: pulumi.output("mine") }, /kmsKeyArn is "mine"/],
  [
    "arguments beside an adopted bucket",
    { existing: pulumi.output({} as ObjectStoreBinding), oldVersionDays: 5 },
    /oldVersionDays has no effect together with `existing`/,
  ],
];
test.each(refused)("refuses %s", async (_, args, message) => {
  expect(await refusal(() => new ObjectStore("models", args))).toMatch(message);
});

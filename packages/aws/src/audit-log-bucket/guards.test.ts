import { Platform } from "aistack-core";
import { children } from "aistack-engine";
import { created, custom, inputs, modes, statements, waitsFor } from "../testing";
import { bucket } from "./audit-log-bucket.test.fixture";

const account = "123456789012";

describe.each(modes)("a replica, in %s", (mode) => {
  test("is locked, versioned, closed and encrypted as the records are, in its own region", async () => {
    const graph = await bucket({ replica: { region: "eu-central-1" }, retentionDays: 400 }, mode);
    const of = (part: string) => ({
      records: inputs(graph, `audit-${part}`),
      copy: inputs(graph, `audit-replica-${part}`),
    });
    for (const part of ["lock", "versions", "private", "owner", "lifecycle", "records"]) {
      const { records, copy } = of(part);
      const { bucket: own, ...same } = records;
      expect([part, copy]).toEqual([
        part,
        { ...same, region: "eu-central-1", ...(own && { bucket: expect.anything() }) },
      ]);
    }
    expect(inputs(graph, "audit-replica-encryption", "rules")[0]).toMatchObject({
      applyServerSideEncryptionByDefault: { sseAlgorithm: "aws:kms" },
      bucketKeyEnabled: true,
    });
    expect(inputs(graph, "audit-replica-key")).toMatchObject({ enableKeyRotation: true, region: "eu-central-1" });
  });

  test("every child of it that has a place is in its region, and all outlive the stack", async () => {
    const graph = await bucket({ replica: { region: "eu-central-1" } }, mode);
    const own = children(graph, "audit-replica");
    const here = own.filter((row) => row.inputs.region !== "eu-central-1").map((row) => row.name);
    // What copies is a setting of the bucket that is copied from; roles have no region.
    expect(here.sort()).toEqual(["audit-replica-copy", "audit-replica-copy-rights", "audit-replica-copy-role"]);
    expect(own.filter((row) => row.options.retainOnDelete !== true)).toEqual([]);
  });
});

describe("a replica", () => {
  test("gets each record with its retention, but no deletion", async () => {
    const graph = await bucket({ replica: { region: "eu-central-1" } });
    const [records, replica] = ["audit-policy", "audit-replica-policy"].map((name) => inputs(graph, name, "bucket"));
    expect(inputs(graph, "audit-replica-copy")).toMatchObject({
      bucket: records,
      rules: [
        {
          filter: { prefix: "" },
          status: "Enabled",
          deleteMarkerReplication: { status: "Disabled" },
          sourceSelectionCriteria: { sseKmsEncryptedObjects: { status: "Enabled" } },
          destination: {
            bucket: `arn:aws:s3:::${replica}`,
            encryptionConfiguration: { replicaKmsKeyId: expect.stringMatching(/^arn:aws:kms:eu-central-1:/) },
          },
        },
      ],
    });
    const rights = statements(graph, "audit-replica-copy-rights");
    expect(rights.ReadVersions).toMatchObject({
      Action: expect.arrayContaining(["s3:GetObjectLegalHold", "s3:GetObjectRetention"]),
      Resource: `arn:aws:s3:::${records}/*`,
    });
    expect(rights.EncryptCopies1).toMatchObject({
      Action: ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
      Condition: { StringEquals: { "kms:ViaService": "s3.eu-central-1.amazonaws.com" } },
    });
    expect(rights.DecryptVersions).toMatchObject({
      Action: ["kms:Decrypt"],
      Condition: { StringEquals: { "kms:ViaService": "s3.eu-west-1.amazonaws.com" } },
    });
    const actions = Object.values(rights).flatMap((statement) => statement.Action);
    expect(actions).not.toContain("s3:ReplicateDelete");
    expect(waitsFor(graph, "audit-replica-copy")).toEqual(
      expect.arrayContaining(["audit-policy", "audit-replica-policy", "audit-replica-copy-rights"]),
    );
  });

  test("gets what is delivered too, since S3 copies no copies", async () => {
    const graph = await bucket({ replica: { region: "eu-central-1" } });
    const replica = inputs(graph, "audit-replica-policy", "bucket");
    const targets = inputs(graph, "audit-deliveries-copy", "rules").map(
      (rule: { priority: number; destination: { bucket: string } }) => [rule.priority, rule.destination.bucket],
    );
    expect(targets[1]).toEqual([2, `arn:aws:s3:::${replica}`]);
    expect(statements(graph, "audit-deliveries-copy-rights").WriteCopies?.Resource).toHaveLength(2);
  });

  test("lets nobody in but over TLS, and no service", async () => {
    const policy = statements(await bucket({ replica: { region: "eu-central-1" } }), "audit-replica-policy");
    expect(Object.keys(policy)).toEqual(["DenyWithoutTls", "DenyOldTls", "DenyOtherEncryption", "DenyOtherKeys"]);
  });

  test("takes a key that is given, and has a binding of its own", async () => {
    const kmsKey = `arn:aws:kms:eu-central-1:${account}:key/0a1b2c3d-0000-4000-8000-000000000000`;
    const graph = await bucket({ replica: { region: "eu-central-1", kmsKey } });
    expect(created(graph)).not.toContain("audit-replica-key Key");
    expect(JSON.stringify(inputs(graph, "audit-replica-encryption"))).toContain(kmsKey);
    expect(graph.outputs.replica).toMatchObject({
      name: "audit-replica",
      region: "eu-central-1",
      bucket: inputs(graph, "audit-replica-policy", "bucket"),
    });
    expect((await bucket()).outputs.replica).toBeUndefined();
  });
});

describe("a legal hold", () => {
  const replica = { region: "eu-central-1" };

  test.each(["audit", "audit-replica"])("has %s expire nothing", async (name) => {
    const graph = await bucket({ legalHold: true, replica, retentionDays: 60 });
    expect(inputs(graph, `${name}-lifecycle`, "rules")).toEqual([
      {
        id: "keep",
        status: "Enabled",
        filter: { prefix: "" },
        transitions: [{ days: 90, storageClass: "GLACIER_IR" }],
      },
      expect.objectContaining({ id: "clean-up", expiration: { expiredObjectDeleteMarker: true } }),
    ]);
  });

  test.each(["audit", "audit-replica"])("has %s refuse whatever ends or gets around it", async (name) => {
    const graph = await bucket({ legalHold: true, replica });
    const policy = statements(graph, `${name}-policy`);
    const arn = `arn:aws:s3:::${inputs(graph, `${name}-policy`, "bucket")}`;
    expect(policy.HoldKeepsVersions).toMatchObject({
      Effect: "Deny",
      Principal: "*",
      Action: ["s3:BypassGovernanceRetention", "s3:DeleteObjectVersion"],
      Resource: `${arn}/*`,
    });
    expect(policy.HoldKeepsHolds).toMatchObject({
      Effect: "Deny",
      Action: "s3:PutObjectLegalHold",
      Condition: { StringEquals: { "s3:object-lock-legal-hold": "OFF" } },
    });
    expect(policy.HoldKeepsSettings).toMatchObject({
      Effect: "Deny",
      Action: expect.arrayContaining(["s3:PutLifecycleConfiguration", "s3:PutBucketObjectLockConfiguration"]),
      Resource: arn,
      Condition: { StringNotEquals: { "aws:PrincipalTag/aistack:legal-hold": "release" } },
    });
    // The lifecycle is changed before the policy forbids it.
    expect(waitsFor(graph, `${name}-policy`)).toContain(`${name}-lifecycle`);
  });

  test("is off unless asked for; single records are held by whoever is granted that", async () => {
    const graph = await bucket();
    expect(Object.keys(statements(graph, "audit-policy")).filter((sid) => sid.startsWith("Hold"))).toEqual([]);
    expect(graph.outputs.holdAccess).toEqual([
      {
        platform: Platform.Aws,
        actions: ["s3:GetObjectLegalHold", "s3:PutObjectLegalHold"],
        resources: [`arn:aws:s3:::${inputs(graph, "audit-policy", "bucket")}/*`],
      },
    ]);
  });
});

describe("alerts", () => {
  const emails = ["security@example.com", "privacy@example.com"];
  const targets = [`arn:aws:sns:eu-west-1:111122223333:pager`];
  const rules = ["denied-deletions", "deletions", "protection", "keys", "trail"];

  test.each(modes)("go by e-mail and to topics that exist, in %s", async (mode) => {
    const graph = await bucket({ trail: {}, alerts: { emails, targets }, query: false }, mode);
    expect(created(graph).filter((row) => row.startsWith("audit-alerts"))).toEqual(
      [
        "audit-alerts-key Key",
        "audit-alerts-topic Topic",
        "audit-alerts-topic-policy TopicPolicy",
        "audit-alerts-email-1 TopicSubscription",
        "audit-alerts-email-2 TopicSubscription",
        ...rules.flatMap((rule) => [
          `audit-alerts-${rule} EventRule`,
          `audit-alerts-${rule}-1 EventTarget`,
          `audit-alerts-${rule}-2 EventTarget`,
        ]),
      ].sort(),
    );
    expect(inputs(graph, "audit-alerts-email-2")).toMatchObject({ protocol: "email", endpoint: emails[1] });
    expect(inputs(graph, "audit-alerts-keys-2", "arn")).toBe(targets[0]);
  });

  test("need no topic where others exist", async () => {
    const graph = await bucket({ trail: {}, alerts: { targets } });
    expect(custom(graph).filter((row) => row.type.includes("sns/"))).toEqual([]);
    expect(inputs(graph, "audit-alerts-trail-1", "arn")).toBe(targets[0]);
  });

  test("tell of tried and done deletions, weakened protection, keys and trails", async () => {
    const graph = await bucket({ trail: {}, alerts: { emails } });
    const patterns = Object.fromEntries(
      rules.map((rule) => [rule, JSON.parse(inputs(graph, `audit-alerts-${rule}`, "eventPattern"))]),
    );
    for (const pattern of Object.values(patterns))
      expect(pattern["detail-type"]).toEqual(["AWS API Call via CloudTrail"]);
    const buckets = ["audit-policy", "audit-deliveries-policy"].map((name) => inputs(graph, name, "bucket"));
    expect(patterns["denied-deletions"]).toMatchObject({
      source: ["aws.s3"],
      detail: {
        eventName: ["DeleteObject", "DeleteObjects", "PutObjectRetention", "PutObjectLegalHold"],
        errorCode: ["AccessDenied"],
        requestParameters: { bucketName: buckets },
      },
    });
    expect(patterns.deletions.detail.errorCode).toEqual([{ exists: false }]);
    expect(patterns.protection.detail.eventName).toEqual(
      expect.arrayContaining([
        "PutBucketPolicy",
        "DeleteBucketPolicy",
        "PutBucketObjectLockConfiguration",
        "PutBucketLifecycle",
        "PutBucketVersioning",
        "PutBucketEncryption",
        "PutBucketPublicAccessBlock",
      ]),
    );
    expect(patterns.keys.detail).toMatchObject({
      eventName: expect.arrayContaining(["DisableKey", "ScheduleKeyDeletion"]),
      resources: { ARN: [expect.stringMatching(/^arn:aws:kms:eu-west-1:/)] },
    });
    expect(patterns.trail.detail.eventName).toEqual(["DeleteTrail", "PutEventSelectors", "StopLogging", "UpdateTrail"]);
  });

  test("are encrypted with a key of their own, and come from EventBridge alone, over TLS", async () => {
    const graph = await bucket({ trail: {}, alerts: { emails } });
    expect(inputs(graph, "audit-alerts-topic", "kmsMasterKeyId")).toMatch(/:key\//);
    expect(inputs(graph, "audit-alerts-key")).toMatchObject({ enableKeyRotation: true });
    // With a condition SNS and KMS would refuse every alert.
    expect(statements(graph, "audit-alerts-key")).toEqual({
      AccountAdministersKey: expect.anything(),
      EventBridgeEncryptsAlerts: {
        Sid: "EventBridgeEncryptsAlerts",
        Effect: "Allow",
        Principal: { Service: "events.amazonaws.com" },
        Action: ["kms:Decrypt", "kms:GenerateDataKey"],
        Resource: "*",
      },
    });
    expect(JSON.stringify(statements(graph, "audit-key"))).not.toContain("events.amazonaws.com");
    const policy = statements(graph, "audit-alerts-topic-policy");
    expect(policy.DenyWithoutTls).toMatchObject({ Effect: "Deny", Principal: "*", Action: "sns:Publish" });
    expect(policy.RulesPublish).toEqual({
      Sid: "RulesPublish",
      Effect: "Allow",
      Principal: { Service: "events.amazonaws.com" },
      Action: "sns:Publish",
      Resource: expect.stringMatching(/:audit-alerts-topic-/),
    });
    expect(waitsFor(graph, "audit-alerts-email-1")).toContain("audit-alerts-topic-policy");
  });

  test("of a copy come from its region to the same rules", async () => {
    const graph = await bucket({ trail: {}, alerts: { targets }, replica: { region: "eu-central-1" } });
    const replica = inputs(graph, "audit-replica-policy", "bucket");
    const pattern = JSON.parse(inputs(graph, "audit-alerts-denied-deletions", "eventPattern"));
    expect(pattern.detail.requestParameters.bucketName).toContain(replica);
    expect(inputs(graph, "audit-alerts-replica", "region")).toBe("eu-central-1");
    expect(JSON.parse(inputs(graph, "audit-alerts-replica", "eventPattern")).detail.$or).toEqual([
      { requestParameters: { bucketName: [replica] } },
      { resources: { ARN: [expect.stringMatching(/^arn:aws:kms:eu-central-1:/)] } },
    ]);
    const bus = `arn:aws:events:eu-west-1:${account}:event-bus/default`;
    expect(inputs(graph, "audit-alerts-replica-bus")).toMatchObject({ arn: bus, region: "eu-central-1" });
    expect(statements(graph, "audit-alerts-replica-rights")).toEqual({
      HandOn: { Sid: "HandOn", Effect: "Allow", Action: "events:PutEvents", Resource: bus },
    });
    expect(statements(graph, "audit-alerts-replica-role", "assumeRolePolicy").TrustService?.Condition).toMatchObject({
      ArnLike: {
        "aws:SourceArn": expect.stringMatching(/^arn:aws:events:eu-central-1:.*:rule\/audit-alerts-replica-/),
      },
    });
  });
});

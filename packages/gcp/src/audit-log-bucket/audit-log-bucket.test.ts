import { Network as Vpc } from "@pulumi/gcp/compute";
import * as pulumi from "@pulumi/pulumi";
import {
  bindingField,
  type ClusterBinding,
  Contradiction,
  Lock,
  type NetworkBinding,
  type ObjectStoreBinding,
  Platform,
  Regulation,
} from "aistack-core";
import type { Graph, Mode } from "aistack-engine";
import { AccessGrant } from "../access-grant/access-grant";
import { GpuCluster } from "../gpu-cluster/gpu-cluster";
import { Network } from "../network/network";
import { created, custom, inputs, modes, planned, refusal, waitsFor } from "../testing";
import type { AuditLogBucketArgs } from "./args";
import { AuditLogBucket } from "./audit-log-bucket";
import { lifecycleRules } from "./lifecycle";
import { questions } from "./questions";
import { auditLog, type Column, events, flows, requests } from "./tables";

const bucket = (args?: AuditLogBucketArgs, mode?: Mode, opts?: pulumi.ComponentResourceOptions): Promise<Graph> =>
  planned(() => {
    const audit = new AuditLogBucket("audit", args, opts);
    return audit.dataset ? { binding: audit.binding, dataset: audit.dataset } : { binding: audit.binding };
  }, mode);

const cluster: ClusterBinding = { name: "train-dev", platform: Platform.Gcp, region: "europe-west4" };
const network: NetworkBinding = {
  networkId: "projects/my-project/global/networks/net",
  cidr: "10.0.0.0/16",
  privateSubnetIds: ["projects/my-project/regions/europe-west4/subnetworks/net-subnet"],
};
const lake: ObjectStoreBinding = {
  kind: "object-store",
  name: "lake",
  platform: Platform.Gcp,
  bucket: "lake-data",
  url: "gs://lake-data",
  access: { read: [], write: [] },
};

/** The children of every AuditLogBucket. */
const always = [
  "audit-access ProjectSink",
  "audit-data-access-storage IAMAuditConfig",
  "audit-digests-agent ServiceIdentity",
  "audit-digests-bucket Bucket",
  "audit-digests-collect BucketIAMMember",
  "audit-digests-daily InsightsReportConfig",
  "audit-digests-write BucketIAMMember",
  "audit-key CryptoKey",
  "audit-records Bucket",
  "audit-ring KeyRing",
  "audit-storage CryptoKeyIAMMember",
  "audit-write BucketIAMMember",
];

const rest = (graph: Graph) => created(graph).filter((row) => !always.includes(row));
const kept = (graph: Graph) =>
  custom(graph)
    .filter((row) => row.options.retainOnDelete === true)
    .map((row) => row.name)
    .sort();

describe.each(modes)("in %s", (mode) => {
  test("creates these children and no others; what holds records outlives the stack, with its key", async () => {
    const graph = await bucket(undefined, mode);
    expect(created(graph)).toEqual(always);
    expect(kept(graph)).toEqual(["audit-digests-bucket", "audit-key", "audit-records", "audit-ring", "audit-storage"]);
    expect(graph.diagnostics).toEqual([]);
    expect(graph.outputs.dataset).toBeUndefined();
  });

  test("is locked for a year, versioned, closed, and encrypted with a key of its own", async () => {
    const graph = await bucket({}, mode);
    expect(inputs(graph, "audit-records")).toEqual({
      location: "europe-west4",
      storageClass: "STANDARD",
      labels: {
        "aistack-component": "audit-log-bucket",
        "aistack-environment": "dev",
        "aistack-data-class": "restricted",
        "aistack-retention-days": "365",
      },
      retentionPolicy: { retentionPeriod: "31536000", isLocked: false },
      versioning: { enabled: true },
      softDeletePolicy: { retentionDurationSeconds: 604800 },
      lifecycleRules: [
        { action: { type: "SetStorageClass", storageClass: "COLDLINE" }, condition: { age: 90, withState: "ANY" } },
        { action: { type: "Delete" }, condition: { age: 365, withState: "ANY" } },
        { action: { type: "AbortIncompleteMultipartUpload" }, condition: { age: 7 } },
      ],
      encryption: {
        defaultKmsKeyName: expect.anything(),
        googleManagedEncryptionEnforcementConfig: { restrictionMode: "FullyRestricted" },
        customerSuppliedEncryptionEnforcementConfig: { restrictionMode: "FullyRestricted" },
      },
      uniformBucketLevelAccess: true,
      publicAccessPrevention: "enforced",
      forceDestroy: false,
    });
    expect(inputs(graph, "audit-key")).toMatchObject({
      purpose: "ENCRYPT_DECRYPT",
      rotationPeriod: "7776000s",
      destroyScheduledDuration: "2592000s",
    });
    expect(inputs(graph, "audit-ring", "location")).toBe("europe-west4");
  });

  test("digests are listed each day, into a bucket that is as locked", async () => {
    const graph = await bucket({ retentionDays: 400, lock: Lock.Compliance }, mode);
    const same = ["retentionPolicy", "versioning", "publicAccessPrevention", "labels", "encryption", "lifecycleRules"];
    for (const field of same)
      expect(inputs(graph, "audit-digests-bucket", field)).toEqual(inputs(graph, "audit-records", field));
    const daily = inputs(graph, "audit-digests-daily");
    expect(daily).toMatchObject({
      location: "europe-west4",
      csvOptions: { headerRequired: true },
      frequencyOptions: { frequency: "DAILY", endDate: { year: 2099, month: 12, day: 31 } },
    });
    expect(daily.objectMetadataReportOptions.metadataFields).toEqual(
      expect.arrayContaining(["name", "generation", "crc32c", "md5Hash"]),
    );
    const { startDate } = daily.frequencyOptions;
    const days = (Date.UTC(startDate.year, startDate.month - 1, startDate.day) - Date.now()) / 86_400_000;
    expect(days).toBeGreaterThan(0.9);
    expect(days).toBeLessThan(2.1);
    const row = custom(graph).find(({ name }) => name === "audit-digests-daily");
    expect(row?.options.ignoreChanges).toEqual(["frequencyOptions"]);
    expect(waitsFor(graph, "audit-digests-daily")).toEqual(
      expect.arrayContaining(["audit-digests-collect", "audit-digests-write"]),
    );
    expect(["collect", "write"].map((what) => inputs(graph, `audit-digests-${what}`, "role"))).toEqual([
      "roles/storage.insightsCollectorService",
      "roles/storage.objectCreator",
    ]);
  });

  test("is kept as long as the strictest regulation asks for", async () => {
    const compliance = [Regulation.EuAiAct, Regulation.Hipaa];
    const graph = await bucket({ compliance }, mode);
    const days = (own: Graph) => Number(inputs(own, "audit-records", "retentionPolicy.retentionPeriod")) / 86_400;
    expect(days(graph)).toBe(2192);
    expect(inputs(graph, "audit-records", "labels.aistack-retention-days")).toBe("2192");
    expect(days(await bucket({ compliance: [Regulation.EuAiAct], retentionDays: 400 }, mode))).toBe(400);
  });

  test("compliance mode locks the policy and says that nobody can undo it", async () => {
    const graph = await bucket({ lock: Lock.Compliance }, mode);
    expect(inputs(graph, "audit-records", "retentionPolicy.isLocked")).toBe(true);
    expect(graph.diagnostics).toEqual([
      expect.objectContaining({
        severity: "warning",
        message: expect.stringMatching(/nobody.*destroying the bucket fails/),
      }),
    ]);
  });

  test("regulations that contradict each other are a warning until it is said how they are met", async () => {
    const compliance = [Regulation.Gdpr, Regulation.Hipaa];
    const open = await bucket({ compliance }, mode);
    expect(open.diagnostics.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^gdpr and hipaa contradict each other.*retention-against-erasure/s),
    ]);
    const text = "Records hold pseudonyms only; the table that resolves them is erased on request.";
    const resolutions = Object.fromEntries(Object.values(Contradiction).map((id) => [id, text]));
    expect((await bucket({ compliance, resolutions }, mode)).diagnostics).toEqual([]);
  });

  test("a legal hold is put on what is written, in every bucket that holds records", async () => {
    const graph = await bucket({ legalHold: true, replica: { region: "europe-west3" } }, mode);
    for (const name of ["audit-records", "audit-digests-bucket", "audit-replica-bucket"])
      expect(inputs(graph, name, "defaultEventBasedHold")).toBe(true);
    expect(inputs(await bucket({}, mode), "audit-records", "defaultEventBasedHold")).toBeUndefined();
  });

  test("the replica is as locked, has a key of its region, and is written to by an account that can only add", async () => {
    const graph = await bucket({ replica: { region: "europe-west3" } }, mode);
    expect(rest(graph)).toEqual([
      "audit-replica-bucket Bucket",
      "audit-replica-events IAMMember",
      "audit-replica-events-role IAMCustomRole",
      "audit-replica-job TransferJob",
      "audit-replica-key CryptoKey",
      "audit-replica-publish IAMMember",
      "audit-replica-ring KeyRing",
      "audit-replica-sink BucketIAMMember",
      "audit-replica-sink-role IAMCustomRole",
      "audit-replica-source BucketIAMMember",
      "audit-replica-source-role IAMCustomRole",
      "audit-replica-storage CryptoKeyIAMMember",
    ]);
    expect(inputs(graph, "audit-replica-bucket", "location")).toBe("europe-west3");
    expect(inputs(graph, "audit-replica-ring", "location")).toBe("europe-west3");
    for (const field of ["retentionPolicy", "versioning", "publicAccessPrevention", "labels"])
      expect(inputs(graph, "audit-replica-bucket", field)).toEqual(inputs(graph, "audit-records", field));
    expect(kept(graph)).toEqual(
      expect.arrayContaining(["audit-replica-bucket", "audit-replica-key", "audit-replica-ring"]),
    );
    const permissions = (kind: string) => inputs(graph, `audit-replica-${kind}-role`, "permissions");
    expect(permissions("source")).toEqual(["storage.buckets.get", "storage.buckets.update", "storage.objects.get"]);
    expect(permissions("sink")).toEqual(["storage.buckets.get", "storage.objects.create", "storage.objects.get"]);
    expect(JSON.stringify(["source", "sink", "events"].map(permissions))).not.toMatch(/delete|setIamPolicy|\*/);
    const job = inputs(graph, "audit-replica-job");
    expect(job.name).toBeUndefined(); // A name of one's own is refused for replication.
    expect(job.replicationSpec.transferOptions).toMatchObject({
      overwriteWhen: "NEVER",
      metadataOptions: { kmsKey: "KMS_KEY_DESTINATION_BUCKET_DEFAULT" },
    });
    expect(job.replicationSpec.transferOptions.deleteObjectsUniqueInSink).toBeUndefined();
    expect(waitsFor(graph, "audit-replica-job")).toEqual(
      expect.arrayContaining(["source", "sink", "events", "publish"].map((what) => `audit-replica-${what}`)),
    );
    expect(inputs(graph, "audit-access", "filter")).toBeDefined();
  });

  test("an adopted bucket is passed on and nothing is created", async () => {
    const graph = await bucket({ existing: lake }, mode);
    expect(created(graph)).toEqual([]);
    expect(graph.outputs.binding).toEqual(lake);
  });

  test("the trail records all audit logs of the project but what Cloud Logging writes itself", async () => {
    const graph = await bucket({ trail: {}, query: false }, mode);
    expect(rest(graph)).toEqual(["audit-data-access-cloudkms IAMAuditConfig", "audit-trail ProjectSink"]);
    expect(created(graph)).not.toContain("audit-access ProjectSink");
    expect(inputs(graph, "audit-trail")).toMatchObject({
      filter: [
        'log_id("cloudaudit.googleapis.com/activity")',
        'log_id("cloudaudit.googleapis.com/data_access")',
        'log_id("cloudaudit.googleapis.com/system_event")',
        'log_id("cloudaudit.googleapis.com/policy")',
        'log_id("cloudaudit.googleapis.com/access_transparency")',
      ].join(" OR "),
      exclusions: [{ name: "own-writes", filter: expect.anything() }],
      uniqueWriterIdentity: true,
    });
    for (const service of ["storage", "cloudkms"])
      expect(inputs(graph, `audit-data-access-${service}`)).toEqual({
        project: "my-project",
        service: `${service}.googleapis.com`,
        auditLogConfigs: [{ logType: "ADMIN_READ" }, { logType: "DATA_READ" }, { logType: "DATA_WRITE" }],
      });
  });

  test("the trail of an organisation is one sink of all its projects", async () => {
    const args = { trail: { organization: true }, organizationId: "42", loadBalancers: true, query: false };
    const graph = await bucket(args, mode);
    expect(rest(graph)).toEqual([
      "audit-data-access-cloudkms IamAuditConfig",
      "audit-data-access-storage IamAuditConfig",
      "audit-traffic ProjectSink",
      "audit-traffic-write BucketIAMMember",
      "audit-trail OrganizationSink",
    ]);
    expect(inputs(graph, "audit-trail")).toMatchObject({ orgId: "42", includeChildren: true });
    expect(inputs(graph, "audit-data-access-storage")).toMatchObject({
      orgId: "42",
      service: "storage.googleapis.com",
    });
  });

  test("clusters, buckets, networks and load balancers are recorded by name", async () => {
    const args = { clusters: [cluster], networks: [network], buckets: [lake], loadBalancers: true, query: false };
    const graph = await bucket(args, mode);
    expect(rest(graph)).toEqual(["audit-data-access-container IAMAuditConfig", "audit-traffic ProjectSink"]);
    expect(inputs(graph, "audit-traffic", "filter")).toBe(
      '(log_id("compute.googleapis.com/vpc_flows") AND resource.labels.subnetwork_name="net-subnet")\n' +
        'OR (log_id("requests") AND resource.type="http_load_balancer")',
    );
  });

  test("a source brings tables over its records, and the queries that read them", async () => {
    const graph = await bucket({ trail: {} }, mode);
    const tables = created(graph).filter((row) => /Table$|Dataset$|BucketObject$/.test(row));
    expect(tables).toEqual([
      "audit-dataset Dataset",
      "audit-first-file BucketObject",
      "audit-table-audit-log Table",
      "audit-table-events Table",
    ]);
    expect(created(graph).filter((row) => row.endsWith(" Routine"))).toEqual(
      [
        "cluster-secrets",
        "data-access",
        "denied-calls",
        "model-approvals",
        "model-decisions",
        "protection-changes",
        "record-access",
        "subject-requests",
      ].map((name) => `audit-ask-${name} Routine`),
    );
    expect(created(graph)).toContain("audit-bigquery CryptoKeyIAMMember");
    expect(graph.outputs.dataset).toBe("audit_dev");
    const whole = await bucket({ networks: [network], loadBalancers: true }, mode);
    expect(created(whole)).toEqual(
      expect.arrayContaining([
        "audit-table-flows Table",
        "audit-table-requests Table",
        "audit-ask-outbound-connections Routine",
        "audit-ask-refused-requests Routine",
      ]),
    );
    expect(rest(await bucket({ trail: {}, query: false }, mode)).join()).not.toMatch(/Dataset|Table|Routine|bigquery/);
  });

  test("somebody is told of deletions, and of changes to buckets, logging and keys", async () => {
    const alerts = { emails: ["security@example.org"], targets: ["projects/my-project/notificationChannels/7"] };
    const graph = await bucket({ alerts }, mode);
    expect(rest(graph)).toEqual([
      "audit-deletions AlertPolicy",
      "audit-email-1 NotificationChannel",
      "audit-keys AlertPolicy",
      "audit-logging AlertPolicy",
      "audit-protection AlertPolicy",
    ]);
    expect(inputs(graph, "audit-email-1")).toMatchObject({
      type: "email",
      labels: { email_address: "security@example.org" },
    });
    for (const name of ["deletions", "protection", "logging", "keys"])
      expect(inputs(graph, `audit-${name}`)).toMatchObject({
        combiner: "OR",
        severity: "CRITICAL",
        conditions: [{ conditionMatchedLog: { filter: expect.anything() } }],
        alertStrategy: { notificationRateLimit: { period: "300s" }, autoClose: "86400s" },
        notificationChannels: [expect.anything(), "projects/my-project/notificationChannels/7"],
      });
  });

  test("plain HTTP is refused by a policy of the organisation, where that is asked for", async () => {
    const graph = await bucket({ tlsOnly: true }, mode);
    expect(rest(graph)).toEqual(["audit-tls Policy"]);
    expect(inputs(graph, "audit-tls")).toEqual({
      parent: "projects/my-project",
      name: "projects/my-project/policies/storage.secureHttpTransport",
      spec: { rules: [{ enforce: "TRUE" }] },
    });
  });

  test("everything that takes labels says how long records are kept, the caller's labels beside it", async () => {
    const args: AuditLogBucketArgs = {
      tags: { "cost-centre": "42" },
      retentionDays: 400,
      trail: {},
      replica: { region: "europe-west3" },
      alerts: { emails: ["a@example.org"] },
    };
    const graph = await bucket(args, mode);
    const labelled = /:(Bucket|CryptoKey|Dataset|Table)$/;
    const rows = custom(graph).filter((row) => labelled.test(row.type));
    expect(rows.length).toBe(8);
    for (const row of rows)
      expect(row.inputs.labels).toMatchObject({ "aistack-retention-days": "400", "cost-centre": "42" });
    for (const row of custom(graph).filter(({ type }) => /:(AlertPolicy|NotificationChannel)$/.test(type)))
      expect(row.inputs.userLabels).toMatchObject({ "cost-centre": "42" });
  });

  test("a key that is given is used, for the buckets and the tables", async () => {
    const kmsKey = "projects/keys/locations/europe-west4/keyRings/r/cryptoKeys/k";
    const other = "projects/keys/locations/europe-west3/keyRings/r/cryptoKeys/k";
    const graph = await bucket({ kmsKey, replica: { region: "europe-west3", kmsKey: other }, query: true }, mode);
    expect(custom(graph).filter((row) => row.type.startsWith("gcp:kms/"))).toEqual([]);
    expect(inputs(graph, "audit-records", "encryption.defaultKmsKeyName")).toBe(kmsKey);
    expect(inputs(graph, "audit-dataset", "defaultEncryptionConfiguration.kmsKeyName")).toBe(kmsKey);
    expect(inputs(graph, "audit-replica-bucket", "encryption.defaultKmsKeyName")).toBe(other);
  });
});

describe("filters", () => {
  test("of the bucket itself: reads and changes of all buckets that hold records, its sources beside it", async () => {
    const graph = await bucket({ replica: { region: "europe-west3" }, clusters: [cluster], buckets: [lake] });
    const name = (child: string) => custom(graph).find((row) => row.name === `audit-${child}`)?.outputs.name as string;
    const filter: string = inputs(graph, "audit-access", "filter");
    expect(filter).toBe(
      '(log_id("cloudaudit.googleapis.com/activity") OR log_id("cloudaudit.googleapis.com/data_access")) AND ' +
        `((resource.type="gcs_bucket" AND resource.labels.bucket_name=("${name("records")}" OR "${name("digests-bucket")}" OR "${name("replica-bucket")}" OR "lake-data"))\n` +
        'OR (resource.type="k8s_cluster" AND resource.labels.cluster_name="train-dev" AND resource.labels.location=~"^europe-west4(-[a-z0-9]+)?$"))',
    );
    expect(inputs(graph, "audit-access", "destination")).toBe(`storage.googleapis.com/${name("records")}`);
    expect(inputs(graph, "audit-access", "exclusions")[0].filter).toBe(
      `protoPayload.methodName="storage.objects.create" AND resource.labels.bucket_name="${name("records")}" AND protoPayload.authenticationInfo.principalEmail:"@gcp-sa-logging.iam.gserviceaccount.com"`,
    );
  });

  test("of the alerts name all buckets and keys that records are in", async () => {
    const graph = await bucket({ replica: { region: "europe-west3" }, alerts: { emails: ["a@example.org"] } });
    const filter = (alert: string): string =>
      inputs(graph, `audit-${alert}`, "conditions")[0].conditionMatchedLog.filter;
    for (const child of ["records", "digests-bucket", "replica-bucket"])
      for (const alert of ["deletions", "protection"])
        expect(filter(alert)).toMatch(new RegExp(`"audit-${child}-[0-9a-f]{7}"`));
    expect(filter("deletions")).toContain('protoPayload.methodName="storage.objects.delete"');
    expect(filter("protection")).toContain("buckets\\.(update|patch|delete|lockRetentionPolicy)|setIamPermissions");
    expect(filter("logging")).toContain("(Update|Delete)Sink");
    expect(filter("logging")).toContain("auditConfigDeltas:*");
    expect(filter("logging")).toContain('log_id("logging.googleapis.com/sink_error")');
    expect(filter("keys").match(/locations\/europe-west[34]\/keyRings/g)).toHaveLength(2);
    expect(filter("keys")).toContain('"DestroyCryptoKeyVersion"');
  });
});

describe("access", () => {
  test("writers can neither read nor delete, and AccessGrant takes both rules while they are still to come", async () => {
    const identity = { namespace: "assistant", serviceAccount: "assistant" };
    const graph = await planned(() => {
      const { binding } = new AuditLogBucket("audit");
      const { read, write } = binding.access;
      new AccessGrant("reader", { cluster, identity, access: read });
      new AccessGrant("writer", { cluster, identity, access: write });
      return { binding };
    });
    const { access, ...binding } = graph.outputs.binding as unknown as ObjectStoreBinding;
    expect(binding).toEqual({
      kind: "object-store",
      name: "audit",
      platform: "gcp",
      bucket: expect.stringMatching(/^audit-records-[0-9a-f]{7}$/),
      url: `gs://${binding.bucket}`,
      region: "europe-west4",
      environment: {
        AUDIT_BUCKET: binding.bucket,
        AUDIT_URL: `gs://${binding.bucket}`,
        AUDIT_REGION: "europe-west4",
      },
      egress: [{ port: 443 }, { port: 80, cidr: "169.254.169.254/32" }, { port: 988, cidr: "169.254.169.252/32" }],
    });
    const resources = [`//storage.googleapis.com/projects/_/buckets/${binding.bucket}`];
    expect(access).toEqual({
      read: [{ platform: "gcp", actions: ["roles/storage.objectViewer"], resources }],
      write: [{ platform: "gcp", actions: ["roles/storage.objectCreator"], resources }],
    });
    expect(inputs(graph, "writer-1", "role")).toBe("roles/storage.objectCreator");
  });

  test("Google's accounts are granted roles on one bucket or key each, and none that deletes records", async () => {
    const graph = await bucket({ trail: {}, replica: { region: "europe-west3" }, query: true });
    const grants = custom(graph).filter((row) => /IAMMember$/.test(row.type));
    expect(grants.map((row) => [row.name, row.inputs.role, row.inputs.member]).sort()).toEqual([
      [
        "audit-bigquery",
        "roles/cloudkms.cryptoKeyEncrypterDecrypter",
        "serviceAccount:bq-123456789012@bigquery-encryption.iam.gserviceaccount.com",
      ],
      [
        "audit-digests-collect",
        "roles/storage.insightsCollectorService",
        "serviceAccount:service-123456789012@gcp-sa-storageinsights.iam.gserviceaccount.com",
      ],
      [
        "audit-digests-write",
        "roles/storage.objectCreator",
        "serviceAccount:service-123456789012@gcp-sa-storageinsights.iam.gserviceaccount.com",
      ],
      ...["events", "publish", "sink", "source", "storage"].map((what) => [
        `audit-replica-${what}`,
        {
          publish: "roles/pubsub.publisher",
          storage: "roles/cloudkms.cryptoKeyEncrypterDecrypter",
        }[what] ?? `projects/my-project/roles/audit_replica_dev_${what}`,
        ["publish", "storage"].includes(what)
          ? "serviceAccount:service-123456789012@gs-project-accounts.iam.gserviceaccount.com"
          : "serviceAccount:project-123456789012@storage-transfer-service.iam.gserviceaccount.com",
      ]),
      [
        "audit-storage",
        "roles/cloudkms.cryptoKeyEncrypterDecrypter",
        "serviceAccount:service-123456789012@gs-project-accounts.iam.gserviceaccount.com",
      ],
      [
        "audit-write",
        "roles/storage.objectCreator",
        "serviceAccount:service-123456789012@gcp-sa-logging.iam.gserviceaccount.com",
      ],
    ]);
  });

  test("nobody uses the key before the services may, and whoever takes the binding waits for the bucket", async () => {
    const graph = await planned(() => {
      const { binding } = new AuditLogBucket("audit", { query: true });
      new Vpc("consumer", { description: bindingField(binding, "bucket") });
    });
    for (const name of ["audit-records", "audit-digests-bucket", "audit-dataset"])
      expect(waitsFor(graph, name)).toEqual(expect.arrayContaining(["audit-storage", "audit-bigquery"]));
    expect(waitsFor(graph, "consumer")).toContain("audit-records");
  });

  test("a cluster can send its flow logs into the bucket that records the cluster", async () => {
    const graph = await planned(() => {
      const audit = new AuditLogBucket("audit");
      const { binding } = new GpuCluster("train", { flowLogs: audit.binding });
      const other = new AuditLogBucket("other", { clusters: [binding], networks: [new Network("net").binding] });
      return { url: other.binding.url };
    }, "preview");
    expect(inputs(graph, "train-network-flow-logs", "filter")).toBeDefined();
    expect(created(graph)).toContain("other-traffic ProjectSink");
  });
});

describe("tables", () => {
  test("of events ask for days, by which files are found; those of logs find the day in the file's name", async () => {
    const graph = await bucket({ networks: [network], loadBalancers: true });
    const external = (id: string) => inputs(graph, `audit-table-${id.replace("_", "-")}`, "externalDataConfiguration");
    const { sourceUris, hivePartitioningOptions, schema, compression } = external("events");
    const root = sourceUris[0].replace(/\/events\/\*$/, "");
    expect(root).toMatch(/^gs:\/\/audit-records-[0-9a-f]{7}$/);
    expect(compression).toBe("GZIP");
    expect(hivePartitioningOptions).toEqual({
      mode: "CUSTOM",
      sourceUriPrefix: `${root}/events/{year:INTEGER}/{month:INTEGER}/{day:INTEGER}`,
      requirePartitionFilter: true,
    });
    expect(JSON.parse(schema).map(({ name, type }: Column) => `${name} ${type}`)).toEqual([
      "time TIMESTAMP",
      "class STRING",
      "subject STRING",
      "actor STRING",
      "model STRING",
      "model_version STRING",
      "outcome STRING",
      "case_id STRING",
      "attributes JSON",
    ]);
    // BigQuery makes a table with partitions only where a file is.
    expect(waitsFor(graph, "audit-table-events")).toContain("audit-first-file");
    expect(inputs(graph, "audit-first-file", "name")).toBe("events/year=1970/month=01/day=01/first.json");
    for (const [id, folder] of [
      ["audit_log", "cloudaudit.googleapis.com"],
      ["flows", "compute.googleapis.com/vpc_flows"],
      ["requests", "requests"],
    ] as const) {
      expect(external(id).sourceUris).toEqual([`${root}/${folder}/*`]);
      expect(external(id).hivePartitioningOptions).toBeUndefined();
      expect(external(id).ignoreUnknownValues).toBe(true);
    }
    expect(inputs(graph, "audit-dataset")).toMatchObject({
      datasetId: "audit_dev",
      location: "europe-west4",
      accesses: [{ role: "OWNER", specialGroup: "projectOwners" }],
      deleteContentsOnDestroy: false,
    });
  });

  test("each query is one of days, over columns that are there", () => {
    const tables = new Map([events, auditLog, flows, requests].map((table) => [table.id, table]));
    const paths = (columns: Column[], prefix = ""): string[] =>
      columns.flatMap(({ name, fields }) => [`${prefix}${name}`, ...paths(fields ?? [], `${prefix}${name}.`)]);
    expect(questions()).toHaveLength(10);
    for (const { id, description, query, tables: read } of questions()) {
      expect([id, description]).toEqual([id, expect.stringMatching(/\?.*\(.+\)$/)]);
      expect([id, read.length]).toEqual([id, 1]);
      const table = tables.get(read[0] as string);
      if (!table) throw new Error(`${id} reads ${read[0]}, which is no table`);
      expect(query).toContain("from_day");
      expect(query).toContain("to_day");
      expect(query).toContain(table.isPartitioned ? "year BETWEEN" : "_FILE_NAME");
      const known = paths(table.columns);
      const used = [...query.matchAll(/\b(?:protoPayload|jsonPayload|httpRequest|resource)\.[A-Za-z_.]+/g)];
      expect([id, used.map(([path]) => path).filter((path) => !known.includes(path))]).toEqual([id, []]);
    }
  });

  test("a query is a table function of two days over the data set's tables", async () => {
    const graph = await bucket({ trail: {} });
    const routine = inputs(graph, "audit-ask-denied-calls");
    expect(routine).toMatchObject({
      datasetId: "audit_dev",
      routineId: "denied_calls",
      routineType: "TABLE_VALUED_FUNCTION",
      language: "SQL",
      arguments: [
        { name: "from_day", dataType: '{"typeKind":"DATE"}' },
        { name: "to_day", dataType: '{"typeKind":"DATE"}' },
      ],
    });
    expect(routine.definitionBody).toContain("FROM `my-project.audit_dev.audit_log`");
    expect(routine.definitionBody).not.toContain("{dataset}");
    expect(waitsFor(graph, "audit-ask-denied-calls")).toContain("audit-table-audit-log");
  });
});

test.each([
  [60, 90, undefined],
  [110, 90, undefined],
  [120, 90, "NEARLINE"],
  [184, 90, "COLDLINE"],
  [455, 90, "ARCHIVE"],
  [2192, 2192, undefined],
])("records of %i days that get colder after %i go to %s", (retention, archive, storageClass) => {
  const [first] = lifecycleRules(retention, archive);
  expect(first?.action).toEqual(storageClass ? { type: "SetStorageClass", storageClass } : { type: "Delete" });
});

test("retention that is still to come is checked when it is there", async () => {
  const graph = await bucket({ retentionDays: pulumi.output(700) });
  expect(inputs(graph, "audit-records", "retentionPolicy.retentionPeriod")).toBe("60480000");
  await expect(bucket({ retentionDays: pulumi.output(0) })).rejects.toThrow(
    /retentionDays is 0, but must be a whole number/,
  );
});

test("is destroyed with its stack when that is asked for", async () => {
  const args = { replica: { region: "europe-west3" }, query: true };
  expect(kept(await bucket(args, "simulate", { retainOnDelete: false }))).toEqual([]);
  expect(kept(await bucket(args))).toContain("audit-first-file");
});

const key = (location: string) => `projects/p/locations/${location}/keyRings/r/cryptoKeys/k`;
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
    /compliance\[0\] is "sox", but must be one of/,
  ],
  ["a resolution of nothing", { resolutions: { peace: "We shall all be friends." } }, /"peace" is no contradiction/],
  [
    "a resolution without a reason",
    { resolutions: { [Contradiction.RetentionAgainstErasure]: "ok" } },
    /must say in 20 characters or more/,
  ],
  ["an unknown lock", { lock: "hard" as Lock }, /lock is "hard", but must be one of governance, compliance/],
  ["archiving before the record is there", { archiveAfterDays: 0 }, /archiveAfterDays is 0, but must be/],
  ["a key that is none", { kmsKey: "mine" }, /kmsKey is "mine", but must be the name of a key/],
  ["a key elsewhere", { kmsKey: key("us-east1") }, /kmsKey lies in us-east1, but the bucket in europe-west4/],
  ["labels that Google Cloud does not take", { tags: { Cost: "1" } }, /"Cost" is no key of a Google Cloud label/],
  ["a replica nowhere", { replica: {} }, /replica.region is missing/],
  ["a replica in no region", { replica: { region: "EU" } }, /replica.region is "EU", but must be the name of a region/],
  [
    "a replica where the records are",
    { replica: { region: "europe-west4" } },
    /replica.region is europe-west4, where the records are/,
  ],
  [
    "a replica's key elsewhere",
    { replica: { region: "europe-west3", kmsKey: key("europe-west4") } },
    /replica.kmsKey lies in europe-west4, but the bucket in europe-west3/,
  ],
  ["a replica that exists", { replica: { store: lake } }, /replica.store is for records on Kubernetes/],
  ["alerts for nobody", { alerts: {} }, /alerts names nobody/],
  [
    "an address that is none",
    { alerts: { emails: ["me"] } },
    /alerts.emails\[0\] is "me", but must be an e-mail address/,
  ],
  [
    "a channel that is none",
    { alerts: { targets: ["pager"] } },
    /alerts.targets\[0\] is "pager".*notification channel/,
  ],
  ["an organisation without a number", { trail: { organization: true } }, /organizationId is missing/],
  ["a number without an organisation", { trail: {}, organizationId: "42" }, /organizationId has no effect without/],
  [
    "an organisation by its name",
    { trail: { organization: true }, organizationId: "acme" },
    /organizationId is "acme", but must be the number of an organisation/,
  ],
  [
    "a cluster elsewhere",
    { clusters: [{ ...cluster, platform: Platform.Aws }] },
    /clusters\[0\].platform.*"aws", but must be one of gcp/,
  ],
  [
    "a cluster elsewhere beside a trail, which has the logs of all",
    { clusters: [{ ...cluster, platform: Platform.Kubernetes }], trail: {} },
    /clusters\[0\].platform.*"kubernetes", but must be one of gcp/,
  ],
  [
    "a bucket elsewhere",
    { buckets: [{ ...lake, platform: Platform.Aws }] },
    /buckets\[0\].platform.*"aws", but must be one of gcp/,
  ],
  [
    "a network elsewhere",
    { networks: [{ ...network, privateSubnetIds: ["subnet-1"] }] },
    /networks\[0\].privateSubnetIds.*must be the id of a subnet on Google Cloud/,
  ],
  [
    "arguments beside an adopted bucket",
    { existing: pulumi.output({} as ObjectStoreBinding), retentionDays: 5, trail: {} },
    /retentionDays has no effect together with `existing`.*trail has no effect/s,
  ],
];
test.each(refused)("refuses %s", async (_, args, message) => {
  expect(await refusal(() => new AuditLogBucket("audit", args))).toMatch(message);
});

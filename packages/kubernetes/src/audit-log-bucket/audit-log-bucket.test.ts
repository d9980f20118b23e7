import * as pulumi from "@pulumi/pulumi";
import { bindingField, Contradiction, Lock, type ObjectStoreBinding, Platform, Regulation } from "aistack-core";
import { type Graph, type Mode, plan, resource, Secret, unknown } from "aistack-engine";
import { testCluster as cluster, created, inputs, refusal } from "../testing";
import type { PrometheusAlertsArgs } from "../workload/prometheus";
import type { AuditLogBucketArgs } from "./args";
import { AuditLogBucket } from "./audit-log-bucket";

const modes: Mode[] = ["preview", "simulate"];

function planned(args: AuditLogBucketArgs = {}, mode: Mode = "simulate"): Promise<Graph> {
  return plan(
    () => {
      const { binding, readerBinding } = new AuditLogBucket("audit", {
        ...(args.existing ? {} : { cluster }),
        ...args,
      });
      return {
        endpoint: bindingField(binding, "endpoint"),
        environment: bindingField(binding, "environment"),
        egress: bindingField(binding, "egress"),
        clientLabels: bindingField(binding, "clientLabels"),
        credentials: binding.credentials,
        readerCredentials: readerBinding.credentials,
      };
    },
    { mode },
  );
}

interface Variable {
  name: string;
  value?: string;
}
const variables = (graph: Graph, name: string, pod: string): Record<string, string | undefined> =>
  Object.fromEntries(
    inputs(graph, name, `${pod}.containers.0.env`).map(({ name: variable, value }: Variable) => [variable, value]),
  );
const setup = (graph: Graph) => variables(graph, "audit-setup", "spec.template.spec");
const upkeep = (graph: Graph) => variables(graph, "audit-upkeep", "spec.jobTemplate.spec.template.spec");

/** What each identity may do, as the store's own file says. */
function policies(graph: Graph): Record<string, { Effect: string; Action: string[]; Resource: string[] }[]> {
  const file = inputs(graph, "audit-identities", "stringData").reveal()["s3.json"];
  const rows: { name: string; content: string }[] = JSON.parse(file).policies;
  return Object.fromEntries(rows.map(({ name, content }) => [name, JSON.parse(content).Statement]));
}

const store: ObjectStoreBinding = {
  kind: "object-store",
  name: "copy",
  platform: Platform.Aws,
  bucket: "audit-copy",
  url: "s3://audit-copy",
  region: "eu-central-1",
  environment: { COPY_BUCKET: "audit-copy", AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/copy" },
  credentials: { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "do-not-show" },
  egress: [{ port: 443 }],
  access: { read: [], write: [] },
};

describe.each(modes)("in %s", (mode) => {
  test("creates these children and no others", async () => {
    const graph = await planned({}, mode);
    const certificate = (name: string) => [
      `${name}-authority SelfSignedCert`,
      `${name}-authority-key PrivateKey`,
      `${name}-certificate LocallySignedCert`,
      `${name}-key PrivateKey`,
      `${name}-request CertRequest`,
      `${name}-secret Secret`,
    ];
    expect(created(graph)).toEqual(
      [
        "audit-access-log ConfigMap",
        "audit-access-log-key Secret",
        "audit-access-secret RandomPassword",
        "audit-account ServiceAccount",
        "audit-cluster kubernetes",
        "audit-default-deny NetworkPolicy",
        "audit-disruption PodDisruptionBudget",
        "audit-encryption Secret",
        "audit-encryption-key RandomBytes",
        "audit-identities Secret",
        "audit-maintenance-network NetworkPolicy",
        "audit-namespace Namespace",
        "audit-network NetworkPolicy",
        "audit-peers Service",
        "audit-reader-secret RandomPassword",
        "audit-servers StatefulSet",
        "audit-service Service",
        "audit-setup Job",
        "audit-setup-key Secret",
        "audit-setup-secret RandomPassword",
        "audit-upkeep CronJob",
        "audit-upkeep-key Secret",
        "audit-upkeep-secret RandomPassword",
        "audit-writer-secret RandomPassword",
        ...certificate("audit-peers-tls"),
        ...certificate("audit-tls"),
      ].sort(),
    );
    expect(graph.resources.filter((row) => row.type !== "pulumi:pulumi:Stack" && !row.parent)).toEqual([]);
    expect(graph.diagnostics).toEqual([]);
  });

  test("the bucket is locked for a year, and records expire when that is over", async () => {
    const graph = await planned({}, mode);
    expect(inputs(graph, "audit-setup", "metadata.labels")).toMatchObject({
      "aistack.dev/purpose": "audit-records",
      "aistack.dev/data-class": "restricted",
      "aistack.dev/retention-days": "365",
    });
    expect(graph.resources.filter(({ inputs }) => JSON.stringify(inputs).includes("audit-records"))).toHaveLength(1);
    expect(setup(graph)).toMatchObject({
      BUCKET: "audit",
      LOCK_MODE: "GOVERNANCE",
      RETENTION_DAYS: "365",
      EXPIRE_AFTER_DAYS: "365",
      AWS_CA_BUNDLE: "/tls/ca.crt",
    });
    expect(upkeep(graph)).toMatchObject({
      RETENTION_DAYS: "365",
      EXPIRE_AFTER_DAYS: "365",
      LEGAL_HOLD: "OFF",
      REPLICA_BUCKET: "",
    });
  });

  test("is kept as long as the strictest regulation asks for, and says where they contradict each other", async () => {
    const compliance = [Regulation.Hipaa, Regulation.Gdpr];
    const graph = await planned({ compliance }, mode);
    expect(setup(graph)).toMatchObject({ RETENTION_DAYS: "2192", EXPIRE_AFTER_DAYS: "2192" });
    expect(graph.diagnostics).toEqual([
      expect.objectContaining({ severity: "warning", message: expect.stringContaining("retention-against-erasure") }),
    ]);
    const decided = "Records hold pseudonyms, whose table is erased.";
    const resolutions = Object.fromEntries(Object.values(Contradiction).map((id) => [id, decided]));
    expect((await planned({ compliance, resolutions }, mode)).diagnostics).toEqual([]);
  });

  test("compliance mode says that nobody can undo it", async () => {
    const graph = await planned({ lock: Lock.Compliance, legalHold: true }, mode);
    expect(setup(graph).LOCK_MODE).toBe("COMPLIANCE");
    expect(upkeep(graph).LEGAL_HOLD).toBe("ON");
    expect(graph.diagnostics).toEqual([
      expect.objectContaining({ severity: "warning", message: expect.stringContaining("nobody can delete a record") }),
    ]);
  });

  test("pods satisfy `restricted`, have no token and a read-only root", async () => {
    const graph = await planned({}, mode);
    const pods = [
      inputs(graph, "audit-servers", "spec.template.spec"),
      inputs(graph, "audit-setup", "spec.template.spec"),
      inputs(graph, "audit-upkeep", "spec.jobTemplate.spec.template.spec"),
    ];
    for (const pod of pods) {
      expect(pod.automountServiceAccountToken).toBe(false);
      expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
      for (const container of [...pod.containers, ...(pod.initContainers ?? [])]) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        });
        expect(container.resources.limits.memory).toBeDefined();
        expect(container.resources.requests).toEqual({ cpu: expect.any(String), memory: expect.any(String) });
      }
    }
  });

  test("no key is in a plain value", async () => {
    const graph = await planned({ replica: { store: pulumi.secret(store) } }, mode);
    for (const name of [
      "audit-identities",
      "audit-encryption",
      "audit-setup-key",
      "audit-upkeep-key",
      "audit-access-log-key",
    ])
      expect(inputs(graph, name, "stringData")).toBeInstanceOf(Secret);
    const annotations = inputs(graph, "audit-servers", "spec.template.metadata.annotations");
    expect(annotations["aistack.dev/credentials-hash"]).toBeInstanceOf(Secret);
    expect(JSON.stringify(graph.resources.map((row) => row.inputs))).not.toContain("do-not-show");
    const kek = inputs(graph, "audit-servers", "spec.template.spec.containers.0.env").find(
      ({ name }: Variable) => name === "WEED_S3_SSE_KEK",
    );
    expect(kek.valueFrom).toEqual({ secretKeyRef: { name: "audit-encryption", key: "key" } });
  });

  test("each server tells a collector beside it of every request, which waits on the server's disk", async () => {
    const pod = inputs(await planned({}, mode), "audit-servers", "spec.template.spec");
    const [server, ...others] = pod.containers;
    expect(others).toEqual([]);
    expect(pod.initContainers).toHaveLength(1);
    const [collector] = pod.initContainers;
    expect(collector).toMatchObject({ name: "collector", command: ["/otelcol-contrib"], restartPolicy: "Always" });
    expect(collector.volumeMounts).toEqual([
      { name: "configuration", mountPath: "/etc/collector", readOnly: true },
      { name: "data", subPath: "access-log", mountPath: "/var/lib/collector" },
      { name: "authority", mountPath: "/etc/collector-tls", readOnly: true },
    ]);
    // Of the store's certificate, the authority alone: not its key.
    expect(pod.volumes.find(({ name }: Variable) => name === "authority").secret.items).toEqual([
      { key: "ca.crt", path: "ca.crt" },
    ]);
    expect(server.command).toContain("-s3.auditLogConfig=/access-log/server.json");
    const ports = [...server.ports, ...collector.ports].map(({ containerPort }) => containerPort);
    expect(new Set(ports).size).toBe(ports.length);
  });

  test("nothing of Prometheus is made, and nobody reads the counts, unless alerts are asked for", async () => {
    const without = await planned({}, mode);
    expect(created(without).filter((row) => /PodMonitor|PrometheusRule/.test(row))).toEqual([]);
    expect(JSON.stringify(inputs(without, "audit-network", "spec"))).not.toContain("9464");

    const graph = await planned({ alerts: { namespace: "watch", labels: { release: "stack" } } }, mode);
    expect(created(graph).filter((row) => !created(without).includes(row))).toEqual([
      "audit-alerts PrometheusRule",
      "audit-monitor PodMonitor",
    ]);
    for (const name of ["audit-alerts", "audit-monitor"])
      expect(inputs(graph, name, "metadata")).toMatchObject({ namespace: "audit", labels: { release: "stack" } });
    expect(inputs(graph, "audit-network", "spec.ingress").slice(3)).toEqual([
      {
        from: [
          {
            namespaceSelector: {
              matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "In", values: ["watch"] }],
            },
            podSelector: { matchLabels: { "app.kubernetes.io/name": "prometheus" } },
          },
        ],
        ports: [{ protocol: "TCP", port: 9464 }],
      },
    ]);
    expect(inputs(graph, "audit-monitor", "spec")).toEqual({
      selector: {
        matchLabels: { "app.kubernetes.io/instance": "audit", "app.kubernetes.io/component": "object-store" },
      },
      podMetricsEndpoints: [{ port: "counts", interval: "30s" }],
    });
    const [group] = inputs(graph, "audit-alerts", "spec.groups");
    expect(group.rules.map(({ alert }: { alert: string }) => alert)).toEqual([
      "AuditDeletionDenied",
      "AuditWriteDenied",
      "AuditSettingChanged",
      "AuditUpkeepFailed",
      "AuditUpkeepOverdue",
      "AuditServerMissing",
      "AuditCountsMissing",
    ]);
    for (const { expr } of group.rules) expect(expr).toMatch(/namespace="audit"|job="audit\/audit"/);
    expect(group.rules[0].expr).toContain('audit_denied_deletions{namespace="audit", bucket="audit"}');
  });

  test("an adopted bucket is passed on and nothing is created", async () => {
    const graph = await planned({ existing: store }, mode);
    expect(created(graph)).toEqual([]);
    expect(graph.outputs.environment).toEqual(store.environment);
  });

  test("a retention that is only known later is refused, and nothing that depends on it is made", async () => {
    await expect(planned({ retentionDays: pulumi.output(Promise.resolve(0)) }, mode)).rejects.toThrow(
      /retentionDays is 0, but must be a whole number from 1 to 36500/,
    );
  });
});

test("nobody may end a retention early, and a writer can neither read nor delete nor touch digests", async () => {
  const all = policies(await planned());
  expect(Object.keys(all)).toEqual(["audit.setup", "audit.upkeep", "audit.writer", "audit.reader", "audit.access"]);
  expect(all["audit.writer"]).toEqual([
    { Effect: "Allow", Action: ["s3:AbortMultipartUpload", "s3:PutObject"], Resource: ["arn:aws:s3:::audit/*"] },
    { Effect: "Deny", Action: ["s3:AbortMultipartUpload", "s3:PutObject"], Resource: ["arn:aws:s3:::audit/digests/*"] },
    { Effect: "Deny", Action: ["s3:AbortMultipartUpload", "s3:PutObject"], Resource: ["arn:aws:s3:::audit/access/*"] },
  ]);
  expect(all["audit.access"]).toEqual([
    { Effect: "Allow", Action: ["s3:PutObject"], Resource: ["arn:aws:s3:::audit/access/*"] },
  ]);
  const allowed = Object.entries(all).flatMap(([name, statements]) =>
    statements.flatMap(({ Effect, Action }) => (Effect === "Allow" ? Action.map((action) => [name, action]) : [])),
  );
  const those = (pattern: RegExp) => allowed.filter(([, action]) => pattern.test(action ?? "")).map(([name]) => name);
  expect(those(/\*|Bypass|PutObjectRetention|DeleteBucket|DeleteObject$|Policy/)).toEqual([]);
  expect(those(/DeleteObjectVersion/)).toEqual(["audit.upkeep"]);
  expect(those(/PutBucketObjectLock/)).toEqual(["audit.setup"]);
  expect(those(/GetObject$/).sort()).toEqual(["audit.reader", "audit.upkeep"]);
});

test("each binding has the key of its own identity, and all else that a workload needs", async () => {
  const { outputs } = await planned();
  const { AUDIT_CA_CERTIFICATE: authority, ...environment } = outputs.environment as Record<string, string>;
  expect(authority).toContain("BEGIN CERTIFICATE");
  expect(environment).toEqual({
    AUDIT_BUCKET: "audit",
    AUDIT_URL: "s3://audit",
    AUDIT_REGION: "us-east-1",
    AUDIT_ENDPOINT: "https://audit.audit.svc:8333",
  });
  expect(outputs.clientLabels).toEqual({ "access.aistack.dev/audit": "allowed" });
  expect(outputs.egress).toEqual([
    {
      port: 8333,
      namespace: "audit",
      podLabels: { "app.kubernetes.io/instance": "audit", "app.kubernetes.io/component": "object-store" },
    },
  ]);
  const ids = [outputs.credentials, outputs.readerCredentials].map(
    (secret) => ((secret as Secret).reveal() as Record<string, string>).AWS_ACCESS_KEY_ID,
  );
  expect(ids).toEqual(["audit.writer", "audit.reader"]);
});

test("in preview the address is known; what waits for the authority and the keys is not", async () => {
  const { outputs } = await planned({}, "preview");
  expect(outputs.endpoint).toBe("https://audit.audit.svc:8333");
  expect(outputs.environment).toBe(unknown);
  expect(outputs.credentials).toBeInstanceOf(Secret);
});

test("a replica is reached with its own key, address and identity, and opens the way to it", async () => {
  const graph = await planned({ replica: { store: pulumi.secret(store) } });
  const env = upkeep(graph);
  expect(Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith("REPLICA")))).toEqual({
    REPLICA_BUCKET: "audit-copy",
    REPLICA_CA_CERTIFICATE: "",
    REPLICA_AWS_REGION: "eu-central-1",
    REPLICA_AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/copy",
  });
  expect(inputs(graph, "audit-upkeep-key", "stringData").reveal()).toMatchObject({
    AWS_ACCESS_KEY_ID: "audit.upkeep",
    REPLICA_AWS_ACCESS_KEY_ID: "id",
    REPLICA_AWS_SECRET_ACCESS_KEY: "do-not-show",
  });
  expect(Object.keys(inputs(graph, "audit-setup-key", "stringData").reveal()).sort()).toEqual([
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
  ]);
  expect(inputs(graph, "audit-maintenance-network", "spec.egress")).toContainEqual({
    to: [{ ipBlock: { cidr: "0.0.0.0/0", except: ["169.254.0.0/16"] } }],
    ports: [{ protocol: "TCP", port: 443 }],
  });
  const google = await planned({ replica: { store: { ...store, platform: Platform.Gcp, region: undefined } } });
  expect(upkeep(google)).toMatchObject({
    REPLICA_AWS_ENDPOINT_URL_S3: "https://storage.googleapis.com",
    REPLICA_AWS_REGION: "us-east-1",
  });
});

const bad: [string, AuditLogBucketArgs, string[]][] = [
  [
    "a retention below what a regulation asks for",
    { compliance: [Regulation.Hipaa], retentionDays: 365 },
    ["retentionDays is 365, but hipaa asks for 2192"],
  ],
  ["no retention", { retentionDays: 0 }, ["retentionDays is 0, but must be a whole number from 1 to 36500"]],
  ["a regulation that is none", { compliance: ["sox" as Regulation] }, ['compliance[0] is "sox"']],
  ["a lock that is none", { lock: "forever" as Lock }, ["must be one of governance, compliance"]],
  [
    "a decision that says nothing",
    { resolutions: { "retention-against-erasure": "yes" } },
    ["must say in 20 characters or more"],
  ],
  ["a contradiction that is none", { resolutions: { other: "x" } }, ['"other" is no contradiction']],
  [
    "a legal hold that is no truth",
    { legalHold: "on" as unknown as boolean },
    ['legalHold is "on", but must be true or false'],
  ],
  [
    "a replica in a region",
    { replica: { region: "eu-west-1" } },
    ["replica.region is for clouds", "replica.store is missing"],
  ],
  ["a replica with a cloud's key", { replica: { store, kmsKey: "k" } }, ["replica.kmsKey is for clouds"]],
  [
    "alerts to those whom Alertmanager tells",
    { alerts: { emails: ["a@example.org"], targets: [] } as PrometheusAlertsArgs },
    ["alerts.emails is for clouds", "alerts.targets is for clouds"],
  ],
  ["a namespace that is none", { alerts: { namespace: "Watch" } }, ['alerts.namespace is "Watch"']],
  ["no cluster", { cluster: undefined }, ["cluster is missing"]],
  [
    "an adopted bucket with other arguments",
    { existing: store, retentionDays: 365 },
    ["retentionDays has no effect together with `existing`"],
  ],
];

test.each(bad)("refuses %s before anything is registered", async (_, args, messages) => {
  const registered: string[] = [];
  const failing = plan(
    () => {
      new AuditLogBucket("audit", { ...(args.existing ? {} : { cluster }), ...args });
    },
    { onResource: (urn) => registered.push(urn) },
  );
  const message = await refusal(failing);
  for (const part of messages) expect(message).toContain(part);
  expect(registered.filter((urn) => !urn.includes("pulumi:pulumi:Stack"))).toEqual([]);
});

test("the disks, their key and the namespace outlive the component", async () => {
  const graph = await planned();
  for (const name of ["audit-encryption", "audit-namespace", "audit-default-deny"])
    expect(resource(graph, name).options.retainOnDelete).toBe(true);
  expect(inputs(graph, "audit-servers", "spec.persistentVolumeClaimRetentionPolicy")).toEqual({
    whenDeleted: "Retain",
    whenScaled: "Retain",
  });
});

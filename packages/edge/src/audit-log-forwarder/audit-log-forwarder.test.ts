import * as pulumi from "@pulumi/pulumi";
import { type Binding, type ClusterBinding, type ObjectStoreBinding, Platform } from "aistack-core";
import type { Graph, Mode } from "aistack-engine";
import { parse } from "yaml";
import { apiServerArguments } from "../gpu-cluster/hardening";
import { created, inputs, modes, planned, refusal, waitsFor } from "../testing";
import type { AuditLogForwarderArgs } from "./args";
import { AuditLogForwarder } from "./audit-log-forwarder";
import { bufferSizeFor } from "./buffer";
import * as defaults from "./defaults";

const cluster: ClusterBinding = { name: "plant", platform: Platform.Edge, kubeconfig: "{}" };

const store: ObjectStoreBinding = {
  kind: "object-store",
  name: "records",
  platform: Platform.Aws,
  bucket: "records-1234",
  url: "s3://records-1234",
  region: "eu-west-1",
  egress: [{ port: 443 }],
  access: { read: [], write: [] },
};

/** What an AccessGrant to the edge puts out. */
const writer: Binding = {
  kind: "identity",
  name: "writer",
  environment: {
    AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/writer",
    AWS_WEB_IDENTITY_TOKEN_FILE: "/var/run/secrets/aistack.dev/writer/token",
    AWS_REGION: "eu-west-1",
  },
  tokens: [{ audience: "sts.amazonaws.com", path: "writer/token" }],
  egress: [{ port: 443 }],
};

const make = (args: Partial<AuditLogForwarderArgs>) => () => {
  const { bufferSizeGiB, identity } = new AuditLogForwarder("audit", { cluster, store, uses: [writer], ...args });
  return { bufferSizeGiB, identity };
};
const forwarder = (args: Partial<AuditLogForwarderArgs> = {}, mode: Mode = "simulate") => planned(make(args), mode);

// biome-ignore lint/suspicious/noExplicitAny: a document whose shape the test itself states
const configuration = (graph: Graph): any => parse(inputs(graph, "audit-configuration", "data")["collector.yaml"]);
const pod = "spec.template.spec";

describe.each(modes)("in %s", (mode) => {
  test("creates these children and no others", async () => {
    const graph = await forwarder({}, mode);
    expect(created(graph)).toEqual([
      "audit-account ServiceAccount",
      "audit-cluster kubernetes",
      "audit-configuration ConfigMap",
      "audit-credentials Secret",
      "audit-default-deny NetworkPolicy",
      "audit-namespace Namespace",
      "audit-network NetworkPolicy",
      "audit-readers DaemonSet",
    ]);
    expect(graph.outputs).toEqual({
      bufferSizeGiB: 15,
      identity: { namespace: "audit", serviceAccount: "audit" },
    });
  });

  test("reads the log where GpuCluster has the API server write it, from its beginning, also when it is rotated", async () => {
    const graph = await forwarder({}, mode);
    const path = apiServerArguments(defaults.paths)
      .find((argument) => argument.startsWith("audit-log-path="))
      ?.slice("audit-log-path=".length) as string;
    const folder = path.slice(0, path.lastIndexOf("/"));
    expect(inputs(graph, "audit-readers", `${pod}.volumes`)).toContainEqual({
      name: "log",
      hostPath: { path: folder, type: "Directory" },
    });
    expect(inputs(graph, "audit-readers", `${pod}.containers.0.volumeMounts`)).toContainEqual({
      name: "log",
      mountPath: "/var/log/kubernetes-audit",
      readOnly: true,
    });
    expect(configuration(graph).receivers.filelog).toEqual({
      include: ["/var/log/kubernetes-audit/audit*.log"],
      start_at: "beginning",
      storage: "file_storage",
      include_file_name: false,
      max_log_size: "4MiB",
      retry_on_failure: { enabled: true, max_elapsed_time: 0 },
    });
    expect(inputs(graph, "audit-readers", `${pod}.containers.0.args`)).toEqual([
      "--config=/etc/collector/collector.yaml",
      "--feature-gates=stanza.synchronousLogEmitter",
    ]);
  });

  test("runs on every server, whatever taints it has, and on no other node", async () => {
    const graph = await forwarder({}, mode);
    expect(inputs(graph, "audit-readers", pod)).toMatchObject({
      nodeSelector: { "node-role.kubernetes.io/control-plane": "true" },
      tolerations: [{ operator: "Exists" }],
    });
  });

  test("keeps what it cannot write on the server's disk, up to its size, and reads on when there is room", async () => {
    const graph = await forwarder({ bufferSizeGiB: 30, bufferPath: "/data/audit" }, mode);
    const { extensions, exporters, service } = configuration(graph);
    expect(extensions.file_storage).toEqual({ directory: "/var/lib/collector", fsync: true, max_size: 27 * 2 ** 30 });
    expect(exporters.awss3).toMatchObject({
      marshaler: "body",
      retry_on_failure: { enabled: true, max_elapsed_time: 0 },
      s3uploader: { s3_prefix: "kubernetes", s3_partition_format: "year=%Y/month=%m/day=%d", compression: "gzip" },
      sending_queue: {
        storage: "file_storage",
        sizer: "bytes",
        queue_size: 0.6 * 30 * 2 ** 30,
        block_on_overflow: true,
      },
    });
    expect(service.pipelines).toEqual({
      logs: { receivers: ["filelog"], processors: ["memory_limiter"], exporters: ["awss3"] },
    });
    expect(inputs(graph, "audit-readers", `${pod}.volumes`)).toContainEqual({
      name: "buffer",
      hostPath: { path: "/data/audit", type: "DirectoryOrCreate" },
    });
  });

  test("writes with a token of its own and no stored key", async () => {
    const graph = await forwarder({}, mode);
    const env = inputs(graph, "audit-readers", `${pod}.containers.0.env`);
    expect(env).toEqual(
      expect.arrayContaining([
        ...Object.entries(writer.environment as object).map(([name, value]) => ({ name, value })),
        { name: "STORE_BUCKET", value: "records-1234" },
        { name: "STORE_REGION", value: "eu-west-1" },
        { name: "AWS_EC2_METADATA_DISABLED", value: "true" },
      ]),
    );
    expect(inputs(graph, "audit-readers", `${pod}.volumes`)).toContainEqual({
      name: "tokens",
      projected: {
        sources: [
          { serviceAccountToken: { audience: "sts.amazonaws.com", path: "writer/token", expirationSeconds: 3600 } },
        ],
      },
    });
    expect(inputs(graph, "audit-credentials", "stringData")).toEqual({});
  });

  test("is root, whose log it is, with none of root's other powers, in a namespace of its own that nobody enters", async () => {
    const graph = await forwarder({}, mode);
    expect(inputs(graph, "audit-namespace", "metadata.labels")).toMatchObject({
      "pod-security.kubernetes.io/enforce": "privileged",
    });
    expect(inputs(graph, "audit-readers", pod)).toMatchObject({
      automountServiceAccountToken: false,
      securityContext: { runAsUser: 0, seccompProfile: { type: "RuntimeDefault" } },
    });
    expect(inputs(graph, "audit-readers", pod)).not.toHaveProperty("hostNetwork");
    expect(inputs(graph, "audit-readers", pod)).not.toHaveProperty("hostPID");
    expect(inputs(graph, "audit-readers", `${pod}.containers.0.securityContext`)).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    });
    const spec = inputs(graph, "audit-network", "spec");
    expect(spec.policyTypes).toEqual(["Ingress", "Egress"]);
    expect(inputs(graph, "audit-default-deny", "spec")).toEqual({
      podSelector: {},
      policyTypes: ["Ingress", "Egress"],
    });
    expect(spec).not.toHaveProperty("ingress");
    const ports = spec.egress.map((rule: { ports: { port: number }[] }) => rule.ports.map((row) => row.port));
    expect(ports).toEqual([[53, 53], [443], [443]]);
    expect(waitsFor(graph, "audit-readers")).toContain("audit-network");
  });

  test("the configuration carries the label by which plans are judged", async () => {
    expect(inputs(await forwarder({}, mode), "audit-configuration", "metadata.labels")).toMatchObject({
      "aistack.dev/purpose": "audit-events",
    });
  });
});

describe("the size of the buffer", () => {
  // Seconds of the days x events x bytes of one, in the three fifths that events may fill, in GiB.
  test.each([
    [7, 10, 15],
    [14, 10, 29],
    [1, 1, 1],
    [7, 100, 145],
    [30, 50, 309],
  ])("%d days of %d events a second take %d GiB", (days, rate, size) => {
    expect(size).toBe(Math.ceil((days * 86400 * rate * 1536) / 0.6 / 1024 ** 3));
    expect(bufferSizeFor(days, rate)).toBe(size);
  });

  test("is what the days and the rate need", async () => {
    const graph = await forwarder({ bufferDays: 14, eventsPerSecond: 50 });
    const size = bufferSizeFor(14, 50);
    expect(graph.outputs.bufferSizeGiB).toBe(size);
    const { queue_size } = configuration(graph).exporters.awss3.sending_queue;
    expect(queue_size).toBeGreaterThanOrEqual(14 * 86400 * 50 * 1536);
  });
});

test("a store of your own is reached at its address and by its certificate, with its credentials in the secret alone", async () => {
  const own: ObjectStoreBinding = {
    ...store,
    platform: Platform.Kubernetes,
    endpoint: "https://192.0.2.30:9000",
    credentials: { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "do-not-show" },
    egress: [{ port: 9000, cidr: "192.0.2.30/32" }],
  };
  const storeCertificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----";
  const graph = await forwarder({ store: pulumi.secret(own), uses: [], storeCertificate });
  const env = inputs(graph, "audit-readers", `${pod}.containers.0.env`);
  expect(env).toContainEqual({ name: "STORE_ENDPOINT", value: "https://192.0.2.30:9000" });
  expect(env).toContainEqual({ name: "AWS_CA_BUNDLE", value: "/etc/collector/store-ca.pem" });
  expect(JSON.stringify(graph)).not.toContain("do-not-show");
});

const bad: [string, Partial<AuditLogForwarderArgs>, string[]][] = [
  [
    "a bucket that it would lose records for",
    { store: { ...store, platform: Platform.Gcp } },
    ['store.platform is "gcp", but must be that of a bucket that speaks S3'],
  ],
  [
    "days and a size at once",
    { bufferDays: 7, eventsPerSecond: 5, bufferSizeGiB: 10 },
    ["bufferDays has no effect together with `bufferSizeGiB`", "eventsPerSecond has no effect"],
  ],
  [
    "more than a disk holds",
    { bufferDays: 90, eventsPerSecond: 10000 },
    ["bufferDays is 90 at 10000 events a second, which takes"],
  ],
  ["a path that climbs", { auditLogPath: "/var/../etc/shadow" }, ['auditLogPath is "/var/../etc/shadow", but must be']],
  ["the root as a buffer", { bufferPath: "/" }, ['bufferPath is "/", but must be an absolute path']],
  ["two bindings of one name", { uses: [writer, writer] }, ['uses[1].name is "writer" as in uses[0]']],
  [
    "five faults at once",
    { bufferDays: 0, eventsPerSecond: 0.5, cpu: "much", memory: "much", namespace: "A" },
    ["bufferDays is 0", "eventsPerSecond is 0.5", 'cpu is "much"', 'memory is "much"', 'namespace is "A"'],
  ],
];
test.each(bad)("refuses %s", async (_, args, messages) => {
  const reason = await refusal(make(args));
  for (const message of messages) expect(reason).toContain(message);
});

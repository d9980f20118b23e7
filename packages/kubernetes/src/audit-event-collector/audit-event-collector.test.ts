import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random";
import {
  AuditEventClass,
  type AuditEventsBinding,
  type Binding,
  bindingField,
  type ObjectStoreBinding,
  Platform,
} from "aistack-core";
import { type Graph, type Mode, plan, resource } from "aistack-engine";
import { parse } from "yaml";
import { InferenceService } from "../inference-service/inference-service";
import { created, inputs, refusal, testCluster } from "../testing";
import type { AuditEventCollectorArgs } from "./args";
import { AuditEventCollector } from "./audit-event-collector";
import { personalAttributes, removedAttributes, valuePatterns } from "./personal-data";

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

/** What an AccessGrant to an EKS cluster puts out. */
const writer: Binding = {
  kind: "identity",
  name: "writer",
  environment: { AWS_REGION: "eu-west-1" },
  egress: [{ port: 80, cidr: "169.254.170.23/32" }],
};

const modes: Mode[] = ["preview", "simulate"];

function planned(
  args: Partial<AuditEventCollectorArgs> = {},
  mode: Mode = "simulate",
  name = "events",
): Promise<Graph> {
  return plan(
    () => {
      const { binding, identity } = new AuditEventCollector(name, {
        cluster: testCluster,
        store,
        uses: [writer],
        ...args,
      });
      return { binding, identity };
    },
    { mode },
  );
}

// biome-ignore lint/suspicious/noExplicitAny: a document whose shape the test itself states
const configuration = (graph: Graph): any => parse(inputs(graph, "events-configuration", "data")["collector.yaml"]);
const pod = "spec.template.spec";
const variables = (graph: Graph) =>
  Object.fromEntries(
    inputs(graph, "events-collectors", `${pod}.containers.0.env`).map((row: { name: string; value?: string }) => [
      row.name,
      row.value,
    ]),
  );

describe.each(modes)("in %s", (mode) => {
  test("creates these children and no others", async () => {
    const graph = await planned({}, mode);
    expect(created(graph)).toEqual([
      "events-account ServiceAccount",
      "events-cluster kubernetes",
      "events-collectors StatefulSet",
      "events-configuration ConfigMap",
      "events-default-deny NetworkPolicy",
      "events-disruption PodDisruptionBudget",
      "events-hosts Service",
      "events-namespace Namespace",
      "events-network NetworkPolicy",
      "events-pseudonym-key RandomPassword",
      "events-secrets Secret",
      "events-service Service",
    ]);
  });

  test("the binding says where events go, and lets in who carries its label", async () => {
    const graph = await planned({}, mode);
    const podLabels = { "app.kubernetes.io/instance": "events", "app.kubernetes.io/component": "audit-events" };
    expect(graph.outputs.binding).toEqual({
      kind: "audit-events",
      name: "events",
      endpoint: "http://events.events.svc:4318",
      grpcEndpoint: "http://events.events.svc:4317",
      classes: Object.values(AuditEventClass),
      environment: {
        EVENTS_ENDPOINT: "http://events.events.svc:4318",
        EVENTS_GRPC_ENDPOINT: "http://events.events.svc:4317",
        OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: "http://events.events.svc:4318/v1/logs",
        OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: "http/protobuf",
      },
      clientLabels: { "access.aistack.dev/events": "allowed" },
      egress: [
        { port: 4317, namespace: "events", podLabels },
        { port: 4318, namespace: "events", podLabels },
      ],
    });
    expect(graph.outputs.identity).toEqual({ namespace: "events", serviceAccount: "events" });
  });

  test("the plan shows the whole configuration, also while the bucket is only being made", async () => {
    const graph = await plan(
      () => {
        const made = new RandomPassword("bucket", { length: 8, special: false });
        new AuditEventCollector("events", { cluster: testCluster, store: { ...store, bucket: made.result as never } });
      },
      { mode },
    );
    expect(inputs(graph, "events-configuration", "metadata.labels")).toMatchObject({
      "aistack.dev/purpose": "audit-events",
    });
    expect(Object.keys(configuration(graph).service.pipelines)).toEqual(["logs/events", "logs/rejected"]);
  });

  test("what was acknowledged is on the disk, and is sent for as long as it takes", async () => {
    const { extensions, exporters, service } = configuration(await planned({ bufferSizeGiB: 20 }, mode));
    expect(extensions.file_storage).toEqual({
      directory: "/var/lib/collector",
      fsync: true,
      max_size: 18 * 2 ** 30,
    });
    expect(service.extensions).toEqual(["file_storage", "health_check"]);
    expect(Object.keys(exporters)).toEqual(["awss3/events", "awss3/rejected"]);
    for (const exporter of Object.values(exporters))
      expect(exporter).toMatchObject({
        marshaler: "body",
        retry_on_failure: { enabled: true, max_elapsed_time: 0 },
        sending_queue: { enabled: true, storage: "file_storage", sizer: "bytes", block_on_overflow: false },
        s3uploader: { compression: "gzip", s3_partition_timezone: "UTC", unique_key_func_name: "uuidv7" },
      });
    const sizes = Object.values(exporters).map(
      (row) => (row as { sending_queue: { queue_size: number } }).sending_queue,
    );
    const queued = sizes.reduce((sum, { queue_size }) => sum + queue_size, 0);
    expect(queued).toBeLessThanOrEqual(0.4 * 20 * 2 ** 30);
    expect(queued).toBeGreaterThan(0.39 * 20 * 2 ** 30);
    const claim = inputs(
      await planned({ bufferSizeGiB: 20 }, mode),
      "events-collectors",
      "spec.volumeClaimTemplates.0",
    );
    expect(claim.spec).toEqual({
      accessModes: ["ReadWriteOnce"],
      storageClassName: "fast",
      resources: { requests: { storage: "20Gi" } },
    });
  });

  test("events and what is rejected go to folders of their own, each without personal data", async () => {
    const { exporters, service, processors } = configuration(await planned({}, mode));
    const prefix = (id: string) => exporters[id].s3uploader.s3_prefix;
    expect([prefix("awss3/events"), prefix("awss3/rejected")]).toEqual(["events", "rejected"]);
    for (const { processors: steps } of Object.values(service.pipelines) as { processors: string[] }[]) {
      expect(steps.slice(0, 3)).toEqual(["memory_limiter", "transform/schema", "redaction"]);
      // What waits in memory alone would be lost.
      expect(steps).not.toContain("batch");
    }
    expect(processors.redaction).toMatchObject({
      hash_function: "hmac-sha256",
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the collector's own writing
      hmac_key: "${env:PSEUDONYM_KEY}",
      redact_all_types: true,
    });
  });

  test("the bucket is written to with an identity of its own and no stored key", async () => {
    const graph = await planned({}, mode);
    expect(variables(graph)).toEqual({
      POD_NAME: undefined,
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_REGION: "eu-west-1",
      STORE_BUCKET: "records-1234",
      STORE_REGION: "eu-west-1",
      STORE_ENDPOINT: "",
      STORE_PATH_STYLE: "false",
    });
    const secrets = inputs(graph, "events-secrets", "stringData");
    if (mode === "simulate") expect(Object.keys(secrets.reveal())).toEqual(["PSEUDONYM_KEY"]);
    expect(inputs(graph, "events-pseudonym-key")).toEqual({ length: 48, special: false });
  });

  test("satisfies `restricted`, has requests, limits, probes and a pinned image, and is spread", async () => {
    const graph = await planned({}, mode);
    expect(inputs(graph, "events-collectors", pod)).toMatchObject({
      serviceAccountName: "events",
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
      topologySpreadConstraints: [
        { topologyKey: "kubernetes.io/hostname" },
        { topologyKey: "topology.kubernetes.io/zone" },
      ],
    });
    const container = inputs(graph, "events-collectors", `${pod}.containers.0`);
    expect(container).toMatchObject({
      image: expect.stringMatching(/opentelemetry-collector-contrib:0\.158\.0@sha256:[0-9a-f]{64}$/),
      command: ["/otelcol-contrib"],
      args: ["--config=/etc/collector/collector.yaml"],
      resources: { requests: { cpu: "250m", memory: "512Mi" }, limits: { memory: "512Mi" } },
      readinessProbe: { httpGet: { path: "/", port: "health" } },
      livenessProbe: { httpGet: { path: "/", port: "health" } },
      securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true },
    });
    expect(inputs(graph, "events-collectors", "spec")).toMatchObject({
      replicas: 2,
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
    });
    expect(inputs(graph, "events-disruption", "spec.maxUnavailable")).toBe(1);
  });

  test("in come clients on the ports of OTLP, out go name resolution and what is used", async () => {
    const spec = inputs(await planned({ clientNamespaces: ["assistant"] }, mode), "events-network", "spec");
    expect(spec.policyTypes).toEqual(["Ingress", "Egress"]);
    expect(spec.ingress).toEqual([
      {
        from: [
          {
            namespaceSelector: {
              matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "In", values: ["assistant"] }],
            },
            podSelector: { matchLabels: { "access.aistack.dev/events": "allowed" } },
          },
        ],
        ports: [
          { protocol: "TCP", port: 4317 },
          { protocol: "TCP", port: 4318 },
        ],
      },
    ]);
    const ports = spec.egress.map((rule: { ports: { port: number }[] }) => rule.ports.map((row) => row.port));
    expect(ports).toEqual([[53, 53], [443], [80]]);
  });

  test("disks and namespace outlive the component", async () => {
    const graph = await planned({}, mode);
    const kept = graph.resources.filter((row) => row.custom && row.options.retainOnDelete).map((row) => row.name);
    expect(kept.sort()).toEqual(["events-default-deny", "events-namespace"]);
  });

  test("with a certificate, clients must speak TLS", async () => {
    const graph = await planned({ tlsSecretName: "events-tls" }, mode);
    const { grpc, http } = configuration(graph).receivers.otlp.protocols;
    const tls = {
      cert_file: "/etc/collector-tls/tls.crt",
      key_file: "/etc/collector-tls/tls.key",
      min_version: "1.2",
      reload_interval: "1h",
    };
    expect([grpc.tls, http.tls]).toEqual([tls, tls]);
    expect(inputs(graph, "events-collectors", `${pod}.volumes`)).toContainEqual({
      name: "tls",
      secret: { secretName: "events-tls" },
    });
    expect(graph.outputs.binding).toMatchObject({ endpoint: "https://events.events.svc:4318" });
    expect(configuration(await planned({}, mode)).receivers.otlp.protocols.grpc).toEqual({ endpoint: "0.0.0.0:4317" });
  });

  test("only the classes that are named are taken", async () => {
    const { processors } = configuration(await planned({ classes: [AuditEventClass.ModelApproval] }, mode));
    const conditions = processors["filter/events"].logs.log_record;
    expect(conditions).toHaveLength(3);
    expect(conditions[2]).toBe('not IsMatch(log.attributes["audit.class"], "^(model\\\\.approval)$$")');
  });

  test("a workload that uses the binding may send, and knows where", async () => {
    const graph = await plan(
      () => {
        const { binding } = new AuditEventCollector("events", { cluster: testCluster, store });
        new InferenceService("chat", { cluster: testCluster, model: "Qwen/Qwen3-4B", uses: [binding] });
      },
      { mode },
    );
    expect(inputs(graph, "chat-replicas", "spec.template.metadata.labels")).toMatchObject({
      "access.aistack.dev/events": "allowed",
    });
    expect(inputs(graph, "chat-replicas", `${pod}.containers.0.env`)).toContainEqual({
      name: "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
      value: "http://events.events.svc:4318/v1/logs",
    });
    const egress = inputs(graph, "chat-network", "spec.egress");
    expect(JSON.stringify(egress)).toContain('"port":4318');
  });
});

test("a store of your own is reached at its address and by its certificate, with its credentials in the secret alone", async () => {
  const own: ObjectStoreBinding = {
    ...store,
    platform: Platform.Kubernetes,
    region: undefined,
    endpoint: "https://store.store.svc:9000",
    credentials: { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "do-not-show" },
    clientLabels: { "access.aistack.dev/store": "allowed" },
    egress: [{ port: 9000, namespace: "store" }],
  };
  const storeCertificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
  const graph = await planned({ store: pulumi.secret(own), uses: [], storeCertificate, namespace: "audit" });
  expect(variables(graph)).toMatchObject({
    STORE_ENDPOINT: "https://store.store.svc:9000",
    STORE_PATH_STYLE: "true",
    STORE_REGION: "us-east-1",
    AWS_CA_BUNDLE: "/etc/collector/store-ca.pem",
  });
  expect(inputs(graph, "events-configuration", "data")["store-ca.pem"]).toBe(storeCertificate);
  expect(inputs(graph, "events-collectors", "spec.template.metadata.labels")).toMatchObject(
    own.clientLabels as { [label: string]: string },
  );
  expect(inputs(graph, "events-secrets", "stringData").reveal()).toMatchObject(own.credentials as object);
  expect(JSON.stringify(graph)).not.toContain("do-not-show");
  expect(created(graph)).not.toContain("events-namespace Namespace");
});

test("what is redacted can be widened, and texts be recorded", async () => {
  const redact = {
    patterns: ["MRN-\\d{6}$"],
    hashedAttributes: ["ward.bed"],
    removedAttributes: ["diagnosis"],
    recordTexts: true,
  };
  const { processors } = configuration(await planned({ redact }));
  const { blocked_values, blocked_key_patterns } = processors.redaction;
  // The collector takes `$$` for `$`.
  expect(blocked_values.at(-1)).toBe("MRN-\\d{6}$$");
  expect(blocked_key_patterns[0]).toBe("^(audit\\.subject|ward\\.bed)$$");
  expect(processors["transform/schema"].log_statements[0].statements).toContain(
    'delete_matching_keys(log.attributes, "^diagnosis$$")',
  );
});

test("another period makes another key", async () => {
  const graph = await planned({ redact: { keyPeriod: "2026" } });
  expect(inputs(graph, "events-pseudonym-key", "keepers")).toEqual({ period: "2026" });
  const given = await planned({ redact: { key: pulumi.secret("do-not-show-".repeat(4)) } });
  expect(created(given)).not.toContain("events-pseudonym-key RandomPassword");
  expect(JSON.stringify(given)).not.toContain("do-not-show-");
});

test("a change of the configuration or of the key restarts the collectors", async () => {
  const hashes = async (args: Partial<AuditEventCollectorArgs>) =>
    inputs(await planned(args), "events-collectors", "spec.template.metadata.annotations");
  const [one, other] = [await hashes({}), await hashes({ classes: [AuditEventClass.DataAccess] })];
  expect(one["aistack.dev/configuration-hash"]).not.toBe(other["aistack.dev/configuration-hash"]);
});

test("adopts a collector that exists", async () => {
  const existing: AuditEventsBinding = {
    kind: "audit-events",
    name: "shared",
    endpoint: "http://events.shared.svc:4318",
    grpcEndpoint: "http://events.shared.svc:4317",
    classes: [AuditEventClass.DataAccess],
  };
  const graph = await plan(() => {
    const { binding, identity } = new AuditEventCollector("events", { cluster: testCluster, store, existing });
    return { endpoint: bindingField(binding, "endpoint"), identity };
  });
  expect(created(graph)).toEqual([]);
  expect(graph.outputs).toEqual({ endpoint: "http://events.shared.svc:4318" });
});

describe("what counts as personal data", () => {
  const found = (text: string) => valuePatterns.some((pattern) => new RegExp(pattern).test(text));
  test.each([
    "anna@example.com",
    "a.b+c@mail.example.co.uk",
    "+49 731 1234567",
    "+1 (555) 010-9999",
    "0731/1234567",
    "0731 1234567",
    "4111 1111 1111 1111",
    "4111111111111111",
    "3782 822463 10005",
    "DE89 3704 0044 0532 0130 00",
    "GB29NWBK60161331926819",
    "192.0.2.7",
    "2001:db8::17",
    "2001:0db8:0000:0000:0000:0000:0000:0017",
  ])("%s is", (text) => expect(found(text)).toBe(true));
  test.each([
    "2026-01-02T03:04:05.678Z",
    "03:04:05",
    "1234.56",
    "1.36.3",
    "A-2026-000123",
    "qwen3-32b",
    "01a21412-aeb9-778c-9c0a-676698c73fae",
    "1764000000123",
  ])("%s is not", (text) => expect(found(text)).toBe(false));

  const named = (name: string, pattern: string) => new RegExp(pattern.replace("(?i)", ""), "i").test(name);
  test.each([
    "user.name",
    "firstName",
    "customer_name",
    "e-mail",
    "user.id",
    "client.address",
    "date_of_birth",
    "name",
  ])("an attribute %s holds it", (name) => expect(named(name, personalAttributes)).toBe(true));
  test.each(["service.name", "model", "gen_ai.request.model", "server.address", "http.route"])(
    "an attribute %s does not",
    (name) => expect(named(name, personalAttributes)).toBe(false),
  );
  test.each(["password", "api_key", "http.request.header.authorization", "access_token"])("%s is removed", (name) =>
    expect(named(name, removedAttributes)).toBe(true),
  );
  test.each(["gen_ai.usage.input_tokens", "token_count", "secretary"])("%s is not removed", (name) =>
    expect(named(name, removedAttributes)).toBe(false),
  );
});

const bad: [string, Partial<AuditEventCollectorArgs>, string[]][] = [
  [
    "a bucket that the collector would lose events for",
    { store: { ...store, platform: Platform.Gcp } },
    ['store.platform is "gcp", but must be that of a bucket that speaks S3'],
  ],
  ["a bucket on AWS whose region nobody knows", { store: { ...store, region: undefined }, uses: [] }, ["store.region"]],
  [
    "a class that does not exist",
    { classes: ["gossip" as AuditEventClass] },
    ['classes is ["gossip"], but item 0 ("gossip") must be one of inference.request'],
  ],
  ["no class at all", { classes: [] }, ["classes is [], but must have 1 items or more"]],
  [
    "patterns that RE2 does not know",
    { redact: { patterns: ["(?<=a)b", "(", "(a)\\1"] } },
    ["redact.patterns is", "item 0", "item 1", "item 2"],
  ],
  ["an attribute that is none", { redact: { removedAttributes: ["a b"] } }, ["redact.removedAttributes"]],
  ["a key that can be guessed", { redact: { key: "short" } }, ['redact.key is "short", but must be 32 to 256 letters']],
  [
    "a period for a key that is given",
    { redact: { key: "k".repeat(32), keyPeriod: "2026" } },
    ["redact.keyPeriod has no effect together with `redact.key`"],
  ],
  [
    "a certificate that is none",
    { storeCertificate: "ca.pem" },
    ['storeCertificate is "ca.pem", but must be certificates'],
  ],
  ["two bindings of one name", { uses: [writer, writer] }, ['uses[1].name is "writer" as in uses[0]']],
  [
    "five faults at once",
    { replicas: 0, bufferSizeGiB: 0.5, cpu: "much", memory: "much", namespace: "A" },
    ["replicas is 0", "bufferSizeGiB is 0.5", 'cpu is "much"', 'memory is "much"', 'namespace is "A"'],
  ],
  [
    "arguments beside `existing`",
    {
      existing: { kind: "audit-events", name: "x", endpoint: "http://x", grpcEndpoint: "http://x", classes: [] },
      replicas: 3,
    },
    ["uses has no effect together with `existing`", "replicas has no effect"],
  ],
];
test.each(bad)("refuses %s", async (_, args, messages) => {
  const reason = await refusal(planned(args));
  for (const message of messages) expect(reason).toContain(message);
});

test("does not show a key that it refuses", async () => {
  const reason = await refusal(planned({ redact: { key: pulumi.secret("do-not-show") } }));
  expect(reason).toContain("redact.key is a secret, but must be 32 to 256");
  expect(reason).not.toContain("do-not-show");
});

test("refuses a name that is too long for the volumes", async () => {
  const reason = await refusal(planned({}, "simulate", "e".repeat(48)));
  expect(reason).toContain("but must be 1 to 47 lower-case letters");
});

test("everything waits for the policies, and who sends waits for the collectors", async () => {
  const graph = await planned();
  const waits = resource(graph, "events-collectors").dependencies.map((urn) => urn.split("::").at(-1));
  expect(waits).toEqual(expect.arrayContaining(["events-network", "events-secrets", "events-configuration"]));
  expect(inputs(graph, "events-hosts", "metadata.annotations")).toEqual({ "pulumi.com/skipAwait": "true" });
  expect(inputs(graph, "events-hosts", "spec.clusterIP")).toBe("None");
  // The service waits for the collectors: the other way round, both would wait for ever.
  expect(waits).not.toContain("events-service");
});

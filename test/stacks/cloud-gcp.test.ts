import { join } from "node:path";
import { type Graph, PlanError, planDirectory } from "aistack-engine";
import { root } from "../programs";

const dir = join(root, "stacks/cloud-gcp");

function ofType(graph: Graph, type: string) {
  return graph.resources.filter((row) => row.type === type);
}

// biome-ignore lint/suspicious/noExplicitAny: inputs whose shape the test itself states
const find = (graph: Graph, name: string): any => graph.resources.find((row) => row.name === name);

describe("in simulation", () => {
  let graph: Graph;
  beforeAll(async () => {
    graph = await planDirectory(dir, { stack: "dev", mode: "simulate" });
  }, 60_000);

  test("the API is open to the configured range alone", () => {
    const [cluster] = ofType(graph, "gcp:container/cluster:Cluster");
    expect(cluster?.inputs).toMatchObject({
      privateClusterConfig: { enablePrivateNodes: true, enablePrivateEndpoint: false },
      masterAuthorizedNetworksConfig: {
        cidrBlocks: [{ cidrBlock: "203.0.113.0/24" }],
        gcpPublicCidrsAccessEnabled: false,
      },
      controlPlaneEndpointsConfig: { dnsEndpointConfig: { allowExternalTraffic: false } },
    });
  });

  test("the plan says what in its configuration stands for something else", () => {
    const warnings = graph.diagnostics.filter((row) => row.severity === "warning").map((row) => row.message);
    expect(warnings).toEqual([
      expect.stringContaining("pulumi config set apiAccessCidrs"),
      expect.stringContaining("pulumi config set gcp:project"),
    ]);
  });

  test("workloads wait for nodes, the storage class and the GPU operator", () => {
    const [provider] = ofType(graph, "pulumi:providers:kubernetes");
    const names = provider?.dependencies.map((urn) => urn.split("::").at(-1));
    expect(names).toEqual(
      expect.arrayContaining(["cluster-cluster", "cluster-system-nodes", "cluster-nvidia-l4-nodes"]),
    );
    const store = graph.resources.find((row) => row.name === "vectors-servers");
    expect(store?.dependencies.map((urn) => urn.split("::").at(-1))).toEqual(
      expect.arrayContaining(["cluster-storage-pd-balanced", "cluster-runtime-nvidia-operator"]),
    );
  });

  test("volumes are of the class that is encrypted with the cluster's key", () => {
    const claims = JSON.stringify(graph.resources.filter((row) => row.type.startsWith("kubernetes:")));
    expect(new Set(claims.match(/"storageClassName":"[^"]*"/g))).toEqual(
      new Set(['"storageClassName":"pd-balanced-encrypted"']),
    );
  });

  test("audit records: the project's audit logs and the network's connections, without waiting for the cluster", () => {
    const sinks = ofType(graph, "gcp:logging/projectSink:ProjectSink");
    expect(sinks.map(({ name }) => name).sort()).toEqual(["audit-traffic", "audit-trail"]);
    const [trail, traffic] = ["audit-trail", "audit-traffic"].map((name) => sinks.find((row) => row.name === name));
    expect(trail?.inputs.filter).toContain('log_id("cloudaudit.googleapis.com/activity")');
    expect(trail?.dependencies.map((urn) => urn.split("::").at(-1))).not.toContain("cluster-cluster");
    expect(traffic?.inputs.filter).toMatch(
      /^log_id\("compute.googleapis.com\/vpc_flows"\) AND resource.labels.subnetwork_name="cluster-network-subnet-/,
    );
    const audited = ofType(graph, "gcp:projects/iAMAuditConfig:IAMAuditConfig").map((row) => row.inputs.service);
    expect(audited.sort()).toEqual(["cloudkms", "container", "storage"].map((name) => `${name}.googleapis.com`));
    const records = graph.resources.find((row) => row.name === "audit-records");
    expect(records?.inputs.retentionPolicy).toEqual({ retentionPeriod: "31536000", isLocked: false });
    expect(records?.options.retainOnDelete).toBe(true);
    expect(graph.outputs.auditDataset).toBe("audit_dev");
  });

  test("what the assistant is asked and answers goes to the audit bucket, with no right to read or delete and no key", () => {
    const variables = (name: string, container = 0) =>
      find(graph, name)?.inputs.spec.template.spec.containers[container].env as { name: string; value?: string }[];
    expect(variables("assistant-replicas")).toContainEqual({
      name: "EVENTS_ENDPOINT",
      value: "http://events.events.svc:4318",
    });
    const bucket = find(graph, "audit-records")?.outputs.name ?? graph.outputs.auditBucket;
    expect(variables("events-collectors")).toContainEqual({ name: "STORE_BUCKET", value: bucket });
    expect(variables("events-collectors", 1)).toContainEqual({
      name: "STORE_ADDRESS",
      value: "https://storage.googleapis.com",
    });
    const names = [0, 1].flatMap((container) => variables("events-collectors", container).map(({ name }) => name));
    expect(names.filter((name) => /KEY|SECRET|GOOGLE_APPLICATION/.test(name))).toEqual([]);
    const grants = ofType(graph, "gcp:projects/iAMMember:IAMMember").filter(({ name }) => name.startsWith("events-"));
    expect(grants.map(({ inputs }) => inputs)).toEqual([
      {
        project: "my-project",
        role: "roles/storage.objectCreator",
        member: expect.stringMatching(
          /^principal:\/\/iam\.googleapis\.com\/projects\/\d+\/locations\/global\/workloadIdentityPools\/my-project\.svc\.id\.goog\/subject\/ns\/events\/sa\/events$/,
        ),
        condition: expect.objectContaining({ expression: expect.stringContaining(`buckets/${bucket}`) }),
      },
    ]);
    const egress = find(graph, "events-network")?.inputs.spec.egress;
    expect(JSON.stringify(egress)).toContain('"cidr":"169.254.169.254/32"');
  });

  test("one Kubernetes provider serves the whole stack", () => {
    expect(ofType(graph, "pulumi:providers:kubernetes")).toHaveLength(1);
  });
});

test("production asks for what its configuration says", async () => {
  const graph = await planDirectory(dir, { stack: "prod", mode: "simulate" });
  const gpu = graph.resources.find((row) => row.name === "cluster-nvidia-l4-nodes");
  expect(gpu?.inputs).toMatchObject({
    nodeCount: 1,
    nodeLocations: ["europe-west4-a", "europe-west4-c"],
    nodeConfig: { machineType: "g2-standard-48" },
  });
  expect(ofType(graph, "gcp:container/cluster:Cluster")[0]?.inputs.deletionProtection).toBe(true);
  const records = graph.resources.find((row) => row.name === "audit-records");
  expect(records?.inputs.retentionPolicy).toEqual({ retentionPeriod: `${184 * 86_400}`, isLocked: false });
  const { image } = find(graph, "events-collectors").inputs.spec.template.spec.containers[0];
  expect(image).toContain("/opentelemetry-collector-contrib:");
  // The contradictions of the regulations are resolved in the configuration.
  expect(graph.diagnostics.filter(({ message }) => message.includes("contradict"))).toEqual([]);
}, 60_000);

test("on a cluster that exists, only the Kubernetes part is created", async () => {
  const graph = await planDirectory(dir, { stack: "dev", mode: "simulate", config: { kubeconfig: "{}" } });
  const providers = new Set(graph.resources.filter((row) => row.custom).map((row) => row.type.split(":")[0]));
  expect([...providers].sort()).toEqual(["kubernetes", "pulumi", "random"]);
}, 60_000);

test("every fault of the configuration is told at once, with what is allowed", async () => {
  const config = {
    accelerator: "nvidia-l40s",
    gpuNodes: "0",
    apiAccessCidrs: "everywhere",
    compliance: "sox",
    resolutions: '{"peace":"We shall all be friends."}',
  };
  const outcome = await planDirectory(dir, { stack: "dev", config }).catch((error) => error);
  expect(outcome).toBeInstanceOf(PlanError);
  expect(outcome.message).toContain('accelerator is "nvidia-l40s", but must be one of nvidia-l4, nvidia-a100-40gb');
  expect(outcome.message).toContain("gpuNodes is 0, but must be a whole number from 1 to 100");
  expect(outcome.message).toContain('apiAccessCidrs is ["everywhere"], but item 0');
  expect(outcome.message).toContain('compliance is ["sox"], but item 0 ("sox") must be one of gdpr');
  expect(outcome.message).toContain('"peace" is no contradiction');
}, 60_000);

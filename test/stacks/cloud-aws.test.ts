import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { type Graph, PlanError, planDirectory } from "aistack-engine";
import { root } from "../programs";

const dir = join(root, "stacks/cloud-aws");

async function refusal(config: { [key: string]: string }): Promise<PlanError> {
  const outcome = await planDirectory(dir, { stack: "dev", config }).catch((error) => error);
  expect(outcome).toBeInstanceOf(PlanError);
  return outcome;
}

function ofType(graph: Graph, type: string) {
  return graph.resources.filter((row) => row.type === type);
}

describe("in simulation", () => {
  let graph: Graph;
  beforeAll(async () => {
    graph = await planDirectory(dir, { stack: "dev", mode: "simulate" });
  }, 60_000);

  test("the API is open to the configured range alone", () => {
    const [cluster] = ofType(graph, "aws:eks/cluster:Cluster");
    expect(cluster?.inputs.vpcConfig).toMatchObject({
      endpointPrivateAccess: true,
      endpointPublicAccess: true,
      publicAccessCidrs: ["203.0.113.0/24"],
    });
  });

  test("the plan says that the range is one for documentation, and how to replace it", () => {
    const warnings = graph.diagnostics.filter((row) => row.severity === "warning").map((row) => row.message);
    expect(warnings).toEqual([expect.stringContaining("pulumi config set apiAccessCidrs")]);
  });

  test("workloads wait for nodes, add-ons and the storage class", () => {
    const [provider] = ofType(graph, "pulumi:providers:kubernetes");
    const names = provider?.dependencies.map((urn) => urn.split("::").at(-1));
    expect(names).toEqual(
      expect.arrayContaining([
        "cluster-cluster",
        "cluster-system-nodes",
        "cluster-nvidia-l4-nodes",
        "cluster-node-addons-vpc-cni",
        "cluster-addons-coredns",
        "cluster-addons-aws-ebs-csi-driver",
      ]),
    );
    const store = graph.resources.find((row) => row.name === "vectors-servers");
    expect(store?.dependencies.map((urn) => urn.split("::").at(-1))).toEqual(
      expect.arrayContaining(["cluster-runtime-gp3", "cluster-runtime-nvidia-operator"]),
    );
  });

  test("one Kubernetes provider serves the whole stack", () => {
    expect(ofType(graph, "pulumi:providers:kubernetes")).toHaveLength(1);
    const references = graph.resources.filter((row) => row.custom && row.type.startsWith("kubernetes:"));
    expect(new Set(references.map((row) => row.provider)).size).toBe(1);
  });

  test("the assistant gets addresses and keys of what it uses, the model gets none", () => {
    const environment = (name: string) => {
      const row = graph.resources.find((found) => found.name === name);
      const spec = JSON.parse(JSON.stringify(row?.inputs)).spec.template.spec;
      return spec.containers[0].env.map((variable: { name: string }) => variable.name);
    };
    expect(environment("assistant-replicas")).toEqual([
      "HOME",
      "MODEL_URL",
      "MODEL_MODEL",
      "EMBEDDINGS_URL",
      "EMBEDDINGS_MODEL",
      "VECTORS_URL",
      "VECTORS_COLLECTION",
      "EVENTS_ENDPOINT",
      "EVENTS_GRPC_ENDPOINT",
      "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT",
      "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL",
      "PORT",
    ]);
    expect(environment("model-replicas").filter((name: string) => name.startsWith("VECTORS"))).toEqual([]);
  });

  test("traffic, calls to AWS and calls to the cluster go into the audit bucket, which waits for none of them", () => {
    const waitsFor = (name: string) =>
      graph.resources.find((row) => row.name === name)?.dependencies.map((urn) => urn.split("::").at(-1)) ?? [];
    const [log, ...more] = ofType(graph, "aws:ec2/flowLog:FlowLog");
    expect(more).toEqual([]);
    expect(log?.inputs).toMatchObject({ logDestinationType: "s3", trafficType: "ALL" });
    expect(waitsFor("audit-flow-log-1")).toEqual(expect.arrayContaining(["audit-policy", "cluster-network-vpc"]));
    expect(waitsFor("audit-cluster-1-delivery")).toEqual(expect.arrayContaining(["audit-policy", "cluster-cluster"]));
    expect(ofType(graph, "aws:cloudtrail/trail:Trail")[0]?.inputs).toMatchObject({
      isMultiRegionTrail: true,
      enableLogFileValidation: true,
    });
    for (const name of ["audit-policy", "audit-trail"])
      expect(waitsFor(name).filter((other) => other?.startsWith("cluster"))).toEqual([]);
  });

  test("nothing is open to the whole internet but the way out", () => {
    for (const row of graph.resources.filter((found) => /ingress|securityGroup/i.test(found.type)))
      expect(JSON.stringify(row.inputs)).not.toContain("0.0.0.0/0");
  });
});

test("on a cluster that exists, only the Kubernetes part is created", async () => {
  const graph = await planDirectory(dir, { stack: "dev", mode: "simulate", config: { kubeconfig: "{}" } });
  const providers = new Set(graph.resources.filter((row) => row.custom).map((row) => row.type.split(":")[0]));
  expect([...providers].sort()).toEqual(["kubernetes", "pulumi", "random"]);
}, 60_000);

test("production asks for what its configuration says", async () => {
  const graph = await planDirectory(dir, { stack: "prod", mode: "simulate" });
  const gpu = graph.resources.find((row) => row.name === "cluster-nvidia-l40s-nodes");
  expect(gpu?.inputs).toMatchObject({ scalingConfig: { minSize: 2 }, instanceTypes: ["g6e.12xlarge"] });
  const [lock] = ofType(graph, "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration");
  expect(lock?.inputs.rule).toEqual({ defaultRetention: { mode: "GOVERNANCE", days: 184 } });
  expect(ofType(graph, "aws:eks/cluster:Cluster")[0]?.inputs.deletionProtection).toBe(true);
}, 60_000);

test("in production the records have a copy, guards and no open contradiction", async () => {
  const graph = await planDirectory(dir, { stack: "prod", mode: "simulate" });
  const copy = graph.resources.find((row) => row.name === "audit-replica-records");
  expect(copy?.inputs).toMatchObject({ region: "eu-west-1", objectLockEnabled: true });
  const [mail] = ofType(graph, "aws:sns/topicSubscription:TopicSubscription");
  expect(mail?.inputs).toMatchObject({ protocol: "email", endpoint: "security@example.com" });
  expect(ofType(graph, "aws:athena/namedQuery:NamedQuery")).toHaveLength(10);
  const said = graph.diagnostics.map((row) => row.message).join("\n");
  expect(said).not.toContain("contradict");
}, 60_000);

test("every fault of the configuration is told at once, with what is allowed", async () => {
  const { message } = await refusal({ accelerator: "nvidia-h999", gpuNodes: "0", apiAccessCidrs: "everywhere" });
  expect(message).toContain('accelerator is "nvidia-h999", but must be one of nvidia-t4, nvidia-a10g, nvidia-l4');
  expect(message).toContain("gpuNodes is 0, but must be a whole number from 1 to 100");
  expect(message).toContain('apiAccessCidrs is ["everywhere"], but item 0 ("everywhere") must be an IPv4 range');
  expect(message).not.toContain("google-tpu");
}, 60_000);

test("a decision that is none is refused with the configuration", async () => {
  const { message } = await refusal({ resolutions: '{"retention-against-erasure": "yes"}' });
  expect(message).toContain('resolutions is {"retention-against-erasure":"yes"}, but the text of');
}, 60_000);

test("a missing address range is asked for", async () => {
  const { message } = await refusal({ apiAccessCidrs: "" });
  expect(message).toContain("apiAccessCidrs is missing");
}, 60_000);

test("two plans are identical to the byte but for the timings", () => {
  const aistack = join(root, "packages/cli/bin/aistack.js");
  const planned = () => {
    const args = [aistack, "plan", dir, "--stack", "dev", "--json", "-"];
    const document = JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8", maxBuffer: 1 << 26 }));
    delete document.timings;
    return JSON.stringify(document);
  };
  expect(planned()).toBe(planned());
}, 60_000);

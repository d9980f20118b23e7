import { join } from "node:path";
import { type Graph, PlanError, type PlannedResource, planDirectory } from "aistack-engine";
import { root } from "../programs";

const dir = join(root, "stacks/edge");

async function refusal(config: { [key: string]: string }): Promise<PlanError> {
  const outcome = await planDirectory(dir, { stack: "dev", config }).catch((error) => error);
  expect(outcome).toBeInstanceOf(PlanError);
  return outcome;
}

const find = (graph: Graph, name: string) => graph.resources.find((row) => row.name === name) as PlannedResource;
/** The pod of a workload, as plain data. */
const pod = (graph: Graph, name: string) => JSON.parse(JSON.stringify(find(graph, name).inputs)).spec.template.spec;

describe.each(["dev", "prod"])("stack %s", (stack) => {
  let graph: Graph;
  beforeAll(async () => {
    graph = await planDirectory(dir, { stack, mode: "simulate" });
  }, 60_000);

  test("with the cloud unplugged: no image, chart or script comes from elsewhere", () => {
    const objects = graph.resources.filter((row) => row.custom && row.type.startsWith("kubernetes:"));
    const images = [...JSON.stringify(objects.map((row) => row.inputs)).matchAll(/"image":"([^"]+)"/g)];
    expect(images.length).toBeGreaterThan(4);
    for (const [, image] of images) expect(image).toMatch(/^registry\.plant\.example:5000\/[\w.-]+\.\w+\//);
    for (const row of graph.resources.filter((found) => found.type === "kubernetes:helm.sh/v3:Release"))
      expect(row.inputs).toMatchObject({
        chart: expect.stringMatching(/^oci:\/\/registry\.plant\.example:5000\/charts\//),
      });
    const commands = graph.resources.filter((row) => row.type === "command:remote:Command");
    expect(commands.length).toBeGreaterThan(3);
    for (const row of commands) expect(row.inputs.create).not.toMatch(/curl|wget|get\.k3s\.io/);
  });

  test("with the cloud unplugged: no pod may connect to an address outside of the cluster", () => {
    const policies = graph.resources.filter((row) => row.type.endsWith(":NetworkPolicy"));
    expect(policies.length).toBeGreaterThan(4);
    for (const row of policies) expect(JSON.stringify(row.inputs)).not.toContain("ipBlock");
  });

  test("models are read from the machines' disks, in a namespace that lets nothing else in", () => {
    expect(find(graph, "models-volume").inputs).toMatchObject({
      spec: {
        accessModes: ["ReadOnlyMany"],
        claimRef: { namespace: "models", name: "models" },
        local: { path: "/var/lib/aistack/models" },
      },
    });
    for (const name of ["model-replicas", "embeddings-replicas"]) {
      expect(pod(graph, name).volumes).toContainEqual({
        name: "models",
        persistentVolumeClaim: { claimName: "models" },
      });
      expect(pod(graph, name).containers[0].volumeMounts).toContainEqual({
        name: "models",
        mountPath: "/models",
        readOnly: true,
      });
      expect(find(graph, name).inputs).toMatchObject({ metadata: { namespace: "models" } });
    }
    const command = pod(graph, "model-replicas").containers[0].command;
    expect(command[2]).toMatch(/^\/models\//);
    expect(find(graph, "models-namespace").inputs).toMatchObject({
      metadata: { labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
    });
    expect(find(graph, "models-default-deny").inputs).toMatchObject({
      spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
    });
  });

  test("one Kubernetes provider serves the whole stack", () => {
    expect(graph.resources.filter((row) => row.type === "pulumi:providers:kubernetes")).toHaveLength(1);
  });

  test("the plan says that machines and registry are examples", () => {
    const warnings = graph.diagnostics.filter((row) => row.severity === "warning").map((row) => row.message);
    expect(warnings).toEqual([
      expect.stringContaining("192.0.2.0/24 is for documentation"),
      expect.stringContaining("mirrorImages is registry.plant.example:5000"),
    ]);
  });
});

test("production has three protected servers behind a fixed address, and two GPU machines", async () => {
  const graph = await planDirectory(dir, { stack: "prod", mode: "simulate" });
  const machines = graph.resources.filter((row) => /:K3s(Server|Agent)$/.test(row.type)).map((row) => row.name);
  expect(machines.sort()).toEqual(["cp-1", "cp-2", "cp-3", "gpu-1", "gpu-2"].map((name) => `cluster-${name}`));
  for (const name of ["cp-1", "cp-2", "cp-3"]) expect(find(graph, `cluster-${name}-k3s`).options.protect).toBe(true);
  expect(find(graph, "cluster-gpu-1-k3s").inputs.create).toContain('server: "https://192.0.2.10:6443"');
  expect(pod(graph, "model-replicas").containers[0].resources.limits["nvidia.com/gpu"]).toBe("2");
}, 60_000);

test("on a cluster that exists, only the Kubernetes part is created", async () => {
  const graph = await planDirectory(dir, { stack: "dev", mode: "simulate", config: { kubeconfig: "{}" } });
  const providers = new Set(graph.resources.filter((row) => row.custom).map((row) => row.type.split(":")[0]));
  expect([...providers].sort()).toEqual(["kubernetes", "pulumi", "random"]);
}, 60_000);

test("every fault of the configuration is told at once, with what is allowed", async () => {
  const { message } = await refusal({
    accelerator: "google-tpu-v5e",
    gpusPerNode: "0",
    model: "Qwen/Qwen3-4B",
    modelsPath: "models",
    servers: "[]",
  });
  expect(message).toContain('accelerator is "google-tpu-v5e", but must be one of nvidia-t4');
  expect(message).toContain("gpusPerNode is 0, but must be a whole number from 1 to 16");
  expect(message).toContain(
    'model is "Qwen/Qwen3-4B", but must be a directory of the models, such as /models/Qwen3-4B',
  );
  expect(message).toContain('modelsPath is "models", but must be an absolute path');
  expect(message).toContain("servers is missing; list at least one machine");
}, 60_000);

test("a machine without its host key is refused by the cluster", async () => {
  const { message } = await refusal({ servers: JSON.stringify([{ name: "box", address: "192.0.2.1", pool: "gpu" }]) });
  expect(message).toContain("servers[0].hostKey is missing");
}, 60_000);

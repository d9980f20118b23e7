import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  Accelerator,
  bindingField,
  Capacity,
  type ClusterBinding,
  type GpuPoolArgs,
  Interconnect,
  SharingStrategy,
  type TaintEffect,
} from "aistack-core";
import { type Graph, type Mode, PlanError, plan, resource, Secret } from "aistack-engine";
import { InferenceService } from "../inference-service/inference-service";
import { created, inputs, testCluster } from "../testing";
import type { GpuClusterArgs } from "./args";
import { GpuCluster } from "./gpu-cluster";

const modes: Mode[] = ["preview", "simulate"];

const h100: GpuPoolArgs = { accelerator: Accelerator.NvidiaH100, perNode: 8, maxNodes: 2, labels: { gpu: "h100" } };
const l4: GpuPoolArgs = { accelerator: Accelerator.NvidiaL4, maxNodes: 3, labels: { gpu: "l4" } };
const vision = { name: "vision", quota: [{ pool: "nvidia-h100-80gb", count: 8 }] };
const speech = { name: "speech", quota: [{ pool: "nvidia-l4", count: 1 }], borrow: false };

function planned(args: Partial<GpuClusterArgs>, mode: Mode = "simulate"): Promise<Graph> {
  return plan(
    () => {
      const cluster = new GpuCluster("gpus", { cluster: testCluster, ...args });
      return { binding: cluster.binding, teams: cluster.teams };
    },
    { mode },
  );
}

describe.each(modes)("in %s", (mode) => {
  test("makes the nodes of a cluster usable, with these children and no others", async () => {
    const graph = await planned({ pools: [h100, l4] }, mode);
    expect(created(graph)).toEqual([
      "gpus-cluster kubernetes",
      "gpus-runtime-nvidia-critical-pods ResourceQuota",
      "gpus-runtime-nvidia-namespace Namespace",
      "gpus-runtime-nvidia-operator Release",
    ]);
    expect(graph.outputs).toEqual({
      binding: {
        ...testCluster,
        accelerators: [
          { accelerator: "nvidia-h100-80gb", perNode: 8, maxNodes: 2, nodeLabels: { gpu: "h100" } },
          { accelerator: "nvidia-l4", perNode: 1, maxNodes: 3, nodeLabels: { gpu: "l4" } },
        ],
      },
      teams: [],
    });
  });

  test("gives each team a namespace and a queue, and says where they are", async () => {
    const graph = await planned({ pools: [h100, l4], teams: [vision, speech] }, mode);
    const own = created(graph).filter((row) => row.includes("-team-vision-"));
    expect(own.map((row) => row.split(" ")[1])).toEqual([
      "ClusterQueue",
      "NetworkPolicy",
      "LimitRange",
      "LocalQueue",
      "Namespace",
      "WorkloadPriorityClass",
      "ResourceQuota",
      "NetworkPolicy",
    ]);
    expect(created(graph).filter((row) => row.endsWith(" Release"))).toEqual([
      "gpus-runtime-nvidia-operator Release",
      "gpus-runtime-queues-cert-manager Release",
      "gpus-runtime-queues-jobset Release",
      "gpus-runtime-queues-kueue Release",
    ]);
    expect(graph.outputs.teams).toEqual(
      ["speech", "vision"].map((name) => expect.objectContaining({ name, namespace: name, queue: "default" })),
    );
    expect(inputs(graph, "gpus-runtime-queues-nvidia-l4-flavor", "spec")).toEqual({ nodeLabels: { gpu: "l4" } });
  });

  test("every child has a parent, up to the component", async () => {
    const graph = await planned({ pools: [h100, l4], teams: [vision, speech] }, mode);
    const cluster = resource(graph, "gpus").urn;
    for (const row of graph.resources.filter((one) => one.custom && !one.type.startsWith("pulumi:providers:"))) {
      let top = row;
      while (top.urn !== cluster) top = resource(graph, top.parent as string);
      expect(top.urn).toBe(cluster);
    }
  });
});

test("without pools it says of the accelerators what the cluster's binding says, and installs nothing", async () => {
  const accelerators = [{ accelerator: Accelerator.NvidiaL4, perNode: 4, maxNodes: 1, nodeLabels: { a: "b" } }];
  const graph = await planned({ cluster: { ...testCluster, accelerators } });
  expect(created(graph)).toEqual(["gpus-cluster kubernetes"]);
  expect(graph.outputs.binding).toEqual({ ...testCluster, accelerators });
});

test("NVIDIA nodes without labels are known by what the operator finds; TPUs and Neuron devices need nothing installed", async () => {
  const graph = await planned({ pools: [{ accelerator: Accelerator.NvidiaA100 }] });
  expect(graph.outputs.binding).toMatchObject({
    accelerators: [{ perNode: 1, maxNodes: 1, nodeLabels: { "nvidia.com/gpu.present": "true" } }],
  });
  for (const accelerator of [Accelerator.GoogleTpuV6e, Accelerator.AwsTrainium2])
    expect(created(await planned({ pools: [{ accelerator, labels: { a: "b" } }] }))).toEqual([
      "gpus-cluster kubernetes",
    ]);
});

test("the kubeconfig stays as secret as it was, and nothing else becomes one", async () => {
  const secret: pulumi.Input<ClusterBinding> = { ...testCluster, kubeconfig: "do-not-show" };
  const graph = await plan(() => {
    const { binding } = new GpuCluster("gpus", { cluster: pulumi.secret(secret), pools: [h100] });
    return { kubeconfig: binding.kubeconfig, name: bindingField(binding, "name") };
  });
  expect(graph.outputs.kubeconfig).toBeInstanceOf(Secret);
  expect(graph.outputs.name).toBe("test");
  expect(JSON.stringify(graph)).not.toContain("do-not-show");
});

test("who takes the binding shares the provider and waits for the operator", async () => {
  const graph = await plan(() => {
    const cluster = new GpuCluster("gpus", { cluster: testCluster, pools: [l4] });
    new InferenceService("model", {
      cluster: cluster.binding,
      model: "Qwen/Qwen3-4B",
      accelerator: Accelerator.NvidiaL4,
    });
  });
  expect(graph.resources.filter((row) => row.type === "pulumi:providers:kubernetes").length).toBe(1);
  const replicas = resource(graph, "model-replicas");
  expect(inputs(graph, "model-replicas", "spec.template.spec.nodeSelector")).toEqual({ gpu: "l4" });
  expect(replicas.provider).toContain("gpus-cluster");
  expect(replicas.dependencies).toContain(resource(graph, "gpus-runtime-nvidia-operator").urn);
});

test("a given provider is used for everything", async () => {
  const graph = await plan(() => {
    const provider = new kubernetes.Provider("given", { kubeconfig: "{}" });
    new GpuCluster("gpus", { cluster: testCluster, pools: [h100], teams: [vision] }, { provider });
  });
  const own = graph.resources.filter((row) => row.custom && row.type.startsWith("kubernetes:"));
  expect(own.length).toBeGreaterThan(10);
  expect(own.filter((row) => !row.provider?.includes("::given::")).map((row) => row.urn)).toEqual([]);
});

test("the cluster's mirror serves charts and images, unless another is named", async () => {
  const mirror = { images: "registry.local", charts: "oci://registry.local/charts" };
  const fromBinding = await planned({ cluster: { ...testCluster, mirror }, pools: [h100] });
  const own = await planned({ mirror, pools: [h100] });
  for (const graph of [fromBinding, own]) {
    expect(inputs(graph, "gpus-runtime-nvidia-operator", "chart")).toBe("oci://registry.local/charts/gpu-operator");
    expect(graph.outputs.binding).toMatchObject({ mirror });
  }
});

test("what the cluster has already is left alone", async () => {
  const install = { gpuOperator: false, queues: false, certManager: false };
  const graph = await planned({ pools: [h100], teams: [vision], install });
  expect(created(graph).filter((row) => row.endsWith(" Release"))).toEqual([]);
  expect(created(graph)).toContain("gpus-runtime-team-vision-cluster-queue ClusterQueue");
});

test("shared GPUs are set up where the nodes' labels say so", async () => {
  const labels = { gpu: "l4", "nvidia.com/device-plugin.config": "time-slicing-4" };
  const sharing = { strategy: SharingStrategy.TimeSlicing, replicas: 4 };
  const graph = await planned({ pools: [{ ...l4, labels, sharing }] });
  const { config } = inputs(graph, "gpus-runtime-nvidia-operator", "values.devicePlugin");
  expect(Object.keys(config.data)).toEqual(["exclusive", "time-slicing-4"]);
});

describe("a change touches its own children only", () => {
  const difference = (before: Graph, after: Graph) => {
    const rows = (graph: Graph) =>
      new Map(graph.resources.filter((row) => row.custom).map((row) => [row.urn, JSON.stringify(row.inputs)]));
    const [old, now] = [rows(before), rows(after)];
    const urns = [...new Set([...old.keys(), ...now.keys()])].filter((urn) => old.get(urn) !== now.get(urn));
    return urns.map((urn) => urn.split("::").at(-1) as string);
  };

  test("of a team", async () => {
    const one = await planned({ pools: [h100, l4], teams: [vision] });
    const two = await planned({ pools: [h100, l4], teams: [vision, speech] });
    expect(difference(one, two).length).toBe(8);
    expect(difference(one, two).filter((name) => !name.startsWith("gpus-runtime-team-speech-"))).toEqual([]);
    expect(difference(two, await planned({ pools: [l4, h100], teams: [speech, vision] }))).toEqual([]);
  });

  test("of a pool", async () => {
    const one = await planned({ pools: [h100], teams: [vision] });
    const two = await planned({ pools: [l4, h100], teams: [vision] });
    expect(difference(one, two)).toEqual(["gpus-runtime-queues-nvidia-l4-flavor"]);
  });
});

describe("refuses", () => {
  const refused = async (args: Partial<GpuClusterArgs>, name = "gpus"): Promise<string[]> => {
    const outcome = await plan(() => void new GpuCluster(name, { cluster: testCluster, ...args })).catch(
      (error) => error,
    );
    if (!(outcome instanceof PlanError)) throw new Error("the program was planned, not refused");
    return (outcome.faults ?? []).map((fault) => `${fault.propertyPath} ${fault.reason}`);
  };
  const slices = { strategy: SharingStrategy.TimeSlicing, replicas: 4 };

  test.each<[string, Partial<GpuClusterArgs>, string]>([
    ["no cluster", { cluster: undefined as unknown as ClusterBinding }, "cluster is missing"],
    ["nodes to be kept", { pools: [{ ...h100, minNodes: 1 }] }, "pools[0].minNodes"],
    ["spot machines", { pools: [{ ...h100, capacity: Capacity.Spot }] }, 'pools[0].capacity is "spot"'],
    ["a capacity block", { pools: [{ ...h100, capacity: Capacity.CapacityBlock }] }, "pools[0].capacity"],
    ["flex start", { pools: [{ ...h100, capacity: Capacity.FlexStart }] }, "pools[0].capacity"],
    ["a reservation", { pools: [{ ...h100, reservationId: "cr-1" }] }, "pools[0].reservationId"],
    ["a machine type", { pools: [{ ...h100, machineType: "p5.48xlarge" }] }, "pools[0].machineType"],
    ["an interconnect", { pools: [{ ...h100, interconnect: Interconnect.HighBandwidth }] }, "pools[0].interconnect"],
    ["a topology", { pools: [{ ...h100, topology: "2x4" }] }, "pools[0].topology"],
    ["zones", { pools: [{ ...h100, zones: ["a"] }] }, "pools[0].zones"],
    ["disks", { pools: [{ ...h100, diskSizeGiB: 100 }] }, "pools[0].diskSizeGiB"],
    ["a lifetime", { pools: [{ ...h100, maxRunHours: 24 }] }, "pools[0].maxRunHours"],
    ["a pool without a name", { pools: [{ labels: { a: "b" } }] }, "pools[0].name is missing"],
    ["a pool name in capitals", { pools: [{ ...h100, name: "H100" }] }, "pools[0].name"],
    ["two pools of one name", { pools: [h100, { ...h100, labels: { gpu: "other" } }] }, "pools[1].accelerator"],
    ["an unknown accelerator", { pools: [{ ...h100, accelerator: "h100" as Accelerator }] }, "pools[0].accelerator"],
    ["half an accelerator", { pools: [{ ...h100, perNode: 0.5 }] }, "pools[0].perNode"],
    ["a count of nothing", { pools: [{ name: "cpu", perNode: 2, labels: { a: "b" } }] }, "pools[0].perNode"],
    ["no nodes", { pools: [{ ...h100, maxNodes: 0 }] }, "pools[0].maxNodes"],
    [
      "a TPU pool without labels",
      { pools: [{ accelerator: Accelerator.GoogleTpuV6e }] },
      "pools[0].labels are missing",
    ],
    ["a CPU pool without labels", { pools: [{ name: "cpu" }] }, "pools[0].labels are missing"],
    ["a label that cannot be", { pools: [{ ...h100, labels: { "a b": "c" } }] }, 'pools[0].labels["a b"]'],
    ["a label value that cannot be", { pools: [{ ...h100, labels: { a: "b c" } }] }, 'pools[0].labels["a"]'],
    [
      "more labels than a queue takes",
      { pools: [{ ...h100, labels: Object.fromEntries([..."abcdefghi"].map((key) => [key, "x"])) }] },
      "pools[0].labels are 9",
    ],
    ["two pools of the same nodes", { pools: [h100, { ...l4, labels: h100.labels }] }, "pools[1].labels"],
    ["a pool within another", { pools: [h100, { ...l4, labels: { gpu: "h100", zone: "a" } }] }, "pools[1].labels"],
    [
      "a taint without an effect that exists",
      { pools: [{ ...h100, taints: [{ key: "a", effect: "Never" as TaintEffect }] }] },
      "pools[0].taints[0].effect",
    ],
    ["sharing that the nodes do not know of", { pools: [{ ...l4, sharing: slices }] }, "pools[0].sharing takes effect"],
    [
      "sharing without the operator",
      {
        pools: [{ ...l4, labels: { "nvidia.com/device-plugin.config": "time-slicing-4" }, sharing: slices }],
        install: { gpuOperator: false },
      },
      "install.gpuOperator is false",
    ],
    ["a quota on a pool that does not exist", { pools: [h100], teams: [speech] }, "teams[0].quota[0].pool"],
    [
      "more quota than there is",
      { pools: [h100], teams: [{ ...vision, quota: [{ pool: "nvidia-h100-80gb", count: 17 }] }] },
      "teams[0].quota[0].count is 17",
    ],
    [
      "a team in a namespace of the system",
      { pools: [h100], teams: [{ ...vision, name: "kube-system" }] },
      "teams[0].name",
    ],
  ])("%s", async (_, args, start) => {
    const found = await refused(args);
    expect(found.filter((line) => line.startsWith(start)).length).toBe(1);
    expect(found.length).toBe(1);
  });

  test("a name that Kubernetes refuses", async () => {
    expect(await refused({}, "My_GPUs")).toEqual([expect.stringMatching(/^name is "My_GPUs", but must be/)]);
  });

  test("several faults together, before anything is registered", async () => {
    const found = await refused({
      pools: [{ ...h100, machineType: "p5.48xlarge", perNode: 0 }],
      teams: [{ name: "Vision", quota: [] }],
    });
    expect(found.map((line) => line.split(" ")[0])).toEqual([
      "pools[0].machineType",
      "pools[0].perNode",
      "teams[0].name",
      "teams[0].quota",
    ]);
  });
});

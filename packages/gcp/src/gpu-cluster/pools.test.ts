import {
  Accelerator,
  Capacity,
  type ClusterBinding,
  type GpuPoolArgs,
  Interconnect,
  machines,
  type NetworkBinding,
  Platform,
  SharingStrategy,
  TaintEffect,
} from "aistack-core";
import { type Graph, resource } from "aistack-engine";
import { NatGateways } from "../network/args";
import { created, custom, inputs, planned, refusal } from "../testing";
import type { GpuClusterArgs } from "./args";
import { GpuCluster } from "./gpu-cluster";
import { ReleaseChannel } from "./versions";

const network: NetworkBinding = {
  networkId: "projects/shared/global/networks/vpc",
  cidr: "10.0.0.0/16",
  privateSubnetIds: ["projects/shared/regions/europe-west4/subnetworks/nodes"],
};

const cluster = (args: GpuClusterArgs): Promise<Graph> => planned(() => new GpuCluster("train", { network, ...args }));
const pools = (...all: GpuPoolArgs[]): Promise<Graph> => cluster({ pools: all });

const l4 = { accelerator: Accelerator.NvidiaL4 };
const zones = ["europe-west4-a"];

describe("sizes", () => {
  test("a pool scales from zero in all zones of the cluster", async () => {
    const graph = await pools({ ...l4, maxNodes: 5 });
    expect(inputs(graph, "train-nvidia-l4-nodes")).toMatchObject({
      nodeLocations: ["europe-west4-a", "europe-west4-b", "europe-west4-c"],
      initialNodeCount: 0,
      autoscaling: { totalMinNodeCount: 0, totalMaxNodeCount: 5, locationPolicy: "ANY" },
      management: { autoRepair: true, autoUpgrade: true },
      upgradeSettings: { strategy: "SURGE", maxSurge: 0, maxUnavailable: 1 },
    });
    expect(inputs(graph, "train-nvidia-l4-nodes").nodeCount).toBeUndefined();
    expect(resource(graph, "train-nvidia-l4-nodes").options.ignoreChanges).toEqual(["initialNodeCount"]);
  });

  test.each([
    [1, 4, { nodeLocations: ["europe-west4-a"], initialNodeCount: 1 }],
    [2, 4, { nodeLocations: ["europe-west4-a", "europe-west4-b"], initialNodeCount: 1 }],
    [6, 6, { nodeLocations: ["europe-west4-a", "europe-west4-b", "europe-west4-c"], nodeCount: 2 }],
    [1, 1, { nodeLocations: ["europe-west4-a"], nodeCount: 1 }],
  ])("starts with %i of at most %i nodes, spread evenly", async (minNodes, maxNodes, expected) => {
    const graph = await pools({ ...l4, minNodes, maxNodes });
    expect(inputs(graph, "train-nvidia-l4-nodes")).toMatchObject(expected);
    expect(inputs(graph, "train-nvidia-l4-nodes").autoscaling === undefined).toBe(minNodes === maxNodes);
  });

  test("system nodes are one in each zone, carry no accelerator and no taint", async () => {
    const system = inputs(await cluster({}), "train-system-nodes");
    expect(system).toMatchObject({
      initialNodeCount: 1,
      autoscaling: { totalMinNodeCount: 3, totalMaxNodeCount: 6, locationPolicy: "BALANCED" },
      upgradeSettings: { maxSurge: 1, maxUnavailable: 0 },
      nodeConfig: { machineType: "c3-standard-4", taints: [], labels: { "aistack.dev/pool": "system" } },
    });
    expect(system.nodeConfig.guestAccelerators).toBeUndefined();
  });

  test("nodes without accelerators can be a pool, with labels, taints and a limit of time", async () => {
    const taints = [{ key: "example.org/batch", effect: TaintEffect.PreferNoSchedule }];
    const graph = await pools({
      name: "cpu",
      machineType: "n2-standard-16",
      labels: { tier: "x" },
      taints,
      maxRunHours: 2,
    });
    expect(inputs(graph, "train-cpu-nodes", "nodeConfig")).toMatchObject({
      machineType: "n2-standard-16",
      labels: { tier: "x", "aistack.dev/pool": "cpu" },
      taints: [{ key: "example.org/batch", value: "true", effect: "PREFER_NO_SCHEDULE" }],
      maxRunDuration: "7200s",
    });
  });
});

describe("GPUs", () => {
  test("nodes carry the GPUs, their driver, and the labels and taint that workloads look for", async () => {
    const graph = await pools({ ...l4, name: "small", diskSizeGiB: 300, labels: { tier: "test" } });
    expect(inputs(graph, "train-small-nodes", "nodeConfig")).toMatchObject({
      machineType: "g2-standard-4",
      imageType: "COS_CONTAINERD",
      guestAccelerators: [{ type: "nvidia-l4", count: 1, gpuDriverInstallationConfig: { gpuDriverVersion: "LATEST" } }],
      diskSizeGb: 300,
      gvnic: { enabled: true },
      labels: { "aistack.dev/accelerator": "nvidia-l4", "aistack.dev/pool": "small", tier: "test" },
      taints: [{ key: "nvidia.com/gpu", value: "present", effect: "NO_SCHEDULE" }],
    });
  });

  test.each([
    [
      { strategy: SharingStrategy.TimeSlicing, replicas: 4 },
      { gpuSharingConfig: { gpuSharingStrategy: "TIME_SHARING", maxSharedClientsPerGpu: 4 } },
    ],
    [
      { strategy: SharingStrategy.Mps, replicas: 8 },
      { gpuSharingConfig: { gpuSharingStrategy: "MPS", maxSharedClientsPerGpu: 8 } },
    ],
    [{ strategy: SharingStrategy.Mig, profile: "1g.5gb" }, { gpuPartitionSize: "1g.5gb" }],
  ])("are shared by GKE: %j", async (sharing, expected) => {
    const graph = await pools({ accelerator: Accelerator.NvidiaA100, perNode: 1, sharing });
    const [gpu] = inputs(graph, "train-nvidia-a100-40gb-nodes", "nodeConfig.guestAccelerators");
    expect(gpu).toMatchObject(expected);
    expect([gpu.gpuSharingConfig, gpu.gpuPartitionSize].filter(Boolean)).toHaveLength(1);
    const { devicePlugin, migManager, driver } = inputs(graph, "train-runtime-nvidia-operator", "values");
    expect([devicePlugin.enabled, migManager.enabled, driver.enabled]).toEqual([false, false, false]);
  });

  test("the operator finds the driver where GKE puts it", async () => {
    expect(inputs(await pools(l4), "train-runtime-nvidia-operator", "values")).toMatchObject({
      hostPaths: { driverInstallDir: "/home/kubernetes/bin/nvidia" },
      toolkit: { installDir: "/home/kubernetes/bin/nvidia" },
    });
    expect(created(await pools(l4)).join()).toContain("operator");
    expect(created(await cluster({ pools: [l4], install: { gpuOperator: false } })).join()).not.toContain("operator");
  });

  test("with RDMA, GKE sets up the networks and places the nodes close together", async () => {
    const graph = await pools({ accelerator: Accelerator.NvidiaH200, interconnect: Interconnect.HighBandwidth, zones });
    expect(inputs(graph, "train-nvidia-h200-141gb-nodes")).toMatchObject({
      nodeLocations: zones,
      placementPolicy: { type: "COMPACT" },
      networkConfig: { acceleratorNetworkProfile: "auto" },
      nodeConfig: { labels: { "cloud.google.com/gke-networking-dra-driver": "true" } },
    });
    expect(inputs(graph, "train-nvidia-h200-141gb-nodes", "nodeConfig").fastSocket).toBeUndefined();
    const plain = await pools({ accelerator: Accelerator.NvidiaH200 });
    expect(inputs(plain, "train-nvidia-h200-141gb-nodes", "networkConfig")).toEqual({ enablePrivateNodes: true });
  });

  test("without RDMA, NCCL gets Google's transport", async () => {
    const a100 = { accelerator: Accelerator.NvidiaA100, perNode: 8, zones };
    const graph = await pools({ ...a100, interconnect: Interconnect.HighBandwidth });
    expect(inputs(graph, "train-nvidia-a100-40gb-nodes")).toMatchObject({
      placementPolicy: { type: "COMPACT" },
      nodeConfig: { fastSocket: { enabled: true } },
    });
  });

  test("GB200 nodes of one pool are in one NVL72 domain", async () => {
    const gb200 = { accelerator: Accelerator.NvidiaGb200, interconnect: Interconnect.HighBandwidth, zones };
    const graph = await pools({ ...gb200, maxNodes: 18 });
    expect(inputs(graph, "train-nvidia-gb200-placement", "workloadPolicy")).toEqual({
      type: "HIGH_THROUGHPUT",
      acceleratorTopology: "1x72",
    });
    const queued = await cluster({
      pools: [{ ...gb200, maxNodes: 18 }],
      teams: [{ name: "llm", quota: [{ pool: "nvidia-gb200", count: 72 }] }],
    });
    // GKE adds the taint of Arm nodes; who asks for them through a queue tolerates it.
    expect(inputs(queued, "train-runtime-queues-nvidia-gb200-flavor", "spec.tolerations")).toContainEqual(
      expect.objectContaining({ key: "kubernetes.io/arch" }),
    );
    expect(inputs(graph, "train-nvidia-gb200-nodes", "placementPolicy")).toEqual({
      type: "COMPACT",
      policyName: expect.stringContaining("train-nvidia-gb200-placement"),
    });
  });
});

describe("capacity", () => {
  test("spot", async () => {
    const graph = await pools({ ...l4, capacity: Capacity.Spot });
    expect(inputs(graph, "train-nvidia-l4-nodes", "nodeConfig.spot")).toBe(true);
  });

  test("a reservation", async () => {
    const graph = await pools({ ...l4, capacity: Capacity.Reserved, reservationId: "mine", zones, minNodes: 2 });
    expect(inputs(graph, "train-nvidia-l4-nodes", "nodeConfig.reservationAffinity")).toEqual({
      consumeReservationType: "SPECIFIC_RESERVATION",
      key: "compute.googleapis.com/reservation-name",
      values: ["mine"],
    });
    // Those that are there must go before the same are asked for again.
    expect(resource(graph, "train-nvidia-l4-nodes").options.deleteBeforeReplace).toBe(true);
  });

  test("flex-start waits in the queue for all of it, from zero, and gives it back", async () => {
    const teams = [{ name: "vision", quota: [{ pool: "flex", count: 16 }] }];
    const flex = { name: "flex", accelerator: Accelerator.NvidiaH200, capacity: Capacity.FlexStart, maxNodes: 4 };
    const graph = await cluster({ pools: [{ ...flex, maxRunHours: 24 }], teams });
    const nodes = inputs(graph, "train-flex-nodes");
    expect(nodes).toMatchObject({
      queuedProvisioning: { enabled: true },
      autoscaling: { totalMinNodeCount: 0, totalMaxNodeCount: 4, locationPolicy: "ANY" },
      management: { autoRepair: false, autoUpgrade: true },
      nodeConfig: {
        flexStart: true,
        maxRunDuration: "86400s",
        reservationAffinity: { consumeReservationType: "NO_RESERVATION" },
      },
    });
    expect([nodes.upgradeSettings, nodes.placementPolicy]).toEqual([undefined, undefined]);
    const requests = JSON.stringify(custom(graph).map((row) => row.inputs));
    expect(requests).toContain("queued-provisioning.gke.io");
    expect(requests).toContain("autoscaling.gke.io/provisioning-request");
  });
});

describe("TPUs", () => {
  test("one node is a slice: pods ask for its chips, and no placement is needed", async () => {
    const graph = await pools({ accelerator: Accelerator.GoogleTpuV6e, topology: "2x4", maxNodes: 3 });
    const nodes = inputs(graph, "train-google-tpu-v6e-nodes");
    expect(nodes).toMatchObject({
      autoscaling: { totalMaxNodeCount: 3 },
      nodeConfig: {
        machineType: "ct6e-standard-8t",
        taints: [{ key: "google.com/tpu", value: "present", effect: "NO_SCHEDULE" }],
      },
    });
    expect([nodes.placementPolicy, nodes.maxPodsPerNode, nodes.nodeConfig.guestAccelerators]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("each slice of several nodes is a pool of its own, which comes and goes as a whole", async () => {
    const graph = await pools({
      accelerator: Accelerator.GoogleTpuV5e,
      topology: "4x8",
      minNodes: 8,
      maxNodes: 24,
      zones,
    });
    const slices = custom(graph).filter((row) => /-slice-\d$/.test(row.name));
    expect(slices.map((row) => [row.inputs.nodeCount, row.inputs.initialNodeCount])).toEqual([
      [8, undefined],
      [undefined, 0],
      [undefined, 0],
    ]);
    expect(slices[1]?.inputs.autoscaling).toMatchObject({ totalMinNodeCount: 0, totalMaxNodeCount: 8 });
    for (const { inputs } of slices)
      expect(inputs).toMatchObject({
        nodeLocations: zones,
        maxPodsPerNode: 15,
        placementPolicy: { type: "COMPACT", tpuTopology: "4x8" },
        nodeConfig: { machineType: "ct5lp-hightpu-4t", labels: { "aistack.dev/pool": "google-tpu-v5e" } },
      });
    expect(new Set(slices.map((row) => row.inputs.name)).size).toBe(3);
  });

  test("a slice of TPU7x is placed by a workload policy, in the same words", async () => {
    const v7 = { name: "v7", accelerator: Accelerator.GoogleTpuV7x, zones };
    const graph = await pools({ ...v7, topology: "8x8x8" });
    expect(custom(graph).filter((row) => row.name.startsWith("train-v7-slice"))).toHaveLength(1);
    expect(inputs(graph, "train-v7-placement", "workloadPolicy")).toEqual({
      type: "HIGH_THROUGHPUT",
      acceleratorTopology: "8x8x8",
    });
    expect(inputs(graph, "train-v7-slice-1")).toMatchObject({
      autoscaling: { totalMaxNodeCount: 128 },
      placementPolicy: { type: "COMPACT", policyName: expect.stringContaining("train-v7-placement") },
    });
    expect(inputs(graph, "train-v7-slice-1", "placementPolicy").tpuTopology).toBeUndefined();
  });

  test("volumes are of the kind that the nodes attach", async () => {
    const binding = async (...all: GpuPoolArgs[]) =>
      (await planned(() => ({ ...new GpuCluster("train", { network, pools: all }) }))).outputs.binding;
    const v6e = { accelerator: Accelerator.GoogleTpuV6e };
    expect(await binding(v6e)).toMatchObject({ storageClass: "hyperdisk-balanced-encrypted" });
    expect(await binding(v6e, l4)).toMatchObject({ storageClass: "pd-balanced-encrypted" });
  });
});

test("every machine of the catalogue can be a pool, with what it carries as the data says", async () => {
  const rows = machines.filter((row) => row.cloud === Platform.Gcp);
  expect(rows.length).toBe(34);
  const graph = await pools(
    ...rows.map(({ type, accelerator }) => ({ name: type, accelerator, machineType: type, zones })),
  );
  for (const row of rows) {
    const [shape] = row.tpuTopologies;
    const hosts = shape ? shape.split("x").reduce((chips, side) => chips * Number(side), 1) / row.count : 1;
    const nodes = inputs(graph, `train-${row.type}-${hosts > 1 ? "slice-1" : "nodes"}`);
    expect(nodes.nodeConfig).toMatchObject({
      machineType: row.type,
      imageType: "COS_CONTAINERD",
      labels: { "aistack.dev/accelerator": row.accelerator },
      taints: [{ key: row.resourceName, value: "present", effect: "NO_SCHEDULE" }],
    });
    const isGpu = row.resourceName === "nvidia.com/gpu";
    const gpus = [expect.objectContaining({ type: row.gkeAccelerator, count: row.count })];
    expect(nodes.nodeConfig.guestAccelerators).toEqual(isGpu ? gpus : undefined);
    expect(nodes.autoscaling.totalMaxNodeCount).toBe(hosts);
  }
});

test("another order changes no resource, and a pool more or less only its own", async () => {
  const all: GpuPoolArgs[] = [l4, { accelerator: Accelerator.NvidiaH100, perNode: 8 }, { ...l4, name: "second" }];
  const byUrn = (graph: Graph) => new Map(custom(graph).map((row) => [row.urn, JSON.stringify(row.inputs)]));
  const one = byUrn(await pools(...all));
  expect(byUrn(await pools(...[...all].reverse()))).toEqual(one);
  const more = byUrn(
    await pools(...all, {
      accelerator: Accelerator.GoogleTpuV5e,
      topology: "2x4",
      machineType: "ct5lp-hightpu-4t",
      zones,
    }),
  );
  const added = [...more].filter(([urn, own]) => one.get(urn) !== own).map(([urn]) => urn.split("::").at(-1));
  expect(added).toEqual(["train-google-tpu-v5e-slice-1"]);
  const less = byUrn(await pools(...all.slice(1)));
  expect([...less].filter(([urn, own]) => one.get(urn) !== own)).toEqual([]);
  expect([...one.keys()].filter((urn) => !less.has(urn)).map((urn) => urn.split("::").at(-1))).toEqual([
    "train-nvidia-l4-nodes",
  ]);
});

test("teams share the pools, each in a namespace and a queue of its own", async () => {
  const shared = {
    ...l4,
    name: "shared",
    maxNodes: 4,
    sharing: { strategy: SharingStrategy.TimeSlicing, replicas: 4 },
  };
  const args = { network, pools: [shared], teams: [{ name: "vision", quota: [{ pool: "shared", count: 16 }] }] };
  const graph = await planned(() => ({ teams: new GpuCluster("train", args).teams }));
  expect(graph.outputs.teams).toMatchObject([{ name: "vision", namespace: "vision", queue: expect.any(String) }]);
  const over = { ...args, teams: [{ name: "vision", quota: [{ pool: "shared", count: 17 }] }] };
  expect(await refusal(() => new GpuCluster("train", over))).toMatch(/count is 17, but pool shared carries 16 at most/);
});

test("a machine that replaces another gets a pool of another name, so that both can exist", async () => {
  const name = async (pool: object) => inputs(await pools({ ...l4, name: "p", ...pool }), "train-p-nodes", "name");
  const first = await name({});
  expect(first).toMatch(/^train-p-nodes-[0-9a-f]{6}$/);
  expect(await name({ maxNodes: 9, labels: { a: "b" } })).toBe(first);
  expect(await name({ machineType: "g2-standard-8" })).not.toBe(first);
  expect((await name({ name: "p", accelerator: Accelerator.NvidiaL4 })).length).toBeLessThanOrEqual(40);
});

const pool = (args: object): GpuClusterArgs => ({ pools: [{ ...l4, ...args } as GpuPoolArgs] });
const tpu = (args: object): GpuClusterArgs => ({
  pools: [{ accelerator: Accelerator.GoogleTpuV6e, zones, ...args } as GpuPoolArgs],
});
const existing: ClusterBinding = { name: "shared", platform: Platform.Gcp };

describe("refuses", () => {
  test.each<[string, GpuClusterArgs, RegExp]>([
    [
      "an accelerator that does not exist",
      pool({ accelerator: "nvidia-h999" }),
      /pools\[0\].accelerator is "nvidia-h999", which is not an accelerator that exists; choose one of nvidia-l4/,
    ],
    ["Trainium", pool({ accelerator: Accelerator.AwsTrainium2 }), /"aws-trainium2", which Google Cloud does not offer/],
    [
      "a count that no machine offers",
      pool({ perNode: 3 }),
      /pools\[0\].perNode is 3, but machines with nvidia-l4 carry 1, 2, 4, 8/,
    ],
    [
      "a machine without the accelerator",
      pool({ machineType: "a3-highgpu-8g" }),
      /machineType is "a3-highgpu-8g", which does not carry nvidia-l4; choose one of g2-standard-4 \(1\)/,
    ],
    [
      "a machine with another count",
      pool({ machineType: "g2-standard-4", perNode: 4 }),
      /perNode is 4, but g2-standard-4 carries 1/,
    ],
    [
      "AWS's capacity blocks",
      pool({ capacity: Capacity.CapacityBlock }),
      /"capacity-block", which only AWS offers; choose one of on-demand, spot, reserved, flex-start/,
    ],
    [
      "a capacity that does not exist",
      pool({ capacity: "cheap" }),
      /capacity is "cheap", but must be one of on-demand/,
    ],
    [
      "a reservation without its name",
      pool({ capacity: Capacity.Reserved, zones }),
      /reservationId is "", but must be the name of a reservation/,
    ],
    [
      "a reservation somewhere",
      pool({ capacity: Capacity.Reserved, reservationId: "r" }),
      /zones is missing; a reservation is in one zone/,
    ],
    [
      "a reservation that is not used",
      pool({ reservationId: "r" }),
      /reservationId has no effect with capacity "on-demand"/,
    ],
    [
      "flex-start that never ends",
      pool({ capacity: Capacity.FlexStart, maxRunHours: 200 }),
      /maxRunHours is 200, but Google Cloud takes flex-start nodes back after 168/,
    ],
    [
      "flex-start that always runs",
      pool({ capacity: Capacity.FlexStart, minNodes: 3 }),
      /minNodes is 3, but flex-start nodes come only when asked for/,
    ],
    [
      "flex-start close together",
      pool({
        accelerator: Accelerator.NvidiaH200,
        capacity: Capacity.FlexStart,
        interconnect: Interconnect.HighBandwidth,
        zones,
      }),
      /interconnect is "high-bandwidth", but GKE does not place queued flex-start nodes close together/,
    ],
    [
      "a fast network that nobody sets up",
      pool({ accelerator: Accelerator.NvidiaH100, perNode: 8, interconnect: Interconnect.HighBandwidth, zones }),
      /GPUDirect-TCPX, which this component does not set up; choose a machine with RDMA \(a3-ultragpu-8g/,
    ],
    [
      "close nodes in many zones",
      pool({ interconnect: Interconnect.HighBandwidth }),
      /zones is missing, but nodes that are close together are in one zone/,
    ],
    [
      "too many GB200 for a domain",
      pool({ accelerator: Accelerator.NvidiaGb200, interconnect: Interconnect.HighBandwidth, zones, maxNodes: 19 }),
      /maxNodes is 19, but an NVL72 domain has 18 nodes/,
    ],
    [
      "a topology that the machine does not have",
      tpu({ topology: "3x3" }),
      /topology is "3x3", which no slice of the machine has; choose one of ct6e-standard-1t: 1x1; ct6e-standard-4t: 2x2, 2x4/,
    ],
    [
      "a topology of another machine",
      tpu({ machineType: "ct6e-standard-8t", topology: "4x4" }),
      /choose one of ct6e-standard-8t: 2x4/,
    ],
    [
      "a topology beyond the largest",
      pool({ accelerator: Accelerator.GoogleTpuV5p, zones, topology: "32x32x32" }),
      /"32x32x32", which no slice.*up to 140 cubes/,
    ],
    ["a topology of GPUs", pool({ topology: "2x2" }), /topology is "2x2", but nvidia-l4 is no TPU/],
    [
      "half a slice",
      tpu({ topology: "4x4", maxNodes: 6 }),
      /maxNodes is 6, but a slice of 4x4 has 4 nodes of ct6e-standard-4t; choose a multiple of 4/,
    ],
    [
      "a slice over several zones",
      tpu({ topology: "4x4", zones: undefined }),
      /zones is missing, but the nodes of a 4x4 slice are in one zone; name the one that has ct6e-standard-4t/,
    ],
    [
      "shared TPUs",
      tpu({ sharing: { strategy: SharingStrategy.TimeSlicing, replicas: 2 } }),
      /sharing is for NVIDIA GPUs/,
    ],
    [
      "partitions of a GPU that has none",
      pool({ sharing: { strategy: SharingStrategy.Mig, profile: "1g.5gb" } }),
      /nvidia-l4 cannot be partitioned/,
    ],
    [
      "nodes that do not spread evenly",
      pool({ minNodes: 3, maxNodes: 6, zones: ["europe-west4-a", "europe-west4-b"] }),
      /minNodes is 3, but GKE starts as many nodes in each of the 2 zones/,
    ],
    [
      "a region for a zone",
      pool({ zones: ["europe-west4"] }),
      /zones\[0\] is "europe-west4", but must be the name of a zone such as europe-west4-a/,
    ],
    [
      "a zone twice",
      { zones: ["europe-west4-a", "europe-west4-a"] },
      /zones\[1\] is europe-west4-a, which is named twice/,
    ],
    [
      "two pools of one name",
      { pools: [l4, l4] },
      /pools\[1\].accelerator makes "nvidia-l4" the name of this pool and of pools\[0\]/,
    ],
    [
      "a pool called like the system nodes",
      pool({ name: "system" }),
      /pools\[0\].name is "system", the name of the nodes without/,
    ],
    [
      "a name that is no label",
      pool({ name: "Big_Ones" }),
      /pools\[0\].name is "Big_Ones", but must be 1 to 63 lower-case/,
    ],
    [
      "a pool without a name",
      { pools: [{ machineType: "n2-standard-4" }] },
      /pools\[0\].name is missing; without an accelerator/,
    ],
    ["a pool without a machine", { pools: [{ name: "cpu" }] }, /pools\[0\].machineType is missing/],
    [
      "accelerators by the back door",
      { pools: [{ name: "cpu", machineType: "g2-standard-4" }] },
      /carries nvidia-l4; say so in `accelerator`/,
    ],
    [
      "more nodes at least than at most",
      pool({ minNodes: 3, maxNodes: 2 }),
      /pools\[0\].maxNodes is 2, but minNodes is 3/,
    ],
    ["half a node", pool({ minNodes: 1.5, maxNodes: 2 }), /pools\[0\].minNodes is 1.5, but must be a whole number/],
    [
      "a disk too small for the image",
      pool({ diskSizeGiB: 8 }),
      /diskSizeGiB is 8, but must be a whole number from 20/,
    ],
    [
      "a label of GKE",
      pool({ labels: { "cloud.google.com/gke-nodepool": "x" } }),
      /labels\["cloud.google.com\/gke-nodepool"\] is a label that/,
    ],
    [
      "a taint that is there anyway",
      pool({ taints: [{ key: "nvidia.com/gpu" }] }),
      /taints\[0\].key is nvidia.com\/gpu, which nodes with accelerators carry anyway/,
    ],
    [
      "system nodes with GPUs",
      { systemNodes: { machineType: "g2-standard-4" } },
      /systemNodes.machineType is "g2-standard-4", but carries nvidia-l4/,
    ],
    [
      "a machine type of AWS",
      { systemNodes: { machineType: "m7i.large" } },
      /must be a machine type such as c3-standard-4/,
    ],
    [
      "no system node",
      { systemNodes: { minNodes: 0 } },
      /systemNodes.minNodes is 0, but what runs the cluster needs 1/,
    ],
    [
      "the whole internet",
      { apiAccessCidrs: ["0.0.0.0/0"] },
      /apiAccessCidrs\[0\] is "0.0.0.0\/0", but opens the Kubernetes API to the internet/,
    ],
    [
      "a private range",
      { apiAccessCidrs: ["172.20.0.0/16"] },
      /apiAccessCidrs\[0\].*is a private range, which the public endpoint/,
    ],
    [
      "an administrator of AWS",
      { administrators: ["arn:aws:iam::111122223333:role/x"] },
      /administrators\[0\].*must be user:, serviceAccount: or group:/,
    ],
    [
      "a group that GKE does not know",
      { administrators: ["group:a@example.org"] },
      /administrators\[0\].*needs `securityGroup`/,
    ],
    [
      "a security group of another name",
      { securityGroup: "ops@example.org" },
      /securityGroup.*must be the group gke-security-groups@<your domain>/,
    ],
    [
      "a team's group that GKE does not know",
      { ...pool({}), teams: [{ name: "a", quota: [{ pool: "nvidia-l4", count: 1 }], groups: ["a@example.org"] }] },
      /teams\[0\].groups needs `securityGroup`/,
    ],
    [
      "a quota of nothing",
      { ...pool({}), teams: [{ name: "a", quota: [{ pool: "h100", count: 1 }] }] },
      /teams\[0\].quota\[0\].pool is "h100"/,
    ],
    [
      "a version that is not known",
      { kubernetesVersion: "1.29" },
      /kubernetesVersion is "1.29", but must be one of 1.33, 1.34, 1.35/,
    ],
    [
      "a version whose support ended",
      { kubernetesVersion: "1.34" },
      /its standard support ended on 2026-10-01; choose a newer version/,
    ],
    [
      "a version before the machine",
      {
        ...pool({ accelerator: Accelerator.GoogleTpuV7x }),
        kubernetesVersion: "1.33",
        releaseChannel: ReleaseChannel.Extended,
      },
      /kubernetesVersion is "1.33", but tpu7x-standard-1t of pool google-tpu-v7x needs 1.34/,
    ],
    [
      "a channel that does not exist",
      { releaseChannel: "beta" as ReleaseChannel },
      /releaseChannel is "beta", but must be one of rapid, regular/,
    ],
    [
      "a version of a key",
      { kmsKey: "projects/p/locations/l/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1" },
      /kmsKey.*must be the name of a key such as/,
    ],
    ["tags that are no labels", { tags: { Team: "Research" } }, /"Team" is no key of a Google Cloud label/],
    ["a value that is no label", { tags: { team: "R&D" } }, /the value of "team" is none of a Google Cloud label/],
    [
      "a shape for a network that is adopted",
      { network, vpcCidr: "10.0.0.0/16" },
      /vpcCidr shapes a network that is created/,
    ],
    [
      "more nodes than addresses",
      { ...pool({ maxNodes: 500 }), vpcCidr: "10.0.0.0/16" },
      /vpcCidr is "10.0.0.0\/16", which has 32768 addresses for pods.*make it \/14/,
    ],
    ["GPUs that could pull no image", { ...pool({}), natGateways: NatGateways.None }, /mirror.images is missing/],
    [
      "arguments beside an adopted cluster",
      { existing, pools: [l4], tags: {} },
      /pools has no effect together with `existing`[\s\S]*tags has no effect/,
    ],
  ])("%s", async (_, args, message) => {
    expect(await refusal(() => new GpuCluster("train", args))).toMatch(message);
  });

  test("a name that Google Cloud would not take", async () => {
    expect(await refusal(() => new GpuCluster("Train", {}))).toMatch(/name is "Train", but must be 1 to 30 lower-case/);
  });

  test("several faults in one go, before anything is registered", async () => {
    const args = { ...pool({ perNode: 3, diskSizeGiB: 1 }), apiAccessCidrs: ["0.0.0.0/0"], kubernetesVersion: "2" };
    const message = await refusal(() => new GpuCluster("train", args));
    for (const path of ["pools[0].perNode", "pools[0].diskSizeGiB", "apiAccessCidrs[0]", "kubernetesVersion"])
      expect(message).toContain(`${path} is `);
  });
});

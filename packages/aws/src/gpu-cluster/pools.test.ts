/** Pools: what always runs, what comes and goes, how nodes are connected and obtained, and what is refused. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigMap } from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import {
  Accelerator,
  bindingField,
  Capacity,
  type GpuPoolArgs,
  Interconnect,
  kubernetesProvider,
  type Machine,
  machines,
  type NetworkBinding,
  Platform,
  SharingStrategy,
  TaintEffect,
} from "aistack-core";
import { type Graph, type Mode, plan } from "aistack-engine";
import Ajv, { type ValidateFunction } from "ajv";
import { parse, parseAllDocuments } from "yaml";
import { NatGateways } from "../network/args";
import { created, custom, inputs, modes, planned, refusal, statements, waitsFor } from "../testing";
import type { GpuClusterArgs } from "./args";
import { GpuCluster } from "./gpu-cluster";

const network: NetworkBinding = {
  networkId: "vpc-0123",
  cidr: "10.0.0.0/16",
  privateSubnetIds: ["subnet-1", "subnet-2", "subnet-3"],
  privateSubnetZones: ["eu-west-1a", "eu-west-1b", "eu-west-1c"],
};

const cluster = (pools: GpuPoolArgs[], args: GpuClusterArgs = {}, mode?: Mode): Promise<Graph> =>
  planned(() => new GpuCluster("train", { network, pools, ...args }), mode);

const l4: GpuPoolArgs = { accelerator: Accelerator.NvidiaL4, name: "l4" };
const h100: GpuPoolArgs = { accelerator: Accelerator.NvidiaH100, name: "h100", perNode: 8 };
const reservationId = "cr-0123456789abcdef0";

const names = (graph: Graph) => custom(graph).map((row) => row.name);
/** Requirements of a Karpenter pool, by the last part of the key. */
const requirements = (graph: Graph, pool: string): { [key: string]: string[] } =>
  Object.fromEntries(
    inputs(graph, `train-${pool}-elastic-pool`, "spec.template.spec.requirements").map(
      (row: { key: string; operator: string; values: string[] }) => {
        expect(row.operator).toBe("In");
        return [row.key.split("/").at(-1), row.values];
      },
    ),
  );

describe.each(modes)("a pool that grows, in %s", (mode) => {
  test("starts at nothing and ends at its maximum", async () => {
    const graph = await cluster([{ ...l4, maxNodes: 4, labels: { tier: "test" }, maxRunHours: 24 }], {}, mode);
    expect(names(graph)).not.toContain("train-l4-nodes");
    expect(inputs(graph, "train-l4-elastic-pool")).toEqual({
      apiVersion: "karpenter.sh/v1",
      kind: "NodePool",
      metadata: { name: "l4", labels: { "app.kubernetes.io/part-of": "aistack" } },
      spec: {
        template: {
          metadata: {
            labels: { "aistack.dev/accelerator": "nvidia-l4", "aistack.dev/pool": "l4", tier: "test" },
          },
          spec: {
            nodeClassRef: { group: "karpenter.k8s.aws", kind: "EC2NodeClass", name: "l4" },
            requirements: [
              { key: "node.kubernetes.io/instance-type", operator: "In", values: ["g6.xlarge"] },
              { key: "kubernetes.io/arch", operator: "In", values: ["amd64"] },
              { key: "kubernetes.io/os", operator: "In", values: ["linux"] },
              { key: "karpenter.sh/capacity-type", operator: "In", values: ["on-demand"] },
            ],
            taints: [{ key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" }],
            expireAfter: "24h",
            terminationGracePeriod: "1h",
          },
        },
        disruption: {
          consolidationPolicy: "WhenEmpty",
          consolidateAfter: "10m",
          budgets: [
            { nodes: "100%", reasons: ["Empty"] },
            { nodes: "1", reasons: ["Drifted", "Underutilized"] },
          ],
        },
        limits: { nodes: "4", "nvidia.com/gpu": "4" },
      },
    });
  });

  test("gets hardened machines without public addresses, in the cluster's subnets and security group", async () => {
    const graph = await cluster([{ ...l4, diskSizeGiB: 300 }], { nodeImageRelease: "v20261110" }, mode);
    const spec = inputs(graph, "train-l4-elastic-class", "spec");
    expect(spec).toMatchObject({
      amiSelectorTerms: [{ alias: "al2023@v20261110" }],
      subnetSelectorTerms: [{ id: "subnet-1" }, { id: "subnet-2" }, { id: "subnet-3" }],
      associatePublicIPAddress: false,
      blockDeviceMappings: [
        {
          deviceName: "/dev/xvda",
          ebs: {
            volumeType: "gp3",
            volumeSize: "300Gi",
            encrypted: true,
            kmsKeyID: expect.anything(),
            deleteOnTermination: true,
          },
        },
      ],
      instanceStorePolicy: "RAID0",
      metadataOptions: { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 },
    });
    expect(spec.securityGroupSelectorTerms).toHaveLength(1);
    expect([spec.role, spec.userData, spec.networkInterfaces]).toEqual([undefined, undefined, undefined]);
    expect(inputs(await cluster([l4], {}, mode), "train-l4-elastic-class", "spec.amiSelectorTerms")).toEqual([
      { alias: "al2023@latest" },
    ]);
  });

  test("waits for Karpenter, and Karpenter for its role, its events and the definitions", async () => {
    const graph = await cluster([l4], {}, mode);
    expect(waitsFor(graph, "train-l4-elastic-pool")).toEqual(
      expect.arrayContaining(["train-karpenter-controller", "train-l4-elastic-class"]),
    );
    expect(waitsFor(graph, "train-l4-elastic-class")).toEqual(
      expect.arrayContaining(["train-karpenter-controller", "train-karpenter-node-access"]),
    );
    expect(waitsFor(graph, "train-karpenter-controller")).toEqual(
      expect.arrayContaining([
        "train-karpenter-crd",
        "train-karpenter-identity",
        "train-karpenter-events-policy",
        "train-karpenter-spot-interruption-target",
      ]),
    );
    expect(waitsFor(graph, "train-karpenter-identity")).toEqual(
      expect.arrayContaining(["train-karpenter-role-nodes", "train-karpenter-role-key"]),
    );
    // Consumers of the binding wait until nodes can be started.
    const consumer = await planned(() => {
      const { binding } = new GpuCluster("train", { network, pools: [l4] });
      const storageClass = bindingField(binding, "storageClass").apply((name) => name as string);
      new ConfigMap("consumer", { data: { storageClass } }, { provider: kubernetesProvider(binding, "another") });
    }, mode);
    expect(waitsFor(consumer, "consumer")).toContain("train-l4-elastic-pool");
  });
});

describe("Karpenter", () => {
  test("is told which cluster it serves, and repairs nodes", async () => {
    const graph = await cluster([l4]);
    expect(inputs(graph, "train-karpenter-controller")).toMatchObject({
      chart: "oci://public.ecr.aws/karpenter/karpenter",
      version: "1.14.1",
      namespace: "kube-system",
      skipCrds: true,
      values: {
        serviceAccount: { name: "karpenter" },
        nodeSelector: { "aistack.dev/pool": "system" },
        settings: {
          clusterName: "train-dev",
          clusterEndpoint: expect.stringMatching(/^https:/),
          interruptionQueue: expect.stringContaining("train-karpenter-events"),
          isolatedVPC: false,
          featureGates: { nodeRepair: true },
        },
      },
    });
    expect(inputs(graph, "train-karpenter-crd")).toMatchObject({ version: "1.14.1", namespace: "kube-system" });
    expect(inputs(graph, "train-karpenter-identity")).toMatchObject({
      namespace: "kube-system",
      serviceAccount: "karpenter",
    });
    const mirror = { images: "registry.local" };
    const isolated = await cluster([l4], { network: undefined, natGateways: NatGateways.None, mirror });
    expect(inputs(isolated, "train-karpenter-controller", "values.settings.isolatedVPC")).toBe(true);
  });

  test("hears of interruptions through a queue that takes the cluster's events alone, over TLS", async () => {
    const graph = await cluster([l4]);
    expect(inputs(graph, "train-karpenter-events")).toMatchObject({
      sqsManagedSseEnabled: true,
      messageRetentionSeconds: 300,
    });
    const rules = custom(graph).filter((row) => row.type.endsWith(":EventRule"));
    expect(rules.map((row) => JSON.parse(row.inputs.eventPattern as string)["detail-type"][0]).sort()).toEqual([
      "AWS Health Event",
      "EC2 Capacity Reservation Instance Interruption Warning",
      "EC2 Instance Rebalance Recommendation",
      "EC2 Instance State-change Notification",
      "EC2 Spot Instance Interruption Warning",
    ]);
    const policy = statements(graph, "train-karpenter-events-policy");
    expect(policy.EventsOfTheClustersRules).toMatchObject({
      Principal: { Service: "events.amazonaws.com" },
      Action: "sqs:SendMessage",
    });
    expect(policy.EventsOfTheClustersRules?.Condition.ArnEquals["aws:SourceArn"]).toEqual(
      rules.map((row) => `arn:aws:events:eu-west-1:123456789012:rule/${row.inputs.name}`),
    );
    expect(policy.TlsOnly).toMatchObject({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } });
  });

  test("starts and ends instances with the cluster's tags in its region, and hands on one role", async () => {
    const graph = await cluster([l4]);
    const nodes = statements(graph, "train-karpenter-role-nodes");
    const owned = { "aws:ResourceTag/kubernetes.io/cluster/train-dev": "owned" };
    for (const sid of ["UseOwnLaunchTemplates", "NameOwnInstances", "EndOwnInstances"])
      expect(nodes[sid]?.Condition).toMatchObject({
        StringEquals: owned,
        StringLike: { "aws:ResourceTag/karpenter.sh/nodepool": "*" },
      });
    for (const sid of ["MakeInstancesWithTheClustersTags", "TagWhatIsBeingMade"])
      expect(nodes[sid]?.Condition.StringEquals).toMatchObject({
        "aws:RequestTag/kubernetes.io/cluster/train-dev": "owned",
        "aws:RequestTag/eks:eks-cluster-name": "train-dev",
      });
    for (const statement of Object.values(nodes))
      for (const arn of [statement.Resource].flat()) expect(arn).toMatch(/^arn:aws:ec2:eu-west-1:\*?:[a-z-]+\/\*$/);
    const { GiveNodesTheirRole } = statements(graph, "train-karpenter-role-cluster");
    expect(GiveNodesTheirRole?.Resource).toMatch(/:role\/train-karpenter-node-role-/);
    // A class is only let go when the controller may look for instance profiles that it might have made.
    const { LookForOwnInstanceProfiles } = statements(graph, "train-karpenter-role-discovery");
    expect(LookForOwnInstanceProfiles).toMatchObject({
      Action: "iam:GetInstanceProfile",
      Resource: "arn:aws:iam::123456789012:instance-profile/*",
    });
    expect(inputs(graph, "train-karpenter-node-access")).toMatchObject({ type: "EC2_LINUX" });
  });

  test("is not there for pools that never grow", async () => {
    const graph = await cluster([{ ...l4, minNodes: 2 }]);
    expect(names(graph).filter((name) => /karpenter|elastic/.test(name))).toEqual([]);
    expect(inputs(graph, "train-l4-nodes", "scalingConfig")).toEqual({ minSize: 2, desiredSize: 2, maxSize: 2 });
  });
});

describe("capacity", () => {
  test("the minimum always runs, as a managed group; the rest comes and goes", async () => {
    const graph = await cluster([{ ...l4, minNodes: 2, maxNodes: 5 }]);
    expect(inputs(graph, "train-l4-nodes", "scalingConfig")).toEqual({ minSize: 2, desiredSize: 2, maxSize: 2 });
    expect(inputs(graph, "train-l4-elastic-pool", "spec.limits")).toEqual({ nodes: "3", "nvidia.com/gpu": "3" });
    expect(inputs(graph, "train-l4-elastic-pool", "spec.template.metadata.labels")).toEqual(
      inputs(graph, "train-l4-nodes", "labels"),
    );
  });

  test("the longest names stay within what EKS takes", async () => {
    const pools = ["a", "b"].map((end) => ({ ...l4, name: `${"p".repeat(29)}${end}`, minNodes: 1 }));
    const graph = await planned(() => new GpuCluster("n".repeat(30), { network, pools }));
    const groups = names(graph).filter((name) =>
      graph.resources.some((row) => row.name === name && /NodeGroup$/.test(row.type)),
    );
    expect(new Set(groups).size).toBe(3);
    for (const name of groups) expect(name.length + "-0123456".length).toBeLessThanOrEqual(63);
  });

  test("a spot pool may be of any machine with the same accelerators up to twice the price", async () => {
    const graph = await cluster([
      { ...l4, capacity: Capacity.Spot, maxNodes: 3 },
      { ...l4, name: "one-kind", capacity: Capacity.Spot, machineType: "g6.2xlarge" },
      { ...l4, name: "kept", capacity: Capacity.Spot, minNodes: 1 },
    ]);
    const types = ["g6.xlarge", "g6.2xlarge", "g6.4xlarge", "gr6.4xlarge"];
    expect(requirements(graph, "l4")).toMatchObject({ "instance-type": types, "capacity-type": ["spot"] });
    expect(inputs(graph, "train-l4-elastic-pool", "spec.limits")).toEqual({ nodes: "3", "nvidia.com/gpu": "3" });
    expect(requirements(graph, "one-kind")["instance-type"]).toEqual(["g6.2xlarge"]);
    expect(inputs(graph, "train-kept-nodes")).toMatchObject({ capacityType: "SPOT", instanceTypes: types });
  });

  test("a reservation is used, and nothing beside it", async () => {
    const reserved = { ...h100, capacity: Capacity.Reserved, reservationId, zones: ["eu-west-1b"] };
    const graph = await cluster([{ ...reserved, minNodes: 1, maxNodes: 3 }]);
    expect(inputs(graph, "train-h100-nodes")).toMatchObject({
      capacityType: "ON_DEMAND",
      instanceTypes: ["p5.48xlarge"],
      subnetIds: ["subnet-2"],
    });
    expect(inputs(graph, "train-h100-template")).toMatchObject({
      capacityReservationSpecification: { capacityReservationTarget: { capacityReservationId: reservationId } },
    });
    expect(inputs(graph, "train-h100-template", "instanceMarketOptions")).toBeUndefined();
    expect(requirements(graph, "h100")).toMatchObject({ "capacity-type": ["reserved"], zone: ["eu-west-1b"] });
    expect(inputs(graph, "train-h100-elastic-class", "spec.capacityReservationSelectorTerms")).toEqual([
      { id: reservationId },
    ]);
  });

  test("a capacity block is a market of its own, and names the machine in the template", async () => {
    const block = { ...h100, capacity: Capacity.CapacityBlock, reservationId, zones: ["eu-west-1c"] };
    const graph = await cluster([
      { ...block, minNodes: 2, interconnect: Interconnect.HighBandwidth },
      { ...block, name: "later", zones: undefined },
    ]);
    expect(inputs(graph, "train-h100-nodes")).toMatchObject({
      capacityType: "CAPACITY_BLOCK",
      subnetIds: ["subnet-3"],
      scalingConfig: { minSize: 2, desiredSize: 2, maxSize: 2 },
    });
    expect(inputs(graph, "train-h100-nodes", "instanceTypes")).toBeUndefined();
    expect(inputs(graph, "train-h100-template")).toMatchObject({
      instanceType: "p5.48xlarge",
      instanceMarketOptions: { marketType: "capacity-block" },
      capacityReservationSpecification: { capacityReservationTarget: { capacityReservationId: reservationId } },
    });
    // A block's machines stand together already, and are in no placement group.
    expect(inputs(graph, "train-h100-template", "placement")).toBeUndefined();
    expect(names(graph)).not.toContain("train-h100-efa-placement");
    // Before its day a block starts nothing: Karpenter waits for it, and finds its zone.
    expect(requirements(graph, "later")).toMatchObject({ "capacity-type": ["reserved"] });
    expect(requirements(graph, "later").zone).toBeUndefined();
  });

  test("nodes without accelerators come and go by what they are used for", async () => {
    const graph = await cluster([
      { name: "batch", machineType: "m7i.4xlarge", maxNodes: 10 },
      { name: "arm", machineType: "m7g.4xlarge", taints: [{ key: "example.org/arm" }] },
    ]);
    const pool = inputs(graph, "train-batch-elastic-pool", "spec");
    expect(pool.limits).toEqual({ nodes: "10" });
    expect(pool.disruption).toMatchObject({
      consolidationPolicy: "WhenEmptyOrUnderutilized",
      consolidateAfter: "2m",
    });
    expect(pool.template.spec).toMatchObject({ expireAfter: "Never" });
    expect([pool.template.spec.taints, pool.template.spec.terminationGracePeriod]).toEqual([undefined, undefined]);
    expect(inputs(graph, "train-batch-elastic-class", "spec.instanceStorePolicy")).toBeUndefined();
    expect(requirements(graph, "arm")).toMatchObject({ arch: ["arm64"], "instance-type": ["m7g.4xlarge"] });
    expect(inputs(graph, "train-arm-elastic-pool", "spec.template.spec.taints")).toEqual([
      { key: "example.org/arm", value: "true", effect: "NoSchedule" },
    ]);
    expect(names(graph).filter((name) => /nvidia|neuron/.test(name))).toEqual([]);
  });

  test("Trainium gets Neuron images and its device plugin", async () => {
    const graph = await cluster([{ accelerator: Accelerator.AwsTrainium2, minNodes: 1, maxNodes: 2 }]);
    expect(inputs(graph, "train-aws-trainium2-nodes")).toMatchObject({
      amiType: "AL2023_x86_64_NEURON",
      taints: [{ key: "aws.amazon.com/neuron", value: "present", effect: "NO_SCHEDULE" }],
    });
    expect(inputs(graph, "train-aws-trainium2-elastic-pool", "spec.limits")).toEqual({
      nodes: "1",
      "aws.amazon.com/neuron": "16",
    });
    expect(inputs(graph, "train-runtime-neuron-device-plugin", "chart")).toMatch(/neuron-helm-chart$/);
    expect(names(graph)).not.toContain("train-runtime-nvidia-operator");
  });

  test("a shared GPU is counted by nodes and CPUs, as its shares count too once the node is up", async () => {
    const graph = await cluster([
      { ...l4, maxNodes: 3, sharing: { strategy: SharingStrategy.TimeSlicing, replicas: 4 } },
      { ...h100, maxNodes: 2, sharing: { strategy: SharingStrategy.Mig, profile: "1g.10gb" } },
    ]);
    expect(inputs(graph, "train-l4-elastic-pool", "spec.limits")).toEqual({ nodes: "3", cpu: "12" });
    const labels = (pool: string) => inputs(graph, `train-${pool}-elastic-pool`, "spec.template.metadata.labels");
    expect(labels("l4")["nvidia.com/device-plugin.config"]).toBe("time-slicing-4");
    expect(labels("h100")["nvidia.com/mig.config"]).toBe("all-1g.10gb");
  });
});

describe("interconnect", () => {
  test("nodes stand close together in one zone and may talk past the operating system", async () => {
    const pool = { ...h100, interconnect: Interconnect.HighBandwidth, minNodes: 2, maxNodes: 4 };
    const graph = await planned(() => {
      const pools = [pool, { ...pool, name: "named", zones: ["eu-west-1b"] }];
      return { groups: new GpuCluster("train", { network, pools }).interconnectGroups };
    });
    expect(inputs(graph, "train-h100-efa-placement")).toMatchObject({ strategy: "cluster", name: "train-dev-h100" });
    expect(inputs(graph, "train-h100-template", "placement")).toEqual({ groupName: "train-dev-h100" });
    expect(inputs(graph, "train-h100-elastic-class", "spec.placementGroupSelector")).toEqual({
      name: "train-dev-h100",
    });
    for (const rule of ["in", "out"]) {
      const { securityGroupId, referencedSecurityGroupId, ipProtocol } = inputs(graph, `train-h100-efa-${rule}`);
      expect([referencedSecurityGroupId, ipProtocol]).toEqual([securityGroupId, "-1"]);
    }
    const groups = graph.outputs.groups as { [pool: string]: string };
    expect(groups.h100).toBe(inputs(graph, "train-h100-efa-in", "securityGroupId"));
    expect(Object.keys(groups)).toEqual(["h100", "named"]);
    expect(inputs(graph, "train-h100-nodes", "subnetIds")).toEqual(["subnet-1"]);
    expect(inputs(graph, "train-named-nodes", "subnetIds")).toEqual(["subnet-2"]);
    expect(inputs(graph, "train-named-elastic-class", "spec.subnetSelectorTerms")).toEqual([{ id: "subnet-2" }]);
    expect(inputs(graph, "train-h100-nodes", "labels")).toMatchObject({ "aistack.dev/interconnect": "efa" });
    expect(inputs(graph, "train-runtime-efa", "values")).toMatchObject({
      nodeSelector: { "aistack.dev/interconnect": "efa" },
    });
  });

  test("every card has an interface for EFA, and the first one for everything else", async () => {
    const graph = await cluster([
      { ...h100, interconnect: Interconnect.HighBandwidth, minNodes: 1 },
      {
        accelerator: Accelerator.NvidiaB300,
        name: "b300",
        interconnect: Interconnect.HighBandwidth,
        minNodes: 1,
        maxNodes: 2,
      },
    ]);
    const cards = (rows: { networkCardIndex: number; deviceIndex: number; interfaceType: string }[]) =>
      rows.map((row) => `${row.networkCardIndex}/${row.deviceIndex} ${row.interfaceType}`);
    const p5 = inputs(graph, "train-h100-template", "networkInterfaces");
    expect(cards(p5)).toEqual([
      "0/0 interface",
      "0/1 efa-only",
      ...Array.from({ length: 31 }, (_, index) => `${index + 1}/0 efa-only`),
    ]);
    for (const own of p5) {
      expect(own).toMatchObject({
        deleteOnTermination: "true",
        securityGroups: [expect.any(String), expect.any(String)],
      });
      expect(own.associatePublicIpAddress).toBeUndefined();
    }
    // Its first card takes no EFA.
    const b300 = ["0/0 interface", ...Array.from({ length: 16 }, (_, index) => `${index + 1}/0 efa-only`)];
    expect(cards(inputs(graph, "train-b300-template", "networkInterfaces"))).toEqual(b300);
    expect(cards(inputs(graph, "train-b300-elastic-class", "spec.networkInterfaces"))).toEqual(b300);
  });
});

describe("zones", () => {
  test("of a network that does not name them are looked up", async () => {
    const { privateSubnetZones: _, ...unnamed } = network;
    const answers = {
      invokes: {
        "aws:ec2/getSubnet:getSubnet": ["1", "2", "3"].map((digit) => ({
          when: { id: `subnet-${digit}` },
          return: { id: `subnet-${digit}`, availabilityZone: `eu-west-1${"abc"[Number(digit) - 1]}` },
        })),
      },
    };
    const pool = { ...l4, zones: ["eu-west-1a", "eu-west-1c"] };
    const program = () => new GpuCluster("train", { network: unnamed, pools: [pool] });
    const graph = await plan(program, { mode: "simulate", config: { "aws:region": "eu-west-1" }, answers });
    expect(inputs(graph, "train-l4-elastic-class", "spec.subnetSelectorTerms")).toEqual([
      { id: "subnet-1" },
      { id: "subnet-3" },
    ]);
  });

  test("that turn out later not to be the network's stop the pool", async () => {
    const pools = [{ ...l4, zones: ["eu-west-1d"] }];
    await expect(cluster(pools, { network: pulumi.output(network) })).rejects.toThrow(
      /pools\[0\].zones names eu-west-1d, but the cluster's network is in eu-west-1a, eu-west-1b, eu-west-1c/,
    );
  });

  test("of a network that is created place the nodes", async () => {
    const zones = ["eu-west-1a", "eu-west-1c"];
    const graph = await cluster([{ ...l4, minNodes: 1, zones: ["eu-west-1c"] }], { network: undefined, zones });
    expect(inputs(graph, "train-l4-nodes", "subnetIds")).toHaveLength(1);
    expect(waitsFor(graph, "train-l4-nodes")).toContain("train-network-private-2");
  });
});

describe("the whole catalogue", () => {
  const rows = machines.filter((row) => row.cloud === Platform.Aws);
  const named = (row: Machine) => row.type.replace(".", "-");
  const pool = (row: Machine): GpuPoolArgs => ({
    name: named(row),
    accelerator: row.accelerator,
    machineType: row.type,
    minNodes: 1,
    maxNodes: 3,
    interconnect: row.efaInterfaces > 0 ? Interconnect.HighBandwidth : Interconnect.Standard,
  });
  let graph: Graph;
  beforeAll(async () => {
    graph = await planned(() => {
      const { binding } = new GpuCluster("train", { network, pools: rows.map(pool) });
      return { accelerators: binding.accelerators };
    });
  });

  test("is there", () => expect(rows.length).toBeGreaterThan(60));

  test.each(rows.map((row) => [row.type, row] as const))("%s", (_, row) => {
    expect(graph.outputs.accelerators).toContainEqual({
      accelerator: row.accelerator,
      perNode: row.count,
      maxNodes: 3,
      nodeLabels: { "aistack.dev/accelerator": row.accelerator, "aistack.dev/pool": named(row) },
    });
    const group = inputs(graph, `train-${named(row)}-nodes`);
    expect(group).toMatchObject({
      instanceTypes: [row.type],
      amiType: row.eksAmiTypes[0],
      taints: [{ key: row.resourceName, effect: "NO_SCHEDULE" }],
      labels: { "aistack.dev/accelerator": row.accelerator },
    });
    expect(inputs(graph, `train-${named(row)}-elastic-pool`, "spec.limits")).toEqual({
      nodes: "2",
      [row.resourceName]: `${2 * row.count}`,
    });
    expect(requirements(graph, named(row))).toMatchObject({ "instance-type": [row.type], arch: [row.arch] });
    const efa = (list?: { interfaceType: string }[]) => list?.filter((own) => own.interfaceType === "efa-only").length;
    const expected = row.efaInterfaces > 0 ? row.efaInterfaces : undefined;
    expect(efa(inputs(graph, `train-${named(row)}-template`, "networkInterfaces"))).toBe(expected);
    const spec = inputs(graph, `train-${named(row)}-elastic-class`, "spec");
    expect(efa(spec.networkInterfaces)).toBe(expected);
    expect(spec.instanceStorePolicy).toBe(row.localNvmeGb > 0 ? "RAID0" : undefined);
    const userData = Buffer.from(inputs(graph, `train-${named(row)}-template`, "userData") ?? "", "base64").toString();
    expect(userData.includes("strategy: RAID0")).toBe(row.localNvmeGb > 0);
  });

  test("no machine answers IMDSv1, asks for a public address or has a plain volume", () => {
    const templates = custom(graph).filter((row) => row.type.endsWith(":LaunchTemplate"));
    const classes = custom(graph).filter((row) => row.inputs.kind === "EC2NodeClass");
    expect([templates.length, classes.length]).toEqual([rows.length + 1, rows.length]);
    const options = { httpEndpoint: "enabled", httpTokens: "required", httpPutResponseHopLimit: 1 };
    for (const { inputs: own } of templates) expect(own.metadataOptions).toEqual(options);
    for (const { name } of classes) {
      const spec = inputs(graph, name, "spec");
      expect(spec.metadataOptions).toEqual(options);
      expect(spec.blockDeviceMappings[0].ebs.encrypted).toBe(true);
      expect([spec.associatePublicIPAddress, spec.networkInterfaces === undefined]).not.toEqual([undefined, true]);
    }
    expect(JSON.stringify(custom(graph).map((row) => row.inputs))).not.toMatch(
      /"associatePublicI[pP]Address":(true|"true")/,
    );
  });

  documentsTests(() => graph);
});

/** What goes to Karpenter, against its own documents, which are kept beside the repository. */
function documentsTests(graph: () => Graph): void {
  const shared = join(__dirname, "../../../../../shared");
  const there = existsSync(shared);
  const withDocuments = there ? describe : describe.skip;

  withDocuments(`Karpenter's documents${there ? "" : ` (skipped: ${shared} is absent)`}`, () => {
    test("every class and pool is what the definitions allow, without a field that these do not know", () => {
      const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
      const validators = new Map<string, ValidateFunction>();
      for (const document of parseAllDocuments(readFileSync(join(shared, "crds/karpenter.yaml"), "utf8"))) {
        const { spec } = document.toJS();
        const schema = closed(spec.versions[0].schema.openAPIV3Schema);
        const properties = { ...schema.properties, metadata: {} };
        validators.set(spec.names.kind, ajv.compile({ ...schema, properties }));
      }
      const own = custom(graph()).filter((row) => /^kubernetes:karpenter/.test(row.type));
      expect(own.length).toBeGreaterThan(120);
      for (const { name, inputs } of own) {
        const validate = validators.get(inputs.kind as string) as ValidateFunction;
        expect({ name, valid: validate(inputs), errors: validate.errors }).toEqual({ name, valid: true, errors: null });
      }
      const misspelt = { ...own[0]?.inputs, spec: { ...(own[0]?.inputs.spec as object), tag: {} } };
      expect(validators.get(own[0]?.inputs.kind as string)?.(misspelt)).toBe(false);
    });

    test("the chart gets only keys that it has", () => {
      // A node selector takes any label.
      const known = { ...parse(readFileSync(join(shared, "charts/karpenter/values.yaml"), "utf8")), nodeSelector: {} };
      expect(unknownKeys(inputs(graph(), "train-karpenter-controller", "values"), known)).toEqual([]);
      expect(unknownKeys({ settings: { clusterNames: "" } }, known)).toEqual([".settings.clusterNames"]);
    });
  });
}

interface Schema {
  properties?: { [name: string]: Schema };
  additionalProperties?: boolean | Schema;
  items?: Schema;
}

/** The schema, with fields that it does not name forbidden. */
function closed(schema: Schema): Schema {
  const { properties, additionalProperties = false, items } = schema;
  return {
    ...schema,
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, own]) => [name, closed(own)])),
      additionalProperties,
    }),
    ...(items && { items: closed(items) }),
  };
}

/** Keys that the chart's values do not have; an empty map takes any. */
function unknownKeys(given: unknown, known: unknown, path = ""): string[] {
  const isMap = (value: unknown): value is { [key: string]: unknown } => typeof value === "object" && value !== null;
  if (!isMap(given) || !isMap(known) || Object.keys(known).length === 0) return [];
  return Object.entries(given).flatMap(([key, value]) =>
    key in known ? unknownKeys(value, known[key], `${path}.${key}`) : [`${path}.${key}`],
  );
}

describe("a pool that is added, removed or moved", () => {
  const pools: GpuPoolArgs[] = [
    l4,
    { ...h100, interconnect: Interconnect.HighBandwidth, minNodes: 1, maxNodes: 2 },
    { name: "batch", machineType: "m7i.4xlarge" },
  ];
  const byUrn = (graph: Graph) => new Map(custom(graph).map((row) => [row.urn, JSON.stringify(row.inputs)]));
  const changes = (before: Map<string, string>, after: Map<string, string>) =>
    [...new Set([...before.keys(), ...after.keys()])]
      .filter((urn) => before.get(urn) !== after.get(urn))
      .map((urn) => urn.split("::").at(-1))
      .sort();

  test("changes only its own children", async () => {
    const before = byUrn(await cluster(pools));
    expect(changes(before, byUrn(await cluster([...pools].reverse())))).toEqual([]);
    const added = { accelerator: Accelerator.NvidiaT4, minNodes: 1, maxNodes: 2 };
    expect(changes(before, byUrn(await cluster([added, ...pools])))).toEqual([
      "train-nvidia-t4-elastic-class",
      "train-nvidia-t4-elastic-pool",
      "train-nvidia-t4-nodes",
      "train-nvidia-t4-template",
    ]);
    expect(changes(before, byUrn(await cluster(pools.slice(1))))).toEqual([
      "train-l4-elastic-class",
      "train-l4-elastic-pool",
    ]);
  });
});

test("teams get a namespace and a queue, and the binding says what the pools carry", async () => {
  const teams = [{ name: "vision", quota: [{ pool: "l4", count: 2 }] }];
  const program = () => {
    const { binding, teams: spaces } = new GpuCluster("train", { network, pools: [{ ...l4, maxNodes: 4 }], teams });
    return { accelerators: binding.accelerators, teams: spaces };
  };
  const graph = await planned(program);
  expect(graph.outputs.accelerators).toEqual([
    {
      accelerator: "nvidia-l4",
      perNode: 1,
      maxNodes: 4,
      nodeLabels: { "aistack.dev/accelerator": "nvidia-l4", "aistack.dev/pool": "l4" },
    },
  ]);
  expect(graph.outputs.teams).toEqual([expect.objectContaining({ name: "vision", namespace: expect.any(String) })]);
  expect(created(graph)).toEqual(expect.arrayContaining([expect.stringMatching(/ LocalQueue$/)]));
});

test("what the cluster has already is left out", async () => {
  const graph = await cluster([l4], { install: { gpuOperator: false } });
  expect(names(graph)).not.toContain("train-runtime-nvidia-operator");
});

describe("refuses", () => {
  const capacity = (kind: Capacity, more: Partial<GpuPoolArgs> = {}) => ({ ...h100, capacity: kind, ...more });
  test.each<[string, GpuPoolArgs, RegExp]>([
    [
      "flex-start by name",
      capacity(Capacity.FlexStart),
      /capacity is "flex-start", which is Google Cloud's; choose one of on-demand, spot, reserved, capacity-block/,
    ],
    [
      "a capacity that does not exist",
      capacity("cheap" as Capacity),
      /capacity is "cheap", but must be one of on-demand, spot, reserved, capacity-block/,
    ],
    [
      "a reservation without its id",
      capacity(Capacity.Reserved),
      /reservationId is missing, but `capacity` is "reserved"; name what to use/,
    ],
    [
      "a block without its id",
      capacity(Capacity.CapacityBlock),
      /reservationId is missing, but `capacity` is "capacity-block"/,
    ],
    [
      "spot together with a reservation",
      capacity(Capacity.Spot, { reservationId }),
      /reservationId is "cr-0123456789abcdef0", but `capacity` is "spot"; set it to "reserved" or "capacity-block"/,
    ],
    [
      "a reservation beside machines on demand",
      { ...h100, reservationId },
      /reservationId is .* but `capacity` is "on-demand"/,
    ],
    [
      "an id that is none",
      capacity(Capacity.Reserved, { reservationId: "i-0123" }),
      /reservationId is "i-0123", but must be the id of a capacity reservation/,
    ],
    [
      "a block of machines that AWS does not sell so",
      { ...l4, capacity: Capacity.CapacityBlock, reservationId },
      /capacity is "capacity-block", but AWS sells none of g6.xlarge \(1\).*p5, p5e, p5en, p6 and trn machines/,
    ],
    [
      "nodes of a reservation without its zone",
      capacity(Capacity.Reserved, { reservationId, minNodes: 1 }),
      /zones is missing; name the zone of the reservation/,
    ],
    [
      "two zones for one reservation",
      capacity(Capacity.Reserved, { reservationId, zones: ["eu-west-1a", "eu-west-1b"] }),
      /zones names 2 zones, but a reservation is in one; name that one/,
    ],
    [
      "two zones for nodes close together",
      { ...h100, interconnect: Interconnect.HighBandwidth, zones: ["eu-west-1a", "eu-west-1b"] },
      /zones names 2 zones, but nodes that are placed close together share one/,
    ],
    [
      "a zone that the network has not",
      { ...l4, zones: ["eu-west-1d"] },
      /zones\[0\] is "eu-west-1d", but the cluster's network is in eu-west-1a, eu-west-1b, eu-west-1c/,
    ],
    ["a zone twice", { ...l4, zones: ["eu-west-1a", "eu-west-1a"] }, /zones\[1\] is eu-west-1a, which is named twice/],
    ["no zone at all", { ...l4, zones: [] }, /zones is \[\], but must name 1 zone or more/],
    [
      "EFA on a machine without",
      { ...l4, machineType: "g6.xlarge", interconnect: Interconnect.HighBandwidth },
      /interconnect is "high-bandwidth", but g6.xlarge \(1\) has no EFA interface; choose one of g6.8xlarge \(1\)/,
    ],
    [
      "EFA on an accelerator without",
      { accelerator: Accelerator.AwsInferentia2, interconnect: Interconnect.HighBandwidth },
      /has no EFA interface; choose another accelerator/,
    ],
    [
      "EFA without accelerators",
      { name: "cpu", machineType: "m7i.large", interconnect: Interconnect.HighBandwidth },
      /interconnect is "high-bandwidth", which is offered together with `accelerator` only/,
    ],
    [
      "a network that does not exist",
      { ...l4, interconnect: "fast" as Interconnect },
      /interconnect is "fast", but must be one of standard, high-bandwidth/,
    ],
    [
      "the shape of a TPU slice",
      { ...l4, topology: "2x4" },
      /topology is "2x4", the shape of a TPU slice, which AWS does not offer; leave it out/,
    ],
    [
      "partitions of a GPU without any",
      { ...l4, sharing: { strategy: SharingStrategy.Mig, profile: "1g.10gb" } },
      /sharing.strategy is "mig", but nvidia-l4 cannot be partitioned; use "time-slicing" or "mps"/,
    ],
    [
      "a partition that the GPU does not have",
      { ...h100, sharing: { strategy: SharingStrategy.Mig, profile: "9g.1gb" } },
      /sharing.profile is "9g.1gb", but must be one of/,
    ],
    [
      "too many shares",
      { ...l4, sharing: { strategy: SharingStrategy.Mps, replicas: 49 } },
      /sharing.replicas is 49, but must be a whole number from 2 to 48/,
    ],
    [
      "shares of Trainium",
      { accelerator: Accelerator.AwsTrainium, sharing: { strategy: SharingStrategy.TimeSlicing, replicas: 2 } },
      /sharing is for NVIDIA GPUs, but the pool carries aws-trainium/,
    ],
    [
      "a pool that is nothing",
      { name: "cpu" },
      /machineType is missing; name an instance type such as m7i.2xlarge, or an `accelerator`/,
    ],
    [
      "a pool without a name",
      { machineType: "m7i.large" },
      /name is missing; a pool without `accelerator` has no name by default/,
    ],
    [
      "GPUs by the back door",
      { name: "cpu", machineType: "g6.xlarge" },
      /machineType is "g6.xlarge", but carries nvidia-l4; name it as `accelerator`/,
    ],
    [
      "a count of nothing",
      { name: "cpu", machineType: "m7i.large", perNode: 2 },
      /perNode counts accelerators, but `accelerator` is left out/,
    ],
    [
      "a machine that is none",
      { name: "cpu", machineType: "large" },
      /machineType is "large", but must be an EC2 instance type/,
    ],
    ["a run without end", { ...l4, maxRunHours: 721 }, /maxRunHours is 721, but must be a whole number from 1 to 720/],
    [
      "an end for nodes that stay",
      { ...l4, maxRunHours: 24, minNodes: 2 },
      /maxRunHours is 24, but the 2 nodes of minNodes stay; set minNodes to 0/,
    ],
    [
      "a label of Karpenter",
      { ...l4, labels: { "karpenter.sh/nodepool": "x" } },
      /labels\["karpenter.sh\/nodepool"\] is a label that Kubernetes, EKS, Karpenter or this/,
    ],
    [
      "a label of the GPU operator",
      { ...l4, labels: { "nvidia.com/mig.config": "x" } },
      /labels\["nvidia.com\/mig.config"\] is a label that/,
    ],
    [
      "a label's value that is none",
      { ...l4, labels: { team: "a b" } },
      /labels\["team"\] is "a b", but must be 63 letters/,
    ],
    [
      "a label's key that is none",
      { ...l4, labels: { "a b": "c" } },
      /labels\["a b"\] has a key that must be a name such as "team"/,
    ],
    [
      "a taint of the accelerator's",
      { ...l4, taints: [{ key: "nvidia.com/gpu" }] },
      /taints\[0\].key is "nvidia.com\/gpu", but is a taint that/,
    ],
    [
      "a taint twice",
      { ...l4, taints: [{ key: "a" }, { key: "a", value: "b" }] },
      /taints\[1\].key is "a", which the pool has twice/,
    ],
    [
      "an effect that does not exist",
      { ...l4, taints: [{ key: "a", effect: "Never" as TaintEffect }] },
      /taints\[0\].effect is "Never", but must be one of NoSchedule/,
    ],
  ])("%s", async (_, pool, message) => {
    expect(await refusal(() => new GpuCluster("train", { network, pools: [pool] }))).toMatch(message);
  });

  test("a quota on a pool that is not there, and a release that is none", async () => {
    const teams = [{ name: "vision", quota: [{ pool: "a100", count: 1 }] }];
    const args = { network, pools: [l4], teams, nodeImageRelease: "newest" };
    const message = await refusal(() => new GpuCluster("train", args));
    expect(message).toMatch(/teams\[0\].quota\[0\].pool is "a100", which is no pool of the cluster; choose one of l4/);
    expect(message).toMatch(/nodeImageRelease is "newest", but must be the release of the EKS node images/);
  });

  test("everything that is wrong with every pool, at once", async () => {
    const pools: GpuPoolArgs[] = [
      { ...h100, capacity: Capacity.FlexStart, topology: "2x4", zones: [] },
      { ...l4, perNode: 3, taints: [{ key: "a", effect: TaintEffect.NoExecute }, { key: "b c" }] },
    ];
    const message = await refusal(() => new GpuCluster("train", { network, pools }));
    for (const path of ["[0].capacity", "[0].topology", "[0].zones", "[1].perNode", "[1].taints[1].key"])
      expect(message).toContain(`pools${path} is `);
  });
});

/** What GpuCluster promises on every platform, asserted on each by the same tests. */
import type * as pulumi from "@pulumi/pulumi";
import * as aws from "aistack-aws";
import {
  Accelerator,
  bindingField,
  Capacity,
  type ClusterBinding,
  type GpuPoolArgs,
  Interconnect,
  Platform,
  type TeamArgs,
} from "aistack-core";
import * as edge from "aistack-edge";
import { type Graph, type Mode, type PlannedResource, plan } from "aistack-engine";
import * as gcp from "aistack-gcp";
import * as kubernetes from "aistack-kubernetes";

/** The arguments that all platforms share. */
interface Shared {
  pools?: GpuPoolArgs[];
  teams?: TeamArgs[];
}

interface GpuCluster extends pulumi.ComponentResource {
  binding: pulumi.Output<ClusterBinding>;
}

interface Subject {
  platform: Platform;
  config: { [key: string]: string };
  create: (args: Shared) => GpuCluster;
  adopt?: (existing: pulumi.Input<ClusterBinding>) => GpuCluster;
  /** Inputs that make the secrets of the cluster encrypted with a key of its own. */
  secretsEncrypted?: (graph: Graph) => boolean;
  /** Whether the API is closed to the internet. */
  privateApi?: (graph: Graph) => boolean;
  /** The taints of the nodes of a pool, as `key:effect`. */
  taints?: (graph: Graph, pool: string) => string[];
  /** The least and most nodes of a pool that comes and goes. */
  scale?: (graph: Graph, pool: string) => { min: number; max: number };
  /** Pools that the platform refuses, with a part of the reason. */
  refuses: [GpuPoolArgs, RegExp][];
}

const l4: GpuPoolArgs = { name: "serving", accelerator: Accelerator.NvidiaL4, perNode: 1, maxNodes: 3 };

// biome-ignore lint/suspicious/noExplicitAny: assertions on plain data whose shape each platform states
type Inputs = any;

function inputsOf(graph: Graph, type: string, name?: RegExp): Inputs[] {
  const rows = graph.resources.filter((row) => row.type === type && (!name || name.test(row.name)));
  return rows.map((row) => JSON.parse(JSON.stringify(row.inputs)));
}

const machine = (name: string, last: number, more: Partial<edge.EdgeMachineArgs> = {}): edge.EdgeMachineArgs => ({
  name,
  address: `192.0.2.${last}`,
  hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
  ...more,
});

const tpu: GpuPoolArgs = { name: "tpu", accelerator: Accelerator.GoogleTpuV6e };

const subjects: Subject[] = [
  {
    platform: Platform.Aws,
    config: { "aws:region": "eu-west-1" },
    create: (args) => new aws.GpuCluster("train", args),
    adopt: (existing) => new aws.GpuCluster("train", { existing }),
    secretsEncrypted: (graph) => {
      const [cluster] = inputsOf(graph, "aws:eks/cluster:Cluster");
      const [key] = inputsOf(graph, "aws:kms/key:Key");
      return cluster.encryptionConfig.resources.includes("secrets") && key.enableKeyRotation;
    },
    privateApi: (graph) => inputsOf(graph, "aws:eks/cluster:Cluster")[0].vpcConfig.endpointPublicAccess === false,
    taints: (graph, pool) => {
      const [nodes] = inputsOf(graph, "kubernetes:karpenter.sh/v1:NodePool", new RegExp(pool));
      return nodes.spec.template.spec.taints.map((taint: Inputs) => `${taint.key}:${taint.effect}`);
    },
    scale: (graph, pool) => {
      const [nodes] = inputsOf(graph, "kubernetes:karpenter.sh/v1:NodePool", new RegExp(pool));
      // Karpenter has no least number: a floor would be a managed group of its own.
      const floor = inputsOf(graph, "aws:eks/nodeGroup:NodeGroup", new RegExp(pool));
      return { min: floor.length, max: Number(nodes.spec.limits["nvidia.com/gpu"]) };
    },
    refuses: [
      [tpu, /AWS does not offer/],
      [{ ...l4, capacity: Capacity.FlexStart }, /flex-start/],
      [{ ...l4, topology: "2x2" }, /topology/],
      [{ ...l4, machineType: "g6.xlarge", interconnect: Interconnect.HighBandwidth }, /interconnect/],
    ],
  },
  {
    platform: Platform.Gcp,
    config: { "gcp:project": "acme", "gcp:region": "us-central1" },
    create: (args) => new gcp.GpuCluster("train", args),
    adopt: (existing) => new gcp.GpuCluster("train", { existing }),
    secretsEncrypted: (graph) => {
      const [cluster] = inputsOf(graph, "gcp:container/cluster:Cluster");
      const [key] = inputsOf(graph, "gcp:kms/cryptoKey:CryptoKey");
      return cluster.databaseEncryption.state === "ENCRYPTED" && key.rotationPeriod === "7776000s";
    },
    privateApi: (graph) => {
      const [cluster] = inputsOf(graph, "gcp:container/cluster:Cluster");
      const nodes = cluster.privateClusterConfig ?? {};
      return nodes.enablePrivateNodes === true && nodes.enablePrivateEndpoint === true;
    },
    taints: (graph, pool) => {
      const [nodes] = inputsOf(graph, "gcp:container/nodePool:NodePool", new RegExp(pool));
      return nodes.nodeConfig.taints.map((taint: Inputs) => `${taint.key}:${taint.effect}`);
    },
    scale: (graph, pool) => {
      const [nodes] = inputsOf(graph, "gcp:container/nodePool:NodePool", new RegExp(pool));
      return { min: nodes.autoscaling.totalMinNodeCount, max: nodes.autoscaling.totalMaxNodeCount };
    },
    refuses: [
      [{ ...l4, accelerator: Accelerator.AwsTrainium }, /Google Cloud does not offer/],
      [{ ...l4, capacity: Capacity.CapacityBlock, reservationId: "cr-1" }, /capacity-block/],
      [{ ...tpu, topology: "7x7" }, /topology/],
    ],
  },
  {
    platform: Platform.Edge,
    config: {},
    create: ({ pools, ...args }) =>
      new edge.GpuCluster("train", {
        ...args,
        // At the edge a pool is made of machines that name it; the contract's pool has as many as it may have.
        pools: pools?.map(({ maxNodes: _, ...pool }) => pool),
        servers: [machine("server", 10)],
        agents: (pools ?? []).flatMap((pool) =>
          Array.from({ length: pool.maxNodes ?? 1 }, (_, index) =>
            machine(`${pool.name}-${index}`, (pool.name === "serving" ? 20 : 30) + index, { pool: pool.name }),
          ),
        ),
      }),
    adopt: (existing) => new edge.GpuCluster("train", { existing }),
    secretsEncrypted: (graph) => revealed(graph, "train-server-k3s").includes("secrets-encryption: true"),
    taints: (graph, pool) => {
      const script = revealed(graph, `train-${pool}-0-k3s`);
      return [...script.matchAll(/([\w./-]+)=present:(NoSchedule)/g)].map(([, key, effect]) => `${key}:${effect}`);
    },
    refuses: [
      [tpu, /must be one of nvidia-t4, nvidia-a10g/],
      [{ ...l4, capacity: Capacity.Spot }, /capacity/],
      [{ ...l4, topology: "2x2" }, /topology/],
    ],
  },
  {
    platform: Platform.Kubernetes,
    config: {},
    create: (args) =>
      new kubernetes.GpuCluster("train", {
        ...args,
        cluster: { name: "theirs", platform: Platform.Kubernetes, kubeconfig: "{}" },
        pools: args.pools?.map((pool) => ({ ...pool, labels: { pool: pool.name ?? "" } })),
      }),
    refuses: [
      [{ ...l4, capacity: Capacity.Spot }, /capacity/],
      [{ ...l4, topology: "2x2" }, /topology/],
      [{ ...l4, minNodes: 1 }, /minNodes/],
    ],
  },
];

/** The text of a command's script, secrets included. */
function revealed(graph: Graph, name: string): string {
  const row = graph.resources.find((found) => found.name === name) as PlannedResource;
  const texts = Object.values(row.inputs).map((value) => {
    const secret = value as { reveal?: () => unknown };
    return typeof secret?.reveal === "function" ? secret.reveal() : value;
  });
  const written = texts.filter((text) => typeof text === "string").join("\n");
  // Files reach a machine encoded, so that nothing in them means anything to the shell.
  const encoded = [...written.matchAll(/[A-Za-z0-9+/=]{40,}/g)].map(([text]) => Buffer.from(text, "base64").toString());
  return [written, ...encoded].join("\n");
}

const planned = ({ create, config }: Subject, args: Shared, mode: Mode = "simulate") =>
  plan(
    () => {
      const cluster = create(args);
      return {
        accelerators: bindingField(cluster.binding, "accelerators"),
        platform: bindingField(cluster.binding, "platform"),
      };
    },
    { mode, config },
  );

const modes: Mode[] = ["preview", "simulate"];

describe.each(subjects)("$platform", (subject) => {
  test.each(modes)("the binding's accelerators are those of the pools, in %s", async (mode) => {
    const graph = await planned(subject, { pools: [l4] }, mode);
    expect(graph.outputs.platform).toBe(subject.platform);
    expect(graph.outputs.accelerators).toEqual([
      { accelerator: Accelerator.NvidiaL4, perNode: 1, maxNodes: 3, nodeLabels: expect.any(Object) },
    ]);
    const [first] = graph.outputs.accelerators as unknown as ClusterBinding["accelerators"] & object;
    expect(Object.keys(first?.nodeLabels ?? {}).length).toBeGreaterThan(0);
  });

  test.each(modes)("everything has a chain of parents up to the component, in %s", async (mode) => {
    const graph = await planned(subject, { pools: [l4] }, mode);
    const [top, cluster] = graph.resources;
    const byUrn = new Map(graph.resources.map((row) => [row.urn, row]));
    for (const row of graph.resources.slice(1)) {
      let ancestor = row;
      while (ancestor.parent !== top?.urn) ancestor = byUrn.get(ancestor.parent as string) as PlannedResource;
      expect([row.urn, ancestor.urn]).toEqual([row.urn, cluster?.urn]);
    }
  });

  test("what a platform cannot do is refused by name, before anything is registered", async () => {
    for (const [pool, reason] of subject.refuses) {
      const registered: string[] = [];
      const outcome = await plan(() => void subject.create({ pools: [pool] }), {
        config: subject.config,
        onResource: (urn) => registered.push(urn),
      }).catch((error: Error) => error);
      expect(outcome).toBeInstanceOf(Error);
      expect((outcome as Error).message).toMatch(reason);
      expect((outcome as Error).message).toContain("pools[0].");
      expect(registered.filter((urn) => urn.includes("GpuCluster"))).toEqual([]);
    }
  });

  test("several faults are told together", async () => {
    const bad: GpuPoolArgs[] = [
      { ...l4, perNode: 3 },
      { ...l4, maxNodes: -1 },
    ];
    const outcome = await planned(subject, { pools: bad }).catch((error: Error) => error);
    expect((outcome as Error).message).toContain("pools[1].");
    expect((outcome as Error).message).toContain("serving");
  });

  test("a pool added or reordered changes no other pool's resources", async () => {
    const other: GpuPoolArgs = { ...l4, name: "batch", accelerator: Accelerator.NvidiaT4, maxNodes: 1 };
    const possible = subject.platform !== Platform.Gcp;
    const second: GpuPoolArgs = possible ? other : { ...other, accelerator: Accelerator.NvidiaA100 };
    const inputs = async (pools: GpuPoolArgs[]) => {
      const graph = await planned(subject, { pools });
      const own = graph.resources.filter((row) => row.custom && !row.name.includes("runtime"));
      return new Map(own.map((row) => [row.urn, JSON.stringify(row.inputs)]));
    };
    const [one, both, turned] = [await inputs([l4]), await inputs([l4, second]), await inputs([second, l4])];
    expect(turned).toEqual(both);
    for (const [urn, text] of one) expect([urn, both.get(urn)]).toEqual([urn, text]);
  });

  test("a team gets a namespace that is closed, a queue and its quota", async () => {
    const graph = await planned(subject, {
      pools: [l4],
      teams: [{ name: "vision", quota: [{ pool: "serving", count: 2 }] }],
    });
    const [queue] = inputsOf(graph, "kubernetes:kueue.x-k8s.io/v1beta2:ClusterQueue");
    const resources = queue.spec.resourceGroups
      .flatMap((group: Inputs) => group.flavors)
      .flatMap((flavor: Inputs) => flavor.resources);
    const gpus = resources.find((row: Inputs) => row.name === "nvidia.com/gpu");
    expect(Number(gpus.nominalQuota)).toBe(2);
    const namespaces = inputsOf(graph, "kubernetes:core/v1:Namespace").map((row) => row.metadata);
    const own = namespaces.find((row) => row.name.includes("vision"));
    expect(own.labels["pod-security.kubernetes.io/enforce"]).toBe("restricted");
    const policies = inputsOf(graph, "kubernetes:networking.k8s.io/v1:NetworkPolicy");
    expect(policies.filter((row) => row.metadata.namespace === own.name).length).toBeGreaterThan(0);
  });
});

describe.each(subjects.filter((subject) => subject.secretsEncrypted))("$platform makes the cluster", (subject) => {
  test("secrets are encrypted", async () => {
    expect(subject.secretsEncrypted?.(await planned(subject, { pools: [l4] }))).toBe(true);
  });

  test("nothing lands on accelerator nodes that did not ask for one", async () => {
    expect(subject.taints?.(await planned(subject, { pools: [l4] }), "serving").join()).toMatch(
      /^nvidia\.com\/gpu:(NoSchedule|NO_SCHEDULE)$/,
    );
  });

  test("adopts a cluster that exists and creates nothing", async () => {
    const graph = await plan(
      () => {
        const cluster = subject.adopt?.({ name: "theirs", platform: subject.platform, kubeconfig: "{}" });
        return { name: cluster?.binding.name };
      },
      { config: subject.config },
    );
    expect(graph.resources.filter((row) => row.custom)).toEqual([]);
    expect(graph.outputs.name).toBe("theirs");
  });
});

describe.each(subjects.filter((subject) => subject.scale))("$platform is a cloud", (subject) => {
  test("the API is private by default", async () => {
    expect(subject.privateApi?.(await planned(subject, { pools: [l4] }))).toBe(true);
  });

  test("a pool goes from zero to its most and back", async () => {
    expect(subject.scale?.(await planned(subject, { pools: [l4] }), "serving")).toEqual({ min: 0, max: 3 });
  });

  test("every resource that takes tags has those of the component", async () => {
    const graph = await planned(subject, { pools: [l4] });
    const tagsOf = ({ inputs }: PlannedResource) => inputs.tags ?? inputs.labels ?? inputs.resourceLabels;
    const cloud = graph.resources.filter((row) => row.custom && !row.type.startsWith("kubernetes:"));
    const tagged = cloud.filter((row) => tagsOf(row) !== undefined);
    expect(tagged.length).toBeGreaterThan(1);
    for (const row of tagged)
      expect([row.urn, JSON.stringify(tagsOf(row))]).toEqual([row.urn, expect.stringMatching(/aistack.component/)]);
  });
});

/** What needs neither Go nor a cluster. `test/cluster` has the rest. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { machines } from "aistack-core";
import { type Graph, type PlannedResource, plan } from "aistack-engine";
import {
  acceleratorNodes,
  binaries,
  byCluster,
  cacheDirectory,
  ec2Size,
  fileName,
  gceSize,
  isAtLeast,
  matches,
  nodesFor,
  nodesOf,
  type PersistentVolumeClaim,
  type PlannedObject,
  plannedObjects,
  problemsOf,
  readKubeconfig,
  secretTexts,
  standardClass,
  whyRefused,
  worstOrder,
} from ".";
import { eksNodeGroup } from "./pools/eks";
import { gkeNodePool } from "./pools/gke";
import { karpenterNodes } from "./pools/karpenter";

describe("objects of a plan", () => {
  const planned = (program: () => unknown): Promise<Graph> => plan(program, { mode: "simulate" });

  test("carry revealed secrets, the namespace of their provider and their cluster", async () => {
    const graph = await planned(() => {
      const edge = new kubernetes.Provider("edge", { kubeconfig: "{}", namespace: "team" });
      const data = { username: pulumi.secret("a name of some length"), key: pulumi.secret("a secret of some length") };
      new kubernetes.core.v1.Secret("keys", { metadata: { name: "keys" }, stringData: data }, { provider: edge });
    });
    const { objects } = plannedObjects(graph);
    expect(objects).toMatchObject([
      {
        cluster: "edge",
        defaultNamespace: "team",
        object: {
          apiVersion: "v1",
          kind: "Secret",
          stringData: { username: "a name of some length", key: "a secret of some length" },
        },
      },
    ]);
    expect([...secretTexts(graph)]).toEqual(["a secret of some length"]);
    expect([...byCluster(objects).keys()]).toEqual(["edge"]);
  });

  test("wait for what they depend on, through whatever lies between", async () => {
    const graph = await planned(() => {
      const namespace = new kubernetes.core.v1.Namespace("space", { metadata: { name: "space" } });
      const chart = new kubernetes.helm.v3.Release("chart", { chart: "any" }, { dependsOn: namespace });
      new kubernetes.core.v1.ConfigMap("map", { metadata: { name: "map" } }, { dependsOn: chart });
    });
    const { objects, notCovered } = plannedObjects(graph);
    expect(objects.map(({ object }) => object.kind)).toEqual(["Namespace", "ConfigMap"]);
    expect(objects[1]?.after).toContain(objects[0]?.urn);
    expect(notCovered).toMatchObject([{ reason: "created by the Helm chart any" }]);
  });

  test("are taken out of lists", async () => {
    const graph = await planned(() => {
      const items = [{ metadata: { name: "one" } }, { metadata: { name: "two" } }];
      new kubernetes.core.v1.ConfigMapList("maps", { items });
    });
    const names = plannedObjects(graph).objects.map(({ object }) => [object.kind, object.metadata.name]);
    expect(names.sort()).toEqual([
      ["ConfigMap", "one"],
      ["ConfigMap", "two"],
    ]);
  });

  test("with values that the plan does not know are named with the paths of these", async () => {
    const graph = await plan(
      () => {
        const namespace = new kubernetes.core.v1.Namespace("space", {});
        new kubernetes.core.v1.ConfigMap("map", { data: { id: namespace.id } });
      },
      { mode: "preview" },
    );
    expect(plannedObjects(graph).incomplete.at(-1)).toMatchObject({ paths: ["data.id"] });
  });
});

describe("the order to try objects in", () => {
  const object = (urn: string, ...after: string[]): PlannedObject => ({
    urn,
    after,
    cluster: "any",
    object: { apiVersion: "v1", kind: "ConfigMap", metadata: { name: urn } },
  });

  test("is the reverse of the program's, as far as dependencies allow", () => {
    const order = worstOrder([object("a"), object("b", "a"), object("c"), object("d", "elsewhere")]);
    expect(order.map(({ urn }) => urn)).toEqual(["d", "c", "a", "b"]);
  });

  test("fails where objects depend on each other", () => {
    expect(() => worstOrder([object("a", "b"), object("b", "a")])).toThrow("Objects depend on each other: b, a");
  });
});

describe("nodes", () => {
  test("carry the accelerators, labels and taints of a machine of the catalogue", () => {
    const machine = machines.find(({ resourceName, count }) => resourceName === "nvidia.com/gpu" && count === 8);
    if (machine === undefined) throw new Error("no machine with 8 GPUs");
    const [node] = nodesOf(acceleratorNodes(machine, 1));
    expect(node).toMatchObject({
      metadata: { labels: { "aistack.dev/accelerator": machine.accelerator, "kubernetes.io/arch": machine.arch } },
      spec: { taints: [{ key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" }] },
      status: { allocatable: { "nvidia.com/gpu": "8", cpu: `${machine.vcpu * 1000 - 350}m` } },
    });
  });

  test("are spread over three zones", () => {
    const nodes = nodesOf({ name: "n", count: 4, machineType: "any", vcpu: 4, memoryGiB: 16 });
    expect(nodes.map(({ metadata }) => metadata.labels?.["topology.kubernetes.io/zone"])).toEqual([
      "zone-a",
      "zone-b",
      "zone-c",
      "zone-a",
    ]);
  });

  test.each([
    ["m7i.large", 2, 8, "amd64"],
    ["m7g.2xlarge", 8, 32, "arm64"],
    ["c7i.xlarge", 4, 8, "amd64"],
    ["r7i.4xlarge", 16, 128, "amd64"],
  ])("know that %s has %i vCPUs and %i GiB", (type, vcpu, memoryGiB, arch) => {
    expect(ec2Size(type)).toEqual({ vcpu, memoryGiB, arch });
  });

  test.each([
    ["c3-standard-4", 4, 16, "amd64"],
    ["n2-highcpu-8", 8, 8, "amd64"],
    ["c4a-highmem-16", 16, 128, "arm64"],
  ])("know that %s has %i vCPUs and %i GiB", (type, vcpu, memoryGiB, arch) => {
    expect(gceSize(type)).toEqual({ vcpu, memoryGiB, arch });
  });

  test("fail for a machine type of unknown size", () => {
    expect(() => ec2Size("t4.huge")).toThrow("The size of machine type t4.huge is not known.");
    expect(() => gceSize("e2-micro")).toThrow("The size of machine type e2-micro is not known.");
  });

  const pool = (inputs: object) => ({ name: "pool", inputs }) as unknown as PlannedResource;

  test("of an EKS node group are as many as it starts with", () => {
    const inputs = {
      instanceTypes: ["g6.xlarge"],
      scalingConfig: { minSize: 1, desiredSize: 2, maxSize: 5 },
      labels: { team: "a" },
      taints: [{ key: "nvidia.com/gpu", value: "present", effect: "NO_SCHEDULE" }],
    };
    expect(eksNodeGroup(pool(inputs))).toMatchObject({
      count: 2,
      devices: { "nvidia.com/gpu": 1 },
      labels: { team: "a" },
      taints: [{ key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" }],
    });
  });

  test("of a GKE node pool are as many as its autoscaler may start, with GKE's own labels", () => {
    const inputs = {
      nodeLocations: ["a", "b"],
      initialNodeCount: 0,
      autoscaling: { totalMinNodeCount: 0, totalMaxNodeCount: 100 },
      placementPolicy: { tpuTopology: "4x4" },
      nodeConfig: { machineType: "ct5lp-hightpu-4t", taints: [] },
    };
    const nodes = gkeNodePool(pool(inputs));
    expect(nodes).toMatchObject({ count: 8, devices: { "google.com/tpu": 4 } });
    expect(nodes.labels).toMatchObject({ "cloud.google.com/gke-tpu-topology": "4x4" });
    const fixed = { nodeLocations: ["a", "b", "c"], nodeCount: 2, nodeConfig: { machineType: "c3-standard-4" } };
    expect(gkeNodePool(pool(fixed))).toMatchObject({ count: 6, vcpu: 4, memoryGiB: 16 });
  });

  test("of a Karpenter pool are as many as its limit, up to eight", () => {
    const spec = {
      limits: { nodes: "3" },
      template: {
        metadata: { labels: { team: "a" } },
        spec: { requirements: [{ key: "node.kubernetes.io/instance-type", operator: "In", values: ["m7i.large"] }] },
      },
    };
    const object = { apiVersion: "karpenter.sh/v1", kind: "NodePool", metadata: { name: "any" }, spec };
    expect(karpenterNodes(object)).toMatchObject([{ count: 3, machineType: "m7i.large", labels: { team: "a" } }]);
    const unlimited = { ...object, spec: { ...spec, limits: undefined } };
    expect(karpenterNodes(unlimited)).toMatchObject([{ count: 8 }]);
    expect(karpenterNodes({ ...object, apiVersion: "other/v1" })).toEqual([]);
  });

  test("fit what pods ask for, where a plan makes none", async () => {
    const limits = { "google.com/tpu": "4" };
    const graph = await plan(
      () => {
        const spec = {
          nodeSelector: { "aistack.dev/accelerator": "google-tpu-v5e" },
          containers: [{ name: "a", resources: { limits } }],
        };
        const labels = { app: "a" };
        new kubernetes.apps.v1.Deployment("a", {
          spec: { replicas: 3, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
        });
      },
      { mode: "simulate" },
    );
    expect(nodesFor(graph, plannedObjects(graph).objects)).toMatchObject([
      { name: "cpu", count: 3 },
      { count: 3, devices: { "google.com/tpu": 4 }, labels: { "aistack.dev/accelerator": "google-tpu-v5e" } },
    ]);
  });
});

describe("volumes", () => {
  const claim = (mode: string): PersistentVolumeClaim => ({
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "models", namespace: "model" },
    spec: { accessModes: [mode], resources: { requests: { storage: "1Gi" } } },
  });

  test("on disks that one node can use are refused to claims for many", () => {
    const disks = { ...standardClass(), provisioner: "ebs.csi.aws.com" };
    expect(whyRefused(claim("ReadWriteMany"), disks)).toBe(
      "PersistentVolumeClaim model/models asks for ReadWriteMany, which the disks of ebs.csi.aws.com cannot do",
    );
    expect(whyRefused(claim("ReadWriteOnce"), disks)).toBeUndefined();
    expect(whyRefused(claim("ReadWriteMany"), standardClass())).toBeUndefined();
  });
});

describe("selectors", () => {
  test.each([
    [{}, true],
    [{ matchLabels: { app: "a" } }, true],
    [{ matchLabels: { app: "b" } }, false],
    [{ matchExpressions: [{ key: "app", operator: "In" as const, values: ["a", "b"] }] }, true],
    [{ matchExpressions: [{ key: "app", operator: "NotIn" as const, values: ["a"] }] }, false],
    [{ matchExpressions: [{ key: "tier", operator: "DoesNotExist" as const }] }, true],
    [{ matchExpressions: [{ key: "tier", operator: "Exists" as const }] }, false],
  ])("%j of { app: a }: %s", (selector, met) => {
    expect(matches(selector, { app: "a" })).toBe(met);
  });
});

describe("programs of the cluster", () => {
  test("are named as go build names them", () => {
    expect(fileName("go.etcd.io/etcd/server/v3")).toBe("server");
    expect(fileName("k8s.io/kubernetes/cmd/kube-apiserver")).toBe("kube-apiserver");
  });

  test("are kept in the user's cache folder", () => {
    expect(cacheDirectory({ XDG_CACHE_HOME: "/caches" })).toBe(join("/caches", "aistack", "cluster"));
  });

  test.each([
    ["go1.26.8", true],
    ["go1.30", true],
    ["go2.0", true],
    ["go1.25.9", false],
  ])("can be built with %s: %s", (version, enough) => {
    expect(isAtLeast(version, "1.26")).toBe(enough);
  });

  test("fail to be had without Go, in words that say so", async () => {
    const env = { PATH: "/nowhere", GOROOT: "/nowhere" };
    await expect(binaries({ env })).rejects.toMatchObject({
      name: "GoMissingError",
      message: "Go 1.26 or newer is not installed.",
    });
  });
});

describe("a kubeconfig", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "kubeconfig-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const write = async (content: object | string): Promise<string> => {
    const file = join(folder, "config");
    await writeFile(file, typeof content === "string" ? content : JSON.stringify(content));
    return file;
  };
  const config = (user: object) => ({
    "current-context": "a",
    contexts: [{ name: "a", context: { cluster: "c", user: "u", namespace: "team" } }],
    clusters: [{ name: "c", cluster: { server: "https://example.test/", "certificate-authority-data": "Y2E=" } }],
    users: [{ name: "u", user }],
  });

  test("gives the server, its certificate, the namespace and a token", async () => {
    const expected = { server: "https://example.test", ca: "ca", namespace: "team", token: "t" };
    expect(await readKubeconfig(await write(config({ token: "t" })))).toMatchObject(expected);
  });

  test("may name a program that gives the token", async () => {
    const script = `console.log(JSON.stringify({ status: { token: "from " + JSON.parse(process.env.KUBERNETES_EXEC_INFO).kind } }))`;
    const exec = { command: process.execPath, args: ["-e", script], apiVersion: "client.authentication.k8s.io/v1" };
    expect(await readKubeconfig(await write(config({ exec })))).toMatchObject({ token: "from ExecCredential" });
  });

  test("fails where that program is not installed", async () => {
    const file = await write(config({ exec: { command: "no-such-program" } }));
    await expect(readKubeconfig(file)).rejects.toThrow(
      "no-such-program, which gives the credentials, did not: it is not installed",
    );
  });

  test.each([
    ["no context", {}, "has no current context"],
    ["text that is not YAML", "token: {", "is no kubeconfig"],
    ["no such cluster", { ...config({}), clusters: [] }, 'has no cluster "c"'],
  ])("fails with %s, without showing its content", async (_, content, message) => {
    await expect(readKubeconfig(await write(content))).rejects.toThrow(message);
  });

  test("fails where there is no file", async () => {
    await expect(readKubeconfig(join(folder, "none"))).rejects.toThrow("cannot be read (ENOENT)");
  });
});

test("problems are one line each, with the object, what became of it and why", () => {
  const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "map", namespace: "space" } };
  const item = { planned: { urn: "u", cluster: "c", object, after: [] }, object, nodes: [] };
  expect(
    problemsOf([
      { ...item, state: "ready", problems: [] },
      { ...item, state: "refused", problems: ["no", "never"] },
    ]),
  ).toEqual(["ConfigMap space/map: refused: no; never"]);
});

import { Accelerator, Checks, SharingStrategy, type TeamArgs } from "aistack-core";
import { type Mode, resource } from "aistack-engine";
import { checkSharing, checkTeams, sharesOf, sharingLabels } from ".";
import type { RuntimePool } from "./pools";
import { changes, cpu, created, flex, h100, inputs, planned, tpu } from "./testing";

const modes: Mode[] = ["preview", "simulate"];

const vision: TeamArgs = { name: "vision", quota: [{ pool: "h100", count: 8 }], groups: ["vision@example.org"] };
const speech: TeamArgs = {
  name: "speech",
  quota: [
    { pool: "h100", count: 4 },
    { pool: "cpu", count: 32 },
  ],
  borrow: false,
  priority: 250,
};
const shared = { pools: [h100, cpu], teams: [vision, speech] };

const team = (name: string) => [
  `rt-team-${name}-cluster-queue ClusterQueue`,
  `rt-team-${name}-default-deny NetworkPolicy`,
  `rt-team-${name}-limits LimitRange`,
  `rt-team-${name}-local-queue LocalQueue`,
  `rt-team-${name}-namespace Namespace`,
  `rt-team-${name}-priority WorkloadPriorityClass`,
  `rt-team-${name}-quota ResourceQuota`,
  `rt-team-${name}-same-namespace NetworkPolicy`,
];

const operator = [
  "rt-nvidia-critical-pods ResourceQuota",
  "rt-nvidia-namespace Namespace",
  "rt-nvidia-operator Release",
];

const controllers = ["cert-manager", "jobset", "kueue"].flatMap((name) => [
  `rt-queues-${name} Release`,
  `rt-queues-${name}-controllers NetworkPolicy`,
  `rt-queues-${name}-default-deny NetworkPolicy`,
  `rt-queues-${name}-namespace Namespace`,
]);

describe.each(modes)("in %s", (mode) => {
  test("creates these children and no others", async () => {
    const graph = await planned(shared, mode);
    expect(created(graph)).toEqual(
      [
        ...operator,
        ...controllers,
        "rt-queues-cpu-flavor ResourceFlavor",
        "rt-queues-h100-flavor ResourceFlavor",
        ...team("vision"),
        "rt-team-vision-jobs RoleBinding",
        "rt-team-vision-members RoleBinding",
        ...team("speech"),
      ].sort(),
    );
    expect(graph.outputs).toEqual({
      ready: true,
      teams: ["speech", "vision"].map((name) => ({
        name,
        namespace: name,
        queue: "default",
        labels: { "kueue.x-k8s.io/queue-name": "default", "kueue.x-k8s.io/priority-class": name },
      })),
    });
  });

  test("everything goes through the cluster's provider", async () => {
    const graph = await planned({ pools: [h100, flex, cpu], teams: [vision, speech] }, mode);
    const own = graph.resources.filter((row) => row.custom && row.type.startsWith("kubernetes:"));
    expect(own.length).toBeGreaterThan(20);
    expect(own.filter((row) => !row.provider?.includes("cluster")).map((row) => row.urn)).toEqual([]);
  });
});

test("without teams and accelerators there is nothing to install", async () => {
  expect(created(await planned({ pools: [cpu] }))).toEqual([]);
  expect(created(await planned({ pools: [] }))).toEqual([]);
});

test("accelerators get what they need: an operator for NVIDIA, a plugin for Neuron, nothing for TPUs", async () => {
  expect(created(await planned({ pools: [h100] }))).toEqual(operator);
  expect(created(await planned({ pools: [tpu] }))).toEqual([]);
  const neuron: RuntimePool = { ...h100, name: "trn", accelerator: Accelerator.AwsTrainium2 };
  const graph = await planned({ pools: [neuron] });
  expect(created(graph)).toEqual(["rt-neuron-device-plugin Release"]);
  expect(inputs(graph, "rt-neuron-device-plugin", "values")).toEqual({
    devicePlugin: { tolerations: [{ operator: "Exists" }] },
    npd: { enabled: false },
    scheduler: { enabled: false },
  });
  expect(created(await planned({ pools: [neuron], neuronPlugin: false }))).toEqual([]);
});

test("what the cluster has already is not installed, and teams still get their queues", async () => {
  const install = { gpuOperator: false, queues: false, certManager: false };
  const graph = await planned({ ...shared, install });
  expect(created(graph).filter((row) => row.endsWith("Release"))).toEqual([]);
  expect(created(graph)).toEqual(expect.arrayContaining([...team("vision"), ...team("speech")]));
  const only = await planned({ ...shared, install: { certManager: false } });
  expect(created(only).filter((row) => row.endsWith("Release"))).toEqual([
    "rt-nvidia-operator Release",
    "rt-queues-jobset Release",
    "rt-queues-kueue Release",
  ]);
  expect(created(await planned({ pools: [], install: { certManager: true } }))).toEqual([
    "rt-queues-cert-manager Release",
    "rt-queues-cert-manager-controllers NetworkPolicy",
    "rt-queues-cert-manager-default-deny NetworkPolicy",
    "rt-queues-cert-manager-namespace Namespace",
  ]);
});

describe("the first `up` succeeds", () => {
  test("a resource of Kueue waits for Kueue, and Kueue for the certificates", async () => {
    const graph = await planned({ pools: [h100, cpu, flex], teams: [vision, speech] });
    const needs = (name: string) => resource(graph, name).dependencies.map((urn) => urn.split("::").at(-1));
    expect(needs("rt-queues-kueue")).toContain("rt-queues-cert-manager");
    expect(needs("rt-queues-jobset")).toContain("rt-queues-cert-manager");
    for (const flavor of ["rt-queues-h100-flavor", "rt-queues-cpu-flavor"])
      expect(needs(flavor)).toContain("rt-queues-kueue");
    expect(needs("rt-team-vision-priority")).toContain("rt-queues-kueue");
    expect(needs("rt-team-vision-cluster-queue")).toContain("rt-queues-h100-flavor");
    expect(needs("rt-team-vision-cluster-queue")).not.toContain("rt-queues-cpu-flavor");
    expect(needs("rt-nvidia-operator")).toContain("rt-nvidia-critical-pods");
  });
});

describe("NVIDIA", () => {
  const values = async (args: Parameters<typeof planned>[0]) =>
    inputs(await planned(args), "rt-nvidia-operator", "values");

  test("the operator is pinned, atomic, and alone in the one namespace that is privileged", async () => {
    const graph = await planned(shared);
    expect(inputs(graph, "rt-nvidia-operator")).toMatchObject({
      name: "gpu-operator",
      namespace: "gpu-operator",
      chart: "gpu-operator",
      version: "v26.7.0",
      repositoryOpts: { repo: "https://helm.ngc.nvidia.com/nvidia" },
      atomic: true,
    });
    const levels = graph.resources
      .filter((row) => row.type.endsWith(":Namespace"))
      .map((row) => [
        row.name,
        (row.inputs as { metadata: { labels: { [key: string]: string } } }).metadata.labels[
          "pod-security.kubernetes.io/enforce"
        ],
      ]);
    expect(levels.filter(([, level]) => level !== "restricted")).toEqual([["rt-nvidia-namespace", "privileged"]]);
  });

  test("installs the driver and the toolkit, unless they are on the node", async () => {
    const bare = await values({});
    expect([bare.driver.enabled, bare.toolkit.enabled, bare.devicePlugin.enabled]).toEqual([true, true, true]);
    expect(bare.operator.upgradeCRD).toBe(true);
    const eks = await values({ gpu: { driverInstalled: true, toolkitInstalled: true } });
    expect([eks.driver.enabled, eks.toolkit.enabled, eks.devicePlugin.enabled]).toEqual([false, false, true]);
    const cos = await values({
      gpu: {
        driverInstalled: true,
        devicePluginInstalled: true,
        driverDirectory: "/home/kubernetes/bin/nvidia",
        toolkitDirectory: "/home/kubernetes/bin/nvidia",
        toolkitEnvironment: { CONTAINERD_SOCKET: "/run/k3s/containerd/containerd.sock", A: "b" },
      },
    });
    expect(cos.hostPaths).toEqual({ driverInstallDir: "/home/kubernetes/bin/nvidia" });
    expect(cos.toolkit).toMatchObject({
      enabled: true,
      installDir: "/home/kubernetes/bin/nvidia",
      env: [
        { name: "A", value: "b" },
        { name: "CONTAINERD_SOCKET", value: "/run/k3s/containerd/containerd.sock" },
      ],
    });
    expect(cos.devicePlugin.enabled).toBe(false);
  });

  test("each way of sharing is an entry that a node's label chooses; other nodes share nothing", async () => {
    const slices = { strategy: SharingStrategy.TimeSlicing, replicas: 4 };
    const mps = { strategy: SharingStrategy.Mps, replicas: 10 };
    const pools = [h100, { ...h100, name: "a", sharing: slices }, { ...h100, name: "b", sharing: mps }];
    const { devicePlugin, migManager } = await values({ pools });
    expect(devicePlugin.config).toMatchObject({ create: true, name: "device-plugin", default: "exclusive" });
    const data = Object.entries(devicePlugin.config.data as { [name: string]: string });
    expect(Object.fromEntries(data.map(([name, text]) => [name, JSON.parse(text)]))).toEqual({
      exclusive: { version: "v1" },
      "mps-10": { version: "v1", sharing: { mps: { resources: [{ name: "nvidia.com/gpu", replicas: 10 }] } } },
      "time-slicing-4": {
        version: "v1",
        sharing: {
          timeSlicing: { failRequestsGreaterThanOne: true, resources: [{ name: "nvidia.com/gpu", replicas: 4 }] },
        },
      },
    });
    expect(migManager.enabled).toBe(false);
    expect(sharingLabels({ sharing: slices })).toEqual({ "nvidia.com/device-plugin.config": "time-slicing-4" });
    expect(sharesOf({ accelerator: Accelerator.NvidiaL4, sharing: mps })).toBe(10);
  });

  test("partitions are made only where a pool asks for them", async () => {
    const sharing = { strategy: SharingStrategy.Mig, profile: "1g.10gb" };
    const { migManager, mig, devicePlugin } = await values({ pools: [{ ...h100, sharing }] });
    expect([migManager.enabled, mig.strategy]).toEqual([true, "single"]);
    expect(Object.keys(devicePlugin.config.data)).toEqual(["exclusive"]);
    expect(sharingLabels({ sharing })).toEqual({ "nvidia.com/mig.config": "all-1g.10gb" });
    expect(sharesOf({ accelerator: Accelerator.NvidiaH100, sharing })).toBe(7);
    expect(sharesOf({ accelerator: Accelerator.NvidiaA100, sharing })).toBe(4);
  });

  test("with a mirror no chart and no image comes from elsewhere", async () => {
    const mirror = { images: "registry.local/m", charts: "oci://registry.local/charts" };
    const graph = await planned({ ...shared, mirror });
    const releases = graph.resources.filter((row) => row.type.endsWith(":Release"));
    expect(releases.map((row) => (row.inputs as { chart: string }).chart).sort()).toEqual(
      ["cert-manager", "gpu-operator", "jobset", "kueue"].map((chart) => `oci://registry.local/charts/${chart}`),
    );
    const text = JSON.stringify(releases.map((row) => row.inputs));
    const hosts = [...text.matchAll(/"(?:repository|imageRegistry)":"([^"]*)"/g)].map(([, host]) => host);
    expect(hosts.length).toBeGreaterThan(8);
    expect(hosts.filter((host) => !host?.startsWith("registry.local/m/"))).toEqual([]);
  });
});

describe("queues", () => {
  test("Kueue manages the teams' namespaces and no other, admits gangs, and shares fairly", async () => {
    const graph = await planned(shared);
    const values = inputs(graph, "rt-queues-kueue", "values");
    const configuration = JSON.parse(values.managerConfig.controllerManagerConfigYaml);
    expect(values.enableCertManager).toBe(true);
    expect(values.controllerManager).toMatchObject({
      replicas: 2,
      manager: { image: { repository: "registry.k8s.io/kueue/kueue", tag: "v0.19.2" } },
    });
    expect(inputs(graph, "rt-queues-jobset", "values.image")).toMatchObject({
      repository: "registry.k8s.io/jobset/jobset",
      tag: "v0.12.0",
    });
    expect(configuration).toMatchObject({
      apiVersion: "config.kueue.x-k8s.io/v1beta2",
      manageJobsWithoutQueueName: true,
      managedJobsNamespaceSelector: { matchExpressions: [{ key: "aistack.dev/team", operator: "Exists" }] },
      waitForPodsReady: { timeout: "1h", blockAdmission: false },
    });
    expect(configuration.integrations.frameworks).toEqual(
      expect.arrayContaining(["batch/job", "jobset.x-k8s.io/jobset", "pod", "trainer.kubeflow.org/trainjob"]),
    );
  });

  test("a team's quota covers accelerators and what goes with them; a team that may not borrow cannot", async () => {
    const graph = await planned(shared);
    expect(inputs(graph, "rt-team-vision-cluster-queue", "spec")).toEqual({
      cohortName: "aistack",
      namespaceSelector: { matchLabels: { "aistack.dev/team": "vision" } },
      queueingStrategy: "BestEffortFIFO",
      preemption: { reclaimWithinCohort: "Any", withinClusterQueue: "LowerPriority" },
      fairSharing: { weight: "1" },
      resourceGroups: [
        {
          coveredResources: ["cpu", "memory", "nvidia.com/gpu"],
          flavors: [
            {
              name: "h100",
              resources: [
                { name: "cpu", nominalQuota: "172" },
                { name: "memory", nominalQuota: "1843Gi" },
                { name: "nvidia.com/gpu", nominalQuota: "8" },
              ],
            },
          ],
        },
      ],
    });
    const { fairSharing, resourceGroups } = inputs(graph, "rt-team-speech-cluster-queue", "spec");
    expect(fairSharing).toEqual({ weight: "2.5" });
    expect(resourceGroups[0].flavors).toEqual([
      {
        // What needs no accelerator goes to nodes without one first.
        name: "cpu",
        resources: [
          { name: "cpu", nominalQuota: "32", borrowingLimit: "0" },
          { name: "memory", nominalQuota: "115Gi", borrowingLimit: "0" },
          { name: "nvidia.com/gpu", nominalQuota: "0", borrowingLimit: "0" },
        ],
      },
      {
        name: "h100",
        resources: [
          { name: "cpu", nominalQuota: "86", borrowingLimit: "0" },
          { name: "memory", nominalQuota: "921Gi", borrowingLimit: "0" },
          { name: "nvidia.com/gpu", nominalQuota: "4", borrowingLimit: "0" },
        ],
      },
    ]);
    expect(inputs(graph, "rt-team-speech-priority", "value")).toBe(250);
    expect(inputs(graph, "rt-team-vision-priority", "value")).toBe(100);
  });

  test("shared accelerators count as often as pods can have them", async () => {
    const sharing = { strategy: SharingStrategy.TimeSlicing, replicas: 4 };
    const graph = await planned({ pools: [{ ...h100, sharing }], teams: [vision] });
    const [group] = inputs(graph, "rt-team-vision-cluster-queue", "spec.resourceGroups");
    expect(group.flavors[0].resources).toContainEqual({ name: "nvidia.com/gpu", nominalQuota: "32" });
  });

  test("of nodes of unknown shape only the accelerators count", async () => {
    const { cpusPerNode: _, memoryGiBPerNode: __, ...unknown } = h100;
    const graph = await planned({ pools: [unknown], teams: [vision] });
    const [group] = inputs(graph, "rt-team-vision-cluster-queue", "spec.resourceGroups");
    expect(group.flavors[0].resources).toEqual([
      { name: "cpu", nominalQuota: "1M" },
      { name: "memory", nominalQuota: "1Ei" },
      { name: "nvidia.com/gpu", nominalQuota: "8" },
    ]);
    expect(inputs(graph, "rt-team-vision-quota", "spec.hard")).toEqual({
      "requests.nvidia.com/gpu": "16",
      "services.loadbalancers": "0",
      "services.nodeports": "0",
    });
  });

  test("a pool's taints are known, and tolerated except for the accelerator's own", async () => {
    const graph = await planned({ pools: [flex], teams: [{ name: "flexible", quota: [{ pool: "flex", count: 8 }] }] });
    expect(inputs(graph, "rt-queues-flex-flavor", "spec")).toEqual({
      nodeLabels: flex.nodeLabels,
      nodeTaints: [
        { key: "nvidia.com/gpu", value: "present", effect: "NoSchedule" },
        { key: "example.org/flex", value: "true", effect: "NoSchedule" },
      ],
      tolerations: [{ key: "example.org/flex", value: "true", effect: "NoSchedule", operator: "Equal" }],
      topologyName: "flex",
    });
  });

  test("nodes that come all at once are asked for before a job starts", async () => {
    const graph = await planned({ pools: [flex], teams: [{ name: "flexible", quota: [{ pool: "flex", count: 8 }] }] });
    expect(inputs(graph, "rt-queues-flex-provisioning", "spec")).toEqual({
      provisioningClassName: "queued-provisioning.gke.io",
      managedResources: ["nvidia.com/gpu"],
      parameters: { maxRunDurationSeconds: "3600" },
      podSetUpdates: {
        nodeSelector: [
          {
            key: "autoscaling.gke.io/provisioning-request",
            valueFromProvisioningClassDetail: "ResizeRequestName",
          },
        ],
      },
    });
    expect(inputs(graph, "rt-queues-flex-check", "spec")).toEqual({
      controllerName: "kueue.x-k8s.io/provisioning-request",
      parameters: { apiGroup: "kueue.x-k8s.io", kind: "ProvisioningRequestConfig", name: "flex" },
    });
    expect(inputs(graph, "rt-team-flexible-cluster-queue", "spec.admissionChecksStrategy")).toEqual({
      admissionChecks: [{ name: "provision-flex", onFlavors: ["flex"] }],
    });
  });
});

test("controllers are reached on what they serve, and reach the API server and name resolution", async () => {
  const graph = await planned(shared);
  const { ingress, egress } = inputs(graph, "rt-queues-kueue-controllers", "spec");
  expect(ingress).toEqual([{ ports: [8082, 8443, 9443].map((port) => ({ protocol: "TCP", port })) }]);
  expect(egress.map((rule: { ports: { port: number }[] }) => rule.ports.map((row) => row.port))).toEqual([
    [53, 53],
    [443, 6443, 16443],
  ]);
  for (const name of ["cert-manager", "jobset", "kueue"]) {
    expect(inputs(graph, `rt-queues-${name}-default-deny`, "spec.podSelector")).toEqual({});
    expect(resource(graph, `rt-queues-${name}`).dependencies).toContain(
      resource(graph, `rt-queues-${name}-controllers`).urn,
    );
  }
});

describe("teams", () => {
  test("a namespace is closed but to itself and name resolution, and `restricted` is enforced", async () => {
    const graph = await planned(shared);
    expect(inputs(graph, "rt-team-vision-namespace", "metadata")).toMatchObject({
      name: "vision",
      labels: { "aistack.dev/team": "vision", "pod-security.kubernetes.io/enforce": "restricted" },
    });
    expect(inputs(graph, "rt-team-vision-default-deny", "spec")).toEqual({
      podSelector: {},
      policyTypes: ["Ingress", "Egress"],
    });
    const { ingress, egress } = inputs(graph, "rt-team-vision-same-namespace", "spec");
    expect(ingress).toEqual([{ from: [{ podSelector: {} }] }]);
    expect(egress.map((rule: { ports?: { port: number }[] }) => rule.ports?.map((row) => row.port))).toEqual([
      undefined,
      [53, 53],
    ]);
  });

  test("pods can ask for the quota, or with borrowing for all that the pools carry; no service leaves the cluster", async () => {
    const graph = await planned(shared);
    const closed = { "services.loadbalancers": "0", "services.nodeports": "0" };
    expect(inputs(graph, "rt-team-vision-quota", "spec.hard")).toEqual({
      "requests.nvidia.com/gpu": "16",
      "requests.cpu": "345",
      "requests.memory": "3686Gi",
      ...closed,
    });
    expect(inputs(graph, "rt-team-speech-quota", "spec.hard")).toEqual({
      "requests.nvidia.com/gpu": "4",
      "requests.cpu": "118",
      "requests.memory": "1036Gi",
      ...closed,
    });
    expect(inputs(graph, "rt-team-vision-limits", "spec.limits")).toEqual([
      { type: "Container", defaultRequest: { cpu: "500m", memory: "1Gi" } },
    ]);
  });

  test("groups may work in the namespace and nowhere else", async () => {
    const graph = await planned(shared);
    const bindings = graph.resources.filter((row) => row.type.includes("rbac"));
    expect(bindings.map((row) => row.type.split(":").at(-1))).toEqual(["RoleBinding", "RoleBinding"]);
    expect(bindings.map((row) => row.inputs)).toEqual(
      ["edit", "kueue-batch-user-role"].map((name) =>
        expect.objectContaining({
          metadata: expect.objectContaining({ namespace: "vision" }),
          roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name },
          subjects: [{ kind: "Group", apiGroup: "rbac.authorization.k8s.io", name: "vision@example.org" }],
        }),
      ),
    );
  });

  test("a team added, removed or moved changes only its own", async () => {
    const one = await planned({ ...shared, teams: [vision] });
    const two = await planned(shared);
    const added = changes(one, two).filter((urn) => !/::pulumi:pulumi:Stack::|ClusterRuntime::/.test(urn));
    expect(added.length).toBe(team("speech").length + 1);
    expect(added.filter((urn) => !urn.split("::").at(-1)?.startsWith("rt-team-speech"))).toEqual([]);
    expect(changes(two, await planned({ ...shared, teams: [speech, vision] }))).toEqual([]);
  });

  test("a pool added, removed or moved changes only its own", async () => {
    const teams = [vision];
    const one = await planned({ pools: [h100], teams });
    const two = await planned({ pools: [flex, h100], teams });
    const added = changes(one, two);
    expect(added.map((urn) => urn.split("::").at(-1)).sort()).toEqual(
      ["check", "flavor", "provisioning", "topology"].map((role) => `rt-queues-flex-${role}`),
    );
    expect(changes(two, await planned({ pools: [h100, flex], teams }))).toEqual([]);
  });
});

/** What a check faults, as `path reason`. */
function faults(judge: (check: Checks) => void): string[] {
  const check = new Checks("test:index:Test", "test");
  judge(check);
  try {
    check.done();
  } catch (error) {
    return (error as Error).message
      .split("\n")
      .slice(1)
      .map((line) => line.trim());
  }
  return [];
}

test.each<[string, TeamArgs[], string]>([
  ["a name that no namespace can have", [{ ...vision, name: "Vision" }], "teams[0].name"],
  ["a namespace of the system", [{ ...vision, name: "kube-system" }], "teams[0].name"],
  ["a namespace of what is installed", [{ ...vision, name: "gpu-operator" }], "teams[0].name"],
  ["two teams of one name", [vision, vision], "teams[1].name"],
  ["no quota", [{ ...vision, quota: [] }], "teams[0].quota"],
  ["a pool that does not exist", [{ ...vision, quota: [{ pool: "b200", count: 1 }] }], "teams[0].quota[0].pool"],
  ["one pool twice", [{ ...vision, quota: [...vision.quota, ...vision.quota] }], "teams[0].quota[1].pool"],
  ["half an accelerator", [{ ...vision, quota: [{ pool: "h100", count: 0.5 }] }], "teams[0].quota[0].count"],
  ["more than the pool carries", [{ ...vision, quota: [{ pool: "h100", count: 17 }] }], "teams[0].quota[0].count"],
  ["more CPUs than the pool carries", [{ ...vision, quota: [{ pool: "cpu", count: 65 }] }], "teams[0].quota[0].count"],
  ["more than the pool carries together", [vision, { ...speech, quota: [{ pool: "h100", count: 9 }] }], "teams "],
  ["a priority out of range", [{ ...vision, priority: 1001 }], "teams[0].priority"],
  ["no group", [{ ...vision, groups: [] }], "teams[0].groups"],
])("refuses teams with %s", (_, teams, path) => {
  const found = faults((check) => void checkTeams(check, teams, [h100, cpu]));
  expect(found.filter((line) => line.startsWith(path)).length).toBe(1);
});

test.each([
  ["no accelerator", undefined, { strategy: SharingStrategy.Mps, replicas: 2 }, "sharing is of no use"],
  ["a TPU", Accelerator.GoogleTpuV5e, { strategy: SharingStrategy.Mps, replicas: 2 }, "sharing is for NVIDIA"],
  ["MIG on an L4", Accelerator.NvidiaL4, { strategy: SharingStrategy.Mig, profile: "1g.10gb" }, "sharing.strategy"],
  ["no profile", Accelerator.NvidiaH100, { strategy: SharingStrategy.Mig }, "sharing.profile is missing"],
  [
    "a foreign profile",
    Accelerator.NvidiaH100,
    { strategy: SharingStrategy.Mig, profile: "1g.5gb" },
    "sharing.profile",
  ],
  [
    "replicas of partitions",
    Accelerator.NvidiaH100,
    { strategy: SharingStrategy.Mig, profile: "1g.10gb", replicas: 2 },
    "sharing.replicas",
  ],
  ["no replicas", Accelerator.NvidiaL4, { strategy: SharingStrategy.TimeSlicing }, "sharing.replicas is missing"],
  ["one replica", Accelerator.NvidiaL4, { strategy: SharingStrategy.Mps, replicas: 1 }, "sharing.replicas is 1"],
  [
    "a profile for slices",
    Accelerator.NvidiaH100,
    { strategy: SharingStrategy.TimeSlicing, replicas: 2, profile: "1g.10gb" },
    "sharing.profile",
  ],
  [
    "an unknown strategy",
    Accelerator.NvidiaL4,
    { strategy: "half" as SharingStrategy, replicas: 2 },
    "sharing.strategy",
  ],
])("refuses sharing with %s", (_, accelerator, sharing, start) => {
  const found = faults((check) => checkSharing(check, "sharing", { accelerator }, sharing));
  expect(found.length).toBe(1);
  expect(found[0]).toMatch(new RegExp(`^${start.replace(/[.[\]]/g, "\\$&")}`));
});

/**
 * A test of the tests: plans of a real stack, each broken in one way, and the check that has to find it. All are rolled out
 * on one control plane, each with its namespaces renamed.
 */
import { join } from "node:path";
import {
  acceleratorNodes,
  type Client,
  inNamespace,
  type KubernetesObject,
  type PlannedObject,
  plannedObjects,
  problemsOf,
  type RolloutItem,
  rollOut,
  type SimulatedCluster,
  secretTexts,
  startSimulatedCluster,
  type Workload,
} from "aistack-cluster";
import { machines } from "aistack-core";
import { type Graph, planDirectory } from "aistack-engine";
import { root } from "../programs";
import * as checks from "./checks";

let graph: Graph;
let simulated: SimulatedCluster;
let client: Client;
let healthy: readonly PlannedObject[];
let copies = 0;

beforeAll(async () => {
  graph = await planDirectory(join(root, "examples/inference-kubernetes"), { stack: "dev", mode: "simulate" });
  healthy = plannedObjects(graph).objects;
  const [machine] = machines.filter(({ resourceName }) => resourceName === "nvidia.com/gpu");
  if (machine === undefined) throw new Error("no machine has a GPU");
  simulated = await startSimulatedCluster(graph, healthy, { furtherNodes: [acceleratorNodes(machine, 12)] });
  client = simulated.client;
});

afterAll(async () => simulated?.stop());

interface Broken {
  items: RolloutItem[];
  objects: KubernetesObject[];
}

/**
 * Rolls out a copy of the plan with something changed, in place or in the list that is returned.
 * @param patienceMs How long what does not become ready is waited for; what does ends the wait.
 */
async function broken(change: (objects: PlannedObject[]) => unknown, patienceMs = 4_000): Promise<Broken> {
  const namespace = `copy-${++copies}`;
  const copy = structuredClone(healthy) as PlannedObject[];
  const changed = (change(copy) as PlannedObject[] | undefined) ?? copy;
  for (const { object } of changed) {
    if (object.kind === "Namespace") object.metadata.name = namespace;
    else object.metadata.namespace = namespace;
  }
  const items = await rollOut(client, changed, { patienceMs });
  return { items, objects: await Promise.all(items.map((item) => inNamespace(client, item.planned))) };
}

function only(objects: readonly PlannedObject[], kind: string, name?: string): KubernetesObject {
  const [found, another] = objects.filter(
    ({ object }) => object.kind === kind && (name ?? object.metadata.name) === object.metadata.name,
  );
  if (found === undefined || another !== undefined) throw new Error(`not one ${kind}`);
  return found.object;
}

function deployment(objects: readonly PlannedObject[]): Workload {
  return only(objects, "Deployment") as Workload;
}

function container(objects: readonly PlannedObject[]) {
  const [found] = deployment(objects).spec.template.spec.containers;
  if (found === undefined) throw new Error("no container");
  return found;
}

test("the plan that the copies are of is fine", async () => {
  const { items, objects } = await broken((all) => all, 60_000);
  expect(problemsOf(items)).toEqual([]);
  const found = await Promise.all(
    [
      checks.placement,
      checks.defaultDeny,
      checks.restricted,
      checks.references,
      checks.endpoints,
      checks.autoscalers,
      checks.drain,
    ].map((check) => check(client, objects)),
  );
  expect([...found.flat(), ...checks.secretsInPlainText(graph, objects)]).toEqual([]);
});

test("an unknown field is refused by its path", async () => {
  const { items } = await broken((all) => {
    Object.assign(container(all), { imagePullPolice: "Always" });
  });
  expect(problemsOf(items)).toEqual([
    expect.stringMatching(/^Deployment copy-\d+\/model: refused: .*imagePullPolice: field not declared in schema/s),
    expect.stringMatching(/^HorizontalPodAutoscaler copy-\d+\/model: not reached: waits for Deployment/),
  ]);
});

test("a privileged pod is refused by the namespace", async () => {
  const { items } = await broken((all) => {
    container(all).securityContext = {
      ...container(all).securityContext,
      privileged: true,
      allowPrivilegeEscalation: true,
    };
  });
  expect(problemsOf(items).join("\n")).toMatch(
    /Deployment copy-\d+\/model: not ready: .*violates PodSecurity "restricted:latest": privileged \(container "server"/,
  );
});

test("a missing toleration leaves the pod without a node", async () => {
  const { items } = await broken((all) => {
    deployment(all).spec.template.spec.tolerations = [];
  });
  expect(problemsOf(items).join("\n")).toMatch(
    /Deployment copy-\d+\/model: not ready: .*untolerated taint(\(s\))? ?\{?.*nvidia\.com\/gpu/,
  );
});

test("a quota that is too small keeps the pods out", async () => {
  const { items, objects } = await broken((all) => {
    const quota = {
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata: { name: "small" },
      spec: { hard: { "requests.memory": "1Gi" } },
    };
    const { after } = all.find(({ object }) => object.kind === "ServiceAccount") as PlannedObject;
    const urn = "urn:pulumi:dev::test::kubernetes:core/v1:ResourceQuota::small";
    const added: PlannedObject = { urn, cluster: "default", after, object: quota };
    // The quota first, else the pods are there before it.
    return [
      added,
      ...all.map((one) => (one.object.kind === "Deployment" ? { ...one, after: [...one.after, urn] } : one)),
    ];
  });
  expect(problemsOf(items).join("\n")).toMatch(/Deployment copy-\d+\/model: not ready: .*exceeded quota: small/);
  expect(await checks.quotas(client, objects)).toEqual([]);
});

test("a quota that counts something else is found", async () => {
  const quota = (hard: object) => ({
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: { name: "gpus", namespace: "default" },
    spec: { hard },
  });
  const [right, wrong] = [quota({ "requests.nvidia.com/gpu": "2" }), quota({ "requests.nvidia.com/gpu": "100" })];
  await client.apply(right);
  expect(await checks.quotas(client, [right])).toEqual([]);
  // The plan says 2, the cluster has 100.
  await client.apply(wrong);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(await checks.quotas(client, [right])).toEqual([
    expect.stringMatching(/^ResourceQuota default\/gpus lets in what asks for 3 nvidia.com\/gpu: accepted$/),
  ]);
});

test("a secret in a variable or a ConfigMap is found by its path", async () => {
  const [secret = ""] = secretTexts(graph);
  const { objects } = await broken((all) => {
    container(all).env = [...(container(all).env ?? []), { name: "API_KEY", value: secret }];
    const { after } = all.find(({ object }) => object.kind === "ServiceAccount") as PlannedObject;
    const object = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "settings" },
      data: { settings: `key=${secret}` },
    };
    return [
      ...all,
      { urn: "urn:pulumi:dev::test::kubernetes:core/v1:ConfigMap::settings", cluster: "default", after, object },
    ];
  });
  expect(secret.length).toBeGreaterThan(20);
  expect(checks.secretsInPlainText(graph, objects).sort()).toEqual([
    expect.stringMatching(/^ConfigMap copy-\d+\/settings holds a secret in plain text: data\.settings$/),
    expect.stringMatching(
      /^Deployment copy-\d+\/model holds a secret in plain text: spec\.template\.spec\.containers\[0\]\.env\[\d+\]\.value$/,
    ),
  ]);
});

test("a workload that tolerates everything is found on an accelerator node", async () => {
  const { items, objects } = await broken((all) => {
    const { spec } = deployment(all).spec.template;
    spec.tolerations = [{ operator: "Exists" }];
    spec.nodeSelector = {
      "aistack.dev/accelerator":
        machines.find(({ resourceName }) => resourceName === "nvidia.com/gpu")?.accelerator ?? "",
    };
    container(all).resources = { requests: { cpu: "1", memory: "1Gi" }, limits: { memory: "1Gi" } };
  });
  expect(problemsOf(items)).toEqual([]);
  expect(await checks.placement(client, objects)).toEqual([
    expect.stringMatching(/^Pod copy-\d+\/model-\S+ is on accelerator node \S+ and asks for no accelerator$/),
  ]);
});

test("a namespace without its default policy is found", async () => {
  const { objects } = await broken((all) => {
    const denied = all.find(({ object }) => object.metadata.name === "default-deny") as PlannedObject;
    return all
      .filter((one) => one !== denied)
      .map((one) => ({ ...one, after: one.after.filter((urn) => urn !== denied.urn) }));
  });
  expect(await checks.defaultDeny(client, objects)).toEqual([
    expect.stringMatching(/^Namespace copy-\d+ has no policy that denies all ingress by default$/),
    expect.stringMatching(/^Namespace copy-\d+ has no policy that denies all egress by default$/),
  ]);
});

test("a namespace that enforces less than restricted is found", async () => {
  const { objects } = await broken((all) => {
    const { metadata } = only(all, "Namespace");
    metadata.labels = { ...metadata.labels, "pod-security.kubernetes.io/enforce": "baseline" };
  });
  expect(await checks.restricted(client, objects)).toEqual([
    expect.stringMatching(/^Namespace copy-\d+ does not refuse a privileged pod as restricted does: .*baseline/),
  ]);
});

test("a Secret that nobody makes is found, and an entry that it lacks", async () => {
  const { objects } = await broken((all) => {
    container(all).envFrom = [{ secretRef: { name: "forgotten" } }];
    const key = { name: "model-credentials", key: "forgotten" };
    container(all).env = [...(container(all).env ?? []), { name: "ANY", valueFrom: { secretKeyRef: key } }];
  });
  expect(await checks.references(client, objects)).toEqual([
    expect.stringMatching(/^Deployment copy-\d+\/model refers to Secret copy-\d+\/forgotten, which is not there$/),
    expect.stringMatching(
      /^Deployment copy-\d+\/model refers to the entry forgotten of Secret copy-\d+\/model-credentials, which it lacks$/,
    ),
  ]);
});

test("a forgotten dependency shows, whatever the order of the program", async () => {
  const { items } = await broken((all) =>
    all.map((one) => (one.object.kind === "Secret" ? { ...one, after: [] } : one)).reverse(),
  );
  expect(problemsOf(items).join("\n")).toMatch(
    /Secret copy-\d+\/model-credentials: refused: namespaces "copy-\d+" not found/,
  );
});

test("a disruption budget that allows nothing, or covers nothing, is found", async () => {
  const none = await broken((all) => {
    Object.assign(only(all, "PodDisruptionBudget"), {
      spec: { maxUnavailable: 0, selector: deployment(all).spec.selector },
    });
  });
  const nothing = await broken((all) => {
    Object.assign(only(all, "PodDisruptionBudget"), {
      spec: { maxUnavailable: 1, selector: { matchLabels: { app: "other" } } },
    });
  });
  const found = await Promise.all([none, nothing].map(({ objects }) => checks.drain(client, objects)));
  expect(found.flat()).toEqual([
    expect.stringMatching(/^PodDisruptionBudget copy-\d+\/model lets no pod be evicted/),
    expect.stringMatching(/^PodDisruptionBudget copy-\d+\/model covers no pod$/),
  ]);
});

test("a Service that selects nothing keeps the rollout waiting", async () => {
  const { items, objects } = await broken((all) => {
    const service = only(all, "Service") as KubernetesObject & { spec: { selector: object } };
    service.metadata.annotations = {};
    service.spec.selector = { app: "other" };
  });
  expect(problemsOf(items).join("\n")).toMatch(/Service copy-\d+\/model: not ready: no endpoint is ready/);
  expect(await checks.endpoints(client, objects)).toEqual([
    expect.stringMatching(/^Service copy-\d+\/model reaches no pod$/),
  ]);
});

test("an autoscaler without a target is found", async () => {
  const { objects } = await broken((all) => {
    const scaler = only(all, "HorizontalPodAutoscaler") as KubernetesObject & {
      spec: { scaleTargetRef: { name: string } };
    };
    scaler.spec.scaleTargetRef.name = "other";
  });
  expect(await checks.autoscalers(client, objects)).toEqual([
    expect.stringMatching(
      /^HorizontalPodAutoscaler copy-\d+\/model scales Deployment copy-\d+\/other, which cannot be scaled$/,
    ),
  ]);
});

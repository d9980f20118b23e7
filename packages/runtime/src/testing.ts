import * as kubernetes from "@pulumi/kubernetes";
import { Accelerator, Capacity } from "aistack-core";
import { type Graph, type Mode, type PlannedResource, plan, resource } from "aistack-engine";
import { ClusterRuntime, type ClusterRuntimeArgs } from "./cluster-runtime";
import { acceleratorTaint, nodeLabelsOf, type RuntimePool } from "./pools";

/** Pools as a platform would describe them. */
export const h100: RuntimePool = {
  name: "h100",
  accelerator: Accelerator.NvidiaH100,
  perNode: 8,
  maxNodes: 2,
  cpusPerNode: 192,
  memoryGiBPerNode: 2048,
  nodeLabels: nodeLabelsOf("h100", Accelerator.NvidiaH100),
  taints: [acceleratorTaint(Accelerator.NvidiaH100)],
};

export const tpu: RuntimePool = {
  ...h100,
  name: "tpu",
  accelerator: Accelerator.GoogleTpuV6e,
  perNode: 4,
  nodeLabels: nodeLabelsOf("tpu", Accelerator.GoogleTpuV6e),
  taints: [acceleratorTaint(Accelerator.GoogleTpuV6e)],
};

export const cpu: RuntimePool = {
  name: "cpu",
  perNode: 0,
  maxNodes: 4,
  cpusPerNode: 16,
  memoryGiBPerNode: 64,
  nodeLabels: nodeLabelsOf("cpu"),
};

/** A pool whose nodes come all at once. */
export const flex: RuntimePool = {
  ...h100,
  name: "flex",
  capacity: Capacity.FlexStart,
  nodeLabels: nodeLabelsOf("flex", Accelerator.NvidiaH100),
  taints: [...(h100.taints ?? []), { key: "example.org/flex" }],
  topologyLevels: ["cloud.google.com/gce-topology-block", "kubernetes.io/hostname"],
  provisioning: {
    className: "queued-provisioning.gke.io",
    parameters: { maxRunDurationSeconds: "3600" },
    nodeSelectorFromDetails: { "autoscaling.gke.io/provisioning-request": "ResizeRequestName" },
  },
};

/** Plans the runtime of a cluster. */
export function planned(args: Partial<ClusterRuntimeArgs>, mode: Mode = "simulate"): Promise<Graph> {
  return plan(
    () => {
      const provider = new kubernetes.Provider("cluster", { kubeconfig: "{}" });
      const runtime = new ClusterRuntime("rt", { provider, pools: [h100], ...args }, {});
      return { ready: runtime.ready, teams: runtime.teams };
    },
    { mode },
  );
}

/** What a plan creates: `name Kind` of every resource that a provider makes, sorted. */
export function created(graph: Graph): string[] {
  const custom = graph.resources.filter((row) => row.custom && !row.type.startsWith("pulumi:"));
  return custom.map((row) => `${row.name} ${row.type.split(":").at(-1)}`).sort();
}

/** Reads a path such as `spec.template` in the inputs of the resource with this name. */
// biome-ignore lint/suspicious/noExplicitAny: assertions on plain data whose shape the test itself states
export function inputs(graph: Graph, name: string, path = ""): any {
  const row: PlannedResource = resource(graph, name);
  const keys = path === "" ? [] : path.split(".");
  // biome-ignore lint/suspicious/noExplicitAny: as above
  return keys.reduce((value: any, key) => value?.[key], row.inputs);
}

/** Inputs of everything in a plan by URN, to compare two plans. */
export function byUrn(graph: Graph): Map<string, string> {
  return new Map(graph.resources.map((row) => [row.urn, JSON.stringify(row.inputs)]));
}

/** URNs that differ between two plans. */
export function changes(before: Graph, after: Graph): string[] {
  const [old, now] = [byUrn(before), byUrn(after)];
  return [...new Set([...old.keys(), ...now.keys()])].filter((urn) => old.get(urn) !== now.get(urn)).sort();
}

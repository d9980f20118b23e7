import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  acceleratorNodes,
  addDefinitions,
  byCluster,
  inNamespace,
  type KubernetesObject,
  type NodeGroup,
  type NotCovered,
  type PlannedObject,
  plannedObjects,
  type RolloutItem,
  rollOut,
  type SimulatedCluster,
  startSimulatedCluster,
} from "aistack-cluster";
import { machines } from "aistack-core";
import { type Graph, planDirectory } from "aistack-engine";
import { type Program, root } from "../programs";

/** Custom resource definitions, which are no part of the repository. */
export const definitions = join(root, "..", "shared", "crds");

/** One cluster of a plan, with the plan's objects in it. */
export interface Rollout {
  readonly cluster: string;
  readonly simulated: SimulatedCluster;
  readonly items: readonly RolloutItem[];
  /** As applied. */
  readonly objects: readonly KubernetesObject[];
  /** Kinds that no definition was there for. */
  readonly undefinedKinds: readonly string[];
}

export interface ProgramRollout {
  readonly graph: Graph;
  readonly clusters: readonly Rollout[];
  readonly notCovered: readonly NotCovered[];
  readonly incomplete: readonly string[];
  /** Ends the clusters. After a failure, says where the logs are. */
  stop(failed: boolean): Promise<void>;
}

/** Plans a program and rolls its Kubernetes part out, each of its clusters on a control plane of its own. */
export async function rollOutProgram({ path, stack }: Program): Promise<ProgramRollout> {
  const graph = await planDirectory(join(root, path), { stack, mode: "simulate" });
  const { objects, notCovered, incomplete } = plannedObjects(graph);
  const clusters: Rollout[] = [];
  const stop = async (failed: boolean) => {
    for (const { simulated, cluster } of clusters) {
      const logs = failed ? mkdtempSync(join(tmpdir(), `logs-${cluster}-`)) : undefined;
      await simulated.stop(logs);
      if (logs !== undefined) process.stderr.write(`logs of the cluster ${cluster} of ${path} ${stack}: ${logs}\n`);
    }
  };
  try {
    // What is on another cluster counts as there: the clusters are filled one by one.
    for (const [cluster, own] of byCluster(objects)) clusters.push(await rollOutCluster(graph, cluster, own));
  } catch (error) {
    await stop(true);
    throw error;
  }
  return { graph, clusters, notCovered, incomplete: incomplete.map(({ urn }) => urn), stop };
}

async function rollOutCluster(graph: Graph, cluster: string, planned: readonly PlannedObject[]): Promise<Rollout> {
  const simulated = await startSimulatedCluster(graph, planned, { furtherNodes: bystanders() });
  const { client } = simulated;
  const kinds = await addDefinitions(
    client,
    planned.map(({ object }) => object),
    definitions,
  );
  for (const kind of kinds) process.stderr.write(`${missingDefinition(kind)}\n`);
  const isServed = ({ object }: PlannedObject) => !kinds.includes(`${object.apiVersion.split("/")[0]}/${object.kind}`);
  const items = await rollOut(client, planned.filter(isServed), { patienceMs: 20_000 });
  const objects = await Promise.all(items.map((item) => inNamespace(client, item.planned)));
  return { cluster, simulated, items, objects, undefinedKinds: kinds };
}

/** One node of each kind of accelerator that nothing asked for, as a trap for what tolerates everything. */
export function bystanders(): NodeGroup[] {
  const names = [...new Set(machines.map(({ resourceName }) => resourceName))];
  return names.map((name) => {
    const machine = machines.find(({ resourceName }) => resourceName === name);
    if (machine === undefined) throw new Error(`no machine has ${name}`);
    const { labels: _, ...group } = acceleratorNodes(machine, 1);
    return { ...group, name: `bystander-${group.name}` };
  });
}

function missingDefinition(kind: string): string {
  return (
    `skipped: objects of ${kind}, as there is no definition of it in ../shared/crds. From a cluster that has it:\n` +
    `  kubectl get crd -o yaml > ../shared/crds/all.yaml`
  );
}

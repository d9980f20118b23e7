import type { Graph } from "aistack-engine";
import { type Binaries, binaries } from "./binaries";
import { type ControlPlane, startControlPlane } from "./control-plane";
import type { StorageClass } from "./kubernetes";
import { addNodes, type NodeGroup } from "./nodes";
import type { PlannedObject } from "./objects";
import { nodesFor } from "./pools";
import { startStandIns } from "./stand-ins";
import { standardClass } from "./volumes";

/** A control plane with nodes and all that a plan expects to find in its cluster. */
export interface SimulatedCluster extends ControlPlane {
  readonly nodes: readonly NodeGroup[];
}

export interface SimulatedClusterOptions {
  /** Defaults to {@link binaries}. */
  readonly binaries?: Binaries;
  /** Nodes besides those that the plan calls for. */
  readonly furtherNodes?: readonly NodeGroup[];
}

/** Starts a cluster for the objects that a plan has on it. */
export async function startSimulatedCluster(
  graph: Graph,
  objects: readonly PlannedObject[],
  options: SimulatedClusterOptions = {},
): Promise<SimulatedCluster> {
  const nodes = [...nodesFor(graph, objects), ...(options.furtherNodes ?? [])];
  const controlPlane = await startControlPlane(options.binaries ?? (await binaries()));
  const standIns = startStandIns(controlPlane.client);
  const stop = async (keepLogsIn?: string) => {
    await standIns.stop();
    await controlPlane.stop(keepLogsIn);
  };
  try {
    await Promise.all([
      addNodes(controlPlane.client, nodes),
      ...classesFor(objects).map((storageClass) => controlPlane.client.apply(storageClass)),
    ]);
  } catch (error) {
    await stop();
    throw error;
  }
  // Not spread into a new object: `pids` is read when it is asked for.
  return Object.create(controlPlane, {
    nodes: { value: nodes, enumerable: true },
    stop: { value: stop, enumerable: true },
  }) as SimulatedCluster;
}

/** A default class where the plan brings none: what nearly every cluster has. Classes that it only names are its own fault. */
function classesFor(objects: readonly PlannedObject[]): StorageClass[] {
  const own = objects.filter(({ object }) => object.kind === "StorageClass");
  const isDefault = own.some(
    ({ object }) => object.metadata.annotations?.["storageclass.kubernetes.io/is-default-class"] === "true",
  );
  return isDefault ? [] : [standardClass()];
}

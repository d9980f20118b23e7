import { type Accelerator, type Capacity, type GpuSharingArgs, resourceNameOf, type TaintArgs } from "aistack-core";

/** Nodes of one kind, as the runtime has to know them: plain data that each platform derives from its own pools. */
export interface RuntimePool {
  /** Name of the pool, unique in the cluster; also the name of its resource flavor. */
  name: string;
  /** Accelerator that the nodes carry. When omitted, none. */
  accelerator?: Accelerator;
  /** Accelerators on one node; 0 without an accelerator. */
  perNode: number;
  /** Nodes at most. */
  maxNodes: number;
  /** CPUs of one node. When omitted, they are not known, and quotas count accelerators only. */
  cpusPerNode?: number;
  /** Memory of one node, in GiB. When omitted, it is not known, and quotas count accelerators only. */
  memoryGiBPerNode?: number;
  /** Labels that all nodes of the pool carry and others do not, 8 at most. */
  nodeLabels: { [label: string]: string };
  /** Every taint of the nodes, that of the accelerator included. Defaults to none. */
  taints?: TaintArgs[];
  /** How the machines are obtained. Defaults to on demand. */
  capacity?: Capacity;
  /** How pods share the accelerators. The nodes must carry {@link sharingLabels}. */
  sharing?: GpuSharingArgs;
  /**
   * Labels of the nodes that say where a node is, from the widest place to the narrowest; with them Kueue places the
   * pods of a job close together. Only for pools that keep their nodes: Kueue then counts on nodes that are there.
   */
  topologyLevels?: string[];
  /** How nodes are asked for all at once, before a job starts. When omitted, the autoscaler adds them one by one. */
  provisioning?: ProvisioningSettings;
}

/** How nodes are asked for all at once: Kubernetes' ProvisioningRequest. */
export interface ProvisioningSettings {
  /** Class that the platform's autoscaler takes, such as "queued-provisioning.gke.io". */
  className: string;
  /** Parameters of the class, such as `maxRunDurationSeconds`. */
  parameters?: { [name: string]: string };
  /** Node selector that ties the pods to their nodes: labels, and the detail of the answer that has the value. */
  nodeSelectorFromDetails?: { [label: string]: string };
}

/** Labels that every platform puts on the nodes of a pool. */
export const poolLabels = {
  accelerator: "aistack.dev/accelerator",
  pool: "aistack.dev/pool",
};

/** The labels of the nodes of a pool by which pods and queues find them. */
export function nodeLabelsOf(pool: string, accelerator?: Accelerator): { [label: string]: string } {
  return { ...(accelerator && { [poolLabels.accelerator]: accelerator }), [poolLabels.pool]: pool };
}

/** The taint that keeps what did not ask for an accelerator off the nodes that cost the most. */
export function acceleratorTaint(accelerator: Accelerator): TaintArgs {
  return { key: resourceNameOf(accelerator), value: "present" };
}

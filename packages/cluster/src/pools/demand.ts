import { machines } from "aistack-core";
import { podTemplateOf } from "../kubernetes";
import { acceleratorLabel, acceleratorNodes, acceleratorResources, type NodeGroup } from "../nodes";
import type { PlannedObject } from "../objects";

/** For each set of accelerators that pods ask for, nodes of the smallest machine that has them. */
export function acceleratorNodesFor(objects: readonly PlannedObject[]): NodeGroup[] {
  const groups = new Map<string, NodeGroup>();
  for (const { object } of objects) {
    const spec = podTemplateOf(object)?.spec;
    const [resource, wanted] = acceleratorRequest(spec?.containers ?? []) ?? [];
    if (spec === undefined || resource === undefined || wanted === undefined) continue;
    const { [acceleratorLabel]: name, ...labels } = spec.nodeSelector ?? {};
    const fitting = machines
      .filter(({ resourceName, count }) => resourceName === resource && count >= wanted)
      .filter(({ accelerator }) => name === undefined || accelerator === name)
      .sort((a, b) => a.count - b.count || b.vcpu - a.vcpu);
    const [machine] = fitting;
    if (machine === undefined) throw new Error(`No machine of the catalogue has ${wanted} ${name ?? resource}.`);
    const group = acceleratorNodes(machine, replicasOf(object), labels);
    const known = groups.get(group.name);
    groups.set(group.name, { ...group, count: (known?.count ?? 0) + group.count });
  }
  return [...groups.values()];
}

/** The accelerators that a pod asks for: resource and number. */
export function acceleratorRequest(
  containers: readonly { resources?: { limits?: Readonly<Record<string, string>> } }[],
): [string, number] | undefined {
  const counts = new Map<string, number>();
  for (const { resources } of containers) {
    for (const [name, count] of Object.entries(resources?.limits ?? {})) {
      if (acceleratorResources.has(name)) counts.set(name, (counts.get(name) ?? 0) + Number(count));
    }
  }
  return [...counts][0];
}

function replicasOf(object: object): number {
  const { spec } = object as { spec?: { replicas?: number } };
  return spec?.replicas ?? 1;
}

/**
 * Computed outputs by type. A type without a rule gets an id that says it is simulated and nothing else: its other
 * outputs stay unknown.
 */
import type { World } from "../answers/world";
import { type PlannedResource, type PropertyMap, Secret, unknown, type Value } from "../graph";
import { awsRules } from "./aws";
import { gcpRules } from "./gcp";
import { helmRelease, kubernetesObject, kubernetesPreview } from "./kubernetes";
import { randomRules } from "./random";
import { type Rule, type Rules, Subject } from "./subject";
import { tlsRules } from "./tls";

const RULES: Rules = {
  ...awsRules,
  ...gcpRules,
  ...randomRules,
  ...tlsRules,
  "kubernetes:helm.sh/v3:Release": helmRelease,
};

/** Maps, and lists of maps, given as inputs of which a part is computed: that part is unknown in a preview. */
const PARTLY_COMPUTED: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  "aws:eks/cluster:Cluster": { vpcConfig: ["clusterSecurityGroupId", "vpcId"] },
  "gcp:filestore/instance:Instance": { networks: ["ipAddresses"] },
};

export interface Derived {
  id?: string;
  outputs?: PropertyMap;
}

const isKubernetesObject = (type: string) => type.startsWith("kubernetes:") && !type.startsWith("kubernetes:helm.sh/");

export function simulate(resource: PlannedResource, world: World): Derived {
  const { type } = resource;
  const subject = new Subject(resource, world);
  const rule = RULES[type] ?? (isKubernetesObject(type) ? kubernetesObject : undefined);
  const { id, outputs } = rule === undefined ? {} : derive(rule, subject);
  const computed = { ...partlyComputed(subject), ...outputs };
  return { id: id ?? `simulated-${subject.hex(12, "id")}`, outputs: computed };
}

/** What a preview knows beyond the inputs: which parts of them are still to be computed. */
export function preview(resource: PlannedResource, world: World): PropertyMap | undefined {
  const { type } = resource;
  if (isKubernetesObject(type)) return derive(kubernetesPreview, new Subject(resource, world)).outputs;
  return type in PARTLY_COMPUTED ? partlyComputed(new Subject(resource, world)) : undefined;
}

function partlyComputed(subject: Subject): PropertyMap {
  const parts = Object.entries(PARTLY_COMPUTED[subject.type] ?? {}).flatMap(([key, computed]) => {
    const unknowns = Object.fromEntries(computed.map((name) => [name, unknown]));
    const given = subject.map(key) ?? subject.maps(key);
    if (given === undefined) return [];
    const completed = Array.isArray(given)
      ? given.map((item) => ({ ...unknowns, ...item }))
      : { ...unknowns, ...given };
    return [[key, completed] as const];
  });
  return Object.fromEntries(parts);
}

function derive(rule: Rule, subject: Subject): Derived {
  const { id, ...derived } = rule(subject);
  const outputs: Record<string, Value> = {};
  for (const [key, value] of Object.entries(derived)) {
    if (value !== undefined)
      outputs[key] = subject.usedSecret && !(value instanceof Secret) ? new Secret(value) : value;
  }
  return { id: typeof id === "string" ? id : undefined, outputs };
}

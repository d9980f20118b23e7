/** Checks the planned resources of AWS and Google Cloud against what the clouds publish of their calls. */
import type { PlannedResource, PropertyMap } from "aistack-engine";
import { AwsModels } from "./models/aws";
import { GcpModels } from "./models/gcp";
import type { Models } from "./models/shape";
import { pipelineFaults } from "./pipelines";
import { policyFaults } from "./policies";
import { requestsOf } from "./request";
import { aws, awsUnchecked } from "./tables/aws";
import { gcp, gcpUnchecked } from "./tables/gcp";
import * as policies from "./tables/policies";
import type { Row, Table, Unchecked } from "./tables/row";
import { faultsOf } from "./validate";

export type Checkable = Pick<PlannedResource, "type" | "name"> & { inputs: PropertyMap; outputs: PropertyMap };

export interface Share {
  readonly matched: Set<string>;
  readonly ignored: Set<string>;
  readonly unmatched: Set<string>;
}

const clouds: { prefix: string; table: Table; unchecked: Unchecked; models: () => Models }[] = [
  { prefix: "aws:", table: aws, unchecked: awsUnchecked, models: () => awsModels() },
  { prefix: "gcp:", table: gcp, unchecked: gcpUnchecked, models: () => gcpModels() },
];

export const awsModels = once(() => new AwsModels());
export const gcpModels = once(() => new GcpModels());

export class CloudValues {
  /** By type: the inputs that were checked, and those that were not. */
  readonly shares = new Map<string, Share>();
  readonly #types = new Set<string>();
  readonly #used = new Set<string>();

  /** A sentence for everything that a cloud would refuse, or that no table knows. */
  check({ type, name, inputs, outputs }: Checkable): string[] {
    const cloud = clouds.find(({ prefix }) => type.startsWith(prefix));
    if (cloud === undefined) return [];
    this.#types.add(type);
    const row = cloud.table[type];
    if (row === undefined) {
      if (cloud.unchecked[type] !== undefined) return [];
      return [`${type} is in no table: add the call that creates it, or why none does, to test/cloud-values/tables`];
    }
    const mapped = requestsOf({ inputs, outputs }, row, cloud.models());
    const share = this.shares.get(type) ?? { matched: new Set(), ignored: new Set(), unmatched: new Set() };
    this.shares.set(type, share);
    for (const kind of ["matched", "ignored", "unmatched"] as const)
      for (const key of mapped[kind]) share[kind].add(key);
    const used = new Set(mapped.used);
    const found = [
      ...[...mapped.unmatched].map((path) => ({
        path,
        reason: `is no member of ${row.call}, nor renamed or ignored in the table`,
      })),
      ...mapped.requests.flatMap((request) => faultsOf(request, row, cloud.models(), used)),
    ];
    for (const entry of used) this.#used.add(`${type}: ${entry}`);
    if (cloud.prefix === "aws:") found.push(...policyFaults(type, inputs, awsModels(), this.#used));
    if (type === "aws:sagemaker/pipeline:Pipeline")
      found.push(...pipelineFaults(inputs.pipelineDefinition as string, awsModels()));
    return found.map(({ path, reason }) => `${name} (${type}): ${path} ${reason}`);
  }

  /** Entries of the tables that nothing needed. Those of a cloud that no program is on yet wait for it. */
  unused(): string[] {
    const present = clouds.filter(({ prefix }) => [...this.#types].some((type) => type.startsWith(prefix)));
    const entries = present.flatMap(({ table, unchecked }) => [
      ...Object.keys(unchecked).flatMap((type) =>
        this.#types.has(type) ? [] : [`${type} in the list of unchecked types`],
      ),
      ...Object.entries(table).flatMap(([type, row]) =>
        this.#types.has(type) ? entriesOf(row).map((entry) => `${type}: ${entry}`) : [type],
      ),
    ]);
    const ofPolicies = [
      ...Object.keys(policies.furtherActions).map((action) => `furtherActions ${action}`),
      ...Object.keys(policies.documents).map((document) => `documents ${document}`),
      ...policies.wildcards.map(({ document, sid, what }) => `wildcards ${document} ${sid} ${what}`),
    ];
    return [...entries, ...ofPolicies].filter((entry) => !this.#used.has(entry));
  }

  /** A line for each type: how many of its inputs a call's model has judged. */
  report(): string {
    const lines = [...this.shares].sort().map(([type, { matched, ignored, unmatched }]) => {
      const all = matched.size + ignored.size + unmatched.size;
      const not = [...ignored, ...unmatched].join(", ");
      return `  ${type}: ${matched.size} of ${all} inputs${not && `, not ${not}`}`;
    });
    const unchecked = [...this.#types]
      .filter((type) => !this.shares.has(type))
      .map((type) => `  ${type}: no call, see the table`);
    return [...lines, ...unchecked].join("\n");
  }
}

function entriesOf(row: Row): string[] {
  const kinds = ["renames", "ignored", "names", "constants", "given", "documented"] as const;
  return kinds.flatMap((kind) => Object.keys(row[kind] ?? {}).map((key) => `${kind} ${key}`));
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** What SharedFileSystem has on every platform. What a platform cannot do, it refuses by name. */
import type * as pulumi from "@pulumi/pulumi";
import type { Binding, ObjectStoreBinding } from "./bindings";
import type { Rule } from "./checks";
import { controlsOf } from "./compliance/controls";
import type { Regulation } from "./compliance/regulation";
import { Requirement } from "./compliance/requirement";

/** Copies that outlive the file system. */
export interface FileBackupArgs {
  /** Days that a copy is kept, 1 to 90, where the service keeps them. Defaults to 30. */
  retentionDays?: number;
  /** Hour of the day, in UTC, at which a copy is made, 0 to 23. Defaults to 3. */
  hourUtc?: number;
  /** Bucket that takes the copy, where no service keeps one; how long it is kept is then the bucket's. */
  store?: pulumi.Input<ObjectStoreBinding>;
  /** What lets the copying workload into the bucket, such as the binding of an AccessGrant. */
  uses?: pulumi.Input<Binding>[];
}

/** The article that asks for copies of data under these regulations, such as "45 CFR 164.308"; undefined if none does. */
export function backupControl(regulations: readonly Regulation[] = []): string | undefined {
  const control = controlsOf(regulations).find(({ requirement }) => requirement === Requirement.Recoverable);
  return control && `${control.article} (${control.regulation})`;
}

/** Amounts that a service sells: from one to another, in steps. */
export interface OfferedRange {
  from: number;
  to: number;
  step: number;
}

/** An amount that a service sells; the message names the nearest ones. */
export function offered(unit: string, ranges: readonly OfferedRange[]): Rule<number> {
  const allowed = ranges.map((range) => rangeText(range)).join(", or ");
  return (value) => {
    const candidates = ranges.flatMap((range) => nearestIn(range, value));
    if (candidates.includes(value)) return undefined;
    const distance = (candidate: number) => Math.abs(candidate - value);
    const below = candidates.filter((candidate) => candidate < value).sort((a, b) => distance(a) - distance(b))[0];
    const above = candidates.filter((candidate) => candidate > value).sort((a, b) => distance(a) - distance(b))[0];
    const nearest = [below, above].filter((candidate) => candidate !== undefined).join(" and ");
    return `must be ${allowed} ${unit}${nearest && `; the nearest are ${nearest}`}`;
  };
}

/** The amounts of a list, as ranges. */
export function offeredAmounts(amounts: readonly number[]): OfferedRange[] {
  return amounts.map((amount) => ({ from: amount, to: amount, step: 1 }));
}

function nearestIn({ from, to, step }: OfferedRange, value: number): number[] {
  if (!Number.isFinite(value) || value <= from) return [from];
  if (value >= to) return [to];
  const steps = (value - from) / step;
  return [Math.floor(steps), Math.ceil(steps)].map((count) => from + count * step);
}

function rangeText({ from, to, step }: OfferedRange): string {
  if (from === to) return `${from}`;
  return Number.isFinite(to) ? `${from} to ${to} in steps of ${step}` : `${from} and more in steps of ${step}`;
}

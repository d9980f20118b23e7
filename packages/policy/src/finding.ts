import type { Requirement } from "aistack-core/compliance";
import { hidden, type PlanView, type Resource, shown, unknown, type Value, valueAt } from "./view";

/** What one property of one resource says about a requirement. */
export interface Finding {
  readonly urn: string;
  /** Path of the property; absent where a resource is missing. */
  readonly property?: string;
  /** Its value, as it may be shown. */
  readonly value: string;
  /** Undefined where it cannot be told before `up`. */
  readonly holds: boolean | undefined;
  /** Where it does not hold: what is wrong, and what to do. */
  readonly reason?: string;
}

/** What a check may be told. */
export interface CheckOptions {
  /** Days that audit records are kept at least. */
  readonly minimumDays?: number;
  /** Tags that resources carry. */
  readonly tags?: readonly string[];
}

/** Looks at a plan for one requirement. No finding means that there is nothing that it concerns. */
export type Check = (plan: PlanView, options: CheckOptions) => Finding[];

export type Checks = Readonly<Record<Requirement, Check>>;

/** A property of a resource, and what it is. */
export interface Fact {
  readonly resource: Resource;
  readonly path: string;
  readonly value: Value | undefined;
}

export function fact(resource: Resource, path: string): Fact {
  return { resource, path, value: valueAt(resource.props, path) };
}

/** A finding about a fact. What is not known yet is judged neither way. */
export function judged(fact: Fact, holds: (value: Value | undefined) => boolean, reason: string): Finding {
  const { resource, path, value } = fact;
  const told = value === unknown ? undefined : holds(value);
  return {
    urn: resource.urn,
    property: path,
    value: shown(value),
    holds: told,
    ...(told === false ? { reason } : {}),
  };
}

/** A finding about what a resource lacks as a whole. */
export function missing(resource: Resource, reason: string): Finding {
  return { urn: resource.urn, value: "missing", holds: false, reason };
}

/** A finding about the plan as a whole. */
export function planLacks(plan: PlanView, reason: string): Finding {
  return { urn: plan.ofType("pulumi:pulumi:Stack")[0]?.urn ?? "", value: "missing", holds: false, reason };
}

/** Whether a value is there, be it unknown or secret. */
export function isSet(value: Value | undefined): boolean {
  return value === unknown || value === hidden || (value !== undefined && value !== null && value !== "");
}

export function isTrue(value: Value | undefined): boolean {
  return value === true || value === "true";
}

/** What a person is told of a finding that does not hold. */
export function messageOf({ property, value, reason }: Finding): string {
  return property === undefined ? `${reason}` : `${reason} (${property}: ${value})`;
}

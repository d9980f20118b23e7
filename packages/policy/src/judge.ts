import {
  type Control,
  contradictionsOf,
  controlsOf,
  type FoundContradiction,
  Regulation,
} from "aistack-core/compliance";
import { checks } from "./checks";
import type { CheckOptions, Finding } from "./finding";
import { listAt, type PlanView, type Value, valueAt } from "./view";

/** What became of a control or rule. */
export enum Status {
  Holds = "holds",
  Fails = "fails",
  /** There is nothing in the plan that it concerns, or what it concerns cannot be told before `up`. */
  NotApplicable = "not applicable",
}

export interface Verdict {
  readonly status: Status;
  /** What it was judged by. Where it fails, what is wrong comes first. */
  readonly evidence: readonly Finding[];
}

/** A control, judged. */
export interface JudgedControl extends Verdict {
  readonly control: Control;
}

/** What a plan says about the regulations that it serves. */
export interface Judgement {
  readonly regulations: readonly Regulation[];
  /** One for each control of the regulations. */
  readonly controls: readonly JudgedControl[];
  readonly contradictions: readonly FoundContradiction[];
}

/** A verdict from findings: one that does not hold is enough to fail. */
export function verdictOf(findings: readonly Finding[]): Verdict {
  const failing = findings.filter(({ holds }) => holds === false);
  const holding = findings.filter(({ holds }) => holds === true);
  const untold = findings.filter(({ holds }) => holds === undefined);
  const status = failing.length > 0 ? Status.Fails : holding.length > 0 ? Status.Holds : Status.NotApplicable;
  return { status, evidence: [...failing, ...holding, ...untold] };
}

/** Judges a plan by every control of the regulations that its components name, and of `further` ones. */
export function judge(plan: PlanView, further: readonly Regulation[] = []): Judgement {
  const regulations = regulationsOf(plan, further);
  return {
    regulations,
    controls: controlsOf(regulations).map((control) => ({ control, ...judgeControl(plan, control) })),
    contradictions: contradictionsOf(regulations, resolutionsOf(plan)),
  };
}

/** Judges a plan by one control. */
export function judgeControl(plan: PlanView, control: Control): Verdict {
  const options: CheckOptions = control.minimumDays === undefined ? {} : { minimumDays: control.minimumDays };
  return verdictOf(checks[control.requirement](plan, options));
}

/** The regulations that components of the plan name in `compliance`, and others, in the order of the enumeration. */
export function regulationsOf(plan: PlanView, further: readonly Regulation[] = []): Regulation[] {
  const named = new Set<Value>([...components(plan).flatMap(({ props }) => listAt(props, "compliance")), ...further]);
  return Object.values(Regulation).filter((regulation) => named.has(regulation));
}

/** What components of the plan say about contradictions. */
export function resolutionsOf(plan: PlanView): { [contradiction: string]: string } {
  const texts = components(plan).flatMap(({ props }) => {
    const own = valueAt(props, "resolutions");
    return typeof own === "object" && own !== null ? Object.entries(own) : [];
  });
  return Object.fromEntries(texts.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

function components(plan: PlanView) {
  return plan.resources.filter(({ type }) => type.startsWith("aistack-"));
}

import type { Control, FoundContradiction, Regulation } from "aistack-core/compliance";
import { contradictionsRule, type Settings, settingOf } from "./config";
import { judge, regulationsOf, Status, type Verdict } from "./judge";
import { judgeRule, type Level, type Rule, rules } from "./rules";
import type { PlanView } from "./view";

/** A rule, judged. */
export interface JudgedRule extends Verdict {
  readonly rule: Rule;
  readonly level: Level;
}

/** A control, judged, and what its failure leads to. */
export interface AssessedControl extends Verdict {
  readonly control: Control;
  readonly level: Level;
}

/** Everything that is to be said of a plan. */
export interface Assessment {
  readonly rules: readonly JudgedRule[];
  readonly regulations: readonly Regulation[];
  /** One for each control of the regulations. */
  readonly controls: readonly AssessedControl[];
  readonly contradictions: readonly FoundContradiction[];
  /** What an open contradiction leads to. */
  readonly contradictionsLevel: Level;
  /** Names of the mandatory rules and controls that fail. */
  readonly failed: readonly string[];
}

export interface AssessOptions {
  /** Regulations to judge by beside those that components name. */
  readonly regulations?: readonly Regulation[];
  readonly settings?: Settings;
}

/** Judges a plan by all rules, and by the controls of its regulations. */
export function assess(plan: PlanView, { regulations = [], settings = {} }: AssessOptions = {}): Assessment {
  const judgedRules = rules.flatMap((rule): JudgedRule[] => {
    const setting = settingOf(settings, rule.name);
    const level = setting.enforcementLevel ?? rule.level;
    return level === "disabled" ? [] : [{ rule, level, ...judgeRule(plan, rule, setting) }];
  });
  const judgement = judge(plan, regulationsOf(plan, regulations));
  const controls = judgement.controls.map((judged): AssessedControl => {
    const level = settingOf(settings, judged.control.id).enforcementLevel ?? "mandatory";
    return level === "disabled"
      ? { ...judged, level, status: Status.NotApplicable, evidence: [] }
      : { ...judged, level };
  });
  const contradictionsLevel = settingOf(settings, contradictionsRule).enforcementLevel ?? "mandatory";
  const open = judgement.contradictions.filter(({ resolution }) => resolution === undefined);
  return {
    rules: judgedRules,
    regulations: judgement.regulations,
    controls,
    contradictions: judgement.contradictions,
    contradictionsLevel,
    failed: [
      ...judgedRules.filter(isFailed).map(({ rule }) => rule.name),
      ...controls.filter(isFailed).map(({ control }) => control.id),
      ...(open.length > 0 && isMandatory(contradictionsLevel) ? [contradictionsRule] : []),
    ],
  };
}

function isFailed({ status, level }: Verdict & { level: Level }): boolean {
  return status === Status.Fails && isMandatory(level);
}

/** In a plan nothing is put right, so that what would be remediated has to hold. */
function isMandatory(level: Level): boolean {
  return level === "mandatory" || level === "remediate";
}

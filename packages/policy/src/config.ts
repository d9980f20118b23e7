import { controls, Regulation } from "aistack-core/compliance";
import { type Level, remedies, rules } from "./rules";

/** What is configured of one rule or control. */
export interface Setting {
  readonly enforcementLevel?: Level;
  /** Of a control: judged even where no component names its regulation. Defaults to false. */
  readonly always?: boolean;
  /** Of the rule `tagged`: the tags that resources carry. */
  readonly tags?: readonly string[];
}

/** Name of the rule that contradictions are decided in writing. */
export const contradictionsRule = "contradictions-resolved";

/** Settings by rule or control: the form of Pulumi's `--policy-pack-config` files. */
export type Settings = Readonly<Record<string, Level | Setting>>;

const levels: readonly Level[] = ["advisory", "mandatory", "remediate", "disabled"];

/** Says what is wrong with settings, all at once; empty where nothing is. */
export function settingFaults(settings: unknown): string[] {
  if (typeof settings !== "object" || settings === null || Array.isArray(settings))
    return ["the configuration must be an object with an entry for each rule"];
  const known = [
    ...[...rules, ...remedies].map(({ name }) => name),
    ...controls.map(({ id }) => id),
    contradictionsRule,
    "all",
  ];
  return Object.entries(settings).flatMap(([name, setting]) => {
    if (!known.includes(name)) return [`${name} is no rule or control; there are ${known.join(", ")}`];
    const level = typeof setting === "string" ? setting : setting?.enforcementLevel;
    if (level !== undefined && !levels.includes(level))
      return [`${name}: ${JSON.stringify(level)} is no enforcement level; there are ${levels.join(", ")}`];
    if (typeof setting === "string") return [];
    if (typeof setting !== "object" || setting === null) return [`${name} must be a level, or an object with one`];
    const unknown = Object.keys(setting).find((key) => !["enforcementLevel", "always", "tags"].includes(key));
    return unknown === undefined
      ? []
      : [`${name}.${unknown} is no setting; there are enforcementLevel, always and tags`];
  });
}

/** What is set of a rule, a level alone taken as an object with it; `all` stands for those without an entry. */
export function settingOf(settings: Settings, name: string): Setting {
  const own = settings[name] ?? settings.all ?? {};
  return typeof own === "string" ? { enforcementLevel: own } : own;
}

/** A regulation by its value; undefined for a text that is none. */
export function regulationOf(text: string): Regulation | undefined {
  return Object.values(Regulation).find((regulation) => regulation === text);
}

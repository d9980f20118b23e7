/** Judges a request by the published shape of its call. */
import { itemOf, type Models, memberOf, type Shape } from "./models/shape";
import { type Part, pathOf, type Request, type Segment, unknown } from "./request";
import type { Documented, Row } from "./tables/row";

/** What a cloud would refuse. `path` is in the resource's inputs. */
export interface Fault {
  readonly path: string;
  readonly reason: string;
}

/** Patterns in the models that JavaScript cannot read, which therefore judge nothing. */
export const unreadablePatterns = new Set<string>();

/** The entries of the row that were of use are added to `used`. */
export function faultsOf(request: Request, row: Row, models: Models, used: Set<string>): Fault[] {
  const faults: Fault[] = [];
  const isMain = request.call === row.call;
  const fault = (at: readonly Segment[], reason: string) =>
    faults.push({ path: originOf(request, at), reason: `${reason} (${request.call}, ${pathOf(at)})` });

  const judge = (shape: Shape, value: Part, at: readonly Segment[]): void => {
    if (value === unknown) return;
    const reason = wrong(shape, value);
    if (reason !== undefined) return void fault(at, reason);
    const entry = isMain ? membersOf(at) : `${request.call}#${membersOf(at)}`;
    const rule = shape.kind === "list" ? undefined : row.documented?.[entry];
    if (rule !== undefined) {
      used.add(`documented ${entry}`);
      const broken = documentedWrong(rule, value, models);
      if (broken !== undefined) fault(at, `${broken}, says ${rule.source}`);
    }
    if (shape.kind === "structure") {
      const body = value as { [member: string]: Part };
      for (const member of shape.required ?? []) {
        if (member in body) continue;
        const path = membersOf([...at, member]);
        const needed = isMain ? path : `${request.call}#${path}`;
        if (row.given?.[needed] !== undefined) used.add(`given ${needed}`);
        else fault([...at, member], `${member} is missing, which the call requires`);
      }
      for (const [member, entry] of Object.entries(body)) {
        judge(memberOf(shape, member), entry, [...at, member]);
      }
    } else if (shape.kind === "list") {
      for (const [index, item] of (value as Part[]).entries()) judge(itemOf(shape), item, [...at, index]);
    } else if (shape.kind === "map") {
      for (const [key, entry] of Object.entries(value as { [key: string]: Part })) {
        const badKey = shape.key && wrong(shape.key(), key);
        if (badKey !== undefined) fault([...at, key], `the key ${badKey}`);
        judge(itemOf(shape), entry, [...at, key]);
      }
    }
  };
  judge(request.shape, request.body, []);
  return faults;
}

/** Why a value is not of a shape, its own parts aside. */
export function wrong(shape: Shape, value: Part): string | undefined {
  const shown = JSON.stringify(value);
  switch (shape.kind) {
    case "structure":
      return typeof value === "object" && !Array.isArray(value) ? undefined : `is ${shown}, but must be an object`;
    case "list":
      return Array.isArray(value) ? outside(shape, value.length, "has", "items") : `is ${shown}, but must be a list`;
    case "map":
      return typeof value === "object" ? outside(shape, Object.keys(value).length, "has", "entries") : "must be a map";
    case "boolean":
      // SDKs take some booleans and numbers as text, so that they can be left out.
      return /^(true|false)$/i.test(String(value)) ? undefined : `is ${shown}, but must be a boolean`;
    case "integer":
    case "number": {
      const number = typeof value === "string" && value !== "" ? Number(value) : value;
      if (typeof number !== "number" || Number.isNaN(number)) return `is ${shown}, but must be a number`;
      if (shape.kind === "integer" && !Number.isInteger(number)) return `is ${shown}, but must be a whole number`;
      return outside(shape, number, "is", "");
    }
    case "string":
      return typeof value === "string" ? wrongText(shape, value) : `is ${shown}, but must be a string`;
    default:
      return undefined;
  }
}

function wrongText(shape: Shape, value: string): string | undefined {
  const shown = value.length > 80 ? `${JSON.stringify(value.slice(0, 80))}...` : JSON.stringify(value);
  if (shape.enum && !shape.enum.includes(value)) {
    const more = shape.enum.length > 12 ? `, or one of ${shape.enum.length - 12} more` : "";
    return `is ${shown}, but must be one of ${shape.enum.slice(0, 12).join(", ")}${more}`;
  }
  if (shape.pattern !== undefined && matches(shape.pattern, value) === false) {
    return `is ${shown}, but must match ${shape.pattern}`;
  }
  return outside(shape, value.length, `is ${shown}, which has`, "characters");
}

/** Whether the whole text matches, as the services mean it; undefined where the pattern cannot be read. */
export function matches(pattern: string, text: string): boolean | undefined {
  for (const flags of ["u", ""]) {
    try {
      return new RegExp(`^(?:${pattern})$`, flags).test(text);
    } catch {
      // Escapes that only the other kind of expression knows.
    }
  }
  unreadablePatterns.add(pattern);
  return undefined;
}

function outside({ min, max }: Shape, count: number, verb: string, unit: string): string | undefined {
  if ((min === undefined || count >= min) && (max === undefined || count <= max)) return undefined;
  const allowed = min === undefined ? `at most ${max}` : max === undefined ? `at least ${min}` : `${min} to ${max}`;
  return `${verb} ${count}${unit && ` ${unit}`}, but must ${unit === "" ? "be" : "have"} ${allowed}`;
}

function documentedWrong(rule: Documented, value: Part, models: Models): string | undefined {
  const other = rule.shape === undefined ? undefined : wrong(models.shape(rule.shape), value);
  if (other !== undefined) return other;
  const shown = JSON.stringify(value);
  if (rule.oneOf && !rule.oneOf.some((one) => one === value))
    return `is ${shown}, but must be one of ${rule.oneOf.join(", ")}`;
  if (rule.max !== undefined && String(value).length > rule.max)
    return `is ${shown}, which has ${String(value).length} characters, but must have at most ${rule.max}`;
  if (rule.pattern !== undefined && !matches(rule.pattern, String(value)))
    return `is ${shown}, but must match ${rule.pattern}`;
  return undefined;
}

function membersOf(at: readonly Segment[]): string {
  return at.filter((segment) => typeof segment === "string").join(".");
}

/** The input that a part comes from: its own, or that of what it is in. */
function originOf({ origins }: Request, at: readonly Segment[]): string {
  for (let length = at.length; length > 0; length--) {
    const origin = origins.get(pathOf(at.slice(0, length)));
    if (origin !== undefined) return origin;
  }
  return "the resource";
}

/** URNs as Pulumi makes them: the types of all parents but the stack, joined by `$`. */

export const STACK_TYPE = "pulumi:pulumi:Stack";

export interface UrnContext {
  readonly stack: string;
  readonly project: string;
}

export function makeUrn(context: UrnContext, type: string, name: string, parent: string | undefined): string {
  const parentTypes = parent === undefined ? "" : qualifiedType(parent);
  const chain = parentTypes === "" || parentTypes === STACK_TYPE ? type : `${parentTypes}$${type}`;
  return `urn:pulumi:${context.stack}::${context.project}::${chain}::${name}`;
}

/** Every type from the outermost parent to the resource itself, as it stands in the URN. */
export function qualifiedType(urn: string): string {
  return urn.split("::", 3)[2] ?? "";
}

export function typeOf(urn: string): string {
  return qualifiedType(urn).split("$").pop() ?? "";
}

/** The name may itself hold `::`. */
export function nameOf(urn: string): string {
  return urn.split("::").slice(3).join("::");
}

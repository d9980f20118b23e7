/**
 * What the checks see of a plan: the same whether it comes from `aistack plan`, a plan file, or the engine behind
 * `pulumi up --policy-pack`.
 */

/** A value that exists only after `up`. */
export const unknown = Symbol("known after up");
/** A secret, whose value no check needs. */
export const hidden = Symbol("secret");

export type Value =
  | null
  | boolean
  | number
  | string
  | typeof unknown
  | typeof hidden
  | readonly Value[]
  | { readonly [key: string]: Value };
export type Props = { readonly [key: string]: Value };

/** A resource of a plan. */
export interface Resource {
  readonly urn: string;
  /** Pulumi type token, such as `aws:s3/bucket:Bucket`. */
  readonly type: string;
  readonly name: string;
  /** URN of the parent; absent on the stack. */
  readonly parent?: string;
  readonly props: Props;
  /** URNs that each property was made from. */
  readonly dependsOn: Readonly<Record<string, readonly string[]>>;
  readonly protect: boolean;
  /** Whether `destroy` leaves it in the world; undefined under `pulumi up`, which does not tell a policy. */
  readonly retainOnDelete?: boolean;
}

/** Resources, and how to find one's way among them. */
export class PlanView {
  readonly #byType = new Map<string, Resource[]>();
  readonly #byUrn = new Map<string, Resource>();

  /** @param toldSecrets Whether secrets are marked, so that what is not marked is none. */
  constructor(
    readonly resources: readonly Resource[],
    readonly toldSecrets: boolean,
  ) {
    for (const resource of resources) {
      this.#byUrn.set(resource.urn, resource);
      const same = this.#byType.get(resource.type);
      if (same) same.push(resource);
      else this.#byType.set(resource.type, [resource]);
    }
  }

  ofType(...types: string[]): readonly Resource[] {
    return types.flatMap((type) => this.#byType.get(type) ?? []);
  }

  /** Whether a provider makes anything for the plan. */
  hasPackage(name: string): boolean {
    return this.resources.some(({ type }) => type.startsWith(`${name}:`));
  }

  /** The components that a resource is part of, nearest first. */
  ancestors({ parent }: Resource): Resource[] {
    const found = parent === undefined ? undefined : this.#byUrn.get(parent);
    return found === undefined ? [] : [found, ...this.ancestors(found)];
  }

  /** Resources of a type whose property `key` is made from, or names, the target. */
  attachedTo(target: Resource, type: string, key: string): Resource[] {
    return this.ofType(type).filter((resource) => pointsTo(resource, key, target));
  }
}

/** Whether a property is made from a resource, or is its id, name or ARN. */
export function pointsTo(resource: Resource, key: string, target: Resource): boolean {
  if (resource.dependsOn[key]?.includes(target.urn)) return true;
  const value = resource.props[key];
  if (typeof value !== "string" || value === "") return false;
  return ["bucket", "name", "arn", "id"].some((own) => target.props[own] === value);
}

/** Reads a path such as `rule.defaultRetention.days` or `rules[0].id`; undefined where there is nothing. */
export function valueAt(value: Value | undefined, path: string): Value | undefined {
  let at: Value | undefined = value;
  for (const key of path.match(/[^.[\]]+/g) ?? []) {
    if (at === unknown || at === hidden) return at;
    if (typeof at !== "object" || at === null) return undefined;
    at = (at as { readonly [key: string]: Value })[key];
  }
  return at ?? undefined;
}

/** A list at a path; empty where there is none. */
export function listAt(value: Value | undefined, path: string): readonly Value[] {
  const found = valueAt(value, path);
  return Array.isArray(found) ? found : [];
}

/** An entry of a map such as labels, whose keys may have dots in them. */
export function entryOf(map: Value | undefined, key: string): Value | undefined {
  if (map === unknown || map === hidden) return map;
  return typeof map === "object" && map !== null ? (map as { readonly [key: string]: Value })[key] : undefined;
}

/** A value with all its parts as text, to look for what a filter or pattern names. */
export function textOf(value: Value | undefined): string {
  return JSON.stringify(value ?? "", (_, part) => (typeof part === "symbol" ? "" : part)) ?? "";
}

/** Text of a value, for people and reports. */
export function shown(value: Value | undefined): string {
  if (value === undefined) return "not set";
  if (value === unknown) return "known after up";
  if (value === hidden) return "a secret";
  const text =
    typeof value === "string"
      ? value
      : JSON.stringify(value, (_, part) => (typeof part === "symbol" ? shown(part as Value) : part));
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

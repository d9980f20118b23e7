/** Makes the request of a planned resource, by the table's row for its type. */
import { type PropertyMap, Secret, Unknown, type Value } from "aistack-engine";
import { itemOf, type Models, memberNamed, memberOf, type Shape } from "./models/shape";
import type { Row } from "./tables/row";

/** What the plan does not know: it stands for any value. */
export const unknown = Symbol("unknown");

export type Segment = string | number;

/** A part of a request: data, {@link unknown} where the plan knows no more. */
export type Part = string | number | boolean | typeof unknown | Part[] | { [member: string]: Part };

export interface Request {
  readonly call: string;
  readonly shape: Shape;
  readonly body: { [member: string]: Part };
  /** Where a part comes from, by its path in the request: a path in the resource's inputs. */
  readonly origins: ReadonlyMap<string, string>;
}

export interface Mapped {
  readonly requests: readonly Request[];
  /** Inputs that became a part of a request, those that the table ignores, and the rest; without indices. */
  readonly matched: ReadonlySet<string>;
  readonly ignored: ReadonlySet<string>;
  readonly unmatched: ReadonlySet<string>;
  /** The table's entries that were of use, such as `renames vpcConfig`. */
  readonly used: ReadonlySet<string>;
}

export interface Resource {
  readonly inputs: PropertyMap;
  readonly outputs: PropertyMap;
}

/** `Rules[0].Status`. */
export function pathOf(segments: readonly Segment[]): string {
  return segments.reduce<string>(
    (path, segment) =>
      typeof segment === "number" ? `${path}[${segment}]` : path === "" ? segment : `${path}.${segment}`,
    "",
  );
}

export function requestsOf(resource: Resource, row: Row, models: Models): Mapped {
  return new Mapping(row, models).map(resource);
}

class Mapping {
  readonly #requests = new Map<string, { body: { [member: string]: Part }; origins: Map<string, string> }>();
  readonly #matched = new Set<string>();
  readonly #ignored = new Set<string>();
  readonly #unmatched = new Set<string>();
  readonly #used = new Set<string>();
  readonly #row: Row;
  readonly #models: Models;

  constructor(row: Row, models: Models) {
    this.#row = row;
    this.#models = models;
  }

  map({ inputs, outputs }: Resource): Mapped {
    const { call, constants, names } = this.#row;
    const shape = this.#models.shape(call);
    this.#children(inputs, { input: "", key: "", call, shape, at: [] });
    for (const [member, value] of Object.entries(constants ?? {})) {
      // A constant belongs to what is beside it, such as the kind of thing that tags are for.
      const place = this.#resolve(member, { input: "", key: "", call, shape, at: [] });
      if (place.at.length === 1 || this.#has(call, place.at.slice(0, -1))) {
        this.#used.add(`constants ${member}`);
        this.#put(place, value);
      }
    }
    for (const [output, member] of Object.entries(names ?? {})) {
      const value = outputs[output];
      const place = this.#resolve(member, { input: "", key: output, call, shape, at: [] });
      if (this.#has(call, place.at) || value === undefined || value === null) continue;
      this.#used.add(`names ${output}`);
      this.#place(value, { ...place, input: `${output}, which the provider makes up,` });
    }
    const requests = [...this.#requests].map(([name, { body, origins }]) => ({
      call: name,
      shape: this.#models.shape(name),
      body,
      origins,
    }));
    const { matched, ignored, unmatched, used } = {
      matched: this.#matched,
      ignored: this.#ignored,
      unmatched: this.#unmatched,
      used: this.#used,
    };
    return { requests, matched, ignored, unmatched, used };
  }

  #children(values: { readonly [key: string]: Value }, parent: Place): void {
    for (const [name, value] of Object.entries(values)) {
      if (value === null || value === undefined) continue;
      const key = parent.key === "" ? name : `${parent.key}.${name}`;
      const input = parent.input === "" ? name : `${parent.input}.${name}`;
      const { ignored, renames, within } = this.#row;
      if (ignored?.[key] !== undefined) {
        this.#used.add(`ignored ${key}`);
        this.#ignored.add(key);
        continue;
      }
      const renamed = renames?.[key];
      if (renamed !== undefined) this.#used.add(`renames ${key}`);
      const own = memberNamed(parent.shape, name);
      const inner = within !== undefined && parent.key === "" ? this.#first(this.#resolve(within, parent)) : undefined;
      const deeper = inner && memberNamed(inner.shape, name);
      if (renamed !== undefined) this.#place(value, { ...this.#resolve(renamed, parent), key, input });
      else if (own !== undefined) this.#place(value, { ...this.#resolve(own, parent), key, input });
      else if (inner && deeper !== undefined) this.#place(value, { ...this.#resolve(deeper, inner), key, input });
      else this.#unmatched.add(key);
    }
  }

  /** The place that a path of members leads to from another. `other.Call#path` begins at the top of another call. */
  #resolve(path: string, from: Place): Place {
    const [other, rest] = path.includes("#") ? path.split("#") : [undefined, path];
    let { shape, at } = other === undefined ? from : { shape: this.#models.shape(other), at: [] as Segment[] };
    // Some calls take attributes as a map of texts, whatever they are.
    let text = false;
    for (const segment of (rest as string).split(".")) {
      if (shape.kind === "list") {
        shape = itemOf(shape);
        at = [...at, 0];
      }
      text = shape.kind === "map";
      if (text) shape = itemOf(shape);
      else shape = memberOf(shape, segment);
      at = [...at, segment];
    }
    return { ...from, call: other ?? from.call, shape, at, text };
  }

  /** The first item of a list, any other place itself. */
  #first(place: Place): Place {
    return place.shape.kind === "list" ? { ...place, shape: itemOf(place.shape), at: [...place.at, 0] } : place;
  }

  #place(value: Value, place: Place): void {
    const { shape, at, input } = place;
    if (value instanceof Secret) this.#place(value.reveal(), place);
    else if (value instanceof Unknown || value === null) this.#put(place, unknown);
    else if (shape.kind === "list") {
      const [name, content] = pairMembers(itemOf(shape));
      this.#put(place, []);
      if (isMap(value) && name !== undefined && content !== undefined && !(name.toLowerCase() in lowered(value))) {
        for (const [index, [key, entry]] of Object.entries(value).entries()) {
          const item = { ...place, input: `${input}[${JSON.stringify(key)}]` };
          this.#put({ ...item, at: [...at, index, name] }, key);
          this.#put({ ...item, at: [...at, index, content] }, plain(entry));
        }
        return;
      }
      // Where an API takes a list of at most one, the provider's SDK takes the thing itself.
      const items = Array.isArray(value) ? value : [value];
      for (const [index, item] of items.entries()) {
        const itemInput = Array.isArray(value) ? `${input}[${index}]` : input;
        this.#place(item, { ...place, input: itemInput, shape: itemOf(shape), at: [...at, index] });
      }
    } else if (Array.isArray(value) && shape.members?.has("Quantity") && shape.members.has("Items")) {
      // CloudFront's lists say how long they are.
      this.#put(place, {});
      this.#put({ ...place, at: [...at, "Quantity"] }, value.length);
      this.#place(value, { ...place, shape: memberOf(shape, "Items"), at: [...at, "Items"] });
    } else if (shape.kind === "structure" && Array.isArray(value) && value.length === 1) {
      // The other way round: a provider's block of which there may be one.
      this.#place(value[0] as Value, { ...place, input: `${input}[0]` });
    } else if (shape.kind === "structure" && isMap(value)) {
      this.#put(place, {});
      this.#children(value, place);
    } else if (shape.kind === "map" && isMap(value)) {
      this.#put(place, {});
      for (const [key, entry] of Object.entries(value)) {
        const inner = { input: `${input}[${JSON.stringify(key)}]`, at: [...at, key] };
        this.#place(entry, { ...place, ...inner, shape: itemOf(shape) });
      }
    } else this.#put(place, place.text ? String(value) : plain(value));
  }

  #put({ call, at, input, key }: Place, value: Part): void {
    const request = this.#requests.get(call) ?? { body: {}, origins: new Map<string, string>() };
    this.#requests.set(call, request);
    let node: Part = request.body;
    for (const [index, segment] of at.slice(0, -1).entries()) {
      const parent = node as { [member: string]: Part };
      parent[segment] ??= typeof at[index + 1] === "number" ? [] : {};
      node = parent[segment] as Part;
    }
    const parent = node as { [member: string]: Part };
    const last = at.at(-1) as Segment;
    // What a neighbour has begun is added to, not begun anew.
    if (typeof value !== "object" || !(last in parent)) parent[last] = value;
    if (input === "") return;
    request.origins.set(pathOf(at), input);
    if (typeof value !== "object") this.#matched.add(key);
  }

  #has(call: string, at: readonly Segment[]): boolean {
    let node: Part | undefined = this.#requests.get(call)?.body;
    for (const segment of at) node = (node as { [member: string]: Part } | undefined)?.[segment];
    return node !== undefined;
  }
}

interface Place {
  /** Path in the inputs, and the same without indices. */
  readonly input: string;
  readonly key: string;
  readonly call: string;
  readonly shape: Shape;
  readonly at: readonly Segment[];
  /** Numbers and booleans travel as text there. */
  readonly text?: boolean;
}

/** The two members of a pair such as `{ Key, Value }` or `{ TagKey, TagValue }`, which SDKs take as a map. */
function pairMembers(shape: Shape): [string?, string?] {
  const members = [...(shape.members?.keys() ?? [])];
  const ending = (end: string) => members.find((member) => member.toLowerCase().endsWith(end));
  return members.length === 2 ? [ending("key"), ending("value")] : [];
}

function isMap(value: Value): value is { readonly [key: string]: Value } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function lowered(value: { readonly [key: string]: Value }): { [key: string]: Value } {
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key.toLowerCase(), entry]));
}

function plain(value: Value): Part {
  if (value instanceof Secret) return plain(value.reveal());
  if (value instanceof Unknown || value === null) return unknown;
  if (Array.isArray(value)) return value.map(plain);
  if (!isMap(value)) return value as string | number | boolean;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]));
}

import { type PropertyMap, Secret, type Value } from "aistack-engine";
import { isList, isMap, propertyPath } from "../values";

/** What stands in a manifest in the place of every secret. */
export const secretPlaceholder = "aistack-secret-placeholder";

/** A value as it can stand in a file. */
export type Plain = null | boolean | number | string | Plain[] | { [key: string]: Plain };

export interface PlainObject {
  readonly content: { [key: string]: Plain };
  /** Paths of the secrets that a placeholder stands for. */
  readonly secrets: readonly string[];
  /** Paths of the values that only exist after `up`; the object is not complete without them. */
  readonly unknowns: readonly string[];
}

/**
 * The content of a manifest for the inputs of an object. No secret is in it: each string below a secret value is the
 * placeholder, and so is each entry of a Secret, whether Pulumi holds it secret or not. What is both secret and
 * unknown counts as unknown, as its shape is, but for the entries of a Secret.
 */
export function plainObject(inputs: PropertyMap): PlainObject {
  const walk = new Walk();
  const isSecretKind = inputs.apiVersion === "v1" && inputs.kind === "Secret";
  const content: { [key: string]: Plain } = {};
  for (const [key, value] of Object.entries(inputs)) {
    const encode = isSecretKind ? encodings.get(key) : undefined;
    content[key] = encode === undefined ? walk.plain(value, key) : walk.secretData(value, key, encode);
  }
  return { content, secrets: walk.secrets, unknowns: walk.unknowns };
}

/** The fields of a Secret with the secrets, and how these are written there. */
const encodings: ReadonlyMap<string, (text: string) => string> = new Map([
  ["data", (text) => Buffer.from(text).toString("base64")],
  ["stringData", (text) => text],
]);

/** Placeholders for entries of a Secret that the API server reads: image pull secrets must be JSON. */
const dataPlaceholders: ReadonlyMap<string, string> = new Map([
  [".dockerconfigjson", JSON.stringify({ auths: { [secretPlaceholder]: {} } })],
  [".dockercfg", JSON.stringify({ [secretPlaceholder]: {} })],
]);

class Walk {
  readonly secrets: string[] = [];
  readonly unknowns: string[] = [];

  plain(value: Value, path: string): Plain {
    if (value instanceof Secret) {
      this.secrets.push(path);
      return this.masked(value, path);
    }
    return this.children(value, path, (child, at) => this.plain(child, at)) ?? this.leaf(value, path);
  }

  /** `data` or `stringData` of a Secret: every entry is a string, known or not, and none of them is shown. */
  secretData(value: Value, path: string, encode: (text: string) => string): Plain {
    this.secrets.push(path);
    const map = value instanceof Secret ? value.reveal() : value;
    if (!isMap(map)) return this.masked(map, path);
    return Object.fromEntries(
      Object.keys(map).map((key) => [key, encode(dataPlaceholders.get(key) ?? secretPlaceholder)]),
    );
  }

  /** The shape of a secret without its values; a number stays a number, so that the object stays valid. */
  private masked(value: Value, path: string): Plain {
    if (value instanceof Secret) return this.masked(value.reveal(), path);
    const inside = this.children(value, path, (child, at) => this.masked(child, at));
    if (inside !== undefined) return inside;
    const leaf = this.leaf(value, path);
    if (typeof leaf === "string") return secretPlaceholder;
    if (typeof leaf === "number") return 0;
    return typeof leaf === "boolean" ? false : leaf;
  }

  /** A list or map with each of its values converted; undefined for anything else. */
  private children(value: Value, path: string, convert: (child: Value, path: string) => Plain): Plain | undefined {
    if (isList(value)) return value.map((item, index) => convert(item, propertyPath(path, index)));
    if (!isMap(value)) return undefined;
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => [key, convert(entry, propertyPath(path, key))]),
    );
  }

  private leaf(value: Value, path: string): null | boolean | number | string {
    if (typeof value !== "object" || value === null) return value;
    this.unknowns.push(path);
    return null;
  }
}

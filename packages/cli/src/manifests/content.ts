import { type PropertyMap, Secret, Unknown, type Value } from "aistack-engine";
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
 * The content of a manifest for the inputs of an object. No secret is in it: each string below a secret value, and
 * in `data` and `stringData` of a Secret whether Pulumi holds it secret or not, is the placeholder.
 */
export function plainObject(inputs: PropertyMap): PlainObject {
  const walk = new Walk();
  const isSecretKind = inputs.apiVersion === "v1" && inputs.kind === "Secret";
  const content: { [key: string]: Plain } = {};
  for (const [key, value] of Object.entries(inputs)) {
    if (isSecretKind && (key === "data" || key === "stringData")) {
      content[key] = walk.secret(value, key, key === "data" ? base64Placeholder : textPlaceholder);
    } else {
      content[key] = walk.plain(value, key);
    }
  }
  return { content, secrets: walk.secrets, unknowns: walk.unknowns };
}

type Placeholder = (key: string) => string;
const textPlaceholder: Placeholder = (key) => {
  // The API server refuses image pull secrets that are not JSON.
  if (key === ".dockerconfigjson") return JSON.stringify({ auths: { [secretPlaceholder]: {} } });
  if (key === ".dockercfg") return JSON.stringify({ [secretPlaceholder]: {} });
  return secretPlaceholder;
};
const base64Placeholder: Placeholder = (key) => Buffer.from(textPlaceholder(key)).toString("base64");

class Walk {
  readonly secrets: string[] = [];
  readonly unknowns: string[] = [];

  plain(value: Value, path: string): Plain {
    if (value instanceof Secret) return this.secret(value, path, textPlaceholder);
    if (value instanceof Unknown) {
      this.unknowns.push(path);
      return null;
    }
    if (isList(value)) return value.map((item, index) => this.plain(item, propertyPath(path, index)));
    if (!isMap(value)) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => [key, this.plain(entry, propertyPath(path, key))]),
    );
  }

  secret(value: Value, path: string, placeholder: Placeholder): Plain {
    this.secrets.push(path);
    return masked(value, "", placeholder);
  }
}

/** The shape of a secret without its values: an object stays valid, as a number stays a number. */
function masked(value: Value, key: string, placeholder: Placeholder): Plain {
  if (value instanceof Secret) return masked(value.reveal(), key, placeholder);
  if (isList(value)) return value.map((item) => masked(item, key, placeholder));
  if (isMap(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, masked(entry, name, placeholder)]));
  }
  if (typeof value === "number") return 0;
  if (typeof value === "boolean") return false;
  return value === null ? null : placeholder(key);
}

/**
 * Between Pulumi's wire format (protobuf Structs with signed envelopes) and the values of a graph.
 *
 * A Struct is read field by field, without building the JavaScript object that `toJavaScript` would: that is the
 * engine's hot path.
 */
import { type PropertyMap, Secret, Unknown, unknown, type Value } from "../graph";

/** Stands for an unknown value on the wire. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/** The key that marks an envelope; its value says which kind. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const ASSET = "c44067f5952c0a294b673a41bacd8c17";
const ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";
const RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e";
const OUTPUT_VALUE = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type WireMap = { [key: string]: Json };

/** The part of `google.protobuf.Struct` that is read here; google-protobuf has no types of its own. */
export interface ProtoStruct {
  getFieldsMap(): { forEach(visit: (value: ProtoValue, key: string) => void): void };
  toJavaScript(): WireMap;
}
interface ProtoValue {
  getKindCase(): number;
  getNumberValue(): number;
  getStringValue(): string;
  getBoolValue(): boolean;
  getStructValue(): ProtoStruct;
  getListValue(): { getValuesList(): ProtoValue[] };
}

/** `{ $resource: urn }`, `{ $asset: ... }` and `{ $archive: ... }`: classes, so that a user's own map is never taken for one. */
export class ResourceReference {
  [key: string]: Value;
  constructor(readonly $resource: string) {}
}
export class Asset {
  [key: string]: Value;
  constructor(readonly $asset: PropertyMap) {}
}
export class Archive {
  [key: string]: Value;
  constructor(readonly $archive: PropertyMap) {}
}

/** What a decoded map holds besides plain JSON. A map without any can go back on the wire as it is. */
export class Decoder {
  plain = true;
  hasUnknowns = false;

  constructor(private readonly onSecret: (value: Value) => void) {}

  map(struct: ProtoStruct | undefined): PropertyMap {
    const result: Record<string, Value> = {};
    struct?.getFieldsMap().forEach((value, key) => {
      result[key] = this.value(value);
    });
    return result;
  }

  value(value: ProtoValue): Value {
    switch (value.getKindCase()) {
      case 2:
        return value.getNumberValue();
      case 3:
        return this.text(value.getStringValue());
      case 4:
        return value.getBoolValue();
      case 5:
        return this.struct(value.getStructValue());
      case 6:
        return value
          .getListValue()
          .getValuesList()
          .map((item) => this.value(item));
      default:
        return null;
    }
  }

  private text(value: string): Value {
    if (value !== UNKNOWN) return value;
    this.plain = false;
    this.hasUnknowns = true;
    return unknown;
  }

  private struct(struct: ProtoStruct): Value {
    const fields = this.map(struct) as Record<string, Value>;
    const signature = fields[SIGNATURE];
    if (signature === undefined) return fields;
    this.plain = false;
    delete fields[SIGNATURE];
    switch (signature) {
      case SECRET:
        return this.secret(fields.value ?? null);
      case RESOURCE:
        return new ResourceReference(String(fields.urn));
      case ASSET:
        return new Asset(withoutMarkers(fields));
      case ARCHIVE:
        return new Archive(withoutMarkers(fields));
      case OUTPUT_VALUE: {
        if (fields.value === undefined) this.hasUnknowns = true;
        const inner = fields.value ?? unknown;
        return fields.secret === true ? this.secret(inner) : inner;
      }
      default:
        throw new Error(`The program sent a value with the unrecognized signature '${String(signature)}'.`);
    }
  }

  private secret(value: Value): Secret {
    this.onSecret(value);
    return value instanceof Secret ? value : new Secret(value);
  }
}

/** The SDK's private fields of an asset go over the wire with the others. */
function withoutMarkers(fields: PropertyMap): PropertyMap {
  return Object.fromEntries(Object.entries(fields).filter(([key]) => !key.startsWith("__")));
}

/** The wire form of a graph's value. `idOf` finds the id of a referenced resource; undefined while it is unknown. */
export function encode(value: Value, idOf: (urn: string) => string | undefined): Json {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map((item) => encode(item, idOf));
  if (value instanceof Unknown) return UNKNOWN;
  if (value instanceof Secret) return { [SIGNATURE]: SECRET, value: encode(value.reveal(), idOf) };
  if (value instanceof ResourceReference) {
    return { [SIGNATURE]: RESOURCE, urn: value.$resource, id: idOf(value.$resource) ?? UNKNOWN };
  }
  if (value instanceof Asset) return { [SIGNATURE]: ASSET, ...encodeMap(value.$asset, idOf) };
  if (value instanceof Archive) return { [SIGNATURE]: ARCHIVE, ...encodeMap(value.$archive, idOf) };
  return encodeMap(value as PropertyMap, idOf);
}

export function encodeMap(map: PropertyMap, idOf: (urn: string) => string | undefined): WireMap {
  const result: WireMap = {};
  for (const [key, value] of Object.entries(map)) result[key] = encode(value, idOf);
  return result;
}

/** True when the value, or anything in it, is unknown. */
export function holdsUnknown(value: Value): boolean {
  if (value instanceof Unknown) return true;
  if (value instanceof Secret) return holdsUnknown(value.reveal());
  if (value === null || typeof value !== "object") return false;
  return Object.values(value).some(holdsUnknown);
}

/** Google Cloud: the discovery documents inside google-api-python-client, one a version of an API. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { packageFolder } from "./installed";
import type { Models, Shape } from "./shape";

interface Document {
  readonly schemas: Readonly<Record<string, Schema>>;
  readonly resources?: Readonly<Record<string, Resource>>;
}

interface Resource {
  readonly methods?: Readonly<Record<string, Method>>;
  readonly resources?: Readonly<Record<string, Resource>>;
}

interface Method {
  readonly id: string;
  readonly request?: { readonly $ref: string };
  readonly parameters?: Readonly<Record<string, Schema>>;
}

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minimum?: string;
  readonly maximum?: string;
  /** Of a property: the methods that want it. */
  readonly annotations?: { readonly required?: readonly string[] };
}

export class GcpModels implements Models {
  readonly #folder = join(packageFolder("googleapiclient"), "discovery_cache", "documents");
  readonly #documents = new Map<string, Document>();

  /** `container.v1.projects.locations.clusters.create`, or a schema: `container.v1.Cluster`. */
  shape(name: string): Shape {
    const [api = "", version = "", ...path] = name.split(".");
    const document = this.#document(`${api}.${version}`);
    const member = path.at(-1) ?? "";
    const schema = path.length === 1 ? document.schemas[member] : undefined;
    if (schema) return shapeOf(document, member, schema);
    const parent = path.slice(0, -1).reduce<Resource | undefined>((at, part) => at?.resources?.[part], document);
    const method = parent?.methods?.[member];
    if (!method)
      throw new Error(`the discovery document of ${api} ${version} has no method or schema ${path.join(".")}`);
    // Some of what a call takes is in its address.
    const body = document.schemas[method.request?.$ref ?? ""];
    const properties = { ...method.parameters, ...body?.properties };
    return shapeOf(document, name, { type: "object", properties }, method.id);
  }

  #document(name: string): Document {
    const known = this.#documents.get(name);
    if (known) return known;
    const file = join(this.#folder, `${name}.json`);
    if (!existsSync(file)) throw new Error(`google-api-python-client has no discovery document of ${name}`);
    const document = JSON.parse(readFileSync(file, "utf8")) as Document;
    this.#documents.set(name, document);
    return document;
  }
}

function shapeOf(document: Document, name: string, schema: Schema, method?: string): Shape {
  if (schema.$ref !== undefined) return shapeOf(document, schema.$ref, document.schemas[schema.$ref] as Schema, method);
  const { properties, additionalProperties, items } = schema;
  const item = items ?? additionalProperties;
  const isRequired = ([, { annotations }]: [string, Schema]) =>
    method !== undefined && (annotations?.required ?? []).includes(method);
  return {
    name,
    kind: kindOf(schema),
    members:
      properties &&
      new Map(Object.entries(properties).map(([key, of]) => [key, () => shapeOf(document, key, of, method)])),
    required: Object.entries(properties ?? {}).flatMap((entry) => (isRequired(entry) ? [entry[0]] : [])),
    item: item && (() => shapeOf(document, name, item, method)),
    enum: schema.enum,
    pattern: schema.pattern,
    min: numberOf(schema.minimum),
    max: numberOf(schema.maximum),
  };
}

function kindOf({ type, format, properties, additionalProperties }: Schema): Shape["kind"] {
  if (type === "object" || properties) return additionalProperties && !properties ? "map" : "structure";
  if (type === "array") return "list";
  // 64-bit integers travel as strings.
  if (format === "int64" || format === "uint64" || type === "integer") return "integer";
  return type === "string" || type === "number" || type === "boolean" ? type : "any";
}

function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}

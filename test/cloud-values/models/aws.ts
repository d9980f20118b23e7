/** AWS: the service models inside botocore, one `service-2.json` a service. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { packageFolder } from "./installed";
import type { Models, Shape } from "./shape";

interface ServiceModel {
  readonly metadata: { readonly endpointPrefix: string; readonly signingName?: string };
  readonly operations: Readonly<Record<string, { readonly input?: { readonly shape: string } }>>;
  readonly shapes: Readonly<Record<string, ModelShape>>;
}

interface ModelShape {
  readonly type: string;
  readonly members?: Readonly<Record<string, { readonly shape: string }>>;
  readonly required?: readonly string[];
  readonly member?: { readonly shape: string };
  readonly key?: { readonly shape: string };
  readonly value?: { readonly shape: string };
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly min?: number;
  readonly max?: number;
}

const kinds: Readonly<Record<string, Shape["kind"]>> = {
  structure: "structure",
  list: "list",
  map: "map",
  string: "string",
  integer: "integer",
  long: "integer",
  float: "number",
  double: "number",
  boolean: "boolean",
  timestamp: "any",
  blob: "any",
};

export class AwsModels implements Models {
  readonly #data = join(packageFolder("botocore"), "data");
  readonly #services = new Map<string, ServiceModel>();
  #prefixes: ReadonlyMap<string, readonly string[]> | undefined;

  shape(name: string): Shape {
    const [service = "", member = ""] = name.split(".");
    const model = this.#service(service);
    const shape = model.operations[member]?.input?.shape ?? member;
    if (!(shape in model.shapes)) throw new Error(`botocore's model of ${service} has no operation or shape ${member}`);
    return shapeOf(model, shape);
  }

  /** The operations that an IAM prefix such as `kms` stands for; undefined where no service has that prefix. */
  operations(prefix: string): ReadonlySet<string> | undefined {
    // Most services lie in a folder of their prefix. To know them all, every model has to be read.
    const own = this.#names().includes(prefix)
      ? [prefix].filter((name) => prefixOf(this.#service(name)) === prefix)
      : [];
    const services = own.length > 0 ? own : this.#all().get(prefix);
    return services && new Set(services.flatMap((name) => Object.keys(this.#service(name).operations)));
  }

  #names(): string[] {
    return readdirSync(this.#data, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [entry.name] : [],
    );
  }

  #all(): ReadonlyMap<string, readonly string[]> {
    if (this.#prefixes === undefined) {
      const found = new Map<string, string[]>();
      for (const name of this.#names()) {
        const prefix = prefixOf(this.#service(name));
        found.set(prefix, [...(found.get(prefix) ?? []), name]);
      }
      this.#prefixes = found;
    }
    return this.#prefixes;
  }

  #service(name: string): ServiceModel {
    const known = this.#services.get(name);
    if (known) return known;
    const folder = join(this.#data, name);
    if (!existsSync(folder)) throw new Error(`botocore has no model of a service ${name}`);
    const version = readdirSync(folder).sort().at(-1) ?? "";
    const file = join(folder, version, "service-2.json");
    const text = existsSync(file) ? readFileSync(file) : gunzipSync(readFileSync(`${file}.gz`));
    const model = JSON.parse(text.toString("utf8")) as ServiceModel;
    this.#services.set(name, model);
    return model;
  }
}

/** CloudWatch is the one service in use that IAM calls by another name than its endpoint and its signatures. */
function prefixOf({ metadata }: ServiceModel): string {
  const prefix = metadata.signingName ?? metadata.endpointPrefix;
  return prefix === "monitoring" ? "cloudwatch" : prefix;
}

function shapeOf(model: ServiceModel, name: string): Shape {
  const { type, members, required, member, key, value, ...limits } = model.shapes[name] as ModelShape;
  const kind = kinds[type];
  if (kind === undefined) throw new Error(`the shape ${name} is of a type that is not known here: ${type}`);
  const item = member ?? value;
  const named = (of: { shape: string }) => () => shapeOf(model, of.shape);
  return {
    name,
    kind,
    members: members && new Map(Object.entries(members).map(([child, of]) => [child, named(of)])),
    required,
    item: item && named(item),
    key: key && named(key),
    enum: limits.enum,
    // SageMaker writes "$" before the count of characters of some.
    pattern: limits.pattern?.replace(/\$(\{\d+,\d+\})$/, "$1"),
    min: limits.min,
    max: limits.max,
  };
}

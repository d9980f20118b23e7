/** What a rule sees of the resource whose outputs it derives. */
import { createHash } from "node:crypto";
import { accountOf, regionOf } from "../answers/aws";
import { partitionOf } from "../answers/aws-regions";
import type { World } from "../answers/world";
import { holdsUnknown } from "../core/wire";
import { type PlannedResource, type PropertyMap, Secret, Unknown, type Value } from "../graph";

/** Derived outputs; one that is undefined stays unknown. `id` is the provider's id. */
export type Outputs = { readonly [key: string]: Value | undefined };
export type Rule = (resource: Subject) => Outputs;
export type Rules = Readonly<Record<string, Rule>>;

export class Subject {
  /** Set once a secret input has been used: whatever is derived is then secret too. */
  usedSecret = false;

  constructor(
    private readonly resource: PlannedResource,
    readonly world: World,
  ) {}

  get name(): string {
    return this.resource.name;
  }
  get type(): string {
    return this.resource.type;
  }
  /** That of a resource that is read or imported. */
  get existingId(): string | undefined {
    return this.resource.id;
  }

  has(key: string): boolean {
    return this.resource.inputs[key] !== undefined;
  }

  /** An input in plain form; undefined when it is absent or holds an unknown. */
  input(key: string): Value | undefined {
    const value = this.resource.inputs[key];
    if (value === undefined || holdsUnknown(value)) return undefined;
    return this.plain(value);
  }

  text(key: string): string | undefined {
    const value = this.input(key);
    return typeof value === "string" ? value : undefined;
  }

  number(key: string): number | undefined {
    const value = this.input(key);
    return typeof value === "number" ? value : undefined;
  }

  /** A plain input of the explicit provider. */
  providerInput(key: string): string | undefined {
    const value = this.world.providerInputs(this.resource.provider)[key];
    return typeof value === "string" ? value : undefined;
  }

  /** A map as it is given, unknown and secret members included; undefined when it is none. */
  map(key: string): PropertyMap | undefined {
    const value = this.resource.inputs[key];
    const isMap = value !== null && typeof value === "object" && !Array.isArray(value);
    return isMap && !(value instanceof Unknown) && !(value instanceof Secret) ? (value as PropertyMap) : undefined;
  }

  /** A list of maps as it is given; undefined when it is none. */
  maps(key: string): PropertyMap[] | undefined {
    const value = this.resource.inputs[key];
    const isMap = (item: Value) =>
      item !== null && typeof item === "object" && !(item instanceof Unknown) && !(item instanceof Secret);
    return Array.isArray(value) && value.every(isMap) ? (value as PropertyMap[]) : undefined;
  }

  private plain(value: Value): Value {
    if (value instanceof Secret) {
      this.usedSecret = true;
      return this.plain(value.reveal());
    }
    if (Array.isArray(value)) return value.map((item) => this.plain(item));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.plain(item)]));
  }

  /** The given name, else one made as the provider's auto-naming does, the random part being derived from the URN. */
  named(key = "name", suffix = ""): string | undefined {
    if (this.has(key)) return this.text(key);
    const prefix = this.has(`${key}Prefix`) ? this.text(`${key}Prefix`) : `${this.name}-`;
    return known`${prefix}${this.hex(7, key)}${suffix}`;
  }

  /** Bytes that are always the same for this resource and purpose. */
  bytes(count: number, purpose: string): Buffer {
    const blocks: Buffer[] = [];
    for (let block = 0; block * 32 < count; block++) {
      blocks.push(createHash("sha256").update(`${this.resource.urn}\n${purpose}\n${block}`).digest());
    }
    return Buffer.concat(blocks).subarray(0, count);
  }

  hex(digits: number, purpose: string): string {
    return this.bytes(Math.ceil(digits / 2), purpose)
      .toString("hex")
      .slice(0, digits);
  }

  uuid(purpose: string): string {
    const digits = this.hex(32, purpose);
    const variant = "89ab"[Number.parseInt(digits[16] as string, 16) % 4];
    const parts = [digits.slice(0, 8), digits.slice(8, 12), `4${digits.slice(13, 16)}`];
    return [...parts, `${variant}${digits.slice(17, 20)}`, digits.slice(20)].join("-");
  }

  get region(): string | undefined {
    if (this.has("region")) return this.text("region");
    return regionOf(this.world, undefined, this.resource.provider);
  }
  get account(): string {
    return accountOf(this.world);
  }
  /** Without a region, the common one: it only matters to the few services that have none. */
  get partition(): string {
    return partitionOf(this.region ?? "").name;
  }
  get dnsSuffix(): string {
    return partitionOf(this.region ?? "").dnsSuffix;
  }

  /** An ARN with this resource's partition, region and account. */
  arn(service: string, path: string | undefined): string | undefined {
    return known`arn:${this.partition}:${service}:${this.region}:${this.account}:${path}`;
  }

  /** An ARN of a service that has no regions. */
  globalArn(service: string, path: string | undefined): string | undefined {
    return known`arn:${this.partition}:${service}::${this.account}:${path}`;
  }
}

/** A text whose parts must all be known. */
export function known(
  texts: TemplateStringsArray,
  ...parts: readonly (string | number | undefined)[]
): string | undefined {
  return parts.includes(undefined) ? undefined : String.raw({ raw: texts }, ...parts);
}

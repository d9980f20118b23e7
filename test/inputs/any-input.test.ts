/**
 * Any input of the types in a component's schema is either planned or refused with the paths of what is wrong; nothing
 * crashes, nothing hangs, and no secret gets into a message. `AISTACK_INPUTS=10000` tries more than the 500 of `npm test`.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import * as aws from "aistack-aws";
import * as edge from "aistack-edge";
import { PlanError, plan } from "aistack-engine";
import * as gcp from "aistack-gcp";
import * as kubernetes from "aistack-kubernetes";
import fc from "fast-check";
import { root } from "../programs";

const total = Number(process.env.AISTACK_INPUTS ?? 500);
/** The same inputs in every run, unless told otherwise. */
const seed = Number(process.env.AISTACK_INPUTS_SEED ?? 1);

interface Property {
  type?: string;
  $ref?: string;
  items?: Property;
  additionalProperties?: Property;
  plain?: boolean;
}

interface Schema {
  resources: { [token: string]: { inputProperties: { [name: string]: Property }; requiredInputs?: string[] } };
  types: {
    [token: string]: { properties?: { [name: string]: Property }; enum?: { value: string }[]; required?: string[] };
  };
}

type Component = new (name: string, args: object) => pulumi.ComponentResource;

/** A value that is an output in the program: made there, since an output belongs to one run. */
class Later {
  constructor(
    readonly value: unknown,
    readonly secret: boolean,
  ) {}
}

/** Text that stands in every secret and must stand in no message. */
const marker = "do-not-show-this";

/** Texts that some argument takes, so that inputs get past the first check. */
const plausible = [
  "gp3",
  "4Gi",
  "500m",
  "0 3 * * *",
  "10.0.0.0/16",
  "203.0.113.7/32",
  "eu-west-1a",
  "/health",
  "app",
  "1.35",
  "{}",
  "192.0.2.10",
  "s3:GetObject",
  "arn:aws:s3:::bucket/*",
  "arn:aws:kms:eu-west-1:123456789012:key/1234",
  "europe-west4-a",
  "c3-standard-8",
  "roles/storage.objectViewer",
  "//storage.googleapis.com/projects/_/buckets/b",
  "Qwen/Qwen3-4B",
];

const text = fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...plausible) }, fc.string());
const number = fc.oneof(
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 400 }) },
  fc.integer({ min: -5, max: 70_000 }),
  fc.double(),
);

function arbitrary(schema: Schema, property: Property, depth = 0): fc.Arbitrary<unknown> {
  const plain = ofType(schema, property, depth);
  if (property.plain) return plain;
  const hidden = property.type === "string" ? fc.constant(marker) : plain;
  return fc.oneof(
    { weight: 6, arbitrary: plain },
    { weight: 1, arbitrary: plain.map((value) => new Later(value, false)) },
    { weight: 1, arbitrary: hidden.map((value) => new Later(value, true)) },
  );
}

function ofType(schema: Schema, property: Property, depth: number): fc.Arbitrary<unknown> {
  if (property.type === "string") return text;
  if (property.type === "number" || property.type === "integer") return number;
  if (property.type === "boolean") return fc.boolean();
  if (property.items)
    return fc.array(arbitrary(schema, property.items, depth + 1), { minLength: depth === 0 ? 1 : 0, maxLength: 3 });
  if (property.additionalProperties)
    return fc.dictionary(
      fc.constantFrom("a", "B_1", "kubernetes.io/x"),
      arbitrary(schema, property.additionalProperties, depth + 1),
      { maxKeys: 2 },
    );
  const type = schema.types[(property.$ref ?? "").replace("#/types/", "")];
  if (type?.enum)
    return fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...type.enum.map((row) => row.value)) }, text);
  if (type?.properties) return record(schema, type.properties, type.required ?? [], depth + 1);
  throw new Error(`the schema has a property of an unknown form: ${JSON.stringify(property)}`);
}

/** An object with all that is required and a few of the rest. */
function record(
  schema: Schema,
  properties: { [name: string]: Property },
  required: string[],
  depth: number,
): fc.Arbitrary<object> {
  const chance = depth === 0 ? 3 : 2;
  const values = Object.entries(properties).map(([name, property]) => {
    const value = arbitrary(schema, property, depth);
    return [
      name,
      required.includes(name) ? value : fc.oneof({ weight: chance, arbitrary: fc.constant(undefined) }, value),
    ] as const;
  });
  return fc.record(Object.fromEntries(values)).map((args) => given(args));
}

/** Leaves out what is undefined, as a person would. */
function given(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined));
}

/** Turns what comes later into outputs. */
function materialised(value: unknown): unknown {
  if (value instanceof Later) {
    const inner = materialised(value.value);
    return value.secret ? pulumi.secret(inner) : pulumi.output(inner);
  }
  if (Array.isArray(value)) return value.map(materialised);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, materialised(field)]));
}

const cases = Object.entries({ aws, edge, gcp, kubernetes }).flatMap(([name, module]) => {
  const schema: Schema = JSON.parse(readFileSync(join(root, "packages", name, "schema.json"), "utf8"));
  return Object.entries(schema.resources).map(([token, resource]) => {
    const component = (module as unknown as { [name: string]: Component })[
      token.split(":").at(-1) as string
    ] as Component;
    return { token, component, schema, resource };
  });
});

test.each(cases)(
  "$token",
  async ({ token, component, schema, resource }) => {
    const { inputProperties, requiredInputs = [] } = resource;
    const outcomes = { planned: 0, refused: 0 };
    await fc.assert(
      fc.asyncProperty(record(schema, inputProperties, requiredInputs, 0), async (args) => {
        try {
          await plan(() => void new component("thing", materialised(args) as object), {
            config: { "aws:region": "eu-west-1", "gcp:project": "my-project", "gcp:region": "europe-west4" },
            timeoutMs: 20_000,
          });
          outcomes.planned++;
        } catch (error) {
          outcomes.refused++;
          if (!(error instanceof PlanError) || error.kind !== "input") throw error;
          expect(error.message).not.toContain(marker);
          const roots = (error.faults ?? []).map((fault) => fault.propertyPath.split(/[.[]/)[0] as string);
          expect(roots.length).toBeGreaterThan(0);
          expect(roots.filter((path) => path !== "name" && !(path in inputProperties))).toEqual([]);
        }
      }),
      { numRuns: Math.ceil(total / cases.length), seed, endOnFailure: true },
    );
    console.log(`${token}: ${outcomes.planned} planned, ${outcomes.refused} refused`);
  },
  30 * 60_000,
);

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../programs";

// The SDK's own tools behind `pulumi package add`. They are internal, so their types are stated here.
const { Analyzer } = require("@pulumi/pulumi/provider/experimental/analyzer");
const { getPulumiComponents } = require("@pulumi/pulumi/provider/experimental/provider");
const { generateSchema } = require("@pulumi/pulumi/provider/experimental/schema");

/** The schema that other languages get for a package; the package's components must be such that there is one. */
function schemaOf(folder: string, components: { name: string }[]): string {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const names = new Set(components.map(({ name }) => name));
  const found = new Analyzer(folder, manifest.name, manifest, names).analyze();
  const { version, description, name } = manifest;
  const schema = generateSchema(
    name,
    version,
    description,
    found.components,
    found.typeDefinitions,
    found.dependencies,
  );
  return `${JSON.stringify(schema, null, 2)}\n`;
}

describe.each(["aws", "edge", "gcp", "kubernetes"])("package aistack-%s", (name) => {
  const folder = join(root, "packages", name);
  const components: { name: string }[] = getPulumiComponents(require(`aistack-${name}`));

  test("can be used from every language, and its schema.json says how; UPDATE_SCHEMA=1 writes it anew", () => {
    expect(components.length).toBeGreaterThan(0);
    const schema = schemaOf(folder, components);
    const file = join(folder, "schema.json");
    if (process.env.UPDATE_SCHEMA) writeFileSync(file, schema);
    expect(schema).toBe(readFileSync(file, "utf8"));
  }, 60_000);

  test("says the purpose of every component and every argument", () => {
    const schema = JSON.parse(readFileSync(join(folder, "schema.json"), "utf8"));
    const silent = [...Object.entries(schema.resources), ...Object.entries(schema.types)].flatMap(([type, own]) => {
      const { description, inputProperties, properties } = own as {
        description?: string;
        inputProperties?: { [name: string]: { description?: string } };
        properties?: { [name: string]: { description?: string } };
      };
      const fields = Object.entries({ ...properties, ...inputProperties }).filter(([, field]) => !field.description);
      const itself = inputProperties && !description ? [type] : [];
      return [...itself, ...fields.map(([field]) => `${type}.${field}`)];
    });
    expect(silent).toEqual([]);
  });

  test("can be added by `pulumi package add`", () => {
    expect(readFileSync(join(folder, "PulumiPlugin.yaml"), "utf8")).toMatch(/^runtime: nodejs$/m);
    // Pulumi loads the package's entry point and takes the classes that it exports.
    const { main } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const built: { name: string }[] = getPulumiComponents(require(join(folder, main)));
    expect(built.map((component) => component.name).sort()).toEqual(components.map(({ name }) => name).sort());
  });
});

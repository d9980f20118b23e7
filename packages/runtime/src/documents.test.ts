/** What the runtime emits, against the vendors' own documents: definitions of custom resources and values of charts. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SharingStrategy } from "aistack-core";
import type { Graph } from "aistack-engine";
import Ajv, { type ValidateFunction } from "ajv";
import { parse, parseAllDocuments } from "yaml";
import { cpu, flex, h100, inputs, planned } from "./testing";

const shared = join(__dirname, "../../../../shared");
/** The documents are kept beside the repository; without them there is nothing to compare with. */
const withDocuments = existsSync(shared) ? describe : describe.skip;
const reason = existsSync(shared) ? "" : ` (skipped: ${shared} is absent)`;

interface Schema {
  properties?: { [name: string]: Schema };
  additionalProperties?: boolean | Schema;
  items?: Schema;
  "x-kubernetes-preserve-unknown-fields"?: boolean;
}

/** The schema, with fields that it does not name forbidden, as the API server drops them. */
function closed(schema: Schema): Schema {
  const { properties, additionalProperties, items } = schema;
  return {
    ...schema,
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, own]) => [name, closed(own)])),
      additionalProperties: schema["x-kubernetes-preserve-unknown-fields"] ?? additionalProperties ?? false,
    }),
    ...(items && { items: closed(items) }),
  };
}

/** Validators of a project's custom resources by kind, for the version that is used here. */
function validators(file: string, version: string, kinds: string[]): Map<string, ValidateFunction> {
  const ajv = new Ajv({
    strict: false,
    validateFormats: false,
    allErrors: true,
    // Go's regular expressions take flags within the pattern.
    code: {
      regExp: Object.assign(
        (pattern: string) => new RegExp(pattern.replace("(?i)", ""), pattern.includes("(?i)") ? "i" : undefined),
        { code: "" },
      ),
    },
  });
  const found = new Map<string, ValidateFunction>();
  for (const document of parseAllDocuments(readFileSync(join(shared, "crds", file), "utf8"))) {
    const definition = document.toJS();
    const served = definition?.spec.versions.find((row: { name: string }) => row.name === version);
    if (!served || !kinds.includes(definition.spec.names.kind)) continue;
    const schema = closed(served.schema.openAPIV3Schema);
    // The API server itself knows what metadata is; the definition only says that it is an object.
    found.set(
      definition.spec.names.kind,
      ajv.compile({ ...schema, properties: { ...schema.properties, metadata: {} } }),
    );
  }
  return found;
}

const everything = () =>
  planned({
    pools: [
      h100,
      cpu,
      flex,
      { ...h100, name: "slices", sharing: { strategy: SharingStrategy.TimeSlicing, replicas: 4 } },
    ],
    teams: [
      { name: "vision", quota: [{ pool: "h100", count: 8 }], groups: ["vision"] },
      {
        name: "speech",
        quota: [
          { pool: "cpu", count: 8 },
          { pool: "flex", count: 8 },
        ],
        borrow: false,
        priority: 50,
      },
    ],
    mirror: { images: "registry.local/mirror" },
    neuronPlugin: true,
    gpu: {
      driverDirectory: "/home/kubernetes/bin/nvidia",
      toolkitDirectory: "/home/kubernetes/bin/nvidia",
      toolkitEnvironment: { CONTAINERD_SOCKET: "/run/k3s/containerd/containerd.sock" },
      devicePluginEnvironment: { DEVICE_LIST_STRATEGY: "cdi-cri" },
    },
  });

withDocuments(`custom resources${reason}`, () => {
  let graph: Graph;
  let kueue: Map<string, ValidateFunction>;
  const kinds = [
    "AdmissionCheck",
    "ClusterQueue",
    "LocalQueue",
    "ProvisioningRequestConfig",
    "ResourceFlavor",
    "Topology",
    "WorkloadPriorityClass",
  ];
  beforeAll(async () => {
    graph = await everything();
    kueue = validators("kueue.yaml", "v1beta2", kinds);
  });

  test("are what Kueue's definitions allow, without a field that these do not know", () => {
    const own = graph.resources.filter((row) => String(row.inputs.apiVersion).startsWith("kueue.x-k8s.io/"));
    expect([...new Set(own.map((row) => row.inputs.kind as string))].sort()).toEqual(kinds);
    for (const { name, inputs } of own) {
      expect(inputs.apiVersion).toBe("kueue.x-k8s.io/v1beta2");
      const validate = kueue.get(inputs.kind as string) as ValidateFunction;
      expect({ name, valid: validate(inputs), errors: validate.errors }).toEqual({ name, valid: true, errors: null });
    }
  });

  test("with a misspelt field fail this check", () => {
    const validate = kueue.get("ClusterQueue") as ValidateFunction;
    const queue = { apiVersion: "kueue.x-k8s.io/v1beta2", kind: "ClusterQueue", metadata: { name: "a" } };
    expect(validate({ ...queue, spec: { cohortName: "a" } })).toBe(true);
    expect(validate({ ...queue, spec: { cohort: "a" } })).toBe(false);
  });
});

/** Keys of `given` that the chart's values do not have; an empty map or a null takes any. */
function unknownKeys(given: unknown, known: unknown, path = ""): string[] {
  if (!isMap(given) || known === null || known === undefined) return [];
  if (!isMap(known)) return [`${path} is a map, but not in the chart`];
  if (Object.keys(known).length === 0) return [];
  return Object.entries(given).flatMap(([key, value]) =>
    key in known ? unknownKeys(value, known[key], `${path}.${key}`) : [`${path}.${key}`],
  );
}

function isMap(value: unknown): value is { [key: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function valuesOf(chart: string): { [key: string]: unknown } {
  return parse(readFileSync(join(shared, "charts", chart, "values.yaml"), "utf8"));
}

withDocuments(`values of charts${reason}`, () => {
  test.each(["gpu-operator", "kueue", "jobset", "cert-manager"])("%s gets only keys that it has", async (chart) => {
    const graph = await everything();
    const release = graph.resources.find((row) => String(row.inputs.chart).split("/").at(-1) === chart);
    const known = valuesOf(chart);
    // The values of a sub-chart stand in the sub-chart.
    if (chart === "gpu-operator") known["node-feature-discovery"] = valuesOf("node-feature-discovery");
    expect(Object.keys(release?.inputs.values as object).length).toBeGreaterThan(1);
    expect(unknownKeys(release?.inputs.values, known)).toEqual([]);
  });

  test("a misspelt key is found", () => {
    expect(unknownKeys({ controllerManager: { replica: 2 } }, valuesOf("kueue"))).toEqual([
      ".controllerManager.replica",
    ]);
  });

  test("Kueue's settings have the keys of its own, commented ones included", async () => {
    const graph = await everything();
    const settings = JSON.parse(inputs(graph, "rt-queues-kueue", "values.managerConfig.controllerManagerConfigYaml"));
    const text = readFileSync(join(shared, "charts/kueue/values.yaml"), "utf8");
    const section = text.slice(text.indexOf("controllerManagerConfigYaml: |-"));
    for (const key of keysOf(settings)) expect(section).toMatch(new RegExp(`[\\s#]${key}:`));
    for (const framework of settings.integrations.frameworks) expect(section).toContain(`"${framework}"`);
  });
});

function keysOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(keysOf);
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, own]) => [key, ...keysOf(own)]);
}

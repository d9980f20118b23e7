import * as pulumi from "@pulumi/pulumi";
import {
  type Binding,
  Contradiction,
  DataClass,
  type DataLakeBinding,
  DataZone,
  type ObjectStoreBinding,
  Platform,
  Regulation,
} from "aistack-core";
import { type Graph, type Mode, resource } from "aistack-engine";
import { created, custom, inputs, modes, planned, refusal } from "../testing";
import type { DataLakeArgs } from "./args";
import { DataLake } from "./data-lake";

jest.setTimeout(30_000);

const lake = (
  args?: DataLakeArgs,
  mode?: Mode,
  opts?: pulumi.ComponentResourceOptions,
  region?: string,
): Promise<Graph> =>
  planned(
    () => {
      const { binding, requestLog } = new DataLake("lake", args, opts);
      return { binding, ...(requestLog ? { requestLog: requestLog.bucket } : {}) };
    },
    mode,
    region,
  );

/** A log of requests that exists, so that none is made. */
const requestLog: ObjectStoreBinding = {
  kind: "object-store",
  name: "requests",
  platform: Platform.Gcp,
  bucket: "requests-records",
  url: "gs://requests-records",
  access: {
    read: [],
    write: [
      {
        platform: Platform.Gcp,
        actions: ["roles/storage.objectCreator"],
        resources: ["//storage.googleapis.com/projects/_/buckets/requests-records"],
      },
    ],
  },
};

const zones = ["raw", "curated", "features", "models"];

const vision = {
  name: "vision",
  read: [DataZone.Curated, DataZone.Features],
  write: [DataZone.Features],
  cluster: { name: "train-dev", platform: Platform.Gcp, region: "europe-west4" },
  identities: [{ namespace: "vision", serviceAccount: "training" }],
  principals: ["group:vision@example.com"],
};

const lineage: Binding = {
  kind: "lineage",
  name: "lineage",
  environment: { OPENLINEAGE_URL: "http://lineage.lineage.svc:5000", LINEAGE_URL: "other" },
  clientLabels: { "aistack.dev/uses-lineage": "true" },
  egress: [{ port: 5000, namespace: "lineage" }],
  credentials: { LINEAGE_TOKEN: "do-not-show-this" },
};

describe.each(modes)("in %s", (mode) => {
  test("creates these children and no others, all of which outlive the stack", async () => {
    const graph = await lake({ requestLog }, mode);
    expect(created(graph)).toEqual(
      [
        ...["confidential", "internal", "restricted"].flatMap((one) => [
          `lake-${one}-bigquery CryptoKeyIAMMember`,
          `lake-${one}-key CryptoKey`,
          `lake-${one}-ring KeyRing`,
          `lake-${one}-storage CryptoKeyIAMMember`,
        ]),
        ...zones.flatMap((zone) => [
          `lake-${zone}-connection Connection`,
          `lake-${zone}-connection-bucket BucketIAMMember`,
          `lake-${zone}-connection-objects BucketIAMMember`,
          `lake-${zone}-dataset Dataset`,
          `lake-${zone}-objects Bucket`,
        ]),
      ].sort(),
    );
    expect(custom(graph).filter((row) => row.options.retainOnDelete !== true)).toEqual([]);
    expect(graph.diagnostics).toEqual([]);
  });

  test("a zone's data class decides its key and its labels", async () => {
    const graph = await lake({ requestLog }, mode);
    const classes = ["restricted", "confidential", "confidential", "internal"];
    for (const kind of ["objects", "dataset"])
      expect(zones.map((zone) => inputs(graph, `lake-${zone}-${kind}`, "labels")["aistack-data-class"])).toEqual(
        classes,
      );
    const keyOf = (zone: string, kind: string, input: string) =>
      graph.resources
        .find((row) => row.name === `lake-${zone}-${kind}` && row.custom)
        ?.propertyDependencies[input]?.map((urn) => urn.split("::").at(-1))
        .filter((name) => name?.endsWith("-key"));
    expect(zones.map((zone) => keyOf(zone, "objects", "encryption"))).toEqual(
      classes.map((one) => [`lake-${one}-key`]),
    );
    expect(zones.map((zone) => keyOf(zone, "dataset", "defaultEncryptionConfiguration"))).toEqual(
      classes.map((one) => [`lake-${one}-key`]),
    );
    for (const dataClass of new Set(classes))
      expect(inputs(graph, `lake-${dataClass}-key`, "rotationPeriod")).toBe("7776000s");
  });

  test.each(zones)("%s cannot be opened to the public, keeps versions, and takes no other key", async (zone) => {
    const graph = await lake({ requestLog }, mode);
    expect(inputs(graph, `lake-${zone}-objects`)).toMatchObject({
      location: "europe-west4",
      publicAccessPrevention: "enforced",
      uniformBucketLevelAccess: true,
      versioning: { enabled: true },
      softDeletePolicy: { retentionDurationSeconds: 0 },
      encryption: {
        googleManagedEncryptionEnforcementConfig: { restrictionMode: "FullyRestricted" },
        customerSuppliedEncryptionEnforcementConfig: { restrictionMode: "FullyRestricted" },
      },
      forceDestroy: false,
    });
  });

  test("objects get colder and expire where that was asked for; tables never do", async () => {
    const always = (daysSinceNoncurrentTime: number) => [
      { action: { type: "Delete" }, condition: { daysSinceNoncurrentTime, withState: "ARCHIVED" } },
      {
        action: { type: "Delete" },
        condition: { daysSinceNoncurrentTime: 1, matchesPrefixes: ["tables/"], withState: "ARCHIVED" },
      },
      { action: { type: "AbortIncompleteMultipartUpload" }, condition: { age: 7 } },
    ];
    const live = { matchesPrefixes: ["objects/"], withState: "LIVE" };
    const graph = await lake(
      {
        requestLog,
        oldVersionDays: 7,
        zones: [{ zone: DataZone.Raw, archiveAfterDays: 30, expireAfterDays: 365 }],
      },
      mode,
    );
    expect(inputs(graph, "lake-raw-objects", "lifecycleRules")).toEqual([
      ...always(7),
      { action: { type: "SetStorageClass", storageClass: "COLDLINE" }, condition: { ...live, age: 30 } },
      { action: { type: "Delete" }, condition: { ...live, age: 365 } },
    ]);
    expect(inputs(graph, "lake-curated-objects", "lifecycleRules")).toEqual(always(7));
    expect(inputs(await lake({ requestLog }, mode), "lake-raw-objects", "lifecycleRules")).toEqual(always(30));
  });

  test("each zone has a data set that forgets soon, and that nobody of the project reads by default", async () => {
    const graph = await lake({ requestLog }, mode);
    for (const zone of zones)
      expect(inputs(graph, `lake-${zone}-dataset`)).toMatchObject({
        datasetId: `lake_${zone}_dev`,
        location: "europe-west4",
        maxTimeTravelHours: "48",
        accesses: [{ role: "OWNER", specialGroup: "projectOwners" }],
        deleteContentsOnDestroy: false,
      });
  });

  test("BigQuery writes tables of one zone by a connection that reaches no other", async () => {
    const graph = await lake({ requestLog }, mode);
    for (const zone of zones) {
      expect(inputs(graph, `lake-${zone}-connection`)).toMatchObject({
        connectionId: `lake-${zone}-dev`,
        location: "europe-west4",
        cloudResource: {},
      });
      const grants = graph.resources.filter((row) => row.name.startsWith(`lake-${zone}-connection-`));
      expect(grants.map((row) => row.inputs.role)).toEqual([
        "roles/storage.legacyBucketReader",
        "roles/storage.objectUser",
      ]);
      for (const row of grants)
        expect(row.propertyDependencies.bucket?.map((urn) => urn.split("::").at(-1))).toEqual([`lake-${zone}-objects`]);
    }
  });

  test("requests are kept for 24 months, or longer where a regulation asks for it", async () => {
    const seconds = async (compliance?: Regulation[]) =>
      inputs(await lake({ compliance }, mode), "lake-requests-records", "retentionPolicy.retentionPeriod");
    expect(await seconds()).toBe(String(731 * 86400));
    expect(await seconds([Regulation.Gdpr])).toBe(String(731 * 86400));
    expect(await seconds([Regulation.Hipaa])).toBe(String(2192 * 86400));
  });

  test("contradictions are told until they are decided", async () => {
    const compliance = [Regulation.Ccpa, Regulation.Gdpr];
    const open = await lake({ compliance }, mode);
    expect(open.diagnostics).toEqual([expect.objectContaining({ severity: "warning" })]);
    const resolutions = Object.fromEntries(
      Object.values(Contradiction).map((id) => [id, "Decided by the data protection officer: see record 12."]),
    );
    expect((await lake({ compliance, resolutions }, mode)).diagnostics).toEqual([]);
  });

  test("a team's people get roles on its zones and no others", async () => {
    const graph = await lake({ requestLog, teams: [vision] }, mode);
    expect(created(graph).filter((line) => line.includes("vision"))).toEqual(
      [
        ...["-1", "-2", "-3", "-4"].map((end) => `lake-vision-1${end} IAMMember`),
        "lake-vision-1-queries IAMMember",
        "lake-vision-people-1-queries IAMMember",
        "lake-curated-vision-1-reads BucketIAMMember",
        "lake-features-vision-1-adds BucketIAMMember",
        "lake-features-vision-1-reads BucketIAMMember",
      ].sort(),
    );
    const grants = Object.fromEntries(
      zones.map((zone) => [zone, inputs(graph, `lake-${zone}-dataset`, "accesses").slice(1)]),
    );
    const iamMember = "group:vision@example.com";
    expect(grants).toEqual({
      raw: [],
      curated: [{ role: "READER", iamMember }],
      features: [
        { role: "READER", iamMember },
        { role: "WRITER", iamMember },
      ],
      models: [],
    });
    expect(inputs(graph, "lake-features-vision-1-adds")).toMatchObject({
      role: "roles/storage.objectCreator",
      member: iamMember,
    });
    expect(inputs(graph, "lake-vision-people-1-queries", "role")).toBe("roles/bigquery.jobUser");
  });

  test("an adopted lake is passed on and nothing is created", async () => {
    const existing = {
      kind: "data-lake",
      name: "shared",
      platform: Platform.Gcp,
      region: "europe-west3",
      zones: {},
      databases: {},
      access: { read: [], write: [], erase: [], teams: {} },
    } satisfies DataLakeBinding;
    const graph = await lake({ existing }, mode);
    expect(created(graph)).toEqual([]);
    expect(graph.outputs).toEqual({ binding: existing });
  });

  test("keys that are given are used, and none is made in their place", async () => {
    const key = "projects/p/locations/europe-west4/keyRings/r/cryptoKeys/k";
    const graph = await lake({ requestLog, kmsKeys: { [DataClass.Restricted]: key } }, mode);
    expect(created(graph).filter((line) => line.endsWith(" CryptoKey"))).toEqual([
      "lake-confidential-key CryptoKey",
      "lake-internal-key CryptoKey",
    ]);
    expect(inputs(graph, "lake-raw-objects", "encryption.defaultKmsKeyName")).toBe(key);
    expect(inputs(graph, "lake-raw-dataset", "defaultEncryptionConfiguration.kmsKeyName")).toBe(key);
  });
});

test("a team's workload gets its roles on its zones alone, each in one binding", async () => {
  const graph = await lake({ requestLog, teams: [vision] });
  const bindings = ["1", "2", "3", "4"].map((end) => resource(graph, `lake-vision-1-${end}`));
  expect(bindings.map((row) => row.inputs.role)).toEqual([
    "roles/storage.objectViewer",
    "roles/bigquery.dataViewer",
    "roles/storage.objectCreator",
    "roles/bigquery.dataEditor",
  ]);
  const expressions = bindings.map((row) => (row.inputs.condition as { expression: string }).expression);
  expect(expressions[0]).toMatch(/buckets\/lake-curated-objects-.* \|\| .*buckets\/lake-features-objects-/);
  expect(expressions[1]).toContain('resource.name == "projects/my-project/datasets/lake_curated_dev"');
  expect(expressions[2]).toMatch(/buckets\/lake-features-objects-/);
  for (const expression of expressions) expect(expression).not.toMatch(/lake[-_](raw|models)/);
  expect(expressions[2]).not.toMatch(/curated/);
});

test("only erasure may delete objects, and nobody is everybody", async () => {
  const graph = await lake({ requestLog, teams: [vision] });
  const { access } = graph.outputs.binding as unknown as DataLakeBinding;
  const roles = (rules: DataLakeBinding["access"]["read"]) => rules.flatMap((rule) => rule.actions);
  expect(roles(access.read)).toEqual(["roles/storage.objectViewer", "roles/bigquery.dataViewer"]);
  expect(roles(access.write)).toEqual(["roles/storage.objectCreator", "roles/bigquery.dataEditor"]);
  expect(roles(access.erase)).toEqual([
    "roles/storage.objectUser",
    "roles/bigquery.dataEditor",
    "roles/storage.objectCreator",
  ]);
  expect(access.erase.at(-1)).toEqual(requestLog.access.write[0]);
  expect(access.erase[0]?.resources).toHaveLength(4);
  expect(Object.keys(access.teams)).toEqual(["vision"]);
  expect(JSON.stringify(graph.resources.map((row) => row.inputs))).not.toMatch(/allUsers|allAuthenticatedUsers/);
});

test("a workload is told where the zones are, and where lineage events go, but not its credentials", async () => {
  const graph = await lake({ requestLog, lineage: pulumi.output(lineage) });
  const { environment, egress, clientLabels } = graph.outputs.binding as unknown as DataLakeBinding;
  expect(environment).toMatchObject({
    LAKE_RAW_URL: expect.stringMatching(/^gs:\/\/lake-raw-objects-/),
    LAKE_FEATURES_BUCKET: expect.stringMatching(/^lake-features-objects-/),
    LAKE_MODELS_REGION: "europe-west4",
    LAKE_CURATED_DATABASE: "lake_curated_dev",
    OPENLINEAGE_URL: "http://lineage.lineage.svc:5000",
  });
  expect(Object.keys(environment as object)).toHaveLength(4 * 4 + 1);
  expect(egress).toEqual([
    { port: 443 },
    { port: 80, cidr: "169.254.169.254/32" },
    { port: 988, cidr: "169.254.169.252/32" },
    { port: 5000, namespace: "lineage" },
  ]);
  expect(clientLabels).toEqual(lineage.clientLabels);
  expect(JSON.stringify(graph.outputs)).not.toContain("do-not-show-this");
});

describe("residency", () => {
  test("under the GDPR the lake is made where data may lie", async () => {
    const compliance = [Regulation.Gdpr];
    expect(inputs(await lake({ compliance }), "lake-raw-objects", "location")).toBe("europe-west4");
  });

  test.each([
    ["under the GDPR in the United States", { compliance: [Regulation.Gdpr] }, "us-central1"],
    ["outside the list", { allowedRegions: ["europe-west3", "europe-west9"] }, "europe-west4"],
  ])("nothing is made %s", async (_, args: DataLakeArgs, region) => {
    const registered: string[] = [];
    const outcome = await lake({ requestLog, ...args }, "simulate", {}, region).catch((error: Error) => error);
    expect(outcome).toBeInstanceOf(Error);
    expect((outcome as Error).message).toContain(`the provider's region is ${region}, but `);
    expect(registered).toEqual([]);
  });

  test("without regulations and lists, any region does", async () => {
    expect(inputs(await lake({ requestLog }, "simulate", {}, "us-central1"), "lake-raw-objects", "location")).toBe(
      "us-central1",
    );
  });
});

test("can be made to go with its stack", async () => {
  const graph = await lake({}, "simulate", { retainOnDelete: false });
  expect(custom(graph).filter((row) => row.options.retainOnDelete === true)).toEqual([]);
});

const refused: [string, DataLakeArgs, RegExp][] = [
  ["an unknown zone", { zones: [{ zone: "gold" as DataZone }] }, /zones\[0\]\.zone is "gold", but must be one of raw/],
  [
    "a zone twice",
    { zones: [{ zone: DataZone.Raw }, { zone: DataZone.Raw }] },
    /zones\[1\]\.zone is "raw" for a second/,
  ],
  [
    "an unknown class",
    { zones: [{ zone: DataZone.Raw, dataClass: "secret" as DataClass }] },
    /zones\[0\]\.dataClass is "secret", but must be one of public/,
  ],
  [
    "objects that get colder after they are gone",
    { zones: [{ zone: DataZone.Raw, archiveAfterDays: 60, expireAfterDays: 30 }] },
    /zones\[0\]\.archiveAfterDays is 60, but objects are deleted after 30 days/,
  ],
  [
    "objects that go after no day",
    { zones: [{ zone: DataZone.Raw, expireAfterDays: pulumi.output(0) }] },
    /zones\[0\]\.expireAfterDays is 0, but must be a whole number from 1 to 36500/,
  ],
  ["a team without zones", { teams: [{ name: "idle" }] }, /teams\[0\] uses no zone/],
  ["a team without a name", { teams: [{ ...vision, name: "" }] }, /teams\[0\]\.name is "", but must be 1 to 30/],
  ["a team twice", { teams: [vision, vision] }, /teams\[1\]\.name is "vision" for a second time/],
  [
    "workloads of no cluster",
    { teams: [{ ...vision, cluster: undefined }] },
    /teams\[0\]\.cluster is missing; name the cluster/,
  ],
  [
    "a team of an unknown zone",
    { teams: [{ name: "vision", read: ["gold" as DataZone] }] },
    /teams\[0\]\.read\[0\] is "gold", but must be one of raw/,
  ],
  [
    "a principal that is everybody",
    { teams: [{ ...vision, principals: ["allUsers"] }] },
    /teams\[0\]\.principals\[0\] is "allUsers", but must be a user, a group or a service account/,
  ],
  ["no region", { allowedRegions: [] }, /allowedRegions names no region/],
  ["an unknown region", { allowedRegions: ["mars-1"] }, /allowedRegions\[0\] is "mars-1", but must be a region of gcp/],
  [
    "a region that the GDPR asks for safeguards in",
    { allowedRegions: ["us-central1"], compliance: [Regulation.Gdpr] },
    /allowedRegions\[0\] is "us-central1", but GDPR Art\. 44 asks for safeguards/,
  ],
  ["an unknown regulation", { compliance: ["sox" as Regulation] }, /compliance\[0\] is "sox", but must be one of/],
  ["a decision about nothing", { resolutions: { other: "x" } }, /resolutions is .* "other" is no contradiction/],
  ["versions kept for no day", { oldVersionDays: 0 }, /oldVersionDays is 0, but must be a whole number/],
  [
    "a key that is none",
    { kmsKeys: { restricted: "mine" } },
    /kmsKeys\.restricted is "mine", but must be the name of a key/,
  ],
  [
    "a key that lies elsewhere",
    { requestLog, kmsKeys: { restricted: "projects/p/locations/us/keyRings/r/cryptoKeys/k" } },
    /kmsKeys\.restricted lies in us, but the bucket in europe-west4/,
  ],
  ["a label that is none", { tags: { "Cost Centre": "42" } }, /tags is .* is no key of a Google Cloud label/],
  ["a key for no class", { kmsKeys: { gold: "arn" } }, /kmsKeys\.gold is for no data class/],
  [
    "a log on another cloud",
    { requestLog: { ...requestLog, platform: Platform.Aws } },
    /requestLog\.platform is "aws", but must be one of gcp/,
  ],
  [
    "a lineage service that says no address",
    { requestLog, lineage: { kind: "lineage", name: "lineage" } },
    /lineage has no OPENLINEAGE_URL/,
  ],
  [
    "arguments beside an adopted lake",
    { existing: pulumi.output({} as DataLakeBinding), oldVersionDays: 5 },
    /oldVersionDays has no effect together with `existing`/,
  ],
];
test.each(refused)("refuses %s", async (_, args, message) => {
  expect(await refusal(() => ({ binding: new DataLake("lake", args).binding }))).toMatch(message);
});

test("refuses a name from which Google Cloud could not make others", async () => {
  expect(await refusal(() => new DataLake("n".repeat(21)))).toMatch(/name is "n+", but must be 1 to 20/);
});

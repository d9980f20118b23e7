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
import type { Graph, Mode } from "aistack-engine";
import { allStatements, created, custom, inputs, modes, planned, refusal, statements, waitsFor } from "../testing";
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
  platform: Platform.Aws,
  bucket: "requests-records",
  url: "s3://requests-records",
  access: {
    read: [],
    write: [{ platform: Platform.Aws, actions: ["s3:PutObject"], resources: ["arn:aws:s3:::requests-records/*"] }],
  },
};

const zones = ["raw", "curated", "features", "models"];

const vision = {
  name: "vision",
  read: [DataZone.Curated, DataZone.Features],
  write: [DataZone.Features],
  cluster: { name: "train-dev", platform: Platform.Aws, region: "eu-west-1" },
  identities: [{ namespace: "vision", serviceAccount: "training" }],
  principals: ["VisionEngineers"],
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
  test("creates these children and no others, all of which outlive the stack but what only asks", async () => {
    const graph = await lake({ requestLog }, mode);
    const ofBucket = (name: string) => [
      `lake-${name}-encryption BucketServerSideEncryptionConfiguration`,
      `lake-${name}-lifecycle BucketLifecycleConfiguration`,
      `lake-${name}-objects Bucket`,
      `lake-${name}-owner BucketOwnershipControls`,
      `lake-${name}-policy BucketPolicy`,
      `lake-${name}-private BucketPublicAccessBlock`,
      `lake-${name}-versions BucketVersioning`,
    ];
    expect(created(graph)).toEqual(
      [
        "lake-key-confidential Key",
        "lake-key-internal Key",
        "lake-key-restricted Key",
        ...zones.flatMap((zone) => [`lake-${zone}-database CatalogDatabase`, ...ofBucket(zone)]),
        ...ofBucket("queries"),
        "lake-queries-all Workgroup",
      ].sort(),
    );
    const goes = custom(graph).filter((row) => row.options.retainOnDelete !== true);
    expect(goes.map(({ name }) => name)).toEqual(["lake-queries-all"]);
    expect(graph.diagnostics).toEqual([]);
  });

  test("a zone's data class decides its key and its tags", async () => {
    const graph = await lake({ requestLog }, mode);
    const classOf = (name: string) => inputs(graph, name, "tags")["aistack:data-class"];
    expect(zones.map((zone) => classOf(`lake-${zone}-objects`))).toEqual([
      "restricted",
      "confidential",
      "confidential",
      "internal",
    ]);
    const keyOf = (name: string) =>
      waitsFor(graph, `${name}-encryption`).filter((dependency) => dependency.includes("-key-"));
    expect(zones.map((zone) => keyOf(`lake-${zone}`))).toEqual([
      ["lake-key-restricted"],
      ["lake-key-confidential"],
      ["lake-key-confidential"],
      ["lake-key-internal"],
    ]);
    // Results may come from any zone.
    expect(keyOf("lake-queries")).toEqual(["lake-key-restricted"]);
    expect(classOf("lake-queries-objects")).toBe("restricted");
    for (const dataClass of ["restricted", "confidential", "internal"])
      expect(inputs(graph, `lake-key-${dataClass}`)).toMatchObject({
        enableKeyRotation: true,
        deletionWindowInDays: 30,
        region: "eu-west-1",
      });
  });

  test.each([...zones, "queries"])("%s cannot be opened to the public, and keeps versions", async (zone) => {
    const graph = await lake({ requestLog }, mode);
    expect(inputs(graph, `lake-${zone}-private`)).toMatchObject({
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    expect(inputs(graph, `lake-${zone}-versions`, "versioningConfiguration")).toEqual({ status: "Enabled" });
    expect(inputs(graph, `lake-${zone}-owner`, "rule")).toEqual({ objectOwnership: "BucketOwnerEnforced" });
    expect(waitsFor(graph, `lake-${zone}-policy`)).toEqual(
      expect.arrayContaining([`lake-${zone}-private`, `lake-${zone}-encryption`]),
    );
  });

  test("objects get colder and expire where that was asked for; tables never do", async () => {
    const cleanUp = (noncurrentDays: number) => ({
      id: "clean-up",
      status: "Enabled",
      filter: { prefix: "" },
      noncurrentVersionExpiration: { noncurrentDays },
      expiration: { expiredObjectDeleteMarker: true },
      abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
    });
    const graph = await lake(
      {
        requestLog,
        oldVersionDays: 7,
        zones: [
          { zone: DataZone.Raw, archiveAfterDays: 30, expireAfterDays: 365 },
          { zone: DataZone.Models, expireAfterDays: 90 },
        ],
      },
      mode,
    );
    const rules = (zone: string) => inputs(graph, `lake-${zone}-lifecycle`, "rules");
    expect(rules("raw")).toEqual([
      cleanUp(7),
      {
        id: "age",
        status: "Enabled",
        filter: { prefix: "objects/" },
        transitions: [{ days: 30, storageClass: "GLACIER_IR" }],
        expiration: { days: 365 },
      },
    ]);
    expect(rules("models")).toEqual([
      cleanUp(7),
      { id: "age", status: "Enabled", filter: { prefix: "objects/" }, expiration: { days: 90 } },
    ]);
    expect(rules("curated")).toEqual([cleanUp(7)]);
    expect(inputs(await lake({ requestLog }, mode), "lake-raw-lifecycle", "rules")).toEqual([cleanUp(30)]);
  });

  test("each zone has a database whose tables IAM decides about", async () => {
    const graph = await lake({ requestLog }, mode);
    for (const zone of zones)
      expect(inputs(graph, `lake-${zone}-database`)).toMatchObject({
        name: `lake_${zone}_dev`,
        region: "eu-west-1",
        createTableDefaultPermissions: [
          { permissions: ["ALL"], principal: { dataLakePrincipalIdentifier: "IAM_ALLOWED_PRINCIPALS" } },
        ],
      });
  });

  test("requests are kept for 24 months, or longer where a regulation asks for it", async () => {
    const days = async (compliance?: Regulation[]) =>
      inputs(await lake({ compliance }, mode), "lake-requests-lock", "rule.defaultRetention.days");
    expect(await days()).toBe(731);
    expect(await days([Regulation.Gdpr])).toBe(731);
    expect(await days([Regulation.Ccpa])).toBe(1827);
    expect(await days([Regulation.Hipaa])).toBe(2192);
    const graph = await lake({}, mode);
    expect(created(graph)).toEqual(
      expect.arrayContaining(["lake-requests-records Bucket", "lake-requests-query-subject-requests NamedQuery"]),
    );
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

  test("a team gets a workgroup, a policy for its people and a role for each workload", async () => {
    const graph = await lake({ requestLog, teams: [vision] }, mode);
    expect(created(graph).filter((line) => line.includes("vision"))).toEqual([
      "lake-queries-team-vision Workgroup",
      "lake-vision-1-identity PodIdentityAssociation",
      "lake-vision-1-policy RolePolicy",
      "lake-vision-1-role Role",
      "lake-vision-policy Policy",
      "lake-vision-role-1 RolePolicyAttachment",
    ]);
    expect(inputs(graph, "lake-vision-role-1", "role")).toBe("VisionEngineers");
    expect(inputs(graph, "lake-vision-policy", "tags")["aistack:data-class"]).toBe("confidential");
  });

  test("an adopted lake is passed on and nothing is created", async () => {
    const existing = {
      kind: "data-lake",
      name: "shared",
      platform: Platform.Aws,
      region: "eu-central-1",
      zones: {},
      databases: {},
      access: { read: [], write: [], erase: [], teams: {} },
    } satisfies DataLakeBinding;
    const graph = await lake({ existing }, mode);
    expect(created(graph)).toEqual([]);
    expect(graph.outputs).toEqual({ binding: existing });
  });

  test("keys that are given are used, and none is made in their place", async () => {
    const kmsKeyArn = "arn:aws:kms:eu-west-1:123456789012:key/1234";
    const graph = await lake({ requestLog, kmsKeyArns: { [DataClass.Restricted]: kmsKeyArn } }, mode);
    expect(created(graph).filter((line) => line.endsWith(" Key"))).toEqual([
      "lake-key-confidential Key",
      "lake-key-internal Key",
    ]);
    expect(inputs(graph, "lake-raw-encryption", "rules.0.applyServerSideEncryptionByDefault.kmsMasterKeyId")).toBe(
      kmsKeyArn,
    );
  });
});

test("every policy denies what is not TLS, another encryption and another key; with a region list, copies too", async () => {
  const sids = async (args: DataLakeArgs) =>
    Object.keys(statements(await lake({ requestLog, ...args }), "lake-raw-policy"));
  const always = ["DenyWithoutTls", "DenyOldTls", "DenyOtherEncryption", "DenyOtherKeys"];
  expect(await sids({})).toEqual(always);
  expect(await sids({ allowedRegions: ["eu-west-1"] })).toEqual([...always, "DenyReplication"]);
  const graph = await lake({ requestLog, compliance: [Regulation.Gdpr] });
  expect(statements(graph, "lake-raw-policy").DenyReplication).toEqual({
    Sid: "DenyReplication",
    Effect: "Deny",
    Principal: "*",
    Action: "s3:PutReplicationConfiguration",
    Resource: expect.stringMatching(/^arn:aws:s3:::lake-raw-objects-/),
  });
});

test("a team can do what it was given in its zones and nothing elsewhere", async () => {
  const graph = await lake({ requestLog, teams: [vision] });
  const own = Object.values(statements(graph, "lake-vision-policy"));
  expect(own.map(({ Action }) => Action)).toEqual([
    ["s3:GetBucketLocation", "s3:ListBucket"],
    ["s3:GetObject", "s3:GetObjectTagging", "s3:GetObjectVersion"],
    ["kms:Decrypt"],
    [
      "glue:BatchGetPartition",
      "glue:GetDatabase",
      "glue:GetPartition",
      "glue:GetPartitions",
      "glue:GetTable",
      "glue:GetTables",
    ],
    ["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject", "s3:PutObjectTagging"],
    ["kms:Decrypt", "kms:GenerateDataKey"],
    ["glue:BatchCreatePartition", "glue:CreatePartition", "glue:CreateTable", "glue:UpdateTable"],
    [
      "athena:GetQueryExecution",
      "athena:GetQueryResults",
      "athena:GetQueryResultsStream",
      "athena:GetWorkGroup",
      "athena:StartQueryExecution",
      "athena:StopQueryExecution",
    ],
    ["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"],
  ]);
  const resources = own.flatMap(({ Resource }) => Resource as string[]);
  expect(resources.filter((arn) => /lake[-_](raw|models)/.test(arn))).toEqual([]);
  expect(own[4]?.Resource).toEqual([expect.stringMatching(/^arn:aws:s3:::lake-features-objects-[^/]+\/\*$/)]);
  expect(own[7]?.Resource).toEqual([expect.stringMatching(/:workgroup\/lake-queries-team-vision-/)]);
  expect(own[8]?.Resource).toEqual([
    expect.stringMatching(/^arn:aws:s3:::lake-queries-objects-[^/]+\/teams\/vision\/\*$/),
  ]);
  // The same for the workload as for the people.
  expect(Object.values(statements(graph, "lake-vision-1-policy"))).toEqual(own);
});

test("only erasure may delete, and nobody may everything", async () => {
  const graph = await lake({ requestLog, teams: [vision] });
  for (const { owner, statement } of allStatements(graph)) {
    if (statement.Effect !== "Allow" || owner.includes("-key-")) continue;
    const actions = [statement.Action].flat();
    expect([owner, actions.filter((action) => /Delete|\*/.test(action))]).toEqual([owner, []]);
    expect([owner, statement.Resource]).not.toEqual([owner, "*"]);
  }
  const { access } = graph.outputs.binding as unknown as DataLakeBinding;
  const actions = (rules: DataLakeBinding["access"]["read"]) => rules.flatMap((rule) => rule.actions);
  expect(actions(access.read).filter((action) => /Put(?!.*Result)|Delete|Create|Update/.test(action))).toEqual([
    "s3:PutObject", // results of its queries
  ]);
  expect(actions(access.write).filter((action) => /Get|Delete/.test(action))).toEqual([]);
  expect(actions(access.erase)).toEqual(
    expect.arrayContaining(["s3:DeleteObjectVersion", "s3:GetObjectVersionTagging", "glue:UpdateTable"]),
  );
  expect(access.erase.at(-1)).toEqual(requestLog.access.write[0]);
  expect(Object.keys(access.teams)).toEqual(["vision"]);
});

test("a policy for all zones of the longest names is one that IAM takes", async () => {
  const name = "n".repeat(20);
  const team = { name: "t".repeat(30), read: Object.values(DataZone), write: Object.values(DataZone) };
  const graph = await planned(
    () => {
      new DataLake(name, { requestLog, teams: [team] });
    },
    "simulate",
    "ap-southeast-2",
  );
  // https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
  expect(inputs(graph, `${name}-${team.name}-policy`, "policy").length).toBeLessThanOrEqual(6144);
});

test("a workload is told where the zones are, and where lineage events go, but not its credentials", async () => {
  const graph = await lake({ requestLog, lineage: pulumi.output(lineage) });
  const { environment, egress, clientLabels } = graph.outputs.binding as unknown as DataLakeBinding;
  expect(environment).toMatchObject({
    LAKE_RAW_URL: expect.stringMatching(/^s3:\/\/lake-raw-objects-/),
    LAKE_FEATURES_BUCKET: expect.stringMatching(/^lake-features-objects-/),
    LAKE_MODELS_REGION: "eu-west-1",
    LAKE_CURATED_DATABASE: "lake_curated_dev",
    OPENLINEAGE_URL: "http://lineage.lineage.svc:5000",
  });
  expect(Object.keys(environment as object)).toHaveLength(4 * 4 + 1);
  expect(egress).toEqual([
    { port: 443 },
    { port: 80, cidr: "169.254.170.23/32" },
    { port: 5000, namespace: "lineage" },
  ]);
  expect(clientLabels).toEqual(lineage.clientLabels);
  expect(JSON.stringify(graph.outputs)).not.toContain("do-not-show-this");
});

describe("residency", () => {
  test("under the GDPR the lake is made where data may lie", async () => {
    const compliance = [Regulation.Gdpr];
    expect(inputs(await lake({ compliance }), "lake-raw-objects", "region")).toBe("eu-west-1");
  });

  test.each([
    ["under the GDPR in the United States", { compliance: [Regulation.Gdpr] }, "us-east-1"],
    ["outside the list", { allowedRegions: ["eu-central-1", "eu-west-3"] }, "eu-west-1"],
  ])("nothing is made %s", async (_, args: DataLakeArgs, region) => {
    const registered: string[] = [];
    const outcome = await lake({ requestLog, ...args }, "simulate", {}, region).catch((error: Error) => error);
    expect(outcome).toBeInstanceOf(Error);
    expect((outcome as Error).message).toContain(`the provider's region is ${region}, but `);
    expect(registered).toEqual([]);
  });

  test("without regulations and lists, any region does", async () => {
    expect(inputs(await lake({ requestLog }, "simulate", {}, "us-east-1"), "lake-raw-objects", "region")).toBe(
      "us-east-1",
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
    "a principal that is an ARN",
    { teams: [{ ...vision, principals: ["arn:aws:iam::123456789012:role/x"] }] },
    /teams\[0\]\.principals\[0\] is "arn:.*", but must be the name of an IAM role/,
  ],
  ["no region", { allowedRegions: [] }, /allowedRegions names no region/],
  ["an unknown region", { allowedRegions: ["mars-1"] }, /allowedRegions\[0\] is "mars-1", but must be a region of aws/],
  [
    "a region that the GDPR asks for safeguards in",
    { allowedRegions: ["us-east-1"], compliance: [Regulation.Gdpr] },
    /allowedRegions\[0\] is "us-east-1", but GDPR Art\. 44 asks for safeguards/,
  ],
  ["an unknown regulation", { compliance: ["sox" as Regulation] }, /compliance\[0\] is "sox", but must be one of/],
  ["a decision about nothing", { resolutions: { other: "x" } }, /resolutions is .* "other" is no contradiction/],
  ["versions kept for no day", { oldVersionDays: 0 }, /oldVersionDays is 0, but must be a whole number/],
  [
    "a key that is none",
    { kmsKeyArns: { restricted: "mine" } },
    /kmsKeyArns\.restricted is "mine", but must be the ARN/,
  ],
  ["a key for no class", { kmsKeyArns: { gold: "arn" } }, /kmsKeyArns\.gold is for no data class/],
  [
    "a log on another cloud",
    { requestLog: { ...requestLog, platform: Platform.Gcp } },
    /requestLog\.platform is "gcp", but must be one of aws/,
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

test("refuses a name from which AWS could not make others", async () => {
  expect(await refusal(() => new DataLake("n".repeat(21)))).toMatch(/name is "n+", but must be 1 to 20/);
});

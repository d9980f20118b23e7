import * as pulumi from "@pulumi/pulumi";
import {
  bindingField,
  type ClusterBinding,
  type DatabaseBinding,
  DataClass,
  type DataLakeBinding,
  DataZone,
  type ObjectStoreBinding,
  Platform,
  Regulation,
} from "aistack-core";
import { type Graph, type Mode, plan, Secret } from "aistack-engine";
import { InferenceService } from "../inference-service/inference-service";
import { testCluster as cluster, created, inputs, refusal } from "../testing";
import type { DataLakeArgs } from "./args";
import { scramVerifier } from "./catalogue-script";
import { DataLake } from "./data-lake";

const modes: Mode[] = ["preview", "simulate"];

const caCertificate = "-----BEGIN CERTIFICATE-----\nMA==\n-----END CERTIFICATE-----\n";

const existingDatabase: DatabaseBinding = {
  kind: "database",
  name: "db",
  platform: Platform.Kubernetes,
  host: "db.data.svc",
  port: 5433,
  database: "tables",
  user: "owner",
  caCertificate,
  credentials: { DB_PASSWORD: "do-not-show-this" },
  clientLabels: { "access.aistack.dev/db": "allowed" },
  egress: [{ port: 5433, namespace: "records" }],
};
const database = pulumi.secret(existingDatabase);

const teams = [
  { name: "ingest", write: [DataZone.Raw] },
  { name: "vision", read: [DataZone.Curated, DataZone.Features], write: [DataZone.Features, DataZone.Models] },
];

const requestLog: ObjectStoreBinding = {
  kind: "object-store",
  name: "theirs",
  platform: Platform.Kubernetes,
  bucket: "theirs",
  url: "s3://theirs",
  access: { read: [], write: [] },
};

function planned(args: Partial<DataLakeArgs> = {}, mode: Mode = "simulate"): Promise<Graph> {
  return plan(
    () => {
      const lake = new DataLake("lake", {
        ...(args.existing ? {} : { cluster, database, requestLog }),
        ...args,
      });
      const { ingest, vision } = lake.teamBindings as unknown as Record<string, pulumi.Output<DataLakeBinding>>;
      return {
        binding: lake.binding,
        reader: lake.readerBinding.credentials,
        requestLog: lake.requestLog?.url,
        ...(args.teams && {
          labels: bindingField(vision as pulumi.Output<DataLakeBinding>, "clientLabels"),
          egress: bindingField(ingest as pulumi.Output<DataLakeBinding>, "egress"),
          databases: bindingField(vision as pulumi.Output<DataLakeBinding>, "databases"),
        }),
      };
    },
    { mode },
  );
}

const bindingOf = (graph: Graph, output = "binding") =>
  (graph.outputs[output] as Secret).reveal() as unknown as DataLakeBinding;
const container = (graph: Graph, name: string) => inputs(graph, name, "spec.template.spec.containers.0");
const variables = (rows: { name: string; value?: string }[]) =>
  Object.fromEntries(rows.map(({ name, value }) => [name, value]));
const upkeep = (graph: Graph, zone: string) =>
  variables(inputs(graph, `lake-${zone}-upkeep`, "spec.jobTemplate.spec.template.spec.containers.0.env"));

interface Statement {
  Action: string[];
  Resource: string[];
}

/** What an identity may do in a store, as the store's own file says; undefined for one that it does not know. */
function rights(graph: Graph, store: string, identity: string): Statement[] | undefined {
  const file = inputs(graph, `lake-${store}-identities`, "stringData").reveal()["s3.json"];
  const rows: { name: string; content: string }[] = JSON.parse(file).policies;
  const row = rows.find(({ name }) => name === identity);
  return row && JSON.parse(row.content).Statement;
}
const actionsOn = (statements: Statement[] | undefined, bucket: string) =>
  (statements ?? [])
    .filter(({ Resource }) =>
      Resource.some((arn) => arn === `arn:aws:s3:::${bucket}` || arn.startsWith(`arn:aws:s3:::${bucket}/`)),
    )
    .flatMap(({ Action }) => Action);

describe.each(modes)("in %s", (mode) => {
  test("one store with an encryption key of its own for each data class, one bucket for each zone", async () => {
    const names = created(await planned({}, mode));
    for (const dataClass of ["restricted", "confidential", "internal"]) {
      expect(names).toContain(`lake-${dataClass}-servers StatefulSet`);
      expect(names).toContain(`lake-${dataClass}-encryption-key RandomBytes`);
      expect(names).toContain(`lake-${dataClass}-tls-certificate LocallySignedCert`);
    }
    expect(names).not.toContain("lake-public-servers StatefulSet");
    expect(names.filter((name) => /^lake-(raw|curated|features|models)-setup Job$/.test(name))).toHaveLength(4);
    const one = created(
      await planned(
        { zones: Object.values(DataZone).map((zone) => ({ zone, dataClass: DataClass.Restricted })) },
        mode,
      ),
    );
    expect(one.filter((name) => name.endsWith("StatefulSet"))).toEqual(["lake-restricted-servers StatefulSet"]);
  });

  test("the maintenance of each zone reaches the store of its class, and nobody else's does", async () => {
    const graph = await planned({}, mode);
    const of = (store: string) =>
      inputs(graph, `lake-${store}-network`, "spec.ingress.1.from").map(
        (peer: { podSelector: { matchLabels: Record<string, string> } }) =>
          peer.podSelector.matchLabels["app.kubernetes.io/instance"],
      );
    expect(of("restricted")).toEqual(["lake-raw"]);
    expect(of("confidential")).toEqual(["lake-curated", "lake-features"]);
    expect(inputs(graph, "lake-restricted-network", "spec.ingress")).toHaveLength(3);
    expect(inputs(graph, "lake-curated-maintenance-network", "spec.egress.1.to")).toEqual([
      {
        podSelector: {
          matchLabels: {
            "app.kubernetes.io/instance": "lake-confidential",
            "app.kubernetes.io/component": "object-store",
          },
        },
      },
    ]);
  });

  test("zones keep versions for their time and objects until they expire, and are labelled with their class", async () => {
    const graph = await planned({ oldVersionDays: 7, zones: [{ zone: DataZone.Raw, expireAfterDays: 730 }] }, mode);
    expect(upkeep(graph, "raw")).toMatchObject({ OLD_VERSION_DAYS: "7", EXPIRE_AFTER_DAYS: "730" });
    expect(upkeep(graph, "curated")).toMatchObject({ OLD_VERSION_DAYS: "7", EXPIRE_AFTER_DAYS: "" });
    expect(variables(container(graph, "lake-raw-setup").env)).toMatchObject({ BUCKET: "lake-raw", LOCK_MODE: "" });
    expect(inputs(graph, "lake-raw-setup", "metadata.labels")).toMatchObject({
      "aistack.dev/data-class": "restricted",
    });
    expect(inputs(graph, "lake-models-setup", "metadata.labels")).toMatchObject({
      "aistack.dev/data-class": "internal",
    });
  });

  test("the catalogue is set up over TLS that is verified, by a pod that reaches the database alone", async () => {
    const graph = await planned({}, mode);
    const { env, command, image } = container(graph, "lake-catalogue-setup");
    expect(command).toEqual(["psql", "--no-psqlrc", "--quiet", "--file=/catalogue/set-up.sql"]);
    expect(image).toMatch(/^docker\.io\/library\/postgres:17\.11@sha256:/);
    expect(variables(env)).toMatchObject({
      PGHOST: "db.data.svc",
      PGPORT: "5433",
      PGDATABASE: "tables",
      PGSSLMODE: "verify-full",
      PGSSLROOTCERT: "/catalogue/ca.crt",
      LAKE: "lake",
    });
    expect(JSON.parse(variables(env).NAMESPACES as string)).toEqual({
      lake_raw: "s3://lake-raw/tables",
      lake_curated: "s3://lake-curated/tables",
      lake_features: "s3://lake-features/tables",
      lake_models: "s3://lake-models/tables",
    });
    expect(inputs(graph, "lake-catalogue-credentials", "stringData")).toBeInstanceOf(Secret);
    expect(inputs(graph, "lake-catalogue-setup", "spec.template.metadata.labels")).toMatchObject(
      existingDatabase.clientLabels as object,
    );
    const { ingress, egress, policyTypes } = inputs(graph, "lake-catalogue-network", "spec");
    expect(policyTypes).toEqual(["Ingress", "Egress"]);
    expect(ingress).toBeUndefined();
    expect(egress).toHaveLength(2);
    expect(egress[1]).toEqual({
      to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "records" } }, podSelector: {} }],
      ports: [{ protocol: "TCP", port: 5433 }],
    });
  });

  test("no secret is in the plan", async () => {
    const graph = await planned({ teams }, mode);
    expect(JSON.stringify([graph.resources, graph.outputs, graph.diagnostics])).not.toContain("do-not-show-this");
  });

  test("a workload of a team is let into the stores of its zones, and to the catalogue", async () => {
    const graph = await planned({ teams }, mode);
    expect(graph.outputs.labels).toEqual({
      "access.aistack.dev/db": "allowed",
      "access.aistack.dev/lake-confidential": "allowed",
      "access.aistack.dev/lake-internal": "allowed",
    });
    expect(graph.outputs.databases).toEqual({
      curated: "lake_curated",
      features: "lake_features",
      models: "lake_models",
    });
    if (mode === "preview") return;
    expect(graph.outputs.egress).toEqual([
      {
        port: 8333,
        namespace: "lake",
        podLabels: {
          "app.kubernetes.io/instance": "lake-restricted",
          "app.kubernetes.io/component": "object-store",
        },
      },
      { port: 5433, namespace: "records" },
    ]);
  });

  test("an adopted lake is passed on and nothing is created", async () => {
    const existing = { kind: "data-lake", name: "theirs", region: "fra-1" } as DataLakeBinding;
    const graph = await planned({ existing }, mode);
    expect(created(graph)).toEqual([]);
    expect(graph.outputs.binding).toEqual(existing);
    expect(graph.outputs.requestLog).toBeUndefined();
  });
});

test("an identity has the zones it was given and no other, at the stores that these are in", async () => {
  const graph = await planned({ teams });
  expect(rights(graph, "restricted", "lake.team-vision")).toBeUndefined();
  expect(rights(graph, "internal", "lake.team-ingest")).toBeUndefined();
  const vision = rights(graph, "confidential", "lake.team-vision");
  expect(actionsOn(vision, "lake-curated")).toEqual([
    "s3:GetBucketLocation",
    "s3:ListBucket",
    "s3:GetObject",
    "s3:GetObjectTagging",
    "s3:GetObjectVersion",
    "s3:GetObjectVersionTagging",
  ]);
  expect(actionsOn(vision, "lake-features")).toEqual(
    expect.arrayContaining(["s3:GetObject", "s3:PutObject", "s3:PutObjectTagging"]),
  );
  expect(actionsOn(rights(graph, "internal", "lake.team-vision"), "lake-models")).toEqual([
    "s3:AbortMultipartUpload",
    "s3:ListMultipartUploadParts",
    "s3:PutObject",
    "s3:PutObjectTagging",
  ]);
});

test("nobody but the eraser and the upkeep deletes, and nobody changes who may what", async () => {
  const graph = await planned({ teams });
  for (const store of ["restricted", "confidential", "internal"]) {
    const file = inputs(graph, `lake-${store}-identities`, "stringData").reveal()["s3.json"];
    for (const { name, content } of JSON.parse(file).policies) {
      const actions: string[] = JSON.parse(content).Statement.flatMap(({ Action }: Statement) => Action);
      expect([name, actions.filter((action) => /\*|Policy|Acl|DeleteBucket|Bypass/.test(action))]).toEqual([name, []]);
      const deletes = actions.some((action) => /^s3:Delete/.test(action));
      expect([name, deletes]).toEqual([name, /^lake\.eraser$|\.upkeep$/.test(name)]);
    }
  }
  const expiry = rights(graph, "restricted", "lake-raw.upkeep") as Statement[];
  expect(expiry.find(({ Action }) => Action.includes("s3:DeleteObject"))?.Resource).toEqual([
    "arn:aws:s3:::lake-raw/objects/*",
  ]);
});

test("one pair of key and secret is valid at every store, and the catalogue gets a verifier of it alone", async () => {
  const graph = await planned({ teams });
  const { credentials, zones, environment } = bindingOf(graph);
  const secret = credentials?.LAKE_SECRET_ACCESS_KEY as string;
  expect(credentials).toEqual({
    LAKE_ACCESS_KEY_ID: "lake.client",
    LAKE_SECRET_ACCESS_KEY: secret,
    AWS_ACCESS_KEY_ID: "lake.client",
    AWS_SECRET_ACCESS_KEY: secret,
  });
  for (const zone of Object.values(zones)) expect(zone.credentials?.AWS_SECRET_ACCESS_KEY).toBe(secret);
  expect(new Set(Object.values(zones).map(({ endpoint }) => endpoint)).size).toBe(3);
  expect(environment).toMatchObject({
    LAKE_RAW_ENDPOINT: "https://lake-restricted.lake.svc:8333",
    LAKE_RAW_DATABASE: "lake_raw",
    LAKE_CATALOG_HOST: "db.data.svc",
    LAKE_CATALOG_PORT: "5433",
    LAKE_CATALOG_NAME: "tables",
    LAKE_CATALOG_CA_CERTIFICATE: caCertificate,
  });
  const { MEMBERS, PGUSER } = inputs(graph, "lake-catalogue-credentials", "stringData").reveal();
  expect(PGUSER).toBe("owner");
  expect(MEMBERS).not.toContain(secret);
  const members: { name: string; sees: string[]; changes: string[]; verifier: string }[] = JSON.parse(MEMBERS);
  expect(members.find(({ name }) => name === "lake.client")?.verifier).toBe(scramVerifier("lake.client", secret));
  expect(members.find(({ name }) => name === "lake.team-vision")).toMatchObject({
    sees: ["lake_curated", "lake_features"].sort(),
    changes: expect.arrayContaining(["lake_features", "lake_models"]),
  });
  expect((graph.outputs.reader as Secret).reveal()).toMatchObject({ AWS_ACCESS_KEY_ID: "lake.reader" });
});

test("a lake and the log of requests in one workload keep apart", async () => {
  const graph = await plan(
    () => {
      const lake = new DataLake("lake", { cluster, database });
      new InferenceService("erasure", {
        cluster,
        image: "registry.example/erasure:1",
        uses: [lake.eraserBinding, lake.requestLog as pulumi.Output<ObjectStoreBinding>],
      });
    },
    { mode: "simulate" },
  );
  const credentials = inputs(graph, "erasure-credentials", "stringData").reveal();
  expect(credentials).toMatchObject({
    AWS_ACCESS_KEY_ID: "lake.eraser",
    LAKE_ACCESS_KEY_ID: "lake.eraser",
    LAKE_REQUESTS_ACCESS_KEY_ID: "lake-requests.writer",
  });
  expect(variables(container(graph, "erasure-replicas").env)).toMatchObject({
    LAKE_REQUESTS_ENDPOINT: "https://lake-requests.lake.svc:8333",
    LAKE_RAW_ENDPOINT: "https://lake-restricted.lake.svc:8333",
  });
});

test("disks, encryption keys and namespace outlive the lake; a request stays locked for 24 months", async () => {
  const graph = await planned({ requestLog: undefined });
  const kept = graph.resources.filter((row) => row.custom && row.options.retainOnDelete === true);
  expect(kept.map(({ name }) => name).sort()).toEqual([
    "lake-confidential-encryption",
    "lake-default-deny",
    "lake-internal-encryption",
    "lake-namespace",
    "lake-requests-encryption",
    "lake-restricted-encryption",
  ]);
  expect(inputs(graph, "lake-raw-setup", "metadata.namespace")).toBe("lake");
  const log = variables(container(graph, "lake-requests-setup").env);
  expect(log).toMatchObject({ LOCK_MODE: "GOVERNANCE", RETENTION_DAYS: "731" });
});

test("given keys, a namespace and a certificate take the place of those that are made", async () => {
  const graph = await planned({
    encryptionKeys: { restricted: pulumi.secret("ab".repeat(32)) },
    namespace: "data",
    tlsSecretName: "company-tls",
    caCertificate,
  });
  const names = created(graph);
  expect(names).not.toContain("lake-restricted-encryption-key RandomBytes");
  expect(names).toContain("lake-internal-encryption-key RandomBytes");
  for (const absent of ["lake-namespace Namespace", "lake-raw-tls-secret Secret"]) expect(names).not.toContain(absent);
  expect(bindingOf(graph).environment).toMatchObject({
    LAKE_RAW_ENDPOINT: "https://lake-restricted.data.svc:8333",
    LAKE_RAW_CA_CERTIFICATE: caCertificate,
  });
});

test("without one that exists, it makes a database whose role may create others, for those who use the lake", async () => {
  const graph = await planned({ database: undefined, clientNamespaces: ["app"] });
  const { bootstrap, instances } = inputs(graph, "lake-database-servers", "spec");
  expect(bootstrap.initdb).toMatchObject({ owner: "lake_database" });
  expect(bootstrap.initdb.postInitApplicationSQL).toEqual(['ALTER ROLE "lake_database" CREATEROLE']);
  expect(instances).toBe(3);
  expect(inputs(graph, "lake-database-network", "spec.ingress.0.from.0.namespaceSelector")).toEqual({
    matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "In", values: ["lake", "app"] }],
  });
  expect(variables(container(graph, "lake-catalogue-setup").env)).toMatchObject({
    PGHOST: "lake-database-rw.lake.svc",
    PGDATABASE: "lake_database",
  });
  expect(inputs(graph, "lake-catalogue-setup", "spec.template.metadata.labels")).toMatchObject({
    "access.aistack.dev/lake-database": "allowed",
  });
});

test("the verifier of a password is that of RFC 5803", () => {
  // Length of salt and keys as PostgreSQL reads them: parse_scram_secret in src/backend/libpq/auth-scram.c.
  const [, iterations, salt, stored, server] =
    /^SCRAM-SHA-256\$(\d+):(.+)\$(.+):(.+)$/.exec(scramVerifier("lake.client", "secret")) ?? [];
  expect(iterations).toBe("4096");
  expect([salt, stored, server].map((part) => Buffer.from(part ?? "", "base64").length)).toEqual([16, 32, 32]);
  expect(scramVerifier("lake.client", "secret")).toBe(scramVerifier("lake.client", "secret"));
  expect(scramVerifier("lake.reader", "secret")).not.toBe(scramVerifier("lake.client", "secret"));
});

describe("where data lies", () => {
  const at = (region?: string, platform = Platform.Kubernetes): ClusterBinding => ({ ...cluster, region, platform });
  const compliance = [Regulation.Gdpr];

  test.each([
    ["in a region of one's own", { cluster: at("frankfurt-1"), compliance }],
    ["in one that was named", { cluster: at("frankfurt-1"), compliance, allowedRegions: ["frankfurt-1"] }],
    ["on a cluster that does not say, without a list", { cluster: at(), compliance }],
    ["in an adequate region of a cloud", { cluster: at("eu-west-1", Platform.Aws), compliance }],
    ["anywhere, without regulations", { cluster: at("us-east-1", Platform.Aws) }],
  ])("it is made %s", async (_, args: Partial<DataLakeArgs>) => {
    expect(created(await planned(args))).toContain("lake-restricted-servers StatefulSet");
  });

  test.each([
    ["in the United States", { cluster: at("us-east-1", Platform.Aws), compliance }, /is us-east-1, but GDPR Art\. 44/],
    ["in a cloud, by a cluster made elsewhere", { cluster: at("us-central1"), compliance }, /is us-central1, but GDPR/],
    ["outside the list", { cluster: at("b"), allowedRegions: ["a"] }, /is b, but data may lie in a only/],
    ["where the cluster does not say", { cluster: at(), allowedRegions: ["a"] }, /does not say where it is/],
  ])("it is refused %s, whether that is known at once or later", async (_, args: Partial<DataLakeArgs>, reason) => {
    expect(await refusal(planned(args))).toMatch(reason);
    const later = plan(
      () =>
        void new DataLake("lake", {
          database,
          requestLog,
          ...args,
          cluster: pulumi.output(args.cluster as ClusterBinding),
        }),
      { mode: "simulate" },
    );
    expect(await refusal(later)).toMatch(reason);
  });
});

const bad: [string, Partial<DataLakeArgs>, (string | RegExp)[]][] = [
  ["no cluster", { cluster: undefined }, ["cluster is missing; name the cluster to run on"]],
  [
    "a database whose server nobody can trust",
    { database: { ...existingDatabase, caCertificate: undefined } },
    ["database.caCertificate is undefined, but must be a certificate in PEM form"],
  ],
  [
    "a database that exists with backups",
    { backup: { store: requestLog } },
    ["backup has no effect together with `database`, which exists"],
  ],
  [
    "a database of its own without backups under a regulation that asks for them",
    { database: undefined, compliance: [Regulation.Hipaa] },
    ["backup"],
  ],
  [
    "a colder kind of disk",
    { zones: [{ zone: DataZone.Raw, archiveAfterDays: 30 }] },
    ["zones[0].archiveAfterDays cannot be: the store has one kind of disk"],
  ],
  [
    "people and workloads as clouds know them",
    {
      teams: [
        {
          name: "vision",
          read: [DataZone.Raw],
          cluster,
          identities: [{ namespace: "a", serviceAccount: "b" }],
          principals: ["VisionEngineers"],
        },
      ],
    },
    [
      'teams[0].cluster is for clouds; whoever is of the team takes its binding, such as `teamBindings["vision"]`',
      "teams[0].identities is for clouds",
      "teams[0].principals is for clouds",
    ],
  ],
  ["a team without zones", { teams: [{ name: "idle" }] }, ["teams[0] uses no zone"]],
  [
    "a key for no class",
    { encryptionKeys: { secret: "ab".repeat(32) } },
    ["encryptionKeys.secret is for no data class"],
  ],
  ["a key that is none", { encryptionKeys: { public: "do-not-show-this" } }, ["must be a key of 32 bytes as 64"]],
  [
    "a log of requests in a cloud",
    { requestLog: { ...requestLog, platform: Platform.Aws } },
    ['requestLog.platform is "aws"'],
  ],
  ["two servers", { replicas: 2 }, ["replicas is 2, but must be one of 1, 3, 5"]],
  ["no region", { allowedRegions: [] }, ["allowedRegions names no region"]],
  [
    "an adopted lake with teams",
    { existing: { kind: "data-lake" } as DataLakeBinding, teams },
    ["teams has no effect together with `existing`"],
  ],
];

test.each(bad)("refuses %s", async (_, args, reasons) => {
  const message = await refusal(planned(args));
  for (const reason of reasons) expect(message).toMatch(typeof reason === "string" ? escaped(reason) : reason);
  expect(message).not.toContain("do-not-show-this");
});

const escaped = (text: string) => new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));

test.each(["Lake", "lake_1", "-lake", "lake-", "a".repeat(21)])("refuses the name %s", async (name) => {
  const outcome = refusal(plan(() => void new DataLake(name, { cluster, database })));
  expect(await outcome).toMatch(/name is .* must be 1 to 20 lower-case letters/);
});

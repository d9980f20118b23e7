/** What DataLake promises on every platform, asserted on each by the same tests. */
import type * as pulumi from "@pulumi/pulumi";
import * as aws from "aistack-aws";
import {
  type Binding,
  type DatabaseBinding,
  DataClass,
  type DataLakeBinding,
  DataZone,
  type LakeTeamArgs,
  type LakeZoneArgs,
  type ObjectStoreBinding,
  Platform,
  Regulation,
} from "aistack-core";
import { type Graph, type Mode, type PlannedResource, plan, Secret } from "aistack-engine";
import * as gcp from "aistack-gcp";
import * as kubernetes from "aistack-kubernetes";

/** The arguments that all platforms share. */
interface Shared {
  existing?: pulumi.Input<DataLakeBinding>;
  compliance?: Regulation[];
  allowedRegions?: string[];
  zones?: LakeZoneArgs[];
  teams?: LakeTeamArgs[];
  oldVersionDays?: pulumi.Input<number>;
  requestLog?: pulumi.Input<ObjectStoreBinding>;
  lineage?: pulumi.Input<Binding>;
}

interface DataLake extends pulumi.ComponentResource {
  binding: pulumi.Output<DataLakeBinding>;
  requestLog?: pulumi.Output<ObjectStoreBinding>;
}

interface Subject {
  platform: Platform;
  config: (region: string) => { [key: string]: string };
  create: (args: Shared, region: string) => DataLake;
  regions: { adequate: string; other: string };
  /** Who is of a team, as the platform knows them. */
  members: Pick<LakeTeamArgs, "cluster" | "identities" | "principals">;
  /** Whether rights are granted, else they are those of a key in the binding. */
  isGranted: boolean;
  /** What a workload is told of each zone, and of the lake, beside what it is everywhere. */
  more: { ofZone: string[]; ofLake: string[] };
  /** What holds data or is needed to read it, which must be kept, and how many of these there are at least. */
  stores: (row: PlannedResource) => boolean;
  fewestStores: number;
  /** What says how sensitive a zone is, and the name of the one for models. */
  labelled: (row: PlannedResource) => boolean;
  models: string;
  /** How names begin of what is made for the team "vision". */
  ofTeam: string;
  /** What a team is granted, as text. */
  grants: (graph: Graph) => string[];
  /** Days that the log of requests keeps one. */
  logDays: (graph: Graph) => number;
}

// biome-ignore lint/suspicious/noExplicitAny: assertions on plain data whose shape each platform states
type Inputs = any;

function inputsOf(graph: Graph, type: string): Inputs[] {
  return graph.resources.filter((row) => row.type === type).map((row) => JSON.parse(JSON.stringify(row.inputs)));
}

const identity = { namespace: "vision", serviceAccount: "training" };

const database: DatabaseBinding = {
  kind: "database",
  name: "db",
  platform: Platform.Kubernetes,
  host: "db.data.svc",
  port: 5432,
  database: "lake",
  user: "owner",
  caCertificate: "-----BEGIN CERTIFICATE-----",
  credentials: { DB_PASSWORD: "x" },
};

const subjects: Subject[] = [
  {
    platform: Platform.Aws,
    config: (region) => ({ "aws:region": region }),
    create: (args) => new aws.DataLake("lake", args),
    regions: { adequate: "eu-west-1", other: "us-east-1" },
    members: {
      cluster: { name: "train", platform: Platform.Aws, region: "eu-west-1" },
      identities: [identity],
      principals: ["VisionEngineers"],
    },
    isGranted: true,
    more: { ofZone: [], ofLake: [] },
    stores: ({ type }) => /^aws:(s3\/bucket:|kms\/key:)/.test(type),
    fewestStores: 8,
    labelled: ({ type }) => /^aws:(s3\/bucket:|kms\/key:)/.test(type),
    models: "lake-models-objects",
    ofTeam: "lake-vision",
    grants: (graph) => inputsOf(graph, "aws:iam/policy:Policy").map((row) => row.policy),
    logDays: (graph) =>
      inputsOf(graph, "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration")[0].rule.defaultRetention
        .days,
  },
  {
    platform: Platform.Gcp,
    config: (region) => ({ "gcp:project": "my-project", "gcp:region": region }),
    create: (args) => new gcp.DataLake("lake", args),
    regions: { adequate: "europe-west4", other: "us-central1" },
    members: {
      cluster: { name: "train", platform: Platform.Gcp, region: "europe-west4" },
      identities: [identity],
      principals: ["group:vision@example.com"],
    },
    isGranted: true,
    more: { ofZone: [], ofLake: [] },
    stores: ({ type }) => /^gcp:(storage\/bucket:|kms\/cryptoKey:)/.test(type),
    fewestStores: 8,
    labelled: ({ type }) => /^gcp:(storage\/bucket:|kms\/cryptoKey:)/.test(type),
    models: "lake-models-objects",
    ofTeam: "lake-vision",
    grants: (graph) =>
      inputsOf(graph, "gcp:storage/bucketIAMMember:BucketIAMMember")
        .filter((row) => row.member.startsWith("group:"))
        .map((row) => JSON.stringify(row)),
    logDays: (graph) => {
      const [log] = inputsOf(graph, "gcp:storage/bucket:Bucket").filter((row) => row.retentionPolicy);
      return Number(log.retentionPolicy.retentionPeriod) / 86400;
    },
  },
  {
    platform: Platform.Kubernetes,
    config: () => ({}),
    create: (args, region) =>
      new kubernetes.DataLake("lake", {
        ...(args.existing
          ? {}
          : {
              cluster: { name: "train", platform: Platform.Kubernetes, kubeconfig: "{}", region },
              database,
            }),
        ...args,
      }),
    regions: { adequate: "eu-west-1", other: "us-east-1" },
    members: {},
    isGranted: false,
    more: {
      ofZone: ["CA_CERTIFICATE", "ENDPOINT"],
      ofLake: ["CATALOG_CA_CERTIFICATE", "CATALOG_HOST", "CATALOG_NAME", "CATALOG_PORT"],
    },
    // What is on the disks can be read with these alone; the disks themselves the set keeps.
    stores: ({ type, name }) => /:Namespace$/.test(type) || /-encryption$/.test(name),
    fewestStores: 5,
    labelled: ({ type, name }) => /:Job$/.test(type) && name !== "lake-catalogue-setup",
    models: "lake-models-setup",
    ofTeam: "lake-team-vision",
    grants: (graph) =>
      graph.resources
        .filter(({ name }) => name.endsWith("-identities"))
        .map(({ inputs }) => (inputs.stringData as Secret).reveal() as unknown as { [file: string]: string })
        .flatMap((files) => JSON.parse(files["s3.json"] as string).policies)
        .filter(({ name }) => name === "lake.team-vision")
        .map(({ content }) => content),
    logDays: (graph) => {
      const [log] = inputsOf(graph, "kubernetes:batch/v1:Job").filter(
        ({ metadata }) => metadata.name === "lake-requests-setup",
      );
      const { env } = log.spec.template.spec.containers[0];
      return Number(env.find(({ name }: { name: string }) => name === "RETENTION_DAYS").value);
    },
  },
];

jest.setTimeout(60_000);

const modes: Mode[] = ["preview", "simulate"];
const zones = Object.values(DataZone);

describe.each(subjects)("$platform", (subject) => {
  const requestLog: ObjectStoreBinding = {
    kind: "object-store",
    name: "requests",
    platform: subject.platform,
    bucket: "theirs",
    url: "x://theirs",
    access: { read: [], write: [{ platform: subject.platform, actions: ["a:b"], resources: ["theirs"] }] },
  };
  const planned = (args: Shared, mode: Mode = "simulate", region = subject.regions.adequate) =>
    plan(
      () => {
        const lake = subject.create(args, region);
        return { binding: lake.binding, ...(lake.requestLog ? { requestLog: lake.requestLog.url } : {}) };
      },
      { mode, config: subject.config(region) },
    );
  // A binding with a key is a secret as a whole.
  const bindingIn = ({ outputs: { binding } }: Graph) =>
    (binding instanceof Secret ? binding.reveal() : binding) as unknown as DataLakeBinding;
  const bindingOf = async (args: Shared) => bindingIn(await planned(args));
  const refusal = async (args: Shared, region?: string) => {
    const outcome = await planned(args, "simulate", region).catch((error: Error) => error);
    expect(outcome).toBeInstanceOf(Error);
    return (outcome as Error).message;
  };
  const team: LakeTeamArgs = {
    name: "vision",
    read: [DataZone.Curated],
    write: [DataZone.Features],
    ...subject.members,
  };

  test("the binding has the four zones, a database of each, and what may be granted", async () => {
    const binding = await bindingOf({ requestLog, teams: [team] });
    expect(binding).toMatchObject({ kind: "data-lake", name: "lake", platform: subject.platform });
    expect(binding.region).toBe(subject.regions.adequate);
    expect(Object.keys(binding.zones).sort()).toEqual([...zones].sort());
    expect(Object.keys(binding.databases).sort()).toEqual([...zones].sort());
    expect(new Set(Object.values(binding.zones).map(({ bucket }) => bucket)).size).toBe(4);
    expect(new Set(Object.values(binding.databases)).size).toBe(4);
    const { teams, ...lists } = binding.access;
    expect(Object.keys(lists).sort()).toEqual(["erase", "read", "write"]);
    if (!subject.isGranted) {
      expect(binding.access).toEqual({ read: [], write: [], erase: [], teams: {} });
      expect(Object.keys(binding.credentials ?? {}).length).toBeGreaterThan(0);
      return;
    }
    for (const rules of [...Object.values(lists), teams.vision as DataLakeBinding["access"]["read"]]) {
      expect(rules.length).toBeGreaterThan(0);
      for (const rule of rules) expect(rule.platform).toBe(subject.platform);
    }
  });

  test("a workload reads the same variables on every platform", async () => {
    const { environment } = await bindingOf({ requestLog });
    const facts = ["BUCKET", "URL", "REGION", "DATABASE", ...subject.more.ofZone];
    const ofZones = zones.flatMap((zone) => facts.map((fact) => `LAKE_${zone.toUpperCase()}_${fact}`));
    const ofLake = subject.more.ofLake.map((fact) => `LAKE_${fact}`);
    expect(Object.keys(environment ?? {}).sort()).toEqual([...ofZones, ...ofLake].sort());
  });

  test("a zone is an object store that another component takes", async () => {
    const { zones: stores } = await bindingOf({ requestLog });
    for (const [zone, store] of Object.entries(stores)) {
      expect(store).toMatchObject({ kind: "object-store", name: `lake-${zone}`, platform: subject.platform });
      expect(store.url).toContain(store.bucket);
      for (const rules of [store.access.read, store.access.write]) expect(rules.length > 0).toBe(subject.isGranted);
    }
  });

  test.each(modes)("what holds data is kept, and all is below the component, in %s", async (mode) => {
    const graph = await planned({ teams: [team] }, mode);
    const stores = graph.resources.filter((row) => row.custom && subject.stores(row));
    expect(stores.length).toBeGreaterThanOrEqual(subject.fewestStores);
    expect(stores.filter((row) => row.options.retainOnDelete !== true).map((row) => row.name)).toEqual([]);
    const [top, lake] = graph.resources;
    const byUrn = new Map(graph.resources.map((row) => [row.urn, row]));
    for (const row of graph.resources.slice(1)) {
      let ancestor = row;
      while (ancestor.parent !== top?.urn) ancestor = byUrn.get(ancestor.parent as string) as PlannedResource;
      expect([row.urn, ancestor.urn]).toEqual([row.urn, lake?.urn]);
    }
  });

  test("what a team's people are granted names their zones and no others", async () => {
    const text = subject.grants(await planned({ requestLog, teams: [team] })).join("\n");
    for (const zone of ["curated", "features"]) expect(text).toMatch(new RegExp(`lake[-_]${zone}`));
    for (const zone of ["raw", "models"]) expect(text).not.toMatch(new RegExp(`lake[-_]${zone}`));
  });

  test("a team added or moved changes nothing of another", async () => {
    const other: LakeTeamArgs = { name: "audio", write: [DataZone.Raw] };
    const ownOf = async (teams: LakeTeamArgs[]) => {
      const { resources } = await planned({ requestLog, teams });
      return resources.filter((row) => row.name.startsWith(subject.ofTeam)).map((row) => [row.urn, row.inputs]);
    };
    const sorted = async (teams: LakeTeamArgs[]) => (await ownOf(teams)).map((row) => JSON.stringify(row)).sort();
    const alone = await sorted([team]);
    expect(alone.length).toBeGreaterThan(0);
    expect(await sorted([team, other])).toEqual(alone);
    expect(await sorted([other, team])).toEqual(alone);
  });

  test("requests are kept for 24 months, longer where a regulation says so, or where they always were", async () => {
    expect(subject.logDays(await planned({}))).toBe(731);
    expect(subject.logDays(await planned({ compliance: [Regulation.Hipaa] }))).toBe(2192);
    const graph = await planned({ requestLog });
    expect(graph.outputs.requestLog).toBe("x://theirs");
    if (subject.isGranted) expect(bindingIn(graph).access.erase.at(-1)?.resources).toEqual(["theirs"]);
  });

  test("under the GDPR it is made where data may lie, and refused elsewhere with the reason", async () => {
    const compliance = [Regulation.Gdpr];
    expect((await planned({ requestLog, compliance })).outputs.binding).toBeDefined();
    const { adequate, other } = subject.regions;
    expect(await refusal({ compliance }, other)).toContain(`is ${other}, but GDPR Art. 44`);
    expect(await refusal({ compliance, allowedRegions: [other] })).toMatch(/allowedRegions\[0\] .*GDPR Art\. 44/);
    expect(await refusal({ allowedRegions: [other] }, adequate)).toContain(`but data may lie in ${other} only`);
    expect((await planned({ requestLog, allowedRegions: [other] }, "simulate", other)).outputs.binding).toBeDefined();
  });

  test("tells where lineage events go", async () => {
    const lineage = { kind: "lineage", name: "lineage", environment: { OPENLINEAGE_URL: "http://lineage:5000" } };
    expect((await bindingOf({ requestLog, lineage })).environment?.OPENLINEAGE_URL).toBe("http://lineage:5000");
  });

  test("adopts a lake that exists and creates nothing", async () => {
    const existing = await bindingOf({ requestLog });
    const graph = await planned({ existing });
    expect(graph.resources.filter((row) => row.custom)).toEqual([]);
    expect(Object.keys(graph.outputs)).toEqual(["binding"]);
    expect(bindingIn(graph)).toEqual(existing);
  });

  test("faults are told together, before anything is registered", async () => {
    const registered: string[] = [];
    const bad: Shared = {
      zones: [{ zone: "gold" as DataZone }, { zone: DataZone.Raw, dataClass: "secret" as DataClass }],
      teams: [{ name: "idle" }],
      oldVersionDays: 0,
    };
    const outcome = await plan(() => void subject.create(bad, subject.regions.adequate), {
      config: subject.config(subject.regions.adequate),
      onResource: (urn) => registered.push(urn),
    }).catch((error: Error) => error);
    const { message } = outcome as Error;
    for (const path of ["zones[0].zone", "zones[1].dataClass", "teams[0]", "oldVersionDays"])
      expect(message).toContain(path);
    expect(registered.filter((urn) => urn.includes("DataLake"))).toEqual([]);
  });

  test("every store says how sensitive its content is", async () => {
    const graph = await planned({ requestLog, zones: [{ zone: DataZone.Models, dataClass: DataClass.Public }] });
    const labels = ({ inputs: { tags, labels: own, metadata } }: PlannedResource) => tags ?? own ?? metadata;
    for (const row of graph.resources.filter((one) => one.custom && subject.labelled(one)))
      expect([row.name, JSON.stringify(labels(row))]).toEqual([row.name, expect.stringMatching(/aistack.*data-class/)]);
    const models = graph.resources.find((row) => row.custom && row.name === subject.models);
    expect(JSON.stringify(models?.inputs)).toMatch(/data-class":"public"/);
  });
});

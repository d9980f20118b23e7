/** What DataLake promises on every platform, asserted on each by the same tests. */
import type * as pulumi from "@pulumi/pulumi";
import * as aws from "aistack-aws";
import {
  type Binding,
  type ClusterBinding,
  DataClass,
  type DataLakeBinding,
  DataZone,
  type LakeTeamArgs,
  type LakeZoneArgs,
  type ObjectStoreBinding,
  Platform,
  Regulation,
} from "aistack-core";
import { type Graph, type Mode, type PlannedResource, plan } from "aistack-engine";
import * as gcp from "aistack-gcp";

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
  create: (args: Shared) => DataLake;
  regions: { adequate: string; other: string };
  principal: string;
  /** Types of what holds data, which must be kept. */
  stores: RegExp;
  /** What a team's people are granted, as text. */
  grants: (graph: Graph) => string[];
  /** Days that the log of requests keeps one. */
  logDays: (graph: Graph) => number;
}

// biome-ignore lint/suspicious/noExplicitAny: assertions on plain data whose shape each platform states
type Inputs = any;

function inputsOf(graph: Graph, type: string): Inputs[] {
  return graph.resources.filter((row) => row.type === type).map((row) => JSON.parse(JSON.stringify(row.inputs)));
}

const subjects: Subject[] = [
  {
    platform: Platform.Aws,
    config: (region) => ({ "aws:region": region }),
    create: (args) => new aws.DataLake("lake", args),
    regions: { adequate: "eu-west-1", other: "us-east-1" },
    principal: "VisionEngineers",
    stores: /^aws:(s3\/bucket:|kms\/key:)/,
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
    principal: "group:vision@example.com",
    stores: /^gcp:(storage\/bucket:|kms\/cryptoKey:)/,
    grants: (graph) =>
      inputsOf(graph, "gcp:storage/bucketIAMMember:BucketIAMMember")
        .filter((row) => row.member.startsWith("group:"))
        .map((row) => JSON.stringify(row)),
    logDays: (graph) => {
      const [log] = inputsOf(graph, "gcp:storage/bucket:Bucket").filter((row) => row.retentionPolicy);
      return Number(log.retentionPolicy.retentionPeriod) / 86400;
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
        const lake = subject.create(args);
        return { binding: lake.binding, ...(lake.requestLog ? { requestLog: lake.requestLog.url } : {}) };
      },
      { mode, config: subject.config(region) },
    );
  const bindingOf = async (args: Shared) => (await planned(args)).outputs.binding as unknown as DataLakeBinding;
  const refusal = async (args: Shared, region?: string) => {
    const outcome = await planned(args, "simulate", region).catch((error: Error) => error);
    expect(outcome).toBeInstanceOf(Error);
    return (outcome as Error).message;
  };
  const cluster: ClusterBinding = { name: "train", platform: subject.platform, region: subject.regions.adequate };
  const team: LakeTeamArgs = {
    name: "vision",
    read: [DataZone.Curated],
    write: [DataZone.Features],
    cluster,
    identities: [{ namespace: "vision", serviceAccount: "training" }],
    principals: [subject.principal],
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
    for (const rules of [...Object.values(lists), teams.vision as DataLakeBinding["access"]["read"]]) {
      expect(rules.length).toBeGreaterThan(0);
      for (const rule of rules) expect(rule.platform).toBe(subject.platform);
    }
  });

  test("a workload reads the same variables on every platform", async () => {
    const { environment } = await bindingOf({ requestLog });
    const facts = ["BUCKET", "URL", "REGION", "DATABASE"];
    expect(Object.keys(environment ?? {}).sort()).toEqual(
      zones.flatMap((zone) => facts.map((fact) => `LAKE_${zone.toUpperCase()}_${fact}`)).sort(),
    );
  });

  test("a zone is an object store that another component takes", async () => {
    const { zones: stores } = await bindingOf({ requestLog });
    for (const [zone, store] of Object.entries(stores)) {
      expect(store).toMatchObject({ kind: "object-store", name: `lake-${zone}`, platform: subject.platform });
      expect(store.url).toContain(store.bucket);
      expect(store.access.read.length).toBeGreaterThan(0);
      expect(store.access.write.length).toBeGreaterThan(0);
    }
  });

  test.each(modes)("what holds data is kept, and all is below the component, in %s", async (mode) => {
    const graph = await planned({ teams: [team] }, mode);
    const stores = graph.resources.filter((row) => subject.stores.test(row.type));
    expect(stores.length).toBeGreaterThan(7);
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
    const other: LakeTeamArgs = { name: "audio", write: [DataZone.Raw], principals: [] };
    const ownOf = async (teams: LakeTeamArgs[]) => {
      const { resources } = await planned({ requestLog, teams });
      return resources.filter((row) => row.name.startsWith("lake-vision")).map((row) => [row.urn, row.inputs]);
    };
    const sorted = async (teams: LakeTeamArgs[]) => (await ownOf(teams)).map((row) => JSON.stringify(row)).sort();
    const alone = await sorted([team]);
    expect(alone.length).toBeGreaterThan(2);
    expect(await sorted([team, other])).toEqual(alone);
    expect(await sorted([other, team])).toEqual(alone);
  });

  test("requests are kept for 24 months, longer where a regulation says so, or where they always were", async () => {
    expect(subject.logDays(await planned({}))).toBe(731);
    expect(subject.logDays(await planned({ compliance: [Regulation.Hipaa] }))).toBe(2192);
    const graph = await planned({ requestLog });
    expect(graph.outputs.requestLog).toBe("x://theirs");
    const { access } = graph.outputs.binding as unknown as DataLakeBinding;
    expect(access.erase.at(-1)?.resources).toEqual(["theirs"]);
  });

  test("under the GDPR it is made where data may lie, and refused elsewhere with the reason", async () => {
    const compliance = [Regulation.Gdpr];
    expect((await planned({ requestLog, compliance })).outputs.binding).toBeDefined();
    const { adequate, other } = subject.regions;
    expect(await refusal({ compliance }, other)).toContain(`the lake would be in ${other}, but data may lie in`);
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
    expect(graph.outputs).toEqual({ binding: existing });
  });

  test("faults are told together, before anything is registered", async () => {
    const registered: string[] = [];
    const bad: Shared = {
      zones: [{ zone: "gold" as DataZone }, { zone: DataZone.Raw, dataClass: "secret" as DataClass }],
      teams: [{ name: "idle" }],
      oldVersionDays: 0,
    };
    const outcome = await plan(() => void subject.create(bad), {
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
    for (const row of graph.resources.filter(({ type }) => subject.stores.test(type)))
      expect([row.name, JSON.stringify(row.inputs.tags ?? row.inputs.labels)]).toEqual([
        row.name,
        expect.stringMatching(/aistack.data-class/),
      ]);
    const models = graph.resources.find((row) => row.custom && row.name === "lake-models-objects");
    expect(JSON.stringify(models?.inputs)).toMatch(/data-class":"public"/);
  });
});

import type { Key } from "@pulumi/aws/kms";
import * as pulumi from "@pulumi/pulumi";
import {
  type AccessRule,
  type DataClass,
  type DataLakeBinding,
  environmentPrefix,
  lakeConnections,
  lakeEnvironment,
  mergedRules,
  type ObjectStoreBinding,
  type PlannedRule,
  Platform,
  requestRetention,
  residentIn,
  standardTags,
} from "aistack-core";
import { AuditLogBucket } from "../audit-log-bucket/audit-log-bucket";
import { rotatedKey } from "../shared/bucket";
import { type Place, placeOf } from "../shared/place";
import { podIdentityAgent } from "../shared/pod-identity";
import { accountAdministers, policyDocument } from "../shared/policy";
import { eraseZone, readZone, useWorkgroup, writeZone } from "./access";
import { checkLake, type DataLakeArgs, type LakePlan } from "./args";
import * as defaults from "./defaults";
import { LakeQueries } from "./queries";
import { LakeTeam } from "./team";
import { LakeZone } from "./zone";

const type = "aistack-aws:index:DataLake";

/** Zones of data in buckets of their own, with keys by data class, a catalogue for tables, and rights by team. It outlives its stack unless told otherwise. */
export class DataLake extends pulumi.ComponentResource {
  /** Plain-data handle that a workload on any platform can be given. Whoever takes it waits until the buckets are closed. */
  public readonly binding: pulumi.Output<DataLakeBinding>;
  /** Bucket that takes the requests of persons and the answers. Absent for an adopted lake. */
  public readonly requestLog?: pulumi.Output<ObjectStoreBinding>;

  constructor(name: string, args: DataLakeArgs = {}, opts: pulumi.ComponentResourceOptions = {}) {
    const plan = checkLake(type, name, args);
    super(type, name, args, opts);
    if (args.existing) {
      this.binding = pulumi.output(args.existing);
      this.registerOutputs({ binding: this.binding });
      return;
    }

    // What is kept of a destroyed stack keeps its protection. Components hand the option down to all of their children,
    // so they are told which of these to keep.
    const kept = { parent: this, retainOnDelete: opts.retainOnDelete ?? true };
    const around: Around = { name, plan, args, place: placeIn(this, plan), child: { parent: this }, kept };
    const keys = createKeys(around);
    const zones = createZones(around, keys);
    const queries = createQueries(around, keys);
    const requestLog = plan.requestLog ?? createRequestLog(around);
    const access = lakeAccess(around, zones, queries, requestLog);
    createTeams(around, access.teams);

    this.requestLog = requestLog;
    this.binding = lakeBinding(around, zones, access);
    // Policies under `pulumi up` see outputs only: what regulations they judge by, and what was decided about them.
    const { compliance, resolutions } = args;
    this.registerOutputs({ binding: this.binding, requestLog, compliance, resolutions });
  }
}

/** What every step needs. */
interface Around {
  name: string;
  plan: LakePlan;
  args: DataLakeArgs;
  /** Where the lake is, once it is known that data may lie there: everything waits for that. */
  place: Place;
  child: { parent: pulumi.Resource };
  kept: { parent: pulumi.Resource; retainOnDelete: boolean };
}

type Rules = pulumi.Output<AccessRule>[];

interface LakeAccess {
  read: Rules;
  write: Rules;
  erase: pulumi.Output<AccessRule[]>;
  teams: { [team: string]: Rules };
}

function placeIn(component: DataLake, { residency }: LakePlan): Place {
  const place = placeOf(component);
  return { ...place, region: residentIn(place.region, residency) };
}

/** One key for each data class that a zone has. */
function createKeys({ name, plan, args, place, kept }: Around): Map<DataClass, pulumi.Output<string>> {
  const used = defaults.classes.filter((one) => plan.zones.some(({ dataClass }) => dataClass === one));
  const create = (dataClass: DataClass): Key =>
    rotatedKey(
      `${name}-key-${dataClass}`,
      {
        description: `Data of ${name} that is ${dataClass}`,
        policy: policyDocument([accountAdministers(place)]),
        region: place.region,
        tags: standardTags(type, dataClass, args.tags),
      },
      kept,
    );
  return new Map(used.map((one) => [one, pulumi.output(plan.kmsKeyArns[one] ?? create(one).arn)]));
}

function createZones(
  { name, plan, args, place, child, kept }: Around,
  keys: Map<DataClass, pulumi.Output<string>>,
): LakeZone[] {
  return plan.zones.map(
    (zone) =>
      new LakeZone(
        `${name}-${zone.zone}`,
        {
          lake: name,
          plan: zone,
          keyArn: keys.get(zone.dataClass) as pulumi.Output<string>,
          oldVersionDays: plan.oldVersionDays,
          stays: plan.residency !== undefined,
          place,
          tags: standardTags(type, zone.dataClass, args.tags),
          retainOnDelete: kept.retainOnDelete,
        },
        child,
      ),
  );
}

function createQueries({ name, plan, args, place, child, kept }: Around, keys: Map<DataClass, pulumi.Output<string>>) {
  const [dataClass, keyArn] = [...keys].at(-1) as [DataClass, pulumi.Output<string>];
  return new LakeQueries(
    `${name}-queries`,
    {
      teams: plan.teams.map((team) => team.name),
      keyArn,
      stays: plan.residency !== undefined,
      place,
      tags: standardTags(type, dataClass, args.tags),
      retainOnDelete: kept.retainOnDelete,
    },
    child,
  );
}

/** Requests of persons, written once and kept for 24 months, with the tables and queries to look for them. */
function createRequestLog({ name, args, child, kept }: Around): pulumi.Output<ObjectStoreBinding> {
  const { compliance, resolutions, tags } = args;
  const retentionDays = requestRetention(compliance ?? []);
  const log = new AuditLogBucket(
    `${name}-requests`,
    { compliance, resolutions, retentionDays, query: true, tags },
    // By itself it keeps what it has to.
    kept.retainOnDelete ? child : kept,
  );
  return log.binding;
}

function lakeAccess(
  { plan, place }: Around,
  zones: LakeZone[],
  queries: LakeQueries,
  requestLog: pulumi.Output<ObjectStoreBinding>,
): LakeAccess {
  const rules = (list: PlannedRule[]) => mergedRules(Platform.Aws, list);
  const all = (grant: typeof readZone) => zones.flatMap(({ arns }) => grant(place, arns));
  const some = (names: string[], grant: typeof readZone) =>
    zones.flatMap(({ arns }, index) => (names.includes(plan.zones[index]?.zone as string) ? grant(place, arns) : []));
  const erase = rules([...all(eraseZone), ...useWorkgroup(queries.own)]);
  return {
    read: rules([...all(readZone), ...useWorkgroup(queries.own)]),
    write: rules(all(writeZone)),
    erase: pulumi.all([pulumi.output(erase), requestLog.access.write]).apply(([own, log]) => [...own, ...log]),
    teams: Object.fromEntries(
      plan.teams.map(({ name, read, write }) => [
        name,
        rules([
          ...some(read, readZone),
          ...some(write, writeZone),
          ...useWorkgroup(queries.teams[name] as LakeQueries["own"]),
        ]),
      ]),
    ),
  };
}

function createTeams({ name, plan, args, child }: Around, access: LakeAccess["teams"]): void {
  for (const team of plan.teams) {
    const dataClass = defaults.classes.findLast((one) =>
      plan.zones.some((zone) => zone.dataClass === one && [...team.read, ...team.write].includes(zone.zone)),
    ) as DataClass;
    new LakeTeam(
      `${name}-${team.name}`,
      { lake: name, team, access: access[team.name] as Rules, tags: standardTags(type, dataClass, args.tags) },
      child,
    );
  }
}

function lakeBinding({ name, plan, args, place }: Around, zones: LakeZone[], access: LakeAccess) {
  const names = plan.zones.map(({ zone }) => zone);
  const byZone = <T>(value: (zone: LakeZone) => T): { [zone: string]: T } =>
    Object.fromEntries(zones.map((zone, index) => [names[index] as string, value(zone)]));
  const facts = zones.map(({ binding, arns }, index) => ({
    zone: names[index] as (typeof names)[number],
    bucket: binding.bucket,
    url: binding.url,
    region: place.region,
    database: arns.database,
  }));
  return pulumi.output({
    kind: "data-lake",
    name,
    platform: Platform.Aws,
    region: place.region,
    zones: byZone(({ binding }) => binding),
    databases: byZone(({ arns }) => arns.database),
    environment: lakeEnvironment(environmentPrefix(name), facts, args.lineage),
    ...lakeConnections([{ port: 443 }, podIdentityAgent], args.lineage ? [args.lineage] : []),
    access,
  });
}

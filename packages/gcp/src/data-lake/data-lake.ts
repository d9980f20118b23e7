import * as pulumi from "@pulumi/pulumi";
import {
  type AccessRule,
  type DataClass,
  type DataLakeBinding,
  environmentPrefix,
  lakeConnections,
  lakeEnvironment,
  type ObjectStoreBinding,
  Platform,
  requestRetention,
  residentIn,
} from "aistack-core";
import { AuditLogBucket } from "../audit-log-bucket/audit-log-bucket";
import { keyIn } from "../audit-log-bucket/key";
import { labelsOf } from "../shared/labels";
import { metadataServer } from "../shared/metadata-server";
import { type Place, placeOf } from "../shared/place";
import { eraseZone, readZone, rulesOf, writeZone } from "./access";
import { checkLake, type DataLakeArgs, type LakePlan } from "./args";
import * as defaults from "./defaults";
import { LakeKey } from "./key";
import { LakeTeam } from "./team";
import { LakeZone } from "./zone";

const type = "aistack-gcp:index:DataLake";

/** Zones of data in buckets of their own, with keys by data class, a catalogue for tables, and rights by team. It outlives its stack unless told otherwise. */
export class DataLake extends pulumi.ComponentResource {
  /** Plain-data handle that a workload on any platform can be given. */
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

    // Components hand the option down to all of their children, so they are told which of these to keep.
    const retainOnDelete = opts.retainOnDelete ?? true;
    const around: Around = { name, plan, args, place: placeIn(this, plan), child: { parent: this }, retainOnDelete };
    const keys = createKeys(around);
    const zones = createZones(around, keys);
    const requestLog = plan.requestLog ?? createRequestLog(around);
    const access = lakeAccess(around, zones, requestLog);
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
  retainOnDelete: boolean;
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
function createKeys({ name, plan, place, child, retainOnDelete }: Around): Map<DataClass, pulumi.Output<string>> {
  const used = defaults.classes.filter((one) => plan.zones.some(({ dataClass }) => dataClass === one));
  return new Map(
    used.map((one) => {
      const given = plan.kmsKeys[one];
      if (given !== undefined) return [one, keyIn(`kmsKeys.${one}`, given, place.region)];
      const labels = labelsOf(type, one, plan.tags);
      return [one, new LakeKey(`${name}-${one}`, { location: place.region, labels, retainOnDelete }, child).keyName];
    }),
  );
}

function createZones(
  { name, plan, place, child, retainOnDelete }: Around,
  keys: Map<DataClass, pulumi.Output<string>>,
): LakeZone[] {
  return plan.zones.map(
    (zone) =>
      new LakeZone(
        `${name}-${zone.zone}`,
        {
          lake: name,
          plan: zone,
          teams: plan.teams,
          keyName: keys.get(zone.dataClass) as pulumi.Output<string>,
          oldVersionDays: plan.oldVersionDays,
          place,
          labels: labelsOf(type, zone.dataClass, plan.tags),
          retainOnDelete,
        },
        child,
      ),
  );
}

/** Requests of persons, written once and kept for 24 months, with the tables and queries to look for them. */
function createRequestLog({ name, plan, args, child, retainOnDelete }: Around): pulumi.Output<ObjectStoreBinding> {
  const { compliance, resolutions } = args;
  const retentionDays = requestRetention(compliance ?? []);
  const log = new AuditLogBucket(
    `${name}-requests`,
    { compliance, resolutions, retentionDays, query: true, tags: plan.tags },
    // By itself it keeps what it has to.
    retainOnDelete ? child : { ...child, retainOnDelete },
  );
  return log.binding;
}

function lakeAccess({ plan }: Around, zones: LakeZone[], requestLog: pulumi.Output<ObjectStoreBinding>): LakeAccess {
  const all = (grant: typeof readZone) => zones.flatMap(({ names }) => grant(names));
  const some = (names: string[], grant: typeof readZone) =>
    zones.flatMap((zone, index) => (names.includes(plan.zones[index]?.zone as string) ? grant(zone.names) : []));
  const erase = rulesOf(all(eraseZone));
  return {
    read: rulesOf(all(readZone)),
    write: rulesOf(all(writeZone)),
    erase: pulumi.all([pulumi.output(erase), requestLog.access.write]).apply(([own, log]) => [...own, ...log]),
    teams: Object.fromEntries(
      plan.teams.map(({ name, read, write }) => [name, rulesOf([...some(read, readZone), ...some(write, writeZone)])]),
    ),
  };
}

function createTeams({ name, plan, place, child }: Around, access: LakeAccess["teams"]): void {
  for (const team of plan.teams)
    new LakeTeam(`${name}-${team.name}`, { team, access: access[team.name] as Rules, place }, child);
}

function lakeBinding({ name, plan, args, place }: Around, zones: LakeZone[], access: LakeAccess) {
  const names = plan.zones.map(({ zone }) => zone);
  const byZone = <T>(value: (zone: LakeZone) => T): { [zone: string]: T } =>
    Object.fromEntries(zones.map((zone, index) => [names[index] as string, value(zone)]));
  const facts = zones.map(({ binding, datasetId }, index) => ({
    zone: names[index] as (typeof names)[number],
    bucket: binding.bucket,
    url: binding.url,
    region: place.region,
    database: datasetId,
  }));
  return pulumi.output({
    kind: "data-lake",
    name,
    platform: Platform.Gcp,
    region: place.region,
    zones: byZone(({ binding }) => binding),
    databases: byZone(({ datasetId }) => datasetId),
    environment: lakeEnvironment(environmentPrefix(name), facts, args.lineage),
    ...lakeConnections([{ port: 443 }, ...metadataServer], args.lineage ? [args.lineage] : []),
    access,
  });
}

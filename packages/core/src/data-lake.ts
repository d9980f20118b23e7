/** What DataLake has on every platform. What a platform cannot do, it refuses by name. */
import * as pulumi from "@pulumi/pulumi";
import {
  type AccessRule,
  type Binding,
  bindingField,
  type ClusterBinding,
  type EgressRule,
  type ObjectStoreBinding,
  type WorkloadIdentity,
} from "./bindings";
import { type Checks, oneOf, type Rule, wholeNumber } from "./checks";
import { auditLogRetention, isAdequateRegion, Regulation, regionsOf } from "./compliance";
import type { Platform } from "./platform";
import { type Residency, residencyOf } from "./residency";
import { DataClass } from "./tags";

/** Part of a lake: data of one stage, in a bucket of its own. */
export enum DataZone {
  /** As it came in. */
  Raw = "raw",
  /** Cleaned and joined; what teams build on. */
  Curated = "curated",
  /** What models are trained on and asked with. */
  Features = "features",
  /** Models, and what they were trained and tested with. */
  Models = "models",
}

/** What differs from the defaults in one zone. */
export interface LakeZoneArgs {
  /** Zone that this is about. */
  zone: DataZone;
  /** How sensitive the content is, which decides the key. Defaults to restricted for raw, internal for models, else confidential. */
  dataClass?: DataClass;
  /**
   * Days after which an object moves to a colder storage class that can still be read at once, 1 to 36500. Defaults to never,
   * which is all that there is on Kubernetes.
   */
  archiveAfterDays?: pulumi.Input<number>;
  /** Days after which an object is deleted, 1 to 36500. Defaults to never. */
  expireAfterDays?: pulumi.Input<number>;
}

/** People and workloads that use the same zones. */
export interface LakeTeamArgs {
  /** Name of the team, unique in the lake. */
  name: string;
  /** Zones that it lists and reads. Defaults to none. */
  read?: DataZone[];
  /** Zones that it adds to; whoever changes tables there has to read them too. Defaults to none. */
  write?: DataZone[];
  /** Cluster that its workloads run in. Required with `identities`. */
  cluster?: pulumi.Input<ClusterBinding>;
  /** Workloads of the team. The order decides names: add at the end. On Kubernetes, they take the team's binding instead. */
  identities?: pulumi.Input<WorkloadIdentity>[];
  /**
   * People of the team. AWS: names of IAM roles of the account. Google Cloud: members such as `group:vision@example.com`. On
   * Kubernetes, none. The order decides names: add at the end.
   */
  principals?: pulumi.Input<string>[];
}

/** What may be granted on a lake. */
export interface DataLakeAccess {
  /** List and read all zones, and what the catalogue says of them. */
  read: AccessRule[];
  /** Add to all zones, and change the catalogue. */
  write: AccessRule[];
  /** Find, and delete with all older versions, what is about one person. For the procedure that answers requests for erasure. */
  erase: AccessRule[];
  /** What each team was given, by its name. */
  teams: { [team: string]: AccessRule[] };
}

/** A data lake, on any platform. */
export interface DataLakeBinding extends Binding {
  /** Platform that holds the lake. */
  platform: Platform;
  /** Region of the lake. */
  region?: string;
  /** Bucket of each zone, by its name: raw, curated, features, models. Where a key says what may be done, those of the key. */
  zones: { [zone: string]: ObjectStoreBinding };
  /** Database of the catalogue for the tables of each zone, by the name of the zone. */
  databases: { [zone: string]: string };
  /** What may be granted on the lake. */
  access: DataLakeAccess;
}

/**
 * Tag of an object, in other writing metadata, that names the person whom it is about by a pseudonym; and the column of a
 * table that does.
 */
export const subjectTag = "subject";

/** Zones in the order that data moves through them. */
export const dataZones: readonly DataZone[] = Object.values(DataZone);

const defaultClasses: Readonly<Record<DataZone, DataClass>> = {
  [DataZone.Raw]: DataClass.Restricted,
  [DataZone.Curated]: DataClass.Confidential,
  [DataZone.Features]: DataClass.Confidential,
  [DataZone.Models]: DataClass.Internal,
};

/** Days that requests of persons, and the answers, are kept: 24 months. 11 CCR 7101(a) of the CCPA's regulations. */
const requestLogDays = 731;

/** A hundred years, which is as good as for ever. */
const mostDays = 36500;

/** Teams at most, and workloads and principals of each: IAM's limits for what is attached are not far above. */
const most = { teams: 50, members: 50 };

/** A zone with its defaults. */
export interface ZonePlan {
  zone: DataZone;
  dataClass: DataClass;
  archiveAfterDays?: pulumi.Input<number>;
  expireAfterDays?: pulumi.Input<number>;
}

/** A team with its defaults. */
export interface LakeTeamPlan {
  name: string;
  read: DataZone[];
  write: DataZone[];
  cluster?: pulumi.Input<ClusterBinding>;
  identities: pulumi.Input<WorkloadIdentity>[];
  principals: pulumi.Input<string>[];
}

/** Judges `zones`; returns all four. */
export function checkZones(check: Checks, given: LakeZoneArgs[] = []): ZonePlan[] {
  const days = wholeNumber(1, mostDays);
  given.forEach((own, index) => {
    const path = `zones[${index}]`;
    check.value(`${path}.zone`, own.zone, oneOf(dataZones));
    check.value(`${path}.dataClass`, own.dataClass, oneOf(Object.values(DataClass)));
    if (given.findIndex(({ zone }) => zone === own.zone) !== index)
      check.fault(`${path}.zone`, `is "${own.zone}" for a second time; put all of it into one item`);
    const { archiveAfterDays, expireAfterDays } = own;
    if (
      typeof archiveAfterDays === "number" &&
      typeof expireAfterDays === "number" &&
      archiveAfterDays >= expireAfterDays
    )
      check.fault(
        `${path}.archiveAfterDays`,
        `is ${archiveAfterDays}, but objects are deleted after ${expireAfterDays} days; archive them earlier, or leave it out`,
      );
  });
  return dataZones.map((zone) => {
    const index = given.findIndex((own) => own.zone === zone);
    const own = given[index];
    return {
      zone,
      dataClass: own?.dataClass ?? defaultClasses[zone],
      archiveAfterDays: check.value(`zones[${index}].archiveAfterDays`, own?.archiveAfterDays, days),
      expireAfterDays: check.value(`zones[${index}].expireAfterDays`, own?.expireAfterDays, days),
    };
  });
}

/** Judges `teams`; the rules are those of the platform for a team's name and for one of its principals. */
export function checkTeams(
  check: Checks,
  given: LakeTeamArgs[] = [],
  rules: { name: Rule<string>; principal: Rule<string> },
): LakeTeamPlan[] {
  if (given.length > most.teams)
    check.fault("teams", `has ${given.length} items, but may have ${most.teams}; make a second lake for more`);
  return given.map((team, index) => {
    const path = `teams[${index}]`;
    const { name, read = [], write = [], cluster, identities = [], principals = [] } = team;
    check.value(`${path}.name`, name, rules.name);
    if (given.findIndex((other) => other.name === name) !== index)
      check.fault(`${path}.name`, `is "${name}" for a second time; put all of it into one item`);
    for (const [field, zones] of Object.entries({ read, write }))
      zones.forEach((zone, position) => {
        check.value(`${path}.${field}[${position}]`, zone, oneOf(dataZones));
      });
    if (read.length + write.length === 0) check.fault(path, "uses no zone; name one in `read` or `write`");
    if (identities.length > 0 && cluster === undefined)
      check.fault(`${path}.cluster`, "is missing; name the cluster that the workloads in `identities` run in");
    for (const [field, members] of Object.entries({ identities, principals }))
      if (members.length > most.members)
        check.fault(`${path}.${field}`, `has ${members.length} items, but may have ${most.members}`);
    return {
      name,
      read: [...new Set(read)],
      write: [...new Set(write)],
      cluster,
      identities,
      principals: principals.map((one, position) =>
        check.value(`${path}.principals[${position}]`, one, rules.principal),
      ),
    };
  });
}

/** Judges `allowedRegions` against the regulations. */
export function checkResidency(
  check: Checks,
  platform: Platform,
  allowedRegions: string[] | undefined,
  compliance: readonly Regulation[],
): Residency {
  const isGdpr = compliance.includes(Regulation.Gdpr);
  if (allowedRegions?.length === 0)
    check.fault("allowedRegions", "names no region, so that there is none to make the lake in; name one or more");
  const known = regionsOf(platform);
  const adequate = known.filter((region) => isAdequateRegion(platform, region));
  allowedRegions?.forEach((region, index) => {
    check.value(`allowedRegions[${index}]`, region, (value) => {
      // Machines of one's own are in places that no table has.
      if (known.length > 0 && !known.includes(value)) return `must be a region of ${platform}, such as ${adequate[0]}`;
      if (!isGdpr || isAdequateRegion(platform, value) !== false) return undefined;
      const names = adequate.length > 0 ? `: ${adequate.join(", ")}` : "";
      return `GDPR Art. 44 asks for safeguards there that no plan shows; name regions of the European Economic Area or of a country that the Commission found adequate${names}`;
    });
  });
  return residencyOf(platform, compliance, allowedRegions);
}

/** Days that the log of requests is kept: 24 months, or longer where a regulation wants it of all records. */
export function requestRetention(compliance: readonly Regulation[]): number {
  return Math.max(requestLogDays, auditLogRetention(compliance)?.minimumDays ?? 0);
}

/** What of a zone a workload is told. */
export interface ZoneFacts {
  zone: DataZone;
  bucket: pulumi.Input<string>;
  url: pulumi.Input<string>;
  region?: pulumi.Input<string>;
  /** Database of its tables. */
  database?: pulumi.Input<string>;
}

/** Variable that clients of OpenLineage read. https://openlineage.io/docs/client/python/configuration */
const lineageVariable = "OPENLINEAGE_URL";

/** The variables of a lake: of its zones, and where lineage events go. Their names are known in any preview. */
export function lakeEnvironment(
  prefix: string,
  zones: ZoneFacts[],
  lineage?: pulumi.Input<Binding>,
): { [name: string]: pulumi.Input<string> } {
  const ofZone = ({ zone, ...facts }: ZoneFacts) =>
    Object.entries(facts).map(([fact, value]) => [`${prefix}_${zone}_${fact}`.toUpperCase(), value]);
  return {
    ...Object.fromEntries(zones.flatMap(ofZone)),
    ...(lineage ? { [lineageVariable]: lineageUrl(lineage) } : {}),
  };
}

function lineageUrl(lineage: pulumi.Input<Binding>): pulumi.Output<string> {
  return bindingField(lineage, "environment").apply((variables) => {
    const url = variables?.[lineageVariable];
    if (url !== undefined) return url;
    const reason = `lineage has no ${lineageVariable} in its environment; give the binding of a LineageService`;
    throw new pulumi.InputPropertyError({ propertyPath: "lineage", reason });
  });
}

/** What opens the way to the lake, and to what it stands on or tells of, for those who use it. */
export function lakeConnections(
  own: pulumi.Input<EgressRule>[],
  others: pulumi.Input<Binding>[],
  labels?: { [label: string]: string },
) {
  if (others.length === 0) return { egress: own, ...(labels && { clientLabels: labels }) };
  const egress = pulumi.all(others.map((other) => bindingField(other, "egress")));
  const clientLabels = pulumi.all(others.map((other) => bindingField(other, "clientLabels")));
  return {
    egress: pulumi
      .all([pulumi.all(own), egress])
      .apply(([all, lists]) => [...all, ...lists.flatMap((list) => list ?? [])]),
    clientLabels: clientLabels.apply((maps): { [label: string]: string } => Object.assign({}, labels, ...maps)),
  };
}

/** An access rule whose resources may still be to come. */
export interface PlannedRule {
  actions: string[];
  resources: pulumi.Input<string>[];
}

/** Rules that name the same actions as one, so that a policy stays short. */
export function mergedRules(platform: Platform, rules: PlannedRule[]): pulumi.Output<AccessRule>[] {
  const merged = new Map<string, PlannedRule>();
  for (const { actions, resources } of rules) {
    const known = merged.get(actions.join());
    merged.set(actions.join(), { actions, resources: [...new Set([...(known?.resources ?? []), ...resources])] });
  }
  return [...merged.values()].map((rule) => pulumi.output({ platform, ...rule }));
}

import * as pulumi from "@pulumi/pulumi";
import {
  bindingField,
  type DatabaseBinding,
  type DataClass,
  type DataLakeBinding,
  type ObjectStoreBinding,
  onCluster,
  requestRetention,
} from "aistack-core";
import { AuditLogBucket } from "../audit-log-bucket/audit-log-bucket";
import { Database } from "../database/database";
import { identitiesFile } from "../s3-store/identities";
import { S3Bucket } from "../s3-store/s3-bucket";
import { S3Store } from "../s3-store/s3-store";
import { keepZone } from "../s3-store/scripts";
import { WorkloadNamespace } from "../workload/namespace";
import { checkLake, type DataLakeArgs, type LakePlan } from "./args";
import { type LakeFacts, lakeBinding } from "./binding";
import { LakeCatalogue } from "./catalogue";
import { classes, databaseSize, folders } from "./defaults";
import { everyone, type LakeMembers, lakeMembers, storeMembers, type ZoneKeys, zoneKeys } from "./members";

const type = "aistack-kubernetes:index:DataLake";

/**
 * Zones of data in buckets of their own, in a store for each data class, with a catalogue for tables, and keys by team. Disks,
 * encryption keys and namespace outlive the component: deleting it deletes no object.
 */
export class DataLake extends pulumi.ComponentResource {
  /** All zones, to read and to add to, for `uses` of a workload. A secret as a whole, since it holds a key. */
  public readonly binding: pulumi.Output<DataLakeBinding>;
  /** All zones, to read only. */
  public readonly readerBinding: pulumi.Output<DataLakeBinding>;
  /** All zones, to find and to delete what is about one person: for the procedure of erasure alone. */
  public readonly eraserBinding: pulumi.Output<DataLakeBinding>;
  /** What each team was given, by its name. Empty for an adopted lake. */
  public readonly teamBindings: pulumi.Output<{ [team: string]: DataLakeBinding }>;
  /** Bucket that takes the requests of persons and the answers. Absent for an adopted lake. */
  public readonly requestLog?: pulumi.Output<ObjectStoreBinding>;

  constructor(name: string, args: DataLakeArgs, opts: pulumi.ComponentResourceOptions = {}) {
    const plan = checkLake(type, name, args);
    super(type, name, args, opts);
    if (args.existing !== undefined) {
      this.binding = pulumi.output(args.existing);
      this.readerBinding = this.binding;
      this.eraserBinding = this.binding;
      this.teamBindings = pulumi.output<{ [team: string]: DataLakeBinding }>({});
      this.registerOutputs(this.#outputs());
      return;
    }
    const around = this.#around(name, plan, args, opts);
    const members = lakeMembers(name, plan.teams, { parent: this });
    const zones = createStores(around, members);
    const database = args.database ?? createDatabase(around, args);
    const catalogHost = createCatalogue(around, members, zones, database);
    this.requestLog = plan.requestLog ?? createRequestLog(around, args);

    const { namespace } = around;
    const facts: LakeFacts = {
      name,
      namespace,
      region: plan.region,
      zones,
      database,
      catalogHost,
      lineage: args.lineage,
    };
    this.binding = lakeBinding(facts, members.client);
    this.readerBinding = lakeBinding(facts, members.reader);
    this.eraserBinding = lakeBinding(facts, members.eraser);
    this.teamBindings = pulumi.output(
      Object.fromEntries(Object.entries(members.teams).map(([team, member]) => [team, lakeBinding(facts, member)])),
    );
    // Policies under `pulumi up` see outputs only: what regulations they judge by, and what was decided about them.
    const { compliance, resolutions } = args;
    this.registerOutputs({ ...this.#outputs(), compliance, resolutions });
  }

  #outputs() {
    const { binding, readerBinding, eraserBinding, teamBindings, requestLog } = this;
    return { binding, readerBinding, eraserBinding, teamBindings, requestLog };
  }

  #around(name: string, plan: LakePlan, args: DataLakeArgs, opts: pulumi.ComponentResourceOptions): Around {
    const { cluster } = plan;
    const component = { parent: this, provider: onCluster(this, name, cluster, opts).provider };
    // All that is made is in the namespace, and so waits until it is known that data may lie where the cluster is.
    const own = plan.namespace ?? name;
    const allowed = plan.isLimited ? pulumi.all([own, plan.region]).apply(([known]) => known) : own;
    const namespace = args.namespace
      ? allowed
      : new WorkloadNamespace(name, { cluster, namespace: allowed }, { ...component, retainOnDelete: true }).namespace;
    return { name, plan, namespace, component };
  }
}

/** What every step needs. */
interface Around {
  name: string;
  plan: LakePlan;
  namespace: pulumi.Input<string>;
  component: pulumi.ComponentResourceOptions & { parent: pulumi.Resource };
}

/** A store for each data class, which has an encryption key of its own, and in it a bucket for each zone of that class. */
function createStores(around: Around, members: LakeMembers): LakeFacts["zones"] {
  const { name, plan, namespace, component } = around;
  return classes.flatMap((dataClass) => {
    const zones = plan.zones
      .filter((zone) => zone.dataClass === dataClass)
      .map((zone) => {
        const bucket = `${name}-${zone.zone}`;
        return { ...zone, bucket, keys: zoneKeys(bucket, { parent: component.parent }) };
      });
    if (zones.length === 0) return [];
    const storeName = `${name}-${dataClass}`;
    const store = new S3Store(
      storeName,
      {
        ...plan,
        namespace,
        encryptionKey: plan.encryptionKeys[dataClass],
        identities: identitiesFile(storeMembers(everyone(members), zones)),
        buckets: zones.map(({ bucket }) => bucket),
      },
      component,
    );
    return zones.map((zone) => ({
      zone: zone.zone,
      name: zone.bucket,
      bucket: createBucket(around, zone, store),
      database: `${name}_${zone.zone}`.replaceAll("-", "_"),
      storeName,
      store,
    }));
  });
}

interface KeyedZone {
  bucket: string;
  dataClass: DataClass;
  expireAfterDays?: pulumi.Input<number>;
  keys: ZoneKeys;
}

function createBucket(
  { plan, namespace, component }: Around,
  { bucket, dataClass, expireAfterDays, keys }: KeyedZone,
  store: S3Store,
): pulumi.Output<string> {
  const made = new S3Bucket(
    bucket,
    {
      cluster: plan.cluster,
      namespace,
      bucket,
      store,
      setup: { key: keys.setup, environment: { LOCK_MODE: "" } },
      upkeep: {
        key: keys.upkeep,
        script: keepZone(folders.objects),
        environment: {
          OLD_VERSION_DAYS: pulumi.interpolate`${plan.oldVersionDays}`,
          EXPIRE_AFTER_DAYS: expireAfterDays === undefined ? "" : pulumi.interpolate`${expireAfterDays}`,
        },
      },
      labels: { "aistack.dev/data-class": dataClass },
    },
    component,
  );
  return made.bucket;
}

/** A database in the namespace of the lake, for those who use that. */
function createDatabase(
  { name, plan, namespace, component }: Around,
  { backup, alerts, install, compliance }: DataLakeArgs,
): pulumi.Output<DatabaseBinding> {
  const { cluster, replicas, storageClass } = plan;
  const clientNamespaces =
    plan.clientNamespaces &&
    pulumi.all([plan.clientNamespaces, namespace]).apply(([others, own]) => [...new Set([own, ...others])]);
  return new Database(
    `${name}-database`,
    {
      ...{ cluster, namespace, clientNamespaces, replicas, storageClass, backup, alerts, install, compliance },
      ...databaseSize,
      createsRoles: true,
    },
    component,
  ).binding;
}

function createCatalogue(
  { name, plan, namespace, component }: Around,
  members: LakeMembers,
  zones: LakeFacts["zones"],
  database: pulumi.Input<DatabaseBinding>,
): pulumi.Output<string> {
  const { host } = new LakeCatalogue(
    `${name}-catalogue`,
    {
      cluster: plan.cluster,
      namespace,
      database,
      host: plan.databaseHost ?? bindingField(database, "host"),
      lake: name,
      zones: zones.map((zone) => ({ ...zone, location: `s3://${zone.name}/${folders.tables}` })),
      members: everyone(members),
    },
    component,
  );
  return host;
}

/** Requests of persons, written once and kept for 24 months. */
function createRequestLog(
  { name, plan, namespace, component }: Around,
  { compliance, resolutions, alerts }: DataLakeArgs,
): pulumi.Output<ObjectStoreBinding> {
  const { cluster, replicas, diskSizeGiB, storageClass, cpu, memory, tlsSecretName, caCertificate, clientNamespaces } =
    plan;
  const store = { cluster, replicas, diskSizeGiB, storageClass, cpu, memory, tlsSecretName, caCertificate };
  const retentionDays = requestRetention(compliance ?? []);
  const log = new AuditLogBucket(
    `${name}-requests`,
    { ...store, namespace, clientNamespaces, compliance, resolutions, retentionDays, alerts },
    component,
  );
  return log.binding;
}

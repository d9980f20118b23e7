import { Dataset } from "@pulumi/gcp/bigquery";
import { Instance } from "@pulumi/gcp/bigtable";
import { Bucket } from "@pulumi/gcp/storage";
import * as pulumi from "@pulumi/pulumi";
import {
  type AccessRule,
  after,
  entityKeyVersion,
  environmentPrefix,
  FeatureRegistryKind,
  type FeatureStoreAccess,
  type FeatureStoreBinding,
  feastYaml,
  OfflineStoreKind,
  OnlineStoreKind,
  Platform,
} from "aistack-core";
import { labelsOf } from "../shared/labels";
import { inRegion, type Place, placeOf } from "../shared/place";
import { checkFeatureStore, type FeatureStoreArgs, type FeatureStorePlan } from "./args";
import { FeatureKey } from "./key";

const type = "aistack-gcp:index:FeatureStore";

/** Where in the bucket Feast has what. */
const folders = { registry: "registry/registry.db", staging: "staging" };

/** Load of the processors that another node comes at; what Bigtable advises for one cluster: https://cloud.google.com/bigtable/docs/autoscaling */
const cpuTarget = 60;

/** Days that older versions of the registry are kept. */
const oldVersionDays = 30;

interface Parts {
  place: Place;
  keyName: pulumi.Output<string>;
  labels: pulumi.Output<{ [key: string]: string }>;
}

/**
 * Feature store on Google Cloud: what Feast works on (Bigtable, BigQuery, Cloud Storage), encrypted with one key of yours.
 * What holds data outlives its stack unless told otherwise.
 */
export class FeatureStore extends pulumi.ComponentResource {
  /** How to reach the store, for `uses` of a workload, and what may be granted on it. */
  public readonly binding: pulumi.Output<FeatureStoreBinding>;
  /** `feature_store.yaml` of Feast. */
  public readonly configuration: pulumi.Output<string | undefined>;

  constructor(name: string, args: FeatureStoreArgs = {}, opts: pulumi.ComponentResourceOptions = {}) {
    const plan = checkFeatureStore(type, name, args);
    super(type, name, args, opts);
    if (args.existing !== undefined) {
      this.binding = pulumi.output(args.existing);
      this.configuration = pulumi.output(undefined);
      this.registerOutputs({ binding: this.binding, configuration: this.configuration, compliance: args.compliance });
      return;
    }
    const kept = { parent: this, retainOnDelete: opts.retainOnDelete ?? true };
    const place = placeOf(this);
    const labels = labelsOf(type, plan.dataClass, plan.tags);
    const keyName = pulumi.output(
      plan.kmsKey ?? new FeatureKey(`${name}-features`, { location: place.region, labels }, kept).keyName,
    );
    const parts = { place, keyName, labels };

    const online = onlineStore(name, plan, parts, kept);
    const offline = offlineStore(name, plan, parts, kept);
    const bucket = registryBucket(name, parts, kept);

    const configuration = configurationOf(plan, place, online, offline, bucket);
    this.configuration = configuration;
    const prefix = `FEAST_${environmentPrefix(name)}`;
    this.binding = pulumi.output({
      kind: "feature-store",
      name,
      project: plan.project,
      registry: FeatureRegistryKind.Gcs,
      onlineStore: OnlineStoreKind.Bigtable,
      offlineStore: OfflineStoreKind.BigQuery,
      configuration,
      environment: { [`${prefix}_PROJECT`]: plan.project, [`${prefix}_CONFIGURATION`]: configuration },
      // Addresses of Google change; what the pod may do there is decided by the roles of its service account.
      egress: [{ port: 443 }],
      access: after(accessOf(place, online, offline, bucket), online, offline, bucket),
    });
    this.registerOutputs({ binding: this.binding, configuration: this.configuration, compliance: args.compliance });
  }
}

function onlineStore(
  name: string,
  { zone, maxNodes }: FeatureStorePlan,
  { place, keyName, labels }: Parts,
  opts: pulumi.CustomResourceOptions,
): Instance {
  const zones = inRegion("zone", zone === undefined ? [] : [zone], place.region);
  return new Instance(
    `${name}-online`,
    {
      clusters: [
        {
          clusterId: `${name}-online`,
          zone: pulumi.all([zones, place.region]).apply(([[own], region]) => own ?? `${region}-b`),
          storageType: "SSD",
          kmsKeyName: keyName,
          autoscalingConfig: { minNodes: 1, maxNodes, cpuTarget },
        },
      ],
      deletionProtection: true,
      labels,
    },
    opts,
  );
}

function offlineStore(
  name: string,
  { project }: FeatureStorePlan,
  { place, keyName, labels }: Parts,
  opts: pulumi.CustomResourceOptions,
): Dataset {
  return new Dataset(
    `${name}-offline`,
    {
      datasetId: pulumi.interpolate`feast_${project}`,
      description: `Features of ${name}`,
      location: place.region,
      defaultEncryptionConfiguration: { kmsKeyName: keyName },
      // Seven days, the longest, to bring back what was overwritten.
      maxTimeTravelHours: "168",
      deleteContentsOnDestroy: false,
      labels,
    },
    opts,
  );
}

function registryBucket(name: string, { place, keyName, labels }: Parts, opts: pulumi.CustomResourceOptions): Bucket {
  return new Bucket(
    `${name}-registry`,
    {
      location: place.region,
      uniformBucketLevelAccess: true,
      publicAccessPrevention: "enforced",
      versioning: { enabled: true },
      encryption: { defaultKmsKeyName: keyName },
      lifecycleRules: [
        { action: { type: "Delete" }, condition: { daysSinceNoncurrentTime: oldVersionDays, withState: "ARCHIVED" } },
      ],
      forceDestroy: false,
      labels,
    },
    opts,
  );
}

function configurationOf(
  plan: FeatureStorePlan,
  place: Place,
  online: Instance,
  offline: Dataset,
  bucket: Bucket,
): pulumi.Output<string> {
  return pulumi
    .all([plan.project, place.project, place.region, online.name, offline.datasetId, bucket.name])
    .apply(([project, projectId, region, instance, dataset, name]) =>
      feastYaml({
        project,
        provider: "gcp",
        registry: { registry_type: "file", path: `gs://${name}/${folders.registry}`, cache_ttl_seconds: 60 },
        online_store: { type: "bigtable", project_id: projectId, instance },
        offline_store: {
          type: "bigquery",
          project_id: projectId,
          dataset,
          location: region,
          gcs_staging_location: `gs://${name}/${folders.staging}`,
        },
        // Who may do what is decided by IAM.
        auth: { type: "no_auth" },
        entity_key_serialization_version: entityKeyVersion,
      }),
    );
}

/** Roles on single things. Running queries is a role on the project, `roles/bigquery.jobUser`, which no rule on a thing can hold. */
function accessOf(place: Place, online: Instance, offline: Dataset, bucket: Bucket): pulumi.Output<FeatureStoreAccess> {
  return pulumi
    .all([place.project, online.name, offline.datasetId, bucket.name])
    .apply(([project, instance, dataset, name]) => {
      const rule = (role: string, resource: string): AccessRule => ({
        platform: Platform.Gcp,
        actions: [role],
        resources: [resource],
      });
      const table = `//bigtable.googleapis.com/projects/${project}/instances/${instance}`;
      const data = `//bigquery.googleapis.com/projects/${project}/datasets/${dataset}`;
      const objects = `//storage.googleapis.com/projects/_/buckets/${name}`;
      const registry = rule("roles/storage.objectViewer", objects);
      return {
        serve: [rule("roles/bigtable.reader", table), registry],
        // The list of entities of a training set becomes a table for the time of the query.
        train: [rule("roles/bigquery.dataEditor", data), registry],
        materialise: [
          // Feast makes the tables of feature views.
          rule("roles/bigtable.admin", table),
          rule("roles/bigquery.dataEditor", data),
          rule("roles/storage.objectUser", objects),
        ],
      };
    });
}

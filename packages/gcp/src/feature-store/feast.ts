import type { Dataset } from "@pulumi/gcp/bigquery";
import { Instance } from "@pulumi/gcp/bigtable";
import { Bucket } from "@pulumi/gcp/storage";
import * as pulumi from "@pulumi/pulumi";
import {
  after,
  entityKeyVersion,
  FeatureRegistryKind,
  type FeatureStoreAccess,
  feastYaml,
  OnlineStoreKind,
} from "aistack-core";
import type { Place } from "../shared/place";
import type { FeatureStorePlan } from "./args";
import { FeatureKey } from "./key";
import { cpuTarget, minNodes, offlineStore, type Part, type PartArgs, rule, zoneOf } from "./parts";

/** Where in the bucket Feast has what. */
const folders = { registry: "registry/registry.db", staging: "staging" };

/** Days that older versions of the registry are kept. */
const oldVersionDays = 30;

/** What Feast works on: Bigtable, BigQuery and a bucket for the registry. */
export function feast(name: string, args: PartArgs, opts: pulumi.CustomResourceOptions): Part {
  const { plan, place, labels } = args;
  const keyName = pulumi.output(
    plan.kmsKey ?? new FeatureKey(`${name}-features`, { location: place.region, labels }, opts).keyName,
  );
  const online = onlineStore(name, args, keyName, opts);
  const offline = offlineStore(name, pulumi.interpolate`feast_${plan.project}`, keyName, args, opts);
  const bucket = registryBucket(name, args, keyName, opts);
  const configuration = configurationOf(plan, place, online, offline, bucket);
  return {
    project: plan.project,
    registry: FeatureRegistryKind.Gcs,
    onlineStore: OnlineStoreKind.Bigtable,
    configuration,
    environment: { PROJECT: plan.project, CONFIGURATION: configuration },
    access: after(accessOf(place, online, offline, bucket), online, offline, bucket),
  };
}

function onlineStore(
  name: string,
  { plan, place, labels }: PartArgs,
  keyName: pulumi.Output<string>,
  opts: pulumi.CustomResourceOptions,
): Instance {
  return new Instance(
    `${name}-online`,
    {
      clusters: [
        {
          clusterId: `${name}-online`,
          zone: zoneOf(plan, place),
          storageType: "SSD",
          kmsKeyName: keyName,
          autoscalingConfig: { minNodes: minNodes(plan.maxNodes), maxNodes: plan.maxNodes, cpuTarget },
        },
      ],
      deletionProtection: true,
      labels,
    },
    opts,
  );
}

function registryBucket(
  name: string,
  { place, labels }: PartArgs,
  keyName: pulumi.Output<string>,
  opts: pulumi.CustomResourceOptions,
): Bucket {
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

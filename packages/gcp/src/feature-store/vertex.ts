import { type Dataset, DatasetIamMember, Table } from "@pulumi/gcp/bigquery";
import { ServiceIdentity } from "@pulumi/gcp/projects";
import {
  AiFeatureGroup,
  AiFeatureGroupFeature,
  AiFeatureOnlineStore,
  AiFeatureOnlineStoreFeatureview,
} from "@pulumi/gcp/vertex";
import * as pulumi from "@pulumi/pulumi";
import {
  after,
  asFeatureProject,
  type FeatureGroupArgs,
  FeatureRegistryKind,
  type FeatureStoreAccess,
  FeatureType,
  OnlineStoreKind,
} from "aistack-core";
import { valuesOf } from "./args";
import { vertexKey } from "./key";
import { cpuTarget, minNodes, offlineStore, type Part, type PartArgs, rule, zoneOf } from "./parts";

/** Types of BigQuery: https://cloud.google.com/bigquery/docs/reference/standard-sql/data-types */
const columnTypes: Readonly<Record<FeatureType, string>> = {
  [FeatureType.Integral]: "INTEGER",
  [FeatureType.Fractional]: "FLOAT",
  [FeatureType.String]: "STRING",
};

/**
 * Vertex AI Feature Store: tables in BigQuery, which keep all values, and a store on Bigtable, which the service fills from
 * them. Its other kind of store, "optimized", is deprecated and takes no key of yours, so it is not offered.
 * https://cloud.google.com/vertex-ai/docs/featurestore/latest/online-serving-types
 */
export function vertexFeatureStore(name: string, args: PartArgs, opts: pulumi.CustomResourceOptions): Part {
  const { plan, place, labels } = args;
  const id = asFeatureProject(name);
  // Asking for it brings the account into being where the project has none yet.
  const agent = new ServiceIdentity(`${name}-agent`, { service: "aiplatform.googleapis.com" }, { parent: opts.parent });
  const keyName = pulumi.output(plan.kmsKey ?? vertexKey(name, place.region, labels, agent.member, opts));
  const offline = offlineStore(name, `features_${id}`, keyName, args, opts);
  // An account that was asked for has no role; one that came by itself has more.
  const reads = new DatasetIamMember(
    `${name}-reads`,
    { datasetId: offline.datasetId, role: "roles/bigquery.dataViewer", member: agent.member },
    opts,
  );
  const online = new AiFeatureOnlineStore(
    `${name}-online`,
    {
      name: id,
      region: place.region,
      bigtable: {
        autoScaling: {
          minNodeCount: minNodes(plan.maxNodes),
          maxNodeCount: plan.maxNodes,
          cpuUtilizationTarget: cpuTarget,
        },
        zone: zoneOf(plan, place),
      },
      encryptionSpec: { kmsKeyName: keyName },
      forceDestroy: false,
      labels,
    },
    opts,
  );
  const views = plan.groups.map((group) =>
    servedGroup(`${name}-${group.name}`, group, { ...args, offline, online, keyName, reads }, opts),
  );
  return {
    project: online.name,
    registry: FeatureRegistryKind.Service,
    onlineStore: OnlineStoreKind.Vertex,
    endpoint: pulumi.interpolate`https://${place.region}-aiplatform.googleapis.com`,
    environment: { STORE: online.id, DATASET: pulumi.interpolate`${place.project}.${offline.datasetId}` },
    access: after(accessOf(args, offline, online), offline, online, ...views),
  };
}

interface GroupArgs extends PartArgs {
  offline: Dataset;
  online: AiFeatureOnlineStore;
  keyName: pulumi.Output<string>;
  reads: DatasetIamMember;
}

/** A group's table, what the registry knows of it, and the view by which it is served. */
function servedGroup(
  name: string,
  group: FeatureGroupArgs,
  { plan, place, labels, offline, online, keyName, reads }: GroupArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource {
  const table = new Table(
    `${name}-history`,
    {
      datasetId: offline.datasetId,
      tableId: group.name,
      description: `All values of the features of ${group.name}`,
      schema: JSON.stringify(columnsOf(group)),
      timePartitioning: { type: "DAY", field: group.eventTime },
      clusterings: [group.recordIdentifier],
      encryptionConfiguration: { kmsKeyName: keyName },
      deletionProtection: true,
      labels,
    },
    opts,
  );
  const source = pulumi.interpolate`bq://${place.project}.${offline.datasetId}.${table.tableId}`;
  const registered = new AiFeatureGroup(
    `${name}-group`,
    {
      name: group.name,
      region: place.region,
      description: `Features of ${group.name}`,
      bigQuery: { bigQuerySource: { inputUri: source }, entityIdColumns: [group.recordIdentifier] },
      labels,
    },
    opts,
  );
  const features = valuesOf(group).map(
    (feature) =>
      new AiFeatureGroupFeature(
        `${name}-feature-${feature}`,
        { name: feature, region: place.region, featureGroup: registered.name, labels },
        opts,
      ),
  );
  return new AiFeatureOnlineStoreFeatureview(
    `${name}-view`,
    {
      name: group.name,
      region: place.region,
      featureOnlineStore: online.name,
      featureRegistrySource: {
        featureGroups: [{ featureGroupId: registered.name, featureIds: features.map((feature) => feature.name) }],
      },
      syncConfig: { cron: pulumi.interpolate`TZ=UTC ${plan.schedule}` },
      labels,
    },
    { ...opts, dependsOn: [reads] },
  );
}

/** Columns of a group's table. Time and identifier are in every row; each other feature may be left out of one. */
function columnsOf({ features, recordIdentifier, eventTime }: FeatureGroupArgs) {
  return features.map(({ name, type }) => ({
    name,
    type: name === eventTime ? "TIMESTAMP" : columnTypes[type],
    mode: name === eventTime || name === recordIdentifier ? "REQUIRED" : "NULLABLE",
  }));
}

/** Roles on single things. The service copies by itself: who materialises writes to the tables, and nowhere else. */
function accessOf(
  { place }: PartArgs,
  offline: Dataset,
  online: AiFeatureOnlineStore,
): pulumi.Output<FeatureStoreAccess> {
  return pulumi.all([place.project, offline.datasetId, online.id]).apply(([project, dataset, store]) => {
    const data = `//bigquery.googleapis.com/projects/${project}/datasets/${dataset}`;
    return {
      serve: [rule("roles/aiplatform.featurestoreDataViewer", `//aiplatform.googleapis.com/${store}`)],
      train: [rule("roles/bigquery.dataViewer", data)],
      materialise: [rule("roles/bigquery.dataEditor", data)],
    };
  });
}

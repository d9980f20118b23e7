import { AiIndex, AiIndexEndpoint, AiIndexEndpointDeployedIndex } from "@pulumi/gcp/vertex";
import * as pulumi from "@pulumi/pulumi";
import { Distance, limitedName, type NetworkBinding } from "aistack-core";
import { shardFor } from "./args";
import * as defaults from "./defaults";
import { type KeyUsers, type Part, type PartArgs, privateAddress } from "./parts";

/** https://cloud.google.com/vertex-ai/docs/vector-search/configuring-indexes#distance-measure-type */
const measures: Readonly<Record<Distance, string>> = {
  [Distance.Cosine]: "COSINE_DISTANCE",
  [Distance.Euclidean]: "SQUARED_L2_DISTANCE",
  [Distance.Dot]: "DOT_PRODUCT_DISTANCE",
};

/** Who encrypts with the key. */
export const vertexKeyUsers: KeyUsers = { "": "aiplatform.googleapis.com" };

/** An index of Vertex AI Vector Search that takes vectors one by one, and the machines that search it, in the network only. */
export function vertexVectorSearch(
  name: string,
  args: PartArgs,
  kept: pulumi.CustomResourceOptions,
  opts: pulumi.CustomResourceOptions,
): Part {
  const { plan, place, keyName, labels } = args;
  const shard = pulumi
    .all([plan.capacity, plan.dimensions])
    .apply(([vectors, dimensions]) => shardFor(vectors, dimensions));
  const index = new AiIndex(
    `${name}-vectors`,
    {
      region: place.region,
      displayName: plan.collection,
      description: `Vectors of ${name}`,
      indexUpdateMethod: "STREAM_UPDATE",
      metadata: {
        config: {
          dimensions: plan.dimensions,
          distanceMeasureType: pulumi.output(plan.distance).apply((distance) => measures[distance]),
          approximateNeighborsCount: defaults.approximateNeighbours,
          shardSize: shard.apply(({ name: size }) => size as string),
          algorithmConfig: { treeAhConfig: { leafNodeEmbeddingCount: 1000, leafNodesToSearchPercent: 10 } },
        },
      },
      encryptionSpec: { kmsKeyName: keyName },
      labels,
    },
    kept,
  );
  const endpoint = new AiIndexEndpoint(
    `${name}-endpoint`,
    {
      region: place.region,
      displayName: plan.collection,
      description: `Private Service Connect to the vectors of ${name}`,
      privateServiceConnectConfig: { enablePrivateServiceConnect: true, projectAllowlists: [place.project] },
      encryptionSpec: { kmsKeyName: keyName },
      labels,
    },
    opts,
  );
  const deployed = new AiIndexEndpointDeployedIndex(
    `${name}-deployed`,
    {
      deployedIndexId: limitedName(`${name}-${pulumi.getStack()}`, 60).replace(/[^A-Za-z0-9_]/g, "_"),
      displayName: plan.collection,
      region: place.region,
      index: index.id,
      indexEndpoint: endpoint.id,
      dedicatedResources: {
        machineSpec: { machineType: shard.apply(({ machine }) => machine as string) },
        minReplicaCount: plan.replicas,
        maxReplicaCount: plan.replicas,
      },
      enableAccessLogging: true,
    },
    // An index takes long to build, and an endpoint to start.
    { ...opts, customTimeouts: { create: "120m", update: "120m" } },
  );
  const address = privateAddress(
    name,
    plan.network as pulumi.Input<NetworkBinding>,
    deployed.privateEndpoints.apply((all) => all[0]?.serviceAttachment as string),
    args,
    opts,
  );
  return {
    endpoint: pulumi.interpolate`grpc://${address}:${defaults.indexPort}`,
    collection: deployed.deployedIndexId,
    environment: {
      INDEX: index.id,
      API: pulumi.interpolate`https://${place.region}-aiplatform.googleapis.com`,
    },
    credentials: {},
    // Searches go to the address, writes to Google's API.
    egress: [address.apply((ip) => ({ port: defaults.indexPort, cidr: `${ip}/32` })), { port: 443 }],
    init: pulumi.output([]),
  };
}

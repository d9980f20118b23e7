import { SecurityGroup } from "@pulumi/aws/ec2";
import { ServerlessCollection, ServerlessSecurityPolicy, ServerlessVpcEndpoint } from "@pulumi/aws/opensearch";
import { SecurityGroupIngressRule } from "@pulumi/aws/vpc";
import * as pulumi from "@pulumi/pulumi";
import { bindingField, Distance, type NetworkBinding, Platform } from "aistack-core";
import { collectionNameOf } from "./collection-access";
import type { Part, PartArgs } from "./parts";

/** https://docs.opensearch.org/latest/mappings/supported-field-types/knn-spaces/ */
const spaces: Readonly<Record<Distance, string>> = {
  [Distance.Cosine]: "cosinesimil",
  [Distance.Euclidean]: "l2",
  [Distance.Dot]: "innerproduct",
};

/** A collection of OpenSearch Serverless for vectors, which only the network reaches. */
export function openSearch(
  name: string,
  args: PartArgs,
  kept: pulumi.CustomResourceOptions,
  opts: pulumi.CustomResourceOptions,
): Part {
  const { plan, place, keyArn, tags } = args;
  const network = plan.network as pulumi.Input<NetworkBinding>;
  const collectionName = collectionNameOf(name);
  const ofCollection = { ResourceType: "collection", Resource: [`collection/${collectionName}`] };
  const encryption = new ServerlessSecurityPolicy(
    `${name}-encryption`,
    {
      name: collectionName,
      type: "encryption",
      description: "The collection is encrypted with its own key",
      policy: pulumi.jsonStringify({ Rules: [ofCollection], AWSOwnedKey: false, KmsARN: keyArn }),
    },
    kept,
  );
  const endpoint = privateEndpoint(name, collectionName, network, tags, opts);
  const closed = new ServerlessSecurityPolicy(
    `${name}-network`,
    {
      name: collectionName,
      type: "network",
      description: "The collection is reached through one endpoint in the network",
      policy: pulumi.jsonStringify([{ Rules: [ofCollection], AllowFromPublic: false, SourceVPCEs: [endpoint.id] }]),
    },
    opts,
  );
  const collection = new ServerlessCollection(
    `${name}-vectors`,
    {
      name: collectionName,
      type: "VECTORSEARCH",
      description: "Vectors and their index",
      standbyReplicas: plan.replicas > 1 ? "ENABLED" : "DISABLED",
      tags,
    },
    { ...kept, dependsOn: [encryption, closed] },
  );
  const rule = (actions: string[]) =>
    collection.arn.apply((arn) => [{ platform: Platform.Aws, actions, resources: [arn] }]);
  return {
    endpoint: collection.collectionEndpoint,
    collection: pulumi.output(plan.collection),
    environment: { REGION: place.region },
    // IAM lets a role in to the API; what it may do there, a CollectionAccess says.
    access: pulumi.output({ read: rule(["aoss:APIAccessAll"]), write: rule(["aoss:APIAccessAll"]) }),
    init: indexBody(args).apply((body) => [body]),
  };
}

/** The service's endpoint in the network, which its own machines may connect to. */
function privateEndpoint(
  name: string,
  endpointName: string,
  network: pulumi.Input<NetworkBinding>,
  tags: pulumi.Output<{ [key: string]: string }>,
  opts: pulumi.CustomResourceOptions,
): ServerlessVpcEndpoint {
  const vpcId = bindingField(network, "networkId");
  const group = new SecurityGroup(
    `${name}-endpoint-group`,
    { vpcId, description: "OpenSearch Serverless inside the network", tags },
    opts,
  );
  const fromNetwork = new SecurityGroupIngressRule(
    `${name}-endpoint-in`,
    {
      securityGroupId: group.id,
      description: "HTTPS from the network",
      cidrIpv4: bindingField(network, "cidr"),
      ipProtocol: "tcp",
      fromPort: 443,
      toPort: 443,
      tags,
    },
    opts,
  );
  return new ServerlessVpcEndpoint(
    `${name}-endpoint`,
    {
      name: endpointName,
      vpcId,
      subnetIds: bindingField(network, "privateSubnetIds"),
      securityGroupIds: [group.id],
    },
    { ...opts, dependsOn: [fromNetwork] },
  );
}

/** The body of the request that creates the index: no resource of the provider does. */
function indexBody({ plan }: PartArgs): pulumi.Output<string> {
  return pulumi
    .all([plan.dimensions, plan.distance, plan.neighbours, plan.candidates])
    .apply(([dimension, distance, m, candidates]) =>
      JSON.stringify({
        settings: { index: { knn: true } },
        mappings: {
          properties: {
            id: { type: "keyword" },
            embedding: {
              type: "knn_vector",
              dimension,
              method: {
                name: "hnsw",
                engine: "faiss",
                space_type: spaces[distance],
                parameters: { m, ef_construction: candidates },
              },
            },
            payload: { type: "object" },
          },
        },
      }),
    );
}

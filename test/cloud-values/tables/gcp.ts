/**
 * Resource types of Google Cloud. Calls and members: the discovery documents inside google-api-python-client; inputs: the
 * schema of the provider `gcp` 9. Small on purpose: the rest comes with the components that need it.
 */
import type { Row, Table, Unchecked } from "./row";

const provider = "of the provider alone: it asks before it deletes";
const address = "the place where it is created, which the provider puts into the address of the call";
const projectAndLocation = { location: address, project: address };
const parent = { parent: address };

const nodeConfig: Row["renames"] = {
  nodeConfig: "config",
  "nodeConfig.guestAccelerators": "accelerators",
  "nodeConfig.guestAccelerators.type": "acceleratorType",
  "nodeConfig.guestAccelerators.count": "acceleratorCount",
  "nodeConfig.workloadMetadataConfig.mode": "mode",
};

export const gcp: Table = {
  "gcp:container/cluster:Cluster": {
    call: "container.v1.projects.locations.clusters.create",
    within: "cluster",
    renames: {
      datapathProvider: "cluster.networkConfig.datapathProvider",
      enableShieldedNodes: "cluster.shieldedNodes.enabled",
      minMasterVersion: "cluster.initialClusterVersion",
      "masterAuthorizedNetworksConfig.cidrBlocks": "cidrBlocks",
      "loggingConfig.enableComponents": "componentConfig.enableComponents",
      "monitoringConfig.enableComponents": "componentConfig.enableComponents",
      "monitoringConfig.managedPrometheus": "managedPrometheusConfig",
      "ipAllocationPolicy.clusterIpv4CidrBlock": "clusterIpv4CidrBlock",
    },
    names: { name: "cluster.name" },
    ignored: {
      ...projectAndLocation,
      deletionProtection: provider,
      removeDefaultNodePool: "tells the provider to delete the pool that every cluster is created with",
    },
    given: parent,
    documented: {
      "cluster.name": { pattern: "[a-z][a-z0-9-]{0,38}[a-z0-9]", source: "Cluster.name, Google Kubernetes Engine API" },
    },
  },
  "gcp:container/nodePool:NodePool": {
    call: "container.v1.projects.locations.clusters.nodePools.create",
    within: "nodePool",
    renames: { ...nodeConfig, nodeConfig: "nodePool.config", nodeCount: "nodePool.initialNodeCount" },
    names: { name: "nodePool.name" },
    ignored: { ...projectAndLocation, cluster: address },
    given: parent,
  },
  "gcp:compute/network:Network": {
    call: "compute.v1.networks.insert",
    renames: { routingMode: "routingConfig.routingMode" },
    names: { name: "name" },
    given: { project: address },
  },
  "gcp:compute/subnetwork:Subnetwork": {
    call: "compute.v1.subnetworks.insert",
    names: { name: "name" },
    given: { project: address },
  },
  "gcp:kms/cryptoKey:CryptoKey": {
    call: "cloudkms.v1.projects.locations.keyRings.cryptoKeys.create",
    names: { name: "cryptoKeyId" },
    ignored: { keyRing: address },
    given: parent,
  },
};

export const gcpUnchecked: Unchecked = {};

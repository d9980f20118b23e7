/**
 * Resource types of Google Cloud. Calls and members: the discovery documents inside google-api-python-client; inputs: the
 * schema of the provider `gcp` 9.
 */
import type { Row, Table, Unchecked } from "./row";

const provider = "of the provider alone: it asks before it deletes";
const address = "the place where it is created, which the provider puts into the address of the call";
const computeName = { name: "name" };

const nodeConfig: Row["renames"] = {
  "nodeConfig.guestAccelerators": "accelerators",
  "nodeConfig.guestAccelerators.type": "acceleratorType",
  "nodeConfig.guestAccelerators.count": "acceleratorCount",
};

export const gcp: Table = {
  "gcp:compute/firewall:Firewall": {
    call: "compute.v1.firewalls.insert",
    names: computeName,
    renames: { denies: "denied", "denies.protocol": "IPProtocol" },
    constants: { "logConfig.enable": true },
  },
  "gcp:compute/network:Network": {
    call: "compute.v1.networks.insert",
    renames: { routingMode: "routingConfig.routingMode" },
    names: computeName,
    documented: {
      mtu: {
        pattern: "1[3-9][0-9]{2}|[2-7][0-9]{3}|8[0-7][0-9]{2}|88[0-8][0-9]|889[0-6]",
        source: "Network.mtu, Compute Engine API: 1300 to 8896",
      },
    },
  },
  "gcp:compute/router:Router": { call: "compute.v1.routers.insert", names: computeName },
  "gcp:compute/routerNat:RouterNat": {
    call: "compute.v1.routers.patch",
    within: "nats",
    renames: { "subnetworks.sourceIpRangesToNats": "sourceIpRangesToNat" },
    names: { name: "nats.name" },
  },
  "gcp:compute/subnetwork:Subnetwork": {
    call: "compute.v1.subnetworks.insert",
    names: computeName,
    constants: { "logConfig.enable": true },
  },
  "gcp:container/cluster:Cluster": {
    call: "container.v1.projects.locations.clusters.create",
    within: "cluster",
    renames: {
      clusterAutoscaling: "cluster.autoscaling",
      "clusterAutoscaling.enabled": "enableNodeAutoprovisioning",
      datapathProvider: "cluster.networkConfig.datapathProvider",
      dnsConfig: "cluster.networkConfig.dnsConfig",
      enableIntranodeVisibility: "cluster.networkConfig.enableIntraNodeVisibility",
      enableL4IlbSubsetting: "cluster.networkConfig.enableL4ilbSubsetting",
      enableLegacyAbac: "cluster.legacyAbac.enabled",
      enableShieldedNodes: "cluster.shieldedNodes.enabled",
      "loggingConfig.enableComponents": "componentConfig.enableComponents",
      "maintenancePolicy.recurringWindow": "window.recurringWindow",
      "maintenancePolicy.recurringWindow.startTime": "window.startTime",
      "maintenancePolicy.recurringWindow.endTime": "window.endTime",
      "monitoringConfig.enableComponents": "componentConfig.enableComponents",
      "monitoringConfig.managedPrometheus": "managedPrometheusConfig",
      nodeLocations: "cluster.locations",
      "nodePoolDefaults.nodeConfigDefaults.insecureKubeletReadonlyPortEnabled":
        "nodeKubeletConfig.insecureKubeletReadonlyPortEnabled",
      serviceExternalIpsConfig: "cluster.networkConfig.serviceExternalIpsConfig",
    },
    ignored: {
      location: address,
      deletionProtection: provider,
      networkingMode: "tells the provider that ipAllocationPolicy is meant: useIpAliases, which that sets",
      removeDefaultNodePool: "tells the provider to delete the pool that every cluster is created with",
    },
    documented: {
      "cluster.name": {
        pattern: "[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?",
        source: "Cluster.name, Google Kubernetes Engine API",
      },
    },
  },
  "gcp:container/nodePool:NodePool": {
    call: "container.v1.projects.locations.clusters.nodePools.create",
    within: "nodePool",
    renames: {
      ...nodeConfig,
      nodeConfig: "nodePool.config",
      nodeCount: "nodePool.initialNodeCount",
      nodeLocations: "nodePool.locations",
      maxPodsPerNode: "nodePool.maxPodsConstraint.maxPodsPerNode",
    },
    ignored: { location: address, cluster: address },
    documented: {
      "nodePool.name": {
        pattern: "[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?",
        source: "NodePool.name, Google Kubernetes Engine API",
      },
    },
  },
  "gcp:kms/cryptoKey:CryptoKey": {
    call: "cloudkms.v1.projects.locations.keyRings.cryptoKeys.create",
    names: { name: "cryptoKeyId" },
    ignored: { keyRing: address },
  },
  "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": {
    call: "cloudkms.v1.projects.locations.keyRings.cryptoKeys.setIamPolicy",
    renames: { role: "policy.bindings.role", member: "policy.bindings.members" },
    ignored: { cryptoKeyId: address },
  },
  "gcp:kms/keyRing:KeyRing": {
    call: "cloudkms.v1.projects.locations.keyRings.create",
    names: { name: "keyRingId" },
    ignored: { location: address },
  },
  "gcp:projects/iAMMember:IAMMember": {
    call: "cloudresourcemanager.v3.projects.setIamPolicy",
    renames: {
      role: "policy.bindings.role",
      member: "policy.bindings.members",
      condition: "policy.bindings.condition",
    },
    ignored: { project: address },
  },
  "gcp:alloydb/cluster:Cluster": {
    call: "alloydb.v1.projects.locations.clusters.create",
    renames: { "automatedBackupPolicy.weeklySchedule.daysOfWeeks": "daysOfWeek" },
    ignored: { location: address, deletionProtection: provider },
    documented: {
      clusterId: { pattern: "[a-z]([-a-z0-9]{0,61}[a-z0-9])?", source: "CreateClusterRequest, AlloyDB API" },
      "continuousBackupConfig.recoveryWindowDays": {
        pattern: "[1-9]|[12][0-9]|3[0-5]",
        source: "continuous backup and recovery, AlloyDB documentation: 1 to 35",
      },
    },
  },
  "gcp:alloydb/instance:Instance": {
    call: "alloydb.v1.projects.locations.clusters.instances.create",
    ignored: { cluster: address },
    documented: {
      instanceId: { pattern: "[a-z]([-a-z0-9]{0,61}[a-z0-9])?", source: "CreateInstanceRequest, AlloyDB API" },
      "machineConfig.cpuCount": {
        oneOf: [2, 4, 8, 16, 32, 64, 96, 128],
        source: "machine types, AlloyDB documentation",
      },
    },
  },
  "gcp:alloydb/user:User": {
    call: "alloydb.v1.projects.locations.clusters.users.create",
    ignored: { cluster: address },
  },
  "gcp:compute/address:Address": { call: "compute.v1.addresses.insert", names: computeName },
  "gcp:compute/forwardingRule:ForwardingRule": {
    call: "compute.v1.forwardingRules.insert",
    names: computeName,
    ignored: { loadBalancingScheme: "empty for Private Service Connect: the provider then sends none" },
  },
  "gcp:vertex/aiIndex:AiIndex": {
    call: "aiplatform.v1.projects.locations.indexes.create",
    ignored: { region: address },
  },
  "gcp:vertex/aiIndexEndpoint:AiIndexEndpoint": {
    call: "aiplatform.v1.projects.locations.indexEndpoints.create",
    renames: { "privateServiceConnectConfig.projectAllowlists": "projectAllowlist" },
    ignored: { region: address },
  },
  "gcp:vertex/aiIndexEndpointDeployedIndex:AiIndexEndpointDeployedIndex": {
    call: "aiplatform.v1.projects.locations.indexEndpoints.deployIndex",
    within: "deployedIndex",
    renames: { deployedIndexId: "deployedIndex.id" },
    ignored: { region: address, indexEndpoint: address },
    documented: {
      "deployedIndex.id": {
        max: 128,
        pattern: "[A-Za-z][A-Za-z0-9_]*",
        source: "DeployedIndex.id, Vertex AI API",
      },
    },
  },
  "gcp:serviceaccount/account:Account": {
    call: "iam.v1.projects.serviceAccounts.create",
    within: "serviceAccount",
    documented: {
      accountId: {
        pattern: "[a-z][-a-z0-9]{4,28}[a-z0-9]",
        source: "CreateServiceAccountRequest.accountId, Identity and Access Management API",
      },
      "serviceAccount.displayName": {
        max: 100,
        source: "ServiceAccount.displayName, Identity and Access Management API",
      },
    },
  },
};

export const gcpUnchecked: Unchecked = {
  "gcp:projects/serviceIdentity:ServiceIdentity":
    "generateServiceIdentity is in the beta API of Service Usage alone, and all of it is the address of the call",
};

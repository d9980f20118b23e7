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
  "gcp:backupdisasterrecovery/backupPlan:BackupPlan": {
    call: "backupdr.v1.projects.locations.backupPlans.create",
    names: {},
    ignored: { location: address },
  },
  "gcp:backupdisasterrecovery/backupPlanAssociation:BackupPlanAssociation": {
    call: "backupdr.v1.projects.locations.backupPlanAssociations.create",
    ignored: { location: address },
  },
  "gcp:backupdisasterrecovery/backupVault:BackupVault": {
    call: "backupdr.v1.projects.locations.backupVaults.create",
    ignored: { location: address },
  },
  "gcp:cloudscheduler/job:Job": {
    call: "cloudscheduler.v1.projects.locations.jobs.create",
    ignored: { region: address },
  },

  "gcp:compute/firewall:Firewall": {
    call: "compute.v1.firewalls.insert",
    names: computeName,
    renames: {
      allows: "allowed",
      "allows.protocol": "IPProtocol",
      denies: "denied",
      "denies.protocol": "IPProtocol",
    },
    constants: { "logConfig.enable": true },
  },
  "gcp:compute/globalAddress:GlobalAddress": { call: "compute.v1.globalAddresses.insert", names: computeName },
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
  "gcp:filestore/instance:Instance": {
    call: "file.v1.projects.locations.instances.create",
    renames: { "fileShares.capacityGb": "capacityGb" },
    ignored: { location: address },
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
  "gcp:projects/iAMCustomRole:IAMCustomRole": {
    call: "iam.v1.projects.roles.create",
    within: "role",
    renames: { permissions: "role.includedPermissions" },
    documented: {
      roleId: {
        pattern: "[a-zA-Z0-9_.]{3,64}",
        source: "CreateRoleRequest.roleId, Identity and Access Management API",
      },
    },
  },
  "gcp:servicenetworking/connection:Connection": {
    call: "servicenetworking.v1.services.connections.create",
    ignored: { service: address },
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
  "gcp:storage/bucketIAMMember:BucketIAMMember": {
    call: "storage.v1.buckets.setIamPolicy",
    renames: { role: "bindings.role", member: "bindings.members" },
    ignored: { bucket: address },
  },
};

export const gcpUnchecked: Unchecked = {
  "gcp:lustre/instance:Instance":
    "google-api-python-client has no document of Managed Lustre; its capacities are data of the component, with their source",
  "gcp:projects/serviceIdentity:ServiceIdentity":
    "generateServiceIdentity is in the beta API of Service Usage alone, and all of it is the address of the call",
};

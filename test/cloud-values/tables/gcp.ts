/**
 * Resource types of Google Cloud. Calls and members: the discovery documents inside google-api-python-client; inputs: the
 * schema of the provider `gcp` 9.
 */
import type { Row, Table, Unchecked } from "./row";

const provider = "of the provider alone: it asks before it deletes";
const poolId = "(?!gcp-)[a-z0-9-]{4,32}";

const address = "the place where it is created, which the provider puts into the address of the call";
const computeName = { name: "name" };

const nodeConfig: Row["renames"] = {
  "nodeConfig.guestAccelerators": "accelerators",
  "nodeConfig.guestAccelerators.type": "acceleratorType",
  "nodeConfig.guestAccelerators.count": "acceleratorCount",
};

const storageClasses = ["STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE"];
const classSource = "cloud.google.com/storage/docs/storage-classes";

const sink: Row["documented"] = {
  name: { pattern: "[A-Za-z0-9][A-Za-z0-9_.-]{0,99}", source: "LogSink.name, Cloud Logging API" },
  filter: { max: 20000, source: "cloud.google.com/logging/quotas#log-limits" },
  "exclusions.name": { pattern: "[A-Za-z0-9][A-Za-z0-9_.-]{0,99}", source: "LogExclusion.name, Cloud Logging API" },
};

const json = "text here, and data in the call: columns and types that the component's own tests judge";

/** Ids of Vertex AI Feature Store. */
const featureId = "[a-z_][a-z0-9_]*";

export const gcp: Table = {
  "gcp:bigtable/instance:Instance": {
    call: "bigtableadmin.v2.projects.instances.create",
    within: "instance",
    renames: {
      "clusters.zone": "location",
      "clusters.storageType": "defaultStorageType",
      "clusters.kmsKeyName": "encryptionConfig.kmsKeyName",
      "clusters.autoscalingConfig": "clusterConfig.clusterAutoscalingConfig",
      "clusters.autoscalingConfig.minNodes": "autoscalingLimits.minServeNodes",
      "clusters.autoscalingConfig.maxNodes": "autoscalingLimits.maxServeNodes",
      "clusters.autoscalingConfig.cpuTarget": "autoscalingTargets.cpuUtilizationPercent",
    },
    ignored: { deletionProtection: provider, "clusters.clusterId": "is the key of the cluster in the call's map" },
  },
  "gcp:bigquery/connection:Connection": {
    call: "bigqueryconnection.v1.projects.locations.connections.create",
    ignored: { connectionId: "a parameter of the call", location: address },
  },
  "gcp:bigquery/dataset:Dataset": {
    call: "bigquery.v2.datasets.insert",
    renames: { datasetId: "datasetReference.datasetId", accesses: "access" },
    ignored: { deleteContentsOnDestroy: provider },
    documented: {
      "datasetReference.datasetId": {
        pattern: "[A-Za-z0-9_]{1,1024}",
        source: "DatasetReference.datasetId, BigQuery API",
      },
      "access.specialGroup": {
        oneOf: ["projectOwners", "projectReaders", "projectWriters", "allAuthenticatedUsers"],
        source: "Dataset.access.specialGroup, BigQuery API",
      },
    },
  },
  "gcp:bigquery/datasetIamMember:DatasetIamMember": {
    call: "bigquery.v2.datasets.insert",
    within: "access",
    renames: { member: "access.iamMember" },
    ignored: { datasetId: address },
  },
  "gcp:bigquery/routine:Routine": {
    call: "bigquery.v2.routines.insert",
    renames: { datasetId: "routineReference.datasetId", routineId: "routineReference.routineId" },
    ignored: { "arguments.dataType": json },
    documented: {
      "routineReference.routineId": {
        pattern: "[A-Za-z0-9_]{1,256}",
        source: "RoutineReference.routineId, BigQuery API",
      },
    },
  },
  "gcp:bigquery/table:Table": {
    call: "bigquery.v2.tables.insert",
    renames: {
      datasetId: "tableReference.datasetId",
      tableId: "tableReference.tableId",
      clusterings: "clustering.fields",
    },
    ignored: { deletionProtection: provider, schema: json, "externalDataConfiguration.schema": json },
    documented: {
      "tableReference.tableId": { pattern: "[A-Za-z0-9_-]{1,1024}", source: "TableReference.tableId, BigQuery API" },
      "externalDataConfiguration.sourceFormat": {
        oneOf: ["CSV", "NEWLINE_DELIMITED_JSON", "AVRO", "ORC", "PARQUET"],
        source: "ExternalDataConfiguration.sourceFormat, BigQuery API",
      },
      "externalDataConfiguration.compression": {
        oneOf: ["GZIP", "NONE"],
        source: "ExternalDataConfiguration.compression, BigQuery API",
      },
      "externalDataConfiguration.hivePartitioningOptions.mode": {
        oneOf: ["AUTO", "STRINGS", "CUSTOM"],
        source: "HivePartitioningOptions.mode, BigQuery API",
      },
    },
  },
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
  "gcp:compute/networkAttachment:NetworkAttachment": {
    call: "compute.v1.networkAttachments.insert",
    names: computeName,
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
  "gcp:eventarc/trigger:Trigger": {
    call: "eventarc.v1.projects.locations.triggers.create",
    names: { name: "name" },
    renames: { matchingCriterias: "eventFilters" },
    ignored: { location: address },
    documented: {
      name: { pattern: "[a-z][a-z0-9-]{0,62}", source: "cloud.google.com/eventarc/docs/creating-triggers" },
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
  "gcp:logging/logViewIamMember:LogViewIamMember": {
    call: "logging.v2.projects.locations.buckets.views.setIamPolicy",
    renames: { role: "policy.bindings.role", member: "policy.bindings.members" },
    ignored: { parent: address, location: address, bucket: address, name: address },
  },
  "gcp:logging/projectBucketConfig:ProjectBucketConfig": {
    call: "logging.v2.projects.locations.buckets.create",
    ignored: { project: address, location: address },
    documented: {
      bucketId: {
        pattern: "[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}",
        source: "projects.locations.buckets.create, Cloud Logging API",
      },
      retentionDays: { pattern: "[1-9][0-9]{0,3}", source: "cloud.google.com/logging/quotas: 1 to 3650 days" },
    },
  },
  "gcp:logging/organizationSink:OrganizationSink": {
    call: "logging.v2.organizations.sinks.create",
    names: { name: "name" },
    ignored: { orgId: address },
    documented: sink,
  },
  "gcp:logging/projectSink:ProjectSink": {
    call: "logging.v2.projects.sinks.create",
    names: { name: "name" },
    documented: sink,
  },
  "gcp:monitoring/alertPolicy:AlertPolicy": {
    call: "monitoring.v3.projects.alertPolicies.create",
    documented: {
      displayName: { max: 512, source: "AlertPolicy.displayName, Cloud Monitoring API" },
    },
  },
  "gcp:monitoring/notificationChannel:NotificationChannel": {
    call: "monitoring.v3.projects.notificationChannels.create",
    documented: {
      type: { oneOf: ["email", "pubsub"], source: "cloud.google.com/monitoring/support/notification-options" },
    },
  },
  "gcp:organizations/iamAuditConfig:IamAuditConfig": {
    call: "cloudresourcemanager.v3.organizations.setIamPolicy",
    renames: { service: "policy.auditConfigs.service", auditLogConfigs: "policy.auditConfigs.auditLogConfigs" },
    ignored: { orgId: address },
  },
  "gcp:orgpolicy/policy:Policy": {
    call: "orgpolicy.v2.projects.policies.create",
    ignored: {
      parent: address,
      "spec.rules.enforce": "TRUE or FALSE as text, which the provider makes the truth value of",
    },
    documented: {
      name: {
        pattern: "projects/[^/]+/policies/[A-Za-z.]+",
        source: "GoogleCloudOrgpolicyV2Policy.name, Organization Policy API",
      },
    },
  },
  "gcp:projects/iAMAuditConfig:IAMAuditConfig": {
    call: "cloudresourcemanager.v3.projects.setIamPolicy",
    renames: { service: "policy.auditConfigs.service", auditLogConfigs: "policy.auditConfigs.auditLogConfigs" },
    ignored: { project: address },
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
    ignored: { project: address },
    documented: {
      roleId: {
        pattern: "[a-zA-Z0-9_.]{3,64}",
        source: "CreateRoleRequest.roleId, Identity and Access Management API",
      },
      "role.title": { max: 100, source: "Role.title, Identity and Access Management API" },
    },
  },
  "gcp:pubsub/topic:Topic": {
    call: "pubsub.v1.projects.topics.create",
    names: { name: "name" },
    documented: {
      name: { pattern: "[A-Za-z][A-Za-z0-9_.~+%-]{2,254}", source: "Topic.name, Cloud Pub/Sub API" },
    },
  },
  "gcp:pubsub/topicIAMMember:TopicIAMMember": {
    call: "pubsub.v1.projects.topics.setIamPolicy",
    renames: { role: "policy.bindings.role", member: "policy.bindings.members" },
    ignored: { topic: address },
  },
  "gcp:secretmanager/secretIamMember:SecretIamMember": {
    call: "secretmanager.v1.projects.secrets.setIamPolicy",
    renames: { role: "policy.bindings.role", member: "policy.bindings.members" },
    ignored: { secretId: address },
  },
  "gcp:servicenetworking/connection:Connection": {
    call: "servicenetworking.v1.services.connections.create",
    ignored: { service: address },
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
  "gcp:vertex/aiFeatureGroup:AiFeatureGroup": {
    call: "aiplatform.v1.projects.locations.featureGroups.create",
    names: { name: "featureGroupId" },
    ignored: { region: address },
    documented: { featureGroupId: { max: 128, pattern: featureId, source: "featureGroups.create, Vertex AI API" } },
  },
  "gcp:vertex/aiFeatureGroupFeature:AiFeatureGroupFeature": {
    call: "aiplatform.v1.projects.locations.featureGroups.features.create",
    names: { name: "featureId" },
    ignored: { region: address, featureGroup: address },
    documented: { featureId: { max: 64, pattern: featureId, source: "Feature.name, Vertex AI API" } },
  },
  "gcp:vertex/aiFeatureOnlineStore:AiFeatureOnlineStore": {
    call: "aiplatform.v1.projects.locations.featureOnlineStores.create",
    names: { name: "featureOnlineStoreId" },
    ignored: { region: address, forceDestroy: provider },
    documented: {
      featureOnlineStoreId: { max: 60, pattern: featureId, source: "featureOnlineStores.create, Vertex AI API" },
      "bigtable.autoScaling.cpuUtilizationTarget": {
        pattern: "[1-7][0-9]|80",
        source: "FeatureOnlineStore.Bigtable.AutoScaling, Vertex AI API: 10 to 80",
      },
    },
  },
  "gcp:vertex/aiFeatureOnlineStoreFeatureview:AiFeatureOnlineStoreFeatureview": {
    call: "aiplatform.v1.projects.locations.featureOnlineStores.featureViews.create",
    names: { name: "featureViewId" },
    ignored: { region: address, featureOnlineStore: address },
    documented: { featureViewId: { max: 60, pattern: featureId, source: "featureViews.create, Vertex AI API" } },
  },
  "gcp:vertex/aiFeatureOnlineStoreIamMember:AiFeatureOnlineStoreIamMember": {
    call: "aiplatform.v1.projects.locations.featureOnlineStores.setIamPolicy",
    renames: { role: "policy.bindings.role", member: "policy.bindings.members" },
    ignored: { featureOnlineStore: address },
  },
  "gcp:secretmanager/secret:Secret": {
    call: "secretmanager.v1.projects.secrets.create",
    documented: { secretId: { max: 255, pattern: "[A-Za-z0-9_-]+", source: "secrets.create, Secret Manager API" } },
  },
  "gcp:secretmanager/secretVersion:SecretVersion": {
    call: "secretmanager.v1.projects.secrets.addVersion",
    renames: { secretData: "payload.data" },
    ignored: { secret: address },
  },
  "gcp:iam/workloadIdentityPool:WorkloadIdentityPool": {
    call: "iam.v1.projects.locations.workloadIdentityPools.create",
    documented: {
      workloadIdentityPoolId: { pattern: poolId, source: "workloadIdentityPools.create, IAM API" },
      displayName: { max: 32, source: "WorkloadIdentityPool.displayName, IAM API" },
      description: { max: 256, source: "WorkloadIdentityPool.description, IAM API" },
    },
  },
  "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider": {
    call: "iam.v1.projects.locations.workloadIdentityPools.providers.create",
    ignored: { project: address, workloadIdentityPoolId: address },
    documented: {
      workloadIdentityPoolProviderId: {
        pattern: poolId,
        source: "workloadIdentityPools.providers.create, IAM API",
      },
      displayName: { max: 32, source: "WorkloadIdentityPoolProvider.displayName, IAM API" },
      description: { max: 256, source: "WorkloadIdentityPoolProvider.description, IAM API" },
      attributeCondition: { max: 4096, source: "WorkloadIdentityPoolProvider.attributeCondition, IAM API" },
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
  "gcp:serviceaccount/iAMMember:IAMMember": {
    call: "iam.v1.projects.serviceAccounts.setIamPolicy",
    renames: { role: "policy.bindings.role", member: "policy.bindings.members" },
    ignored: { serviceAccountId: address },
  },
  "gcp:storage/bucket:Bucket": {
    call: "storage.v1.buckets.insert",
    names: { name: "name" },
    renames: {
      uniformBucketLevelAccess: "iamConfiguration.uniformBucketLevelAccess.enabled",
      publicAccessPrevention: "iamConfiguration.publicAccessPrevention",
      lifecycleRules: "lifecycle.rule",
      "lifecycleRules.condition.matchesPrefixes": "matchesPrefix",
    },
    ignored: {
      forceDestroy: provider,
      "lifecycleRules.condition.withState": "LIVE, ARCHIVED or ANY, of which the provider makes isLive",
      "retentionPolicy.isLocked": "tells the provider to call buckets.lockRetentionPolicy afterwards",
    },
    documented: {
      name: { pattern: "[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]", source: "cloud.google.com/storage/docs/buckets#naming" },
      storageClass: { oneOf: storageClasses, source: classSource },
      "lifecycle.rule.action.storageClass": { oneOf: storageClasses, source: classSource },
      "lifecycle.rule.action.type": {
        oneOf: ["Delete", "SetStorageClass", "AbortIncompleteMultipartUpload"],
        source: "Bucket.lifecycle.rule.action.type, Cloud Storage API",
      },
      "retentionPolicy.retentionPeriod": {
        pattern:
          "[1-9][0-9]{0,8}|[12][0-9]{9}|30[0-9]{8}|31[0-4][0-9]{7}|315[0-4][0-9]{6}|3155[0-6][0-9]{5}|31557[0-5][0-9]{4}",
        source: "Bucket.retentionPolicy.retentionPeriod, Cloud Storage API: less than 3,155,760,000",
      },
      "iamConfiguration.publicAccessPrevention": {
        oneOf: ["inherited", "enforced"],
        source: "Bucket.iamConfiguration.publicAccessPrevention, Cloud Storage API",
      },
    },
  },
  "gcp:storage/bucketIAMMember:BucketIAMMember": {
    call: "storage.v1.buckets.setIamPolicy",
    renames: { role: "bindings.role", member: "bindings.members", condition: "bindings.condition" },
    ignored: { bucket: address },
  },
  "gcp:storage/bucketObject:BucketObject": {
    call: "storage.v1.objects.insert",
    ignored: { bucket: address, content: "what is uploaded" },
  },
  "gcp:workflows/workflow:Workflow": {
    call: "workflows.v1.projects.locations.workflows.create",
    names: { name: "name" },
    ignored: { region: address, deletionProtection: provider },
    documented: {
      name: {
        pattern: "[a-zA-Z]([a-zA-Z0-9_-]{0,62}[a-zA-Z0-9])?",
        source: "projects.locations.workflows.create, Workflows API",
      },
      sourceContents: { max: 131072, source: "cloud.google.com/workflows/quotas: source code of 128 KB" },
    },
  },
  "gcp:storage/transferJob:TransferJob": {
    call: "storagetransfer.v1.transferJobs.create",
    renames: { project: "projectId" },
  },
};

export const gcpUnchecked: Unchecked = {
  "gcp:storage/insightsReportConfig:InsightsReportConfig":
    "google-api-python-client has no document of the Storage Insights API",
  "gcp:lustre/instance:Instance":
    "google-api-python-client has no document of Managed Lustre; its capacities are data of the component, with their source",
  "gcp:projects/serviceIdentity:ServiceIdentity":
    "generateServiceIdentity is in the beta API of Service Usage alone, and all of it is the address of the call",
};

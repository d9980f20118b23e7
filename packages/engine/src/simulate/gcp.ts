/**
 * Google Cloud: ids, addresses and members that follow from project, location and name.
 * Ids are those that the provider gives, as its documentation of `import` says for each type.
 */
import { projectNumberOf } from "../answers/gcp";
import { known, type Outputs, type Rule, type Rules, type Subject } from "./subject";

const setting = (r: Subject, key: string): string | undefined => {
  if (r.has(key)) return r.text(key);
  const value = r.providerInput(key) ?? r.world.config(`gcp:${key}`);
  return typeof value === "string" ? value : undefined;
};

const serviceAccount: Rule = (r) => {
  const project = setting(r, "project");
  const email = known`${r.text("accountId")}@${project}.iam.gserviceaccount.com`;
  const name = known`projects/${project}/serviceAccounts/${email}`;
  return { id: name, name, email, member: known`serviceAccount:${email}`, project };
};

const bucket: Rule = (r) => {
  const name = r.named();
  return { id: name, name, url: known`gs://${name}`, selfLink: known`https://www.googleapis.com/storage/v1/b/${name}` };
};

/** Compute things are known by a path, and their address is that path under the API's. */
const compute =
  (path: (r: Subject, name: string | undefined) => string | undefined): Rule =>
  (r) => {
    const name = r.named();
    const id = known`projects/${setting(r, "project")}/${path(r, name)}`;
    return { id, name, selfLink: known`https://www.googleapis.com/compute/v1/${id}`, project: setting(r, "project") };
  };

const regional = (kind: string): Rule => compute((r, name) => known`regions/${setting(r, "region")}/${kind}/${name}`);

/** `{project}/{region}/{router}/{name}`. */
const routerNat: Rule = (r) => {
  const name = r.named();
  const project = setting(r, "project");
  return { id: known`${project}/${setting(r, "region")}/${r.text("router")}/${name}`, name, project };
};

/** A cluster's endpoint is an address, here one for documentation (RFC 5737). */
const cluster: Rule = (r) => {
  const name = r.named();
  const project = setting(r, "project");
  const id = known`projects/${project}/locations/${r.text("location")}/clusters/${name}`;
  const certificate = known`simulated certificate authority of the cluster ${name}`;
  return {
    id,
    name,
    project,
    selfLink: known`https://container.googleapis.com/v1/${id}`,
    endpoint: `192.0.2.${1 + ((r.bytes(1, "endpoint")[0] as number) % 254)}`,
    masterAuth: certificate && { clusterCaCertificate: Buffer.from(certificate).toString("base64") },
  };
};

const nodePool: Rule = (r) => {
  const name = r.named();
  const project = setting(r, "project");
  return {
    id: known`projects/${project}/locations/${r.text("location")}/clusters/${r.text("cluster")}/nodePools/${name}`,
    name,
    project,
  };
};

const keyRing: Rule = (r) => {
  const name = r.named();
  const project = setting(r, "project");
  return { id: known`projects/${project}/locations/${r.text("location")}/keyRings/${name}`, name, project };
};

const cryptoKey: Rule = (r) => {
  const name = r.named();
  return { id: known`${r.text("keyRing")}/cryptoKeys/${name}`, name };
};

/**
 * Accounts of Google's services in a project.
 * https://cloud.google.com/iam/docs/service-agents
 */
const AGENTS: Readonly<Record<string, string>> = {
  "container.googleapis.com": "container-engine-robot",
  "compute.googleapis.com": "compute-system",
  "file.googleapis.com": "cloud-filer",
  "logging.googleapis.com": "gcp-sa-logging",
  "storageinsights.googleapis.com": "gcp-sa-storageinsights",
  "lustre.googleapis.com": "gcp-sa-lustre",
  "aiplatform.googleapis.com": "gcp-sa-aiplatform",
  "alloydb.googleapis.com": "gcp-sa-alloydb",
  "pubsub.googleapis.com": "gcp-sa-pubsub",
  "secretmanager.googleapis.com": "gcp-sa-secretmanager",
  "workflows.googleapis.com": "gcp-sa-workflows",
};

const agentOf = (r: Subject, service: string): string | undefined => {
  const agent = AGENTS[service];
  return known`service-${projectNumberOf(r.world)}@${agent}.iam.gserviceaccount.com`;
};

const serviceIdentity: Rule = (r) => {
  const project = setting(r, "project");
  const service = r.text("service");
  const email = service === undefined ? undefined : agentOf(r, service);
  return { id: known`projects/${project}/services/${service}`, project, email, member: known`serviceAccount:${email}` };
};

/** A sink with an identity of its own writes as the project's agent of Cloud Logging. */
const projectSink: Rule = (r) => {
  const name = r.named();
  const project = setting(r, "project");
  const isUnique = r.input("uniqueWriterIdentity") !== false;
  const agent = isUnique ? agentOf(r, "logging.googleapis.com") : undefined;
  return {
    id: known`projects/${project}/sinks/${name}`,
    name,
    project,
    writerIdentity: known`serviceAccount:${agent}`,
  };
};

/** A sink of an organisation writes as an agent of Cloud Logging in that organisation. */
const organizationSink: Rule = (r) => {
  const name = r.named();
  const organization = r.text("orgId");
  const agent = known`service-org-${organization}@gcp-sa-logging.iam.gserviceaccount.com`;
  return {
    id: known`organizations/${organization}/sinks/${name}`,
    name,
    writerIdentity: known`serviceAccount:${agent}`,
  };
};

/** Which Data Access audit logs a project or organisation has of a service. */
const auditConfig =
  (thing: (r: Subject) => string | undefined): Rule =>
  (r) => ({ id: known`${thing(r)}/audit_config/${r.text("service")}` });

/** Things that Google gives a number: `projects/{project}/{kind}/{number}`. */
const numbered =
  (kind: string): Rule =>
  (r) => {
    const project = setting(r, "project");
    const name = known`projects/${project}/${kind}/${1 + r.bytes(6, "number").readUIntBE(0, 6)}`;
    return { id: name, name, project };
  };

/** Storage Transfer Service numbers its jobs by itself. */
const transferJob: Rule = (r) => {
  const project = setting(r, "project");
  const name = known`transferJobs/${1 + r.bytes(6, "number").readUIntBE(0, 6)}`;
  return { id: known`${project}/${name?.split("/")[1]}`, name, project };
};

const insightsReportConfig: Rule = (r) => {
  const project = setting(r, "project");
  const name = r.uuid("name");
  return { id: known`projects/${project}/locations/${r.text("location")}/reportConfigs/${name}`, name, project };
};

const dataset: Rule = (r) => {
  const project = setting(r, "project");
  return { id: known`projects/${project}/datasets/${r.text("datasetId")}`, project };
};

/** A connection acts as an account that Google makes for it. https://cloud.google.com/bigquery/docs/create-cloud-resource-connection */
const connection: Rule = (r) => {
  const project = setting(r, "project");
  const id = r.text("connectionId");
  const name = known`projects/${project}/locations/${r.text("location")}/connections/${id}`;
  const account = `bqcx-${projectNumberOf(r.world)}-${r.hex(4, "account")}@gcp-sa-bigquery-condel.iam.gserviceaccount.com`;
  return { id: name, name, project, cloudResource: { serviceAccountId: account } };
};

/** What is in a data set. */
const inDataset =
  (kind: string, key: string): Rule =>
  (r) => {
    const project = setting(r, "project");
    return { id: known`projects/${project}/datasets/${r.text("datasetId")}/${kind}/${r.text(key)}`, project };
  };

const customRole: Rule = (r) => {
  const project = setting(r, "project");
  const name = known`projects/${project}/roles/${r.text("roleId")}`;
  return { id: name, name, project };
};

const bigtableInstance: Rule = (r) => {
  const project = setting(r, "project");
  const name = r.named();
  return { id: known`projects/${project}/instances/${name}`, name, project };
};

const bucketObject: Rule = (r) => {
  const name = r.named();
  const bucketName = r.text("bucket");
  return { id: known`${bucketName}-${name}`, name, outputName: name };
};

const organizationPolicy: Rule = (r) => {
  const name = r.text("name");
  return { id: name, name };
};

/** A member of a role: `{thing}/{role}/{member}`, and the condition's title where there is one. */
const member =
  (thing: (r: Subject) => string | undefined): Rule =>
  (r): Outputs => {
    const id = known`${thing(r)}/${r.text("role")}/${r.text("member")}`;
    const condition = r.has("condition") ? r.map("condition") : {};
    const title = condition?.title;
    return { id: title === undefined ? id : known`${id}/${typeof title === "string" ? title : undefined}` };
  };

/** Things that are known by `projects/{project}/locations/{location}/{kind}/{id}`, which is their name too. */
const located =
  (kind: string, idKey: string, more: (r: Subject, id: string | undefined) => Outputs = () => ({})): Rule =>
  (r) => {
    const project = setting(r, "project");
    const name = known`projects/${project}/locations/${r.text("location")}/${kind}/${r.text(idKey)}`;
    return { id: name, name, project, ...more(r, name) };
  };

/** An address for documentation (RFC 5737). */
const documentationAddress = (r: Subject): string => `198.51.100.${1 + ((r.bytes(1, "address")[0] as number) % 254)}`;

const filestore: Rule = (r) => {
  const name = r.named();
  const project = setting(r, "project");
  return {
    id: known`projects/${project}/locations/${r.text("location")}/instances/${name}`,
    name,
    project,
    networks: r.maps("networks")?.map((network) => ({ ...network, ipAddresses: [documentationAddress(r)] })),
  };
};

const lustre = located("instances", "instanceId", (r) => ({
  mountPoint: known`${documentationAddress(r)}@tcp:/${r.text("filesystem")}`,
  state: "ACTIVE",
}));

/** Things that are known by a path with their name, which alone is their name. */
const inRegion =
  (kind: string, key = "region"): Rule =>
  (r) => {
    const name = r.named();
    const project = setting(r, "project");
    return { id: known`projects/${project}/locations/${setting(r, key)}/${kind}/${name}`, name, project };
  };

const topic: Rule = (r) => {
  const name = r.named();
  const project = setting(r, "project");
  return { id: known`projects/${project}/topics/${name}`, name, project };
};

const logBucket: Rule = (r) => {
  const project = setting(r, "project");
  const id = known`projects/${project}/locations/${r.text("location")}/buckets/${r.text("bucketId")}`;
  return { id, name: id };
};

const globalAddress: Rule = (r) => {
  const name = r.named();
  const project = setting(r, "project");
  const id = known`projects/${project}/global/addresses/${name}`;
  return { id, name, project, address: r.has("address") ? r.text("address") : "198.51.100.0" };
};

const serviceConnection: Rule = (r) => ({
  id: known`${r.text("network")}:${r.text("service")}`,
  peering: r.text("service")?.replaceAll(".", "-"),
});

/** An address inside a network, here one for documentation (RFC 5737). */
const address: Rule = (r) => {
  const own = regional("addresses")(r);
  const number = 1 + ((r.bytes(1, "address")[0] as number) % 254);
  return { ...own, address: r.has("address") ? r.text("address") : `198.51.100.${number}` };
};

/** Vertex AI's own names are numbers. */
const vertex =
  (kind: string): Rule =>
  (r) => {
    const name = (r.bytes(8, "name").readBigUInt64BE() % 10n ** 19n).toString();
    const project = setting(r, "project");
    return { id: known`projects/${project}/locations/${setting(r, "region")}/${kind}/${name}`, name, project };
  };

/** Things of Vertex AI Feature Store are known by their names: `projects/{project}/locations/{region}/{path}`. */
const featureThing =
  (path: (r: Subject, name: string | undefined) => string | undefined): Rule =>
  (r) => {
    const name = r.named();
    const project = setting(r, "project");
    return { id: known`projects/${project}/locations/${setting(r, "region")}/${path(r, name)}`, name, project };
  };

/** What a service publishes for Private Service Connect, in a project of its own. */
const serviceAttachment = (r: Subject): string | undefined =>
  known`projects/${r.hex(16, "tenant")}-tp/regions/${setting(r, "region")}/serviceAttachments/sa-${r.hex(8, "attachment")}`;

const deployedIndex: Rule = (r) => {
  const attachment = serviceAttachment(r);
  return {
    id: known`${r.text("indexEndpoint")}/deployedIndex/${r.text("deployedIndexId")}`,
    name: r.text("deployedIndexId"),
    privateEndpoints:
      attachment === undefined
        ? undefined
        : [{ matchGrpcAddress: "", pscAutomatedEndpoints: [], serviceAttachment: attachment }],
  };
};

const alloyCluster: Rule = (r) => {
  const project = setting(r, "project");
  const id = known`projects/${project}/locations/${r.text("location")}/clusters/${r.text("clusterId")}`;
  return { id, name: id, project, state: "READY" };
};

const alloyInstance: Rule = (r) => {
  const id = known`${r.text("cluster")}/instances/${r.text("instanceId")}`;
  const config = r.map("pscInstanceConfig");
  return {
    id,
    name: id,
    state: "READY",
    pscInstanceConfig: config && {
      ...config,
      serviceAttachmentLink: serviceAttachment(r) ?? "",
      pscDnsName: `${r.hex(12, "dns")}.alloydb-psc.goog.`,
    },
  };
};

/** Secret Manager names things by the project's number. */
const secret: Rule = (r) => {
  const project = setting(r, "project");
  const id = known`projects/${project}/secrets/${r.text("secretId")}`;
  return { id, name: known`projects/${projectNumberOf(r.world)}/secrets/${r.text("secretId")}`, project };
};

const secretVersion: Rule = (r) => {
  const secretId = r.text("secret")?.split("/").at(-1);
  const name = known`projects/${projectNumberOf(r.world)}/secrets/${secretId}/versions/1`;
  return { id: name, name, version: "1" };
};

export const gcpRules: Rules = {
  "gcp:backupdisasterrecovery/backupPlan:BackupPlan": located("backupPlans", "backupPlanId"),
  "gcp:backupdisasterrecovery/backupPlanAssociation:BackupPlanAssociation": located(
    "backupPlanAssociations",
    "backupPlanAssociationId",
  ),
  "gcp:backupdisasterrecovery/backupVault:BackupVault": located("backupVaults", "backupVaultId"),
  "gcp:cloudscheduler/job:Job": inRegion("jobs"),
  "gcp:compute/globalAddress:GlobalAddress": globalAddress,
  "gcp:compute/networkAttachment:NetworkAttachment": regional("networkAttachments"),
  "gcp:eventarc/trigger:Trigger": inRegion("triggers", "location"),
  "gcp:filestore/instance:Instance": filestore,
  "gcp:logging/logViewIamMember:LogViewIamMember": member(
    (r) =>
      known`${r.text("parent")}/locations/${r.text("location")}/buckets/${r.text("bucket")}/views/${r.text("name")}`,
  ),
  "gcp:logging/projectBucketConfig:ProjectBucketConfig": logBucket,
  "gcp:lustre/instance:Instance": lustre,
  "gcp:projects/iAMCustomRole:IAMCustomRole": customRole,
  "gcp:pubsub/topic:Topic": topic,
  "gcp:pubsub/topicIAMMember:TopicIAMMember": member((r) => r.text("topic")),
  "gcp:secretmanager/secretIamMember:SecretIamMember": member((r) => r.text("secretId")),
  "gcp:serviceaccount/iAMMember:IAMMember": member((r) => r.text("serviceAccountId")),
  "gcp:servicenetworking/connection:Connection": serviceConnection,
  "gcp:secretmanager/secret:Secret": secret,
  "gcp:secretmanager/secretVersion:SecretVersion": secretVersion,
  "gcp:serviceaccount/account:Account": serviceAccount,
  "gcp:storage/bucket:Bucket": bucket,
  "gcp:compute/network:Network": compute((_, name) => known`global/networks/${name}`),
  "gcp:compute/firewall:Firewall": compute((_, name) => known`global/firewalls/${name}`),
  "gcp:compute/subnetwork:Subnetwork": regional("subnetworks"),
  "gcp:compute/router:Router": regional("routers"),
  "gcp:compute/routerNat:RouterNat": routerNat,
  "gcp:compute/resourcePolicy:ResourcePolicy": regional("resourcePolicies"),
  "gcp:container/cluster:Cluster": cluster,
  "gcp:container/nodePool:NodePool": nodePool,
  "gcp:kms/keyRing:KeyRing": keyRing,
  "gcp:kms/cryptoKey:CryptoKey": cryptoKey,
  "gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember": member((r) => r.text("cryptoKeyId")),
  "gcp:projects/iAMMember:IAMMember": member((r) => r.text("project")),
  "gcp:projects/iAMAuditConfig:IAMAuditConfig": auditConfig((r) => r.text("project")),
  "gcp:organizations/iamAuditConfig:IamAuditConfig": auditConfig((r) => r.text("orgId")),
  "gcp:orgpolicy/policy:Policy": organizationPolicy,
  "gcp:monitoring/alertPolicy:AlertPolicy": numbered("alertPolicies"),
  "gcp:monitoring/notificationChannel:NotificationChannel": numbered("notificationChannels"),
  "gcp:bigtable/instance:Instance": bigtableInstance,
  "gcp:bigquery/connection:Connection": connection,
  "gcp:bigquery/dataset:Dataset": dataset,
  "gcp:bigquery/table:Table": inDataset("tables", "tableId"),
  "gcp:bigquery/datasetIamMember:DatasetIamMember": member(
    (r) => known`projects/${setting(r, "project")}/datasets/${r.text("datasetId")}`,
  ),
  "gcp:bigquery/routine:Routine": inDataset("routines", "routineId"),
  "gcp:storage/bucketObject:BucketObject": bucketObject,
  "gcp:storage/insightsReportConfig:InsightsReportConfig": insightsReportConfig,
  "gcp:storage/transferJob:TransferJob": transferJob,
  "gcp:storage/bucketIAMMember:BucketIAMMember": member((r) => known`b/${r.text("bucket")}`),
  "gcp:projects/serviceIdentity:ServiceIdentity": serviceIdentity,
  "gcp:logging/projectSink:ProjectSink": projectSink,
  "gcp:logging/organizationSink:OrganizationSink": organizationSink,
  "gcp:compute/address:Address": address,
  "gcp:compute/forwardingRule:ForwardingRule": regional("forwardingRules"),
  "gcp:workflows/workflow:Workflow": inRegion("workflows"),
  "gcp:vertex/aiIndex:AiIndex": vertex("indexes"),
  "gcp:vertex/aiIndexEndpoint:AiIndexEndpoint": vertex("indexEndpoints"),
  "gcp:vertex/aiIndexEndpointDeployedIndex:AiIndexEndpointDeployedIndex": deployedIndex,
  "gcp:vertex/aiFeatureGroup:AiFeatureGroup": featureThing((_, name) => known`featureGroups/${name}`),
  "gcp:vertex/aiFeatureGroupFeature:AiFeatureGroupFeature": featureThing(
    (r, name) => known`featureGroups/${r.text("featureGroup")}/features/${name}`,
  ),
  "gcp:vertex/aiFeatureOnlineStore:AiFeatureOnlineStore": featureThing((_, name) => known`featureOnlineStores/${name}`),
  "gcp:vertex/aiFeatureOnlineStoreFeatureview:AiFeatureOnlineStoreFeatureview": featureThing(
    (r, name) => known`featureOnlineStores/${r.text("featureOnlineStore")}/featureViews/${name}`,
  ),
  "gcp:vertex/aiFeatureOnlineStoreIamMember:AiFeatureOnlineStoreIamMember": member((r) => r.text("featureOnlineStore")),
  "gcp:alloydb/cluster:Cluster": alloyCluster,
  "gcp:alloydb/instance:Instance": alloyInstance,
  "gcp:alloydb/user:User": (r) => {
    const id = known`${r.text("cluster")}/users/${r.text("userId")}`;
    return { id, name: id };
  },
};

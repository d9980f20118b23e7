/**
 * AWS: ids and ARNs in the formats that the services document, endpoints and issuers of EKS.
 * ARN formats: docs.aws.amazon.com/service-authorization/latest/reference, by service.
 */
import { zonesOf } from "../answers/aws-regions";
import { unknown } from "../graph";
import { known, type Outputs, type Rule, type Rules, type Subject } from "./subject";

/** `vpc-0123...`: EC2's ids are 17 hexadecimal digits after the kind. */
const ec2Id = (r: Subject, prefix: string): string => r.existingId ?? `${prefix}-0${r.hex(16, prefix)}`;

/** Most of EC2: an id, and an ARN that ends in it. */
const ec2 =
  (prefix: string, kind: string, more: (r: Subject, id: string) => Outputs = () => ({})): Rule =>
  (r) => {
    const id = ec2Id(r, prefix);
    return { id, arn: r.arn("ec2", `${kind}/${id}`), ownerId: r.account, region: r.region, ...more(r, id) };
  };

/** IAM things have a name, a path, and no region. */
const iam =
  (kind: string, idKey: "name" | "arn", more: (r: Subject, name: string | undefined) => Outputs = () => ({})): Rule =>
  (r) => {
    const name = r.named();
    const path = r.has("path") ? r.text("path") : "/";
    const arn = r.globalArn("iam", known`${kind}${path}${name}`);
    return { id: idKey === "arn" ? arn : name, name, arn, ...more(r, name) };
  };

/** A regional service whose resources are known by name. */
const named =
  (
    service: string,
    prefix: string,
    more: (r: Subject, name: string | undefined, arn: string | undefined) => Outputs,
  ): Rule =>
  (r) => {
    const name = r.named();
    const arn = r.arn(service, known`${prefix}${name}`);
    return { id: name, name, arn, region: r.region, ...more(r, name, arn) };
  };

const openIdConnectProvider: Rule = (r) => {
  const host = r.text("url")?.replace(/^https:\/\//, "");
  const arn = r.globalArn("iam", known`oidc-provider/${host}`);
  return { id: arn, arn };
};

const kmsKey: Rule = (r) => {
  const keyId = r.existingId ?? (r.input("multiRegion") === true ? `mrk-${r.hex(32, "key")}` : r.uuid("key"));
  return { id: keyId, keyId, arn: r.arn("kms", `key/${keyId}`), region: r.region };
};

const kmsAlias: Rule = (r) => {
  const name = r.has("name") ? r.text("name") : `alias/${r.name}-${r.hex(7, "name")}`;
  const target = r.text("targetKeyId");
  const isArn = target?.startsWith("arn:");
  const targetKeyArn = isArn ? target : r.arn("kms", known`key/${target}`);
  return { id: name, name, arn: r.arn("kms", name), targetKeyArn, region: r.region };
};

const bucket: Rule = (r) => {
  const name = r.named("bucket");
  return {
    id: name,
    bucket: name,
    arn: known`arn:${r.partition}:s3:::${name}`,
    bucketDomainName: known`${name}.s3.${r.dnsSuffix}`,
    bucketRegionalDomainName: known`${name}.s3.${r.region}.${r.dnsSuffix}`,
    bucketRegion: r.region,
    region: r.region,
  };
};

/** Settings of a bucket, which the provider knows by the bucket's name. */
const ofBucket: Rule = (r) => ({ id: r.text("bucket"), region: r.region });

const cluster: Rule = (r) => {
  const name = r.named();
  const code = r.hex(32, "endpoint").toUpperCase();
  const certificate = `simulated certificate authority of the cluster ${name}`;
  const vpcConfig = r.map("vpcConfig");
  return {
    id: name,
    name,
    arn: r.arn("eks", known`cluster/${name}`),
    endpoint: known`https://${code}.gr7.${r.region}.eks.${r.dnsSuffix}`,
    certificateAuthority: { data: Buffer.from(certificate).toString("base64") },
    identities:
      r.region === undefined
        ? undefined
        : [{ oidcs: [{ issuer: `https://oidc.eks.${r.region}.${r.dnsSuffix}/id/${code}` }] }],
    vpcConfig: vpcConfig && { vpcId: unknown, ...vpcConfig, clusterSecurityGroupId: ec2Id(r, "sg") },
    status: "ACTIVE",
    region: r.region,
  };
};

const nodeGroup: Rule = (r) => {
  const name = r.named("nodeGroupName");
  const uuid = r.uuid("nodegroup");
  return {
    id: known`${r.text("clusterName")}:${name}`,
    nodeGroupName: name,
    arn: r.arn("eks", known`nodegroup/${r.text("clusterName")}/${name}/${uuid}`),
    resources: name === undefined ? undefined : [{ autoscalingGroups: [{ name: `eks-${name}-${uuid}` }] }],
    status: "ACTIVE",
    region: r.region,
  };
};

const addon: Rule = (r) => {
  const [clusterName, addonName] = [r.text("clusterName"), r.text("addonName")];
  return {
    id: known`${clusterName}:${addonName}`,
    arn: r.arn("eks", known`addon/${clusterName}/${addonName}/${r.uuid("addon")}`),
    region: r.region,
  };
};

const accessEntry: Rule = (r) => {
  const [clusterName, principalArn] = [r.text("clusterName"), r.text("principalArn")];
  // arn:aws:iam::<account>:role/<path>/<name> becomes role/<account>/<name>.
  const principal = /^arn:[^:]+:iam::(\d+):(role|user)\/(?:.*\/)?([^/]+)$/.exec(principalArn ?? "");
  const path = principal === null ? undefined : `${principal[2]}/${principal[1]}/${principal[3]}`;
  return {
    id: known`${clusterName}:${principalArn}`,
    accessEntryArn: r.arn("eks", known`access-entry/${clusterName}/${path}/${r.uuid("entry")}`),
    region: r.region,
  };
};

const podIdentityAssociation: Rule = (r) => {
  const id = `a-${r.hex(17, "association")}`;
  const associationArn = r.arn("eks", known`podidentityassociation/${r.text("clusterName")}/${id}`);
  return { id, associationId: id, associationArn, region: r.region };
};

const subnet = ec2("subnet", "subnet", (r) => {
  const zone = r.text("availabilityZone");
  const found = zonesOf(r.region ?? "")?.find(({ name }) => name === zone);
  return { availabilityZoneId: r.has("availabilityZoneId") ? undefined : found?.id };
});

const queue: Rule = (r) => {
  const name = r.named("name", r.input("fifoQueue") === true ? ".fifo" : "");
  const url = known`https://sqs.${r.region}.${r.dnsSuffix}/${r.account}/${name}`;
  return { id: url, url, name, arn: r.arn("sqs", name), region: r.region };
};

const topic: Rule = (r) => {
  const name = r.named("name", r.input("fifoTopic") === true ? ".fifo" : "");
  const arn = r.arn("sns", name);
  return { id: arn, arn, name, owner: r.account, region: r.region };
};

const secret: Rule = (r) => {
  const name = r.named();
  const arn = r.arn("secretsmanager", known`secret:${name}-${r.hex(6, "secret")}`);
  return { id: arn, arn, name, region: r.region };
};

/** A trail is known by its ARN since version 6 of the provider. */
const trail: Rule = (r) => {
  const name = r.named();
  const arn = r.arn("cloudtrail", known`trail/${name}`);
  return { id: arn, arn, name, homeRegion: r.region, region: r.region };
};

const deliveryStream: Rule = (r) => {
  const name = r.named();
  const arn = r.arn("firehose", known`deliverystream/${name}`);
  return { id: arn, arn, name, region: r.region };
};

/** A rule of the default bus has the bus neither in its id nor in its ARN. */
const eventRule: Rule = (r) => {
  const name = r.named();
  const bus = r.text("eventBusName") ?? "default";
  const path = bus === "default" ? name : known`${bus}/${name}`;
  return { id: path, name, arn: r.arn("events", known`rule/${path}`), region: r.region };
};

const catalogDatabase: Rule = (r) => {
  const name = r.named();
  const catalogId = r.text("catalogId") ?? r.account;
  return {
    id: known`${catalogId}:${name}`,
    name,
    catalogId,
    arn: r.arn("glue", known`database/${name}`),
    region: r.region,
  };
};

const catalogTable: Rule = (r) => {
  const [database, name] = [r.text("databaseName"), r.named()];
  const catalogId = r.text("catalogId") ?? r.account;
  return {
    id: known`${catalogId}:${database}:${name}`,
    name,
    catalogId,
    arn: r.arn("glue", known`table/${database}/${name}`),
    region: r.region,
  };
};

const namedQuery: Rule = (r) => ({ id: r.uuid("query"), name: r.named(), region: r.region });

const topicSubscription: Rule = (r) => {
  const arn = known`${r.text("topic")}:${r.uuid("subscription")}`;
  return { id: arn, arn, ownerId: r.account, region: r.region };
};

const lambda = named("lambda", "function:", (r, _name, arn) => ({
  qualifiedArn: r.input("publish") === true ? known`${arn}:1` : known`${arn}:$LATEST`,
  version: r.input("publish") === true ? "1" : "$LATEST",
  invokeArn: known`arn:${r.partition}:apigateway:${r.region}:lambda:path/2015-03-31/functions/${arn}/invocations`,
}));

/** Clients find the servers by a name made from the id, and mount a file system of eight letters and digits. */
const lustre: Rule = (r) => {
  const id = r.existingId ?? `fs-0${r.hex(16, "fs")}`;
  const arn = r.arn("fsx", `file-system/${id}`);
  const dnsName = known`${id}.fsx.${r.region}.${r.dnsSuffix}`;
  return { id, arn, dnsName, mountName: r.hex(8, "mount"), ownerId: r.account, region: r.region };
};

const dataRepositoryAssociation: Rule = (r) => {
  const id = `dra-0${r.hex(16, "dra")}`;
  const arn = r.arn("fsx", known`association/${r.text("fileSystemId")}/${id}`);
  return { id, associationId: id, arn, region: r.region };
};

const keyGrant: Rule = (r) => {
  const grantId = r.hex(64, "grant");
  return { id: known`${r.text("keyId")}:${grantId}`, grantId, region: r.region };
};

const vectorBucket: Rule = (r) => {
  const name = r.text("vectorBucketName");
  const vectorBucketArn = r.arn("s3vectors", known`bucket/${name}`);
  return { id: vectorBucketArn, vectorBucketArn, region: r.region };
};

const vectorIndex: Rule = (r) => {
  const indexArn = r.arn("s3vectors", known`bucket/${r.text("vectorBucketName")}/index/${r.text("indexName")}`);
  return { id: indexArn, indexArn, region: r.region };
};

/** A collection's id is twenty lower-case letters and digits; its endpoint is known by it. */
const collection: Rule = (r) => {
  const id = r.existingId ?? r.hex(20, "collection");
  const host = known`https://${id}.${r.region}.aoss.${r.dnsSuffix}`;
  const dashboardEndpoint = known`${host}/_dashboards`;
  return { id, name: r.named(), arn: r.arn("aoss", `collection/${id}`), collectionEndpoint: host, dashboardEndpoint };
};

/** Policies of OpenSearch Serverless are known by their names. */
const collectionPolicy: Rule = (r) => ({ id: r.named(), name: r.named(), policyVersion: r.hex(20, "version") });

const databaseCluster: Rule = (r) => {
  const name = r.named("clusterIdentifier");
  const host = (kind: string) => known`${name}.${kind}-${r.hex(12, "host")}.${r.region}.rds.${r.dnsSuffix}`;
  const secretArn = r.arn("secretsmanager", `secret:rds!cluster-${r.uuid("secret")}-${r.hex(6, "secret")}`);
  return {
    id: name,
    clusterIdentifier: name,
    arn: r.arn("rds", known`cluster:${name}`),
    endpoint: host("cluster"),
    readerEndpoint: host("cluster-ro"),
    clusterResourceId: `cluster-${r.hex(26, "resource").toUpperCase()}`,
    masterUserSecrets:
      secretArn !== undefined && r.input("manageMasterUserPassword") === true
        ? [{ secretArn, secretStatus: "active" }]
        : undefined,
    region: r.region,
  };
};

const databaseInstance: Rule = (r) => {
  const name = r.named("identifier");
  return { id: name, identifier: name, arn: r.arn("rds", known`db:${name}`), region: r.region };
};

/** An app has an id that AWS makes; its name is no part of its ARN. */
const mlflowApp: Rule = (r) => {
  const arn = r.arn("sagemaker", `mlflow-app/app-${r.hex(12, "app").toUpperCase()}`);
  return { id: arn, arn, region: r.region };
};

/** A resource of SageMaker that is known by the name that it was given. */
const ofSageMaker =
  (kind: string, key: string): Rule =>
  (r) => {
    const name = r.text(key);
    return { id: name, arn: r.arn("sagemaker", known`${kind}/${name}`), region: r.region };
  };

export const awsRules: Rules = {
  "aws:athena/namedQuery:NamedQuery": namedQuery,
  "aws:athena/workgroup:Workgroup": named("athena", "workgroup/", () => ({})),
  "aws:cloudtrail/trail:Trail": trail,
  "aws:cloudwatch/eventRule:EventRule": eventRule,
  "aws:glue/catalogDatabase:CatalogDatabase": catalogDatabase,
  "aws:glue/catalogTable:CatalogTable": catalogTable,
  "aws:fsx/dataRepositoryAssociation:DataRepositoryAssociation": dataRepositoryAssociation,
  "aws:fsx/lustreFileSystem:LustreFileSystem": lustre,
  "aws:iam/role:Role": iam("role", "name"),
  "aws:iam/user:User": iam("user", "name"),
  "aws:iam/policy:Policy": iam("policy", "arn"),
  "aws:iam/instanceProfile:InstanceProfile": iam("instance-profile", "name"),
  "aws:iam/openIdConnectProvider:OpenIdConnectProvider": openIdConnectProvider,
  "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": deliveryStream,
  "aws:kms/key:Key": kmsKey,
  "aws:kms/alias:Alias": kmsAlias,
  "aws:kms/grant:Grant": keyGrant,
  "aws:s3/bucket:Bucket": bucket,
  "aws:s3/bucketV2:BucketV2": bucket,
  "aws:s3/bucketPolicy:BucketPolicy": ofBucket,
  "aws:s3/bucketLogging:BucketLogging": ofBucket,
  "aws:s3/bucketNotification:BucketNotification": ofBucket,
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": ofBucket,
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": ofBucket,
  "aws:s3/bucketReplicationConfig:BucketReplicationConfig": ofBucket,
  "aws:s3/bucketVersioning:BucketVersioning": ofBucket,
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": ofBucket,
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": ofBucket,
  "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": ofBucket,
  "aws:eks/cluster:Cluster": cluster,
  "aws:eks/nodeGroup:NodeGroup": nodeGroup,
  "aws:eks/addon:Addon": addon,
  "aws:eks/accessEntry:AccessEntry": accessEntry,
  "aws:eks/podIdentityAssociation:PodIdentityAssociation": podIdentityAssociation,
  "aws:ec2/vpc:Vpc": ec2("vpc", "vpc", (r) => ({
    mainRouteTableId: ec2Id(r, "rtb"),
    defaultRouteTableId: ec2Id(r, "rtb"),
    defaultSecurityGroupId: ec2Id(r, "sg"),
    defaultNetworkAclId: ec2Id(r, "acl"),
  })),
  "aws:ec2/subnet:Subnet": subnet,
  "aws:ec2/securityGroup:SecurityGroup": ec2("sg", "security-group", (r) => ({ name: r.named() })),
  "aws:ec2/routeTable:RouteTable": ec2("rtb", "route-table"),
  "aws:ec2/internetGateway:InternetGateway": ec2("igw", "internet-gateway"),
  "aws:ec2/natGateway:NatGateway": (r) => ({ id: ec2Id(r, "nat"), region: r.region }),
  "aws:ec2/eip:Eip": ec2("eipalloc", "elastic-ip", (_, id) => ({ allocationId: id })),
  "aws:ec2/vpcEndpoint:VpcEndpoint": ec2("vpce", "vpc-endpoint", () => ({ state: "available" })),
  "aws:ec2/launchTemplate:LaunchTemplate": ec2("lt", "launch-template", (r) => ({
    name: r.named(),
    latestVersion: 1,
    defaultVersion: 1,
  })),
  "aws:ec2/flowLog:FlowLog": ec2("fl", "vpc-flow-log"),
  "aws:cloudwatch/metricAlarm:MetricAlarm": named("cloudwatch", "alarm:", () => ({})),
  "aws:cloudwatch/logGroup:LogGroup": named("logs", "log-group:", () => ({})),
  "aws:sqs/queue:Queue": queue,
  "aws:sns/topic:Topic": topic,
  "aws:sns/topicSubscription:TopicSubscription": topicSubscription,
  "aws:secretsmanager/secret:Secret": secret,
  "aws:ecr/repository:Repository": named("ecr", "repository/", (r, name) => ({
    registryId: r.account,
    repositoryUrl: known`${r.account}.dkr.ecr.${r.region}.${r.dnsSuffix}/${name}`,
  })),
  "aws:sagemaker/featureGroup:FeatureGroup": ofSageMaker("feature-group", "featureGroupName"),
  "aws:sagemaker/mlflowApp:MlflowApp": mlflowApp,
  "aws:sagemaker/modelPackageGroup:ModelPackageGroup": ofSageMaker("model-package-group", "modelPackageGroupName"),
  "aws:sagemaker/pipeline:Pipeline": ofSageMaker("pipeline", "pipelineName"),
  "aws:scheduler/schedule:Schedule": (r) => {
    const name = r.named();
    return { id: known`default/${name}`, name, arn: r.arn("scheduler", known`schedule/default/${name}`) };
  },
  "aws:dynamodb/table:Table": named("dynamodb", "table/", () => ({})),
  "aws:lambda/function:Function": lambda,
  "aws:s3/vectorsVectorBucket:VectorsVectorBucket": vectorBucket,
  "aws:s3/vectorsIndex:VectorsIndex": vectorIndex,
  "aws:opensearch/serverlessCollection:ServerlessCollection": collection,
  "aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy": collectionPolicy,
  "aws:opensearch/serverlessAccessPolicy:ServerlessAccessPolicy": collectionPolicy,
  "aws:opensearch/serverlessVpcEndpoint:ServerlessVpcEndpoint": (r) => ({ id: ec2Id(r, "vpce") }),
  "aws:rds/cluster:Cluster": databaseCluster,
  "aws:rds/clusterInstance:ClusterInstance": databaseInstance,
  "aws:rds/subnetGroup:SubnetGroup": named("rds", "subgrp:", () => ({})),
  "aws:rds/clusterParameterGroup:ClusterParameterGroup": named("rds", "cluster-pg:", () => ({})),
};

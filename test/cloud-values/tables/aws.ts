/**
 * Resource types of AWS. Calls and members: the service models inside botocore; inputs: the schema of the provider
 * `aws` 7. Where a provider makes several calls for one resource, the further ones are named in `renames`.
 */
import type { Row, Table, Unchecked } from "./row";

const created = "the resource itself, known once it is created";
const tagsOf = (kind: string): Pick<Row, "renames" | "constants"> => ({
  renames: { tags: "TagSpecifications.Tags" },
  constants: { "TagSpecifications.ResourceType": kind },
});

/** For types that are also made in another region than the provider's. */
const anyRegion = { region: "says which region's endpoint is called, and is no part of the request" };

const securityGroupRule: Omit<Row, "call"> = {
  within: "IpPermissions",
  renames: {
    // The request has members of these names too, for rules of a network that EC2 no longer has.
    ipProtocol: "IpPermissions.IpProtocol",
    fromPort: "IpPermissions.FromPort",
    toPort: "IpPermissions.ToPort",
    securityGroupId: "GroupId",
    referencedSecurityGroupId: "IpPermissions.UserIdGroupPairs.GroupId",
    cidrIpv4: "IpPermissions.IpRanges.CidrIp",
    tags: "TagSpecifications.Tags",
  },
  constants: { "TagSpecifications.ResourceType": "security-group-rule" },
};

export const aws: Table = {
  "aws:athena/namedQuery:NamedQuery": { call: "athena.CreateNamedQuery", renames: { query: "QueryString" } },
  "aws:athena/workgroup:Workgroup": {
    call: "athena.CreateWorkGroup",
    renames: { "configuration.resultConfiguration.encryptionConfiguration.kmsKeyArn": "KmsKey" },
    ignored: { ...anyRegion, forceDestroy: "has DeleteWorkGroup delete what is in it" },
    names: { name: "Name" },
  },
  "aws:cloudfront/distribution:Distribution": {
    call: "cloudfront.CreateDistributionWithTags",
    within: "DistributionConfigWithTags.DistributionConfig",
    renames: {
      tags: "DistributionConfigWithTags.Tags.Items",
      "origins.originId": "Id",
      "defaultCacheBehavior.cachedMethods": "AllowedMethods.CachedMethods",
    },
    given: {
      "DistributionConfigWithTags.DistributionConfig.CallerReference": "the provider makes it up",
      "DistributionConfigWithTags.DistributionConfig.Restrictions.GeoRestriction.Quantity":
        "none: no location is named",
    },
  },
  "aws:cloudfront/originAccessControl:OriginAccessControl": {
    call: "cloudfront.CreateOriginAccessControl",
    within: "OriginAccessControlConfig",
    given: { "OriginAccessControlConfig.Name": "the provider makes it up" },
  },
  "aws:cloudtrail/trail:Trail": {
    call: "cloudtrail.CreateTrail",
    renames: {
      tags: "TagsList",
      advancedEventSelectors: "cloudtrail.PutEventSelectors#AdvancedEventSelectors",
      "advancedEventSelectors.fieldSelectors.startsWiths": "StartsWith",
    },
    given: { "cloudtrail.PutEventSelectors#TrailName": created },
    documented: {
      Name: {
        max: 128,
        pattern: "[A-Za-z0-9][A-Za-z0-9._-]{1,126}[A-Za-z0-9]",
        source: "CreateTrail, AWS CloudTrail API Reference",
      },
      "cloudtrail.PutEventSelectors#AdvancedEventSelectors.FieldSelectors.Field": {
        oneOf: [
          "eventCategory",
          "eventName",
          "eventSource",
          "eventType",
          "readOnly",
          "resources.ARN",
          "resources.type",
        ],
        source: "AdvancedFieldSelector, AWS CloudTrail API Reference",
      },
    },
  },
  "aws:cloudwatch/eventRule:EventRule": { call: "events.PutRule", ignored: anyRegion, names: { name: "Name" } },
  "aws:cloudwatch/eventTarget:EventTarget": {
    call: "events.PutTargets",
    renames: {
      arn: "Targets.Arn",
      roleArn: "Targets.RoleArn",
      sagemakerPipelineTarget: "Targets.SageMakerPipelineParameters",
      "sagemakerPipelineTarget.pipelineParameterLists": "PipelineParameterList",
    },
    ignored: anyRegion,
    given: { "Targets.Id": "the provider makes it up" },
  },
  "aws:cloudwatch/metricAlarm:MetricAlarm": {
    call: "cloudwatch.PutMetricAlarm",
    names: { name: "AlarmName" },
    ignored: { dimensions: "a map, of which the provider makes a list of names and values" },
  },
  "aws:cloudwatch/logGroup:LogGroup": {
    call: "logs.CreateLogGroup",
    renames: { name: "logGroupName", retentionInDays: "logs.PutRetentionPolicy#retentionInDays" },
    given: { "logs.PutRetentionPolicy#logGroupName": created },
    documented: {
      "logs.PutRetentionPolicy#retentionInDays": {
        oneOf: [
          1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
        ],
        source: "PutRetentionPolicy, Amazon CloudWatch Logs API Reference",
      },
    },
  },
  "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter": {
    call: "logs.PutSubscriptionFilter",
    renames: { logGroup: "logGroupName" },
    given: { filterName: "the provider makes it up: the resource's name and seven characters" },
  },
  "aws:ec2/eip:Eip": { call: "ec2.AllocateAddress", ...tagsOf("elastic-ip") },
  "aws:ec2/flowLog:FlowLog": {
    call: "ec2.CreateFlowLogs",
    renames: { tags: "TagSpecifications.Tags", vpcId: "ResourceIds" },
    constants: { ResourceType: "VPC", "TagSpecifications.ResourceType": "vpc-flow-log" },
    documented: { MaxAggregationInterval: { oneOf: [60, 600], source: "CreateFlowLogs, Amazon EC2 API Reference" } },
  },
  "aws:ec2/internetGateway:InternetGateway": {
    call: "ec2.CreateInternetGateway",
    renames: { tags: "TagSpecifications.Tags", vpcId: "ec2.AttachInternetGateway#VpcId" },
    constants: { "TagSpecifications.ResourceType": "internet-gateway" },
    given: { "ec2.AttachInternetGateway#InternetGatewayId": created },
  },
  "aws:ec2/launchTemplate:LaunchTemplate": {
    call: "ec2.CreateLaunchTemplate",
    within: "LaunchTemplateData",
    renames: {
      description: "VersionDescription",
      // The request has a member of this name too, for the tags of the template itself.
      tagSpecifications: "LaunchTemplateData.TagSpecifications",
      tags: "TagSpecifications.Tags",
    },
    constants: { "TagSpecifications.ResourceType": "launch-template" },
    ignored: { updateDefaultVersion: "tells the provider to call ModifyLaunchTemplate with the version it then knows" },
    names: { name: "LaunchTemplateName" },
    documented: {
      LaunchTemplateName: {
        max: 128,
        pattern: "[a-zA-Z0-9().\\-/_]{3,}",
        source: "CreateLaunchTemplate, Amazon EC2 API Reference",
      },
    },
  },
  "aws:ec2/natGateway:NatGateway": { call: "ec2.CreateNatGateway", ...tagsOf("natgateway") },
  "aws:ec2/route:Route": { call: "ec2.CreateRoute" },
  "aws:ec2/routeTable:RouteTable": { call: "ec2.CreateRouteTable", ...tagsOf("route-table") },
  "aws:ec2/routeTableAssociation:RouteTableAssociation": { call: "ec2.AssociateRouteTable" },
  "aws:ec2/securityGroup:SecurityGroup": {
    call: "ec2.CreateSecurityGroup",
    renames: { tags: "TagSpecifications.Tags" },
    constants: { "TagSpecifications.ResourceType": "security-group" },
    names: { name: "GroupName" },
    documented: {
      GroupName: { max: 255, source: "CreateSecurityGroup, Amazon EC2 API Reference" },
      Description: {
        max: 255,
        pattern: "[a-zA-Z0-9. _\\-:/()#,@[\\]+=&;{}!$*]*",
        source: "CreateSecurityGroup, Amazon EC2 API Reference",
      },
    },
  },
  "aws:ec2/subnet:Subnet": {
    call: "ec2.CreateSubnet",
    renames: {
      tags: "TagSpecifications.Tags",
      mapPublicIpOnLaunch: "ec2.ModifySubnetAttribute#MapPublicIpOnLaunch.Value",
    },
    constants: { "TagSpecifications.ResourceType": "subnet" },
    given: { "ec2.ModifySubnetAttribute#SubnetId": created },
  },
  "aws:ec2/vpc:Vpc": {
    call: "ec2.CreateVpc",
    renames: {
      tags: "TagSpecifications.Tags",
      enableDnsHostnames: "ec2.ModifyVpcAttribute#EnableDnsHostnames.Value",
      enableDnsSupport: "ec2.ModifyVpcAttribute#EnableDnsSupport.Value",
    },
    constants: { "TagSpecifications.ResourceType": "vpc" },
    given: { "ec2.ModifyVpcAttribute#VpcId": created },
  },
  "aws:ec2/vpcEndpoint:VpcEndpoint": { call: "ec2.CreateVpcEndpoint", ...tagsOf("vpc-endpoint") },
  "aws:eks/accessEntry:AccessEntry": {
    call: "eks.CreateAccessEntry",
    documented: {
      type: {
        oneOf: ["STANDARD", "EC2_LINUX", "EC2_WINDOWS", "FARGATE_LINUX", "EC2", "HYBRID_LINUX", "HYPERPOD_LINUX"],
        source: "CreateAccessEntry, Amazon EKS API Reference",
      },
    },
  },
  "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": { call: "eks.AssociateAccessPolicy" },
  "aws:eks/addon:Addon": {
    call: "eks.CreateAddon",
    renames: {
      resolveConflictsOnCreate: "resolveConflicts",
      resolveConflictsOnUpdate: "eks.UpdateAddon#resolveConflicts",
    },
    given: { "eks.UpdateAddon#clusterName": created, "eks.UpdateAddon#addonName": created },
  },
  "aws:eks/cluster:Cluster": {
    call: "eks.CreateCluster",
    renames: { vpcConfig: "resourcesVpcConfig", enabledClusterLogTypes: "logging.clusterLogging.types" },
    documented: {
      "encryptionConfig.resources": { oneOf: ["secrets"], source: "EncryptionConfig, Amazon EKS API Reference" },
    },
  },
  "aws:eks/nodeGroup:NodeGroup": {
    call: "eks.CreateNodegroup",
    renames: { nodeRoleArn: "nodeRole", subnetIds: "subnets" },
    names: { nodeGroupName: "nodegroupName" },
    documented: {
      nodegroupName: { max: 63, pattern: "[0-9A-Za-z][\\w-]*", source: "CreateNodegroup, Amazon EKS API Reference" },
      instanceTypes: { shape: "ec2.InstanceType", source: "CreateNodegroup, Amazon EKS API Reference" },
    },
  },
  "aws:eks/podIdentityAssociation:PodIdentityAssociation": { call: "eks.CreatePodIdentityAssociation" },
  "aws:dynamodb/table:Table": {
    call: "dynamodb.CreateTable",
    renames: {
      name: "TableName",
      attributes: "AttributeDefinitions",
      "attributes.name": "AttributeName",
      "attributes.type": "AttributeType",
      hashKey: "KeySchema.AttributeName",
      serverSideEncryption: "SSESpecification",
      "serverSideEncryption.kmsKeyArn": "KMSMasterKeyId",
      pointInTimeRecovery: "dynamodb.UpdateContinuousBackups#PointInTimeRecoverySpecification",
      "pointInTimeRecovery.enabled": "PointInTimeRecoveryEnabled",
    },
    given: {
      "KeySchema.KeyType": "HASH, which is what hashKey means",
      "dynamodb.UpdateContinuousBackups#TableName": created,
    },
  },
  "aws:sagemaker/featureGroup:FeatureGroup": { call: "sagemaker.CreateFeatureGroup" },
  "aws:sagemaker/mlflowApp:MlflowApp": { call: "sagemaker.CreateMlflowApp" },
  "aws:sagemaker/modelPackageGroup:ModelPackageGroup": { call: "sagemaker.CreateModelPackageGroup" },
  "aws:sagemaker/pipeline:Pipeline": {
    call: "sagemaker.CreatePipeline",
    given: { ClientRequestToken: "the provider makes it up" },
  },
  "aws:scheduler/schedule:Schedule": { call: "scheduler.CreateSchedule", names: { name: "Name" } },
  "aws:secretsmanager/secret:Secret": { call: "secretsmanager.CreateSecret", names: { name: "Name" } },
  "aws:secretsmanager/secretVersion:SecretVersion": { call: "secretsmanager.PutSecretValue" },
  "aws:glue/catalogDatabase:CatalogDatabase": {
    call: "glue.CreateDatabase",
    within: "DatabaseInput",
    ignored: anyRegion,
  },
  "aws:glue/catalogTable:CatalogTable": {
    call: "glue.CreateTable",
    within: "TableInput",
    // The request has a member of this name too, for tables of other formats.
    renames: { name: "TableInput.Name" },
  },
  "aws:fsx/dataRepositoryAssociation:DataRepositoryAssociation": {
    call: "fsx.CreateDataRepositoryAssociation",
    renames: { s3: "S3", deleteDataInFilesystem: "fsx.DeleteDataRepositoryAssociation#DeleteDataInFileSystem" },
    given: { "fsx.DeleteDataRepositoryAssociation#AssociationId": created },
  },
  "aws:fsx/lustreFileSystem:LustreFileSystem": {
    call: "fsx.CreateFileSystem",
    within: "LustreConfiguration",
    renames: {
      // With it, the provider makes this other call, with the other inputs as they are.
      backupId: "fsx.CreateFileSystemFromBackup#BackupId",
      skipFinalBackup: "fsx.DeleteFileSystem#LustreConfiguration.SkipFinalBackup",
    },
    constants: { FileSystemType: "LUSTRE" },
    given: {
      "fsx.CreateFileSystemFromBackup#SubnetIds": "as for CreateFileSystem",
      "fsx.DeleteFileSystem#FileSystemId": created,
    },
    documented: {
      "LustreConfiguration.PerUnitStorageThroughput": {
        oneOf: [125, 250, 500, 1000],
        source: "CreateFileSystemLustreConfiguration, Amazon FSx API Reference: PERSISTENT_2 with SSDs",
      },
    },
  },
  "aws:iam/instanceProfile:InstanceProfile": {
    call: "iam.CreateInstanceProfile",
    renames: { role: "iam.AddRoleToInstanceProfile#RoleName" },
    names: { name: "InstanceProfileName" },
    given: { "iam.AddRoleToInstanceProfile#InstanceProfileName": created },
  },
  "aws:iam/openIdConnectProvider:OpenIdConnectProvider": {
    call: "iam.CreateOpenIDConnectProvider",
    renames: { clientIdLists: "ClientIDList" },
  },
  "aws:iam/policy:Policy": {
    call: "iam.CreatePolicy",
    renames: { policy: "PolicyDocument", name: "PolicyName" },
    names: { name: "PolicyName" },
  },
  "aws:iam/role:Role": {
    call: "iam.CreateRole",
    renames: { assumeRolePolicy: "AssumeRolePolicyDocument", name: "RoleName" },
    names: { name: "RoleName" },
  },
  "aws:iam/rolePolicy:RolePolicy": {
    call: "iam.PutRolePolicy",
    renames: { policy: "PolicyDocument", role: "RoleName" },
    given: { PolicyName: "the provider makes it up: the resource's name and seven characters" },
  },
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": { call: "iam.AttachRolePolicy", renames: { role: "RoleName" } },
  "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": {
    call: "firehose.CreateDeliveryStream",
    renames: {
      extendedS3Configuration: "ExtendedS3DestinationConfiguration",
      "extendedS3Configuration.bufferingSize": "BufferingHints.SizeInMBs",
      "extendedS3Configuration.bufferingInterval": "BufferingHints.IntervalInSeconds",
      "extendedS3Configuration.kmsKeyArn": "EncryptionConfiguration.KMSEncryptionConfig.AWSKMSKeyARN",
      serverSideEncryption: "DeliveryStreamEncryptionConfigurationInput",
    },
    ignored: {
      destination: "says which of the configurations is meant",
      "serverSideEncryption.enabled": "says whether the stream is encrypted at all",
    },
    names: { name: "DeliveryStreamName" },
  },

  "aws:kms/grant:Grant": { call: "kms.CreateGrant" },
  "aws:kms/key:Key": {
    call: "kms.CreateKey",
    renames: { deletionWindowInDays: "kms.ScheduleKeyDeletion#PendingWindowInDays" },
    ignored: { enableKeyRotation: "says whether EnableKeyRotation is called at all", ...anyRegion },
    given: { "kms.ScheduleKeyDeletion#KeyId": created },
    documented: {
      "kms.ScheduleKeyDeletion#PendingWindowInDays": {
        pattern: "[7-9]|[12][0-9]|30",
        source: "ScheduleKeyDeletion, AWS KMS API Reference",
      },
    },
  },
  "aws:s3/bucket:Bucket": {
    call: "s3.CreateBucket",
    ignored: anyRegion,
    renames: { objectLockEnabled: "ObjectLockEnabledForBucket", tags: "s3.PutBucketTagging#Tagging.TagSet" },
    names: { bucket: "Bucket" },
    given: { "s3.PutBucketTagging#Bucket": created },
    documented: {
      Bucket: {
        pattern: "[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]",
        source: "general purpose bucket naming rules, Amazon S3 User Guide",
      },
    },
  },
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": {
    call: "s3.PutBucketLifecycleConfiguration",
    renames: { rules: "LifecycleConfiguration.Rules" },
    ignored: anyRegion,
  },
  "aws:s3/bucketLogging:BucketLogging": { call: "s3.PutBucketLogging", within: "BucketLoggingStatus.LoggingEnabled" },
  "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": {
    call: "s3.PutObjectLockConfiguration",
    within: "ObjectLockConfiguration",
    ignored: anyRegion,
  },
  "aws:s3/bucketObjectv2:BucketObjectv2": {
    call: "s3.PutObject",
    renames: { content: "Body", tags: "s3.PutObjectTagging#Tagging.TagSet" },
    given: { "s3.PutObjectTagging#Bucket": created, "s3.PutObjectTagging#Key": created },
  },
  "aws:s3/bucketNotification:BucketNotification": {
    call: "s3.PutBucketNotificationConfiguration",
    ignored: { eventbridge: "puts an empty EventBridgeConfiguration" },
    given: { NotificationConfiguration: "an empty EventBridgeConfiguration, by eventbridge" },
  },
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": {
    call: "s3.PutBucketOwnershipControls",
    renames: { rule: "OwnershipControls.Rules" },
    ignored: anyRegion,
  },
  "aws:s3/bucketPolicy:BucketPolicy": { call: "s3.PutBucketPolicy", ignored: anyRegion },
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": {
    call: "s3.PutPublicAccessBlock",
    within: "PublicAccessBlockConfiguration",
    ignored: anyRegion,
  },
  "aws:s3/bucketReplicationConfig:BucketReplicationConfig": {
    call: "s3.PutBucketReplication",
    within: "ReplicationConfiguration",
  },
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": {
    call: "s3.PutBucketEncryption",
    renames: { rules: "ServerSideEncryptionConfiguration.Rules" },
    ignored: anyRegion,
  },
  "aws:s3/bucketVersioning:BucketVersioning": { call: "s3.PutBucketVersioning", ignored: anyRegion },
  "aws:s3/inventory:Inventory": {
    call: "s3.PutBucketInventoryConfiguration",
    within: "InventoryConfiguration",
    renames: {
      name: "InventoryConfiguration.Id",
      "destination.bucket": "S3BucketDestination",
      "destination.bucket.bucketArn": "Bucket",
    },
    constants: { "InventoryConfiguration.IsEnabled": true },
    given: { Id: "the same as that inside" },
  },
  "aws:sns/topic:Topic": {
    call: "sns.CreateTopic",
    renames: { kmsMasterKeyId: "Attributes.KmsMasterKeyId" },
    names: { name: "Name" },
    documented: { Name: { pattern: "[A-Za-z0-9_-]{1,256}", source: "CreateTopic, Amazon SNS API Reference" } },
  },
  "aws:sns/topicPolicy:TopicPolicy": {
    call: "sns.SetTopicAttributes",
    renames: { arn: "TopicArn", policy: "AttributeValue" },
    constants: { AttributeName: "Policy" },
  },
  "aws:sns/topicSubscription:TopicSubscription": {
    call: "sns.Subscribe",
    renames: { topic: "TopicArn" },
    documented: {
      Protocol: {
        oneOf: ["http", "https", "email", "email-json", "sms", "sqs", "application", "lambda", "firehose"],
        source: "Subscribe, Amazon SNS API Reference",
      },
    },
  },
  "aws:sqs/queue:Queue": {
    call: "sqs.CreateQueue",
    renames: {
      messageRetentionSeconds: "Attributes.MessageRetentionPeriod",
      sqsManagedSseEnabled: "Attributes.SqsManagedSseEnabled",
    },
    names: { name: "QueueName" },
    documented: {
      QueueName: { pattern: "[A-Za-z0-9_-]{1,80}", source: "CreateQueue, Amazon SQS API Reference" },
    },
  },
  "aws:sqs/queuePolicy:QueuePolicy": {
    call: "sqs.SetQueueAttributes",
    renames: { policy: "Attributes.Policy" },
  },
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": {
    call: "ec2.AuthorizeSecurityGroupEgress",
    ...securityGroupRule,
  },
  "aws:opensearch/serverlessAccessPolicy:ServerlessAccessPolicy": { call: "opensearchserverless.CreateAccessPolicy" },
  "aws:opensearch/serverlessCollection:ServerlessCollection": { call: "opensearchserverless.CreateCollection" },
  "aws:opensearch/serverlessSecurityPolicy:ServerlessSecurityPolicy": {
    call: "opensearchserverless.CreateSecurityPolicy",
  },
  "aws:opensearch/serverlessVpcEndpoint:ServerlessVpcEndpoint": { call: "opensearchserverless.CreateVpcEndpoint" },
  "aws:rds/cluster:Cluster": {
    call: "rds.CreateDBCluster",
    renames: {
      clusterIdentifier: "DBClusterIdentifier",
      enabledCloudwatchLogsExports: "EnableCloudwatchLogsExports",
      iamDatabaseAuthenticationEnabled: "EnableIAMDatabaseAuthentication",
      finalSnapshotIdentifier: "rds.DeleteDBCluster#FinalDBSnapshotIdentifier",
      skipFinalSnapshot: "rds.DeleteDBCluster#SkipFinalSnapshot",
    },
    given: { "rds.DeleteDBCluster#DBClusterIdentifier": created },
    documented: {
      DBClusterIdentifier: {
        max: 63,
        pattern: "[A-Za-z](-?[A-Za-z0-9])*",
        source: "CreateDBCluster, Amazon RDS API Reference",
      },
      DatabaseName: { max: 64, pattern: "[A-Za-z][A-Za-z0-9_]*", source: "CreateDBCluster, Amazon RDS API Reference" },
      EnableCloudwatchLogsExports: {
        oneOf: ["postgresql", "instance", "iam-db-auth-error"],
        source: "CreateDBCluster, Amazon RDS API Reference: Aurora PostgreSQL",
      },
      EngineVersion: { pattern: "1[3-8](\\.[0-9]+)?", source: "Aurora PostgreSQL releases, Amazon Aurora User Guide" },
      BackupRetentionPeriod: {
        pattern: "[1-9]|[12][0-9]|3[0-5]",
        source: "CreateDBCluster, Amazon RDS API Reference: 1 to 35",
      },
      "rds.DeleteDBCluster#FinalDBSnapshotIdentifier": {
        max: 255,
        pattern: "[A-Za-z](-?[A-Za-z0-9])*",
        source: "DeleteDBCluster, Amazon RDS API Reference",
      },
    },
  },
  "aws:rds/clusterInstance:ClusterInstance": {
    call: "rds.CreateDBInstance",
    renames: {
      clusterIdentifier: "DBClusterIdentifier",
      instanceClass: "DBInstanceClass",
      performanceInsightsEnabled: "EnablePerformanceInsights",
    },
    names: { identifier: "DBInstanceIdentifier" },
    documented: {
      DBInstanceIdentifier: {
        max: 63,
        pattern: "[A-Za-z](-?[A-Za-z0-9])*",
        source: "CreateDBInstance, Amazon RDS API Reference",
      },
      PromotionTier: { oneOf: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15], source: "CreateDBInstance" },
    },
  },
  "aws:rds/clusterParameterGroup:ClusterParameterGroup": {
    call: "rds.CreateDBClusterParameterGroup",
    renames: {
      family: "DBParameterGroupFamily",
      parameters: "rds.ModifyDBClusterParameterGroup#Parameters",
      "parameters.name": "ParameterName",
      "parameters.value": "ParameterValue",
    },
    names: { name: "DBClusterParameterGroupName" },
    given: { "rds.ModifyDBClusterParameterGroup#DBClusterParameterGroupName": created },
  },
  "aws:rds/subnetGroup:SubnetGroup": {
    call: "rds.CreateDBSubnetGroup",
    renames: { name: "DBSubnetGroupName", description: "DBSubnetGroupDescription" },
    documented: {
      DBSubnetGroupName: {
        max: 255,
        pattern: "[a-z0-9 ._-]+",
        source: "CreateDBSubnetGroup, Amazon RDS API Reference: stored in lower case",
      },
    },
  },
  "aws:s3/vectorsIndex:VectorsIndex": { call: "s3vectors.CreateIndex" },
  "aws:s3/vectorsVectorBucket:VectorsVectorBucket": {
    call: "s3vectors.CreateVectorBucket",
    renames: { encryptionConfigurations: "encryptionConfiguration" },
  },
  "aws:s3/vectorsVectorBucketPolicy:VectorsVectorBucketPolicy": { call: "s3vectors.PutVectorBucketPolicy" },
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {
    call: "ec2.AuthorizeSecurityGroupIngress",
    ...securityGroupRule,
    renames: { ...securityGroupRule.renames, description: "IpPermissions.IpRanges.Description" },
  },
};

export const awsUnchecked: Unchecked = {
  "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup":
    "adopts the group that comes with the VPC and removes its rules: no call takes these inputs",
};

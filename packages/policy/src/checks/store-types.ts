/**
 * Resource types that keep data, by the inputs that protect it. Inputs are those of the schemas of the providers `aws` 7,
 * `gcp` 9; a store that is not here is not judged.
 */
export interface StoreType {
  /** Paths of which one names the key that the customer controls; none where the provider has no such input. */
  readonly key: readonly string[];
  /** Paths of which one says that the provider encrypts with a key of its own. */
  readonly ownKey?: readonly string[];
  /** Inputs that keep the store from being deleted, beside the resource options. */
  readonly protection?: readonly string[];
  /** Whether it keeps what people would miss, rather than messages and logs on their way. */
  readonly durable: boolean;
}

export const storeTypes: Readonly<Record<string, StoreType>> = {
  // An S3 bucket's settings are resources of their own: see `stores.ts`.
  "aws:dynamodb/table:Table": {
    key: ["serverSideEncryption.kmsKeyArn"],
    ownKey: ["serverSideEncryption.enabled"],
    protection: ["deletionProtectionEnabled"],
    durable: true,
  },
  "aws:sagemaker/featureGroup:FeatureGroup": { key: ["onlineStoreConfig.securityConfig.kmsKeyId"], durable: true },
  // CreateMlflowApp takes a key, but the provider hands on none: https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateMlflowApp.html
  "aws:sagemaker/mlflowApp:MlflowApp": { key: [], durable: true },
  "aws:sagemaker/modelPackageGroup:ModelPackageGroup": { key: [], durable: true },
  "aws:rds/cluster:Cluster": {
    key: ["kmsKeyId"],
    ownKey: ["storageEncrypted"],
    protection: ["deletionProtection"],
    durable: true,
  },
  "aws:rds/instance:Instance": {
    key: ["kmsKeyId"],
    ownKey: ["storageEncrypted"],
    protection: ["deletionProtection"],
    durable: true,
  },
  "aws:fsx/lustreFileSystem:LustreFileSystem": { key: ["kmsKeyId"], durable: true },
  "aws:efs/fileSystem:FileSystem": { key: ["kmsKeyId"], ownKey: ["encrypted"], durable: true },
  "aws:s3/vectorsVectorBucket:VectorsVectorBucket": {
    key: ["encryptionConfigurations[0].kmsKeyArn"],
    ownKey: ["encryptionConfigurations[0].sseType"],
    durable: true,
  },
  "aws:ecr/repository:Repository": {
    key: ["encryptionConfigurations[0].kmsKey"],
    ownKey: ["encryptionConfigurations[0].encryptionType"],
    durable: true,
  },
  "aws:secretsmanager/secret:Secret": { key: ["kmsKeyId"], durable: false },
  "aws:cloudwatch/logGroup:LogGroup": { key: ["kmsKeyId"], durable: false },
  "aws:cloudtrail/trail:Trail": { key: ["kmsKeyId"], durable: false },
  "aws:sns/topic:Topic": { key: ["kmsMasterKeyId"], durable: false },
  "aws:sqs/queue:Queue": { key: ["kmsMasterKeyId"], ownKey: ["sqsManagedSseEnabled"], durable: false },
  "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": {
    key: ["serverSideEncryption.keyArn", "extendedS3Configuration.kmsKeyArn"],
    ownKey: ["serverSideEncryption.enabled"],
    durable: false,
  },
  "aws:eks/cluster:Cluster": { key: ["encryptionConfig.provider.keyArn"], durable: false },
  "gcp:storage/bucket:Bucket": { key: ["encryption.defaultKmsKeyName"], durable: true },
  "gcp:bigquery/dataset:Dataset": { key: ["defaultEncryptionConfiguration.kmsKeyName"], durable: true },
  "gcp:container/cluster:Cluster": { key: ["databaseEncryption.keyName"], durable: false },
  "gcp:container/nodePool:NodePool": { key: ["nodeConfig.bootDiskKmsKey"], durable: false },
  "gcp:alloydb/cluster:Cluster": {
    key: ["encryptionConfig.kmsKeyName"],
    protection: ["deletionProtection"],
    durable: true,
  },
  "gcp:sql/databaseInstance:DatabaseInstance": {
    key: ["encryptionKeyName"],
    protection: ["deletionProtection"],
    durable: true,
  },
  "gcp:filestore/instance:Instance": {
    key: ["kmsKeyName"],
    protection: ["deletionProtectionEnabled"],
    durable: true,
  },
  "gcp:lustre/instance:Instance": { key: ["kmsKey"], durable: true },
  "gcp:bigtable/instance:Instance": {
    key: ["clusters[0].kmsKeyName"],
    protection: ["deletionProtection"],
    durable: true,
  },
  "gcp:vertex/aiFeatureOnlineStore:AiFeatureOnlineStore": { key: ["encryptionSpec.kmsKeyName"], durable: true },
  "gcp:secretmanager/secret:Secret": {
    key: ["replication.userManaged.replicas[0].customerManagedEncryption.kmsKeyName"],
    durable: false,
  },
  "gcp:workflows/workflow:Workflow": { key: ["cryptoKeyName"], durable: false },
  "gcp:logging/projectBucketConfig:ProjectBucketConfig": { key: ["cmekSettings.kmsKeyName"], durable: true },
  "gcp:pubsub/topic:Topic": { key: ["kmsKeyName"], durable: false },
};

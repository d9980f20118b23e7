import { LogGroup } from "@pulumi/aws/cloudwatch";
import { SecurityGroup } from "@pulumi/aws/ec2";
import { Cluster, ClusterInstance, ClusterParameterGroup, SubnetGroup } from "@pulumi/aws/rds";
import { SecurityGroupIngressRule } from "@pulumi/aws/vpc";
import * as pulumi from "@pulumi/pulumi";
import {
  type AccessRule,
  after,
  asPostgresName,
  bindingField,
  limitedName,
  type NetworkBinding,
  Platform,
  pgvectorSql,
  type VectorStoreInitialisation,
} from "aistack-core";
import { podIdentityAgent } from "../shared/pod-identity";
import * as defaults from "./defaults";
import type { Part, PartArgs } from "./parts";

/** Role that RDS makes the cluster with. */
const administrator = "administrator";

/** Names of Aurora's things, known before they exist: RDS names its log group by the cluster. */
export function clusterIdentifier(name: string): string {
  const text = `${name}-${pulumi.getStack()}`.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  return limitedName(text, 63);
}

/** Log group that RDS writes PostgreSQL's log to. */
export function logGroupName(name: string): string {
  return `/aws/rds/cluster/${clusterIdentifier(name)}/postgresql`;
}

/** Aurora PostgreSQL that grows with the load, in private subnets, with IAM in the place of passwords. */
export function aurora(
  name: string,
  args: PartArgs,
  kept: pulumi.CustomResourceOptions,
  opts: pulumi.CustomResourceOptions,
): Part {
  const { plan, place, keyArn, tags } = args;
  const database = asPostgresName(name.toLowerCase());
  const logs = new LogGroup(
    `${name}-logs`,
    { name: logGroupName(name), retentionInDays: defaults.logRetentionDays, kmsKeyId: keyArn, tags },
    kept,
  );
  const { group, subnets } = inNetwork(name, plan.network as pulumi.Input<NetworkBinding>, tags, opts);
  const parameters = new ClusterParameterGroup(
    `${name}-parameters`,
    {
      family: `aurora-postgresql${defaults.postgresVersion}`,
      description: "Encrypted connections only; changes of structure are logged",
      parameters: [
        { name: "rds.force_ssl", value: "1" },
        { name: "log_statement", value: "ddl" },
        { name: "log_connections", value: "1" },
      ],
      tags,
    },
    opts,
  );
  const cluster = new Cluster(
    `${name}-vectors`,
    {
      clusterIdentifier: clusterIdentifier(name),
      engine: "aurora-postgresql",
      engineMode: "provisioned",
      engineVersion: defaults.postgresVersion,
      databaseName: database,
      port: defaults.postgresPort,
      // Kept and rotated in Secrets Manager: nobody knows it, and no plan holds it.
      masterUsername: administrator,
      manageMasterUserPassword: true,
      masterUserSecretKmsKeyId: keyArn,
      iamDatabaseAuthenticationEnabled: true,
      // The only way to run the first statements without a machine in the network; IAM decides who may.
      enableHttpEndpoint: true,
      serverlessv2ScalingConfiguration: {
        minCapacity: defaults.capacityUnits.least,
        maxCapacity: plan.capacityUnits,
      },
      dbSubnetGroupName: subnets.name,
      vpcSecurityGroupIds: [group],
      dbClusterParameterGroupName: parameters.name,
      storageEncrypted: true,
      kmsKeyId: keyArn,
      backupRetentionPeriod: plan.backupDays,
      copyTagsToSnapshot: true,
      skipFinalSnapshot: false,
      finalSnapshotIdentifier: `${clusterIdentifier(name)}-final`,
      deletionProtection: plan.deletionProtection,
      enabledCloudwatchLogsExports: ["postgresql"],
      tags,
    },
    { ...kept, dependsOn: [logs] },
  );
  const instances = Array.from(
    { length: plan.replicas },
    (_, index) =>
      new ClusterInstance(
        `${name}-instance-${index + 1}`,
        {
          clusterIdentifier: cluster.id,
          engine: "aurora-postgresql",
          instanceClass: "db.serverless",
          publiclyAccessible: false,
          autoMinorVersionUpgrade: true,
          // The first two grow together: either can take over with a warm cache.
          promotionTier: Math.min(index, 2),
          performanceInsightsEnabled: true,
          performanceInsightsKmsKeyId: keyArn,
          performanceInsightsRetentionPeriod: defaults.insightsDays,
          copyTagsToSnapshot: true,
          tags,
        },
        kept,
      ),
  );
  const [writer, reader] = [`${database}_writer`, `${database}_reader`];
  const connect = (user: string): pulumi.Output<AccessRule[]> =>
    pulumi.interpolate`arn:${place.partition}:rds-db:${place.region}:${place.accountId}:dbuser:${cluster.clusterResourceId}/${user}`.apply(
      (arn) => [{ platform: Platform.Aws, actions: ["rds-db:connect"], resources: [arn] }],
    );
  const endpoint = after(cluster.endpoint, ...instances);
  const init = initialisation(args, writer, reader);
  return {
    endpoint: pulumi.interpolate`postgresql://${endpoint}:${defaults.postgresPort}/${database}?sslmode=require`,
    collection: pulumi.output(plan.collection),
    environment: {
      REGION: place.region,
      USER: writer,
      READER: reader,
      READER_URL: pulumi.interpolate`postgresql://${cluster.readerEndpoint}:${defaults.postgresPort}/${database}?sslmode=require`,
    },
    access: pulumi.output({ read: connect(reader), write: connect(writer) }),
    init,
    initialisation: byDataApi(
      { database, statements: init, clusterArn: after(cluster.arn, ...instances) },
      cluster.masterUserSecrets.apply((secrets) => secrets[0]?.secretArn as string),
      keyArn,
    ),
  };
}

function inNetwork(
  name: string,
  network: pulumi.Input<NetworkBinding>,
  tags: pulumi.Output<{ [key: string]: string }>,
  opts: pulumi.CustomResourceOptions,
): { group: pulumi.Output<string>; subnets: SubnetGroup } {
  const group = new SecurityGroup(
    `${name}-group`,
    { vpcId: bindingField(network, "networkId"), description: "PostgreSQL inside the network", tags },
    opts,
  );
  const fromNetwork = new SecurityGroupIngressRule(
    `${name}-in`,
    {
      securityGroupId: group.id,
      description: "PostgreSQL from the network",
      cidrIpv4: bindingField(network, "cidr"),
      ipProtocol: "tcp",
      fromPort: defaults.postgresPort,
      toPort: defaults.postgresPort,
      tags,
    },
    opts,
  );
  const subnets = new SubnetGroup(
    `${name}-subnets`,
    {
      // Names of subnet groups are lower-case.
      name: clusterIdentifier(name),
      description: "Subnets without a route from the internet",
      subnetIds: bindingField(network, "privateSubnetIds"),
      tags,
    },
    opts,
  );
  return { group: after(group.id, fromNetwork), subnets };
}

/**
 * RDS's Data API runs statements for whoever may read the administrator's secret, which never leaves AWS.
 * https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/data-api.access.html
 */
function byDataApi(
  target: { database: string; statements: pulumi.Output<string[]>; clusterArn: pulumi.Output<string> },
  secret: pulumi.Output<string>,
  keyArn: pulumi.Output<string>,
): pulumi.Output<VectorStoreInitialisation> {
  const rule = (action: string, resource: pulumi.Output<string>) => ({
    platform: Platform.Aws,
    actions: [action],
    resources: [resource],
  });
  return pulumi.output({
    platform: Platform.Aws,
    ...target,
    user: administrator,
    secret,
    access: [
      rule("rds-data:ExecuteStatement", target.clusterArn),
      rule("secretsmanager:GetSecretValue", secret),
      rule("kms:Decrypt", keyArn),
    ],
    egress: [{ port: 443 }, podIdentityAgent],
  });
}

/** What the administrator runs once: the roles that IAM lets in, then table and index. */
function initialisation({ plan }: PartArgs, writer: string, reader: string): pulumi.Output<string[]> {
  const roles = [writer, reader].flatMap((role) => [
    `DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${role}') THEN CREATE ROLE "${role}" LOGIN; END IF; END $$`,
    `GRANT rds_iam TO "${role}"`,
  ]);
  return pulumi
    .all([plan.collection, plan.dimensions, plan.distance, plan.neighbours, plan.candidates])
    .apply(([table, dimensions, distance, neighbours, candidates]) => [
      ...roles,
      ...pgvectorSql({ table, dimensions, distance, neighbours, candidates, writer, reader }),
    ]);
}

import { Cluster, Instance, User } from "@pulumi/gcp/alloydb";
import { Secret, SecretVersion } from "@pulumi/gcp/secretmanager";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { after, asPostgresName, limitedName, type NetworkBinding, Platform, pgvectorSql } from "aistack-core";
import { metadataServer } from "../shared/metadata-server";
import { cpusFor } from "./args";
import * as defaults from "./defaults";
import { type KeyUsers, type Part, type PartArgs, privateAddress } from "./parts";

/** Who encrypts with the key. */
export const alloyDbKeyUsers: KeyUsers = { "": "alloydb.googleapis.com", "secrets-": "secretmanager.googleapis.com" };

/** AlloyDB, which only an address in the network reaches. */
export function alloyDb(
  name: string,
  args: PartArgs,
  kept: pulumi.CustomResourceOptions,
  opts: pulumi.CustomResourceOptions,
): Part {
  const { plan, place, keyName, labels } = args;
  const network = plan.network as pulumi.Input<NetworkBinding>;
  const id = limitedName(`${name}-${pulumi.getStack()}`.toLowerCase().replace(/[^a-z0-9-]+/g, "-"), 40);
  const password = (role: string) =>
    new random.RandomPassword(`${name}-${role}-password`, { length: 48, special: false }, { parent: opts.parent })
      .result;
  const administrator = { user: "postgres", password: password("administrator") };
  const cluster = new Cluster(
    `${name}-vectors`,
    {
      clusterId: id,
      location: place.region,
      databaseVersion: defaults.postgresVersion,
      pscConfig: { pscEnabled: true },
      encryptionConfig: { kmsKeyName: keyName },
      initialUser: administrator,
      continuousBackupConfig: {
        enabled: true,
        recoveryWindowDays: plan.backupDays,
        encryptionConfig: { kmsKeyName: keyName },
      },
      automatedBackupPolicy: {
        enabled: true,
        location: place.region,
        backupWindow: "3600s",
        encryptionConfig: { kmsKeyName: keyName },
        weeklySchedule: {
          daysOfWeeks: ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"],
          startTimes: [{ hours: 3, minutes: 0, seconds: 0, nanos: 0 }],
        },
        timeBasedRetention: { retentionPeriod: pulumi.output(plan.backupDays).apply((days) => `${days * 86400}s`) },
        labels,
      },
      deletionProtection: plan.deletionProtection,
      labels,
    },
    kept,
  );
  const secret = keptPassword(`${name}-administrator`, `${id}-administrator`, administrator.password, args, kept);
  const common = {
    cluster: cluster.name,
    machineConfig: {
      cpuCount: pulumi
        .all([plan.capacity, plan.dimensions, plan.neighbours])
        .apply(([vectors, dimensions, neighbours]) => cpusFor(vectors, dimensions, neighbours)),
    },
    databaseFlags: { "alloydb.iam_authentication": "on", log_connections: "on" },
    clientConnectionConfig: { requireConnectors: false, sslConfig: { sslMode: "ENCRYPTED_ONLY" } },
    pscInstanceConfig: { allowedConsumerProjects: [place.projectNumber] },
    labels,
  };
  const primary = new Instance(
    `${name}-primary`,
    {
      ...common,
      instanceId: `${id}-primary`,
      instanceType: "PRIMARY",
      // A second machine in another zone takes over; alone it is for development.
      availabilityType: plan.replicas > 1 ? "REGIONAL" : "ZONAL",
    },
    kept,
  );
  const readers =
    plan.replicas > 1
      ? new Instance(
          `${name}-readers`,
          {
            ...common,
            instanceId: `${id}-readers`,
            instanceType: "READ_POOL",
            readPoolConfig: { nodeCount: plan.replicas - 1 },
          },
          { ...kept, dependsOn: [primary] },
        )
      : undefined;
  const writer = asPostgresName(name);
  const user = new User(
    `${name}-user`,
    { cluster: cluster.name, userId: writer, userType: "ALLOYDB_BUILT_IN", password: password("user") },
    { ...kept, dependsOn: [primary] },
  );
  const addressOf = (role: string, instance: Instance) =>
    privateAddress(
      `${name}-${role}`,
      network,
      instance.pscInstanceConfig.apply((config) => config.serviceAttachmentLink),
      args,
      opts,
    );
  const url = (address: pulumi.Output<string>) =>
    pulumi.interpolate`postgresql://${address}:${defaults.postgresPort}/${defaults.database}?sslmode=require`;
  const address = addressOf("primary", primary);
  const readerAddress = readers && addressOf("readers", readers);
  const init = pulumi
    .all([plan.collection, plan.dimensions, plan.distance, plan.neighbours, plan.candidates])
    .apply(([table, dimensions, distance, neighbours, candidates]) =>
      pgvectorSql({ table, dimensions, distance, neighbours, candidates, writer }),
    );
  return {
    endpoint: url(after(address, user)),
    collection: pulumi.output(plan.collection),
    environment: { USER: writer, ...(readerAddress && { READER_URL: url(readerAddress) }) },
    credentials: { PASSWORD: user.password as pulumi.Output<string> },
    egress: [address, ...(readerAddress ? [readerAddress] : [])].map((own) =>
      own.apply((ip) => ({ port: defaults.postgresPort, cidr: `${ip}/32` })),
    ),
    init,
    initialisation: pulumi.output({
      platform: Platform.Gcp,
      statements: after(init, user),
      database: defaults.database,
      user: administrator.user,
      secret,
      access: [
        {
          platform: Platform.Gcp,
          actions: ["roles/secretmanager.secretAccessor"],
          resources: [pulumi.interpolate`//secretmanager.googleapis.com/${secret}`],
        },
      ],
      egress: [
        { port: 443 },
        ...metadataServer,
        { port: defaults.postgresPort, cidr: pulumi.interpolate`${address}/32` },
      ],
    }),
  };
}

/** The administrator's password where a pod can fetch it with an identity, so that no cluster has to keep it. */
function keptPassword(
  name: string,
  secretId: string,
  password: pulumi.Output<string>,
  { place, keyName, labels }: PartArgs,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const secret = new Secret(
    name,
    {
      secretId,
      replication: {
        userManaged: {
          replicas: [{ location: place.region, customerManagedEncryption: { kmsKeyName: keyName } }],
        },
      },
      labels,
    },
    opts,
  );
  const version = new SecretVersion(`${name}-version`, { secret: secret.id, secretData: password }, opts);
  // By the project's number, as conditions of IAM know secrets.
  return after(pulumi.interpolate`projects/${place.projectNumber}/secrets/${secret.secretId}`, version);
}

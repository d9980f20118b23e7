import { Cluster, Instance, User } from "@pulumi/gcp/alloydb";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { after, asPostgresName, limitedName, type NetworkBinding, pgvectorSql } from "aistack-core";
import { cpusFor } from "./args";
import * as defaults from "./defaults";
import { type Part, type PartArgs, privateAddress } from "./parts";

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
  return {
    endpoint: url(after(address, user)),
    collection: pulumi.output(plan.collection),
    environment: { USER: writer, ...(readerAddress && { READER_URL: url(readerAddress) }) },
    credentials: { PASSWORD: user.password as pulumi.Output<string> },
    egress: [address, ...(readerAddress ? [readerAddress] : [])].map((own) =>
      own.apply((ip) => ({ port: defaults.postgresPort, cidr: `${ip}/32` })),
    ),
    init: pulumi
      .all([plan.collection, plan.dimensions, plan.distance, plan.neighbours, plan.candidates])
      .apply(([table, dimensions, distance, neighbours, candidates]) =>
        pgvectorSql({ table, dimensions, distance, neighbours, candidates, writer }),
      ),
    initTarget: { url: url(address), user: administrator.user, password: administrator.password },
  };
}

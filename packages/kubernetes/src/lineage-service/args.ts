import type * as pulumi from "@pulumi/pulumi";
import { Checks, type ClusterBinding, dnsLabel, matching, quantity, wholeNumber } from "aistack-core";
import * as defaults from "./defaults";

/** A PostgreSQL database that exists, version 14 or later, and belongs to the service alone. Its backups are its owner's. */
export interface LineageDatabaseArgs {
  /** Host name or address. */
  host: pulumi.Input<string>;
  /** Port. Defaults to 5432. */
  port?: pulumi.Input<number>;
  /** Name of the database. Defaults to "marquez". */
  name?: pulumi.Input<string>;
  /** User that owns the database: tables are made and changed when the service starts. */
  user: pulumi.Input<string>;
  /** Password of the user. A secret. */
  password: pulumi.Input<string>;
  /**
   * The authority that signed the server's certificate, in PEM form. When omitted, the connection is encrypted, but nobody
   * looks whose server it is.
   */
  caCertificate?: pulumi.Input<string>;
  /** Namespace of its pods, for a database in the cluster. When omitted, it may be anywhere. */
  namespace?: pulumi.Input<string>;
}

/** Arguments of LineageService. */
export interface LineageServiceArgs {
  /** Cluster to run on. */
  cluster: pulumi.Input<ClusterBinding>;
  /** Database for the events. */
  database: LineageDatabaseArgs;
  /** Days that events are kept, 1 to 36500. Defaults to 365. */
  retentionDays?: pulumi.Input<number>;
  /** Replicas, 1 to 10. Defaults to 2. */
  replicas?: number;
  /** Namespace that exists. When omitted, one with the component's name is created. */
  namespace?: pulumi.Input<string>;
  /** Namespaces whose pods may connect, if they carry the label in the binding. Defaults to all. */
  clientNamespaces?: pulumi.Input<pulumi.Input<string>[]>;
  /** CPU that each replica is given, as a Kubernetes quantity. Defaults to "250m". */
  cpu?: pulumi.Input<string>;
  /** Memory that each replica is given, as a Kubernetes quantity. Defaults to "1Gi". */
  memory?: pulumi.Input<string>;
}

/** Arguments with defaults, gated where they are still to come. */
export interface LineageSettings {
  database: {
    host: pulumi.Input<string>;
    port: pulumi.Input<number>;
    name: pulumi.Input<string>;
    namespace?: pulumi.Input<string>;
  };
  retentionDays: pulumi.Input<number>;
  replicas: number;
  namespace?: pulumi.Input<string>;
  cpu: pulumi.Input<string>;
  memory: pulumi.Input<string>;
}

/** Children put a suffix to the name. */
const serviceName = matching(
  /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/,
  "1 to 40 lower-case letters, digits and hyphens, starting with a letter",
);

/** These get into an address as they are. */
const hostName = matching(/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/, "a host name or an IPv4 address");
const databaseName = matching(/^[A-Za-z_][A-Za-z0-9_-]{0,62}$/, "the name of a database such as marquez");

/** Judges all arguments and throws every fault at once. */
export function checkedSettings(type: string, name: string, args: LineageServiceArgs): LineageSettings {
  const check = new Checks(type, name);
  check.value("name", name, serviceName);
  const { database } = args;
  const settings: LineageSettings = {
    database: {
      host: check.value("database.host", database.host, hostName),
      port: check.value("database.port", database.port ?? defaults.databasePort, wholeNumber(1, 65535)),
      name: check.value("database.name", database.name ?? "marquez", databaseName),
      namespace: check.value("database.namespace", database.namespace, dnsLabel),
    },
    retentionDays: check.value("retentionDays", args.retentionDays ?? defaults.retentionDays, wholeNumber(1, 36500)),
    replicas: check.value(
      "replicas",
      args.replicas ?? defaults.replicas,
      wholeNumber(1, defaults.mostReplicas),
    ) as number,
    namespace: check.value("namespace", args.namespace, dnsLabel),
    cpu: check.value("cpu", args.cpu ?? defaults.cpu, quantity),
    memory: check.value("memory", args.memory ?? defaults.memory, quantity),
  };
  check.done();
  return settings;
}

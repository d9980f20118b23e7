import type * as pulumi from "@pulumi/pulumi";
import {
  bindingField,
  Checks,
  type ClusterBinding,
  checkedRegulations,
  type DatabaseBinding,
  dnsLabel,
  matching,
  quantity,
  type Regulation,
  wholeNumber,
} from "aistack-core";
import type { DatabaseBackupArgs, PostgresInstallArgs } from "../database/args";
import { checkedBackups } from "../database/settings";
import { checkedAlerts, type PrometheusAlertsArgs } from "../workload/prometheus";
import * as defaults from "./defaults";

/** Arguments of LineageService. */
export interface LineageServiceArgs {
  /** Cluster to run on. */
  cluster: pulumi.Input<ClusterBinding>;
  /**
   * Database for the events: PostgreSQL 14 or later, whose role owns it, and which belongs to the service alone. Its backups
   * are its own. When omitted, a `Database` with the name `<name>-database` is made.
   */
  database?: pulumi.Input<DatabaseBinding>;
  /** Backups of the database that is made: any moment can be restored. Defaults to none. */
  backup?: DatabaseBackupArgs;
  /** Alerts and metrics of the database that is made. Needs the Prometheus operator on the cluster. Defaults to none. */
  alerts?: PrometheusAlertsArgs;
  /** What the database that is made needs in the cluster and the cluster has already. Defaults to nothing. */
  install?: PostgresInstallArgs;
  /** Regulations that the events fall under: they set how long backups are kept, and that there must be some. */
  compliance?: Regulation[];
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
  /** Host and name of a database that exists. */
  host?: pulumi.Input<string>;
  databaseName?: pulumi.Input<string>;
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
  const regulations = checkedRegulations(check, args.compliance);
  if (args.database === undefined) {
    checkedBackups(check, regulations, args, false);
    checkedAlerts(check, args.alerts);
  } else
    for (const field of ["backup", "alerts", "install"] as const)
      if (args[field] !== undefined)
        check.fault(field, "has no effect together with `database`, which exists; leave one of the two out");
  const field = <K extends "host" | "database">(name: K) => args.database && bindingField(args.database, name);
  const settings: LineageSettings = {
    host: check.value("database.host", field("host"), hostName),
    databaseName: check.value("database.database", field("database"), databaseName),
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

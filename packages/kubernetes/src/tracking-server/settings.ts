import type * as pulumi from "@pulumi/pulumi";
import {
  Checks,
  checkedRegulations,
  cronSchedule,
  type DatabaseBinding,
  dnsLabel,
  listOf,
  matching,
  type ObjectStoreBinding,
  oneOf,
  quantity,
  Regulation,
  wholeNumber,
} from "aistack-core";
import { checkUses } from "../workload/uses";
import { TrackingPermission, type TrackingServerArgs } from "./args";
import * as defaults from "./defaults";

/** The arguments, checked and with defaults filled in. */
export interface TrackingSettings {
  database: pulumi.Input<DatabaseBinding>;
  artifacts: pulumi.Input<ObjectStoreBinding>;
  replicas: number;
  cpu: pulumi.Input<string>;
  memory: pulumi.Input<string>;
  hosts: pulumi.Input<string[]>;
  defaultPermission: TrackingPermission;
  cleanUp: { schedule: pulumi.Input<string>; afterDays: pulumi.Input<number> };
  tlsSecretName?: pulumi.Input<string>;
  clientNamespaces?: pulumi.Input<string[]>;
}

/** Regulations by which nobody sees more than their task needs, with where they say so. */
const needToKnow: Readonly<Partial<Record<Regulation, string>>> = {
  [Regulation.Hipaa]: "hipaa (45 CFR 164.312(a)(1))",
  [Regulation.PciDss]: "pci-dss (7.2.5)",
};

/** Refuses bad arguments, all faults at once, and fills in the defaults. */
export function checkedSettings(type: string, name: string, args: TrackingServerArgs): TrackingSettings {
  const check = new Checks(type, name);
  check.existingAlone(args, "cluster", "compliance");
  check.value("name", name, objectName);
  checkGiven(check, args);
  checkPermission(check, args);
  const { cleanUp } = args;
  const settings: TrackingSettings = {
    database: args.database as pulumi.Input<DatabaseBinding>,
    artifacts: args.artifacts as pulumi.Input<ObjectStoreBinding>,
    replicas: check.value(
      "replicas",
      args.replicas ?? defaults.replicas,
      wholeNumber(1, defaults.mostReplicas),
    ) as number,
    cpu: check.value("cpu", args.cpu ?? defaults.cpu, quantity),
    memory: check.value("memory", args.memory ?? defaults.memory, quantity),
    hosts: check.value("hosts", (args.hosts ?? []) as pulumi.Input<string[]>, listOf(hostName)),
    defaultPermission: args.defaultPermission ?? TrackingPermission.None,
    cleanUp: {
      schedule: check.value("cleanUp.schedule", cleanUp?.schedule ?? defaults.cleanUp.schedule, cronSchedule),
      afterDays: check.value(
        "cleanUp.afterDays",
        cleanUp?.afterDays ?? defaults.cleanUp.afterDays,
        wholeNumber(1, 3650),
      ),
    },
    tlsSecretName: check.value("tlsSecretName", args.tlsSecretName, dnsLabel),
    clientNamespaces: check.value(
      "clientNamespaces",
      args.clientNamespaces as pulumi.Input<string[]>,
      listOf(dnsLabel, 1),
    ),
  };
  check.value("namespace", args.namespace, dnsLabel);
  check.value("caCertificate", args.caCertificate, certificate);
  check.done();
  return settings;
}

/** What has to be there, and what belongs together. */
function checkGiven(check: Checks, args: TrackingServerArgs): void {
  const { database, artifacts, existing, tlsSecretName, caCertificate } = args;
  if (existing === undefined && database === undefined)
    check.fault("database", "is missing; give the binding of a Database, or that of a server as `existing`");
  if (existing === undefined && artifacts === undefined)
    check.fault("artifacts", "is missing; give the binding of a bucket, or that of a server as `existing`");
  if ((tlsSecretName === undefined) !== (caCertificate === undefined))
    check.fault(
      tlsSecretName === undefined ? "tlsSecretName" : "caCertificate",
      "is missing; `tlsSecretName` and `caCertificate` belong together, so that clients know whom to trust",
    );
  checkUses(check, [...(artifacts === undefined ? [] : [artifacts]), ...(args.uses ?? [])]);
}

function checkPermission(check: Checks, { compliance, defaultPermission }: TrackingServerArgs): void {
  check.value("defaultPermission", defaultPermission, oneOf(Object.values(TrackingPermission)));
  const articles = checkedRegulations(check, compliance).flatMap((regulation) => needToKnow[regulation] ?? []);
  if (defaultPermission === TrackingPermission.Read && articles.length > 0)
    check.fault(
      "defaultPermission",
      `lets every user see every run, but ${articles.join(" and ")} let nobody see more than their task needs; leave it out`,
    );
}

const objectName = (name: string) =>
  typeof name === "string" && name.length > defaults.longestName
    ? `must be of ${defaults.longestName} characters or fewer`
    : dnsLabel(name);

/** Without wildcards: a pattern would let in what another site points at the server. */
const hostName = matching(
  /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
  "a host name in lower case, without port or wildcard, such as tracking.example.org",
);

const certificate = matching(/^\s*-----BEGIN CERTIFICATE-----/, "a certificate in PEM form");

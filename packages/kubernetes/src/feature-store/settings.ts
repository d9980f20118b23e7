import type * as pulumi from "@pulumi/pulumi";
import {
  asFeatureProject,
  Checks,
  checkedMaterialisation,
  checkedOidc,
  checkedRegulations,
  dnsLabel,
  type FeatureOidcArgs,
  type FeatureServers,
  featureProject,
  featureServers,
  listOf,
  type MaterialisationSettings,
  quantity,
  wholeNumber,
} from "aistack-core";
import { checkedBackups } from "../database/settings";
import { checkedAlerts, type PrometheusSettings } from "../workload/prometheus";
import { checkUses } from "../workload/uses";
import type { FeatureStoreArgs } from "./args";

/** What the parts of the store are made from: the arguments, checked and with defaults filled in. */
export interface FeatureStoreSettings {
  project: pulumi.Input<string>;
  tlsSecretName: pulumi.Input<string>;
  definitions?: pulumi.Input<string>;
  image?: pulumi.Input<string>;
  replicas: number;
  online: StoreSize;
  offline: StoreSize;
  storageClass?: pulumi.Input<string>;
  alerts?: PrometheusSettings;
  materialisation?: MaterialisationSettings;
  servers: FeatureServers;
  oidc?: FeatureOidcArgs;
  clientNamespaces?: pulumi.Input<pulumi.Input<string>[]>;
}

export interface StoreSize {
  cpu: pulumi.Input<string>;
  memoryGiB: pulumi.Input<number>;
  diskSizeGiB: pulumi.Input<number>;
}

/** Names of services, `<name>-registry`, are labels of DNS, a job gets 11 more from its schedule, and `<name>-database` has 50. */
const longestName = 40;

const disk = wholeNumber(1, 16384);
const memory = wholeNumber(1, 1024);

/** Refuses bad arguments, all faults at once, and fills in the defaults. */
export function checkedSettings(type: string, name: string, args: FeatureStoreArgs): FeatureStoreSettings {
  const check = new Checks(type, name);
  check.value("name", name, (text) =>
    text.length > longestName ? `must be of ${longestName} characters or fewer` : dnsLabel(text),
  );
  check.existingAlone(args, "cluster", "compliance");
  checkUses(check, args.uses ?? []);
  const regulations = checkedRegulations(check, args.compliance);
  if (args.database === undefined)
    checkedBackups(check, regulations, { backup: args.backup }, args.existing !== undefined);
  else
    for (const field of ["backup", "offline", "install"] as const)
      if (args[field] !== undefined)
        check.fault(field, "has no effect together with `database`, which exists; leave one of the two out");
  const servers = featureServers(args.servers);
  const size = (path: "online" | "offline", diskSizeGiB: number): StoreSize => ({
    cpu: check.value(`${path}.cpu`, args[path]?.cpu ?? "1", quantity),
    memoryGiB: check.value(`${path}.memoryGiB`, args[path]?.memoryGiB ?? 4, memory),
    diskSizeGiB: check.value(`${path}.diskSizeGiB`, args[path]?.diskSizeGiB ?? diskSizeGiB, disk),
  });
  const settings = {
    project: check.value("project", args.project ?? asFeatureProject(name), featureProject),
    tlsSecretName: check.value("tlsSecretName", args.tlsSecretName ?? `${name}-tls`, dnsLabel),
    definitions: check.value("definitions", args.definitions, definitionsFit),
    image: args.image,
    replicas: check.value("replicas", args.replicas ?? 2, wholeNumber(1, 99)) as number,
    online: size("online", 20),
    offline: size("offline", 50),
    storageClass: args.storageClass,
    alerts: checkedAlerts(check, args.alerts),
    materialisation: checkedMaterialisation(check, args.materialisation ?? (args.definitions ? {} : undefined)),
    servers,
    oidc: args.existing === undefined ? checkedOidc(check, servers, args.oidc, regulations) : undefined,
    clientNamespaces: check.value(
      "clientNamespaces",
      args.clientNamespaces as pulumi.Input<string[]>,
      listOf(dnsLabel, 1),
    ),
  };
  check.done();
  return settings;
}

/** A ConfigMap holds 1 MiB: https://kubernetes.io/docs/concepts/configuration/configmap/ */
const largestDefinitions = 900_000;

function definitionsFit(text: string): string | undefined {
  if (typeof text !== "string" || text.trim() === "") return "must be Python source; leave it out to apply nothing";
  return Buffer.byteLength(text) > largestDefinitions
    ? `must be of ${largestDefinitions} bytes or fewer, since a ConfigMap holds it; bring it with \`image\` otherwise`
    : undefined;
}

import type * as pulumi from "@pulumi/pulumi";
import {
  type AuditEventClass,
  Checks,
  dnsLabel,
  listOf,
  matching,
  oneOf,
  quantity,
  type Rule,
  wholeNumber,
} from "aistack-core";
import { type CheckedStore, checkStore } from "aistack-runtime";
import { checkUses } from "../workload/uses";
import type { AuditEventCollectorArgs } from "./args";
import type { EventsConfiguration } from "./configuration";
import * as defaults from "./defaults";

/** What the parts are made from: the arguments, checked and with defaults filled in. */
export interface CollectorSettings {
  store: CheckedStore;
  configuration: EventsConfiguration;
  key?: pulumi.Input<string>;
  keyPeriod?: string;
  replicas: number;
  bufferSizeGiB: number;
  storageClass?: pulumi.Input<string>;
  tlsSecretName?: pulumi.Input<string>;
  namespace?: pulumi.Input<string>;
  clientNamespaces?: pulumi.Input<pulumi.Input<string>[]>;
  cpu: pulumi.Input<string>;
  memory: pulumi.Input<string>;
}

/** Refuses bad arguments, all faults at once, and fills in the defaults. */
export function checkedSettings(type: string, name: string, args: AuditEventCollectorArgs): CollectorSettings {
  const check = new Checks(type, name);
  const redact = args.redact ?? {};
  check.value("name", name, collectorName);
  checkUses(check, args.uses ?? []);
  if (args.existing !== undefined)
    check.unusedWith(
      args,
      "existing",
      ...(["uses", "storeCertificate", "classes", "redact", "replicas", "bufferSizeGiB", "storageClass"] as const),
      ...(["tlsSecretName", "namespace", "clientNamespaces", "cpu", "memory"] as const),
    );
  if (redact.key !== undefined && redact.keyPeriod !== undefined)
    check.fault("redact.keyPeriod", "has no effect together with `redact.key`; leave one of the two out");
  check.value("redact.keyPeriod", redact.keyPeriod, matching(/^[\w.-]{1,63}$/, 'a text such as "2026"'));
  const bufferSizeGiB = args.bufferSizeGiB ?? defaults.bufferSizeGiB;
  check.value("bufferSizeGiB", bufferSizeGiB, wholeNumber(1, 16384));
  const settings = {
    store: checkStore(check, args.store, args.storeCertificate),
    configuration: {
      classes: check.value(
        "classes",
        args.classes ?? defaults.classes,
        listOf(oneOf(defaults.classes), 1),
      ) as AuditEventClass[],
      patterns: plainList(check, "redact.patterns", redact.patterns, pattern),
      hashedAttributes: plainList(check, "redact.hashedAttributes", redact.hashedAttributes, attributeName),
      removedAttributes: plainList(check, "redact.removedAttributes", redact.removedAttributes, attributeName),
      recordTexts: redact.recordTexts ?? false,
      tls: args.tlsSecretName !== undefined,
      bufferBytes: bufferSizeGiB * 2 ** 30,
    },
    key: check.value("redact.key", redact.key, hashKey),
    keyPeriod: redact.keyPeriod,
    replicas: check.value("replicas", args.replicas ?? defaults.replicas, wholeNumber(1, 99)) as number,
    bufferSizeGiB,
    storageClass: args.storageClass,
    tlsSecretName: args.tlsSecretName,
    namespace: check.value("namespace", args.namespace, dnsLabel),
    clientNamespaces: check.value(
      "clientNamespaces",
      args.clientNamespaces as pulumi.Input<string[]>,
      listOf(dnsLabel, 1),
    ),
    cpu: check.value("cpu", args.cpu ?? defaults.cpu, quantity),
    memory: check.value("memory", args.memory ?? defaults.memory, quantity),
  };
  check.done();
  return settings;
}

function plainList(check: Checks, path: string, values: string[] | undefined, rule: Rule<string>): string[] {
  return check.value(path, values ?? [], listOf(rule)) as string[];
}

/** The names of the StatefulSet's volumes are made from it, and the service's host name. */
const collectorName = matching(
  /^[a-z]([-a-z0-9]{0,45}[a-z0-9])?$/,
  "1 to 47 lower-case letters, digits and hyphens, starting with a letter and ending with a letter or digit",
);

const attributeName = matching(
  /^[A-Za-z0-9_][A-Za-z0-9_./-]{0,199}$/,
  "the name of an attribute: 1 to 200 letters, digits, dots, slashes, hyphens and underscores",
);

const hashKey = matching(/^[\w-]{32,256}$/, "32 to 256 letters, digits, hyphens and underscores");

/** What RE2 does not know: https://github.com/google/re2/wiki/Syntax */
const unknownToRe2 = /\(\?(=|!|<=|<!)|\\[1-9]|\\k</;

const pattern: Rule<string> = (value) => {
  const allowed = "must be a regular expression that RE2 knows: no look-around and no back-references";
  if (typeof value !== "string" || value === "" || unknownToRe2.test(value)) return allowed;
  try {
    new RegExp(value.replace(/^\(\?[ims]+\)/, ""));
    return undefined;
  } catch {
    return allowed;
  }
};

import type * as pulumi from "@pulumi/pulumi";
import { Checks, dnsLabel, matching, quantity, wholeNumber } from "aistack-core";
import { type CheckedStore, checkStore, checkUses } from "aistack-runtime";
import type { AuditLogForwarderArgs } from "./args";
import { bufferSizeFor } from "./buffer";
import * as defaults from "./defaults";

/** What the parts are made from: the arguments, checked and with defaults filled in. */
export interface ForwarderSettings {
  store: CheckedStore;
  auditLogPath: string;
  bufferSizeGiB: number;
  bufferPath: string;
  nodeSelector: { [label: string]: string };
  namespace: string;
  cpu: pulumi.Input<string>;
  memory: pulumi.Input<string>;
}

/** Refuses bad arguments, all faults at once, and fills in the defaults. */
export function checkedSettings(type: string, name: string, args: AuditLogForwarderArgs): ForwarderSettings {
  const check = new Checks(type, name);
  check.value("name", name, dnsLabel);
  checkUses(check, args.uses ?? []);
  const days = check.value("bufferDays", args.bufferDays ?? defaults.bufferDays, wholeNumber(1, 90)) as number;
  const rate = check.value(
    "eventsPerSecond",
    args.eventsPerSecond ?? defaults.eventsPerSecond,
    wholeNumber(1, 10000),
  ) as number;
  if (args.bufferSizeGiB !== undefined)
    for (const field of ["bufferDays", "eventsPerSecond"] as const)
      if (args[field] !== undefined)
        check.fault(field, "has no effect together with `bufferSizeGiB`; leave one of the two out");
  const bufferSizeGiB = args.bufferSizeGiB ?? bufferSizeFor(days, rate);
  if (args.bufferSizeGiB !== undefined) check.value("bufferSizeGiB", bufferSizeGiB, wholeNumber(1, largestBuffer));
  else if (bufferSizeGiB > largestBuffer)
    check.fault(
      "bufferDays",
      `is ${days} at ${rate} events a second, which takes ${bufferSizeGiB} GiB; at most ${largestBuffer} can be had`,
    );
  const settings = {
    store: checkStore(check, args.store, args.storeCertificate),
    auditLogPath: check.value("auditLogPath", args.auditLogPath ?? defaults.paths.auditLog, hostPath) as string,
    bufferSizeGiB,
    bufferPath: check.value("bufferPath", args.bufferPath ?? `/var/lib/aistack/${name}`, hostPath) as string,
    nodeSelector: args.nodeSelector ?? defaults.serverLabels,
    namespace: check.value("namespace", args.namespace ?? name, dnsLabel) as string,
    cpu: check.value("cpu", args.cpu ?? defaults.cpu, quantity),
    memory: check.value("memory", args.memory ?? defaults.memory, quantity),
  };
  check.done();
  return settings;
}

const largestBuffer = 16384;

const hostPath = matching(
  /^(\/[A-Za-z0-9_-][A-Za-z0-9._-]*){2,}$/,
  'an absolute path with two parts or more, such as "/var/lib/aistack", without a slash at its end',
);

import type * as pulumi from "@pulumi/pulumi";
import {
  Accelerator,
  bindingField,
  Checks,
  cronSchedule,
  dnsLabel,
  matching,
  oneOf,
  type Platform,
  quantity,
  wholeNumber,
} from "aistack-core";
import { speaksS3 } from "../workload/buckets";
import { nodesWith } from "../workload/nodes";
import { checkUses } from "../workload/uses";
import type { ModelSyncArgs } from "./args";
import * as defaults from "./defaults";

/** What the parts are made from: the arguments, checked and with defaults filled in. */
export interface SyncSettings {
  /** Platform of the source; what is made waits until it is known to speak S3. */
  platform: pulumi.Input<Platform>;
  prefix?: pulumi.Input<string>;
  schedule: pulumi.Input<string>;
  timeoutHours: number;
  maxMiBPerSecond?: pulumi.Input<number>;
  sizeGiB: pulumi.Input<number>;
  shared: boolean;
  cpu: pulumi.Input<string>;
  memory: pulumi.Input<string>;
  namespace?: pulumi.Input<string>;
  /** Labels of the nodes to run on. */
  nodeSelector?: pulumi.Output<{ [label: string]: string }>;
}

/** Refuses bad arguments, all faults at once, and fills in the defaults. */
export function checkedSettings(type: string, name: string, args: ModelSyncArgs): SyncSettings {
  const check = new Checks(type, name);
  check.value("name", name, syncName);
  checkUses(check, args.uses ?? []);
  check.value("accelerator", args.accelerator, oneOf(Object.values(Accelerator)));
  const settings = {
    platform: check.value("source.platform", bindingField(args.source, "platform"), speaksS3),
    prefix: check.value("prefix", args.prefix, folder),
    schedule: check.value("schedule", args.schedule ?? defaults.schedule, cronSchedule),
    timeoutHours: check.value(
      "timeoutHours",
      args.timeoutHours ?? defaults.timeoutHours,
      wholeNumber(1, 168),
    ) as number,
    maxMiBPerSecond: check.value("maxMiBPerSecond", args.maxMiBPerSecond, wholeNumber(1, 10000)),
    sizeGiB: check.value("volume.sizeGiB", args.volume?.sizeGiB ?? defaults.sizeGiB, wholeNumber(1, 65536)),
    shared: args.volume?.shared ?? false,
    cpu: check.value("cpu", args.cpu ?? defaults.cpu, quantity),
    memory: check.value("memory", args.memory ?? defaults.memory, quantity),
    namespace: check.value("namespace", args.namespace, dnsLabel),
  };
  check.done();
  return {
    ...settings,
    nodeSelector: args.accelerator && nodesWith(`ModelSync "${name}"`, args.cluster, args.accelerator, 1),
  };
}

/** The names of the CronJob's own jobs are made from it. */
const syncName = matching(
  /^[a-z0-9]([-a-z0-9]{0,45}[a-z0-9])?$/,
  "1 to 47 lower-case letters, digits and hyphens, starting and ending with a letter or digit",
);

const folder = matching(/^[\w.-]+(\/[\w.-]+)*$/, 'a folder such as "published", without a slash at either end');

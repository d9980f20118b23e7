import type * as pulumi from "@pulumi/pulumi";
import { Checks, DataClass, type ObjectStoreBinding, oneOf, wholeNumber } from "aistack-core";
import { componentName, kmsKeyArn } from "../shared/rules";
import * as defaults from "./defaults";

/** Arguments of ObjectStore. */
export interface ObjectStoreArgs {
  /** Bucket to adopt. Nothing is created then, and no other argument may be given. */
  existing?: pulumi.Input<ObjectStoreBinding>;
  /** How sensitive the content is, for the tags. Defaults to confidential. */
  dataClass?: DataClass;
  /** Days that what was overwritten or deleted can be brought back, 1 to 36500. Defaults to 30. */
  oldVersionDays?: pulumi.Input<number>;
  /** ARN of the KMS key to encrypt with. When omitted, a key with yearly rotation is created. */
  kmsKeyArn?: pulumi.Input<string>;
  /** Whether EventBridge is told of every new object, for what starts on them. Defaults to false. */
  events?: boolean;
  /** Tags for every resource, beside the standard ones. */
  tags?: pulumi.Input<{ [key: string]: string }>;
}

/** Arguments with defaults, gated where they are still to come. */
export interface StorePlan {
  dataClass: DataClass;
  oldVersionDays: pulumi.Input<number>;
  kmsKeyArn?: pulumi.Input<string>;
  events: boolean;
}

/** Judges all arguments and throws every fault at once. */
export function checkStore(type: string, name: string, args: ObjectStoreArgs): StorePlan {
  const check = new Checks(type, name);
  check.value("name", name, componentName);
  check.existingAlone(args);
  const plan: StorePlan = {
    dataClass: args.dataClass ?? DataClass.Confidential,
    oldVersionDays: check.value(
      "oldVersionDays",
      args.oldVersionDays ?? defaults.oldVersionDays,
      wholeNumber(1, defaults.mostDays),
    ),
    kmsKeyArn: check.value("kmsKeyArn", args.kmsKeyArn, kmsKeyArn),
    events: args.events ?? false,
  };
  check.value("dataClass", plan.dataClass, oneOf(Object.values(DataClass)));
  check.done();
  return plan;
}

import type * as pulumi from "@pulumi/pulumi";
import { Checks, DataClass, type ObjectStoreBinding, oneOf, wholeNumber } from "aistack-core";
import { type BucketStoreArgs, checkedStore, type StoreSettings, storeName } from "../s3-store/settings";

/** Arguments of ObjectStore. */
export interface ObjectStoreArgs extends BucketStoreArgs {
  /** Bucket to adopt. Nothing is created then, and no other argument may be given. */
  existing?: pulumi.Input<ObjectStoreBinding>;
  /** How sensitive the content is, for the labels. Defaults to confidential. */
  dataClass?: DataClass;
  /** Days that what was overwritten or deleted can be brought back, 1 to 36500. Defaults to 30. */
  oldVersionDays?: pulumi.Input<number>;
  /**
   * Whether who has `binding` may delete objects, as a TrackingServer does; for `oldVersionDays` they can be brought back.
   * Defaults to false.
   */
  mayDelete?: boolean;
}

/** Arguments with defaults, gated where they are still to come. */
export interface ObjectStoreSettings extends StoreSettings {
  dataClass: DataClass;
  oldVersionDays: pulumi.Input<number>;
  mayDelete: boolean;
}

/** Judges all arguments and throws every fault at once. */
export function checkedSettings(type: string, name: string, args: ObjectStoreArgs): ObjectStoreSettings {
  const check = new Checks(type, name);
  const existing = args.existing !== undefined;
  check.value("name", name, storeName);
  check.existingAlone(args);
  const settings = {
    ...checkedStore(check, args, existing),
    dataClass: check.value(
      "dataClass",
      args.dataClass ?? DataClass.Confidential,
      oneOf(Object.values(DataClass)),
    ) as DataClass,
    oldVersionDays: check.value("oldVersionDays", args.oldVersionDays ?? oldVersionDays, wholeNumber(1, 36500)),
    mayDelete: args.mayDelete ?? false,
  };
  check.done();
  return settings;
}

/** As on the other platforms. */
const oldVersionDays = 30;
